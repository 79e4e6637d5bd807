"""The page that shows a run: findings, tables, charts.

May import: core, design, genome, sources, benchmark, evaluate, figures.
"""
