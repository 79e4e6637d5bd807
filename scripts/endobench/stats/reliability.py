"""How much of what effects vary by is not their measurement's error."""

import numpy as np


def reliability(pairs):
    """Return 1 - mean(se^2) / var(effect), and of how many pairs it is.

    A correlation over its square root is what it would be without the errors (Spearman
    1904, doi:10.2307/1412159). The errors are those of the effects, so that p values
    taken for effects have none.

    Parameters
    ----------
    pairs : pandas.DataFrame
        With ``effect``, ``effect_se`` and ``unit``; pairs without an error are left out.

    Returns
    -------
    value : float
        Missing where no error is known or the effects do not vary; below zero where
        they vary less than their errors.
    n : int
    """
    has_error = (pairs["effect_se"] > 0) & (pairs["unit"].astype(str) != "p_value")
    errors = pairs.loc[has_error, "effect_se"].astype(float)
    effect = pairs.loc[has_error, "effect"].astype(float)
    if len(effect) < 2 or np.ptp(effect) == 0:
        return np.nan, len(effect)
    return 1 - (errors**2).mean() / effect.var(), len(effect)
