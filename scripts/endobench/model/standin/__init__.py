"""A server that speaks AlphaGenome's protocol in front of a small motif model.

May import: core, design, genome.
"""
