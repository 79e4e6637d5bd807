"""Figures with one canvas, one palette and one set of captions.

May import: core, design, sources, benchmark, gates, evaluate, export.
"""
