"""The cost of a run: requests to the model, and time and memory of each rule."""

import logging
import math
from typing import NamedTuple

import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from endobench.export.cost import RULE, SCORING
from endobench.figures import palette
from endobench.figures.canvas import (
    WIDTH_IN,
    canvas,
    describe,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import caption
from endobench.figures.text import TEXT, text_width, wrapped

log = logging.getLogger(__name__)

_NO_JOBS = "no job was timed"
# Rules with a row of their own.
N_LARGEST = 10
# Ticks of the axis, in seconds: round numbers of seconds, minutes, hours and days.
_TICKS = (0.1, 1, 10, 60, 600, 3600, 36_000, 86_400, 864_000, 8_640_000)


class _Unit(NamedTuple):
    """A unit of time of so many seconds; the remainder is written in a lesser one."""

    name: str
    seconds: int
    lesser: str
    lesser_seconds: int


_UNITS = (
    _Unit("d", 86_400, "h", 3600),
    _Unit("h", 3600, "min", 60),
    _Unit("min", 60, "s", 1),
)
_ROW_IN, _LINE_IN, _HEAD_IN, _AXIS_IN = 0.2, 0.135, 0.36, 0.78
_LEFT_IN, _BARS_IN, _NAMES_IN = 0.12, 2.45, 1.6
# Where columns of numbers end, from the right edge.
_ENDS_IN = {"jobs": 2.05, "total": 1.36, "longest": 0.71, "memory": 0.12}
_REQUESTS = {
    "variants": "n_variants",
    "from journal": "n_remembered",
    "requested": "n_asked",
    "calls": "n_calls",
    "from Atlas": "n_from_atlas",
    "failed": "n_failed",
    "time": "total_s",
}
_REQUESTS_IN = 0.71


def cost_figure(cost, title=""):
    """Draw the time and the memory of each rule below the requests to the model.

    Parameters
    ----------
    cost : pandas.DataFrame
        In the columns of `columns.COST`.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide. The `N_LARGEST` rules that took most time have a row each, all
        others one together. Time is on a log axis: the pale bar is the sum over a rule's
        jobs, which may have run in parallel, the dark bar its longest job.
    """
    with style():
        scorings = cost[cost["kind"] == SCORING]
        rules = cost[(cost["kind"] == RULE) & (cost["total_s"] > 0)]
        rules = rules.sort_values("total_s", ascending=False, kind="stable")
        largest = rules.head(N_LARGEST)
        if cost.empty:
            return say_nothing(*canvas(WIDTH_IN, 2, title, ()), _NO_JOBS)
        names = [wrapped(name, _NAMES_IN - 0.1) for name in scorings["name"]]
        requests_in = sum(_ROW_IN + _LINE_IN * (len(name) - 1) for name in names)
        requests_in = (requests_in or _ROW_IN) + _HEAD_IN
        labels = [wrapped(name, _NAMES_IN - 0.1) for name in largest["name"]]
        heights = [_ROW_IN + _LINE_IN * (len(label) - 1) for label in labels]
        if rest := _rest_words(rules):
            heights.append(_ROW_IN)
            labels.append([rest])
        bars_in = sum(heights) + _HEAD_IN + _AXIS_IN if heights else 0.3
        figure, add_axes = canvas(
            WIDTH_IN, requests_in + 0.15 + bars_in, title, models_of(cost)
        )
        axes = add_axes(0, bars_in + 0.15, WIDTH_IN, requests_in)
        _write_requests(axes, scorings, names)
        if heights:
            _draw_rules(add_axes, rules, labels, heights)
        else:
            axes = _page(add_axes(0, 0, WIDTH_IN, bars_in), bars_in)
            _write(axes, _LEFT_IN, 0.15, _NO_JOBS, color=palette.FAINT)
        log.info("drew %d rules and %d scorings", len(largest), len(scorings))
        return describe(figure, _caption(rules, scorings))


def _rest_words(rules):
    """Return how many rules have no row of their own; empty if none."""
    n = len(rules) - N_LARGEST
    return f"{n:,} other {'rule' if n == 1 else 'rules'}" if n > 0 else ""


def _caption(rules, scorings):
    n = min(len(rules), N_LARGEST)
    what = "requests to the model for each window" if len(scorings) else ""
    of = f"time and memory of the {n:,} rules that took most of it"
    if n < N_LARGEST:
        of = "time and memory of each rule"
    return caption(
        " and ".join(filter(None, (what, of if n else ""))) or _NO_JOBS,
        f"{rules['n_jobs'].sum():,.0f} jobs took {in_words(rules['total_s'].sum())}"
        if n
        else "",
        "pale bar: all jobs of a rule, which may have run in parallel; dark bar: its"
        " longest job; memory: the highest peak of any of its jobs"
        if n
        else "",
        "these are measurements of one run and have no intervals",
    )


def in_words(seconds):
    """Return a time with its unit: `0.4 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`."""
    if pd.isna(seconds):
        return "–"
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    parts = [
        (unit, *divmod(round(seconds / unit.lesser_seconds), _n_lesser(unit)))
        for unit in _UNITS
    ]
    unit, whole, rest = next(each for each in parts if each[1])
    if unit.name == "min" and whole >= 10:
        whole, rest = round(seconds / 60), 0
    return f"{whole:,} {unit.name}" + (f" {rest} {unit.lesser}" if rest else "")


def _n_lesser(unit):
    return unit.seconds // unit.lesser_seconds


def _memory(megabytes):
    if pd.isna(megabytes):
        return "–"
    return f"{megabytes / 1024:.1f} GB" if megabytes >= 1024 else f"{megabytes:.0f} MB"


def _page(axes, height_in):
    """Turn axes into a page with positions in inches from the top left."""
    axes.set(xlim=(0, WIDTH_IN), ylim=(height_in, 0))
    axes.axis("off")
    return axes


def _write(axes, x, y, text, align="left", **options):
    options = {"fontsize": TEXT, "color": palette.INK} | options
    axes.text(x, y, text, ha=align, va="center_baseline", **options)


def _write_requests(axes, scorings, names):
    height_in = axes.get_position().height * axes.figure.get_figheight()
    axes = _page(axes, height_in)
    _write(axes, _LEFT_IN, 0.2, "requests to the model", weight="bold")
    if scorings.empty:
        _write(axes, _LEFT_IN, _HEAD_IN + 0.06, "none: no model was called")
        return
    ends = [
        WIDTH_IN - 0.12 - _REQUESTS_IN * place
        for place in reversed(range(len(_REQUESTS)))
    ]
    for end, head in zip(ends, _REQUESTS, strict=True):
        _write(axes, end, 0.2, head, "right", color=palette.FAINT)
    y = _HEAD_IN
    for place, (name, row) in enumerate(
        zip(names, scorings.itertuples(index=False), strict=True)
    ):
        whole = _ROW_IN + _LINE_IN * (len(name) - 1)
        if place % 2:
            axes.axhspan(y, y + whole, color=palette.BAND, lw=0, zorder=0)
        _write_name(axes, y + whole / 2, name)
        for end, column in zip(ends, _REQUESTS.values(), strict=True):
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
        f"rules: {in_words(rules['total_s'].sum())} in total,"
        f" {rules['n_jobs'].sum():,.0f} jobs"
    )
    _write(page, _LEFT_IN, 0.2, head, weight="bold")
    for name, end in _ENDS_IN.items():
        _write(page, WIDTH_IN - end, 0.2, name, "right", color=palette.FAINT)
    axes = add_axes(left, _AXIS_IN, _BARS_IN, body_in)
    axes.patch.set_visible(False)
    rows = _rows(rules)
    shortest = min(row.longest_s for row in rows)
    low = min(_TICKS[0], 10 ** math.floor(math.log10(shortest)))
    high = max(1.3 * max(row.total_s for row in rows), 10 * low)
    axes.set(xscale="log", xlim=(low, high), ylim=(body_in, 0), yticks=[])
    axes.spines["left"].set_visible(False)
    ticks = [each for each in (low, *_TICKS) if low <= each <= high]
    axes.xaxis.set_major_locator(FixedLocator(_apart(ticks, low, high)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    axes.set_xlabel(
        "time (log scale)\npale: all jobs of a rule; dark: its longest job",
        fontsize=TEXT,
    )
    y = 0
    for place, (label, height, row) in enumerate(
        zip(labels, heights, rows, strict=True)
    ):
        middle = y + height / 2
        if place % 2:
            page.axhspan(
                _HEAD_IN + y, _HEAD_IN + y + height, color=palette.BAND, lw=0, zorder=0
            )
        _write_name(page, _HEAD_IN + middle, label)
        for value, bar_in, color, kind in (
            (row.total_s, 0.13, palette.ALL_JOBS, "sum"),
            (row.longest_s, 0.06, palette.LONGEST_JOB, "longest"),
        ):
            bars = axes.barh(middle, value - low, bar_in, low, color=color)
            bars[0].set_gid(kind)
        for name, text in (
            ("jobs", f"{row.n_jobs:,.0f}"),
            ("total", in_words(row.total_s)),
            ("longest", in_words(row.longest_s)),
            ("memory", _memory(row.peak_rss_mb)),
        ):
            _write(page, WIDTH_IN - _ENDS_IN[name], _HEAD_IN + middle, text, "right")
        y += height


def _rows(rules):
    """Return the rows of the largest rules, and one of all others together."""
    rest = rules.iloc[N_LARGEST:]
    if rest.empty:
        return list(rules.itertuples(index=False))
    together = rules.head(1).assign(
        n_jobs=rest["n_jobs"].sum(),
        total_s=rest["total_s"].sum(),
        longest_s=rest["longest_s"].max(),
        peak_rss_mb=rest["peak_rss_mb"].max(),
    )
    rows = pd.concat([rules.head(N_LARGEST), together])
    return list(rows.itertuples(index=False))


def _tick(seconds):
    return f"{seconds:g} s" if seconds < 10 else in_words(seconds)


def _apart(ticks, low, high):
    """Leave out ticks whose labels would touch the previous one."""
    kept, end = [], -math.inf
    for tick in ticks:
        place = _BARS_IN * math.log(tick / low) / math.log(high / low)
        half = text_width([_tick(tick)], TEXT) / 2
        if place - half > end:
            kept.append(tick)
            end = place + half + 0.05
    return kept
