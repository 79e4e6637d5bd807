"""Annotations of variants that need no model: for baselines and for strata."""

import logging

import numpy as np
import pandas as pd

from endobench.core.columns import ANNOTATIONS
from endobench.core.errors import InputError
from endobench.genome import motifs
from endobench.genome.alleles import padded_fetch
from endobench.genome.fasta import open_genome

log = logging.getLogger(__name__)

GC_WINDOW_BP = 101
# Context on either side of the alleles, beyond any motif site that overlaps them.
MOTIF_FLANK_BP = 30
# Variants whose sites are scored at once, in a processor's cache.
_BATCH = 200


def annotate(shards, genome_path=None, folds=None):
    """Annotate variants by their alleles, the sequence around them and their fold.

    Parameters
    ----------
    shards : pandas.DataFrame
        In the columns of `columns.SHARDS`; a variant may occur several times.
    genome_path : path-like, optional
        Indexed FASTA. Without it `gc_content` and `motif_change` are missing.
    folds : pandas.DataFrame, optional
        Intervals of the model's folds: ``chrom, start, end`` and the fold's ``name``.
        `fold` is missing without them, and outside of all of them.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.ANNOTATIONS`, one row per variant, in order of first
        occurrence.

    Raises
    ------
    KeyError
        If the genome lacks a chromosome.
    InputError
        If the intervals of two folds overlap, or one has no name.
    """
    variants = shards.drop_duplicates("variant_id").reset_index(drop=True)
    frame = pd.DataFrame({"variant_id": variants["variant_id"]})
    ref, alt = variants["ref"].astype(str), variants["alt"].astype(str)
    frame["gc_change"] = (alt.str.count("[GC]") - ref.str.count("[GC]")).astype(float)
    frame["gc_content"] = frame["motif_change"] = np.nan
    if genome_path is not None:
        with open_genome(genome_path) as fasta:
            frame["gc_content"], frame["motif_change"] = _of_sequence(variants, fasta)
    frame["fold"] = None
    if folds is not None:
        frame["fold"] = assign_folds(variants["chrom"], variants["pos"], folds)
    log.info("annotated %d variants", len(frame))
    return frame.reindex(columns=ANNOTATIONS.names)


def _of_sequence(variants, fasta):
    """Return the GC content and the motif change of each variant, two float arrays."""
    fetch = padded_fetch(fasta)
    half = GC_WINDOW_BP // 2
    content, change = np.full((2, len(variants)), np.nan)
    windows = []
    columns = (variants[name] for name in ("chrom", "pos", "ref", "alt"))
    for row, (chrom, pos, ref, alt) in enumerate(zip(*columns, strict=True)):
        first = pos - 1
        after = first + len(ref)
        end = max(first + half + 1, after + MOTIF_FLANK_BP)
        around = fetch(chrom, first - half, end)
        window = around[:GC_WINDOW_BP]
        n_known = GC_WINDOW_BP - window.count("N")
        if n_known:
            content[row] = (window.count("G") + window.count("C")) / n_known
        left = around[half - MOTIF_FLANK_BP : half]
        right = around[half + len(ref) :][:MOTIF_FLANK_BP]
        windows += [left + ref + right, left + alt + right]
        if len(windows) == 2 * _BATCH or row == len(variants) - 1:
            sites = np.log2(1 + _occupied(windows))
            change[row + 1 - len(sites) // 2 : row + 1] = sites[1::2] - sites[::2]
            windows = []
    return content, change


def _occupied(windows):
    """Return the occupancy of all motifs, summed over each window.

    The windows are scored as one sequence, joined by N, which no site spans.
    """
    total = motifs.occupancy("N".join(windows)).sum(axis=1, dtype=float)
    lengths = np.array([len(window) + 1 for window in windows])
    return np.add.reduceat(total, np.cumsum(lengths) - lengths)


def assign_folds(chrom, pos, folds):
    """Return the fold whose interval contains each position, or None.

    Parameters
    ----------
    chrom : sequence of str, length n
    pos : sequence of int, length n
        1-based.
    folds : pandas.DataFrame
        ``chrom, start, end, name``. Intervals of one fold may overlap, as Borzoi's do
        (Linder 2025, doi:10.1038/s41588-024-02053-6).

    Returns
    -------
    numpy.ndarray of object, shape (n,)

    Raises
    ------
    InputError
        If the intervals of two folds overlap, or one has no name.
    """
    if folds["name"].isna().any():
        row = folds[folds["name"].isna()].iloc[0]
        raise InputError(
            f"fold interval {row['chrom']}:{row['start']}-{row['end']} has no name; the"
            " fourth column of the BED file must name the fold"
        )
    chrom, pos = np.asarray(chrom, dtype=object), np.asarray(pos)
    result = np.full(len(pos), None, dtype=object)
    ordered = folds.sort_values(["chrom", "start", "end"])
    for name, rows in ordered.groupby("chrom", observed=True):
        start, end, fold = (rows[each].to_numpy() for each in ("start", "end", "name"))
        # Of overlapping intervals of a fold, the last to begin may end before others.
        reach = np.maximum.accumulate(end)
        is_shared = (start[1:] < reach[:-1]) & (fold[1:] != fold[:-1])
        if is_shared.any():
            at = int(np.flatnonzero(is_shared)[0]) + 1
            raise InputError(
                f"fold intervals overlap: {fold[at]} at {name}:{start[at]}-{end[at]}"
                f" and {fold[at - 1]} before it"
            )
        here = np.flatnonzero(chrom == name)
        place = np.searchsorted(start, pos[here] - 1, side="right") - 1
        is_inside = (place >= 0) & (pos[here] - 1 < reach[place])
        result[here[is_inside]] = fold[place[is_inside]]
    return result
