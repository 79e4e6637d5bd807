"""Predictions: the journal, shards, the engine that asks, its call budget and canaries.

May import: core, design, genome, model.
"""
