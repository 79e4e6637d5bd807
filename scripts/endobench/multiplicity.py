"""Many tests at once: what a p value is worth among the others."""

import pandas as pd
import scipy


def adjusted(p):
    """Adjust p values for their number (Benjamini and Hochberg 1995).

    Parameters
    ----------
    p : pandas.Series of float, shape (n,)
        Missing where nothing was tested, which counts for nothing.

    Returns
    -------
    pandas.Series of float, shape (n,)
        Missing where `p` is.
    """
    tested = p.dropna().astype(float).clip(0, 1)
    if tested.empty:
        return p.astype(float)
    found = scipy.stats.false_discovery_control(tested)
    return pd.Series(found, index=tested.index).reindex(p.index)
