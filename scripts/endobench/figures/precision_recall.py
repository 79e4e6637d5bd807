"""Precision and recall of positives among their matched negatives: model and baselines."""

import logging
import textwrap

import numpy as np

from endobench.benchmark.baselines import magnitudes, predictors
from endobench.benchmark.matching import classes_and_matched
from endobench.design.gates import FAILING
from endobench.design.models import MODEL
from endobench.design.tasks import ALL_PAIRS, MATCHED, UNSIGNED, task_in
from endobench.figures.canvas import (
    FAINT,
    INK,
    models_of,
    save,
    say_nothing,
    style,
)
from endobench.figures.captions import (
    conclusion_note,
    noted_canvas,
    with_interval,
    wrapped,
)
from endobench.figures.labels import LINES

log = logging.getLogger(__name__)


def precision_recall(pairs, annotations, metrics, path, **options):
    """Write `precision_recall_figure` to a path that ends in .png or .pdf."""
    save(precision_recall_figure(pairs, annotations, metrics, **options), path)


def precision_recall_figure(
    pairs,
    annotations,
    metrics,
    *,
    classes,
    negatives_per_positive,
    seed,
    null=0.0,
    title="",
    conclusion=None,
):
    """Draw precision against recall on the pairs that the unsigned task is of.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, all that were scored.
    annotations : pandas.DataFrame
        In the columns of `columns.ANNOTATIONS`.
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of the same benchmark. The numbers written
        are its `auprc` and their intervals. Nothing is recomputed but the curves.
    classes, negatives_per_positive, seed, null
        Those that the metrics were computed with; see `matching.classes_and_matched`.
    title : str
    conclusion : pandas.DataFrame, optional
        In the columns of `columns.CONCLUSIONS`. Where the benchmark is not reportable, for
        a failing gate or since effects are labels and their answer is not, a note under
        the title says so.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the metrics have no `auprc` of a predictor that is drawn.
    """
    # Other figures of these lines are drawn without it.
    from sklearn.metrics import precision_recall_curve

    with style():
        note = _note(conclusion, metrics)
        models = models_of(pairs, metrics)
        figure, add_axes = noted_canvas(6.9, 4.1, title, models, note)
        known, matched = classes_and_matched(
            pairs, classes, negatives_per_positive, seed, null
        )
        rows, is_positive = pairs[matched.mask], known[matched.mask] == 1
        if rows.empty:
            return say_nothing(figure, add_axes)
        told = _told(metrics)
        axes = add_axes(0.6, 0.5, 3.5, 3.45)
        frame = magnitudes(predictors(rows, annotations))
        for name, (label, color, line) in LINES.items():
            if name not in frame:
                continue
            if name not in told:
                raise ValueError(
                    f"no auprc of {name} in the stratum {MATCHED}; there are those of"
                    f" {', '.join(told)}"
                )
            score = frame[name].to_numpy()
            is_known = np.isfinite(score)
            precision, recall, _ = precision_recall_curve(
                is_positive[is_known], score[is_known]
            )
            # Not of any threshold, but put there.
            precision[-1] = precision[-2]
            of_some = "" if is_known.all() else f"\nof {is_known.sum():,} pairs"
            is_model = name == MODEL
            axes.plot(
                recall,
                precision,
                drawstyle="steps-post",
                color=color,
                linestyle=line,
                linewidth=2.2 if is_model else 1.2,
                zorder=4 if is_model else 3,
                label=f"{label} {with_interval(told[name])}{of_some}",
            )
        share = is_positive.mean()
        axes.axhline(
            share,
            color=INK,
            linewidth=1,
            linestyle=(0, (6, 4)),
            zorder=5,
            label=f"prevalence {share:.3f}",
        )
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
        handles, labels = axes.get_legend_handles_labels()
        # The model first, the prevalence last.
        order = [len(labels) - 2, *range(len(labels) - 2), len(labels) - 1]
        corner = add_axes(4.3, 1.6, 2.5, 2.35)
        corner.axis("off")
        corner.legend(
            [handles[place] for place in order],
            [labels[place].replace("-", "−") for place in order],
            title="auPRC [95 % interval]",
            loc="upper left",
            bbox_to_anchor=(0, 1),
            borderaxespad=0,
            fontsize=7,
            title_fontsize=7,
            alignment="left",
            frameon=False,
            handlelength=3,
            labelspacing=0.7,
        )
        corner.text(
            0,
            -0.05,
            f"{matched.n_positives:,} positives : {matched.n_negatives:,} negatives,\n"
            "matched, one variant per feature\n"
            f"{matched.n_unmatched:,} positives without negatives left out\n"
            + textwrap.fill(f"model {', '.join(sorted(models_of(rows)))}", 40),
            va="top",
            fontsize=6.5,
            color=FAINT,
            linespacing=1.5,
            gid="counts",
        )
        log.info("%d positives and %d negatives drawn", *matched[1:3])
        return figure


def _told(metrics):
    """Return the row of each predictor's auprc, by name."""
    rows = metrics[
        (metrics["task"] == UNSIGNED)
        & (metrics["stratum"] == MATCHED)
        & (metrics["metric"] == "auprc")
    ]
    return {row.predictor: row for row in rows.itertuples(index=False)}


def _note(conclusion, metrics):
    """Return the lines that say why nothing here is reportable, or none."""
    if conclusion is None or conclusion.empty:
        return ""
    if task_in(metrics) == UNSIGNED:
        return conclusion_note(conclusion, metrics, MATCHED)
    # A conclusion of signs or sizes is none of classes, but a failing gate is of all.
    why = (
        conclusion.loc[conclusion["stratum"] == ALL_PAIRS, "why"].iloc[0].split("; ")[0]
    )
    return wrapped(f"NOT REPORTABLE: {why}") if why.startswith(f"{FAILING}:") else ""
