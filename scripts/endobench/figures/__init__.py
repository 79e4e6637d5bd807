"""Figures on one canvas, with one palette and one set of captions.

May import: core, design, sources, benchmark, gates, evaluate, export.
"""
