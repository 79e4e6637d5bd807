"""Variants and alleles on the genome: FASTA, REF, liftover, intervals, genes, motifs.

May import: core, design.
"""
