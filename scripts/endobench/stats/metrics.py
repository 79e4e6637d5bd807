"""The value of each metric in a resample: one function per entry of `design.metrics`.

A function has the name of its metric. It takes an `agreement.SignedResample` for signed
effects or an `agreement.ClassResample` for classes, and returns a float, which is NaN
where the metric is undefined.
"""

import numpy as np

from endobench.stats.analytic import MIN_PAIRS


def dot(a, b):
    """Multiply without BLAS, whose threads wait for each other on a busy machine."""
    return np.einsum("...i,i->...", a, b)


def spearman(resample):
    """Return Spearman's correlation, computed from mid-ranks."""
    if not resample.varies:
        return np.nan
    return 12 * resample.cross / np.sqrt(resample.effect_ss * resample.score_ss)


def pearson(resample):
    """Return Pearson's correlation, computed from sums over blocks."""
    if not resample.varies:
        return np.nan
    n, sums = resample.n, resample.sums
    spread = (sums.xx - sums.x * sums.x / n) * (sums.yy - sums.y * sums.y / n)
    if not spread > 0:
        return np.nan
    return (sums.xy - sums.x * sums.y / n) / np.sqrt(spread)


def sign_agreement(resample):
    """Return the share of pairs whose score and effect have the same sign."""
    sums = resample.sums
    return sums.agreeing / sums.signed if sums.signed >= MIN_PAIRS else np.nan


def sign_auroc(resample):
    """Return the area under the ROC curve of positive against negative effects."""
    above, below = resample.sums.above, resample.sums.below
    if above + below < MIN_PAIRS or not above > 0 or not below > 0:
        return np.nan
    wins = resample.rank_sum_above() - above**2 / 2
    if above + below < resample.n:
        wins -= resample.wins_over_null()
    return wins / (above * below)


def auroc(resample):
    """Return the area under the ROC curve of positives against negatives."""
    if not resample.is_defined:
        return np.nan
    wins = dot(resample.negatives, resample.positives_above - resample.positives / 2)
    n_negative = resample.n - resample.n_positive
    return wins / (resample.n_positive * n_negative)


def auprc(resample):
    """Return the average precision."""
    if not resample.is_defined:
        return np.nan
    precision = resample.positives_above / np.maximum(resample.pairs_above, 1)
    return dot(resample.positives, precision) / resample.n_positive
