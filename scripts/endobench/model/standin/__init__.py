"""A server of AlphaGenome's protocol with a small motif model behind it.

May import: core, design, genome.
"""
