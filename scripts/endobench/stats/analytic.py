"""Estimates with the intervals that would hold for independent pairs.

Pairs in LD are not independent: these intervals serve to compute the design effect. A
function has the name of its metric in `design.metrics`; a metric may have none. The
chance of a metric that depends on the pairs is a function ``{name}_chance``. Effects are
relative to their null.
"""

import numpy as np
import scipy

CONFIDENCE = 0.95
MIN_PAIRS = 4
# A correlation that is nearer to 1 or -1 than this is there but for rounding.
_AT_LIMIT = 1e-12
_UNDEFINED = (np.nan, np.nan, np.nan)


def ranks_of(values, method="average"):
    """Return the ranks of a vector from 1, those of `scipy.stats.rankdata`.

    To load `scipy.stats` takes half a second, longer than a small benchmark computes.

    Parameters
    ----------
    values : array-like of float, shape (n,)
    method : {"average", "max"}
        What equal values get.

    Returns
    -------
    numpy.ndarray of float, shape (n,)
    """
    # As `pandas.Series.rank`, in a quarter of its time.
    values = np.asarray(values)
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    is_new = np.ones(len(values), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
    starts = np.flatnonzero(is_new)
    sizes = np.diff(starts, append=len(values))
    ends = starts + sizes
    ranks = (starts + 1 + ends) / 2 if method == "average" else ends.astype(float)
    found = np.empty(len(values))
    found[order] = np.repeat(ranks, sizes)
    return found


def spearman(effect, score):
    """Compute Spearman's correlation.

    The interval is Fisher's z with the variance of Bonett and Wright (2000,
    doi:10.1007/BF02294183).

    Parameters
    ----------
    effect, score : numpy.ndarray of float, shape (n_pairs,)

    Returns
    -------
    value, ci_low, ci_high : float
        Missing with fewer than `MIN_PAIRS` pairs or for a constant vector. The interval
        is also missing for a correlation of 1 or -1.
    n : int
        Number of pairs that the metric covers.
    """
    n = len(effect)
    if not _varies(effect, score):
        return (*_UNDEFINED, n)
    rho = np.corrcoef(ranks_of(effect), ranks_of(score))[0, 1]
    return *_with_fisher(rho, np.sqrt((1 + rho**2 / 2) / (n - 3))), n


def pearson(effect, score):
    """Compute Pearson's correlation with the interval of Fisher's z.

    Parameters and return values are those of `spearman`.
    """
    n = len(effect)
    if not _varies(effect, score):
        return (*_UNDEFINED, n)
    value = np.vecdot(_unit(effect), _unit(score))
    return *_with_fisher(value, 1 / np.sqrt(n - 3)), n


def _with_fisher(value, se):
    """Return a correlation with its interval, given the standard error of Fisher's z."""
    if 1 - abs(value) < _AT_LIMIT:
        # A sample that happens to agree perfectly does not make the truth certain.
        return np.sign(value), np.nan, np.nan
    half = normal_quantile() * se
    return value, *np.tanh(np.arctanh(value) + np.array([-half, half]))


def _unit(values):
    """Return the centred vector of length one, without overflow of large values."""
    centred = values - values.mean()
    most = np.abs(centred).max()
    return centred / (most * np.linalg.norm(centred / most, axis=-1))


def sign_agreement(effect, score):
    """Compute the share of equal signs among the pairs in which neither is null.

    The interval takes the numbers of positive effects and of positive scores as given,
    since they alone make signs agree; see `sign_agreement_chance`. It is Wilson's, for
    as many pairs as have the variance of the share at these numbers. Parameters and
    return values are those of `spearman`; the interval is missing if all effects or
    scores have one sign.
    """
    is_above, is_positive = _signs(effect, score)
    is_equal, n = is_above == is_positive, len(is_above)
    if n < MIN_PAIRS:
        return (*_UNDEFINED, n)
    value, chance = is_equal.mean(), sign_agreement_chance(effect, score)
    if np.isnan(chance):
        return value, np.nan, np.nan, n
    n_like = n
    if 0 < value < 1:
        weight = (value * (1 - value)) / (chance * (1 - chance))
        by_margins = (2 * is_positive.mean() - 1) * is_above
        by_margins = by_margins + (2 * is_above.mean() - 1) * is_positive
        n_like = n * value * (1 - value) / (is_equal - weight * by_margins).var()
    low, high = wilson(value, n_like)
    return value, low, high, n


def sign_agreement_chance(effect, score):
    """Return the share of equal signs that the shares of positive signs imply.

    Missing with fewer than `MIN_PAIRS` pairs, or if all effects or all scores have one
    sign: then the agreement says nothing of their relation. Parameters are those of
    `spearman`.
    """
    is_above, is_positive = _signs(effect, score)
    if len(is_above) < MIN_PAIRS or np.ptp(is_above) == 0 or np.ptp(is_positive) == 0:
        return np.nan
    return agreement_by_chance(is_above.mean(), is_positive.mean())


def agreement_by_chance(of_effects, of_scores):
    """Return the share of equal signs that the shares of positive signs imply.

    Parameters
    ----------
    of_effects, of_scores : float or numpy.ndarray
        Share of the effects above their null, and of the scores above zero.
    """
    return of_effects * of_scores + (1 - of_effects) * (1 - of_scores)


def _signs(effect, score):
    """Return the signs of the pairs in which neither is null, as 0 or 1."""
    is_signed = (effect != 0) & (score != 0)
    return (effect[is_signed] > 0).astype(int), (score[is_signed] > 0).astype(int)


def wilson(share, n):
    """Return Wilson's interval of a share of n (1927, doi:10.2307/2276774).

    Parameters
    ----------
    share, n : float

    Returns
    -------
    ci_low, ci_high : float
    """
    z = normal_quantile()
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # Rounding must not move an end beyond the range.
    low = 0.0 if share == 0 else centre - half
    return low, 1.0 if share == 1 else centre + half


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
    exchanging the classes mirrors it.

    Parameters
    ----------
    is_positive : numpy.ndarray of bool, shape (n_pairs,)
    score : numpy.ndarray of float, shape (n_pairs,)

    Returns
    -------
    value, ci_low, ci_high : float
        Missing with fewer than `MIN_PAIRS` pairs or a single class. The interval is also
        missing with fewer than two pairs of a class, for an area of 0 or 1, and for
        classes between which the scores do not vary.
    n : int
    """
    n, n_positive = len(score), int(is_positive.sum())
    n_negative = n - n_positive
    if n < MIN_PAIRS or not n_positive or not n_negative:
        return (*_UNDEFINED, n)
    of_positives = ranks_of(score)[is_positive].sum()
    value = (of_positives - n_positive * (n_positive + 1) / 2) / (
        n_positive * n_negative
    )
    if min(n_positive, n_negative) < 2 or not 0 < value < 1:
        return value, np.nan, np.nan, n
    se = np.sqrt(_delong_variance(is_positive, score))
    if se == 0:
        return value, np.nan, np.nan, n
    half = normal_quantile() * se / (value * (1 - value))
    low, high = scipy.special.expit(
        scipy.special.logit(value) + np.array([-half, half])
    )
    return value, low, high, n


def auprc(is_positive, score):
    """Compute the average precision.

    The interval is the logit one of Boyd, Eng and Page (2013,
    doi:10.1007/978-3-642-40994-3_29). The p value is against `auprc_chance`.
    Parameters are those of `auroc`.

    Returns
    -------
    value, ci_low, ci_high : float
        Missing with fewer than `MIN_PAIRS` pairs or a single class; the interval also for
        a value of 1.
    n : int
    """
    n, n_positive = len(score), int(is_positive.sum())
    if n < MIN_PAIRS or not 0 < n_positive < n:
        return (*_UNDEFINED, n)
    # The rank of each positive from the top, among the positives and among all.
    of_positives = ranks_of(-score[is_positive], "max")
    of_all = ranks_of(-score, "max")[is_positive]
    value = (of_positives / of_all).mean()
    if value >= 1:
        return value, np.nan, np.nan, n
    logit = scipy.special.logit
    se = 1 / np.sqrt(n_positive * value * (1 - value))
    half = normal_quantile() * np.array([-se, se])
    low, high = scipy.special.expit(logit(value) + half)
    return value, low, high, n


def auprc_chance(is_positive, score):
    """Return the average precision expected if labels are permuted among the pairs.

    It exceeds the prevalence, the less the more pairs there are (Bestgen 2015,
    doi:10.1515/pralin-2015-0007), and equals it if all scores are equal. Parameters are
    those of `auroc`; missing with fewer than `MIN_PAIRS` pairs or a single class.
    """
    n, n_positive = len(score), int(is_positive.sum())
    if n < MIN_PAIRS or not 0 < n_positive < n:
        return np.nan
    # The rank of each pair from the top; equal scores share the last rank.
    first = (1 / ranks_of(-score, "max")).mean()
    others = (n_positive - 1) / (n - 1)
    return others + (1 - others) * first


def _varies(effect, score):
    return len(effect) >= MIN_PAIRS and np.ptp(effect) > 0 and np.ptp(score) > 0


def normal_quantile():
    """Return how many standard errors the interval extends to either side."""
    return scipy.special.ndtri(0.5 + CONFIDENCE / 2)


def _delong_variance(is_positive, score):
    """Return the variance of the area under the ROC curve of two classes."""
    variance = 0
    among_all = ranks_of(score)
    for is_own in (is_positive, ~is_positive):
        wins = among_all[is_own] - ranks_of(score[is_own])
        n_own = is_own.sum()
        n_other = len(score) - int(n_own)
        variance += (wins / n_other).var(ddof=1) / n_own
    return variance
