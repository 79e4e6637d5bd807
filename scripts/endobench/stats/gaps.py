"""How much better scores agree with effects among some pairs than among the others."""

import numpy as np

from endobench.stats.rank_correlation import spearman

# Fewer pairs have no correlation worth comparing.
MIN_ROWS = 30
# Of a two-sided 95 % interval.
_Z = 1.96


def gap_between(effect, score, is_kept):
    """Return the difference of Spearman's correlation between two parts of the pairs.

    The interval is that of two independent correlations, with the variances of Bonett and
    Wright (2000, doi:10.1007/BF02294183).

    Parameters
    ----------
    effect, score : array-like of float, shape (n_pairs,)
    is_kept : array-like of bool, shape (n_pairs,)

    Returns
    -------
    low : float
        Lower end of the 95 % interval of the correlation among the kept pairs minus that
        among the others.
    kept, others : float
        Both correlations.

    Notes
    -----
    None is returned where either part has fewer than 30 pairs or does not vary.
    """
    effect, score = (np.asarray(each, dtype=float) for each in (effect, score))
    is_kept = np.asarray(is_kept, dtype=bool)
    values, variance = [], 0.0
    for mask in (is_kept, ~is_kept):
        n, rho = np.count_nonzero(mask), spearman(effect[mask], score[mask])
        if n < MIN_ROWS or np.isnan(rho):
            return None
        values.append(rho)
        variance += (1 - rho**2) ** 2 * (1 + rho**2 / 2) / (n - 3)
    return values[0] - values[1] - _Z * np.sqrt(variance), *values
