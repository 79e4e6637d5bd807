"""What chance, errors and the number of pairs leave to be found; and the controls."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy

from endobench.benchmark.controls import CONTROL, SEQUENCE
from endobench.benchmark.matching import classify
from endobench.design.models import MODEL
from endobench.design.tasks import MAGNITUDE, SIGNED, UNSIGNED, task_of
from endobench.stats import nulls
from endobench.stats.agreement import Signed, Unsigned
from endobench.stats.estimates import Estimates, statistics_of
from endobench.stats.ld_blocks import blocks_of_pairs
from endobench.stats.reliability import reliability

# Fewer tell no standard error.
LEAST_RESAMPLES = 100
# What power is told for.
POWER = 0.8
ALPHA = 0.05


class Choices(NamedTuple):
    """What a benchmark is measured with; see the config's schema.

    Attributes
    ----------
    null : float
        The effect of an allele that does nothing.
    classes : list
        Nothing, or the column and the limits of positives and negatives.
    model_version : str or None
    is_primary : bool
        Whether this is the protocol that was named beforehand.
    n_resamples, n_permutations, seed : int
    effect_cutoffs : list of float
    negatives_per_positive : int
    spike_in : float
    is_signed : bool, default True
        Whether the source says which allele its effects are of.
    """

    null: float
    classes: list
    model_version: str | None
    is_primary: bool
    n_resamples: int
    n_permutations: int
    seed: int
    effect_cutoffs: list
    negatives_per_positive: int
    spike_in: float
    is_signed: bool = True


def estimated(statistics, choices, is_whole):
    """Resample statistics as often as a whole set of pairs, or a part of it, is worth.

    Parameters
    ----------
    statistics : dict
        See `estimates.statistics_of`.
    choices : Choices
    is_whole : bool
        Parts take a tenth of the resamples.

    Returns
    -------
    Estimates
    """
    n_resamples = choices.n_resamples
    if not is_whole:
        n_resamples = max(n_resamples // 10, LEAST_RESAMPLES)
    return Estimates(statistics, n_resamples=n_resamples, seed=choices.seed)


def null_rows(rows, block, choices):
    """Return Spearman where nothing can be found, with 95 % of what chance gives.

    Of effects without a known sign it is that of sizes.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    block : numpy.ndarray of str, shape (n_pairs,)
    choices : Choices

    Returns
    -------
    pandas.DataFrame
        Rows of `columns.METRICS`: ``permuted_in_strata`` and, where there is a sign,
        ``sign_flip_by_block`` with the mean and the central 95 % of the null, and
        ``mismatched_variant`` with its interval.
    """
    effect = rows["effect"].to_numpy(dtype=float) - choices.null
    score = rows["raw"].to_numpy(dtype=float)
    if not choices.is_signed:
        effect, score = np.abs(effect), np.abs(score)
    known, code = np.unique(block, return_inverse=True)
    # A variant of several scores is as many, since what is permuted has one.
    variant = rows.assign(variant_id=rows["variant_id"].astype(str))
    variant = variant.groupby(["variant_id", "raw"]).ngroup().to_numpy()
    options = choices.n_permutations, choices.seed
    cells = nulls.strata_of(rows["distance"], rows["maf"])
    found = {
        "permuted_in_strata": nulls.permutation_test(
            effect, score, code, cells, variant, *options
        ),
    }
    if choices.is_signed:
        flipped = nulls.sign_flip_test(effect, score, code, *options)
        found["sign_flip_by_block"] = flipped
    table = [
        {
            "predictor": name,
            "metric": "spearman",
            "value": each.null_mean,
            "ci_low": each.null_low,
            "ci_high": each.null_high,
            "p": each.p,
            "n": len(rows),
            "n_blocks": len(known),
        }
        for name, each in found.items()
    ]
    other = nulls.mismatched_variants(
        variant,
        rows["variant_id"].str.rsplit("_", n=4).str[0],
        rows["distance"].to_numpy(dtype=float),
        choices.seed,
    )
    of_variant = score[np.unique(variant, return_index=True)[1]]
    scores = pd.DataFrame({MODEL: of_variant[other[variant]]})
    statistic = statistics_of(effect, scores, block)
    estimates = estimated(statistic, choices, False).rows()
    estimates = estimates[estimates["metric"] == "spearman"]
    mismatched = estimates.assign(predictor="mismatched_variant")
    return pd.concat([pd.DataFrame(table), mismatched], ignore_index=True)


def ceiling_rows(rows, rho):
    """Return what the errors of the effects leave to be found; see `reliability`.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    rho : pandas.Series
        The model's Spearman, a row of `estimates.Estimates.rows`.

    Returns
    -------
    pandas.DataFrame
        Rows of `columns.METRICS`.
    """
    value, n = reliability(rows)
    ceiling = np.sqrt(value) if value > 0 else np.nan
    frame = pd.DataFrame(
        {
            "metric": ["reliability", "spearman_over_ceiling"],
            "value": [value, rho["value"] / ceiling],
            "ci_low": [np.nan, rho["ci_low"] / ceiling],
            "ci_high": [np.nan, rho["ci_high"] / ceiling],
        }
    )
    return frame.assign(predictor=MODEL, n=[n, rho["n"]], n_eff=[np.nan, rho["n_eff"]])


def power_rows(rho):
    """Return the smallest correlation that would be found in four of five studies.

    Of Fisher's z with the variance 1 / (n_eff - 3), two-sided at 5 %.

    Parameters
    ----------
    rho : pandas.Series
        The model's Spearman, a row of `estimates.Estimates.rows`.

    Returns
    -------
    pandas.DataFrame
        A row of `columns.METRICS`.
    """
    value = np.nan
    if rho["n_eff"] > 4:
        z = scipy.stats.norm.ppf([1 - ALPHA / 2, POWER]).sum()
        value = np.tanh(z / np.sqrt(rho["n_eff"] - 3))
    return pd.DataFrame(
        {
            "predictor": [MODEL],
            "metric": ["detectable_spearman"],
            "value": [value],
            "n": [rho["n"]],
            "n_eff": [rho["n_eff"]],
        }
    )


def sequence_rows(rows, annotations, block, choices):
    """Return how far the scores follow the sequence: their agreement with motif change.

    Scores of another variant, or of none, do not. Each variant counts once.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    annotations : pandas.DataFrame
        In the columns of `columns.ANNOTATIONS`.
    block : numpy.ndarray of str, shape (n_pairs,)
    choices : Choices

    Returns
    -------
    pandas.DataFrame
        As of `estimates.Estimates.rows`, the predictor called ``sequence``; none where
        no genome tells the motifs.
    """
    change = rows["variant_id"].map(annotations.set_index("variant_id")["motif_change"])
    is_used = ~rows["variant_id"].duplicated().to_numpy() & change.notna().to_numpy()
    scores = pd.DataFrame({MODEL: rows["raw"].to_numpy(dtype=float)[is_used]})
    if scores.empty:
        return pd.DataFrame()
    target = change.to_numpy(dtype=float)[is_used]
    found = estimated(
        statistics_of(target, scores, block[is_used]), choices, True
    ).rows()
    return found[found["metric"] == "spearman"].assign(predictor=SEQUENCE)


def control_rows(control, blocks, choices):
    """Return the agreement of the effects with what another assay measured.

    It is that of the task that the benchmark's answer is of; see `tasks.task_of`.

    Parameters
    ----------
    control : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one control; see `controls.join_control`.
    blocks : pandas.DataFrame or None
    choices : Choices

    Returns
    -------
    pandas.DataFrame
        Rows of `columns.METRICS`, whose predictor is the control's name.
    """
    model = str(control["model"].iloc[0])
    task = task_of(control, choices.is_signed)
    if task == UNSIGNED:
        classes = classify(control, *choices.classes)
        control = control[~np.isnan(classes)]
        target, kind = classes[~np.isnan(classes)] == 1, Unsigned
    else:
        target, kind = control["effect"].to_numpy(dtype=float) - choices.null, Signed
    score = control["raw"].to_numpy(dtype=float)
    if task != SIGNED:
        target, score = np.abs(target), np.abs(score)
    statistics = statistics_of(
        target,
        pd.DataFrame({MODEL: score}),
        blocks_of_pairs(control, blocks),
        kind=kind,
    )
    found = estimated(statistics, choices, True).rows()
    if task == MAGNITUDE:
        found = found[found["metric"] == "spearman"]
    return found.assign(predictor=model.removeprefix(f"{CONTROL}/"))
