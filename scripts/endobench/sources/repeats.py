"""Pairs of variant and feature that a table has more than once."""

import pandas as pd

from endobench.sources.published_formats import NUMBERS


def repeats(effects):
    """Find repeated pairs of variant and feature.

    Parameters
    ----------
    effects : pandas.DataFrame
        With ``variant_id`` and ``feature_id``.

    Returns
    -------
    pandas.Series of str
        "conflicting_duplicate" for all occurrences of a pair whose numbers differ;
        "in_several_credible_sets" for all but the one with the largest PIP if they
        differ in nothing else; "duplicate" for all but the first occurrence of a pair
        with equal numbers; else missing.
    """
    keys = ["variant_id", "feature_id"]
    reason = pd.Series(pd.NA, index=effects.index, dtype="string")
    repeated = effects.duplicated(keys, keep=False)
    if repeated.any():
        values = [name for name in NUMBERS if name in effects]
        same = effects[repeated].groupby(keys, observed=True)[values]
        differs = same.transform("nunique", dropna=False).gt(1)
        conflict = differs.drop(columns="pip", errors="ignore").any(axis=1)
        reason[conflict.index[conflict]] = "conflicting_duplicate"
        rest = effects[reason.isna()]
        if "pip" in rest:
            rest = rest.sort_values("pip", ascending=False, kind="stable")
        again = rest.duplicated(keys)
        again = again.index[again]
        reason[again] = "duplicate"
        if "pip" in differs:
            in_several = again.intersection(differs.index[differs["pip"]])
            reason[in_several] = "in_several_credible_sets"
    return reason
