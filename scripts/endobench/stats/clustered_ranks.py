"""Correlation of ranks in parts of some pairs, which are independent by cluster only.

The ranks are those of all pairs, so that parts and their rests share one scale.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

# Fewest pairs of a correlation.
MIN_PAIRS = 10
# Fisher's z is infinite at a correlation of 1.
_LIMIT = 0.999
_CONSTANT = 1e-12


class Agreement(NamedTuple):
    """Correlation of the ranks of effects and scores in some pairs.

    Attributes
    ----------
    rho : float
    influence : numpy.ndarray of float, shape (n_clusters,)
        Change of `rho` that each cluster causes; their squares sum to its variance.
    n, n_clusters : int
    """

    rho: float
    influence: np.ndarray
    n: int
    n_clusters: int


class Ranks:
    """Ranks of effects and scores, with sums of their products by cluster.

    Parameters
    ----------
    effect, score : numpy.ndarray of float, shape (n_pairs,)
    cluster : numpy.ndarray of int, shape (n_pairs,)
        Codes from 0.
    """

    def __init__(self, effect, score, cluster):
        self._cluster, self._n_clusters = cluster, cluster.max() + 1
        x, y = (
            pd.Series(each).rank().to_numpy() / len(each) for each in (effect, score)
        )
        x, y = x - x.mean(), y - y.mean()
        self._terms = np.ones_like(x), x, y, x * x, y * y, x * y

    def sums(self, rows):
        """Return the sums of n, x, y, xx, yy, xy of some pairs, (6, n_clusters)."""
        cluster = self._cluster[rows]
        return np.stack(
            [np.bincount(cluster, each[rows], self._n_clusters) for each in self._terms]
        )


def agreement(sums):
    """Return the `Agreement` of some pairs, or None for too few or for equal values.

    Parameters
    ----------
    sums : numpy.ndarray of float, shape (6, n_clusters)
        See `Ranks.sums`; those of a rest are the differences of two.
    """
    n, *means = sums.sum(axis=1)
    if n < MIN_PAIRS:
        return None
    mean_x, mean_y, xx, yy, xy = (each / n for each in means)
    var_x, var_y = xx - mean_x**2, yy - mean_y**2
    if min(var_x, var_y) < _CONSTANT:
        return None
    count, x, y, xx, yy, xy_sum = sums
    scale = np.sqrt(var_x * var_y)
    rho = (xy - mean_x * mean_y) / scale
    cross = xy_sum - mean_x * y - mean_y * x + mean_x * mean_y * count
    square_x = (xx - 2 * mean_x * x + mean_x**2 * count) / var_x
    square_y = (yy - 2 * mean_y * y + mean_y**2 * count) / var_y
    influence = (cross / scale - rho / 2 * (square_x + square_y)) / n
    return Agreement(rho, influence, int(n), int((count > 0).sum()))


def interval_of(part):
    """Return the 95 % confidence interval of an `Agreement`, from Fisher's z."""
    rho = np.clip(part.rho, -_LIMIT, _LIMIT)
    df = part.n_clusters - 1
    variance = (part.influence**2).sum() * part.n_clusters / df / (1 - rho**2) ** 2
    half = stdtrit(df, 0.975) * np.sqrt(max(variance, _analytic(rho, part.n)))
    return np.tanh(np.arctanh(rho) - half), np.tanh(np.arctanh(rho) + half)


def p_value(part, rest, least):
    """Test that the lower agreement is at least a share of the higher one.

    Parameters
    ----------
    part, rest : Agreement
    least : float
        The share, on Fisher's z scale. Variances are robust to correlation within
        clusters.
    """
    larger = part if abs(part.rho) > abs(rest.rho) else rest
    sign = -1 if larger.rho < 0 else 1
    high, low = (part, rest) if part.rho * sign > rest.rho * sign else (rest, part)
    rho_high, rho_low = (
        np.clip(each.rho * sign, -_LIMIT, _LIMIT) for each in (high, low)
    )
    gap = least * np.arctanh(rho_high) - np.arctanh(rho_low)
    influence = least * high.influence / (1 - rho_high**2)
    influence = influence - low.influence / (1 - rho_low**2)
    df = min(high.n_clusters, low.n_clusters) - 1
    variance = (influence**2).sum() * (df + 1) / df
    analytic = least**2 * _analytic(rho_high, high.n) + _analytic(rho_low, low.n)
    # Either part may be the lower one.
    return min(2 * float(stdtr(df, -gap / np.sqrt(max(variance, analytic)))), 1.0)


def _analytic(rho, n):
    """Return the variance of Fisher's z of independent pairs (Bonett and Wright 2000)."""
    return (1 + rho**2 / 2) / (n - 3)
