"""Effects joined with scores, and their strata, controls, matches and baselines.

May import: core, design, genome, stats, sources, model, predict.
"""
