"""What a run took, rule by rule, below what it asked of a model."""

import logging
import math

import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from endobench.export.cost import RULE, SCORING
from endobench.figures.canvas import (
    FAINT,
    INK,
    KEPT,
    canvas,
    models_of,
    say_nothing,
    style,
    text_width,
)
from endobench.figures.forest import wrapped

log = logging.getLogger(__name__)

WIDTH_IN = 6.9
TEXT = 7
# Of the sum of a rule's jobs, and of the longest one of them.
SUM, LONGEST = "#9CCBE8", KEPT
# Seconds that clocks have names for: the ticks of the axis.
_TICKS = (0.1, 1, 10, 60, 600, 3600, 36_000, 86_400, 864_000, 8_640_000)
# Each with the seconds that it has, and what is left over is told in.
_UNITS = (
    *(("d", 86_400, "h", 3600), ("h", 3600, "min", 60)),
    ("min", 60, "s", 1),
)
_ROW_IN, _LINE_IN, _HEAD_IN, _AXIS_IN = 0.2, 0.135, 0.36, 0.78
_LEFT_IN, _BARS_IN, _NAMES_IN = 0.12, 2.45, 1.6
# Where columns of numbers end, from the right edge.
_ENDS_IN = {"jobs": 2.05, "sum": 1.36, "longest": 0.71, "memory": 0.12}
_ASKED = {
    "variants": "n_variants",
    "remembered": "n_remembered",
    "to ask": "n_asked",
    "calls": "n_calls",
    "of the Atlas": "n_from_atlas",
    "failed": "n_failed",
    "time": "total_s",
}
_ASKED_IN = 0.71
_BAND = "#F3F3F3"


def cost_figure(cost, title=""):
    """Draw the time and the memory of each rule, and say what was asked.

    Parameters
    ----------
    cost : pandas.DataFrame
        In the columns of `columns.COST`.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide; it grows with its rules, which stand in the table's order.
        Seconds are on a log axis: the pale bar is the sum of a rule's jobs, which may
        have run beside one another, the dark one the longest of them.
    """
    with style():
        scorings = cost[cost["kind"] == SCORING]
        rules = cost[(cost["kind"] == RULE) & (cost["total_s"] > 0)]
        if cost.empty:
            empty = canvas(WIDTH_IN, 2, title, ())
            return say_nothing(*empty, "no job was timed")
        names = [wrapped(name, _NAMES_IN - 0.1) for name in scorings["name"]]
        asked_in = sum(_ROW_IN + _LINE_IN * (len(name) - 1) for name in names)
        asked_in = (asked_in or _ROW_IN) + _HEAD_IN
        labels = [wrapped(name, _NAMES_IN - 0.1) for name in rules["name"]]
        heights = [_ROW_IN + _LINE_IN * (len(label) - 1) for label in labels]
        bars_in = sum(heights) + _HEAD_IN + _AXIS_IN if heights else 0.3
        figure, add_axes = canvas(
            WIDTH_IN, asked_in + 0.15 + bars_in, title, models_of(cost)
        )
        _write_asked(add_axes(0, bars_in + 0.15, WIDTH_IN, asked_in), scorings, names)
        if heights:
            _draw_rules(add_axes, rules, labels, heights)
        else:
            axes = _page(add_axes(0, 0, WIDTH_IN, bars_in), bars_in)
            _write(axes, _LEFT_IN, 0.15, "no job was timed", color=FAINT)
        log.info("%d rules and %d scorings drawn", len(rules), len(scorings))
        return figure


def in_words(seconds):
    """Return a time as people say it: `0.4 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`."""
    if pd.isna(seconds):
        return "–"
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    parts = [
        (unit, *divmod(round(seconds / part), size // part), lesser)
        for unit, size, lesser, part in _UNITS
    ]
    unit, whole, rest, lesser = next(each for each in parts if each[1])
    if unit == "min" and whole >= 10:
        whole, rest = round(seconds / 60), 0
    return f"{whole:,} {unit}" + (f" {rest} {lesser}" if rest else "")


def _memory(megabytes):
    if pd.isna(megabytes):
        return "–"
    return f"{megabytes / 1024:.1f} GB" if megabytes >= 1024 else f"{megabytes:.0f} MB"


def _page(axes, height_in):
    """Make axes a page on which places are inches from the top left."""
    axes.set(xlim=(0, WIDTH_IN), ylim=(height_in, 0))
    axes.axis("off")
    return axes


def _write(axes, x, y, text, align="left", **options):
    options = {"fontsize": TEXT, "color": INK} | options
    axes.text(x, y, text, ha=align, va="center_baseline", **options)


def _write_asked(axes, scorings, names):
    height_in = axes.get_position().height * axes.figure.get_figheight()
    axes = _page(axes, height_in)
    _write(axes, _LEFT_IN, 0.2, "asked of the model", weight="bold")
    if scorings.empty:
        _write(axes, _LEFT_IN, _HEAD_IN + 0.06, "nothing: no model was asked")
        return
    ends = [
        WIDTH_IN - 0.12 - _ASKED_IN * place for place in reversed(range(len(_ASKED)))
    ]
    for end, head in zip(ends, _ASKED, strict=True):
        _write(axes, end, 0.2, head, "right", color=FAINT)
    y = _HEAD_IN
    for place, (name, row) in enumerate(
        zip(names, scorings.itertuples(index=False), strict=True)
    ):
        whole = _ROW_IN + _LINE_IN * (len(name) - 1)
        if place % 2 == 0:
            axes.axhspan(y, y + whole, color=_BAND, lw=0, zorder=0)
        _write_name(axes, y + whole / 2, name)
        for end, column in zip(ends, _ASKED.values(), strict=True):
            value = getattr(row, column)
            text = in_words(value) if column == "total_s" else f"{value:,.0f}"
            _write(axes, end, y + whole / 2, text, "right")
        y += whole


def _write_name(axes, middle, lines):
    top = middle - _LINE_IN * (len(lines) - 1) / 2
    for place, line in enumerate(lines):
        _write(axes, _LEFT_IN, top + _LINE_IN * place, line)


def _draw_rules(add_axes, rules, labels, heights):
    body_in = sum(heights)
    page = _page(
        add_axes(0, _AXIS_IN, WIDTH_IN, body_in + _HEAD_IN), body_in + _HEAD_IN
    )
    left = _LEFT_IN + _NAMES_IN
    head = (
        f"rules: {in_words(rules['total_s'].sum())} in all,"
        f" {rules['n_jobs'].sum():,.0f} jobs"
    )
    _write(page, _LEFT_IN, 0.2, head, weight="bold")
    for name, end in _ENDS_IN.items():
        _write(page, WIDTH_IN - end, 0.2, name, "right", color=FAINT)
    axes = add_axes(left, _AXIS_IN, _BARS_IN, body_in)
    axes.patch.set_visible(False)
    low = min(_TICKS[0], 10 ** math.floor(math.log10(rules["longest_s"].min())))
    high = max(rules["total_s"].max() * 1.3, 10 * low)
    axes.set(xscale="log", xlim=(low, high), ylim=(body_in, 0), yticks=[])
    axes.spines["left"].set_visible(False)
    ticks = [each for each in (low, *_TICKS) if low <= each <= high]
    axes.xaxis.set_major_locator(FixedLocator(_apart(ticks, low, high)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    axes.set_xlabel(
        "time (log scale): pale, the sum of a rule’s jobs;\ndark, the longest of them",
        fontsize=TEXT,
    )
    y = 0
    for place, (label, height, row) in enumerate(
        zip(labels, heights, rules.itertuples(index=False), strict=True)
    ):
        middle = y + height / 2
        if place % 2 == 0:
            page.axhspan(
                _HEAD_IN + y, _HEAD_IN + y + height, color=_BAND, lw=0, zorder=0
            )
        _write_name(page, _HEAD_IN + middle, label)
        for value, bar_in, color, kind in (
            (row.total_s, 0.13, SUM, "sum"),
            (row.longest_s, 0.06, LONGEST, "longest"),
        ):
            bars = axes.barh(middle, value - low, bar_in, low, color=color)
            bars[0].set_gid(kind)
        for name, text in (
            ("jobs", f"{row.n_jobs:,.0f}"),
            ("sum", in_words(row.total_s)),
            ("longest", in_words(row.longest_s)),
            ("memory", _memory(row.peak_rss_mb)),
        ):
            _write(page, WIDTH_IN - _ENDS_IN[name], _HEAD_IN + middle, text, "right")
        y += height


def _tick(seconds):
    return f"{seconds:g} s" if seconds < 10 else in_words(seconds)


def _apart(ticks, low, high):
    """Leave out ticks whose labels would touch those before them."""
    kept, end = [], -math.inf
    for tick in ticks:
        place = _BARS_IN * math.log(tick / low) / math.log(high / low)
        half = text_width([_tick(tick)]) * TEXT / 8 / 2
        if place - half > end:
            kept.append(tick)
            end = place + half + 0.05
    return kept
