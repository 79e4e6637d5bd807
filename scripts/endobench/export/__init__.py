"""Scores in the formats of other tools, provenance, and the cost of a run.

May import: core, design, genome, benchmark.
"""
