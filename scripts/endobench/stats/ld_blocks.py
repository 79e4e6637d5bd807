"""The units that are resampled: LD blocks, or chromosomes where no blocks are given."""

import numpy as np
import pandas as pd

from endobench.core.errors import InputError


def assign_blocks(chrom, pos, blocks=None):
    """Name the unit of resampling of each variant.

    Approximately independent LD blocks are those of Berisa and Pickrell (2016,
    doi:10.1093/bioinformatics/btv546), or any others that do not overlap.

    Parameters
    ----------
    chrom : array-like of str, shape (n_variants,)
    pos : array-like of int, shape (n_variants,)
        1-based.
    blocks : pandas.DataFrame, optional
        ``chrom, start, end``, 0-based half-open, in any order.

    Returns
    -------
    numpy.ndarray of str, shape (n_variants,)
        ``chr1:1000-2000`` for a block; ``chr1:2000-2500 (gap)`` for what lies between
        blocks, with ``end`` in place of the last coordinate after the last one; and the
        chromosome itself where it has no blocks.

    Raises
    ------
    InputError
        If two blocks overlap, or one does not end after its start.
    """
    chrom = np.asarray(chrom, dtype=object)
    pos = np.asarray(pos, dtype=np.int64)
    if len(chrom) != len(pos):
        raise ValueError(f"{len(chrom)} chromosomes and {len(pos)} positions")
    names = chrom.astype(str).astype(object)
    if blocks is not None and len(blocks):
        blocks = blocks.assign(chrom=blocks["chrom"].astype(str))
        rows_of = pd.Series(np.arange(len(names))).groupby(names).indices
        for each, part in blocks.groupby("chrom", sort=False):
            cuts, labels = _units(each, part.sort_values(["start", "end"]))
            if each in rows_of:
                rows = rows_of[each]
                # A 1-based position p is the 0-based interval from p - 1 to p.
                names[rows] = labels[np.searchsorted(cuts, pos[rows] - 1, "right")]
    return names.astype(str)


def overlap_earlier(blocks):
    """Tell which blocks overlap one that begins before them, as lifting may make them do.

    Parameters
    ----------
    blocks : pandas.DataFrame
        ``chrom, start, end``, 0-based half-open, in any order.

    Returns
    -------
    pandas.Series of bool
        By the index of `blocks`; without those, none overlap.
    """
    result = pd.Series(False, index=blocks.index)
    reached = {}
    for row in blocks.sort_values(["chrom", "start", "end"]).itertuples():
        result[row.Index] = row.start < reached.get(row.chrom, 0)
        if not result[row.Index]:
            reached[row.chrom] = row.end
    return result


def blocks_of_pairs(pairs, blocks=None):
    """Name the unit of resampling of each pair's variant; see `assign_blocks`.

    Parameters
    ----------
    pairs : pandas.DataFrame
        With ``variant_id``.
    blocks : pandas.DataFrame, optional

    Returns
    -------
    numpy.ndarray of str, shape (n_pairs,)
    """
    # From the right: a chromosome's name may hold the separator.
    parts = pairs["variant_id"].astype(str).str.rsplit("_", n=4, expand=True)
    parts = parts.reindex(columns=range(5))
    return assign_blocks(parts[0].to_numpy(), parts[1].astype("int64"), blocks)


def _units(chrom, blocks):
    """Return where units begin, and their names with that before the first cut."""
    start, end = (blocks[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
    for bad in np.flatnonzero(end <= start):
        raise InputError(
            f"LD block {chrom}:{start[bad]}-{end[bad]}: the end must be after the start"
        )
    for bad in np.flatnonzero(start[1:] < end[:-1]):
        raise InputError(
            f"LD block {chrom}:{start[bad + 1]}-{end[bad + 1]} overlaps"
            f" {chrom}:{start[bad]}-{end[bad]}; blocks must not overlap"
        )
    # Block i is unit 2i + 1, what lies before it is unit 2i; a gap of no length holds
    # no position.
    cuts = np.column_stack([start, end]).ravel()
    bounds = [0, *cuts, "end"]
    labels = [
        f"{chrom}:{low}-{high}" + ("" if unit % 2 else " (gap)")
        for unit, (low, high) in enumerate(zip(bounds[:-1], bounds[1:], strict=True))
    ]
    return cuts, np.array(labels, dtype=object)
