"""How well the predicted agrees with the measured: every number, one tidy row each.

Tasks are never mixed. ``signed``: do the score and the effect of a positive agree, sign
and all? ``magnitude``: is a larger score a larger effect, whichever way? ``unsigned``:
are positives told from negatives? ``null``: what is found where nothing can be.
``control``: is found what is known to be there? ``ceiling`` and ``power``: what could be
found at all. ``count``: of what bears on reading the others. ``published``: what others
have found. Tasks that the effects cannot tell of are left out; see `tasks`.
"""

import numpy as np
import pandas as pd

from endobench.benchmark import baselines
from endobench.benchmark.controls import detections
from endobench.benchmark.matching import classes_and_matched
from endobench.benchmark.strata import strata
from endobench.core.columns import DIFFERENCES, METRICS
from endobench.core.errors import InputError
from endobench.design.metrics import PRIMARY, names_of
from endobench.design.models import MODEL
from endobench.design.routes import ATLAS
from endobench.design.tasks import (
    ALL_PAIRS,
    LABEL,
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
    estimated,
    null_rows,
    power_rows,
    sequence_rows,
)
from endobench.evaluate.published import published_values
from endobench.stats.agreement import Unsigned
from endobench.stats.estimates import adjust_p_values, statistics_of
from endobench.stats.ld_blocks import blocks_of_pairs

MISMATCHED = "mismatched_tracks"


def measure(
    pairs,
    annotations,
    blocks,
    choices,
    *,
    dataset,
    protocol,
    control=None,
    published=None,
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
    choices : Choices
    dataset, protocol : str
    control : pandas.DataFrame, optional
        The same effects beside another assay's (`controls.join_control`).
    published : dict of str to float, optional
        What others have found of these pairs, by metric.

    Returns
    -------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`.
    differences : pandas.DataFrame
        In the columns of `columns.DIFFERENCES`: the model against each baseline,
        against its own tracks of another tissue, and against what is published.

    Raises
    ------
    InputError
        If effects are labels and there are no classes.
    """
    block = blocks_of_pairs(pairs, blocks)
    task = task_of(pairs, choices.is_signed)
    if task == UNSIGNED and not choices.classes:
        raise InputError(
            f"effects of {dataset} are of unit {LABEL}: they need 'classes: {{by: label,"
            " positive: 1, negative: 0}'"
        )
    found = _Found(protocol)
    is_positive = np.ones(len(pairs), dtype=bool)
    if choices.classes:
        classes, matched = classes_and_matched(
            pairs,
            choices.classes,
            choices.negatives_per_positive,
            choices.seed,
            choices.null,
        )
        is_positive = classes == 1
    if task != UNSIGNED:
        _add_effects(
            found, pairs[is_positive], block[is_positive], annotations, choices
        )
    if choices.classes:
        for stratum, mask in ((MATCHED, matched.mask), (ALL_PAIRS, ~np.isnan(classes))):
            n_unmatched = matched.n_unmatched if stratum == MATCHED else None
            counts = _class_counts(classes[mask], n_unmatched)
            rows = pairs[mask]
            found.add("count", stratum, counts, rows)
            if task == UNSIGNED:
                found.add("count", stratum, _counts(rows), rows)
            _add_classes(
                found, rows, classes[mask], block[mask], annotations, choices, stratum
            )
    follows = sequence_rows(pairs, annotations, block, choices)
    if len(follows):
        found.add("control", ALL_PAIRS, follows, pairs)
    if control is not None and len(control):
        # Also of variants outside of peaks, which no model is asked about.
        rows = control_rows(control, blocks, choices)
        found.add("control", "all_effects", rows, control)
    metrics = pd.concat(found.parts, ignore_index=True)
    if published:
        rows, differences = published_values(metrics, published, task)
        metrics = pd.concat([metrics, rows], ignore_index=True)
        found.differences += [each | {"protocol": protocol} for each in differences]
    return (
        _finished(metrics, pairs, choices).assign(dataset=dataset, protocol=protocol),
        _differences(found.differences, pairs).assign(dataset=dataset),
    )


class _Found:
    """What is found of a benchmark, part by part."""

    def __init__(self, protocol):
        self.protocol = protocol
        self.parts, self.differences = [], []

    def add(self, task, stratum, frame, rows):
        """Add metrics of some rows."""
        counts = {"n_variants": rows["variant_id"].nunique()}
        self.parts.append(frame.assign(task=task, stratum=stratum, **counts))

    def add_differences(self, task, found):
        """Add differences from baselines."""
        names = {"comparison": "baseline", "task": task, "protocol": self.protocol}
        self.differences.extend(each | names for each in found)


def _add_effects(found, positives, block, annotations, choices):
    """Add what the sizes of effects tell, and their signs where these are known."""
    masks = strata(
        positives,
        annotations,
        choices.effect_cutoffs,
        null=choices.null,
        model_version=choices.model_version,
    )
    first = SIGNED if choices.is_signed else MAGNITUDE
    whole = PRIMARY[first].strata
    # Without any positive, that there is none is said by rows, too.
    masks = masks or dict.fromkeys(whole, np.zeros(len(positives), dtype=bool))
    for stratum, mask in masks.items():
        rows, here = positives[mask], block[mask]
        is_whole = stratum in whole
        scores = baselines.predictors(rows, annotations)
        effect = rows["effect"].to_numpy(dtype=float) - choices.null
        size = np.abs(effect)
        asked = [(MAGNITUDE, size, baselines.magnitudes(scores))]
        if choices.is_signed:
            asked = [(SIGNED, effect, baselines.signed(scores)), *asked]
        for task, target, frame in asked:
            chosen = frame[[MODEL]]
            if is_whole:
                chosen = _with_mismatched(rows, frame, task) if task == first else frame
            statistics = statistics_of(target, chosen, here)
            estimates = estimated(statistics, choices, False)
            # Signs mean nothing of sizes.
            metrics = names_of(task)
            numbers = estimates.rows()
            if task == first and is_whole:
                numbers = _asked_first(numbers, statistics, choices)
                rho = numbers[numbers["metric"] == "spearman"].iloc[0]
            found.add(task, stratum, numbers[numbers["metric"].isin(metrics)], rows)
            if is_whole:
                found.add_differences(
                    task, _against_baselines(estimates, metrics[:1], stratum)
                )
        if is_whole:
            found.add("null", stratum, null_rows(rows, here, choices), rows)
            code = np.unique(here, return_inverse=True)[1]
            raw = rows["raw"].to_numpy(dtype=float)
            vectors = (effect, raw) if choices.is_signed else (size, np.abs(raw))
            planted = detections(*vectors, code, choices.spike_in, choices.seed)
            found.add("control", stratum, planted.assign(n=len(rows)), rows)
            # Errors of sizes are not those of effects.
            if choices.is_signed:
                found.add("ceiling", stratum, ceiling_rows(rows, rho), rows)
            found.add("power", stratum, power_rows(rho), rows)
            found.add("count", stratum, _counts(rows), rows)


def _add_classes(found, rows, classes, block, annotations, choices, stratum):
    """Add how well positives are told from negatives, among some rows."""
    scores = baselines.magnitudes(baselines.predictors(rows, annotations))
    statistics = statistics_of(classes == 1, scores, block, kind=Unsigned)
    estimates = estimated(statistics, choices, False)
    numbers = estimates.rows()
    if task_of(rows, choices.is_signed) == UNSIGNED:
        numbers = _asked_first(numbers, statistics, choices)
    found.add(UNSIGNED, stratum, numbers, rows)
    found.add_differences(
        UNSIGNED, _against_baselines(estimates, names_of(UNSIGNED), stratum)
    )


def _asked_first(numbers, statistics, choices):
    """Take the model's numbers from all resamples: they are the benchmark's answer."""
    whole = estimated({MODEL: statistics[MODEL]}, choices, True).rows()
    rest = numbers[numbers["predictor"] != MODEL]
    return pd.concat([whole, rest], ignore_index=True)


def _with_mismatched(rows, frame, task):
    """Add the tracks of another tissue to predictors, where they are known."""
    if len(rows) and rows["raw_mismatched"].notna().all():
        other = rows["raw_mismatched"].to_numpy(dtype=float)
        other = other if task == SIGNED else np.abs(other)
        frame = frame.assign(**{MISMATCHED: other})
    return frame


def _against_baselines(estimates, metrics, stratum):
    names = list(estimates.statistics)
    for name in names:
        if name == MODEL or name.endswith(f"/{MODEL}"):
            continue
        model = f"{name}/{MODEL}" if f"{name}/{MODEL}" in names else MODEL
        for metric in metrics:
            found = estimates.difference(name, model, metric)
            yield found | {
                "a": name,
                "b": MODEL,
                "stratum": stratum,
                "n_shared": found["n_a"],
            }


def _counts(rows):
    is_counted = {
        "moved_windows": rows["shift_bp"].fillna(0) != 0,
        "from_atlas": rows["route"] == ATLAS,
    }
    return pd.DataFrame(
        {
            "predictor": MODEL,
            "metric": name,
            "value": float(rows.loc[mask, "variant_id"].nunique()),
            "n": len(rows),
        }
        for name, mask in is_counted.items()
    )


def _class_counts(classes, n_unmatched):
    n, n_positives = len(classes), int((classes == 1).sum())
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


def _finished(frame, pairs, choices):
    """Name the benchmark in every row, and adjust what was not named beforehand."""
    task = task_in(frame)
    is_named = (
        choices.is_primary
        & (frame["task"] == task)
        & (frame["stratum"] == PRIMARY[task].strata[0])
        & (frame["predictor"] == MODEL)
        & (frame["metric"] == PRIMARY[task].metric)
    )
    is_explored = (
        frame["task"].isin(list(PRIMARY))
        & (frame["predictor"] != MISMATCHED)
        & ~is_named
    )
    explored = adjust_p_values(frame["p"].where(is_explored))
    frame = frame.assign(is_primary=is_named, p_adjusted=explored)
    head = pairs.iloc[0]
    names = ("model", "track_set", "scorer", "window_bp")
    frame = frame.assign(**{name: head[name] for name in names})
    counts = dict.fromkeys(("n", "n_variants", "n_blocks"), "Int64")
    return frame.reindex(columns=METRICS.names).astype(counts)


def _differences(found, pairs):
    frame = pd.DataFrame(found, columns=DIFFERENCES.names)
    counts = dict.fromkeys(("n_a", "n_b", "n_shared", "n_blocks"), "Int64")
    return frame.assign(model=str(pairs["model"].iloc[0])).astype(counts)
