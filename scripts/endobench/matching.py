"""Positives and matched negatives: the classes of the tasks without a sign."""

import logging
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.errors import InputError
from endobench.strata import is_lead

log = logging.getLogger(__name__)

# What decides whether a study can find a variant, and is known without any model.
COVARIATES = ("maf", "distance")
_MAX_BINS = 10
_MIN_POSITIVES_PER_BIN = 5


class Matched(NamedTuple):
    """Positives and their negatives.

    Attributes
    ----------
    mask : numpy.ndarray of bool, shape (n_pairs,)
        The rows that are kept, positives and negatives.
    n_positives, n_negatives : int
        Of the rows that are kept.
    n_unmatched : int
        Positives that no negative was left for; they are not kept.
    """

    mask: np.ndarray
    n_positives: int
    n_negatives: int
    n_unmatched: int


def classify(pairs, by, positive, negative):
    """Tell positives from negatives; what lies between the two limits is neither.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.EFFECTS` or `columns.PAIRS`.
    by : {"pip", "p_value", "q_value"}
    positive, negative : float
        Limits, both included: a posterior inclusion probability of at least `positive`
        is a positive and of at most `negative` a negative; of p and q values it is the
        other way round.

    Returns
    -------
    numpy.ndarray of float, shape (n_pairs,)
        1, 0, or missing for neither.

    Raises
    ------
    InputError
        If `by` is none of these, or a value could be both.
    """
    if by not in ("pip", "p_value", "q_value"):
        raise InputError(f"classes by {by!r}: pip, p_value or q_value is expected")
    # Turned so that more is always more positive.
    sign = 1 if by == "pip" else -1
    if sign * positive <= sign * negative:
        order = "above" if by == "pip" else "below"
        raise InputError(
            f"classes by {by}: the limit of positives, {positive:g}, must be {order}"
            f" that of negatives, {negative:g}"
        )
    value = sign * pairs[by].to_numpy(dtype=float)
    classes = np.full(len(pairs), np.nan)
    classes[value >= sign * positive] = 1
    classes[value <= sign * negative] = 0
    return classes


def positives_of(pairs, classes):
    """Keep the positives; without classes every pair is one.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    classes : list
        Nothing, or `by`, `positive` and `negative` of `classify`.
    """
    return pairs[classify(pairs, *classes) == 1] if classes else pairs


def match_negatives(pairs, is_positive, ratio, seed, null=0.0):
    """Draw negatives like the positives in minor allele frequency and distance.

    Every feature and every variant is kept at most once: of a feature's positives the
    lead (`strata.is_lead`), and no negative whose variant or feature is a positive's.
    Both covariates are cut at quantiles of the positives, and negatives are drawn
    within the resulting cells, without replacement. A covariate that one of the classes
    lacks altogether is left out; rows without it match rows without it.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    is_positive : array-like, shape (n_pairs,)
        1 for positives, 0 for negatives, missing for neither; see `classify`.
    ratio : int
        Negatives per positive, at most.
    seed : int
    null : float, default 0
        The effect of a variant that does nothing; see `strata.is_lead`.

    Returns
    -------
    Matched
        It does not depend on the order of rows.

    Raises
    ------
    ValueError
        If the ratio is below 1.
    """
    if ratio < 1:
        raise ValueError(f"ratio {ratio}: at least one negative per positive is needed")
    rng = np.random.default_rng(seed)
    classes = pd.Series(is_positive).to_numpy(dtype=float, na_value=np.nan)
    rows = pairs.reset_index(drop=True)
    rows = rows.sort_values(["variant_id", "feature_id"])
    feature, variant = (
        pd.Series(pd.factorize(rows[name].astype(str))[0], index=rows.index)
        for name in ("feature_id", "variant_id")
    )
    all_positives = rows.index[classes[rows.index] == 1]
    positives = rows.loc[all_positives]
    positives = positives[is_lead(positives, null)].drop_duplicates("variant_id")
    is_taken = [np.zeros(len(rows), dtype=bool) for _ in range(2)]

    def take(index):
        is_taken[0][feature[index]] = is_taken[1][variant[index]] = True

    def free(index):
        return index[~(is_taken[0][feature[index]] | is_taken[1][variant[index]])]

    take(all_positives)
    negatives = rows.loc[free(rows.index[classes[rows.index] == 0])]
    cells = _cells(positives, negatives)
    ours = positives.groupby(cells[positives.index]).groups
    theirs = negatives.groupby(cells[negatives.index]).groups
    none = negatives.index[:0]
    # The scarcest cell first: a feature that is common elsewhere may be needed there.
    scarcity = {cell: len(theirs.get(cell, none)) / len(ours[cell]) for cell in ours}
    mask = np.zeros(len(pairs), dtype=bool)
    n_negatives = n_unmatched = 0
    for cell in sorted(ours, key=lambda each: (scarcity[each], each)):
        here = rng.permutation(ours[cell])
        there = free(pd.Index(rng.permutation(theirs.get(cell, none))))
        there = there[~feature[there].duplicated()]
        there = there[~variant[there].duplicated()]
        n_matched = min(len(here), len(there))
        chosen = there[: ratio * n_matched]
        take(chosen)
        mask[here[:n_matched]] = True
        mask[chosen] = True
        n_negatives += len(chosen)
        n_unmatched += len(here) - n_matched
    n_positives = len(positives) - n_unmatched
    log.info(
        "matched %d of %d positives with %d of %d negatives",
        n_positives,
        len(positives),
        n_negatives,
        len(negatives),
    )
    return Matched(mask, n_positives, n_negatives, n_unmatched)


def _cells(positives, negatives):
    """Return the cell of each row, by its index; -1 beyond the positives' range."""
    index = positives.index.append(negatives.index)
    cells = pd.Series(0, index=index)
    values = {
        name: (
            positives[name].astype(float).abs(),
            negatives[name].astype(float).abs(),
        )
        for name in COVARIATES
    }
    used = [
        pair for pair in values.values() if all(side.notna().any() for side in pair)
    ]
    for ours, theirs in used:
        n_bins = (len(positives) / _MIN_POSITIVES_PER_BIN) ** (1 / len(used))
        n_bins = int(np.clip(n_bins, 1, _MAX_BINS))
        edges = np.unique(ours.quantile(np.linspace(0, 1, n_bins + 1)[1:-1]))
        both = pd.concat([ours, theirs])
        bins = np.searchsorted(edges, both, side="left")
        bins[both.isna()] = len(edges) + 1
        cells = cells * (_MAX_BINS + 1) + bins
    for ours, theirs in used:
        both = pd.concat([ours, theirs])
        cells[(both < ours.min()) | (both > ours.max())] = -1
    return cells
