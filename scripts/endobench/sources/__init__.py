"""Inputs: fetching, verifying and reading tables of effects and of scores.

May import: core, design, genome.
"""
