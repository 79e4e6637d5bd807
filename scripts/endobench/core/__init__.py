"""Errors, files, logs, table schemas and I/O, and the digest of the code.

May import: none of the others.
"""
