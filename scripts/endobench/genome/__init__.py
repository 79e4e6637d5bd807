"""Variants on the genome: FASTA, REF check, liftover, intervals, genes, motifs.

May import: core, design.
"""
