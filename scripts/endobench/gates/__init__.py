"""Checks between every input and its use; each returns a verdict.

May import: core, design, genome, stats, model.
"""
