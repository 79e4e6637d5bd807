"""Agreement by effect size, at each window of a sweep."""

import logging
import math

import numpy as np
from matplotlib.ticker import NullFormatter

from endobench.design.benchmark_names import base_of
from endobench.design.metrics import PRIMARY, axis_of
from endobench.design.protocol import CORRECTED
from endobench.design.tasks import ALL_PAIRS
from endobench.figures import palette
from endobench.figures.canvas import (
    WIDTH_IN,
    canvas,
    describe,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import caption, is_open
from endobench.figures.forest.layout import Forest
from endobench.figures.forest.page import forest_figure
from endobench.figures.forest.rows import NOT_DEFINED, Estimate, Panel, Row
from endobench.figures.labels import (
    BARS,
    CI,
    OPEN,
    TERTILES,
    how_done,
    primary_rows,
    stratum_words,
)
from endobench.figures.text import LINE_IN, TEXT, wrapped

log = logging.getLogger(__name__)

_OVER = "effect_over_"
# Small multiples, in inches: each with its name above and its windows below.
_N_COLUMNS, _LEFT_IN, _PANEL_IN = 3, 0.55, (1.9, 1.4)
_NAME_IN, _GAP_IN, _KEY_IN = 0.36, 0.22, 3.1


def strata_figure(sweep, title=""):
    """Draw the agreement by effect size, at each window.

    Parameters
    ----------
    sweep : pandas.DataFrame
        As for `sweep_figure`. The figure shows the thirds of effects by size and the
        effects over each cut-off, in the corrected protocol with the first scorer and
        track set.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each stratum, on one scale, with all pairs behind it; for a single
        window a forest, with a row for each stratum.

    Raises
    ------
    ValueError
        If the sweep is of several datasets.
    """
    with style():
        models = models_of(sweep)
        rows, task = primary_rows(sweep)
        if not rows.empty:
            rows = _primary_questions(rows)
        strata = _strata_by_size(rows)
        if not strata:
            return say_nothing(
                *canvas(WIDTH_IN, 2, title, models), "no strata by effect size"
            )
        n_windows = rows["window_bp"].nunique()
        log.info("drew %d strata at %d windows", len(strata), n_windows)
        draw = _multiples if n_windows > 1 else _strata_forest
        return draw(rows, strata, task, title, models)


def _primary_questions(rows):
    """Return the corrected benchmarks with the first scorer and track set, by window."""
    rows = rows[rows["protocol"].map(base_of) == CORRECTED]
    if rows.empty:
        return rows
    is_first = rows["protocol"] == CORRECTED
    first = rows[is_first].iloc[0] if is_first.any() else rows.iloc[0]
    is_alike = (rows["scorer"] == first["scorer"]) & (
        rows["track_set"] == first["track_set"]
    )
    return rows[is_alike].sort_values("window_bp", kind="stable")


def _strata_by_size(rows):
    """Return the words of strata by their names: thirds first, then by cut-off."""
    found = set() if rows.empty else set(rows["stratum"])
    over = [name.removeprefix(_OVER) for name in found if name.startswith(_OVER)]
    names = [name for name in TERTILES if name in found]
    names += [_OVER + cutoff for cutoff in sorted(over, key=float)]
    return {name: stratum_words(name) for name in names}


def _strata_forest(rows, strata, task, title, models):
    first = next(rows.itertuples(index=False))
    window = f"{first.window_bp:,.0f} bp, " if first.window_bp > 0 else ""
    notes = {ALL_PAIRS: f"{window}{first.track_set}; {how_done(first)}"}
    of_stratum = {row.stratum: row for row in rows.itertuples(index=False)}
    drawn = [
        Row(
            words,
            notes.get(name, ""),
            (Estimate(row.value, row.ci_low, row.ci_high),),
            (row.n, row.n_variants),
        )
        for name, words in ({ALL_PAIRS: stratum_words(ALL_PAIRS)} | strata).items()
        if (row := of_stratum.get(name))
    ]
    panel = Panel("value", "agreement", axis_of(task), null=PRIMARY[task].null)
    forest = Forest(drawn, [panel], "pairs by effect size", ("pairs", "variants"))
    said = caption(
        f"{axis_of(task)} by the size of the measured effect",
        "each row states its numbers of pairs and variants; pairs over one cut-off"
        " include those over all higher ones",
        BARS,
        OPEN,
    )
    return forest_figure(forest, title, models, caption=said)


def _multiples(rows, strata, task, title, models):
    windows = np.sort(rows["window_bp"].unique())
    # Rotate names of windows that would touch.
    steps = np.diff(np.log2(windows)) / np.log2(windows[-1] / windows[0])
    is_turned = steps.min() * _PANEL_IN[0] < 0.6
    below_in = 0.52 if is_turned else 0.28
    row_in = _NAME_IN + _PANEL_IN[1] + below_in
    body_in = math.ceil(len(strata) / _N_COLUMNS) * row_in + 0.25
    first = next(rows.itertuples(index=False))
    what = wrapped(f"{first.track_set}; {how_done(first)}", WIDTH_IN - _KEY_IN - 0.2)
    whole_in = body_in + 0.15 + LINE_IN * len(what)
    figure, add_axes = canvas(WIDTH_IN, whole_in, title, models)
    whole = add_axes(0, 0, WIDTH_IN, whole_in)
    whole.set(xlim=(0, WIDTH_IN), ylim=(0, whole_in))
    whole.axis("off")
    _write_key(whole, what, whole_in - 0.14)
    all_pairs = rows[rows["stratum"] == ALL_PAIRS]
    null = PRIMARY[task].null
    limits = _limits(rows[rows["stratum"].isin([*strata, ALL_PAIRS])], null)
    for place, (name, words) in enumerate(strata.items()):
        line, column = divmod(place, _N_COLUMNS)
        left = _LEFT_IN + column * (_PANEL_IN[0] + _GAP_IN)
        bottom = body_in - (line + 1) * row_in + below_in
        axes = add_axes(left, bottom, *_PANEL_IN)
        axes.set_xscale("log", base=2)
        axes.set(xlim=(windows[0] / 1.6, windows[-1] * 1.6), ylim=limits)
        axes.set_xticks(windows, [_window(each) for each in windows])
        axes.tick_params(axis="x", rotation=90 if is_turned else 0)
        axes.minorticks_off()
        axes.locator_params(axis="y", nbins=5)
        if column == 0:
            axes.set_ylabel(axis_of(task), fontsize=TEXT)
        else:
            axes.yaxis.set_major_formatter(NullFormatter())
        axes.axhline(null, color=palette.INK, linewidth=0.6, zorder=0.5)
        of_stratum = rows[rows["stratum"] == name]
        _draw_line(axes, all_pairs, null, is_behind=True)
        _draw_line(axes, of_stratum, null, is_behind=False)
        top = bottom + _PANEL_IN[1]
        bold = {"fontsize": TEXT, "weight": "bold", "color": palette.INK}
        whole.text(left, top + 0.18, words, **bold)
        n_pairs = _counted(of_stratum)
        whole.text(left, top + 0.06, n_pairs, fontsize=6, color=palette.FAINT)
    middle = (_LEFT_IN + WIDTH_IN) / 2
    whole.text(middle, 0.08, "window (log scale)", ha="center", fontsize=TEXT)
    said = caption(
        f"{axis_of(task)} by window, for each range of effect sizes",
        "each panel states its number of pairs; pairs over one cut-off include those"
        " over all higher ones",
        BARS,
        "blue circles: the stratum; grey squares: all pairs; solid line: chance",
        OPEN,
    )
    return describe(figure, said)


def _limits(rows, null):
    """Return axis limits that include all intervals and the null."""
    ends = rows[["value", "ci_low", "ci_high"]].to_numpy(dtype=float)
    ends = np.append(ends[np.isfinite(ends)], null)
    margin = 0.06 * (ends.max() - ends.min()) or 0.1
    return ends.min() - margin, ends.max() + margin


def _draw_line(axes, rows, null, *, is_behind):
    """Draw the values of a stratum, or of all pairs behind it, by window."""
    values = rows[["value", "ci_low", "ci_high"]].to_numpy(dtype=float).T
    # Side by side, so that no interval hides another.
    place = rows["window_bp"].to_numpy() * (1.12 if is_behind else 1 / 1.12)
    color = palette.BEHIND if is_behind else palette.MODEL
    axes.vlines(place, values[1], values[2], color=color, linewidth=1.2)
    axes.plot(
        place,
        values[0],
        "s--" if is_behind else "o-",
        color=color,
        markersize=3 if is_behind else 4.5,
        linewidth=0.8,
        gid="all pairs" if is_behind else "stratum",
    )
    for x, (value, low, high) in zip(place, values.T, strict=True):
        if is_open(low, high, null):
            mark = "s" if is_behind else "o"
            size = 3 if is_behind else 4.5
            look = {"color": color, "markerfacecolor": palette.PAPER}
            axes.plot(x, value, mark, markersize=size, **look)
    if is_behind:
        return
    for x in place[np.isnan(values[0])]:
        axes.text(
            x,
            0.5,
            NOT_DEFINED,
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="center",
            rotation=90,
            fontsize=6,
            color=palette.FAINT,
        )


def _write_key(whole, what, y):
    """Write the benchmark, and the key of the lines."""
    for place, line in enumerate(what):
        whole.text(0.12, y - LINE_IN * place, line, fontsize=TEXT, color=palette.FAINT)
    left = WIDTH_IN - _KEY_IN
    for x, text, color in (
        (left, "● stratum", palette.MODEL),
        (left + 0.65, "■ all pairs", palette.FAINT),
        (left + 1.35, f"[{CI}]", palette.FAINT),
    ):
        whole.text(x, y, text, fontsize=TEXT, color=color)


def _counted(rows):
    """Return the number of pairs, or its range over the windows."""
    counts = rows["n"].dropna()
    if counts.empty:
        return ""
    low, high = (f"{each:,.0f}" for each in (counts.min(), counts.max()))
    return f"n = {low}" if low == high else f"n = {low} to {high}"


def _window(window_bp):
    """Return a window's length in kb or Mb, rounded as in the study."""
    is_mega = window_bp >= 1_000_000
    return f"{window_bp / 1e6:.0f} Mb" if is_mega else f"{window_bp / 1e3:.0f} kb"
