"""Tracks of REF and ALT around single variants: chosen, predicted and drawn.

May import: core, design, genome, model, predict, benchmark, figures.
"""
