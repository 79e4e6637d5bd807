"""Spearman's correlation, without `scipy.stats`, which takes longer to load than a job."""

import numpy as np
import pandas as pd


def spearman(one, other):
    """Return Spearman's correlation of two vectors.

    Parameters
    ----------
    one, other : array-like of float, shape (n,)

    Returns
    -------
    float
        Missing if either vector is constant or empty.
    """
    ranks = [
        pd.Series(np.asarray(each, float)).rank().to_numpy() for each in (one, other)
    ]
    if not len(ranks[0]) or min(map(np.ptp, ranks)) == 0:
        return np.nan
    return np.corrcoef(*ranks)[0, 1]
