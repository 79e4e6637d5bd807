"""Pairs that become one when indels are left-aligned."""

import numpy as np
import pandas as pd

# Reasons to drop a pair: another one of the same variant and feature has the same effect,
# another effect, or one of the opposite sign.
ALIGNED = "duplicate_after_alignment"
ALIGNED_CONFLICT = "conflict_after_alignment"
ALIGNED_OPPOSITE = "opposite_sign_after_alignment"
# Reporter assays measure each designed sequence, so that equal ones are replicates.
_REPLICATES = "reporter"
_KEYS = ["variant_id", "feature_id"]
_NUMBERS = ("effect", "effect_se", "p_value")
# Relative difference allowed between two records of one number.
_ROUNDING = 1e-6


def repeated_pairs(pairs, null=0.0):
    """Find pairs of one variant and feature that the source writes as several variants.

    A deletion within a run of one base can be written at each base of the run; all of
    these are the same variant once they are left-aligned.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    null : float
        Value of no effect.

    Returns
    -------
    pandas.Series of object
        The reason to drop a pair, else missing. Of pairs with equal numbers the first
        line of the source is kept. Of pairs with other numbers none is, since it is
        unknown which is right. Replicates of a reporter assay are all kept.
    """
    reason = pd.Series(None, index=pairs.index, dtype=object)
    is_repeated = pairs.duplicated(_KEYS, keep=False)
    is_repeated &= pairs["feature_id"].astype(object) != _REPLICATES
    if not is_repeated.any():
        return reason
    rows = pairs[is_repeated].sort_values("source_line", kind="stable")
    rows = rows.assign(**{name: rows[name].astype(object) for name in _KEYS})
    groups = rows.groupby(_KEYS, sort=False)
    is_conflict = pd.Series(False, index=rows.index)
    for name in _NUMBERS:
        values = rows[name].astype(float)
        low, high = (
            groups[name].transform(each).astype(float) for each in ("min", "max")
        )
        size = np.maximum(low.abs(), high.abs())
        is_conflict |= high - low > _ROUNDING * size
        n_known = values.notna().groupby([rows[key] for key in _KEYS]).transform("sum")
        is_conflict |= (n_known > 0) & (n_known < groups[name].transform("size"))
    low, high = (groups["effect"].transform(each) for each in ("min", "max"))
    is_opposite = is_conflict & (low < null) & (high > null)
    reason[rows.index[rows.duplicated(_KEYS)]] = ALIGNED
    reason[is_conflict.index[is_conflict]] = ALIGNED_CONFLICT
    reason[is_opposite.index[is_opposite]] = ALIGNED_OPPOSITE
    return reason
