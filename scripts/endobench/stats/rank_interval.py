"""The rank of one value among many that are estimated together, with its interval."""

from typing import NamedTuple

import numpy as np

from endobench.stats.analytic import CONFIDENCE
from endobench.stats.bootstrap import MIN_USABLE


class Rank(NamedTuple):
    """A rank among `n` values, where 1 is the largest.

    Attributes
    ----------
    rank, low, high : float
    p : float
        Of the test that the rank is the middle one or worse.
    n : int
    """

    rank: float
    low: float
    high: float
    p: float
    n: int


def rank_interval(own, own_resamples, others, resamples, confidence=CONFIDENCE):
    """Return the rank of a value among others, with a confidence interval.

    The differences from all others have simultaneous intervals, by the largest absolute
    t statistic of the resamples. The rank is at least one more than the number of others
    that are larger beyond their interval, and at most as low as those allow that are
    smaller beyond theirs (Mogstad, Romano, Shaikh and Wilhelm 2024,
    doi:10.1093/restud/rdad006). The interval covers the true rank in at least the stated
    share of cases, also with ties, where resampled ranks do not.

    Parameters
    ----------
    own : float
    own_resamples : array-like of float, shape (n_resamples,)
    others : array-like of float, shape (n_others,)
    resamples : array-like of float, shape (n_resamples, n_others)
        Of the same draws. Others with a missing value, or with one in less than
        `MIN_USABLE` of the resamples, are left out: the draws without any missing value
        might be few.
    confidence : float, optional

    Returns
    -------
    Rank
        Missing bounds if the value itself is missing in too many resamples.
    """
    others, resamples = np.asarray(others, float), np.asarray(resamples, float)
    own_resamples = np.asarray(own_resamples, float)
    is_usable = np.isfinite(own_resamples)
    resamples = resamples[is_usable]
    is_known = np.isfinite(others)
    is_known &= np.isfinite(resamples).sum(axis=0) >= MIN_USABLE * len(is_usable)
    others, resamples = others[is_known], resamples[:, is_known]
    n = len(others) + 1
    above = others - own
    rank = 1.0 + (above > 0).sum()
    drawn = resamples - own_resamples[is_usable, None]
    is_few = len(drawn) < max(2, MIN_USABLE * len(is_usable))
    if is_few or not len(others) or not np.isfinite(own):
        return Rank(rank, np.nan, np.nan, np.nan, n)
    se = np.nanstd(drawn, axis=0, ddof=1)
    has_spread = se > 0
    # A difference without spread is certain if it is not zero.
    t = np.select([above > 0, above < 0], [np.inf, -np.inf])
    t[has_spread] = above[has_spread] / se[has_spread]
    away = np.abs(drawn - above)[:, has_spread] / se[has_spread]
    largest = np.nanmax(away, axis=1, initial=0.0)
    limit = np.quantile(largest, confidence, method="higher")
    low = 1.0 + (t > limit).sum()
    high = n - (t < -limit).sum()
    # To exclude the middle rank, this many others must be smaller.
    needed = int(np.floor(n - (n + 1) / 2)) + 1
    p = 1.0
    if needed <= len(t) and (decisive := np.sort(-t)[::-1][needed - 1]) > 0:
        p = (1 + (largest >= decisive).sum()) / (1 + len(largest))
    return Rank(rank, float(low), float(high), float(p), n)
