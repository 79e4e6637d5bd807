"""Gates on scores of genes, and what they need to know of genes.

May import: genome, predict, benchmark.
"""
