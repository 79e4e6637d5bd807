"""Scores in the formats of other tools, provenance, and what a run cost.

May import: core, design, genome, benchmark.
"""
