"""Reliability of measured effects: their variance without measurement error."""

import numpy as np

from endobench.design.units import P_VALUE


def reliability(pairs):
    """Return 1 - mean(se^2) / var(effect), and the number of pairs that it covers.

    A correlation divided by the square root of the reliability is corrected for
    attenuation by measurement error (Spearman 1904, doi:10.2307/1412159). Standard errors
    are those of effects, so p values in their place have no reliability.

    Parameters
    ----------
    pairs : pandas.DataFrame
        With ``effect``, ``effect_se`` and ``unit``; pairs without a standard error are
        left out.

    Returns
    -------
    value : float
        Missing without standard errors or for constant effects; below zero if the
        effects vary less than their errors.
    n : int
    """
    errors, effect = (
        pairs[name].to_numpy(dtype=float, na_value=np.nan)
        for name in ("effect_se", "effect")
    )
    has_error = (errors > 0) & (pairs["unit"] != P_VALUE).to_numpy(bool)
    errors, effect = errors[has_error], effect[has_error]
    if len(effect) < 2 or np.ptp(effect) == 0:
        return np.nan, len(effect)
    return 1 - (errors**2).mean() / effect.var(ddof=1), len(effect)
