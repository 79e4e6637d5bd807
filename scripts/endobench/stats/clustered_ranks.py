"""Correlation of ranks in parts of some pairs, which are independent by cluster only.

The ranks are those of all pairs, so that parts and their rests share one scale.
"""

import math
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
        self._terms = x, y, x * x, y * y, x * y

    def sums(self, rows):
        """Return the sums of n, x, y, xx, yy, xy of some pairs, (6, n_clusters)."""
        cluster, n = self._cluster[rows], self._n_clusters
        result = np.empty((1 + len(self._terms), n))
        result[0] = np.bincount(cluster, minlength=n)
        for place, each in enumerate(self._terms, start=1):
            result[place] = np.bincount(cluster, each[rows], n)
        return result


def agreement(sums):
    """Return the `Agreement` of some pairs, or None for too few or for equal values.

    Parameters
    ----------
    sums : numpy.ndarray of float, shape (6, n_clusters)
        See `Ranks.sums`; those of a rest are the differences of two.
    """
    n, *totals = sums.sum(axis=1).tolist()
    if n < MIN_PAIRS:
        return None
    mean_x, mean_y, xx, yy, xy = (each / n for each in totals)
    var_x, var_y = xx - mean_x**2, yy - mean_y**2
    if min(var_x, var_y) < _CONSTANT:
        return None
    scale = math.sqrt(var_x * var_y)
    rho = (xy - mean_x * mean_y) / scale
    # By cluster: the sums of x y, x x and y y of centred values, weighted.
    of_xx, of_yy = rho / (2 * var_x), rho / (2 * var_y)
    weights = [
        mean_x * mean_y / scale - of_xx * mean_x**2 - of_yy * mean_y**2,
        2 * of_xx * mean_x - mean_y / scale,
        2 * of_yy * mean_y - mean_x / scale,
        -of_xx,
        -of_yy,
        1 / scale,
    ]
    influence = np.array(weights) @ sums / n
    return Agreement(rho, influence, int(n), int(np.count_nonzero(sums[0] > 0)))


def interval_of(part):
    """Return the 95 % confidence interval of an `Agreement`, from Fisher's z."""
    rho = _limited(part.rho)
    df = part.n_clusters - 1
    variance = _squares(part.influence) * part.n_clusters / df / (1 - rho**2) ** 2
    half = float(stdtrit(df, 0.975)) * math.sqrt(max(variance, _analytic(rho, part.n)))
    return math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half)


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
    rho_high, rho_low = (_limited(each.rho * sign) for each in (high, low))
    gap = least * math.atanh(rho_high) - math.atanh(rho_low)
    influence = least * high.influence / (1 - rho_high**2)
    influence = influence - low.influence / (1 - rho_low**2)
    df = min(high.n_clusters, low.n_clusters) - 1
    variance = _squares(influence) * (df + 1) / df
    analytic = least**2 * _analytic(rho_high, high.n) + _analytic(rho_low, low.n)
    # Either part may be the lower one.
    return min(2 * float(stdtr(df, -gap / math.sqrt(max(variance, analytic)))), 1.0)


def _limited(rho):
    return min(max(rho, -_LIMIT), _LIMIT)


def _squares(values):
    return float(values @ values)


def _analytic(rho, n):
    """Return the variance of Fisher's z of independent pairs (Bonett and Wright 2000)."""
    return (1 + rho**2 / 2) / (n - 3)
