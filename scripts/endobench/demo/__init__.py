"""The demonstration's inputs, simulated with planted effects.

May import: core, genome.
"""
