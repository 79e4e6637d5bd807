"""Text of figures: how wide it is, where it is broken, and rows of it on a page."""

import bisect
import functools
import itertools
import pathlib
import re

import matplotlib as mpl
import pandas as pd
from matplotlib.ft2font import FT2Font, LoadFlags

from endobench.figures import palette

# Sizes of small text and of other text, in points; the height of a line, in inches.
TEXT, FULL_TEXT, LINE_IN = 7, 8, 0.135
# Where a long word may be broken.
_PARTS = re.compile(r"[^-/_]*[-/_]|[^-/_]+")


def text_width(texts, size=FULL_TEXT, *, is_bold=True):
    """Return the width in inches of the widest of some texts, of a size in points."""
    lines = (line for text in texts for line in str(text).split("\n"))
    widths = (sum(_advance(letter, is_bold) for letter in line) for line in lines)
    return max(widths, default=0.0) * size / 72


@functools.cache
def _advance(letter, is_bold):
    """Return the width of a letter, relative to the size of the font."""
    font = _font(is_bold)
    glyph = font.load_char(ord(letter), flags=LoadFlags.NO_SCALE)
    return glyph.horiAdvance / font.units_per_EM


@functools.cache
def _font(is_bold):
    return FT2Font(font_path("DejaVuSans-Bold.ttf" if is_bold else "DejaVuSans.ttf"))


def wrapped(text, width_in, size=TEXT, *, is_bold=False):
    """Break a text into lines of at most a width in inches; an empty text has none.

    Words that are wider than a line are broken after a hyphen, a slash or an underscore,
    or anywhere.
    """

    def fits(line):
        return text_width([line], size, is_bold=is_bold) <= width_in

    lines = []
    for word in ("" if pd.isna(text) else str(text)).split():
        gap = " "
        for part in [word] if fits(word) else _PARTS.findall(word):
            for piece in [part] if fits(part) else part:
                if lines and fits(lines[-1] + gap + piece):
                    lines[-1] += gap + piece
                else:
                    lines.append(piece)
                gap = ""
    return lines


def font_path(name):
    """Return the path of a font that Matplotlib brings along."""
    return pathlib.Path(mpl.get_data_path(), "fonts", "ttf", name)


def shortened(text, width_in):
    """Cut a text of `TEXT` points to a width in inches."""

    def fits(short):
        return text_width([short], TEXT) <= width_in

    def cut(n_letters):
        return f"{text[:n_letters].rstrip()}…"

    if fits(text):
        return text
    lengths = range(len(text))
    n_too_long = bisect.bisect_left(lengths, True, key=lambda n: not fits(cut(n)))
    return cut(max(n_too_long - 1, 0))


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
