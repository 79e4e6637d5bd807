"""Intervals: which variants lie in them.

Intervals are 0-based half-open. The intersection itself is bedtools', by pybedtools.
"""

import logging
import pathlib
import tempfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pybedtools

from endobench.core.columns import DROPPED, IN_PEAKS, VARIANTS
from endobench.core.errors import InputError
from endobench.core.files import atomic_path
from endobench.core.tables import as_table, read_parts, table_writer
from endobench.genome.bed import chromosomes_of

log = logging.getLogger(__name__)

STAGE = "peaks"
_REASONS = ["outside_peaks", "blacklisted"]
_TYPES = {pa.bool_(): pd.BooleanDtype()}
_BED = pa.schema(
    [
        ("chrom", pa.string()),
        *((name, pa.int64()) for name in ("start", "end", "row")),
    ]
)
_PLAIN = pa.csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")


def overlaps(variants, bed_path, whole_ref=True):
    """Tell which variants overlap an interval.

    Parameters
    ----------
    variants : pandas.DataFrame
        Columns ``chrom, pos, ref``; pos is 1-based.
    bed_path : str or path-like
        Intervals, BED.
    whole_ref : bool, default True
        A variant covers ``[pos - 1, pos - 1 + len(ref))``; otherwise its first base.

    Returns
    -------
    numpy.ndarray of bool, shape (n_variants,)
    """
    return _overlaps([_places(variants)], bed_path, whole_ref)


def _places(variants):
    return pa.table(
        {
            "chrom": pa.array(variants["chrom"].astype("category")),
            "pos": variants["pos"].to_numpy(),
            "ref": pa.array(variants["ref"], pa.string()),
        }
    )


def _overlaps(parts, bed_path, whole_ref):
    """Tell which variants overlap an interval, of tables one after the other."""
    n_variants = 0
    with tempfile.TemporaryDirectory() as folder:
        source, hits = pathlib.Path(folder) / "variants.bed", f"{folder}/hits.bed"
        with pa.csv.CSVWriter(source, _BED, write_options=_PLAIN) as writer:
            for part in parts:
                start = pc.subtract(part["pos"], 1)
                length = pc.binary_length(part["ref"]) if whole_ref else 1
                row = np.arange(n_variants, n_variants + len(part))
                writer.write_table(
                    pa.table(
                        [
                            part["chrom"].cast(pa.string()),
                            start,
                            pc.add(start, length),
                            row,
                        ],
                        schema=_BED,
                    )
                )
                n_variants += len(part)
        result = np.zeros(n_variants, dtype=bool)
        if not n_variants:
            return result
        pybedtools.BedTool(str(source)).intersect(str(bed_path), u=True, output=hits)
        if pathlib.Path(hits).stat().st_size:
            found = pa.csv.read_csv(
                hits,
                read_options=pa.csv.ReadOptions(column_names=_BED.names),
                parse_options=pa.csv.ParseOptions(delimiter="\t"),
                convert_options=pa.csv.ConvertOptions(include_columns=["row"]),
            )
            result[found["row"].to_numpy()] = True
    return result


def select_in_peaks(
    variants,
    peaks_path=None,
    blacklist_path=None,
    *,
    peaks_name=None,
    whole_ref=True,
    outside_peaks="drop",
):
    """Keep the variants that lie in peaks and in no blacklisted region.

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.VARIANTS`, on the same build as the intervals.
    peaks_path : path-like, optional
        Without it all variants stay.
    blacklist_path : path-like, optional
    peaks_name : str, optional
        What an error message calls the peaks.
    whole_ref : bool, default True
        See `overlaps`. The published study's intervals were one base long.
    outside_peaks : {"drop", "keep"}
        What becomes of the variants outside of all peaks.

    Returns
    -------
    kept : pandas.DataFrame
        In the columns of `columns.IN_PEAKS`.
    lost : pandas.DataFrame
        In the columns of `columns.DROPPED`.

    Raises
    ------
    InputError
        If peaks are given and no variant lies in one.
    """
    table = as_table(variants, VARIANTS)
    selection = _Selection(
        lambda: [table],
        peaks_path,
        blacklist_path,
        peaks_name,
        whole_ref,
        outside_peaks,
    )
    kept, lost = selection.split(table, 0)
    selection.log()
    return kept.to_pandas(types_mapper=_TYPES.get), lost.to_pandas()


def write_in_peaks(
    variants_path,
    kept_path,
    lost_path,
    peaks_path=None,
    blacklist_path=None,
    *,
    peaks_name=None,
    whole_ref=True,
    outside_peaks="drop",
):
    """Select variants as `select_in_peaks`, from a file of any size to files.

    Parameters
    ----------
    variants_path : path-like
        In the columns of `columns.VARIANTS`.
    kept_path, lost_path : path-like
        In the columns of `columns.IN_PEAKS` and `columns.DROPPED`.
    peaks_path, blacklist_path, peaks_name, whole_ref, outside_peaks
        As of `select_in_peaks`, and so are the errors.
    """

    def places():
        return read_parts(variants_path, VARIANTS, ["chrom", "pos", "ref"])

    selection = _Selection(
        places, peaks_path, blacklist_path, peaks_name, whole_ref, outside_peaks
    )
    with (
        atomic_path(kept_path) as kept_file,
        atomic_path(lost_path) as lost_file,
        table_writer(kept_file, IN_PEAKS) as kept_writer,
        table_writer(lost_file, DROPPED) as lost_writer,
    ):
        first = 0
        for part in read_parts(variants_path, VARIANTS):
            kept, lost = selection.split(part, first)
            kept_writer.write_table(kept)
            lost_writer.write_table(lost)
            first += len(part)
    selection.log()


class _Selection:
    """Which variants of some tables lie in peaks, and why others are dropped."""

    def __init__(
        self, parts, peaks_path, blacklist_path, peaks_name, whole_ref, outside_peaks
    ):
        self._in_peaks = is_listed = None
        if peaks_path is not None:
            self._in_peaks = _overlaps(parts(), peaks_path, whole_ref)
            if outside_peaks == "drop" and not self._in_peaks.any():
                _check_any(parts(), peaks_path, peaks_name)
        if blacklist_path is not None:
            is_listed = _overlaps(parts(), blacklist_path, whole_ref)
        known = [each for each in (self._in_peaks, is_listed) if each is not None]
        n_variants = len(known[0]) if known else sum(map(len, parts()))
        # The first reason that holds: 1, outside of peaks; 2, blacklisted.
        self._reason = np.zeros(n_variants, dtype=np.int8)
        if is_listed is not None:
            self._reason[is_listed] = 2
        if self._in_peaks is not None and outside_peaks == "drop":
            self._reason[~self._in_peaks] = 1

    def log(self):
        n_kept = int((self._reason == 0).sum())
        log.info("kept %d of %d variants", n_kept, len(self._reason))

    def split(self, part, first):
        """Split a table whose rows are numbered from `first` on into kept and lost."""
        reason = self._reason[first : first + len(part)]
        in_peak = pa.nulls(len(part), pa.bool_())
        if self._in_peaks is not None:
            in_peak = pa.array(self._in_peaks[first : first + len(part)])
        is_kept = pa.array(reason == 0)
        kept = part.append_column("in_peak", in_peak).filter(is_kept)
        lost = part.filter(pc.invert(is_kept))
        why = (reason[reason > 0] - 1).astype(np.int32)
        columns = {
            "stage": pa.DictionaryArray.from_arrays(np.zeros_like(why), [STAGE]),
            "reason": pa.DictionaryArray.from_arrays(why, _REASONS),
            "variant_id": lost["variant_id"],
        }
        return as_table(kept, IN_PEAKS), as_table(pa.table(columns), DROPPED)


def _check_any(parts, peaks_path, peaks_name):
    """Refuse peaks that hold none of some variants."""
    chromosomes, n_variants = set(), 0
    for part in parts:
        chromosomes.update(map(str, pc.unique(part["chrom"]).to_pylist()))
        n_variants += len(part)
    if n_variants:
        ours = ", ".join(sorted(chromosomes)[:5])
        theirs = ", ".join(chromosomes_of(peaks_path)[:5]) or "none at all"
        raise InputError(
            f"{peaks_name or peaks_path}: none of {n_variants} variants lies in a"
            f" peak (chromosomes of the variants: {ours}; of the peaks: {theirs});"
            " check the build and the chromosome names"
        )
