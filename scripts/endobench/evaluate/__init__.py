"""A benchmark's metrics, differences, ladder and conclusion, and comparisons of runs.

May import: core, design, genome, stats, benchmark.
"""
