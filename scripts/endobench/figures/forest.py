"""A forest plot: rows of text, estimates in panels and in numbers, and counts.

All forests share one grammar. Estimates are drawn in a panel and written in a column to
its right, with as many decimals as the column's intervals justify. An open mark means the
same everywhere, see `OPEN`.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from endobench.figures import palette
from endobench.figures.canvas import (
    TEXT,
    WIDTH_IN,
    canvas,
    describe,
    text_width,
    wrapped,
)
from endobench.figures.captions import decimals, holds, is_open, noted_canvas, signed
from endobench.figures.labels import NO_INTERVAL, OPEN

# Heights in inches: a line of text, the heads of columns, an axis with its label.
LINE_IN, _HEAD_IN, _AXIS_IN = 0.135, 0.4, 0.42
NOT_DEFINED = "not defined"
_NO_INTERVAL = "(no interval)"
# The interval, above a column of numbers.
INTERVAL = "[95 % CI]"
_LEFT_IN, _RIGHT_IN, _GAP_IN = 0.15, 0.12, 0.14
# The widest texts of rows, beside one panel and beside several.
_TEXT_IN = 2.2, 1.75
# No panel is narrower; texts are broken into more lines instead.
_LEAST_PANEL_IN, _LEAST_TEXT_IN = 0.75, 0.9
_NARROW_IN, _AROUND_ROW_IN = 1.2, 0.055
# Between forests on one page.
_BETWEEN_IN = 0.1
# Sizes of numbers beside one panel and beside several, in points.
_NUMBERS = 6.5, 6
_MOST_DECIMALS = 5


class Estimate(NamedTuple):
    """A number with its interval, and how it is drawn.

    Attributes
    ----------
    value, low, high : float
        NaN where missing.
    p : float
        Adjusted p value where many are tested; see `captions.is_open`.
    color, mark : str
        As matplotlib names them.
    missing : str
        Written where there is no value.
    size : float
        Size of the mark, in points.
    """

    value: float
    low: float
    high: float
    p: float = math.nan
    color: str = palette.MODEL
    mark: str = "o"
    missing: str = NOT_DEFINED
    size: float = 4.5


class Row(NamedTuple):
    """A row of a forest; one without estimates is a heading, or a remark if unnamed.

    Attributes
    ----------
    name, note : str
        The note is below the name, and fainter.
    estimates : tuple of Estimate
        One for each panel.
    counts : tuple of float
        One for each column of counts.
    """

    name: str
    note: str = ""
    estimates: tuple = ()
    counts: tuple = ()


class Panel(NamedTuple):
    """A column of estimates on one axis, and in numbers.

    Attributes
    ----------
    name : str
        The `gid` of its marks.
    head, label : str
        Above its numbers, and below its axis.
    null : float
        Position of the solid line.
    is_difference : bool
        Whether numbers are written with their sign.
    guide : float
        Position of the dotted line; NaN for none.
    """

    name: str
    head: str
    label: str
    null: float = 0.0
    is_difference: bool = False
    guide: float = math.nan


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
            _column([row.estimates[place] for row in rows if row.estimates], panel)
            for place, panel in enumerate(panels)
        ]
        drawn = [
            (each, panel)
            for row in rows
            for each, panel in zip(row.estimates, panels, strict=False)
        ]
        has_open = any(_is_open(*each) for each in drawn if not math.isnan(each[0][0]))
        has_bare = any(_NO_INTERVAL in each for each in itertools.chain(*self._numbers))
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
            _draw_panel(axes, panel, estimates, body_in)
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


def forest_figure(forest, title="", models=(), note="", caption=""):
    """Draw a forest on a page of its own, which grows with its rows.

    Parameters
    ----------
    forest : Forest
    title : str
    models : iterable of str
        Models whose scores are drawn; see `canvas.canvas`.
    note : str
        Framed text under the title; see `captions.conclusion_note`.
    caption : str
        See `canvas.describe`.

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide.
    """
    figure, add_axes = noted_canvas(WIDTH_IN, forest.height_in, title, models, note)
    forest.draw(add_axes)
    return describe(figure, caption)


def stacked_figure(forests, title="", models=()):
    """Draw forests below each other on one page.

    Parameters
    ----------
    forests : list of Forest
        From top to bottom; at least one.
    title : str
    models : iterable of str
        See `forest_figure`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    height_in = sum(each.height_in for each in forests)
    height_in += _BETWEEN_IN * (len(forests) - 1)
    figure, add_axes = canvas(WIDTH_IN, height_in, title, models)
    below_in = height_in
    for forest in forests:
        below_in -= forest.height_in
        forest.draw(_raised(add_axes, below_in))
        below_in -= _BETWEEN_IN
    return figure


def _raised(add_axes, by_in):
    """Return a function that adds axes so many inches higher."""
    return lambda left, bottom, width, height: add_axes(
        left, bottom + by_in, width, height
    )


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


def _is_open(estimate, panel):
    return is_open(estimate.low, estimate.high, panel.null, estimate.p)


def _draw_panel(axes, panel, rows, body_in):
    """Draw points with their intervals."""
    axes.set_ylim(body_in, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.patch.set_visible(False)
    axes.axvline(panel.null, color=palette.INK, linewidth=0.6, zorder=0.5)
    if not math.isnan(panel.guide):
        axes.axvline(
            panel.guide, color=palette.MODEL, linewidth=0.6, linestyle=":", zorder=0.5
        )
    numbers = [each for _, estimate in rows for each in estimate[:3]]
    ends = [panel.null, *(each for each in numbers if not math.isnan(each))]
    margin = 0.06 * (max(ends) - min(ends)) or 0.12
    axes.set_xlim(min(ends) - margin, max(ends) + margin)
    width_in = axes.get_position().width * axes.figure.get_figwidth()
    is_narrow = width_in < _NARROW_IN
    axes.set_xticks(_ticks(*axes.get_xlim(), panel.null, 2 if is_narrow else 4))
    known = [each for each in rows if not math.isnan(each[1].value)]
    drawn = [each for each in known if not math.isnan(each[1].high - each[1].low)]
    axes.hlines(
        [middle for middle, _ in drawn],
        [estimate.low for _, estimate in drawn],
        [estimate.high for _, estimate in drawn],
        colors=[estimate.color for _, estimate in drawn],
        linewidth=1.2,
        zorder=1.8,
    )
    for middle, estimate in known:
        color = estimate.color
        axes.plot(
            estimate.value,
            middle,
            estimate.mark,
            # In a narrow panel, marks would hide their intervals.
            markersize=estimate.size * (0.75 if is_narrow else 1),
            color=color,
            markerfacecolor=palette.PAPER if _is_open(estimate, panel) else color,
            gid=panel.name,
        )
    axes.set_xlabel(panel.label, fontsize=TEXT)


def _ticks(low, high, null, n_steps):
    """Return ticks of an axis at round distances from its null, which is one of them."""
    locator = MaxNLocator(n_steps, steps=(1, 2, 2.5, 5, 10))
    ticks = null + locator.tick_values(low - null, high - null)
    return [each for each in ticks if low <= each <= high]


def _column(estimates, panel):
    """Return the text of each estimate, all with the same number of decimals."""
    widths = [each.high - each.low for each in estimates if not math.isnan(each.value)]
    justified = [decimals(each) for each in widths if not math.isnan(each)]
    n_decimals = int(np.clip(np.median(justified), 2, 4)) if justified else 3
    # No end that is not 0 reads 0 where that hides that the interval excludes 0.
    while n_decimals < _MOST_DECIMALS and any(
        not holds(each.low, each.high)
        and 0 in (round(each.low, n_decimals), round(each.high, n_decimals))
        for each in estimates
    ):
        n_decimals += 1
    form = f"{'+' if panel.is_difference else ''}.{n_decimals}f"
    return [_number(each, form) for each in estimates]


def _number(estimate, form):
    value, low, high = estimate[:3]
    if math.isnan(value):
        return estimate.missing
    if math.isnan(high - low):
        return f"{signed(value, form)} {_NO_INTERVAL}"
    low, high = (signed(each, form.lstrip("+")) for each in (low, high))
    return f"{signed(value, form)} [{low}, {high}]"
