"""Agreement with intervals, tests and nulls; LD blocks; streaming summaries.

May import: core, design.
"""
