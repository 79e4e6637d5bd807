"""The config and the sheet of inputs, checked against their schemas.

May import: core, design, sources.
"""
