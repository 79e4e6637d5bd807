"""Estimates with the intervals that hold where pairs are independent; they are not."""

import numpy as np
import pandas as pd
import scipy

CONFIDENCE = 0.95
MIN_PAIRS = 4
UNDEFINED = (np.nan,) * 4


def analytic_frame(names, rows):
    """Return analytic intervals as a frame.

    Parameters
    ----------
    names : tuple of str
        Of the metrics.
    rows : list of tuple
        ``value, ci_low, ci_high, p, n`` of each.

    Returns
    -------
    pandas.DataFrame
        ``metric, value, ci_low, ci_high, p, n``.
    """
    columns = ["value", "ci_low", "ci_high", "p", "n"]
    frame = pd.DataFrame(rows, columns=columns).astype({"n": "int64"})
    frame.insert(0, "metric", names)
    return frame


def _z():
    return scipy.stats.norm.ppf(0.5 + CONFIDENCE / 2)


def _varies(effect, score):
    return len(effect) >= MIN_PAIRS and np.ptp(effect) > 0 and np.ptp(score) > 0


def spearman(effect, score):
    """Compute Spearman's correlation as if pairs were independent.

    The interval is Fisher's z with the variance of Bonett and Wright (2000,
    doi:10.1007/BF02294183).

    Parameters
    ----------
    effect, score : numpy.ndarray of float, shape (n_pairs,)

    Returns
    -------
    value, ci_low, ci_high, p : float
    n : int
    """
    n = len(effect)
    if not _varies(effect, score):
        return (*UNDEFINED, n)
    rho, p = scipy.stats.spearmanr(effect, score)
    low = high = rho
    if abs(rho) < 1:
        half = _z() * np.sqrt((1 + rho**2 / 2) / (n - 3))
        low, high = np.tanh(np.arctanh(rho) + np.array([-half, half]))
    return rho, low, high, p, n


def pearson(effect, score):
    """Compute Pearson's correlation with scipy's interval, as if pairs were independent.

    Parameters and what is returned are those of `spearman`.
    """
    n = len(effect)
    if not _varies(effect, score):
        return (*UNDEFINED, n)
    result = scipy.stats.pearsonr(effect, score)
    interval = result.confidence_interval(CONFIDENCE)
    return (result.statistic, *interval, result.pvalue, n)


def sign_agreement(effect, score):
    """Compute the share of pairs with equal signs, among those that have a sign.

    Parameters and what is returned are those of `spearman`; effects are relative to
    their null.
    """
    is_signed = (effect != 0) & (score != 0)
    is_agreed = (effect > 0)[is_signed] == (score > 0)[is_signed]
    return (*proportion(int(is_agreed.sum()), len(is_agreed)), len(is_agreed))


def sign_auroc(effect, score):
    """Compute the area of the score for effects above the null against those below.

    Parameters and what is returned are those of `spearman`; effects are relative to
    their null.
    """
    is_off = effect != 0
    return (*area(effect[is_off] > 0, score[is_off]), int(is_off.sum()))


def auroc(is_positive, score):
    """Compute `area` of positives against negatives, and the number of pairs."""
    return (*area(is_positive, score), len(score))


def auprc(is_positive, score):
    """Compute `precision` of positives against negatives, and the number of pairs."""
    return (*precision(is_positive, score), len(score))


def proportion(k, n):
    """Return k of n with Wilson's interval, and p against one half."""
    if n < MIN_PAIRS:
        return UNDEFINED
    test = scipy.stats.binomtest(k, n)
    interval = test.proportion_ci(CONFIDENCE, method="wilson")
    return (k / n, *interval, test.pvalue)


def area(is_positive, score):
    """Compute the area under the ROC curve as if pairs were independent.

    The variance is that of DeLong, DeLong and Clarke-Pearson (1988,
    doi:10.2307/2531595), the interval symmetric on the logit scale, so that exchanging
    the classes exchanges it; the p value is of Mann and Whitney.

    Parameters
    ----------
    is_positive : numpy.ndarray of bool, shape (n_pairs,)
    score : numpy.ndarray of float, shape (n_pairs,)

    Returns
    -------
    value, ci_low, ci_high, p : float
    """
    n_positive = int(is_positive.sum())
    n_negative = len(score) - n_positive
    if len(score) < MIN_PAIRS or not n_positive or not n_negative:
        return UNDEFINED
    # To import it takes longer than most jobs have to compute.
    import sklearn.metrics

    value = sklearn.metrics.roc_auc_score(is_positive, score)
    p = 1.0
    if np.ptp(score) > 0:
        p = scipy.stats.mannwhitneyu(score[is_positive], score[~is_positive]).pvalue
    if min(n_positive, n_negative) < 2 or not 0 < value < 1:
        return value, np.nan, np.nan, p
    variance = 0
    among_all = scipy.stats.rankdata(score)
    for is_mine, n_others in ((is_positive, n_negative), (~is_positive, n_positive)):
        won = among_all[is_mine] - scipy.stats.rankdata(score[is_mine])
        variance += (won / n_others).var(ddof=1) / is_mine.sum()
    half = _z() * np.sqrt(variance) / (value * (1 - value))
    low, high = scipy.special.expit(
        scipy.special.logit(value) + np.array([-half, half])
    )
    return value, low, high, p


def precision(is_positive, score):
    """Compute the average precision as if pairs were independent.

    The interval is the logit one of Boyd, Eng and Page (2013,
    doi:10.1007/978-3-642-40994-3_29), the p value against the prevalence.

    Parameters
    ----------
    is_positive : numpy.ndarray of bool, shape (n_pairs,)
    score : numpy.ndarray of float, shape (n_pairs,)

    Returns
    -------
    value, ci_low, ci_high, p : float
    """
    n_positive = int(is_positive.sum())
    if len(score) < MIN_PAIRS or not 0 < n_positive < len(score):
        return UNDEFINED
    import sklearn.metrics

    value = sklearn.metrics.average_precision_score(is_positive, score)
    if value >= 1:
        return value, value, value, np.nan
    logit = scipy.special.logit
    se = 1 / np.sqrt(n_positive * value * (1 - value))
    low, high = scipy.special.expit(logit(value) + _z() * np.array([-se, se]))
    z = (logit(value) - logit(is_positive.mean())) / se
    return value, low, high, 2 * scipy.stats.norm.sf(abs(z))
