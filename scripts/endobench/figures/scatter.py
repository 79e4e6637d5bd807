"""Measured against predicted effects, or scores by class, with the metrics."""

import logging
from typing import NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import ListedColormap, LogNorm

from endobench.benchmark.matching import classes_and_matched, classify
from endobench.benchmark.strata import is_lead
from endobench.design.metrics import PRIMARY
from endobench.design.models import ASSAY, is_assay
from endobench.design.scorers import TABLE_SCORER
from endobench.design.tasks import ALL_PAIRS, MAGNITUDE, MATCHED, UNSIGNED, task_in
from endobench.figures import palette
from endobench.figures.canvas import (
    COUNTS,
    WIDTH_IN,
    describe,
    models_of,
    save,
    say_nothing,
    style,
)
from endobench.figures.captions import (
    caption,
    conclusion_note,
    noted_canvas,
    primary_words,
    statistics,
)
from endobench.figures.labels import INTERVALS, effect_label, score_label, stratum_words
from endobench.figures.text import TEXT, wrapped
from endobench.sources.formats import UNITS

log = logging.getLogger(__name__)

HEXBIN_FROM = 2_000
# In inches: left, bottom, width and height of the axes of the prespecified stratum, and of
# all pairs beside it; the widths of their heads; the room above the axes.
_LARGE, _SMALL = (0.75, 0.55, 3.45, 3.45), (4.85, 2.1, 1.9, 1.9)
_HEADS_IN, _ABOVE_IN, _LINE_IN = (3.4, 2.0), 0.6, 0.14
_TOP_IN = _LARGE[1] + _LARGE[3]
_HEIGHT_IN = _TOP_IN + _ABOVE_IN
_LOOK = {"fontsize": TEXT, "color": palette.INK}
# The axis of labels.
_SHARE = "cumulative share of the class"


class Stratum(NamedTuple):
    """A stratum to draw.

    Attributes
    ----------
    name : str
        As in the column ``stratum`` of metrics.
    mask : numpy.ndarray of bool, shape (n_pairs,)
        Its pairs among those drawn.
    words : str
    """

    name: str
    mask: np.ndarray
    words: str


def scatter(pairs, metrics, path, **options):
    """Write `scatter_figure` to a path that ends in .png or .pdf."""
    save(scatter_figure(pairs, metrics, **options), path)


def scatter_figure(
    pairs, metrics, title="", conclusion=None, classes=None, strata=None
):
    """Draw measured against predicted effects: the prespecified stratum, and all pairs.

    The task of the metrics (see `tasks`) decides what is drawn: effects and scores with
    their signs; the sizes of both if the effect allele is not known; or, if effects are
    labels, the cumulative distribution of score sizes in either class. From
    `HEXBIN_FROM` pairs on, their density is drawn. Pairs far from all others are drawn as
    triangles at the edge, and counted in the caption, which holds all metrics.

    Parameters
    ----------
    pairs : pandas.DataFrame
        All pairs of the benchmark, in the columns of `columns.PAIRS`.
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of the same benchmark. The model's values
        are written; nothing is recomputed.
    title : str
    conclusion : pandas.DataFrame, optional
        In the columns of `columns.CONCLUSIONS`, of the same benchmark. If the first
        stratum is not reportable, a note under the title says why.
    classes : precision_recall.Classes, optional
        With classes, only positives are drawn, except for labels.
    strata : tuple of str, optional
        By default those that have a conclusion (see `metrics.PRIMARY`). Of two with the
        same pairs, the first is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide.

    Raises
    ------
    ValueError
        If the metrics have rows, but not one per metric for a stratum, or if the
        conclusion does not have exactly one row for the first.
    """
    task = task_in(metrics)
    names = strata or PRIMARY[task].strata
    with style():
        note = conclusion_note(conclusion, metrics, names[0])
        models = models_of(pairs, metrics)
        figure, add_axes = noted_canvas(WIDTH_IN, _HEIGHT_IN, title, models, note)
        if not pairs.empty:
            is_shown = np.isfinite(pairs[["effect", "raw"]].astype(float)).all(axis=1)
            is_shown = is_shown.to_numpy()
            if classes:
                known = classify(pairs, *classes.limits)
                is_shown &= ~np.isnan(known) if task == UNSIGNED else known == 1
            pairs = pairs[is_shown]
        if pairs.empty:
            return say_nothing(figure, add_axes)
        drawn = _strata(pairs, names, task, classes)
        unit, scorer = _joined(pairs["unit"]), _joined(pairs["scorer"])
        y_label = score_label(
            scorer, _joined(pairs["model"]), task, _joined(pairs["reduction"])
        )
        effect = pairs["effect"].to_numpy(dtype=float)
        score = pairs["raw"].to_numpy(dtype=float)
        if task == MAGNITUDE:
            null = UNITS[unit].null if unit in UNITS else 0.0
            effect, score = np.abs(effect - null), np.abs(score)
        limits = _limits(effect, drawn), _limits(score, drawn)
        hexes, found, n_beyond = [], [], 0
        for place, (name, mask, words) in enumerate(drawn):
            axes = add_axes(*(_SMALL if place else _LARGE))
            axes.set_gid("panel")
            n = int(mask.sum())
            numbers = statistics(metrics, name, n, task)
            found.append(f"{words}: {numbers}")
            _write_head(add_axes, place, words, primary_words(metrics, name, task), n)
            if task == UNSIGNED:
                _draw_classes(axes, pairs[mask], classes)
            else:
                drawn_pairs = _draw_effects(axes, effect[mask], score[mask], limits)
                density, n_outside = drawn_pairs
                n_beyond += n_outside
                hexes += [] if density is None else [density]
            if place:
                axes.tick_params(labelsize=6)
            else:
                axes.set_xlabel(
                    y_label if task == UNSIGNED else effect_label(unit, task)
                )
                axes.set_ylabel(_SHARE if task == UNSIGNED else y_label)
        if hexes:
            _draw_bar(figure, add_axes(4.9, 1.55, 1.8, 0.08), hexes)
        top_in = (1.05 if hexes else 1.8) if len(drawn) > 1 else _TOP_IN
        below = add_axes(4.85, top_in - 1, _HEADS_IN[1], 1)
        below.axis("off")
        look = {"va": "top", "fontsize": 6, "color": palette.FAINT, "linespacing": 1.4}
        below.text(0, 1, _source(pairs, scorer), gid="source", **look)
        log.info("drew %d pairs", len(pairs))
        return describe(figure, _caption(task, found, n_beyond, bool(hexes)))


def _strata(pairs, names, task, classes):
    """Return the strata to draw: those with pairs, each set of pairs once."""
    drawn = []
    only_positives = bool(classes) and task != UNSIGNED
    for name in names:
        words = stratum_words(name, only_positives=only_positives)
        if name == ALL_PAIRS:
            mask = np.ones(len(pairs), dtype=bool)
        elif name == MATCHED:
            mask = classes_and_matched(pairs, *classes)[1].mask
        else:
            unit = str(pairs["unit"].iloc[0])
            mask = is_lead(pairs, UNITS[unit].null if unit in UNITS else 0.0)
        same = [i for i, each in enumerate(drawn) if (each.mask == mask).all()]
        if same:
            first = drawn[same[0]]
            drawn[same[0]] = first._replace(words=f"{first.words} ({words}: the same)")
        elif mask.any():
            drawn.append(Stratum(name, mask, words))
    return drawn


def _caption(task, found, n_beyond, has_density):
    """Return the caption, with the metrics of each stratum."""
    if task == UNSIGNED:
        return caption(
            "cumulative share of positives (solid, blue) and of negatives (dashed,"
            " orange) by the size of the score",
            *found,
            INTERVALS,
        )
    what, sizes = "measured effects and scores, both ALT minus REF", ""
    if task == MAGNITUDE:
        what = "sizes of measured effects and of scores"
        sizes = "effect allele not known: sizes only"
    noun = "pair" if n_beyond == 1 else "pairs"
    beyond = f"triangles: {n_beyond:,} {noun} beyond the axes" if n_beyond else ""
    density = "hexagons are coloured by their number of pairs" if has_density else ""
    return caption(
        what, *found, sizes, INTERVALS, "each point is a pair", density, beyond
    )


def _write_head(add_axes, place, words, numbers, n):
    """Write the name of a stratum above its axes, its primary metric and its pairs."""
    left, bottom, width, height = _SMALL if place else _LARGE
    axes = add_axes(left, bottom + height, width, _ABOVE_IN - 0.05)
    axes.set(xlim=(0, width), ylim=(0, _ABOVE_IN - 0.05))
    axes.axis("off")
    lines = [(line, "bold") for line in wrapped(words, _HEADS_IN[place], is_bold=True)]
    lines += [(line, "normal") for line in wrapped(numbers, _HEADS_IN[place])]
    lines += [(f"n = {n:,}", "normal")]
    for row, (line, weight) in enumerate(reversed(lines)):
        axes.text(0, 0.1 + _LINE_IN * row, line, weight=weight, **_LOOK)


def _draw_bar(figure, axes, hexes):
    """Draw the colours of hexagons, which all axes share."""
    most = max(10, *(each.get_array().max() for each in hexes))
    for each in hexes:
        each.set_clim(1, most)
    bar = figure.colorbar(hexes[0], axes, orientation="horizontal", format=COUNTS)
    bar.set_label("pairs per hexagon", fontsize=TEXT)
    bar.ax.tick_params(labelsize=6)
    bar.minorticks_off()


def _draw_effects(axes, effect, score, limits):
    """Draw pairs; return their hexagons, if any, and how many are beyond the axes."""
    at_edge = np.clip(effect, *limits[0]), np.clip(score, *limits[1])
    is_beyond = (at_edge[0] != effect) | (at_edge[1] != score)
    n_pairs, hexes = len(effect), None
    inside = effect[~is_beyond], score[~is_beyond]
    if n_pairs >= HEXBIN_FROM:
        hexes = axes.hexbin(
            *inside,
            gridsize=(45, 26),
            extent=(*limits[0], *limits[1]),
            mincnt=1,
            cmap=_density(),
            norm=LogNorm(),
            linewidths=0.2,
            edgecolors="face",
        )
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
    width_in = axes.get_position().width * axes.figure.get_figwidth()
    axes.locator_params(nbins=8 if width_in > 2 else 4)
    return hexes, int(is_beyond.sum())


def _density():
    """Return the colours of hexagons, by how many pairs they hold."""
    name, first = palette.DENSITY
    return ListedColormap(colormaps[name](np.linspace(first, 1, 256)))


def _draw_classes(axes, pairs, classes):
    """Draw the cumulative distribution of score sizes in each class."""
    is_positive = classify(pairs, *classes.limits) == 1
    size = np.abs(pairs["raw"].to_numpy(dtype=float))
    for mask, name, color, line in (
        (~is_positive, "negatives", palette.NEGATIVE, "--"),
        (is_positive, "positives", palette.POSITIVE, "-"),
    ):
        if mask.any():
            label = f"{mask.sum():,} {name}"
            axes.ecdf(size[mask], color=color, linestyle=line, label=label)
    axes.set(xlim=(0, _range(size)[1]), ylim=(0, 1.02))
    axes.locator_params(axis="x", nbins=4)
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
    return "\n".join(line for each in what for line in wrapped(each, _HEADS_IN[1], 6))


def _joined(values):
    return ", ".join(str(value) for value in sorted(values.astype(str).unique()))


def _limits(values, strata):
    """Return axis limits that fit the values of each stratum, see `_range`."""
    low, high = zip(*(_range(values[each.mask]) for each in strata), strict=True)
    return min(low), max(high)


def _range(values):
    """Return axis limits that include zero and all values except far outliers."""
    low, high = np.quantile(values, (0.05, 0.95))
    bottom, top = values.min(), values.max()
    if high > low:
        bottom = max(bottom, low - (high - low))
        top = min(top, high + (high - low))
    bottom, top = min(bottom, 0), max(top, 0)
    margin = 0.04 * (top - bottom) or 1
    return bottom - margin, top + margin
