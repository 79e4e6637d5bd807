"""Agreement of scores with effects, by stratum: the signed task and that of magnitudes.

Main strata, on which conclusions rest, get all predictors, nulls, ceilings, power and
planted correlations; the others get the model's agreement.
"""

import functools

import numpy as np
import pandas as pd

from endobench.benchmark import baselines
from endobench.benchmark.controls import MISMATCHED, detections
from endobench.benchmark.strata import strata
from endobench.design.metrics import PRIMARY, names_of
from endobench.design.models import MODEL
from endobench.design.tasks import CHANCE, LEADS, MAGNITUDE, SIGNED
from endobench.evaluate.nulls_and_ceiling import (
    ceiling_rows,
    null_rows,
    power_rows,
    replicate_effects,
    replicate_rows,
)
from endobench.evaluate.options import estimate_part
from endobench.evaluate.subset import variant_counts, with_all_resamples
from endobench.stats.estimates import statistics_of


def add_effects(parts, positives, options, replicates):
    """Add the signed and magnitude tasks, with nulls, ceilings and power.

    Parameters
    ----------
    parts : parts.Parts
    positives : subset.Subset
    options : options.MeasureOptions
    replicates : pandas.DataFrame or None
        See `measure.measure`.
    """
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
            rows = with_all_resamples(rows, statistics, options)
            rho = rows[rows["metric"] == "spearman"].iloc[0]
        results.add(task, stratum, rows, pairs)
        results.add_differences(task, stratum, estimates, names[:1])
        # They need much memory, as those of the next task will.
        del statistics, estimates
    # Standard errors of effects are not those of absolute effects.
    if options.is_signed:
        rest.add("ceiling", stratum, ceiling_rows(pairs, rho), pairs)
    rest.add("power", stratum, power_rows(rho), pairs)
    rest.add("count", stratum, variant_counts(pairs), pairs)
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


def _with_mismatched(pairs, scores, task):
    """Add the tracks of another tissue to the predictors, if any pair has their score."""
    if pairs["raw_mismatched"].notna().any():
        other = pairs["raw_mismatched"].to_numpy(dtype=float)
        other = other if task == SIGNED else np.abs(other)
        scores = scores.assign(**{MISMATCHED: other})
    return scores


def _source_leads(pairs):
    """Return the number of leads that are those of the source, if that is known."""
    known = pairs["is_source_lead"].dropna()
    value = {"value": [float(known.astype(bool).sum())], "n": [len(known)]}
    row = pd.DataFrame({"predictor": MODEL, "metric": "source_leads", **value})
    return row if len(known) else row.iloc[:0]
