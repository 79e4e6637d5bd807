"""Measure a benchmark: every metric of agreement as one tidy row.

Tasks are kept apart. ``signed``: do score and effect agree, including the sign?
``magnitude``: do larger scores go with larger absolute effects? ``unsigned``: do scores
separate positives from negatives? ``chance``: agreement by chance. ``control``: is a known
agreement found? ``ceiling`` and ``power``: what can be found at all. ``count``: numbers of
pairs and variants that help to read the rest. ``published``: values from other sources.
Tasks that the effects do not allow are left out; see `design.tasks`.
"""

import functools
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark import baselines
from endobench.benchmark.controls import MISMATCHED, detections
from endobench.benchmark.matching import classes_and_matched
from endobench.benchmark.strata import strata
from endobench.core.columns import DIFFERENCES, METRICS
from endobench.core.errors import InputError
from endobench.design.metrics import PRIMARY, names_of
from endobench.design.models import MODEL
from endobench.design.routes import ATLAS
from endobench.design.tasks import (
    ALL_PAIRS,
    CHANCE,
    LABEL,
    LEADS,
    MAGNITUDE,
    MATCHED,
    SIGNED,
    UNSIGNED,
    task_in,
    task_of,
)
from endobench.evaluate.nulls_and_ceiling import (
    ceiling_rows,
    control_rows,
    control_sequence_rows,
    null_rows,
    power_rows,
    replicate_effects,
    replicate_rows,
    sequence_rows,
)
from endobench.evaluate.options import LEAST_RESAMPLES, estimate, estimate_part
from endobench.evaluate.parts import Parts
from endobench.evaluate.published import published_values
from endobench.stats import ranks
from endobench.stats.agreement import Unsigned
from endobench.stats.estimates import adjust_p_values, statistics_of
from endobench.stats.ld_blocks import blocks_of_pairs

# All strata and predictors together are resampled about as often as this many times all
# pairs with the model's score.
_RESAMPLINGS = 6
# What the agreement of the model alone needs of the pairs.
_OF_MODEL = ["variant_id", "effect", "raw"]


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
    whole = _Subset(pairs, annotations, known, block)
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
            _add_effects(parts, positives, options, replicates)
        if options.classes:
            parts.submit(_add_classes, whole, classes, matched, options)
        parts.submit(_add_controls, whole, control, blocks, options)
        results = parts.gathered()
    metrics = pd.concat(results.parts, ignore_index=True)
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


class _Subset(NamedTuple):
    """Some pairs of a benchmark, with all annotations, and those of each pair.

    `block` has the code of each pair's block, in the order of the blocks' names. Where
    the model is the only predictor, `known` is None.
    """

    pairs: pd.DataFrame
    annotations: pd.DataFrame
    known: pd.DataFrame
    block: np.ndarray

    def where(self, mask):
        """Return the pairs of a mask."""
        if mask.all():
            return self
        mask = np.asarray(mask)
        known = None if self.known is None else self.known[mask]
        return self._replace(
            pairs=self.pairs[mask], known=known, block=self.block[mask]
        )

    def of_model(self):
        """Return what the agreement of the model alone needs."""
        return self._replace(pairs=self.pairs[_OF_MODEL], known=None)

    def scores(self):
        """Return the predictors of the pairs; see `baselines.predictors_of`."""
        if self.known is None:
            return pd.DataFrame({MODEL: self.pairs["raw"].to_numpy(dtype=float)})
        return baselines.predictors_of(self.pairs, self.known)


def _add_effects(parts, positives, options, replicates):
    """Add the signed and magnitude tasks, with nulls, ceilings and power."""
    masks = strata(
        positives.pairs,
        positives.annotations,
        options.effect_cutoffs,
        null=options.null,
        model_version=options.model_version,
    )
    if options.strata:
        masks = {name: masks[name] for name in options.strata if name in masks}
    task = SIGNED if options.is_signed else MAGNITUDE
    main = PRIMARY[task].strata
    # Without positives, the main strata still get their rows.
    masks = masks or dict.fromkeys(main, np.zeros(len(positives.pairs), dtype=bool))
    of_model = positives.of_model()
    for stratum, mask in masks.items():
        # Subsets are copies, which only the running parts need.
        if stratum in main:
            subset = functools.partial(positives.where, mask)
            agreement, nulls, planted, rest = (parts.place() for _ in range(4))
            # The longest first.
            parts.submit(_add_nulls, stratum, subset, options, results=nulls)
            parts.submit(
                _add_main_stratum, rest, stratum, subset, options, results=agreement
            )
            parts.submit(_add_planted, stratum, subset, options, results=planted)
            if replicates is not None:
                parts.submit(_add_replicate, stratum, subset, options, replicates)
        else:
            subset = functools.partial(of_model.where, mask)
            parts.submit(_add_stratum, stratum, subset, options)


def _add_stratum(results, stratum, get_subset, options):
    """Add the model's agreement in a stratum without a conclusion."""
    subset = get_subset()
    for task, target, scores in _tasks(subset, options):
        names = names_of(task)
        statistics = statistics_of(target, scores, subset.block, names=names)
        rows = estimate_part(statistics, options).rows()
        results.add(task, stratum, rows, subset.pairs)


def _add_main_stratum(results, rest, stratum, get_subset, options):
    """Add the agreement of all predictors, and to the rest ceiling, power and counts."""
    subset = get_subset()
    tasks, pairs = _tasks(subset, options), subset.pairs
    first, *_ = tasks[0]
    for task, target, scores in tasks:
        if task == first:
            scores = _with_mismatched(pairs, scores, task)
        names = names_of(task)
        statistics = statistics_of(target, scores, subset.block, names=names)
        estimates = estimate_part(statistics, options)
        rows = estimates.rows()
        if task == first:
            rows = _with_all_resamples(rows, statistics, options)
            rho = rows[rows["metric"] == "spearman"].iloc[0]
        results.add(task, stratum, rows, pairs)
        results.add_differences(task, stratum, estimates, names[:1])
        # They need much memory, as those of the next task will.
        del statistics, estimates
    # Standard errors of effects are not those of absolute effects.
    if options.is_signed:
        rest.add("ceiling", stratum, ceiling_rows(pairs, rho), pairs)
    rest.add("power", stratum, power_rows(rho), pairs)
    rest.add("count", stratum, _variant_counts(pairs), pairs)
    if stratum == LEADS and len(leads := _source_leads(pairs)):
        rest.add("count", stratum, leads, pairs)


def _add_nulls(results, stratum, get_subset, options):
    """Add the agreement by chance in a main stratum."""
    subset = get_subset()
    nulls = null_rows(subset.pairs, subset.block, options)
    results.add(CHANCE, stratum, nulls, subset.pairs)


def _add_planted(results, stratum, get_subset, options):
    """Add how often a planted correlation is found among the pairs of a main stratum."""
    subset = get_subset()
    pairs = subset.pairs
    effect = pairs["effect"].to_numpy(dtype=float) - options.null
    score = pairs["raw"].to_numpy(dtype=float)
    if not options.is_signed:
        effect, score = np.abs(effect), np.abs(score)
    code = np.unique(subset.block, return_inverse=True)[1]
    planted = detections(effect, score, code, options.spike_in, options.seed)
    results.add("control", stratum, planted.assign(n=len(pairs)), pairs)


def _add_replicate(results, stratum, get_subset, options, replicates):
    """Add how well another cohort agrees with the effects of a main stratum."""
    subset = get_subset()
    other = replicate_effects(subset.pairs, replicates)
    shared = subset.where(np.isfinite(other))
    if len(shared.pairs):
        name, other = str(replicates["replicate"].iloc[0]), other[np.isfinite(other)]
        rows = replicate_rows(shared.pairs, {name: other}, shared.block, options)
        results.add("ceiling", stratum, rows, shared.pairs)


def _tasks(subset, options):
    """Return each task of effects with its target and its predictors."""
    scores = subset.scores()
    effect = subset.pairs["effect"].to_numpy(dtype=float) - options.null
    magnitude = (MAGNITUDE, np.abs(effect), baselines.magnitudes(scores))
    if not options.is_signed:
        return [magnitude]
    return [(SIGNED, effect, baselines.signed(scores)), magnitude]


def _add_classes(results, whole, classes, matched, options):
    """Add the unsigned task, among matched pairs and among all pairs of either class."""
    is_conclusive = task_of(whole.pairs, options.is_signed) == UNSIGNED
    for stratum, mask in ((MATCHED, matched.mask), (ALL_PAIRS, ~np.isnan(classes))):
        subset, is_positive = whole.where(mask), classes[mask] == 1
        n_unmatched = matched.n_unmatched if stratum == MATCHED else None
        counts = _class_counts(is_positive, n_unmatched)
        results.add("count", stratum, counts, subset.pairs)
        if is_conclusive:
            results.add("count", stratum, _variant_counts(subset.pairs), subset.pairs)
        scores = baselines.magnitudes(subset.scores())
        statistics = statistics_of(is_positive, scores, subset.block, kind=Unsigned)
        estimates = estimate_part(statistics, options)
        rows = estimates.rows()
        if is_conclusive:
            rows = _with_all_resamples(rows, statistics, options)
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


def _with_all_resamples(rows, statistics, options):
    """Replace the model's rows, from which a conclusion is drawn, by all resamples."""
    of_model = estimate({MODEL: statistics[MODEL]}, options).rows()
    others = rows[rows["predictor"] != MODEL]
    return pd.concat([of_model, others], ignore_index=True)


def _with_mismatched(pairs, scores, task):
    """Add the tracks of another tissue to the predictors, if they are known."""
    if len(pairs) and pairs["raw_mismatched"].notna().all():
        other = pairs["raw_mismatched"].to_numpy(dtype=float)
        other = other if task == SIGNED else np.abs(other)
        scores = scores.assign(**{MISMATCHED: other})
    return scores


def _variant_counts(pairs):
    """Return the numbers of variants with a moved window, and of Atlas scores."""
    is_counted = {
        "moved_windows": pairs["shift_bp"].fillna(0) != 0,
        "from_atlas": pairs["route"] == ATLAS,
    }
    return pd.DataFrame(
        {
            "predictor": MODEL,
            "metric": name,
            "value": float(pairs.loc[mask, "variant_id"].nunique()),
            "n": len(pairs),
        }
        for name, mask in is_counted.items()
    )


def _source_leads(pairs):
    """Return the number of leads that are those of the source, if that is known."""
    known = pairs["is_source_lead"].dropna()
    value = {"value": [float(known.astype(bool).sum())], "n": [len(known)]}
    row = pd.DataFrame({"predictor": MODEL, "metric": "source_leads", **value})
    return row if len(known) else row.iloc[:0]


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
