"""Gates on runs of neighbouring pairs: is agreement the same all along the file and genome?

A fault that comes and goes, such as scores that are late by one in every second batch, has
no part of its own. It shows as agreement that differs between runs of pairs by more than
chance, in the order of the file or of positions.
"""

import functools
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.source_order import is_ranked
from endobench.gates.parts import clusters_of, with_motif_changes
from endobench.gates.verdicts import Measured, not_checked, too_few
from endobench.stats.ld_blocks import loci_of

# Fewest runs of the longest length that are compared, and units of which runs consist.
_FEWEST_RUNS, _FEWEST_UNITS = 8, 64
# Units are merged to at most this many.
_MOST_UNITS = 1_024
_N_DRAWS = 200
# One-sided, for the largest of all lengths, orders and comparisons.
_Z = 5.0
# Weaker agreement with motif changes depends on where a model finds open chromatin.
_LEAST_WITH_MOTIFS = 0.3


class Compared(NamedTuple):
    """Two values of some pairs that should agree alike in all of them.

    Attributes
    ----------
    words : str
        What agrees, as in "scores with effects".
    one, other : numpy.ndarray of float, shape (n_pairs,)
    variant_id : pandas.Series of str
    line : numpy.ndarray of float
        Line of the pair in its source; missing if lines are in order of a number
        (`source_order.is_ranked`).
    cluster : numpy.ndarray of int
        See `parts.clusters_of`.
    """

    words: str
    one: np.ndarray
    other: np.ndarray
    variant_id: pd.Series
    line: np.ndarray
    cluster: np.ndarray


class _Spread(NamedTuple):
    """How much the agreement differs between runs.

    Attributes
    ----------
    low, value : float
        Standard deviation between runs over the root mean square of their agreement: 0 if
        all runs agree alike; `low` is its lower bound.
    n_pairs : float
        Mean number of pairs in a run.
    """

    low: float
    value: float
    n_pairs: float


def agreement_of_runs(compared):
    """Measure how much agreement differs between runs of neighbouring pairs, at least.

    Parameters
    ----------
    compared : list of Compared

    Returns
    -------
    Measured
        The lower bound of the standard deviation of agreement between runs, relative to
        the root mean square of their agreement, in the order and at the length of runs
        where it is largest: 0 if all runs agree alike, about 0.7 if half of them do not
        agree at all, 1 if half of them agree in reverse.
    """
    found, most = [], 0
    for each in compared:
        most = max(most, len(each.one))
        if not len(each.one) or min(np.ptp(each.one), np.ptp(each.other)) == 0:
            continue
        product = _centred_ranks(each.one) * _centred_ranks(each.other)
        for order, places in _orders(each).items():
            spread = _spread_of(product[places], each.cluster[places])
            if spread is not None:
                found.append((spread, each.words, order, len(product)))
    if not found:
        return too_few(most, "pairs in runs of neighbours", _FEWEST_UNITS)
    spread, words, order, n = max(found, key=lambda each: each[0])
    return Measured(
        spread.low,
        n,
        f"agreement of {words} differs between runs of about {spread.n_pairs:,.0f} pairs"
        f" in order of {order} by {100 * spread.value:.0f} % of its size, at least"
        f" {100 * spread.low:.0f} %",
    )


def run_agreement(pairs, motif_change=None, *, blocks=None, is_signed=True, null=0.0):
    """Measure `agreement_of_runs` of scores with effects and with the sequence.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    motif_change : pandas.Series of float, optional
        Change of motif sites, by variant.
    blocks, is_signed, null
        See `parts.compare_parts`.
    """
    if is_ranked(pairs):
        pairs = pairs.assign(source_line=np.nan)
    scored = pairs[np.isfinite(pairs["raw"].to_numpy(dtype=float))]
    compared = [_compared("scores with effects", scored, blocks, is_signed, null)]
    if motif_change is not None:
        unique = with_motif_changes(pairs, motif_change)
        words = "scores with motif changes"
        with_motifs = _compared(words, unique, blocks, is_signed, 0.0)
        if _rank_correlation(with_motifs) >= _LEAST_WITH_MOTIFS:
            compared.append(with_motifs)
    return agreement_of_runs(compared)


def _rank_correlation(compared):
    """Return Spearman's correlation of two values, 0 if one of them is constant."""
    one, other = (_centred_ranks(each) for each in (compared.one, compared.other))
    scale = np.sqrt((one**2).sum() * (other**2).sum())
    return (one * other).sum() / scale if scale > 0 else 0.0


def control_runs(control, *, blocks=None, is_signed=True, null=0.0):
    """Measure `agreement_of_runs` of effects with the positive control."""
    if control is None:
        return not_checked(0, "no positive control is declared")
    if is_ranked(control):
        control = control.assign(source_line=np.nan)
    words = "effects with the positive control"
    return agreement_of_runs([_compared(words, control, blocks, is_signed, null)])


def _compared(words, pairs, blocks, is_signed, null):
    one = pairs["effect"].to_numpy(dtype=float) - null
    other = pairs["raw"].to_numpy(dtype=float)
    if not is_signed:
        one, other = np.abs(one), np.abs(other)
    line = pairs["source_line"].to_numpy(dtype=float)
    cluster = clusters_of(pairs, blocks) if len(pairs) else np.zeros(0, dtype=int)
    return Compared(words, one, other, pairs["variant_id"], line, cluster)


def _centred_ranks(values):
    ranks = pd.Series(values).rank().to_numpy() / len(values)
    return ranks - ranks.mean()


def _orders(compared):
    """Return the places of the pairs in each order, by its name."""
    chrom, pos = loci_of(compared.variant_id)
    orders = {"position": np.lexsort([pos, np.asarray(chrom, dtype=str)])}
    if np.isfinite(compared.line).all():
        orders["lines of the table"] = np.argsort(compared.line, kind="stable")
    return orders


def _spread_of(product, cluster):
    """Return the largest `_Spread` over the lengths of runs, or None for too few pairs.

    Pairs of one cluster that follow each other are a unit. Without a fault, units have
    agreement in random order, so that runs of units vary as those of permuted ones.
    """
    unit = np.r_[0, np.cumsum(cluster[1:] != cluster[:-1])]
    n_units = unit[-1] + 1
    if n_units > _MOST_UNITS:
        unit = unit * _MOST_UNITS // n_units
        n_units = _MOST_UNITS
    if n_units < _FEWEST_UNITS:
        return None
    mean = product.mean()
    sums = np.bincount(unit, product - mean)
    n_of_unit = len(product) / n_units
    lengths = 2 ** np.arange(1, int(np.log2(n_units // _FEWEST_RUNS)) + 1)
    draws = np.take(sums, _permutations(n_units))
    null, observed = (_mean_squares(each, lengths) for each in (draws, sums[None]))
    excess = observed[0] - null.mean(axis=0)
    lowest = excess - _Z * null.std(axis=0)
    # The square of a run's sum grows with its length times the variance between runs.
    between, low = (
        np.clip(each, 0, None) / (lengths * n_of_unit**2) for each in (excess, lowest)
    )
    # Scores that agree nowhere have no agreement that could differ.
    share, low_share = (
        np.sqrt(each / (mean**2 + each)) if each.any() else each
        for each in (between, low)
    )
    best = int(np.argmax(low_share))
    return _Spread(
        float(low_share[best]), float(share[best]), float(lengths[best] * n_of_unit)
    )


# Long tables have the most units in each order and comparison.
@functools.lru_cache(maxsize=8)
def _permutations(n_units):
    """Return random orders of some units, shape (_N_DRAWS, n_units)."""
    rng = np.random.default_rng(0)
    places = np.arange(n_units, dtype=np.int32)
    return np.stack([rng.permutation(places) for _ in range(_N_DRAWS)])


def _mean_squares(sums, lengths):
    """Return the mean squares of the sums of all runs, by their length, per unit.

    Parameters
    ----------
    sums : numpy.ndarray of float, shape (n_draws, n_units)
    lengths : numpy.ndarray of int

    Returns
    -------
    numpy.ndarray of float, shape (n_draws, n_lengths)
    """
    totals = np.zeros((len(sums), sums.shape[1] + 1))
    np.cumsum(sums, axis=1, out=totals[:, 1:])
    result = np.empty((len(sums), len(lengths)))
    room = np.empty_like(sums)
    for place, length in enumerate(lengths):
        runs = room[:, length - 1 :]
        np.subtract(totals[:, length:], totals[:, :-length], out=runs)
        result[:, place] = np.einsum("ij,ij->i", runs, runs) / runs.shape[1] / length
    return result
