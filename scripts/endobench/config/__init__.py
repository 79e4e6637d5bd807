"""Checking the config and the sheet of inputs, and filling in defaults.

May import: core, design, sources.
"""
