"""Predictions: journal, shards, engine and workers, call budget, canaries, plan.

May import: core, design, genome, model.
"""
