"""The account of a source's rows: each is kept, or dropped with a stage and a reason."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.columns import DROPPED
from endobench.core.errors import InputError
from endobench.core.tables import stacked

_REASON = ["stage", "reason"]
# Looking up more rows at once takes more memory and more time.
_PART_ROWS = 400_000


def account(source_ids, lost_rows, lost_variants, pairs, lost_pairs=None, advice=""):
    """Account for every row of the source: kept, or dropped with a stage and a reason.

    Parameters
    ----------
    source_ids : array-like of str
        Variant of every pair that was read.
    lost_rows : pandas.DataFrame or pyarrow.Table
        Rows dropped while reading (`columns.DROPPED`), one for each pair.
    lost_variants : pandas.DataFrame or pyarrow.Table
        Variants dropped later with all their pairs, in the order of the stages.
    pairs : pandas.DataFrame
        Pairs that were kept (`columns.PAIRS`).
    lost_pairs : pandas.DataFrame, optional
        Single pairs that were dropped (`columns.DROPPED`), whose variants may have others.
    advice : str, optional
        Ends the message if nothing is kept.

    Returns
    -------
    pandas.DataFrame
        ``stage, reason, n_pairs, n_variants``; the first row is the input, the last the
        kept pairs.

    Raises
    ------
    InputError
        If nothing is kept.
    RuntimeError
        If kept and dropped do not add up to the input: a defect of this program.
    """
    # Release the memory that reading and joining needed.
    pa.default_memory_pool().release_unused()
    ids = _texts(source_ids)
    lost_rows, lost_variants, lost_pairs = (
        stacked([] if lost is None else [lost], DROPPED)
        for lost in (lost_rows, lost_variants, lost_pairs)
    )
    n_pairs, is_lost = _pairs_of(lost_variants["variant_id"], ids)
    n_variants = np.count_nonzero(n_pairs) + len(pc.unique(ids.filter(~is_lost)))
    is_first, is_first_pair = map(_first_of_variant, (lost_rows, lost_pairs))
    rows = _by_reason(
        stacked([lost_rows, lost_variants, lost_pairs], DROPPED),
        np.r_[np.ones_like(is_first), n_pairs, np.ones_like(is_first_pair)],
        np.r_[is_first, np.ones_like(n_pairs), is_first_pair],
    )
    total = len(ids) + len(lost_rows)
    row_ids = pc.unique(lost_rows["variant_id"]).drop_null()
    is_both = pc.is_in(ids, row_ids)
    n_variants += len(row_ids) - len(pc.unique(ids.filter(is_both)))
    if rows["n_pairs"].sum() + len(pairs) != total:
        raise RuntimeError(
            f"{len(pairs)} pairs kept and {rows['n_pairs'].sum()} dropped do not add"
            f" up to the {total} of the source"
        )
    if pairs.empty:
        reasons = "; ".join(
            f"{stage}: {reason}: {n_pairs:,.0f}"
            for stage, reason, n_pairs in rows[[*_REASON, "n_pairs"]].itertuples(
                index=False
            )
        )
        raise InputError(
            f"none of {total:,} pairs has a score; dropped by stage and reason:"
            f" {reasons}{advice}"
        )
    ends = [("input", "all rows", total, n_variants)]
    last = [("kept", "scored pairs", len(pairs), pairs["source_id"].nunique())]
    names = ["stage", "reason", "n_pairs", "n_variants"]
    return pd.concat(
        [
            pd.DataFrame(ends, columns=names),
            rows,
            pd.DataFrame(last, columns=names),
        ],
        ignore_index=True,
    )


def _first_of_variant(lost):
    """Return 1 for the first row of each variant with a stage and reason, else 0."""
    rows = lost.select([*_REASON, "variant_id"]).to_pandas()
    return (rows["variant_id"].notna() & ~rows.duplicated()).to_numpy(dtype=int)


def _pairs_of(variants, ids):
    """Count the pairs of each variant, given the variant ids of all pairs.

    Returns
    -------
    n_pairs : numpy.ndarray of int, shape (n_variants,)
    is_found : numpy.ndarray of bool, shape (n_pairs,)
        Whether the variant of a pair is among the variants.
    """
    counts, is_found = [np.zeros(0, dtype=int)], np.zeros(len(ids), dtype=bool)
    for start in range(0, len(variants), _PART_ROWS):
        part = variants.slice(start, _PART_ROWS)
        places = pc.index_in(ids, part)
        is_found |= places.is_valid().to_numpy(zero_copy_only=False)
        n_pairs = np.bincount(places.drop_null(), minlength=len(part))
        # A variant that occurs twice was counted at its first place only.
        others = np.flatnonzero(n_pairs == 0)
        if len(others):
            n_pairs[others] = n_pairs[pc.index_in(part.take(others), part)]
        counts.append(n_pairs)
    return np.concatenate(counts), is_found


def _by_reason(lost, n_pairs, n_variants):
    """Sum lost pairs and variants by stage and reason; stages keep their order."""
    counted = lost.select(_REASON)
    for name, values in (("n_pairs", n_pairs), ("n_variants", n_variants)):
        counted = counted.append_column(name, pa.array(values))
    # A single thread keeps the groups in order of first occurrence.
    counted = counted.group_by(_REASON, use_threads=False).aggregate(
        [("n_pairs", "sum"), ("n_variants", "sum")]
    )
    rows = counted.rename_columns([*_REASON, "n_pairs", "n_variants"]).to_pandas()
    rows = rows.astype(dict.fromkeys(_REASON, str))
    stages = {stage: place for place, stage in enumerate(rows["stage"].unique())}
    return rows.sort_values("reason").sort_values(
        "stage", key=lambda names: names.map(stages), kind="stable", ignore_index=True
    )


def _texts(column):
    if isinstance(column, pa.ChunkedArray):
        return column
    return pa.array(column, pa.string(), from_pandas=True)
