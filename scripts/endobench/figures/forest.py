"""A forest plot: rows of text, each with estimates in panels, and counts at its end."""

import math
import textwrap
from typing import NamedTuple

import pandas as pd

from endobench.figures import palette
from endobench.figures.canvas import TEXT, WIDTH_IN, text_width
from endobench.figures.captions import decimals, noted_canvas, rounded
from endobench.figures.labels import CI

# Widths of the columns in inches: texts, panels with gaps between, counts.
TEXT_IN, PANELS_IN, GAP_IN, COUNT_IN = 2.05, 3.2, 0.2, 0.62
# Heights in inches: a line of text, the axes' labels, these with the heads.
LINE_IN, BOTTOM_IN, AROUND_IN = 0.135, 0.6, 1.05
NOT_DEFINED = "not defined"
_LEFT_IN = 0.15
# The width of numbers beside marks.
_NUMBERS_IN = 1.35
# Distance from the middle of a row down to its mark, and up to its numbers.
_DOWN_IN = 0.075


class Estimate(NamedTuple):
    """A number with its interval, and how it is drawn.

    Attributes
    ----------
    value, low, high : float
        NaN where missing.
    is_open : bool
        Whether the mark is open.
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
    is_open: bool = False
    color: str = palette.MODEL
    mark: str = "o"
    missing: str = NOT_DEFINED
    size: float = 4.5


class Row(NamedTuple):
    """A row of a forest; one without estimates and counts is text only.

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
    note: str
    estimates: tuple = ()
    counts: tuple = ()


class Panel(NamedTuple):
    """A column of estimates on one axis.

    Attributes
    ----------
    name : str
        The `gid` of its marks.
    head, label : str
        Above the panel, and below its axis.
    null : float
        Position of the solid line.
    is_difference : bool
        Whether numbers are written with their sign.
    guide : float
        Position of the dotted line; NaN for none.
    interval : str
        What the interval is.
    """

    name: str
    head: str
    label: str
    null: float = 0.0
    is_difference: bool = False
    guide: float = math.nan
    interval: str = CI


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
    is_dense : bool
        Whether numbers are beside the marks rather than above them, so that a row of one
        line takes half the height. Only a single panel has room for it.
    """

    def __init__(self, rows, panels, head, counts, *, is_dense=False):
        self._rows, self._panels, self._head, self._counts = rows, panels, head, counts
        self._is_dense = is_dense
        self._texts = [(wrapped(row.name), wrapped(row.note)) for row in rows]
        # Room for the text of a row, or for its numbers and marks.
        least, around_in = (1, 0.05) if is_dense else (2.4, 0.1)
        self._heights = [
            LINE_IN * max(sum(map(len, pair)), least if row.estimates else 1)
            + around_in
            for row, pair in zip(rows, self._texts, strict=True)
        ]
        self._body_in = sum(self._heights)
        #: Height with heads and axes, in inches.
        self.height_in = self._body_in + AROUND_IN

    def draw(self, add_axes):
        """Draw all rows at the bottom of a canvas of width `WIDTH_IN`.

        Parameters
        ----------
        add_axes : callable
            As `canvas.canvas` returns it.
        """
        body_in = self._body_in
        everything = add_axes(0, BOTTOM_IN, WIDTH_IN, body_in)
        everything.set(xlim=(0, WIDTH_IN), ylim=(body_in, 0))
        everything.axis("off")
        tops = [sum(self._heights[:place]) for place in range(len(self._rows))]
        middles = [
            top + height / 2 for top, height in zip(tops, self._heights, strict=True)
        ]
        for place, (row, pair) in enumerate(zip(self._rows, self._texts, strict=True)):
            if place % 2:
                everything.axhspan(
                    tops[place],
                    tops[place] + self._heights[place],
                    color=palette.BAND,
                    lw=0,
                    zorder=0,
                )
            _write_texts(everything, middles[place], pair)
            self._write_counts(everything, middles[place], row)
        n_gaps = len(self._panels) - 1
        panel_in = (PANELS_IN - n_gaps * GAP_IN) / len(self._panels)
        for place, panel in enumerate(self._panels):
            left = _LEFT_IN + TEXT_IN + place * (panel_in + GAP_IN)
            numbers_in = _NUMBERS_IN if self._is_dense else 0
            axes = add_axes(left, BOTTOM_IN, panel_in - numbers_in, body_in)
            estimates = [
                (number, middle, row.estimates[place])
                for number, (row, middle) in enumerate(
                    zip(self._rows, middles, strict=True)
                )
                if row.estimates
            ]
            _draw_panel(axes, panel, estimates, body_in, numbers_in)
            for line, y in ((panel.head, -0.22), (f"[{panel.interval}]", -0.09)):
                _write_head(everything, left + panel_in / 2, y, line, "center")
        _write_head(everything, _LEFT_IN, -0.09, self._head, "left")
        for right, text in zip(self._count_places(), self._counts, strict=True):
            _write_head(everything, right, -0.09, text, "right")

    def _write_counts(self, everything, middle, row):
        for right, value in zip(self._count_places(), row.counts, strict=False):
            everything.text(
                right,
                middle,
                "–" if pd.isna(value) else f"{value:,.0f}",
                ha="right",
                va="center_baseline",
                fontsize=TEXT,
            )

    def _count_places(self):
        n = len(self._counts)
        return [WIDTH_IN - 0.12 - COUNT_IN * (n - 1 - place) for place in range(n)]


def forest_figure(forest, title="", models=(), note=""):
    """Draw a forest on a page of its own, which grows with its rows.

    Parameters
    ----------
    forest : Forest
    title : str
    models : iterable of str
        Models whose scores are drawn; see `canvas.canvas`.
    note : str
        Framed text under the title; see `captions.conclusion_note`.

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide.
    """
    figure, add_axes = noted_canvas(WIDTH_IN, forest.height_in, title, models, note)
    forest.draw(add_axes)
    return figure


def holds(low, high, null=0.0):
    """Return whether an interval includes the null; a missing one counts as doing so."""
    return not (low > null or high < null)


def wrapped(text, width_in=TEXT_IN - 0.1):
    """Break a text into lines of at most a width; an empty text has none."""
    text = "" if pd.isna(text) else str(text)
    for n_letters in range(round(22.5 * width_in), 8, -4):
        lines = textwrap.wrap(text, n_letters)
        if not lines or text_width(lines) * TEXT / 8 <= width_in:
            break
    return lines


def _write_texts(everything, middle, pair):
    name, note = pair
    top = middle - LINE_IN * (len(name) + len(note) - 1) / 2
    for place, line in enumerate([*name, *note]):
        everything.text(
            _LEFT_IN,
            top + LINE_IN * place,
            line,
            va="center_baseline",
            fontsize=TEXT,
            weight="bold" if place < len(name) else "normal",
            color=palette.INK if place < len(name) else palette.FAINT,
        )


def _write_head(everything, x, y, text, align):
    everything.text(x, y, text, ha=align, fontsize=TEXT, color=palette.FAINT)


def _draw_panel(axes, panel, rows, body_in, numbers_in):
    """Draw points with their intervals, and the numbers above or beside them."""
    # Numbers beside the marks end where a panel without them would end.
    width_in = axes.get_position().width * axes.figure.get_figwidth()
    x, align, down_in = 0.5, "center", _DOWN_IN
    if numbers_in:
        x, align, down_in = 1 + numbers_in / width_in, "right", 0
    axes.set_ylim(body_in, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.patch.set_visible(False)
    axes.axvline(panel.null, color=palette.INK, linewidth=0.6, zorder=0.5)
    if not math.isnan(panel.guide):
        axes.axvline(
            panel.guide, color=palette.MODEL, linewidth=0.6, linestyle=":", zorder=0.5
        )
    numbers = [each for *_, estimate in rows for each in estimate[:3]]
    ends = [panel.null, *(each for each in numbers if not math.isnan(each))]
    margin = 0.06 * (max(ends) - min(ends)) or 0.12
    axes.set_xlim(min(ends) - margin, max(ends) + margin)
    axes.locator_params(axis="x", nbins=4)
    for place, middle, estimate in rows:
        axes.text(
            x,
            middle - down_in,
            _numbers(estimate, panel.is_difference),
            transform=axes.get_yaxis_transform(),
            ha=align,
            va="center_baseline",
            fontsize=6,
            color=palette.FAINT,
            bbox={
                "facecolor": palette.BAND if place % 2 else palette.PAPER,
                "edgecolor": "none",
                "pad": 0.6,
            },
        )
        if math.isnan(estimate.value):
            continue
        color = estimate.color
        axes.plot(
            [estimate.low, estimate.high],
            [middle + down_in] * 2,
            color=color,
            linewidth=1.2,
        )
        axes.plot(
            estimate.value,
            middle + down_in,
            estimate.mark,
            markersize=estimate.size,
            color=color,
            markerfacecolor=palette.PAPER if estimate.is_open else color,
            gid=panel.name,
        )
    axes.set_xlabel(panel.label, fontsize=TEXT)


def _numbers(estimate, is_difference):
    value, low, high = estimate[:3]
    if math.isnan(value):
        return estimate.missing
    form = f"{'+' if is_difference else ''}.{decimals(high - low)}f"
    text = rounded(value, form)
    if not math.isnan(high - low):
        text += f" [{rounded(low, form)}, {rounded(high, form)}]"
    return text.replace("-", "−")
