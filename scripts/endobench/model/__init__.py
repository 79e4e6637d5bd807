"""Models: clients of AlphaGenome and its Atlas, weights, the stand-in, scorers, tracks.

May import: core, design, genome.
"""
