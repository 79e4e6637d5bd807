"""Checking variants against the genome: REF, left-alignment, windows.

Positions are 1-based; windows are 0-based half-open on the forward strand.
"""

import logging
import pathlib
import tempfile
from collections import Counter

import numpy as np
import pandas as pd
import pysam
import pysam.bcftools

from endobench.core.columns import DROPPED, IN_PEAKS, SHARDS
from endobench.core.files import atomic_path
from endobench.core.losses import Losses, dropped
from endobench.core.tables import as_table, read_chromosomes, table_writer, write_table
from endobench.genome.fasta import open_genome, read_chromosome
from endobench.genome.variants import make_variant_ids, sort_variants

log = logging.getLogger(__name__)

STAGE = "sequences"
_N = ord("N")
_SEGMENT_BP = 1 << 22


def matches_reference(variants, sequence):
    """Compare every base of REF with the genome.

    Parameters
    ----------
    variants : pandas.DataFrame
        Columns ``pos, ref`` of one chromosome.
    sequence : numpy.ndarray of uint8
        The chromosome, from `fasta.read_chromosome`.

    Returns
    -------
    numpy.ndarray of bool, shape (n_variants,)
        False, too, if REF extends beyond the end of the chromosome.
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
    """Left-align insertions and deletions with ``bcftools norm``.

    Parameters
    ----------
    variants : pandas.DataFrame
        Columns ``chrom, pos, ref, alt``. REF must match the genome.
    genome_path : str or path-like
        Indexed FASTA.

    Returns
    -------
    pandas.DataFrame
        The same rows with ``pos, ref, alt`` left-aligned and parsimonious, and with the
        ``variant_id`` updated.
    """
    is_simple = (variants["ref"].str.len() == 1) & (variants["alt"].str.len() == 1)
    rows = np.flatnonzero(~is_simple)
    if not len(rows):
        return variants.assign(variant_id=make_variant_ids(variants))
    chrom = variants["chrom"].to_numpy(dtype=str)
    pos = variants["pos"].to_numpy(copy=True)
    ref, alt = (
        variants[name].to_numpy(dtype=object, copy=True) for name in ("ref", "alt")
    )
    rows = rows[np.lexsort((pos[rows], chrom[rows]))]
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "variants.vcf"
        target = pathlib.Path(folder) / "aligned.vcf"
        lines = ["##fileformat=VCFv4.2"]
        lines += [f"##contig=<ID={name}>" for name in np.unique(chrom[rows])]
        lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
        # Indels are few, and pandas takes longer to write and to read a small table.
        lines += [
            f"{chrom[row]}\t{pos[row]}\t{row}\t{ref[row]}\t{alt[row]}\t.\t.\t."
            for row in rows
        ]
        source.write_text("\n".join(lines) + "\n")
        pysam.bcftools.norm(
            "--fasta-ref",
            str(genome_path),
            "--no-version",
            "--output",
            str(target),
            str(source),
            catch_stdout=False,
        )
        with pysam.VariantFile(str(target)) as aligned:
            for record in aligned:
                row = int(record.id)
                pos[row] = record.pos
                # Bases of a soft-masked genome are in lower case.
                ref[row], alt[row] = (each.upper() for each in record.alleles)
    result = variants.assign(pos=pos, ref=ref, alt=alt)
    return result.assign(variant_id=make_variant_ids(result))


def centred_windows(pos, ref_length, window_bp, chromosome_bp):
    """Centre a window on each variant, moving it inwards at the end of a chromosome.

    The centre is the one of ``Interval.resize`` in the AlphaGenome client.

    Parameters
    ----------
    pos, ref_length : numpy.ndarray of int, shape (n_variants,)
        1-based position and length of REF.
    window_bp, chromosome_bp : int

    Returns
    -------
    start, shift_bp : numpy.ndarray of int, shape (n_variants,)
        0-based start of the window, and how far it was moved to stay inside the
        chromosome.
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
    # Runs of N are few, so that searching their ends is faster than counting bases.
    run_start, run_end = _runs_of_n(sequence)
    before = np.concatenate([[0], np.cumsum(run_end - run_start)])

    def n_before(position):
        run = np.searchsorted(run_end, position, side="right")
        inside = np.zeros(len(position), dtype=np.int64)
        is_open = run < len(run_start)
        inside[is_open] = np.maximum(0, position[is_open] - run_start[run[is_open]])
        return before[run] + inside

    end = np.minimum(start + window_bp, len(sequence))
    return (n_before(end) - n_before(start)) / window_bp


def _runs_of_n(sequence):
    """Return starts and ends of runs of N, found segment by segment to save memory."""
    edges, before = [], 0
    for start in range(0, len(sequence), _SEGMENT_BP):
        is_n = (sequence[start : start + _SEGMENT_BP] == _N).view(np.int8)
        edges.append(start + np.flatnonzero(np.diff(is_n, prepend=before)))
        before = is_n[-1]
    if before:
        edges.append([len(sequence)])
    edges = np.concatenate([np.empty(0, dtype=np.int64), *edges]).astype(np.int64)
    return edges[::2], edges[1::2]


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
        Indexed FASTA. With None, variants are neither checked nor aligned; that is
        allowed only for a table of scores.
    window_bp : int
        With 0, no windows are placed, since a table of scores needs none.
    max_n_fraction : float
        Variants whose window has a larger fraction of N are dropped.
    correct : bool
        False keeps all variants as given, including mismatches and indels that are not
        left-aligned, as in the published study.

    Returns
    -------
    kept : pandas.DataFrame
        In the columns of `columns.SHARDS`, sorted by position.
    lost : pandas.DataFrame
        In the columns of `columns.DROPPED`.

    Raises
    ------
    InputError
        If the genome lacks a chromosome, or no variant is kept.
    """
    check = _Check(genome_path, window_bp, max_n_fraction, correct)
    if genome_path is None:
        return check.prepare(None, variants)
    groups = variants.groupby("chrom", observed=True)
    parts = [check.prepare(chrom, rows) for chrom, rows in groups]
    check.conclude()
    parts = parts or [check.prepare(None, variants)]
    kept, lost = (
        pd.concat([part for part in each if len(part)] or each[:1], ignore_index=True)
        for each in zip(*parts, strict=True)
    )
    return sort_variants(kept), lost


def write_shards(variants_path, genome_path, window_bp, shards, lost_path, **limits):
    """Prepare variants as `prepare` does, one chromosome at a time, and write them.

    Parameters
    ----------
    variants_path : path-like
        In the columns of `columns.IN_PEAKS`.
    genome_path, window_bp, **limits
        As for `prepare`.
    shards : dict of str to path-like
        Output of each chromosome, in the columns of `columns.SHARDS`.
    lost_path : path-like
        Output, in the columns of `columns.DROPPED`.

    Raises
    ------
    InputError
        As `prepare`.
    """
    check = _Check(genome_path, window_bp, **limits)
    with (
        atomic_path(lost_path) as temporary,
        table_writer(temporary, DROPPED) as lost_writer,
    ):
        missing = dict(shards)
        for chrom, rows in read_chromosomes(variants_path, IN_PEAKS):
            kept, lost = check.prepare(chrom, rows)
            write_table(sort_variants(kept), missing.pop(chrom), SHARDS)
            lost_writer.write_table(as_table(lost, DROPPED))
        check.conclude()
    for path in missing.values():
        write_table(SHARDS.empty_table(), path, SHARDS)


class _Check:
    """Checks the variants of one chromosome after another, and counts them."""

    def __init__(
        self, genome_path, window_bp, max_n_fraction, correct=True, is_asked=None
    ):
        self._path, self._window_bp = genome_path, window_bp
        self._is_asked = is_asked
        self._max_n_fraction, self._correct = max_n_fraction, correct
        self._genome = None if genome_path is None else open_genome(genome_path)
        self._n, self._losses = Counter(), Losses()

    def prepare(self, chrom, rows):
        """Return the kept and the dropped variants of a chromosome."""
        window_bp, lost = self._window_bp, [dropped(rows.iloc[:0], STAGE, "")]
        kept = rows.assign(source_id=rows["variant_id"])
        if self._is_asked is not None and len(kept):
            is_asked = self._is_asked(kept)
            lost[0] = dropped(kept[~is_asked], STAGE, "outside_pilot")
            kept = kept[is_asked]
        if self._genome is None or kept.empty:
            return kept, lost[0]
        sequence = read_chromosome(self._genome, chrom)
        is_match = matches_reference(kept, sequence)
        self._n.update(variants=len(kept), matching=int(is_match.sum()))
        if self._correct:
            if not is_match.all():
                wrong = kept[~is_match]
                lost.append(dropped(wrong, STAGE, "ref_mismatch", wrong["ref"]))
                kept = kept[is_match]
            kept = left_align(kept, self._path)
        if window_bp and self._correct:
            kept = _place(kept, sequence, window_bp)
            kept, bad = _with_good_windows(kept, len(sequence), self._max_n_fraction)
            lost.append(bad)
            self._n["moved"] += int((kept["shift_bp"] != 0).sum())
        elif window_bp:
            # The windows of the study extended beyond chromosome ends, into N.
            start = kept["pos"] - 1 - window_bp // 2
            kept = kept.assign(window_start=start, window_end=start + window_bp)
        # What a pilot does not ask about is no loss that somebody should mend.
        for part in lost[1:]:
            self._losses.add(part)
        lost = pd.concat([part for part in lost if len(part)] or lost[:1])
        self._n["kept"] += len(kept)
        return kept, lost

    def conclude(self):
        """Log the counts, and raise an `InputError` if all variants were dropped."""
        n, window_bp = self._n, self._window_bp
        if self._genome is None:
            return
        counts = (self._path, n["matching"], n["variants"])
        log.info("REF matches %s for %d of %d variants", *counts)
        what = f"variants can be predicted with window_bp {window_bp}"
        self._losses.conclude(self._path, n["variants"], what)
        if window_bp and self._correct:
            log.info("moved %d windows at the end of a chromosome", n["moved"])


def _with_good_windows(rows, chromosome_bp, max_n_fraction):
    """Return the rows with usable windows, and the others as dropped rows."""
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
