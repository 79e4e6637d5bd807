"""Spot checks of answers: a sample of variants, asked about in two ways.

May import: core, design, genome.
"""
