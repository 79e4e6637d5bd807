"""Rows of text on a page whose unit is an inch: bands, cells and heads of columns."""

import itertools

from endobench.figures import palette
from endobench.figures.canvas import TEXT

# Height of a line.
LINE_IN = 0.135


def draw_bands(page, edges):
    """Shade every other row of a page, given the edges of all rows from the top."""
    for place, (top, bottom) in enumerate(itertools.pairwise(edges)):
        if place % 2:
            page.axhspan(top, bottom, color=palette.BAND, lw=0, zorder=0)


def write(page, x, y, text, *, align="left", **look):
    """Write a text on a page whose unit is an inch."""
    look = {"fontsize": TEXT, "color": palette.INK} | look
    page.text(x, y, text, ha=align, va="center_baseline", **look)


def write_head(page, x, y, text, align="left"):
    """Write the head of a column, or a key."""
    page.text(x, y, text, ha=align, fontsize=TEXT, color=palette.FAINT)
