"""Variants that overlap intervals: selection by peaks and blacklist.

Intervals are 0-based half-open.
"""

import logging
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.columns import DROPPED, IN_PEAKS, VARIANTS
from endobench.core.errors import InputError
from endobench.core.files import atomic_path
from endobench.core.losses import Losses
from endobench.core.tables import as_table, read_parts, table_writer
from endobench.genome.bed import chromosomes_of, read_places

log = logging.getLogger(__name__)

STAGE = "peaks"
_REASONS = ["outside_peaks", "blacklisted"]
_TYPES = {pa.bool_(): pd.BooleanDtype()}


class PeakFilter(NamedTuple):
    """Which variants to keep, by the intervals that they overlap.

    Attributes
    ----------
    peaks_path : path-like, optional
        BED file. Without it all variants are kept.
    blacklist_path : path-like, optional
        BED file of regions whose variants are dropped.
    peaks_name : str, optional
        Name of the peaks in error messages; their path by default.
    whole_ref : bool, default True
        See `overlaps`. The published study used intervals of one base.
    outside_peaks : {"drop", "keep"}
        What happens to variants outside all peaks.
    """

    peaks_path: object = None
    blacklist_path: object = None
    peaks_name: str | None = None
    whole_ref: bool = True
    outside_peaks: str = "drop"


def overlaps(variants, bed_path, whole_ref=True):
    """Return which variants overlap an interval.

    Parameters
    ----------
    variants : pandas.DataFrame
        Columns ``chrom, pos, ref``; pos is 1-based.
    bed_path : str or path-like
        Intervals, BED.
    whole_ref : bool, default True
        Whether a variant covers ``[pos - 1, pos - 1 + len(ref))``; otherwise it covers
        only its first base.

    Returns
    -------
    numpy.ndarray of bool, shape (n_variants,)
    """
    return _Intervals(bed_path, whole_ref).overlap(
        pa.table(
            {
                "chrom": pa.array(variants["chrom"].astype("category")),
                "pos": variants["pos"].to_numpy(),
                "ref": pa.array(variants["ref"], pa.string()),
            }
        )
    )


class _Intervals:
    """Intervals of a BED file, in the order of their starts."""

    def __init__(self, bed_path, whole_ref):
        self._whole_ref = whole_ref
        # An interval that begins before a place reaches beyond it if the farthest does.
        self._places = {
            chrom: (start, np.maximum.accumulate(end))
            for chrom, (start, end) in read_places(bed_path).items()
        }

    def overlap(self, table):
        """Return which variants of a table overlap an interval."""
        result = np.zeros(len(table), dtype=bool)
        chrom = table["chrom"].combine_chunks().dictionary_encode()
        codes = chrom.indices.to_numpy()
        first = table["pos"].to_numpy() - 1
        length = pc.binary_length(table["ref"]).to_numpy() if self._whole_ref else 1
        last = first + length - 1
        for code, name in enumerate(chrom.dictionary.to_pylist()):
            if name in self._places:
                rows = np.flatnonzero(codes == code)
                start, reach = self._places[name]
                n_before = np.searchsorted(start, last[rows], side="right")
                is_any = n_before > 0
                result[rows] = is_any & (reach[n_before - 1] > first[rows])
        return result


def select_in_peaks(variants, peak_filter):
    """Keep the variants inside peaks and outside blacklisted regions.

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.VARIANTS`, on the same build as the intervals.
    peak_filter : PeakFilter

    Returns
    -------
    kept : pandas.DataFrame
        In the columns of `columns.IN_PEAKS`.
    lost : pandas.DataFrame
        In the columns of `columns.DROPPED`.

    Raises
    ------
    InputError
        If no variant lies inside a peak, or all that do are blacklisted.
    """
    table = as_table(variants, VARIANTS)
    selection = _Selection(peak_filter)
    kept, lost = selection.split(table)
    selection.conclude(lambda: [table])
    return kept.to_pandas(types_mapper=_TYPES.get), lost.to_pandas()


def write_in_peaks(variants_path, kept_path, lost_path, peak_filter):
    """Select variants as `select_in_peaks` does, in files of any size.

    Parameters
    ----------
    variants_path : path-like
        In the columns of `columns.VARIANTS`.
    kept_path, lost_path : path-like
        In the columns of `columns.IN_PEAKS` and `columns.DROPPED`.
    peak_filter : PeakFilter

    Raises
    ------
    InputError
        As `select_in_peaks`.
    """

    selection = _Selection(peak_filter)
    with (
        atomic_path(kept_path) as kept_file,
        atomic_path(lost_path) as lost_file,
        table_writer(kept_file, IN_PEAKS) as kept_writer,
        table_writer(lost_file, DROPPED) as lost_writer,
    ):
        for part in read_parts(variants_path, VARIANTS):
            kept, lost = selection.split(part)
            kept_writer.write_table(kept)
            lost_writer.write_table(lost)
        selection.conclude(lambda: read_parts(variants_path, VARIANTS))


class _Selection:
    """Which variants of consecutive tables lie in peaks, and why others are dropped."""

    def __init__(self, peak_filter):
        self._filter, whole_ref = peak_filter, peak_filter.whole_ref
        self._peaks, self._blacklist = (
            path if path is None else _Intervals(path, whole_ref)
            for path in (peak_filter.peaks_path, peak_filter.blacklist_path)
        )
        self._drops_outside = (
            self._peaks is not None and peak_filter.outside_peaks == "drop"
        )
        self._n = self._n_in_peaks = self._n_kept = 0

    def conclude(self, parts):
        """Log the counts, and raise an `InputError` if no variant is kept.

        `parts` returns the tables once more, for the message.
        """
        if self._drops_outside and self._n and not self._n_in_peaks:
            _raise_none_inside(parts(), self._filter, self._n)
        log.info("kept %d of %d variants", self._n_kept, self._n)
        if self._n_kept:
            return
        what = "variants lies in a peak and outside the blacklist"
        if self._peaks is None:
            what = "variants lies outside the blacklist"
        losses = Losses()
        for part in parts():
            words = [_REASONS[each - 1] for each in self._reason(part)[0]]
            losses.add(part.to_pandas().assign(reason=words))
        losses.conclude(self._filter.blacklist_path, self._n, what)

    def _reason(self, part):
        """Return why each variant is dropped, and which lie in peaks.

        The first is 0 if a variant is kept, else 1 plus the position in `_REASONS` of
        the first reason that applies.
        """
        reason, in_peaks = np.zeros(len(part), dtype=np.int8), None
        if self._blacklist is not None:
            reason[self._blacklist.overlap(part)] = 2
        if self._peaks is not None:
            in_peaks = self._peaks.overlap(part)
        if self._drops_outside:
            reason[~in_peaks] = 1
        return reason, in_peaks

    def split(self, part):
        """Split a table into kept and lost variants."""
        reason, in_peaks = self._reason(part)
        in_peak = pa.nulls(len(part), pa.bool_())
        if in_peaks is not None:
            in_peak = pa.array(in_peaks)
            self._n_in_peaks += int(in_peaks.sum())
        is_kept = pa.array(reason == 0)
        kept = part.append_column("in_peak", in_peak).filter(is_kept)
        lost = part["variant_id"].filter(pc.invert(is_kept))
        self._n += len(part)
        self._n_kept += len(kept)
        why = (reason[reason > 0] - 1).astype(np.int32)
        columns = {
            "stage": pa.DictionaryArray.from_arrays(np.zeros_like(why), [STAGE]),
            "reason": pa.DictionaryArray.from_arrays(why, _REASONS),
            "variant_id": lost,
        }
        return as_table(kept, IN_PEAKS), as_table(pa.table(columns), DROPPED)


def _raise_none_inside(parts, peak_filter, n_variants):
    """Raise an `InputError` that names the chromosomes of variants and of peaks."""
    chromosomes, peaks_path = set(), peak_filter.peaks_path
    for part in parts:
        chromosomes.update(map(str, pc.unique(part["chrom"]).to_pylist()))
    ours = ", ".join(sorted(chromosomes)[:5])
    theirs = ", ".join(chromosomes_of(peaks_path)[:5]) or "none"
    raise InputError(
        f"{peak_filter.peaks_name or peaks_path}: none of {n_variants} variants lies in"
        f" a peak (chromosomes of the variants: {ours}; of the peaks: {theirs}); check"
        " the build and the chromosome names"
    )
