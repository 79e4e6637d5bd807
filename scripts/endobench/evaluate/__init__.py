"""What a benchmark amounts to: metrics, differences, the ladder, its conclusion.

May import: core, design, stats, benchmark.
"""
