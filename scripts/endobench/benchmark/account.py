"""The account of a source's rows: each is kept, or dropped with a stage and a reason."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.columns import DROPPED
from endobench.core.errors import InputError
from endobench.core.tables import stacked
from endobench.core.text_hashes import hashes_of

_REASON = ["stage", "reason"]


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
    n_source, counts_of = len(source_ids), _Counts(source_ids)
    lost_rows, lost_variants, lost_pairs = (
        stacked([] if lost is None else [lost], DROPPED)
        for lost in (lost_rows, lost_variants, lost_pairs)
    )
    n_pairs, n_found = counts_of(lost_variants["variant_id"])
    n_variants = np.count_nonzero(n_pairs) + counts_of.n_variants - n_found
    is_first, is_first_pair = map(_first_of_variant, (lost_rows, lost_pairs))
    rows = _by_reason(
        stacked([lost_rows, lost_variants, lost_pairs], DROPPED),
        np.r_[np.ones_like(is_first), n_pairs, np.ones_like(is_first_pair)],
        np.r_[is_first, np.ones_like(n_pairs), is_first_pair],
    )
    total = n_source + len(lost_rows)
    row_ids = pc.unique(lost_rows["variant_id"]).drop_null()
    n_variants += len(row_ids) - counts_of(row_ids)[1]
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


class _Counts:
    """The number of pairs of each variant.

    Variants are compared by hashes of 64 bits, which take a tenth of the memory of ids.

    Parameters
    ----------
    ids : array-like of str
        The variant of each pair.

    Attributes
    ----------
    n_variants : int
        Different variants.
    """

    def __init__(self, ids):
        hashes = np.sort(_hashes(ids))
        first = np.flatnonzero(np.diff(hashes, prepend=~hashes[:1]))
        self._variants = hashes[first]
        self._n_pairs = np.diff(first, append=len(hashes))
        self.n_variants = len(first)

    def __call__(self, variants):
        """Return the number of pairs of each of some variants.

        Returns
        -------
        n_pairs : numpy.ndarray of int, shape (n_variants,)
            0 for a variant that has none.
        n_found : int
            Different variants among them that have pairs.
        """
        hashes = _hashes(variants)
        # Sorted values are found faster.
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        place = np.searchsorted(self._variants, hashes)
        found = np.append(self._variants, ~hashes[-1:])[place] == hashes
        n_pairs = np.zeros(len(hashes), dtype=int)
        n_pairs[order] = np.append(self._n_pairs, 0)[place] * found
        place = place[found]
        return n_pairs, int(np.count_nonzero(np.diff(place, prepend=-1)))


def _hashes(ids):
    """Return the hash of each variant id."""
    parts = _texts(ids)
    parts = parts.chunks if isinstance(parts, pa.ChunkedArray) else [parts]
    return np.concatenate([np.zeros(0, np.uint64), *map(hashes_of, parts)])


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
    return rows.sort_values("reason", kind="stable").sort_values(
        "stage", key=lambda names: names.map(stages), kind="stable", ignore_index=True
    )


def _texts(column):
    if isinstance(column, pa.ChunkedArray):
        return column
    return pa.array(column, pa.string(), from_pandas=True)
