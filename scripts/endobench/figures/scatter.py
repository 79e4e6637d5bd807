"""Measured against predicted effects, or scores by class, with the metrics."""

import logging
import textwrap

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap, LogNorm

from endobench.benchmark.matching import classify, positives_of
from endobench.design.metrics import PRIMARY, words_of
from endobench.design.models import ASSAY, MODEL, is_assay
from endobench.design.protocol import TABLE_SCORER
from endobench.design.tasks import ALL_PAIRS, MAGNITUDE, UNSIGNED, task_in
from endobench.figures import palette
from endobench.figures.canvas import (
    COUNTS,
    TEXT,
    WIDTH_IN,
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
from endobench.figures.labels import effect_label, score_label, stratum_words
from endobench.sources.formats import UNITS

log = logging.getLogger(__name__)

HEXBIN_FROM = 2_000
# The top of the box, and the height of its lines.
_TOP_IN, _LINE_IN = 4.15, 0.142


def scatter(pairs, metrics, path, **options):
    """Write `scatter_figure` to a path that ends in .png or .pdf."""
    save(scatter_figure(pairs, metrics, **options), path)


def scatter_figure(
    pairs, metrics, title="", stratum="all_pairs", conclusion=None, classes=()
):
    """Draw measured against predicted effects, with a box of metrics.

    The task of the metrics (see `tasks`) decides what is drawn: effects and scores with
    their signs; the sizes of both if the effect allele is not known; or, if effects are
    labels, the cumulative distribution of score sizes in either class. From
    `HEXBIN_FROM` pairs on, their density is drawn. Pairs far from all others are drawn as
    triangles at the edge, and counted.

    Parameters
    ----------
    pairs : pandas.DataFrame
        The pairs of the stratum, in the columns of `columns.PAIRS`.
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark. The model's values
        are written, and the primary one if it belongs to another stratum. Nothing is
        recomputed.
    title : str
    stratum : str
        The stratum whose values are written.
    conclusion : pandas.DataFrame, optional
        In the columns of `columns.CONCLUSIONS`, of the same benchmark. If the stratum is
        not reportable, a note under the title says why.
    classes : list
        Empty, or `by`, `positive` and `negative` of `matching.classify`. With classes,
        only positives are drawn, except for labels.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the metrics have rows, but not one per metric for the stratum, or if the
        conclusion does not have exactly one row for it.
    """
    task = task_in(metrics)
    with style():
        note = conclusion_note(conclusion, metrics, stratum)
        models = models_of(pairs, metrics)
        figure, add_axes = noted_canvas(WIDTH_IN, 4.3, title, models, note)
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
        words = stratum_words(stratum)
        if classes and task != UNSIGNED and stratum == ALL_PAIRS:
            words = "all positives"
        lines = numbers(metrics, stratum, len(pairs), task, words)
        lines += _prespecified(metrics, stratum, task)
        if task == UNSIGNED:
            _draw_classes(axes, pairs, classes)
            axes.set_xlabel(y_label)
        else:
            effect = pairs["effect"].to_numpy(dtype=float)
            score = pairs["raw"].to_numpy(dtype=float)
            if task == MAGNITUDE:
                null = UNITS[unit].null if unit in UNITS else 0.0
                effect, score = np.abs(effect - null), np.abs(score)
                lines += ["", "Effect allele not known: sizes only"]
            hexes, n_beyond = _draw_effects(axes, effect, score)
            if hexes is not None:
                bar_axes = add_axes(4.5, 0.85, 1.9, 0.1)
                bar = figure.colorbar(
                    hexes, bar_axes, orientation="horizontal", format=COUNTS
                )
                bar.set_label("pairs per hexagon")
                bar.minorticks_off()
            if n_beyond:
                noun = "pair" if n_beyond == 1 else "pairs"
                lines += ["", f"triangles: {n_beyond:,} {noun} beyond the axes"]
            axes.set_xlabel(effect_label(unit, task))
            axes.set_ylabel(y_label)
        box = {"facecolor": palette.PAPER, "edgecolor": palette.RULE}
        box |= {"linewidth": 0.6, "pad": 5}
        side = add_axes(4.4, _TOP_IN - 1.95, 2.4, 1.95)
        side.axis("off")
        side.text(
            0,
            1,
            "\n".join(lines),
            va="top",
            fontsize=TEXT,
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
            color=palette.FAINT,
            linespacing=1.4,
            gid="source",
        )
        log.info("drew %d pairs", len(pairs))
        return figure


def _prespecified(metrics, stratum, task):
    """Return lines with the primary metric, if it is of another stratum."""
    primary = PRIMARY[task]
    named = primary.strata[0]
    rows = metrics[
        (metrics["predictor"] == MODEL)
        & (metrics["task"] == task)
        & (metrics["stratum"] == named)
        & (metrics["metric"] == primary.metric)
    ]
    if named == stratum or rows.empty:
        return []
    row = next(rows.itertuples(index=False))
    value = "not defined" if np.isnan(row.value) else with_interval(row)
    number = f"{words_of(task)[primary.metric]} {value}, n = {row.n:,.0f}"
    return [
        "",
        f"prespecified: {stratum_words(named)}",
        number.replace("-", "−"),
    ]


def _draw_effects(axes, effect, score):
    """Draw pairs; return their hexagons, if any, and how many are beyond the axes."""
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
            cmap=_density(),
            norm=LogNorm(),
            linewidths=0.2,
            edgecolors="face",
        )
        hexes.set_clim(1, max(10, hexes.get_array().max()))
    else:
        size = np.clip(1_500 / n_pairs, 6, 20)
        axes.scatter(*inside, s=size, color=palette.PAIRS, alpha=0.6, linewidths=0)
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
            color=palette.BEYOND,
            markersize=4,
            markeredgewidth=0,
            clip_on=False,
            zorder=4,
        )
    for line in (axes.axhline, axes.axvline):
        line(0, color=palette.INK, linewidth=0.6, zorder=0.5)
    axes.set(xlim=limits[0], ylim=limits[1])
    axes.locator_params(nbins=8)
    return hexes, int(is_beyond.sum())


def _density():
    """Return the colours of hexagons, by how many pairs they hold."""
    name, first = palette.DENSITY
    return ListedColormap(colormaps[name](np.linspace(first, 1, 256)))


def _draw_classes(axes, pairs, classes):
    """Draw the cumulative distribution of score sizes in each class."""
    is_positive = classify(pairs, *classes) == 1
    size = np.abs(pairs["raw"].to_numpy(dtype=float))
    for mask, name, color, line in (
        (~is_positive, "negatives", palette.NEGATIVE, "--"),
        (is_positive, "positives", palette.POSITIVE, "-"),
    ):
        if mask.any():
            label = f"{mask.sum():,} {name}"
            axes.ecdf(size[mask], color=color, linestyle=line, label=label)
    axes.set(xlim=(0, _limits(size)[1]), ylim=(0, 1.02))
    axes.set_ylabel("cumulative share of the class")
    axes.locator_params(axis="x", nbins=8)
    axes.legend(frameon=False, loc="lower right", fontsize=TEXT)


def _source(pairs, scorer):
    """Return the lines that say where the scores come from."""
    what = [
        f"model {_joined(pairs['model'])}",
        f"tracks {_joined(pairs['track_set'])}",
    ]
    if all(map(is_assay, pairs["model"].unique())):
        what = [f"measured by {_joined(pairs['model']).replace(ASSAY, '')}"]
    if scorer != TABLE_SCORER:
        windows = sorted(pairs["window_bp"].dropna().astype(int).unique())
        what += [scorer, f"window {', '.join(f'{each:,}' for each in windows)} bp"]
    return "\n".join(textwrap.fill(each, 32, subsequent_indent="  ") for each in what)


def _joined(values):
    return ", ".join(str(value) for value in sorted(values.astype(str).unique()))


def _limits(values):
    """Return axis limits that include zero and all values except far outliers."""
    low, high = np.quantile(values, (0.05, 0.95))
    bottom, top = values.min(), values.max()
    if high > low:
        bottom = max(bottom, low - (high - low))
        top = min(top, high + (high - low))
    bottom, top = min(bottom, 0), max(top, 0)
    margin = 0.04 * (top - bottom) or 1
    return bottom - margin, top + margin
