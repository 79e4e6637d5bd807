"""Precision and recall of positives among matched negatives: model and baselines."""

import logging
import textwrap
from typing import NamedTuple

import numpy as np

from endobench.benchmark.baselines import magnitudes, predictors
from endobench.benchmark.matching import classes_and_matched
from endobench.design.gates import FAILING
from endobench.design.models import MODEL
from endobench.design.tasks import ALL_PAIRS, MATCHED, UNSIGNED, task_in
from endobench.figures import palette
from endobench.figures.canvas import WIDTH_IN, describe, models_of, say_nothing, style
from endobench.figures.captions import (
    caption,
    conclusion_note,
    noted_canvas,
    why_words,
    with_interval,
    wrapped,
)
from endobench.figures.labels import predictor_words
from endobench.figures.text import TEXT

log = logging.getLogger(__name__)


class Classes(NamedTuple):
    """How positives and their matched negatives were chosen for the metrics.

    Attributes
    ----------
    limits : list
        `by`, `positive` and `negative` of `matching.classify`.
    negatives_per_positive, seed : int
    null : float, default 0
        See `matching.classes_and_matched`.
    """

    limits: list
    negatives_per_positive: int
    seed: int
    null: float = 0.0


def precision_recall_figure(
    pairs, annotations, metrics, classes, *, title="", conclusion=None
):
    """Draw precision against recall on positives and matched negatives.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`: all scored pairs.
    annotations : pandas.DataFrame
        In the columns of `columns.ANNOTATIONS`.
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of the same benchmark. The `auprc`
        values and intervals in the figure are taken from it; only the curves are
        computed here.
    classes : Classes
    title : str
    conclusion : pandas.DataFrame, optional
        In the columns of `columns.CONCLUSIONS`. A note under the title says if the
        benchmark is not reportable, because of a failing gate or, if effects are
        labels, because of its conclusion.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the metrics have no `auprc` of a predictor that is drawn.
    """
    with style():
        note = _note(conclusion, metrics)
        models = models_of(pairs, metrics)
        figure, add_axes = noted_canvas(WIDTH_IN, 4.1, title, models, note)
        known, matched = classes_and_matched(
            pairs,
            classes.limits,
            classes.negatives_per_positive,
            classes.seed,
            classes.null,
        )
        rows, is_positive = pairs[matched.mask], known[matched.mask] == 1
        if rows.empty:
            return say_nothing(figure, add_axes)
        axes = add_axes(0.6, 0.5, 3.5, 3.45)
        scores = magnitudes(predictors(rows, annotations))
        _draw_curves(axes, scores, is_positive, _by_predictor(metrics))
        corner = add_axes(4.3, 1.6, 2.5, 2.35)
        corner.axis("off")
        corner.legend(
            *axes.get_legend_handles_labels(),
            title="auPRC [95 % CI]",
            loc="upper left",
            bbox_to_anchor=(0, 1),
            borderaxespad=0,
            fontsize=TEXT,
            title_fontsize=TEXT,
            alignment="left",
            frameon=False,
            handlelength=3,
            labelspacing=0.7,
        )
        corner.text(
            0,
            -0.05,
            _counts(matched, models_of(rows)),
            va="top",
            fontsize=6.5,
            color=palette.FAINT,
            linespacing=1.5,
            gid="counts",
        )
        log.info(
            "drew %d positives and %d negatives",
            matched.n_positives,
            matched.n_negatives,
        )
        return describe(figure, _caption(matched))


def _caption(matched):
    return caption(
        "precision against recall of positives among matched negatives, for the model"
        " (thick blue line) and for model-free baselines",
        f"{matched.n_positives:,} positives and {matched.n_negatives:,} negatives, one"
        " variant per feature",
        "the legend gives each area under the curve (auPRC) with its 95 % confidence"
        " interval from a block bootstrap",
        "black dashed line: the prevalence of positives, which is the precision expected"
        " by chance",
    )


def _draw_curves(axes, scores, is_positive, auprc):
    """Draw the curve of each predictor, the model's first, and the prevalence."""
    baselines = [name for name in scores if name != MODEL]
    lines = {MODEL: palette.MODEL_LINE} | palette.baseline_lines(baselines)
    for name, line in lines.items():
        if name not in auprc:
            raise ValueError(
                f"no auprc of {name} in the stratum {MATCHED}; predictors with one:"
                f" {', '.join(auprc)}"
            )
        score = scores[name].to_numpy()
        is_known = np.isfinite(score)
        recall, precision = curve_of(is_positive[is_known], score[is_known])
        of_some = "" if is_known.all() else f"\nof {is_known.sum():,} pairs"
        label = f"{predictor_words(name)} {with_interval(auprc[name])}{of_some}"
        is_model = name == MODEL
        axes.plot(
            recall,
            precision,
            drawstyle="steps-post",
            color=line.color,
            linestyle=line.style,
            linewidth=2.2 if is_model else 1.2,
            zorder=4 if is_model else 3,
            label=label,
        )
    share = is_positive.mean()
    axes.axhline(
        share,
        color=palette.CHANCE_LINE.color,
        linestyle=palette.CHANCE_LINE.style,
        linewidth=1,
        zorder=5,
        label=f"prevalence {share:.3f}",
    )
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="recall", ylabel="precision")


def curve_of(is_positive, score):
    """Compute precision and recall at every value of a score, from the smallest on.

    `sklearn.metrics.precision_recall_curve` has the same values; to load it takes longer
    than to draw all figures of a benchmark.

    Parameters
    ----------
    is_positive : numpy.ndarray of bool
    score : numpy.ndarray of float

    Returns
    -------
    recall, precision : numpy.ndarray of float
        The last point, at recall 0, has the precision of the largest value.
    """
    order = np.argsort(-score, kind="stable")
    # Equal values are called together.
    is_last = np.append(np.diff(score[order]) != 0, True)
    n_called = np.flatnonzero(is_last) + 1
    n_found = np.cumsum(is_positive[order])[is_last]
    recall, precision = n_found / max(n_found[-1], 1), n_found / n_called
    return np.append(recall[::-1], 0), np.append(precision[::-1], precision[0])


def _counts(matched, models):
    """Return lines with the numbers of positives and negatives, and the model."""
    lines = [
        f"{matched.n_positives:,} positives, {matched.n_negatives:,} negatives,",
        "matched, one variant per feature",
        f"{matched.n_unmatched:,} positives without a match left out",
        textwrap.fill(f"model {', '.join(sorted(models))}", 40),
    ]
    return "\n".join(lines)


def _by_predictor(metrics):
    """Return the row of each predictor's auprc."""
    rows = metrics[
        (metrics["task"] == UNSIGNED)
        & (metrics["stratum"] == MATCHED)
        & (metrics["metric"] == "auprc")
    ]
    return {row.predictor: row for row in rows.itertuples(index=False)}


def _note(conclusion, metrics):
    """Return the note that says why nothing here is reportable; empty if it is."""
    if conclusion is None or conclusion.empty:
        return ""
    if task_in(metrics) == UNSIGNED:
        return conclusion_note(conclusion, metrics, MATCHED)
    # A conclusion about signs or sizes does not concern classes, but a failing gate does.
    why = (
        conclusion.loc[conclusion["stratum"] == ALL_PAIRS, "why"].iloc[0].split("; ")[0]
    )
    return (
        wrapped(f"NOT REPORTABLE: {why_words(why)}")
        if why.startswith(f"{FAILING}:")
        else ""
    )
