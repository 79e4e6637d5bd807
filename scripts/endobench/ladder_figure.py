"""The ladder: from the published protocol to the corrected one, a change at a time."""

import logging
import math
import textwrap

import pandas as pd

from endobench.canvas import (
    FAINT,
    INK,
    KEPT,
    canvas,
    models_of,
    save,
    say_no_pairs,
    style,
    text_width,
)
from endobench.scatter import decimals

log = logging.getLogger(__name__)

METRIC = "spearman"
# The columns of the figure, in inches: what a step changed, two panels, two numbers.
TEXT_IN, PANEL_IN, GAP_IN, COUNTS_IN = 2.05, 1.5, 0.2, (0.62, 0.62)
WIDTH_IN, LINE_IN, BOTTOM_IN = 6.9, 0.135, 0.6
TEXT = 7
_BAND = "#F3F3F3"


def ladder(ladder, path, title=""):
    """Write `ladder_figure` to a path that ends in .png or .pdf."""
    save(ladder_figure(ladder, title), path)


def ladder_figure(ladder, title=""):
    """Draw the agreement at every step, and what the step added to the one before.

    Parameters
    ----------
    ladder : pandas.DataFrame
        In the columns of `columns.LADDER`, of one dataset; only the Spearman is drawn.
        The first step, the published protocol, is on top.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide. A difference is an open mark where its interval holds zero, or
        where it has no interval.

    Raises
    ------
    ValueError
        If the ladder is of several datasets, or a step has two rows.
    """
    with style():
        models = models_of(ladder)
        if not ladder.empty:
            ladder = ladder[ladder["metric"] == METRIC]
        if ladder.empty:
            return say_no_pairs(*canvas(WIDTH_IN, 2, title, models))
        _check(ladder)
        steps = list(ladder.sort_values("step").itertuples(index=False))
        texts = [(_wrapped(_named(row)), _wrapped(row.change)) for row in steps]
        # Room for the text of a step, or for its two numbers and marks.
        heights = [
            LINE_IN * max(sum(len(text) for text in pair), 2.4) + 0.1 for pair in texts
        ]
        body_in = sum(heights)
        figure, add_axes = canvas(WIDTH_IN, body_in + 1.05, title, models)
        everything = add_axes(0, BOTTOM_IN, WIDTH_IN, body_in)
        everything.set(xlim=(0, WIDTH_IN), ylim=(body_in, 0))
        everything.axis("off")
        tops = [sum(heights[:place]) for place in range(len(steps))]
        middles = [top + height / 2 for top, height in zip(tops, heights, strict=True)]
        for place, (row, pair) in enumerate(zip(steps, texts, strict=True)):
            top, height = tops[place], heights[place]
            if place % 2:
                everything.axhspan(top, top + height, color=_BAND, lw=0, zorder=0)
            _write_step(everything, middles[place], pair)
            _write_counts(everything, middles[place], row)
        left = 0.15 + TEXT_IN
        for place, (kind, columns, label) in enumerate(
            (
                ("value", ("value", "ci_low", "ci_high"), "Spearman’s rho (no unit)"),
                (
                    "change",
                    ("difference", "difference_low", "difference_high"),
                    "rho minus that of the step above\n(open: the interval holds zero)",
                ),
            )
        ):
            axes = add_axes(
                left + place * (PANEL_IN + GAP_IN), BOTTOM_IN, PANEL_IN, body_in
            )
            rows = [tuple(getattr(row, name) for name in columns) for row in steps]
            _draw_panel(axes, rows, middles, body_in, kind == "change")
            axes.set_xlabel(label, fontsize=TEXT)
        _write_heads(everything, left)
        n_drawn = sum(not math.isnan(row.value) for row in steps)
        log.info("%d steps drawn, %d of them with a value", len(steps), n_drawn)
        return figure


def _check(ladder):
    if (datasets := ladder["dataset"].dropna().unique()).size > 1:
        raise ValueError(
            f"ladder of the datasets {', '.join(sorted(datasets))}; expected one"
        )
    if ladder["step"].duplicated().any():
        raise ValueError(
            f"{METRIC} of the steps {sorted(ladder['step'])}; expected one row each"
        )


def _named(row):
    """Return a step's name, and whether it is a result that must not be reported."""
    is_refused = pd.notna(row.is_reportable) and not row.is_reportable
    return f"{row.name} (not reportable)" if is_refused else row.name


def _wrapped(text):
    """Return the lines of a text in the width of the left column."""
    text = "" if pd.isna(text) else str(text)
    for n_letters in range(44, 8, -4):
        lines = textwrap.wrap(text, n_letters)
        if not lines or text_width(lines) * TEXT / 8 <= TEXT_IN - 0.1:
            break
    return lines


def _write_step(everything, middle, pair):
    name, change = pair
    top = middle - LINE_IN * (len(name) + len(change) - 1) / 2
    for place, line in enumerate([*name, *change]):
        everything.text(
            0.15,
            top + LINE_IN * place,
            line,
            va="center_baseline",
            fontsize=TEXT,
            weight="bold" if place < len(name) else "normal",
            color=INK if place < len(name) else FAINT,
        )


def _write_counts(everything, middle, row):
    for value, right in zip((row.n, row.n_variants), _count_places(), strict=True):
        everything.text(
            right,
            middle,
            "–" if math.isnan(value) else f"{value:,.0f}",
            ha="right",
            va="center_baseline",
            fontsize=TEXT,
        )


def _count_places():
    right = WIDTH_IN - 0.12
    return right - COUNTS_IN[1], right


def _draw_panel(axes, rows, middles, body_in, is_change):
    """Draw points with their intervals, and the numbers above them."""
    axes.set_ylim(body_in, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.patch.set_visible(False)
    axes.axvline(0, color=INK, linewidth=0.6, zorder=0.5)
    ends = [0.0, *(each for row in rows for each in row if not math.isnan(each))]
    margin = 0.06 * (max(ends) - min(ends)) or 0.1
    axes.set_xlim(min(ends) - margin, max(ends) + margin)
    axes.locator_params(axis="x", nbins=4)
    for place, (middle, (value, low, high)) in enumerate(
        zip(middles, rows, strict=True)
    ):
        text = _numbers(value, low, high, is_change, place == 0)
        axes.text(
            0.5,
            middle - 0.075,
            text,
            transform=axes.get_yaxis_transform(),
            ha="center",
            va="center_baseline",
            fontsize=6,
            color=FAINT,
            bbox={
                "facecolor": _BAND if place % 2 else "white",
                "edgecolor": "none",
                "pad": 0.6,
            },
        )
        if math.isnan(value):
            continue
        holds_zero = not (low > 0 or high < 0)
        color = INK if is_change else KEPT
        axes.plot([low, high], [middle + 0.075] * 2, color=color, linewidth=1.2)
        axes.plot(
            value,
            middle + 0.075,
            "D" if is_change else "o",
            markersize=4.5,
            color=color,
            markerfacecolor="white" if is_change and holds_zero else color,
            gid="change" if is_change else "value",
        )


def _numbers(value, low, high, is_change, is_first):
    if math.isnan(value):
        return "" if is_change and is_first else "not defined"
    sign = "+" if is_change else ""
    form = f"{sign}.{decimals(high - low)}f"
    text = f"{value:{form}}"
    if not math.isnan(high - low):
        text += f" [{low:{form}}, {high:{form}}]"
    return text.replace("-", "−")


def _write_heads(everything, left):
    first, second = _count_places()
    look = {"fontsize": TEXT, "color": FAINT}
    for x, text, align in (
        (0.15, "step, and what it changes", "left"),
        (first, "pairs", "right"),
        (second, "variants", "right"),
    ):
        everything.text(x, -0.09, text, ha=align, **look)
    for place, text in enumerate(("agreement", "paired difference")):
        middle = left + PANEL_IN / 2 + place * (PANEL_IN + GAP_IN)
        for line, y in ((text, -0.22), ("[95 % interval, by block]", -0.09)):
            everything.text(middle, y, line, ha="center", **look)
