"""Positives and negatives of the unsigned task, and coarsened exact matching."""

import logging
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.strata import features_of, is_lead
from endobench.core.errors import InputError

log = logging.getLogger(__name__)

# These affect whether a study detects a variant, and need no model.
COVARIATES = ("maf", "distance", "ld_score")
# Columns of which higher values are more positive, and of which lower values are.
_RISING, _FALLING = ("pip", "label"), ("p_value", "q_value")
_MAX_BINS = 10
_POSITIVES_PER_CELL = 5
# Negatives per positive are reduced until this share of the positives is matched.
_MIN_MATCHED = 0.8


class Matched(NamedTuple):
    """Matched positives and negatives.

    Attributes
    ----------
    mask : numpy.ndarray of bool, shape (n_pairs,)
        Rows that are kept, positives and negatives.
    n_positives, n_negatives : int
        Number of kept positives and negatives.
    n_unmatched : int
        Positives that are dropped because too few negatives were left for them.
    """

    mask: np.ndarray
    n_positives: int
    n_negatives: int
    n_unmatched: int


def classify(pairs, by, positive, negative):
    """Classify pairs as positive or negative; values between the limits are neither.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.EFFECTS` or `columns.PAIRS`.
    by : {"pip", "label", "p_value", "q_value"}
    positive, negative : float
        Inclusive limits. A posterior inclusion probability, or the source's own label,
        of at least `positive` is positive, and of at most `negative` negative. For p
        and q values it is the other way round.

    Returns
    -------
    numpy.ndarray of float, shape (n_pairs,)
        1, 0, or missing for neither.

    Raises
    ------
    InputError
        If `by` is unknown, or the limits overlap.
    """
    if by not in (*_RISING, *_FALLING):
        raise InputError(f"classes by {by!r}: expected pip, label, p_value or q_value")
    # Oriented so that higher values are more positive.
    sign = 1 if by in _RISING else -1
    if sign * positive <= sign * negative:
        order = "above" if by in _RISING else "below"
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
    """Return the positives; without classes every pair is one.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    classes : list
        Empty, or `by`, `positive` and `negative` of `classify`.
    """
    return pairs[classify(pairs, *classes) == 1] if classes else pairs


def classes_and_matched(pairs, classes, ratio, seed, null=0.0):
    """Classify pairs and match the negatives, as the unsigned task needs.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    classes : list
        `by`, `positive` and `negative` of `classify`.
    ratio, seed, null
        See `match_negatives`.

    Returns
    -------
    classes : numpy.ndarray of float, shape (n_pairs,)
        See `classify`.
    matched : Matched
    """
    found = classify(pairs, *classes)
    return found, match_negatives(pairs, found, ratio, seed, null)


def match_negatives(pairs, is_positive, ratio, seed, null=0.0):
    """Match negatives to positives by MAF, distance and LD score.

    This is coarsened exact matching (Iacus, King and Porro 2012, Political Analysis
    20:1-24, doi:10.1093/pan/mpr013) with equally many negatives per positive. Each
    covariate is coarsened at quantiles of the positives, and negatives are drawn
    without replacement from the cell of their positive. Missing values are a bin of
    their own; a covariate that one class lacks altogether is ignored. Negatives outside
    the range of the positives are not drawn.

    Each positive gets `ratio` negatives, or the largest smaller number that at least
    80 % of the positives can have, but at least one. Other positives are dropped.

    Every feature and every variant is kept at most once: a feature's lead among its
    positives (`strata.is_lead`), and no negative that shares its variant or feature
    with any positive.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    is_positive : array-like, shape (n_pairs,)
        1 for positives, 0 for negatives, missing for neither; see `classify`.
    ratio : int
        Largest number of negatives per positive.
    seed : int
    null : float, default 0
        Value of no effect; see `strata.is_lead`.

    Returns
    -------
    Matched
        Independent of the order of rows.

    Raises
    ------
    ValueError
        If the ratio is below 1.
    """
    if ratio < 1:
        raise ValueError(f"ratio {ratio}: expected at least one negative per positive")
    classes = pd.Series(is_positive).to_numpy(dtype=float, na_value=np.nan)
    rows = pairs.reset_index(drop=True)
    rows = rows.sort_values(["variant_id", "feature_id"])
    codes = [
        pd.factorize(values.astype(str))[0][np.argsort(rows.index, kind="stable")]
        for values in (features_of(rows), rows["variant_id"])
    ]
    all_positives = rows.index[classes[rows.index] == 1]
    positives = rows.loc[all_positives]
    positives = positives[is_lead(positives, null)].drop_duplicates("variant_id")
    negatives = rows.index[classes[rows.index] == 0]
    is_other = ~np.any(
        [np.isin(each[negatives], each[all_positives]) for each in codes], axis=0
    )
    negatives = rows.loc[negatives[is_other]]
    cells = _cells(positives, negatives)
    ours = positives.groupby(cells[positives.index]).groups
    theirs = negatives.groupby(cells[negatives.index]).groups
    # Unequal numbers of negatives per positive would undo the matching.
    for each in range(ratio, 0, -1):
        chosen, n_positives = _drawn(ours, theirs, codes, each, seed)
        if n_positives >= _MIN_MATCHED * len(positives):
            break
    mask = np.zeros(len(pairs), dtype=bool)
    mask[chosen] = True
    log.info(
        "matched %d of %d positives with %d of %d negatives",
        n_positives,
        len(positives),
        len(chosen) - n_positives,
        len(negatives),
    )
    return Matched(
        mask, n_positives, len(chosen) - n_positives, len(positives) - n_positives
    )


def _drawn(ours, theirs, codes, ratio, seed):
    """Draw `ratio` negatives for each positive of a cell, each variant and feature once.

    Parameters
    ----------
    ours, theirs : dict of int to pandas.Index
        Positives and negatives of each cell.
    codes : list of numpy.ndarray of int
        Integer codes of the features and of the variants of all rows.
    ratio, seed : int

    Returns
    -------
    chosen : list of int
        Rows, in no particular order.
    n_positives : int
    """
    rng = np.random.default_rng(seed)
    is_taken = [np.zeros(len(each), dtype=bool) for each in codes]
    none = pd.Index([], dtype=int)
    # Cells with few negatives come first: they may need a feature that others share.
    scarcity = {cell: len(theirs.get(cell, none)) / len(ours[cell]) for cell in ours}
    chosen, n_positives = [], 0
    for cell in sorted(ours, key=lambda each: (scarcity[each], each)):
        here = rng.permutation(ours[cell])
        there = rng.permutation(theirs.get(cell, none))
        for taken, code in zip(is_taken, codes, strict=True):
            there = there[~taken[code[there]]]
            _, firsts = np.unique(code[there], return_index=True)
            there = there[np.sort(firsts)]
        n_matched = min(len(here), len(there) // ratio)
        there = there[: ratio * n_matched]
        for taken, code in zip(is_taken, codes, strict=True):
            taken[code[there]] = True
        chosen += [*here[:n_matched], *there]
        n_positives += n_matched
    return chosen, n_positives


def _cells(positives, negatives):
    """Return the cell of each row, by its index; -1 outside the positives' range."""
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
        n_bins = (len(positives) / _POSITIVES_PER_CELL) ** (1 / len(used))
        n_bins = int(np.clip(round(n_bins), 1, _MAX_BINS))
        edges = np.unique(ours.quantile(np.linspace(0, 1, n_bins + 1)[1:-1]))
        both = pd.concat([ours, theirs])
        bins = np.searchsorted(edges, both, side="left")
        bins[both.isna()] = len(edges) + 1
        cells = cells * (_MAX_BINS + 1) + bins
    for ours, theirs in used:
        both = pd.concat([ours, theirs])
        cells[(both < ours.min()) | (both > ours.max())] = -1
    return cells
