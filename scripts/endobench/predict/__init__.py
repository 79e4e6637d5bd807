"""Predictions: the journal, shards, the request engine, its call budget and canaries.

May import: core, design, genome, model.
"""
