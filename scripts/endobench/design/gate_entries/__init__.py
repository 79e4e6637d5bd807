"""The entries of the registry of gates, one module for each stage.

May import: none.
"""
