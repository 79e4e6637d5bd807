"""Inputs, fetched, verified and read as tables of effects or of scores.

May import: core, design, genome.
"""
