"""Predictions: journal, shards, the engine that asks, its budget and canaries.

May import: core, design, genome, model.
"""
