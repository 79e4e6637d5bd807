"""Lead variants by the source: the best of all rows of a feature, scored or not."""

import pandas as pd
import pyarrow as pa

from endobench.benchmark.strata import is_unnamed

# What `is_source_lead` reads, and what it keeps of each feature.
COLUMNS = ["feature_id", "pip", "p_value", "effect", "feature_min_p"]
_BEST = [
    ("pip", "max"),
    ("p_value", "min"),
    ("effect", "min"),
    ("effect", "max"),
    ("feature_min_p", "min"),
]
_SCHEMA = pa.schema(
    [("feature_id", pa.string()), *((f"{a}_{b}", pa.float64()) for a, b in _BEST)]
)
_MANY = 1_000_000
# The source may round the smallest p value of a feature.
_ROUNDING = 1e-4


def best_of_features(parts):
    """Return the best values of each feature, among all rows of the source.

    Parameters
    ----------
    parts : iterable of pyarrow.Table
        With the columns `COLUMNS`, in this order.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``feature_id``: ``pip_max, p_value_min, effect_min, effect_max`` and
        ``feature_min_p_min``, the smallest p value that the source reports.
    """
    found = [_SCHEMA.empty_table()]
    for part in parts:
        found.append(_best(part))
        if sum(map(len, found)) > 2 * len(found[0]) + _MANY:
            found = [_merged(found)]
    return _merged(found).to_pandas().set_index("feature_id")


def is_source_lead(pairs, best, null=0.0):
    """Return which pairs no row of the source exceeds, as a lead of their feature.

    As for `strata.is_lead`, the highest posterior inclusion probability decides or,
    without any in a feature, the smallest p value or else the largest effect. The
    smallest p value that the source reports for a feature counts too, if no row has it.

    Parameters
    ----------
    pairs : pandas.DataFrame
        With the columns `COLUMNS`.
    best : pandas.DataFrame
        See `best_of_features`.
    null : float
        Value of no effect.

    Returns
    -------
    pandas.Series of bool
        By the index of `pairs`; of several equally good pairs, each counts. Missing for
        a table without features, whose variants are all leads.
    """
    features = pairs["feature_id"].astype(str)
    if is_unnamed(features):
        return pd.Series(pd.NA, index=pairs.index, dtype="boolean")
    best = best.loc[features].set_index(pairs.index)
    pip, p_value, effect = (
        pairs[name].astype(float) for name in ("pip", "p_value", "effect")
    )
    has_pip, has_p = best["pip_max"].notna(), best["p_value_min"].notna()
    least = best[["p_value_min", "feature_min_p_min"]].min(axis=1)
    size = pd.concat(
        [(best[name] - null).abs() for name in ("effect_min", "effect_max")], axis=1
    ).max(axis=1)
    by_p = p_value <= least * (1 + _ROUNDING)
    by_size = (effect - null).abs() >= size
    found = by_p.where(has_p, by_size).where(~has_pip, pip >= best["pip_max"])
    return found.astype("boolean")


def _best(part, columns=_BEST):
    """Return the best values of each feature of a table."""
    part = part.set_column(0, "feature_id", part["feature_id"].cast(pa.string()))
    found = part.group_by("feature_id", use_threads=False).aggregate(columns)
    return found.rename_columns(_SCHEMA.names).cast(_SCHEMA)


def _merged(tables):
    """Return the best of several tables of best values."""
    names = _SCHEMA.names[1:]
    kinds = [(name, kind) for name, (_, kind) in zip(names, _BEST, strict=True)]
    return _best(pa.concat_tables(tables), kinds)
