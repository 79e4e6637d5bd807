"""Gates on LD blocks: are they on the build of the variants, and long enough?"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.strata import features_of
from endobench.design.gates import gates_of
from endobench.gates.linkage import why_unlinked
from endobench.gates.verdicts import MIN_ROWS, Measured, not_checked, too_few
from endobench.stats.ld_blocks import loci_of

# Fewest pairs that need more than one block on each chromosome.
_MIN_PAIRS = 100
# Fewest neighbours that shifted borders are expected to separate.
_MIN_EXPECTED = 30
# Shifts of the borders, in lengths of the median block.
_SHIFTS = np.r_[-np.linspace(0.25, 2.5, 10)[::-1], np.linspace(0.25, 2.5, 10)]
_Z = 1.96
PREFIX = "ld_block"


class _Neighbours(NamedTuple):
    """Variants of one feature that follow each other on a chromosome.

    Attributes
    ----------
    chrom : numpy.ndarray of str, shape (n,)
    first, second : numpy.ndarray of int, shape (n,)
        1-based positions.
    first_size, second_size : numpy.ndarray of float, shape (n,)
        Sizes of their effects.
    """

    chrom: np.ndarray
    first: np.ndarray
    second: np.ndarray
    first_size: np.ndarray
    second_size: np.ndarray

    def are_apart(self, blocks, shifts=(0,)):
        """Return which neighbours are in different units, if borders move by some bp.

        Parameters
        ----------
        blocks : pandas.DataFrame
        shifts : sequence of int

        Returns
        -------
        numpy.ndarray of bool, shape (n_shifts, n)
        """
        result = np.zeros((len(shifts), len(self.first)), dtype=bool)
        edges = _edges(blocks)
        codes, chroms = pd.factorize(self.chrom)
        # Positions move against borders, as borders would move against them.
        moved = np.asarray(shifts, dtype=np.int64)[:, None]
        for code, chrom in enumerate(chroms):
            rows = np.flatnonzero(codes == code)
            cuts = edges.get(chrom, np.zeros(0, dtype=np.int64))
            first, second = (
                np.searchsorted(cuts, each[rows] - 1 - moved, "right")
                for each in (self.first, self.second)
            )
            result[:, rows] = first != second
        return result


def _edges(blocks):
    """Return the sorted starts and ends of the blocks of each chromosome."""
    code, chroms = pd.factorize(blocks["chrom"].astype(str).to_numpy(object))
    bounds = blocks[["start", "end"]].to_numpy(dtype=np.int64)
    return {
        chrom: np.unique(bounds[code == place]) for place, chrom in enumerate(chroms)
    }


def measure(pairs, blocks, null=0.0):
    """Measure the gates on LD blocks, which belong to the stage "scores".

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one benchmark.
    blocks : pandas.DataFrame or None
        ``chrom, start, end``, 0-based half-open, on the variants' build.
    null : float
        Value of no effect.

    Returns
    -------
    dict of str to Measured
    """
    if blocks is None:
        names = [each.name for each in gates_of("scores")]
        names = [name for name in names if name.startswith(PREFIX)]
        return dict.fromkeys(
            names, not_checked(len(pairs), "no LD blocks are declared")
        )
    count = {"ld_block_count": ld_block_count(pairs, blocks)}
    neighbours = _neighbours(pairs, null)
    # Independent signals of a feature may lie in blocks of their own.
    if why := why_unlinked(pairs):
        unchecked = not_checked(len(neighbours.first), why)
        return count | dict.fromkeys(["ld_block_length", "ld_block_borders"], unchecked)
    return count | {
        "ld_block_length": ld_block_length(neighbours, blocks),
        "ld_block_borders": ld_block_borders(neighbours, blocks),
    }


def ld_block_count(pairs, blocks):
    """Measure the number of blocks with pairs per chromosome with pairs."""
    n = len(pairs)
    if n < _MIN_PAIRS:
        return too_few(n, "pairs", _MIN_PAIRS)
    chrom, pos = loci_of(pairs["variant_id"])
    chrom, edges = chrom.astype(str), _edges(blocks)
    n_units = 0
    names = np.unique(chrom)
    for name in names:
        cuts = edges.get(name, np.zeros(0))
        n_units += len(
            np.unique(np.searchsorted(cuts, pos[chrom == name] - 1, "right"))
        )
    return Measured(
        n_units / len(names),
        n,
        f"{n_units:,} blocks, or gaps between blocks, hold the {n:,} pairs on"
        f" {len(names)} chromosomes; {len(blocks):,} blocks are declared",
    )


def ld_block_length(neighbours, blocks):
    """Measure the share of neighbouring variants of a feature that borders separate."""
    n = len(neighbours.first)
    if n < MIN_ROWS:
        return too_few(n, "neighbouring variants of one feature")
    (is_apart,) = neighbours.are_apart(blocks)
    length = np.median(blocks["end"] - blocks["start"])
    gap = np.median(neighbours.second - neighbours.first)
    texts = [
        f"{_size_correlation(neighbours, mask)} {where}"
        for where, mask in (("within blocks", ~is_apart), ("across borders", is_apart))
    ]
    return Measured(
        is_apart.mean(),
        n,
        f"borders separate {int(is_apart.sum()):,} of {n:,} neighbouring variants of one"
        f" feature; blocks have a median of {length:,.0f} bp, neighbours are {gap:,.0f}"
        f" bp apart; sizes of their effects correlate by {', '.join(texts)}",
    )


def _size_correlation(neighbours, mask):
    first, second = (
        pd.Series(each[mask]).rank()
        for each in (neighbours.first_size, neighbours.second_size)
    )
    if len(first) < MIN_ROWS or first.nunique() < 2 or second.nunique() < 2:
        return "an unknown amount"
    return f"{np.corrcoef(first, second)[0, 1]:.2f}"


def ld_block_borders(neighbours, blocks):
    """Measure how many neighbours borders separate, relative to shifted borders.

    Features are linked to variants of their own block, so that the right borders separate
    few of their variants. Borders of another build separate as many as any others.

    Returns
    -------
    Measured
        The lower end of the 95 % interval of the ratio.
    """
    n = len(neighbours.first)
    length = float(np.median(blocks["end"] - blocks["start"])) if len(blocks) else 0
    shifts = [round(shift * length) for shift in (_SHIFTS if n else ())]
    observed, *shifted = neighbours.are_apart(blocks, [0, *shifts]).sum(axis=1).tolist()
    expected = np.mean(shifted) if shifted else 0.0
    evidence = (
        f"borders separate {observed:,} of {n:,} neighbouring variants of one feature,"
        f" {expected:,.1f} expected from {len(shifted)} shifts of the borders"
    )
    if expected < _MIN_EXPECTED:
        return not_checked(n, f"{evidence}: too few to tell")
    # Features that share their variants are separated together.
    dispersion = max(np.var(shifted, ddof=1) / expected, 1)
    half = _Z * np.sqrt(dispersion * max(observed, 1)) / expected
    ratio = observed / expected
    return Measured(
        max(ratio - half, 0.0),
        n,
        f"{evidence}, ratio {ratio:.2f} [{max(ratio - half, 0):.2f}, {ratio + half:.2f}]",
    )


def _neighbours(pairs, null):
    chrom, pos = loci_of(pairs["variant_id"])
    keys = pd.factorize(chrom, sort=True)[0], pd.factorize(features_of(pairs))[0]
    order = np.lexsort([pos, *keys[::-1]])
    of_chrom, of_feature = (each[order] for each in keys)
    chrom, pos = chrom[order], pos[order]
    size = np.abs(pairs["effect"].to_numpy(dtype=float) - null)[order]
    is_near = (of_chrom[1:] == of_chrom[:-1]) & (of_feature[1:] == of_feature[:-1])
    here = np.flatnonzero(is_near & (pos[1:] != pos[:-1]))
    return _Neighbours(
        chrom[here], pos[here], pos[here + 1], size[here], size[here + 1]
    )
