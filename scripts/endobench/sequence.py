"""Variants against the genome: REF agreement, left-alignment, windows.

Positions are 1-based, windows 0-based half-open on the forward strand.
"""

import logging
import pathlib
import tempfile

import numpy as np
import pandas as pd
import pysam
import pysam.bcftools

from endobench.errors import InputError
from endobench.genome import open_genome, read_chromosome
from endobench.tables import dropped
from endobench.variants import make_variant_ids, sort_variants

log = logging.getLogger(__name__)

STAGE = "sequences"
_N = ord("N")


def matches_reference(variants, sequence):
    """Compare every base of REF with the genome.

    Parameters
    ----------
    variants : pandas.DataFrame
        Columns ``pos, ref`` of one chromosome.
    sequence : numpy.ndarray of uint8
        That chromosome (`read_chromosome`).

    Returns
    -------
    numpy.ndarray of bool, shape (n_variants,)
        False, too, where REF runs over the chromosome's end.
    """
    result = np.zeros(len(variants), dtype=bool)
    start = variants["pos"].to_numpy() - 1
    length = variants["ref"].str.len().to_numpy()
    inside = start + length <= len(sequence)
    for bases in np.unique(length):
        rows = np.flatnonzero((length == bases) & inside)
        text = "".join(variants["ref"].take(rows))
        given = np.frombuffer(text.encode(), dtype=np.uint8).reshape(-1, bases)
        found = sequence[start[rows, None] + np.arange(bases)]
        result[rows] = (given == found).all(axis=1)
    return result


def left_align(variants, genome_path):
    """Normalise insertions and deletions with ``bcftools norm``.

    Parameters
    ----------
    variants : pandas.DataFrame
        Columns ``chrom, pos, ref, alt``; REF must agree with the genome.
    genome_path : str or path-like
        Indexed FASTA.

    Returns
    -------
    pandas.DataFrame
        The same rows with ``pos, ref, alt`` parsimonious and left-aligned, and their
        ``variant_id`` written anew.
    """
    is_simple = (variants["ref"].str.len() == 1) & (variants["alt"].str.len() == 1)
    others = variants[~is_simple].sort_values(["chrom", "pos"])
    if others.empty:
        return variants.assign(variant_id=make_variant_ids(variants))
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "variants.vcf"
        target = pathlib.Path(folder) / "aligned.vcf"
        header = ["##fileformat=VCFv4.2"]
        header += [f"##contig=<ID={name}>" for name in others["chrom"].unique()]
        header.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        source.write_text("\n".join(header))
        body = others.reset_index(names="row")[["chrom", "pos", "row", "ref", "alt"]]
        body.assign(qual=".", filter=".", info=".").to_csv(
            source, sep="\t", header=False, index=False, mode="a"
        )
        pysam.bcftools.norm(
            "--fasta-ref",
            str(genome_path),
            "--no-version",
            "--output",
            str(target),
            str(source),
            catch_stdout=False,
        )
        aligned = pd.read_csv(
            target,
            sep="\t",
            comment="#",
            header=None,
            usecols=[1, 2, 3, 4],
            names=["chrom", "pos", "row", "ref", "alt", "qual", "filter", "info"],
            index_col="row",
            # The alleles NA and N are not missing values.
            keep_default_na=False,
        )
    result = variants.copy()
    rows = aligned.index
    result.loc[rows, "pos"] = aligned["pos"]
    for name in ("ref", "alt"):
        # A soft-masked genome gives lower-case letters.
        result.loc[rows, name] = aligned[name].str.upper()
    return result.assign(variant_id=make_variant_ids(result))


def centred_windows(pos, ref_length, window_bp, chromosome_bp):
    """Place a window on each variant, moved inwards at a chromosome's end.

    The centre is that of ``Interval.resize`` of the AlphaGenome client.

    Parameters
    ----------
    pos, ref_length : numpy.ndarray of int, shape (n_variants,)
        1-based position and length of REF.
    window_bp, chromosome_bp : int

    Returns
    -------
    start, shift_bp : numpy.ndarray of int, shape (n_variants,)
        0-based start of the window and how far it moved; the window would run over an
        end without the shift.
    """
    first = pos - 1
    centre = (2 * first + ref_length) // 2 + ref_length % 2
    wanted = centre - (window_bp + 1) // 2
    start = np.clip(wanted, 0, max(chromosome_bp - window_bp, 0))
    return start, start - wanted


def n_fractions(sequence, start, window_bp):
    """Return the fraction of unknown bases (N) in each window.

    Parameters
    ----------
    sequence : numpy.ndarray of uint8, shape (length_bp,)
    start : numpy.ndarray of int, shape (n_windows,)
    window_bp : int

    Returns
    -------
    numpy.ndarray of float, shape (n_windows,)
    """
    # Runs of N are few, so their ends are searched rather than each base counted.
    edge = np.flatnonzero(np.diff((sequence == _N).view(np.int8), prepend=0, append=0))
    run_start, run_end = edge[::2], edge[1::2]
    before = np.concatenate([[0], np.cumsum(run_end - run_start)])

    def n_before(position):
        run = np.searchsorted(run_end, position, side="right")
        inside = np.zeros(len(position), dtype=np.int64)
        is_open = run < len(run_start)
        inside[is_open] = np.maximum(0, position[is_open] - run_start[run[is_open]])
        return before[run] + inside

    end = np.minimum(start + window_bp, len(sequence))
    return (n_before(end) - n_before(start)) / window_bp


def prepare(
    variants,
    genome_path,
    window_bp,
    *,
    max_n_fraction,
    correct=True,
):
    """Check variants against the genome and place their windows.

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.IN_PEAKS`.
    genome_path : str or path-like, or None
        Indexed FASTA of GRCh38. None leaves the variants unchecked and unaligned, which
        only a table of scores can be joined to.
    window_bp : int
        0 places no windows, since a table of scores needs none.
    max_n_fraction : float
        Variants whose window holds more N are dropped.
    correct : bool
        False keeps every variant as it is given, mismatches and unaligned indels
        included, as the published study did.

    Returns
    -------
    kept : pandas.DataFrame
        In the columns of `columns.SHARDS`, sorted by position.
    lost : pandas.DataFrame
        In the columns of `columns.DROPPED`.

    Raises
    ------
    InputError
        If a chromosome is missing in the genome or nothing is kept.
    """
    variants = variants.assign(source_id=variants["variant_id"])
    if genome_path is None:
        return variants, dropped(variants.iloc[:0], STAGE, "")
    genome = open_genome(genome_path)
    kept, lost, n_matching = [], [], 0
    for chrom, rows in variants.groupby("chrom", observed=True):
        sequence = read_chromosome(genome, chrom)
        is_match = matches_reference(rows, sequence)
        n_matching += is_match.sum()
        if correct:
            lost.append(dropped(rows[~is_match], STAGE, "ref_mismatch", rows["ref"]))
            rows = left_align(rows[is_match], genome_path)
        if window_bp and correct:
            rows = _place(rows, sequence, window_bp)
            rows, too_bad = _with_good_windows(rows, len(sequence), max_n_fraction)
            lost.append(too_bad)
        elif window_bp:
            # The study's windows ran over the ends of a chromosome, into N.
            start = rows["pos"] - 1 - window_bp // 2
            rows = rows.assign(window_start=start, window_end=start + window_bp)
        kept.append(rows)
    log.info("REF agrees with %s for %d of %d", genome_path, n_matching, len(variants))
    lost = [part for part in lost if len(part)]
    lost = pd.concat(lost or [dropped(variants.iloc[:0], STAGE, "")], ignore_index=True)
    kept = pd.concat(kept, ignore_index=True) if kept else variants
    if len(variants) and kept.empty:
        counts = lost["reason"].value_counts().items()
        reasons = ", ".join(f"{name} {count:,}" for name, count in counts)
        raise InputError(
            f"none of {len(variants):,} variants can be asked for with window_bp"
            f" {window_bp} and {genome_path}: {reasons}"
        )
    if "shift_bp" in kept:
        log.info("%d windows were moved at an end", (kept["shift_bp"] != 0).sum())
    return sort_variants(kept), lost


def _with_good_windows(rows, chromosome_bp, max_n_fraction):
    """Return the rows whose windows can be asked for, and the others as dropped."""
    reason = pd.Series(pd.NA, index=rows.index, dtype="string")
    reason[rows["n_fraction"] > max_n_fraction] = "too_many_N"
    reason[rows["window_end"] > chromosome_bp] = "chromosome_shorter_than_window"
    is_bad = reason.notna()
    at_source = rows.assign(variant_id=rows["source_id"])
    value = rows["n_fraction"].round(3).astype(object)
    value[rows["window_end"] > chromosome_bp] = f"{chromosome_bp} bp"
    return rows[~is_bad], dropped(at_source[is_bad], STAGE, reason, value)


def _place(rows, sequence, window_bp):
    start, shift = centred_windows(
        rows["pos"].to_numpy(),
        rows["ref"].str.len().to_numpy(),
        window_bp,
        len(sequence),
    )
    return rows.assign(
        window_start=start,
        window_end=start + window_bp,
        shift_bp=shift,
        n_fraction=n_fractions(sequence, start, window_bp),
    )
