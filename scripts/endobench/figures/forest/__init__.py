"""Forest plots: rows of text, estimates in panels and in numbers, and counts.

May import: the canvas of figures.
"""
