"""Agreement of effects with scores of genes, one pair of each variant."""

import numpy as np
import pandas as pd

from endobench.gates.verdicts import MIN_ROWS

Z = 1.96


def leads_of(pairs):
    """Return one pair of each variant: that of the smallest p value.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``variant_id, feature_id, p_value``; its rows are numbered anew.

    Returns
    -------
    pandas.DataFrame
        Indexed by the number of each row among the pairs.
    """
    rows = pairs.reset_index(drop=True)
    order = rows.sort_values(["p_value", "variant_id", "feature_id"])
    return order.drop_duplicates("variant_id")


def gain(effect, own, other, z=Z):
    """Return both Spearman correlations and the upper end of their difference.

    With ranks of both scores, the difference is the mean of products, whose spread over
    the variants gives the interval.

    Parameters
    ----------
    effect, own, other : array-like of float, shape (n_variants,)
    z : float
        Half of the interval's width, in standard errors.

    Returns
    -------
    tuple of float or None
        None with too few rows, or if anything is constant.
    """
    if len(effect) < MIN_ROWS:
        return None
    effect, own, other = (_ranks(each) for each in (effect, own, other))
    if not all(map(np.ptp, (effect, own, other))):
        return None
    products = [effect * each for each in (own, other)]
    difference = products[0] - products[1]
    high = difference.mean() + z * difference.std(ddof=1) / np.sqrt(len(effect))
    return products[0].mean(), products[1].mean(), high


def spearman(x, y):
    """Return Spearman's correlation; missing of few rows, or if either is constant."""
    if len(x) < MIN_ROWS or not (np.ptp(x) and np.ptp(y)):
        return np.nan
    return (_ranks(x) * _ranks(y)).mean()


def _ranks(values):
    """Return standardised ranks, whose mean product is Spearman's correlation."""
    ranks = pd.Series(np.asarray(values, dtype=float)).rank().to_numpy()
    return (ranks - ranks.mean()) / (ranks.std() or 1)
