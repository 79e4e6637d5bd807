"""How well the predicted agrees with the measured: every number, one tidy row each.

Tasks are never mixed. ``signed``: do the score and the effect of a positive agree, sign
and all? ``magnitude``: is a larger score a larger effect, whichever way? ``unsigned``:
are positives told from matched negatives? ``null``: what is found where nothing can be.
``control``: is found what is known to be there? ``ceiling`` and ``power``: what could be
found at all. ``count``: of what bears on reading the others.
"""

import numpy as np
import pandas as pd
import scipy.stats

from endobench import predictors
from endobench.agreement import Signed, Unsigned
from endobench.bounds import (
    ceiling_rows,
    control_rows,
    estimated,
    null_rows,
    power_rows,
    sequence_rows,
)
from endobench.columns import DIFFERENCES, METRICS
from endobench.controls import detections
from endobench.estimates import statistics_of
from endobench.ld_blocks import blocks_of_pairs
from endobench.matching import classify, match_negatives
from endobench.predictors import MODEL
from endobench.routes import ATLAS
from endobench.strata import strata

ALL_PAIRS, PRIMARY = "all_pairs", "lead_per_feature"
WHOLE = (PRIMARY, ALL_PAIRS)
MISMATCHED = "mismatched_tracks"
_TESTED = ("signed", "magnitude", "unsigned")


def measure(pairs, features, blocks, choices, *, dataset, protocol, control=None):
    """Compute every metric of a benchmark.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    features : pandas.DataFrame
        In the columns of `columns.FEATURES`.
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    choices : Choices
    dataset, protocol : str
    control : pandas.DataFrame, optional
        The same effects beside another assay's (`controls.join_control`).

    Returns
    -------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`.
    differences : pandas.DataFrame
        In the columns of `columns.DIFFERENCES`: the model against each baseline, and
        against its own tracks of another tissue.
    """
    block = blocks_of_pairs(pairs, blocks)
    is_positive = np.ones(len(pairs), dtype=bool)
    if choices.classes:
        classes = classify(pairs, *choices.classes)
        is_positive = classes == 1
    parts, differences = [], []

    def add(task, stratum, frame, rows):
        counts = {"n_variants": rows["variant_id"].nunique()}
        parts.append(frame.assign(task=task, stratum=stratum, **counts))

    def add_differences(task, found):
        names = {"comparison": "baseline", "task": task, "protocol": protocol}
        differences.extend(each | names for each in found)

    positives, at = pairs[is_positive], block[is_positive]
    masks = strata(
        positives,
        features,
        choices.effect_cutoffs,
        null=choices.null,
        model_version=choices.model_version,
    )
    # Without any positive, that there is none is said by rows, too.
    masks = masks or dict.fromkeys(WHOLE, np.zeros(len(positives), dtype=bool))
    for stratum, mask in masks.items():
        rows, here = positives[mask], at[mask]
        is_whole = stratum in WHOLE
        scores = predictors.predictors(rows, features)
        effect = rows["effect"].to_numpy(dtype=float)
        size = np.abs(effect - choices.null)
        for task, target, null, frame in (
            ("signed", effect, choices.null, _signed(rows, scores)),
            ("magnitude", size, 0.0, predictors.magnitudes(scores)),
        ):
            chosen = frame if is_whole else frame[[MODEL]]
            statistics = statistics_of(target, chosen, here, null)
            estimates = estimated(statistics, choices, False)
            # Signs mean nothing of sizes.
            metrics = Signed.NAMES if task == "signed" else ("spearman",)
            found = estimates.rows()
            if task == "signed" and is_whole:
                whole = estimated({MODEL: statistics[MODEL]}, choices, True).rows()
                rest = found[found["predictor"] != MODEL]
                found = pd.concat([whole, rest], ignore_index=True)
                rho = found[found["metric"] == "spearman"].iloc[0]
            add(task, stratum, found[found["metric"].isin(metrics)], rows)
            if is_whole:
                add_differences(
                    task, _against_baselines(estimates, metrics[:1], stratum)
                )
        if is_whole:
            add("null", stratum, null_rows(rows, here, choices), rows)
            code = np.unique(here, return_inverse=True)[1]
            planted = detections(
                effect, rows["raw"], code, choices.spike_in, choices.seed
            )
            add("control", stratum, planted.assign(n=len(rows)), rows)
            add("ceiling", stratum, ceiling_rows(rows, rho), rows)
            add("power", stratum, power_rows(rho), rows)
            add("count", stratum, _counts(rows), rows)
    if choices.classes:
        matched = match_negatives(
            pairs,
            classes,
            choices.negatives_per_positive,
            choices.seed,
            choices.null,
        )
        rows = pairs[matched.mask]
        scores = predictors.magnitudes(predictors.predictors(rows, features))
        statistics = statistics_of(
            classes[matched.mask] == 1, scores, block[matched.mask], kind=Unsigned
        )
        estimates = estimated(statistics, choices, False)
        stratum = "matched_negatives"
        add("unsigned", stratum, estimates.rows(), rows)
        add("count", stratum, _matched(matched, len(rows)), rows)
        add_differences(
            "unsigned", _against_baselines(estimates, Unsigned.NAMES, stratum)
        )
    follows = sequence_rows(pairs, features, block, choices)
    if len(follows):
        add("control", ALL_PAIRS, follows, pairs)
    if control is not None and len(control):
        found = control_rows(control, blocks, choices)
        # Also of variants outside of peaks, which no model is asked about.
        add("control", "all_effects", found, control)
    return (
        _finished(pd.concat(parts, ignore_index=True), pairs, choices).assign(
            dataset=dataset, protocol=protocol
        ),
        _differences(differences, pairs).assign(dataset=dataset),
    )


def _signed(rows, scores):
    """Return the predictors with a sign; the tracks of another tissue are one, too."""
    frame = predictors.signed(scores)
    if len(rows) and rows["raw_mismatched"].notna().all():
        frame = frame.assign(**{MISMATCHED: rows["raw_mismatched"].to_numpy()})
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


def _matched(matched, n):
    values = {
        "positives": matched.n_positives,
        "negatives": matched.n_negatives,
        "unmatched_positives": matched.n_unmatched,
        "prevalence": matched.n_positives / n if n else np.nan,
    }
    return pd.DataFrame(
        {"predictor": MODEL, "metric": name, "value": float(value), "n": n}
        for name, value in values.items()
    )


def _finished(frame, pairs, choices):
    """Name the benchmark in every row, and adjust what was not named beforehand."""
    is_named = (
        choices.is_primary
        & (frame["task"] == "signed")
        & (frame["stratum"] == PRIMARY)
        & (frame["predictor"] == MODEL)
        & (frame["metric"] == "spearman")
    )
    is_explored = (
        frame["task"].isin(_TESTED)
        & (frame["predictor"] != MISMATCHED)
        & ~is_named
        & frame["p"].notna()
    )
    frame = frame.assign(is_primary=is_named, p_adjusted=np.nan)
    if is_explored.any():
        frame.loc[is_explored, "p_adjusted"] = scipy.stats.false_discovery_control(
            frame.loc[is_explored, "p"].clip(0, 1)
        )
    head = pairs.iloc[0]
    names = ("model", "track_set", "scorer", "window_bp")
    frame = frame.assign(**{name: head[name] for name in names})
    counts = dict.fromkeys(("n", "n_variants", "n_blocks"), "Int64")
    return frame.reindex(columns=METRICS.names).astype(counts)


def _differences(found, pairs):
    frame = pd.DataFrame(found, columns=DIFFERENCES.names)
    return frame.assign(model=str(pairs["model"].iloc[0]))
