"""Effects joined with scores, with their strata, controls, matched negatives and baselines.

May import: core, design, genome, stats, sources, model, predict.
"""
