"""Variants that overlap intervals: selection by peaks and blacklist.

Intervals are 0-based half-open. Bedtools merges them, and bisection searches them.
"""

import logging
import pathlib
import tempfile
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pybedtools

from endobench.core.columns import DROPPED, IN_PEAKS, VARIANTS
from endobench.core.errors import InputError
from endobench.core.files import atomic_path
from endobench.core.losses import Losses
from endobench.core.tables import as_table, read_parts, table_writer
from endobench.genome.bed import chromosomes_of

log = logging.getLogger(__name__)

STAGE = "peaks"
_REASONS = ["outside_peaks", "blacklisted"]
_TYPES = {pa.bool_(): pd.BooleanDtype()}
_BED = pa.schema(
    [
        ("chrom", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
    ]
)


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
        Intervals, sorted as `bed.write_bed` sorts them.
    whole_ref : bool, default True
        Whether a variant covers ``[pos - 1, pos - 1 + len(ref))``; otherwise it covers
        only its first base.

    Returns
    -------
    numpy.ndarray of bool, shape (n_variants,)
    """
    places = pa.table(
        {
            "chrom": pa.array(variants["chrom"].astype("category")),
            "pos": variants["pos"].to_numpy(),
            "ref": pa.array(variants["ref"], pa.string()),
        }
    )
    return _is_inside(places, _merged(bed_path), whole_ref)


def _merged(bed_path):
    """Return sorted starts and ends of disjoint intervals, by chromosome."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "merged.bed")
        pybedtools.BedTool(str(bed_path)).merge(output=str(path))
        if not path.stat().st_size:
            return {}
        table = pa.csv.read_csv(
            path,
            read_options=pa.csv.ReadOptions(column_names=_BED.names),
            parse_options=pa.csv.ParseOptions(delimiter="\t"),
            convert_options=pa.csv.ConvertOptions(column_types=_BED),
        )
    names = table["chrom"].combine_chunks().dictionary_encode()
    codes, start, end = (
        each.to_numpy() for each in (names.indices, table["start"], table["end"])
    )
    return {
        name: (start[codes == code], end[codes == code])
        for code, name in enumerate(names.dictionary.to_pylist())
    }


def _is_inside(part, merged, whole_ref):
    """Return which variants of a table overlap one of the intervals of `_merged`."""
    start = part["pos"].to_numpy() - 1
    end = start + (pc.binary_length(part["ref"]).to_numpy() if whole_ref else 1)
    result = np.zeros(len(part), dtype=bool)
    for name in pc.unique(part["chrom"]).to_pylist():
        if name in merged:
            starts, ends = merged[name]
            rows = np.flatnonzero(pc.equal(part["chrom"], name).to_numpy())
            # The first interval that ends behind the variant's first base, if any.
            at = np.searchsorted(ends, start[rows], side="right")
            is_any = at < len(ends)
            rows, at = rows[is_any], at[is_any]
            result[rows] = starts[at] < end[rows]
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
    selection.conclude([table])
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
        selection.conclude(read_parts(variants_path, VARIANTS))


class _Selection:
    """Divides consecutive tables by the intervals that the variants overlap."""

    def __init__(self, peak_filter):
        self._filter = peak_filter
        self._peaks, self._blacklist = (
            None if path is None else _merged(path)
            for path in (peak_filter.peaks_path, peak_filter.blacklist_path)
        )
        # Of all variants, those in peaks, and those kept.
        self._n = np.zeros(3, dtype=np.int64)

    def split(self, part):
        """Split a table into the variants that are kept and the others, as dropped."""
        # 0 if kept, else 1 plus the position in _REASONS of the first reason that applies.
        reason = np.zeros(len(part), dtype=np.int8)
        in_peak, n_in_peaks = pa.nulls(len(part), pa.bool_()), 0
        if self._blacklist is not None:
            reason[self._is_inside(part, self._blacklist)] = 2
        if self._peaks is not None:
            is_inside = self._is_inside(part, self._peaks)
            if self._filter.outside_peaks == "drop":
                reason[~is_inside] = 1
            in_peak, n_in_peaks = pa.array(is_inside), is_inside.sum()
        is_kept = pa.array(reason == 0)
        kept = part.append_column("in_peak", in_peak).filter(is_kept)
        why = (reason[reason > 0] - 1).astype(np.int32)
        columns = {
            "stage": pa.DictionaryArray.from_arrays(np.zeros_like(why), [STAGE]),
            "reason": pa.DictionaryArray.from_arrays(why, _REASONS),
            "variant_id": part["variant_id"].filter(pc.invert(is_kept)),
        }
        self._n += len(part), n_in_peaks, len(kept)
        return as_table(kept, IN_PEAKS), as_table(pa.table(columns), DROPPED)

    def _is_inside(self, part, merged):
        return _is_inside(part, merged, self._filter.whole_ref)

    def conclude(self, parts):
        """Log the counts, and raise an `InputError` if no variant is kept.

        Parameters
        ----------
        parts : iterable of pyarrow.Table
            The same tables once more, for examples in the message.
        """
        n_variants, n_in_peaks, n_kept = self._n
        log.info("kept %d of %d variants", n_kept, n_variants)
        if n_kept:
            return
        what = "variants lies outside the blacklist"
        if self._peaks is not None:
            what = "variants lies in a peak and outside the blacklist"
            if self._filter.outside_peaks == "drop" and not n_in_peaks:
                parts = list(parts)
                _check_any(parts, self._filter.peaks_path, self._filter.peaks_name)
        losses = Losses()
        for part in parts:
            losses.add(self.split(part)[1].to_pandas())
        losses.conclude(self._filter.blacklist_path, n_variants, what)


def _check_any(parts, peaks_path, peaks_name):
    """Raise an `InputError` if there are variants, none of which lies in a peak."""
    chromosomes, n_variants = set(), 0
    for part in parts:
        chromosomes.update(map(str, pc.unique(part["chrom"]).to_pylist()))
        n_variants += len(part)
    if n_variants:
        ours = ", ".join(sorted(chromosomes)[:5])
        theirs = ", ".join(chromosomes_of(peaks_path)[:5]) or "none"
        raise InputError(
            f"{peaks_name or peaks_path}: none of {n_variants} variants lies in a"
            f" peak (chromosomes of the variants: {ours}; of the peaks: {theirs});"
            " check the build and the chromosome names"
        )
