"""Checks between every input and its use; each gate gives a verdict.

May import: core, design, genome, stats, model.
"""
