"""The layout of a forest: where its texts, panels, numbers and counts are.

All forests share one grammar. Estimates are drawn in a panel and written in a column to
its right, with as many decimals as the column's intervals justify. An open mark means the
same everywhere, see `labels.OPEN`.
"""

import itertools
import math

import pandas as pd

from endobench.figures import palette
from endobench.figures.canvas import WIDTH_IN
from endobench.figures.forest.panel import draw_panel
from endobench.figures.forest.rows import BARE, INTERVAL, numbers_of
from endobench.figures.labels import NO_INTERVAL, OPEN
from endobench.figures.text import (
    LINE_IN,
    TEXT,
    draw_bands,
    text_width,
    wrapped,
    write,
    write_head,
)

# Heights of the heads of columns and of an axis with its label, and around a row.
_HEAD_IN, _AXIS_IN, _AROUND_ROW_IN = 0.4, 0.42, 0.055
_LEFT_IN, _RIGHT_IN, _GAP_IN = 0.15, 0.12, 0.14
# The widest texts of rows, beside one panel and beside several.
_TEXT_IN = 2.2, 1.75
# No panel is narrower; texts are broken into more lines instead.
_LEAST_PANEL_IN, _LEAST_TEXT_IN = 0.75, 0.9
# Sizes of numbers beside one panel and beside several, in points.
_NUMBERS = 6.5, 6


class Forest:
    """The layout of a forest, to be drawn on a canvas.

    Parameters
    ----------
    rows : list of Row
        From top to bottom.
    panels : list of Panel
    head : str
        Head of the texts.
    counts : tuple of str
        Heads of the columns of counts.
    key : str
        What else the reader must know of the marks, such as what the dotted line is.
    """

    def __init__(self, rows, panels, head, counts, key=""):
        self._rows, self._panels, self._head, self._counts = rows, panels, head, counts
        self._numbers = [
            numbers_of([row.estimates[place] for row in rows if row.estimates], panel)
            for place, panel in enumerate(panels)
        ]
        drawn = [
            (each, panel)
            for row in rows
            for each, panel in zip(row.estimates, panels, strict=False)
        ]
        has_open = any(
            panel.is_open(each) for each, panel in drawn if not math.isnan(each.value)
        )
        has_bare = any(BARE in each for each in itertools.chain(*self._numbers))
        width_in = WIDTH_IN - _LEFT_IN - _RIGHT_IN
        self._key = [
            line
            for text in (key, OPEN * has_open, NO_INTERVAL * has_bare)
            for line in wrapped(text, width_in)
        ]
        self._fit()
        self._texts = [
            tuple(wrapped(each, self._text_in - 0.08) for each in (row.name, row.note))
            for row in rows
        ]
        self._heights = [
            LINE_IN * max(sum(map(len, pair)), 1) + _AROUND_ROW_IN
            for pair in self._texts
        ]
        self._body_in = sum(self._heights)
        n_lines = max(each.label.count("\n") for each in panels) + len(self._key)
        self._bottom_in = _AXIS_IN + LINE_IN * n_lines + 0.1
        #: Height with heads and axes, in inches.
        self.height_in = self._body_in + self._bottom_in + _HEAD_IN

    def _fit(self):
        """Divide the width: numbers and counts take what they need, panels the rest."""
        n = len(self._panels)
        self._size = _NUMBERS[n > 1]
        self._count_widths = []
        for place, head in enumerate(self._counts):
            cells = [head, *(_counted(row, place) for row in self._rows)]
            self._count_widths.append(_width(cells, TEXT) + _GAP_IN)
        self._number_widths = [
            _width([panel.head, INTERVAL, *texts], self._size) + _GAP_IN
            for panel, texts in zip(self._panels, self._numbers, strict=True)
        ]
        taken = sum(self._count_widths) + sum(self._number_widths)
        rest = WIDTH_IN - _LEFT_IN - _RIGHT_IN - taken
        widest = _TEXT_IN[n > 1]
        texts = [text for row in self._rows for text in (row.name, row.note)]
        needed = _width([self._head, *map(_line, texts)], TEXT) + 0.1
        text_in = min(needed, widest, rest - n * (_LEAST_PANEL_IN + _GAP_IN))
        self._text_in = max(text_in, _LEAST_TEXT_IN)
        self._panel_in = (rest - self._text_in) / n - _GAP_IN

    def draw(self, add_axes):
        """Draw all rows at the bottom of a canvas of width `WIDTH_IN`.

        Parameters
        ----------
        add_axes : callable
            As `canvas.canvas` returns it.
        """
        body_in, foot_in = self._body_in, self._body_in + self._bottom_in
        page = add_axes(0, 0, WIDTH_IN, self.height_in)
        # From the top of the first row downwards.
        page.set(xlim=(0, WIDTH_IN), ylim=(foot_in, -_HEAD_IN))
        page.axis("off")
        tops = list(itertools.accumulate(self._heights, initial=0))
        middles = [
            top + height / 2 for top, height in zip(tops, self._heights, strict=False)
        ]
        draw_bands(page, tops)
        for middle, row, pair in zip(middles, self._rows, self._texts, strict=True):
            _write_texts(page, middle, pair, is_head=not row.estimates)
        left = _LEFT_IN + self._text_in
        for place, panel in enumerate(self._panels):
            axes = add_axes(left, self._bottom_in, self._panel_in, body_in)
            estimates = [
                (middle, row.estimates[place])
                for row, middle in zip(self._rows, middles, strict=True)
                if row.estimates
            ]
            draw_panel(axes, panel, estimates, body_in)
            left += self._panel_in + self._number_widths[place]
            numbers = zip(estimates, self._numbers[place], strict=True)
            for (middle, _), text in numbers:
                write(page, left, middle, text, align="right", fontsize=self._size)
            for line, y in ((panel.head, -0.22), (INTERVAL, -0.09)):
                write_head(page, left, y, line, "right")
            left += _GAP_IN
        write_head(page, _LEFT_IN, -0.09, self._head)
        right = WIDTH_IN - _RIGHT_IN
        for place in reversed(range(len(self._counts))):
            write_head(page, right, -0.09, self._counts[place], "right")
            for row, middle in zip(self._rows, middles, strict=True):
                if text := _counted(row, place):
                    write(page, right, middle, text, align="right")
            right -= self._count_widths[place]
        first_in = foot_in - 0.08 - LINE_IN * (len(self._key) - 1)
        for place, line in enumerate(self._key):
            write_head(page, _LEFT_IN, first_in + LINE_IN * place, line)


def _width(texts, size):
    return text_width(texts, size, is_bold=False)


def _line(text):
    return "" if pd.isna(text) else str(text)


def _write_texts(page, middle, pair, *, is_head):
    name, note = pair
    top = middle - LINE_IN * (len(name) + len(note) - 1) / 2
    for place, line in enumerate([*name, *note]):
        is_name = place < len(name)
        look = {"weight": "bold" if is_head and is_name else "normal"}
        look["color"] = palette.INK if is_name else palette.FAINT
        write(page, _LEFT_IN, top + LINE_IN * place, line, **look)


def _counted(row, place):
    if place >= len(row.counts):
        return ""
    value = row.counts[place]
    return "–" if pd.isna(value) else f"{value:,.0f}"
