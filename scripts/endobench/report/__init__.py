"""The page that shows a run: findings, tables and charts.

May import: core, design, genome, sources, benchmark, evaluate, figures, loci.
"""
