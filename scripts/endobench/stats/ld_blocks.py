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
    codes, names_of = _located(chrom, pos, blocks)
    used, place = np.unique(codes, return_inverse=True)
    return np.array(names_of(used), dtype=str)[place]


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


def codes_of_pairs(pairs, blocks=None):
    """Return `blocks_of_pairs` as codes from 0, without naming the units.

    Parameters
    ----------
    pairs, blocks
        See `blocks_of_pairs`.

    Returns
    -------
    numpy.ndarray of int, shape (n_pairs,)
    """
    codes, _ = _located(*loci_of(pairs["variant_id"]), blocks)
    return pd.factorize(codes)[0]


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
    chrom = chrom.dictionary_encode()
    names = chrom.dictionary.to_numpy(zero_copy_only=False)
    return names[chrom.indices.to_numpy()], pos.cast(pa.int64()).to_numpy()


def _located(chrom, pos, blocks):
    """Return the code of each variant's unit, and a function that names units by code."""
    chrom = np.asarray(chrom, dtype=object)
    pos = np.asarray(pos, dtype=np.int64)
    if len(chrom) != len(pos):
        raise ValueError(
            f"chromosomes and positions must have one length, got {len(chrom)} and"
            f" {len(pos)}"
        )
    code, chroms = pd.factorize(chrom)
    chroms = [str(each) for each in chroms]
    cuts = _cuts(blocks) if blocks is not None else {}
    edges = [cuts.get(each, np.zeros(0, dtype=np.int64)) for each in chroms]
    # Each chromosome has a unit more than cuts.
    first = np.cumsum([0, *(len(each) + 1 for each in edges)])
    codes = first[code]
    for place, each in enumerate(edges):
        if len(each):
            rows = np.flatnonzero(code == place)
            # A 1-based position p is the 0-based interval from p - 1 to p.
            codes[rows] += np.searchsorted(each, pos[rows] - 1, "right")

    def names_of(units):
        places = np.searchsorted(first, units, "right") - 1
        return [
            _name(chroms[place], edges[place], unit - first[place])
            for place, unit in zip(places, units, strict=True)
        ]

    return codes, names_of


def _cuts(blocks):
    """Return the starts and ends of each chromosome's sorted blocks, in turn.

    Block i is then unit 2i + 1 of its chromosome, and the gap before it unit 2i. An empty
    gap holds no position.
    """
    code, chroms = pd.factorize(blocks["chrom"].astype(str).to_numpy(object))
    start, end = (blocks[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
    order = np.lexsort([end, start, code])
    ends = np.cumsum(np.bincount(code, minlength=len(chroms)))[:-1]
    result = {}
    for chrom, rows in zip(chroms, np.split(order, ends), strict=False):
        low, high = start[rows], end[rows]
        for bad in np.flatnonzero(high <= low):
            raise InputError(
                f"LD block {chrom}:{low[bad]}-{high[bad]}: its end must be after its start"
            )
        for bad in np.flatnonzero(low[1:] < high[:-1]):
            raise InputError(
                f"LD block {chrom}:{low[bad + 1]}-{high[bad + 1]} overlaps"
                f" {chrom}:{low[bad]}-{high[bad]}; blocks must not overlap"
            )
        result[chrom] = np.column_stack([low, high]).ravel()
    return result


def _name(chrom, cuts, unit):
    if not len(cuts):
        return chrom
    low = cuts[unit - 1] if unit else 0
    high = cuts[unit] if unit < len(cuts) else "end"
    return f"{chrom}:{low}-{high}" + ("" if unit % 2 else " (gap)")
