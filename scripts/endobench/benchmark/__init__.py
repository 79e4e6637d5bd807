"""Benchmarks: effects joined with scores, and their strata, controls and baselines.

May import: core, design, genome, stats, sources, model, predict.
"""
