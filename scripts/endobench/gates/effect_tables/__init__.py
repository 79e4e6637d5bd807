"""Gates on a table of effects: is it what the sheet declares, and consistent in itself?

May import: core, design, genome, stats.
"""
