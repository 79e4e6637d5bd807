"""The value of each metric in resamples: one function per entry of `design.metrics`.

A function has the name of its metric. It takes some `resamples.SignedResamples` for
signed effects or `resamples.ClassResamples` for classes, and returns one value for each,
shape (n_resamples,), which is NaN where the metric is undefined. The chance of a metric
that depends on the pairs is a function ``{name}_chance`` of the same kind.
"""

import numpy as np

from endobench.stats.analytic import MIN_PAIRS, agreement_by_chance


def dot(a, b):
    """Multiply without BLAS, whose threads wait for each other on a busy machine.

    Parameters
    ----------
    a, b : numpy.ndarray, shape (..., n)

    Returns
    -------
    numpy.ndarray, shape (...)
        The sum of products along the last axis; the others are broadcast.
    """
    return np.einsum("...i,...i->...", a, b)


def ratio(numerator, denominator, is_defined=True):
    """Divide where a metric is defined and the denominator is positive, else NaN."""
    where = is_defined & (denominator > 0)
    missing = np.full(np.shape(where), np.nan)
    return np.divide(numerator, denominator, out=missing, where=where)


def spearman(resamples):
    """Return Spearman's correlation, computed from mid-ranks."""
    spread = np.sqrt(resamples.effect_ss * resamples.score_ss)
    return ratio(12 * resamples.cross, spread, resamples.varies)


def pearson(resamples):
    """Return Pearson's correlation, computed from sums over blocks."""
    sums, n = resamples.sums, np.maximum(resamples.n, 1)
    spread = (sums.xx - sums.x * sums.x / n) * (sums.yy - sums.y * sums.y / n)
    covariance = sums.xy - sums.x * sums.y / n
    return ratio(covariance, np.sqrt(np.maximum(spread, 0)), resamples.varies)


def sign_agreement(resamples):
    """Return the share of pairs whose score and effect have the same sign."""
    sums = resamples.sums
    return ratio(sums.agreeing, sums.signed, sums.signed >= MIN_PAIRS)


def sign_agreement_chance(resamples):
    """Return the share of equal signs among pairs that are combined at random."""
    sums = resamples.sums
    of_effects = ratio(sums.signed_above, sums.signed)
    return agreement_by_chance(of_effects, ratio(sums.signed_positive, sums.signed))


def sign_auroc(resamples):
    """Return the area under the ROC curve of positive against negative effects."""
    above, below = resamples.sums.above, resamples.sums.below
    return ratio(resamples.wins, above * below, above + below >= MIN_PAIRS)


def auroc(resamples):
    """Return the area under the ROC curve of positives against negatives."""
    n_negative = resamples.n - resamples.n_positive
    return ratio(
        resamples.wins, resamples.n_positive * n_negative, resamples.is_defined
    )


def auprc(resamples):
    """Return the average precision."""
    return ratio(resamples.precision, resamples.n_positive, resamples.is_defined)


def auprc_chance(resamples):
    """Return the prevalence of positives, with which the chance of `auprc` varies."""
    return ratio(resamples.n_positive, resamples.n)
