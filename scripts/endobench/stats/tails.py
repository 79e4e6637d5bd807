"""How far a value may be from the truth if its errors are skewed or have heavy tails."""

from typing import NamedTuple

import numpy as np
import scipy

# No more can be known of a skewness.
_MOST_SKEWED = 1 / 3


class Spread(NamedTuple):
    """How far a value may be from the truth, on the scale of its interval.

    Attributes
    ----------
    se, degrees : float
        Standard error, and degrees of freedom of Student's t.
    below, above : float
        Factors of the interval's ends below and above the value.
    """

    se: float
    degrees: float
    below: float = 1.0
    above: float = 1.0


def with_heavy_tails(spread, left_out, confidence):
    """Widen a spread where few blocks decide the value, as they do with heavy tails.

    The standard error is at least that of the jackknife over blocks (Efron and Stein
    1981, doi:10.1214/aos/1176345462). Its degrees of freedom are those of a variance
    estimated from contributions with the kurtosis that the blocks have (Satterthwaite
    1946, doi:10.2307/3002019). The end on the side of the skewness is moved by Johnson's
    correction (1978, doi:10.1080/01621459.1978.10480051), the other end is kept.

    Parameters
    ----------
    spread : Spread
    left_out : numpy.ndarray of float, shape (n_blocks,)
        The value without each of the blocks that hold pairs, on the scale of the spread.
    confidence : float

    Returns
    -------
    Spread
        The same one if the value is undefined without some block.
    """
    changes = left_out.mean() - left_out
    square = (changes**2).sum()
    if not np.isfinite(square) or square == 0:
        return spread
    n = len(changes)
    se = np.sqrt((n - 1) / n * square)
    # Of normal contributions, n.
    excess = (changes**4).sum() / square**2 - 1 / n
    of_kurtosis = 2 / excess if excess > 0 else np.inf
    skewness = (changes**3).sum() / square**1.5
    degrees = min(spread.degrees, max(of_kurtosis, 1.0))
    ends = towards(skewness, spread.degrees, degrees, confidence)
    return Spread(max(spread.se, se), degrees, *ends)


def towards(skewness, usual_degrees, degrees, confidence):
    """Return the factors of both ends that Johnson's correction (1978) has.

    Parameters
    ----------
    skewness : float
        Of the value; only the end on its side is moved.
    usual_degrees, degrees : float
        Of the correction, and of the interval.
    confidence : float
    """
    skewness = np.clip(skewness, -_MOST_SKEWED, _MOST_SKEWED)
    quantile, least = (
        scipy.special.stdtrit(each, 0.5 + confidence / 2)
        for each in (usual_degrees, degrees)
    )
    stretch = 1 + abs(skewness) * (1 + 2 * quantile**2) / 6 / least
    return (stretch, 1.0) if skewness < 0 else (1.0, stretch)
