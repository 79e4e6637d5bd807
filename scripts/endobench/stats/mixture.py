"""The share of pairs in which a score has the wrong sign, from sizes and signs.

Agreement that is merely weak, or that of unrelated pairs, has wrong signs where the effect
or the score is small. Among the largest of both nearly all signs agree, unless some signs
are flipped.
"""

import functools
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri, xlogy

# Sizes of effects and scores above this quantile, and the bins of each.
LARGE = 0.6
_N_BINS = 20
FEWEST = 100
# Correlations that are mixed without flips: any that are not negative.
_RHO = np.r_[np.arange(0, 0.95, 0.05), 0.93, 0.96, 0.98][:, None]
_SHARES = np.r_[0, 0.005, np.arange(1, 10) / 100, np.arange(10, 51, 2) / 100]
_N_STEPS = 200
# After so many steps, and again as many, shares are left that cannot matter.
_STEPS_OF_CHECK = 10
# Twice the loss in log-likelihood at the lower bound, which is exceeded by chance in 0.5 %.
_LOSS = 6.63
# Twice the gain over no opposite signs below which there are none: if most large pairs
# agree in sign, and if not. Of 720 simulated tables without any agreement the largest gain
# was 11.2; those with agreement and without flips have at most 1.
_LEAST_GAIN, _LEAST_GAIN_OF_NULL = 9.0, 20.0
_Z = 3


class Opposite(NamedTuple):
    """How many signs are wrong.

    Attributes
    ----------
    share : float
        Estimated share of all pairs, at most 0.5.
    low : float
        Its lower one-sided 99.5 % bound.
    n, n_opposite : int
        Pairs with large effects and scores, and those of them with opposite signs.
    """

    share: float
    low: float
    n: int
    n_opposite: int


def opposite_share(effect, score):
    """Estimate the share of pairs with a flipped sign.

    Effects and scores are transformed to normal scores of their sizes, with their signs.
    Pairs of which both sizes are in the largest 40 % are described by a mixture of
    bivariate normal distributions with any correlations of at least 0, as maximum
    likelihood chooses them. In the alternative a share of the pairs is mirrored.

    Parameters
    ----------
    effect, score : numpy.ndarray of float, shape (n,)
        Relative to their nulls.

    Returns
    -------
    Opposite or None
        None with fewer than `FEWEST` such pairs.
    """
    bins = [_bins_of_size(each) for each in (effect, score)]
    product = np.sign(effect) * np.sign(score)
    is_large = (bins[0] >= 0) & (bins[1] >= 0) & (product != 0)
    n = int(is_large.sum())
    if n < FEWEST:
        return None
    # A cell is as probable as that of the sizes exchanged: both are counted as one.
    cell = (np.minimum(*bins) * _N_BINS + np.maximum(*bins))[is_large]
    is_same = product[is_large] > 0
    counts = np.stack(
        [np.bincount(cell[each], minlength=_N_BINS**2) for each in (is_same, ~is_same)]
    )
    fits = _log_likelihoods(counts)
    best = int(np.argmax(fits))
    losses = 2 * (fits[best] - fits)
    n_opposite = int((~is_same).sum())
    is_agreeing = n - 2 * n_opposite > _Z * np.sqrt(n)
    least = _LEAST_GAIN if is_agreeing else _LEAST_GAIN_OF_NULL
    low = _SHARES[(losses <= _LOSS).argmax()] if losses[0] > least else 0.0
    return Opposite(float(_SHARES[best]), float(low), n, n_opposite)


def _bins_of_size(values):
    """Return the bin of each size above the quantile `LARGE`, or -1."""
    rank = pd.Series(np.abs(values)).rank().to_numpy() / (len(values) + 1)
    place = np.floor((rank - LARGE) / (1 - LARGE) * _N_BINS).astype(int)
    return np.where(rank > LARGE, place, -1)


@functools.cache
def _probabilities():
    """Return the probabilities of all cells with equal and with opposite signs.

    The shape is (2, n_correlations, n_cells); for a correlation, they sum to 1.
    """
    middle = LARGE + (1 - LARGE) * (np.arange(_N_BINS) + 0.5) / _N_BINS
    size = ndtri((1 + middle) / 2)
    x, y = (each.ravel() for each in np.meshgrid(size, size, indexing="ij"))
    rest = 1 - _RHO**2
    squares, product = _RHO**2 * (x * x + y * y), 2 * _RHO * x * y
    cells = np.stack(
        [np.exp(-(squares - sign * product) / (2 * rest)) for sign in (1, -1)]
    )
    return cells / cells.sum(axis=(0, 2))[:, None]


def _log_likelihoods(counts):
    """Fit the weights of the correlations by expectation maximisation, for each share.

    Parameters
    ----------
    counts : numpy.ndarray of int, shape (2, n_cells)
        Pairs with equal and with opposite signs.

    Returns
    -------
    numpy.ndarray of float, shape (n_shares,)
        Shares that cannot come near the best one are left before they are fitted.
    """
    is_seen = counts.any(axis=0)
    n_pairs = counts.sum()
    counts = counts[:, None, is_seen].astype(float)
    cells = np.ascontiguousarray(_probabilities()[:, :, is_seen])
    back = np.ascontiguousarray(cells.transpose(0, 2, 1))
    weights = np.full((len(_SHARES), len(_RHO)), 1 / len(_RHO))
    open_shares, fits = np.arange(len(_SHARES)), np.empty(len(_SHARES))
    for step in range(1, _N_STEPS + 1):
        shares = _SHARES[open_shares, None]
        found = _mirrored(weights @ cells, shares)
        slopes = (_mirrored(counts / found, shares) @ back).sum(axis=0)
        weights *= slopes / n_pairs
        if step % _STEPS_OF_CHECK == 0:
            fits[open_shares] = fit = xlogy(counts, found).sum(axis=(0, 2))
            # The logarithm is concave: no weights exceed the steepest slope.
            highest = fit + slopes.max(axis=1) - n_pairs
            is_open = 2 * (fit.max() - highest) <= _LEAST_GAIN_OF_NULL
            weights, open_shares = weights[is_open], open_shares[is_open]
    found = _mirrored(weights @ cells, _SHARES[open_shares, None])
    fits[open_shares] = xlogy(counts, found).sum(axis=(0, 2))
    return fits


def _mirrored(values, share):
    """Exchange a share of the values of equal and of opposite signs, for each share.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (2, n_shares, n_cells)
    share : numpy.ndarray of float, shape (n_shares, 1)
    """
    return (1 - share) * values + share * values[::-1]
