"""Mixtures of features that agree with a score and of features that oppose it."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln

# Cosines of -1 and 1 have no finite density.
_EDGE = 0.005
# Keeps parameters that the data do not determine near 0.
_RIDGE = 0.01
# Logarithms of the shapes: those of the first distribution, and of the symmetric one.
_STARTS = ((1.0, 0.0, 0.5), (2.0, 0.7, 0.0), (2.5, 1.0, -0.5), (1.0, 0.3, 1.5))


class Mirrored(NamedTuple):
    """How well a mixture with mirrored features describes the cosines.

    Attributes
    ----------
    gain : float
        Twice the gain in log-likelihood over the mixture without them, at least 0.
    share : float
        Share of the mirrored features, at most 0.5.
    """

    gain: float
    share: float


def mirrored_share(cosine):
    """Estimate the share of features whose agreement is that of others, mirrored.

    (1 + cosine) / 2 is a mixture of two beta distributions: one of any shape, and a
    symmetric one of features that are unrelated to the score. The alternative adds the
    mirror image of the first. Both are fitted by maximum likelihood. Without mirrored
    features, twice the gain is 0 in half of all data and follows a chi-squared
    distribution with one degree of freedom in the others (Self and Liang 1987,
    doi:10.1080/01621459.1987.10478472).

    Parameters
    ----------
    cosine : numpy.ndarray of float, shape (n_features,)
        Between -1 and 1.

    Returns
    -------
    Mirrored
    """
    t = np.clip((1 + cosine) / 2, _EDGE, 1 - _EDGE)
    log_t, log_rest = np.log(t), np.log1p(-t)

    def densities(logs):
        first, second, both = np.exp(np.clip(logs[:3], -3, 5))
        shapes = [(first, second), (both, both), (second, first)]
        return [
            np.exp((a - 1) * log_t + (b - 1) * log_rest - betaln(a, b))
            for a, b in shapes
        ]

    def weights(logs):
        raw = np.exp(np.r_[0, np.clip(logs[3:], -20, 20)])
        return raw / raw.sum()

    def loss(logs):
        mixed = sum(w * d for w, d in zip(weights(logs), densities(logs), strict=False))
        return -np.log(mixed + 1e-300).sum()

    def fitted(n_weights):
        fits = [
            minimize(
                lambda logs: loss(logs) + _RIDGE * (logs @ logs),
                np.r_[start, np.full(n_weights, -1.0)],
                method="Nelder-Mead",
                options={"maxiter": 2_000},
            )
            for start in _STARTS
        ]
        return min(fits, key=lambda fit: fit.fun).x

    without, mirrored = fitted(1), fitted(2)
    gain = max(2 * (loss(without) - loss(mirrored)), 0.0)
    share = float(weights(mirrored)[2])
    return Mirrored(float(gain), min(share, 1 - share))
