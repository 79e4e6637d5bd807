"""Estimates with the intervals that would hold for independent pairs.

Pairs in LD are not independent: these intervals serve to compute the design effect. A
function has the name of its metric in `design.metrics`; a metric may have none. Effects
are relative to their null.
"""

import numpy as np
import scipy

CONFIDENCE = 0.95
MIN_PAIRS = 4
_UNDEFINED = (np.nan, np.nan, np.nan, np.nan)


def spearman(effect, score):
    """Compute Spearman's correlation.

    The interval is Fisher's z with the variance of Bonett and Wright (2000,
    doi:10.1007/BF02294183).

    Parameters
    ----------
    effect, score : numpy.ndarray of float, shape (n_pairs,)

    Returns
    -------
    value, ci_low, ci_high, p : float
        Missing with fewer than `MIN_PAIRS` pairs or for a constant vector.
    n : int
        Number of pairs that the metric covers.
    """
    n = len(effect)
    if not _varies(effect, score):
        return (*_UNDEFINED, n)
    rho, p = scipy.stats.spearmanr(effect, score)
    low = high = rho
    if abs(rho) < 1:
        half = _normal_quantile() * np.sqrt((1 + rho**2 / 2) / (n - 3))
        low, high = np.tanh(np.arctanh(rho) + np.array([-half, half]))
    return rho, low, high, p, n


def pearson(effect, score):
    """Compute Pearson's correlation with the interval of scipy (Fisher's z).

    Parameters and return values are those of `spearman`.
    """
    n = len(effect)
    if not _varies(effect, score):
        return (*_UNDEFINED, n)
    result = scipy.stats.pearsonr(effect, score)
    low, high = result.confidence_interval(CONFIDENCE)
    return result.statistic, low, high, result.pvalue, n


def sign_agreement(effect, score):
    """Compute the share of equal signs among the pairs in which neither is null.

    The interval is Wilson's, the p value that of a binomial test against one half.
    Parameters and return values are those of `spearman`.
    """
    is_signed = (effect != 0) & (score != 0)
    is_equal = (effect > 0)[is_signed] == (score > 0)[is_signed]
    n, n_equal = len(is_equal), int(is_equal.sum())
    if n < MIN_PAIRS:
        return (*_UNDEFINED, n)
    test = scipy.stats.binomtest(n_equal, n)
    low, high = test.proportion_ci(CONFIDENCE, method="wilson")
    return n_equal / n, low, high, test.pvalue, n


def sign_auroc(effect, score):
    """Compute the area under the ROC curve of positive against negative effects.

    Effects at the null are left out. Parameters and return values are those of
    `spearman`; for the interval see `auroc`.
    """
    is_off_null = effect != 0
    return auroc(effect[is_off_null] > 0, score[is_off_null])


def auroc(is_positive, score):
    """Compute the area under the ROC curve of positives against negatives.

    The variance is that of DeLong, DeLong and Clarke-Pearson (1988,
    doi:10.2307/2531595). The interval is symmetric on the logit scale, so that
    exchanging the classes mirrors it. The p value is that of Mann and Whitney.

    Parameters
    ----------
    is_positive : numpy.ndarray of bool, shape (n_pairs,)
    score : numpy.ndarray of float, shape (n_pairs,)

    Returns
    -------
    value, ci_low, ci_high, p : float
        Missing with fewer than `MIN_PAIRS` pairs or a single class. The interval is also
        missing with fewer than two pairs of a class, and for an area of 0 or 1.
    n : int
    """
    n, n_positive = len(score), int(is_positive.sum())
    n_negative = n - n_positive
    if n < MIN_PAIRS or not n_positive or not n_negative:
        return (*_UNDEFINED, n)
    value, p = 0.5, 1.0
    if np.ptp(score) > 0:
        test = scipy.stats.mannwhitneyu(score[is_positive], score[~is_positive])
        value, p = test.statistic / (n_positive * n_negative), test.pvalue
    if min(n_positive, n_negative) < 2 or not 0 < value < 1:
        return value, np.nan, np.nan, p, n
    se = np.sqrt(_delong_variance(is_positive, score))
    half = _normal_quantile() * se / (value * (1 - value))
    low, high = scipy.special.expit(
        scipy.special.logit(value) + np.array([-half, half])
    )
    return value, low, high, p, n


def auprc(is_positive, score):
    """Compute the average precision.

    The interval is the logit one of Boyd, Eng and Page (2013,
    doi:10.1007/978-3-642-40994-3_29). The p value is against the prevalence.
    Parameters are those of `auroc`.

    Returns
    -------
    value, ci_low, ci_high, p : float
        Missing with fewer than `MIN_PAIRS` pairs or a single class.
    n : int
    """
    n, n_positive = len(score), int(is_positive.sum())
    if n < MIN_PAIRS or not 0 < n_positive < n:
        return (*_UNDEFINED, n)
    # The rank of each positive from the top, among the positives and among all.
    of_positives = scipy.stats.rankdata(-score[is_positive], "max")
    of_all = scipy.stats.rankdata(-score, "max")[is_positive]
    value = (of_positives / of_all).mean()
    if value >= 1:
        return value, value, value, np.nan, n
    logit = scipy.special.logit
    se = 1 / np.sqrt(n_positive * value * (1 - value))
    half = _normal_quantile() * np.array([-se, se])
    low, high = scipy.special.expit(logit(value) + half)
    z = (logit(value) - logit(is_positive.mean())) / se
    return value, low, high, 2 * scipy.stats.norm.sf(abs(z)), n


def _varies(effect, score):
    return len(effect) >= MIN_PAIRS and np.ptp(effect) > 0 and np.ptp(score) > 0


def _normal_quantile():
    """Return how many standard errors the interval extends to either side."""
    return scipy.stats.norm.ppf(0.5 + CONFIDENCE / 2)


def _delong_variance(is_positive, score):
    """Return the variance of the area under the ROC curve of two classes."""
    variance = 0
    among_all = scipy.stats.rankdata(score)
    for is_own in (is_positive, ~is_positive):
        wins = among_all[is_own] - scipy.stats.rankdata(score[is_own])
        n_own = is_own.sum()
        n_other = len(score) - int(n_own)
        variance += (wins / n_other).var(ddof=1) / n_own
    return variance
