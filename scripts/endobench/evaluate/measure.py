"""Measure a benchmark: every metric of agreement as one tidy row.

Tasks are kept apart. ``signed``: do score and effect agree, including the sign?
``magnitude``: do larger scores go with larger absolute effects? ``unsigned``: do scores
separate positives from negatives? ``chance``: agreement by chance. ``control``: is a known
agreement found? ``ceiling`` and ``power``: what can be found at all. ``count``: numbers of
pairs and variants that help to read the rest. ``published``: values from other sources.
Tasks that the effects do not allow are left out; see `design.tasks`.
"""

import numpy as np
import pandas as pd

from endobench.benchmark import baselines
from endobench.benchmark.controls import MISMATCHED
from endobench.benchmark.matching import classes_and_matched
from endobench.core.columns import DIFFERENCES, METRICS
from endobench.core.errors import InputError
from endobench.design.metrics import PRIMARY, names_of
from endobench.design.models import MODEL
from endobench.design.tasks import (
    ALL_PAIRS,
    LABEL,
    MATCHED,
    UNSIGNED,
    task_in,
    task_of,
)
from endobench.evaluate.effect_rows import add_effects
from endobench.evaluate.nulls_and_ceiling import (
    control_rows,
    control_sequence_rows,
    sequence_rows,
)
from endobench.evaluate.options import LEAST_RESAMPLES, estimate_part
from endobench.evaluate.parts import Parts
from endobench.evaluate.published import published_values
from endobench.evaluate.subset import Subset, variant_counts, with_all_resamples
from endobench.stats import ranks
from endobench.stats.agreement import Unsigned
from endobench.stats.estimates import adjust_p_values, statistics_of
from endobench.stats.ld_blocks import blocks_of_pairs

# All strata and predictors together are resampled about as often as this many times all
# pairs with the model's score.
_RESAMPLINGS = 6


def measure(
    pairs,
    annotations,
    blocks,
    options,
    *,
    dataset,
    protocol,
    control=None,
    replicates=None,
    n_threads=1,
):
    """Compute every metric of a benchmark.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    annotations : pandas.DataFrame
        In the columns of `columns.ANNOTATIONS`.
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    options : MeasureOptions
    dataset, protocol : str
    control : pandas.DataFrame, optional
        The effects joined with those of another assay; see `controls.join_control`.
    replicates : pandas.DataFrame, optional
        The effects joined with those of another cohort; see `replicates.join_replicate`.
    n_threads : int, optional
        Parts of the work at a time. The values are those of one thread.

    Returns
    -------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`.
    differences : pandas.DataFrame
        In the columns of `columns.DIFFERENCES`: the model against each baseline, its own
        tracks of another tissue, and published values.

    Raises
    ------
    InputError
        If effects are labels and there are no classes.
    """
    task = task_of(pairs, options.is_signed)
    if task == UNSIGNED and not options.classes:
        raise InputError(
            f"effects of {dataset} have unit {LABEL}, which needs 'classes: {{by: label,"
            " positive: 1, negative: 0}'"
        )
    _, block = np.unique(blocks_of_pairs(pairs, blocks), return_inverse=True)
    known = baselines.annotations_of(pairs, annotations)
    whole = Subset(pairs, annotations, known, block)
    positives = whole
    if options.classes:
        classes, matched = classes_and_matched(
            pairs,
            options.classes,
            options.negatives_per_positive,
            options.seed,
            options.null,
        )
        positives = whole.where(classes == 1)
    ranks.expect(_RESAMPLINGS * options.n_resamples * len(pairs))
    with Parts(protocol, n_threads) as parts:
        if task != UNSIGNED:
            add_effects(parts, positives, options, replicates)
        if options.classes:
            parts.submit(_add_classes, whole, classes, matched, options)
        parts.submit(_add_controls, whole, control, blocks, options)
        results = parts.gathered()
    metrics = results.metrics()
    if options.published:
        rows, differences = published_values(
            metrics,
            options.published,
            task,
            pairs,
            options.null,
            block=block,
            n_resamples=max(options.n_resamples // 10, LEAST_RESAMPLES),
            seed=options.seed,
        )
        metrics = pd.concat([metrics, rows], ignore_index=True)
        results.differences += [each | {"protocol": protocol} for each in differences]
    return (
        _metrics_table(metrics, pairs, options).assign(
            dataset=dataset, protocol=protocol
        ),
        _differences_table(results.differences, pairs).assign(dataset=dataset),
    )


def _add_classes(results, whole, classes, matched, options):
    """Add the unsigned task, among matched pairs and among all pairs of either class."""
    is_conclusive = task_of(whole.pairs, options.is_signed) == UNSIGNED
    for stratum, mask in ((MATCHED, matched.mask), (ALL_PAIRS, ~np.isnan(classes))):
        subset, is_positive = whole.where(mask), classes[mask] == 1
        n_unmatched = matched.n_unmatched if stratum == MATCHED else None
        counts = _class_counts(is_positive, n_unmatched)
        results.add("count", stratum, counts, subset.pairs)
        if is_conclusive:
            results.add("count", stratum, variant_counts(subset.pairs), subset.pairs)
        scores = baselines.magnitudes(subset.scores())
        statistics = statistics_of(is_positive, scores, subset.block, kind=Unsigned)
        estimates = estimate_part(statistics, options)
        rows = estimates.rows()
        if is_conclusive:
            rows = with_all_resamples(rows, statistics, options)
        results.add(UNSIGNED, stratum, rows, subset.pairs)
        results.add_differences(UNSIGNED, stratum, estimates, names_of(UNSIGNED))


def _add_controls(results, whole, control, blocks, options):
    """Add whether scores follow the sequence, and the positive control."""
    follows = sequence_rows(whole.pairs, whole.annotations, whole.block, options)
    if len(follows):
        results.add("control", ALL_PAIRS, follows, whole.pairs)
    if control is not None and len(control):
        # It includes variants outside peaks, which are not sent to the model.
        rows = control_rows(control, blocks, options)
        results.add("control", "all_effects", rows, control)
        block = blocks_of_pairs(control, blocks)
        follows = control_sequence_rows(control, whole.annotations, block, options)
        if len(follows):
            results.add("control", "all_effects", follows, control)


def _class_counts(is_positive, n_unmatched):
    """Return the numbers of positives and negatives, and the prevalence."""
    n, n_positives = len(is_positive), int(is_positive.sum())
    values = {
        "positives": n_positives,
        "negatives": n - n_positives,
        "prevalence": n_positives / n if n else np.nan,
    }
    if n_unmatched is not None:
        values["unmatched_positives"] = n_unmatched
    return pd.DataFrame(
        {"predictor": MODEL, "metric": name, "value": float(value), "n": n}
        for name, value in values.items()
    )


def _metrics_table(frame, pairs, options):
    """Describe the benchmark in each row, and adjust all p values but the primary one."""
    task = task_in(frame)
    is_primary = (
        options.is_primary
        & (frame["task"] == task)
        & (frame["stratum"] == PRIMARY[task].strata[0])
        & (frame["predictor"] == MODEL)
        & (frame["metric"] == PRIMARY[task].metric)
    )
    is_exploratory = (
        frame["task"].isin(list(PRIMARY))
        & (frame["predictor"] != MISMATCHED)
        & ~is_primary
    )
    adjusted = adjust_p_values(frame["p"].where(is_exploratory))
    frame = frame.assign(is_primary=is_primary, p_adjusted=adjusted)
    first = pairs.iloc[0]
    names = ("model", "track_set", "scorer", "window_bp")
    frame = frame.assign(**{name: first[name] for name in names})
    counts = dict.fromkeys(("n", "n_variants", "n_blocks"), "Int64")
    return frame.reindex(columns=METRICS.names).astype(counts)


def _differences_table(rows, pairs):
    frame = pd.DataFrame(rows, columns=DIFFERENCES.names)
    counts = dict.fromkeys(("n_a", "n_b", "n_shared", "n_blocks"), "Int64")
    return frame.assign(model=str(pairs["model"].iloc[0])).astype(counts)
