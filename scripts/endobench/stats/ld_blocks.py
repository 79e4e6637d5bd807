"""Units of resampling: LD blocks, or chromosomes if no blocks are given."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.errors import InputError


def assign_blocks(chrom, pos, blocks=None):
    """Return the unit of resampling of each variant.

    Blocks may be the approximately independent LD blocks of Berisa and Pickrell (2016,
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
        ``chr1:1000-2000`` for a block; ``chr1:2000-2500 (gap)`` between two blocks, and
        ``chr1:9000-end (gap)`` after the last one; the chromosome if it has no blocks.

    Raises
    ------
    InputError
        If two blocks overlap, or the end of a block is not after its start.
    """
    chrom = np.asarray(chrom, dtype=object)
    pos = np.asarray(pos, dtype=np.int64)
    if len(chrom) != len(pos):
        raise ValueError(
            f"chromosomes and positions must have one length, got {len(chrom)} and"
            f" {len(pos)}"
        )
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
    """Return which blocks overlap an earlier one, as may happen after a liftover.

    Parameters
    ----------
    blocks : pandas.DataFrame
        ``chrom, start, end``, 0-based half-open, in any order.

    Returns
    -------
    pandas.Series of bool
        By the index of `blocks`. The blocks that are False do not overlap each other.
    """
    result = pd.Series(False, index=blocks.index)
    reached = {}
    for row in blocks.sort_values(["chrom", "start", "end"]).itertuples():
        result[row.Index] = row.start < reached.get(row.chrom, 0)
        if not result[row.Index]:
            reached[row.chrom] = row.end
    return result


def blocks_of_pairs(pairs, blocks=None):
    """Return the unit of resampling of each pair's variant; see `assign_blocks`.

    Parameters
    ----------
    pairs : pandas.DataFrame
        With ``variant_id``.
    blocks : pandas.DataFrame, optional

    Returns
    -------
    numpy.ndarray of str, shape (n_pairs,)
    """
    return assign_blocks(*loci_of(pairs["variant_id"]), blocks)


def loci_of(variant_ids):
    """Return the chromosomes and the 1-based positions in the ids of variants.

    Parameters
    ----------
    variant_ids : pandas.Series of str, shape (n_variants,)

    Returns
    -------
    chrom : numpy.ndarray of object, shape (n_variants,)
    pos : numpy.ndarray of int, shape (n_variants,)
    """
    ids = pa.array(variant_ids, pa.string())
    # From the right, since a chromosome's name may contain the separator.
    parts = pc.split_pattern(ids, "_", max_splits=4, reverse=True)
    chrom, pos = (pc.list_element(parts, place) for place in range(2))
    return chrom.to_numpy(zero_copy_only=False), pos.cast(pa.int64()).to_numpy()


def _units(chrom, blocks):
    """Return the starts of a chromosome's units, and the names of all units.

    The first name is that of the unit before the first start.
    """
    start, end = (blocks[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
    for bad in np.flatnonzero(end <= start):
        raise InputError(
            f"LD block {chrom}:{start[bad]}-{end[bad]}: its end must be after its start"
        )
    for bad in np.flatnonzero(start[1:] < end[:-1]):
        raise InputError(
            f"LD block {chrom}:{start[bad + 1]}-{end[bad + 1]} overlaps"
            f" {chrom}:{start[bad]}-{end[bad]}; blocks must not overlap"
        )
    # Block i is unit 2i + 1, and the gap before it unit 2i. An empty gap holds no position.
    cuts = np.column_stack([start, end]).ravel()
    bounds = [0, *cuts, "end"]
    labels = [
        f"{chrom}:{low}-{high}" + ("" if unit % 2 else " (gap)")
        for unit, (low, high) in enumerate(zip(bounds[:-1], bounds[1:], strict=True))
    ]
    return cuts, np.array(labels, dtype=object)
