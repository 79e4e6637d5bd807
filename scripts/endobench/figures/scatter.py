"""Measured against predicted effects, or scores by class, with the numbers beside them."""

import logging
import textwrap

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap, LogNorm

from endobench.benchmark.matching import classify, positives_of
from endobench.design.metrics import PRIMARY, words_of
from endobench.design.models import MODEL
from endobench.design.protocol import TABLE_SCORER
from endobench.design.tasks import LEADS, MAGNITUDE, MATCHED, UNSIGNED, task_in
from endobench.figures.canvas import (
    COUNTS,
    DROPPED,
    FAINT,
    INK,
    KEPT,
    STAMP,
    models_of,
    save,
    say_nothing,
    style,
)
from endobench.figures.captions import (
    conclusion_note,
    noted_canvas,
    numbers,
    with_interval,
)
from endobench.figures.labels import (
    effect_label,
    score_label,
)
from endobench.sources.formats import UNITS

log = logging.getLogger(__name__)

HEXBIN_FROM = 2_000
_BEFOREHAND = {LEADS: "one variant per feature", MATCHED: "matched negatives"}
# The top of the box, and the height of its lines.
_TOP_IN, _LINE_IN = 4.15, 0.142
# Single pairs are light, but not lost on white.
_DENSITY = ListedColormap(colormaps["Blues"](np.linspace(0.3, 1, 256)))


def scatter(pairs, metrics, path, **options):
    """Write `scatter_figure` to a path that ends in .png or .pdf."""
    save(scatter_figure(pairs, metrics, **options), path)


def scatter_figure(
    pairs, metrics, title="", stratum="all_pairs", conclusion=None, classes=()
):
    """Draw what is measured against what is predicted, with the numbers beside it.

    Which way is the metrics' (see `tasks`): effects against scores with their signs;
    the sizes of both, where the source does not say which allele its effects are of; and
    where effects are labels, which share of either class has a score up to a size.
    From `HEXBIN_FROM` pairs on, their density is drawn. Pairs far beyond the others are
    drawn as triangles at the edge, and counted.

    Parameters
    ----------
    pairs : pandas.DataFrame
        The pairs of the stratum, in the columns of `columns.PAIRS`.
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark. The numbers written are
        those of the model, with the one that was named beforehand if that is another
        stratum's. Nothing is recomputed.
    title : str
    stratum : str
        Whose numbers are written.
    conclusion : pandas.DataFrame, optional
        In the columns of `columns.CONCLUSIONS`, of the same benchmark. Where the stratum
        is not reportable, a note under the title says so, and why.
    classes : list
        Nothing, or `by`, `positive` and `negative` of `matching.classify`: positives
        alone are drawn, but for labels.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the metrics have rows, but not one per metric for the stratum, or a conclusion
        is given without one row for it.
    """
    task = task_in(metrics)
    with style():
        note = conclusion_note(conclusion, metrics, stratum)
        models = models_of(pairs, metrics)
        figure, add_axes = noted_canvas(6.9, 4.3, title, models, note)
        if not pairs.empty:
            is_shown = np.isfinite(pairs[["effect", "raw"]].astype(float)).all(axis=1)
            pairs = pairs[is_shown.to_numpy()]
            if task != UNSIGNED:
                pairs = positives_of(pairs, classes)
            elif classes:
                pairs = pairs[~np.isnan(classify(pairs, *classes))]
        if pairs.empty:
            return say_nothing(figure, add_axes)
        axes = add_axes(0.75, 0.55, 3.4, 3.6)
        unit, scorer = _joined(pairs["unit"]), _joined(pairs["scorer"])
        y_label = score_label(
            scorer, _joined(pairs["model"]), task, _joined(pairs["reduction"])
        )
        lines = numbers(metrics, stratum, len(pairs), task)
        if classes and task != UNSIGNED:
            lines[0] = lines[0].replace("all pairs", "all positives")
        lines += _named_beforehand(metrics, stratum, task)
        if task == UNSIGNED:
            _draw_classes(axes, pairs, classes)
            axes.set_xlabel(y_label)
        else:
            effect = pairs["effect"].to_numpy(dtype=float)
            score = pairs["raw"].to_numpy(dtype=float)
            if task == MAGNITUDE:
                null = UNITS[unit].null if unit in UNITS else 0.0
                effect, score = np.abs(effect - null), np.abs(score)
                lines += [
                    "",
                    "Which allele effects are of is not",
                    "known: sizes alone",
                ]
            hexes, n_beyond = _draw_effects(axes, effect, score)
            if hexes is not None:
                bar_axes = add_axes(4.5, 0.85, 1.9, 0.1)
                bar = figure.colorbar(
                    hexes, bar_axes, orientation="horizontal", format=COUNTS
                )
                bar.set_label("pairs in a hexagon")
                bar.minorticks_off()
            if n_beyond:
                noun = "pair" if n_beyond == 1 else "pairs"
                lines += ["", f"triangles: {n_beyond:,} {noun} beyond the axes"]
            axes.set_xlabel(effect_label(unit, task))
            axes.set_ylabel(y_label)
        box = {"facecolor": "white", "edgecolor": "#BBBBBB", "linewidth": 0.6, "pad": 5}
        side = add_axes(4.4, _TOP_IN - 1.95, 2.4, 1.95)
        side.axis("off")
        side.text(
            0,
            1,
            "\n".join(lines),
            va="top",
            fontsize=7,
            linespacing=1.45,
            bbox=box,
            gid="numbers",
        )
        below_in = min(2.0, _TOP_IN - _LINE_IN * len(lines) - 0.12)
        source = add_axes(4.35, below_in - 0.9, 2.4, 0.9)
        source.axis("off")
        source.text(
            0,
            1,
            _source(pairs, scorer),
            va="top",
            fontsize=6,
            color=FAINT,
            linespacing=1.4,
            gid="source",
        )
        log.info("%d pairs drawn", len(pairs))
        return figure


def _named_beforehand(metrics, stratum, task):
    """Return lines with the number named beforehand, if it is not of the stratum."""
    asked = PRIMARY[task]
    named = asked.strata[0]
    rows = metrics[
        (metrics["predictor"] == MODEL)
        & (metrics["task"] == task)
        & (metrics["stratum"] == named)
        & (metrics["metric"] == asked.metric)
    ]
    if named == stratum or rows.empty:
        return []
    row = next(rows.itertuples(index=False))
    told = "not defined" if np.isnan(row.value) else with_interval(row)
    number = f"{words_of(task)[asked.metric]} {told}, n = {row.n:,.0f}"
    return [
        "",
        f"{_BEFOREHAND[named]}, named beforehand:",
        number.replace("-", "−"),
    ]


def _draw_effects(axes, effect, score):
    """Draw pairs; return their hexagons, if any, and how many lie beyond the axes."""
    limits = _limits(effect), _limits(score)
    at_edge = np.clip(effect, *limits[0]), np.clip(score, *limits[1])
    is_beyond = (at_edge[0] != effect) | (at_edge[1] != score)
    n_pairs, hexes = len(effect), None
    inside = effect[~is_beyond], score[~is_beyond]
    if n_pairs >= HEXBIN_FROM:
        hexes = axes.hexbin(
            *inside,
            gridsize=(60, 35),
            extent=(*limits[0], *limits[1]),
            mincnt=1,
            cmap=_DENSITY,
            norm=LogNorm(),
            linewidths=0.2,
            edgecolors="face",
        )
        hexes.set_clim(1, max(10, hexes.get_array().max()))
    else:
        size = np.clip(1_500 / n_pairs, 6, 20)
        axes.scatter(*inside, s=size, color=KEPT, alpha=0.6, linewidths=0)
    is_beside = at_edge[0] != effect
    for marker, is_there in (
        ("<", effect < limits[0][0]),
        (">", effect > limits[0][1]),
        ("v", (score < limits[1][0]) & ~is_beside),
        ("^", (score > limits[1][1]) & ~is_beside),
    ):
        axes.plot(
            at_edge[0][is_there],
            at_edge[1][is_there],
            marker,
            color=STAMP,
            markersize=4,
            markeredgewidth=0,
            clip_on=False,
            zorder=4,
        )
    for line in (axes.axhline, axes.axvline):
        line(0, color=INK, linewidth=0.6, zorder=0.5)
    axes.set(xlim=limits[0], ylim=limits[1])
    axes.locator_params(nbins=8)
    return hexes, int(is_beyond.sum())


def _draw_classes(axes, pairs, classes):
    """Draw which share of each class has a score up to a size."""
    is_positive = classify(pairs, *classes) == 1
    size = np.abs(pairs["raw"].to_numpy(dtype=float))
    for mask, name, color, line in (
        (~is_positive, "negatives", DROPPED, "--"),
        (is_positive, "positives", KEPT, "-"),
    ):
        if mask.any():
            label = f"{mask.sum():,} {name}"
            axes.ecdf(size[mask], color=color, linestyle=line, label=label)
    axes.set(xlim=(0, _limits(size)[1]), ylim=(0, 1.02))
    axes.set_ylabel("share of the class with a size up to this")
    axes.locator_params(axis="x", nbins=8)
    axes.legend(frameon=False, loc="lower right", fontsize=7)


def _source(pairs, scorer):
    """Return the lines that say whose scores they are."""
    what = [
        f"model {_joined(pairs['model'])}",
        f"tracks {_joined(pairs['track_set'])}",
    ]
    if scorer != TABLE_SCORER:
        what += [scorer, f"window {_joined(pairs['window_bp'])} bp"]
    return "\n".join(textwrap.fill(each, 32, subsequent_indent="  ") for each in what)


def _joined(values):
    return ", ".join(str(value) for value in sorted(values.astype(str).unique()))


def _limits(values):
    """Return an axis' limits: all values and zero, unless a few lie far beyond."""
    low, high = np.quantile(values, (0.05, 0.95))
    bottom, top = values.min(), values.max()
    if high > low:
        bottom = max(bottom, low - (high - low))
        top = min(top, high + (high - low))
    bottom, top = min(bottom, 0), max(top, 0)
    margin = 0.04 * (top - bottom) or 1
    return bottom - margin, top + margin
