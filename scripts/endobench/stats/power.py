"""Power: the smallest correlation that the test of an interval would find."""

import numpy as np
import scipy

from endobench.stats.bootstrap import LEVEL

POWER = 0.8
# A larger correlation is as good as none that can be found.
MOST = 0.99
# The range shrinks to less than the rounding of its ends.
_HALVINGS = 52
_CHI_SQUARE_POINTS = (np.arange(2_000) + 0.5) / 2_000


def detectable_spearman(n_eff, degrees):
    """Return the smallest Spearman correlation that is found with 80 % power.

    The test is that of `bootstrap.interval`, two-sided at 5 %: Student's t with as many
    degrees of freedom, on the inverse hyperbolic tangent. The variance is that of Bonett
    and Wright (2000, doi:10.1007/BF02294183) at the correlation to be found.

    Parameters
    ----------
    n_eff : float
        The effective number of pairs.
    degrees : float
        The effective number of blocks minus one.

    Returns
    -------
    float
        Missing if it is above `MOST`: with few blocks, no correlation is found.
    """
    if not (n_eff > 3 and degrees > 0):
        return np.nan
    n_errors = _distance(degrees) / np.sqrt(n_eff - 3)

    def excess(rho):
        return np.arctanh(rho) - n_errors * np.sqrt(1 + rho**2 / 2)

    if excess(MOST) < 0:
        return np.nan
    return _root(excess, 0.0, MOST)


def _distance(degrees):
    """Return how many standard errors from the null a value is found with the power."""
    limit = scipy.special.stdtrit(degrees, 1 - LEVEL / 2)
    # The standard error is estimated: its square varies as a chi-square does.
    half = degrees / 2
    spread = scipy.special.gammaincinv(half, _CHI_SQUARE_POINTS) / half
    limits = limit * np.sqrt(spread)

    def excess(distance):
        found = scipy.special.ndtr(distance - limits)
        return (found + scipy.special.ndtr(-distance - limits)).mean() - POWER

    highest = 2.0
    while excess(highest) < 0:
        highest *= 2
    return _root(excess, 0.0, highest)


def _root(function, low, high):
    """Return the root of an increasing function by halving the range.

    To load `scipy.optimize` takes longer than the search.
    """
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if function(middle) > 0 else (middle, high)
    return (low + high) / 2
