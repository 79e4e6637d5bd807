"""Whether each control of a benchmark passes, which is a condition of every conclusion.

May import: design, benchmark.
"""
