"""Errors, files, logs, the columns of every table, and the digest of code.

May import: none of the others.
"""
