"""A gate on p values: do they follow from the effects and their standard errors?

In a sound table they do, up to rounding, under one distribution for all rows. Rows are
read twice, part by part, so that memory does not grow with their number.
"""

import numpy as np
import pandas as pd
import scipy.special

from endobench.gates.effect_tables.rounding import Rounding
from endobench.gates.verdicts import MIN_ROWS, share_of, too_few
from endobench.stats.streaming import N_CELLS, Median, cells_of, edges_of

COLUMNS = ["effect", "effect_se", "p_value"]
# Allowed difference, relative to log10 p.
_TOLERANCE = 0.1
_FIT_ROWS = 2_000
# Range of the fitted degrees of freedom; the largest is nearly normal.
_FREEDOM = (2.0, 1e5)
# Precision of the fitted degrees of freedom, as a natural logarithm.
_PRECISION = 1e-6
# Doubles much smaller than this lose digits or are zero.
_SMALLEST_P = 1e-300


def effect_p_agreement(effects, null):
    """Measure the share of p values that contradict effect over standard error.

    The expected p value is two-sided, of a t distribution whose degrees of freedom are
    fitted to the whole table. Both are compared on the log10 scale. Effects and errors that
    are rounded to a few digits may be any values that round to the given ones.

    Parameters
    ----------
    effects : callable
        Returns the parts of the table with some columns, as Arrow tables.
    null : float
        Value of no effect in the declared unit.

    Returns
    -------
    Measured
    """
    z_median, p_median, sample = Median(), Median(), _Sample()
    rounding = Rounding(), Rounding()
    for z, p, values in _known(effects, null):
        for each, column in zip(rounding, values, strict=True):
            each.look(column)
        z_median.count(z)
        p_median.count(_clipped(p))
        sample.add(z, _clipped(p))
    n = z_median.n
    if n < MIN_ROWS:
        return too_few(n, "rows with effect, standard error and p value")
    freedom = _fit(sample.z, np.log10(sample.p))
    limits = _limits(np.flatnonzero(z_median.counts), freedom)
    n_unlike = 0
    for z, p, values in _known(effects, null):
        z_median.gather(z)
        p_median.gather(_clipped(p))
        is_unlike = _is_unlike(z, p, freedom, limits)
        parts = p[is_unlike], [column[is_unlike] for column in values]
        n_unlike += _count_beyond(*parts, rounding, freedom)
    reported = np.log10(p_median.middle()).mean()
    # p decreases with z, so the median z has the median p.
    implied = _log10_p(z_median.middle(), freedom).mean()
    return share_of(
        n_unlike,
        n,
        f"reported p values (median {10**reported:.2g}) contradict abs(effect)/SE"
        f" (median {10**implied:.2g} under a t distribution with {freedom:,.0f} degrees"
        " of freedom)",
    )


def _known(effects, null):
    """Yield abs(z), p, and effects beside errors, of rows that have all, part by part."""
    for part in effects(COLUMNS):
        effect, effect_se, p = (part[name].to_numpy() for name in COLUMNS)
        effect = effect - null
        z = np.abs(effect / np.where(effect_se > 0, effect_se, np.nan))
        is_known = np.isfinite(z) & np.isfinite(p)
        yield z[is_known], p[is_known], (effect[is_known], effect_se[is_known])


def _clipped(p):
    return np.clip(p, _SMALLEST_P, 1)


class _Sample:
    """A sample of the distinct rows, chosen by hash so that row order has no effect."""

    def __init__(self):
        self._key = np.empty(0, dtype=np.uint64)
        self.z = self.p = np.empty(0)

    def add(self, z, p):
        key = pd.util.hash_array(z) + 3 * pd.util.hash_array(p)
        is_small = slice(None)
        if len(self._key) == _FIT_ROWS:
            is_small = key < self._key[-1]
        key = np.concatenate([self._key, key[is_small]])
        key, first = np.unique(key, return_index=True)
        first = first[:_FIT_ROWS]
        self._key = key[:_FIT_ROWS]
        self.z = np.concatenate([self.z, z[is_small]])[first]
        self.p = np.concatenate([self.p, p[is_small]])[first]


def _fit(z, given):
    """Return the degrees of freedom that minimise the median difference of p values."""

    def misfit(log_freedom):
        return np.median(_difference(_log10_p(z, np.exp(log_freedom)), given))

    grid = np.linspace(*np.log(_FREEDOM), 25)
    best = int(np.argmin([misfit(each) for each in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    return np.exp(_lowest(misfit, low, high))


def _lowest(function, low, high):
    """Return the minimum of a unimodal function, by golden-section search."""
    share = (np.sqrt(5) - 1) / 2
    left, right = high - share * (high - low), low + share * (high - low)
    of_left, of_right = function(left), function(right)
    while high - low > _PRECISION:
        if of_left < of_right:
            high, right, of_right = right, left, of_left
            left = high - share * (high - low)
            of_left = function(left)
        else:
            low, left, of_left = left, right, of_right
            right = low + share * (high - low)
            of_right = function(right)
    return (low + high) / 2


def _limits(cells, freedom):
    """Return the smallest and largest log10 p of all possible z in each given cell."""
    limits = np.zeros((2, N_CELLS))
    first, beyond = edges_of(cells)
    limits[0, cells] = _log10_p(beyond, freedom)
    limits[1, cells] = _log10_p(first, freedom)
    return limits


def _is_unlike(z, p, freedom, limits):
    """Return which p values differ from those of z, computed for close calls only."""
    given = np.log10(_clipped(p))
    smallest, largest = limits[:, cells_of(z)]
    room = _TOLERANCE * np.maximum(np.abs(given), 1)
    # Numbers outside 0 to 1, such as logarithms, are not p values and always differ.
    is_unlike = (given < smallest - room) | (given > largest + room) | (p < 0) | (p > 1)
    is_alike = (given >= largest - room) & (given <= smallest + room)
    is_close = ~(is_unlike | is_alike)
    implied = _log10_p(z[is_close], freedom)
    is_unlike[is_close] = _difference(implied, given[is_close]) > _TOLERANCE
    return is_unlike


def _count_beyond(p, values, rounding, freedom):
    """Count the p values that differ from those of all values that round to the given."""
    (effect, error), given = np.abs(values), np.log10(_clipped(p))
    of_effect, of_error = (
        each.halves(column) for each, column in zip(rounding, values, strict=True)
    )
    least = np.maximum(effect - of_effect, 0) / (error + of_error)
    most = (effect + of_effect) / np.maximum(error - of_error, np.finfo(float).tiny)
    room = _TOLERANCE * np.maximum(np.abs(given), 1)
    is_within = given <= _log10_p(least, freedom) + room
    is_within &= given >= _log10_p(most, freedom) - room
    return int((~is_within | (p < 0) | (p > 1)).sum())


def _log10_p(z, freedom):
    p = 2 * scipy.special.stdtr(freedom, -z)
    log = np.log10(np.maximum(p, _SMALLEST_P))
    return np.minimum(log, 0)


def _difference(implied, given):
    return np.abs(implied - given) / np.maximum(np.abs(given), 1)
