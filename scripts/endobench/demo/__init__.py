"""Simulating the inputs of the demonstration, with planted effects.

May import: core, genome.
"""
