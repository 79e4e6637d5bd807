"""The order of the lines of a source: by place, or by effects and their evidence?"""

import numpy as np
import pandas as pd

_RANKED_BY = ("effect", "effect_se", "p_value", "pip", "maf")
# Of a table in order of a number, at most this share of the steps goes the other way.
_MOST_TURNS, _FEWEST_STEPS = 0.1, 30


def is_ranked(pairs):
    """Return whether the lines of the source are in order of effects or their evidence.

    A table may be sorted as a whole, on each chromosome, or by the best pair of each
    feature. Pairs of its first lines then differ from others, and agree better.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.

    Returns
    -------
    bool
    """
    names = [name for name in _RANKED_BY if name in pairs]
    if "source_line" not in pairs or not names:
        return False
    rows = pairs[names].astype(float)
    line = pairs["source_line"].to_numpy(dtype=float, na_value=np.nan)
    order = np.argsort(line, kind="stable")[: np.isfinite(line).sum()]
    if {"effect", "effect_se"} <= set(names):
        with np.errstate(divide="ignore", invalid="ignore"):
            rows["z"] = (rows["effect"] / rows["effect_se"]).abs()
    if "effect" in rows:
        rows["size"] = rows["effect"].abs()
    rows = rows.iloc[order]
    feature = pairs["feature_id"].astype(object).to_numpy()[order]
    of_feature = rows.groupby(pd.factorize(feature)[0])
    numbers = [rows, of_feature.transform("min"), of_feature.transform("max")]
    for values in pd.concat(numbers, axis=1).to_numpy().T:
        steps = np.diff(values[np.isfinite(values)])
        n_up, n_down = (steps > 0).sum(), (steps < 0).sum()
        is_long = n_up + n_down >= _FEWEST_STEPS
        if is_long and min(n_up, n_down) <= _MOST_TURNS * (n_up + n_down):
            return True
    return False
