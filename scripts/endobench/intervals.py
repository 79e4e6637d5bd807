"""Intervals: reading BED and narrowPeak, and which variants lie in them.

Intervals are 0-based half-open. The intersection itself is bedtools', by pybedtools.
"""

import logging
import pathlib
import tempfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pybedtools

from endobench.errors import InputError
from endobench.files import DAMAGED, atomic_path, open_text
from endobench.tables import dropped

log = logging.getLogger(__name__)

STAGE = "peaks"
_NO_INTERVAL = ("#", "track", "browser")


def read_bed(path):
    """Read the first three columns of a BED, narrowPeak or broadPeak file.

    Parameters
    ----------
    path : str or path-like
        Plain or gzip; track, browser and comment lines are passed over.

    Returns
    -------
    pandas.DataFrame
        ``chrom, start, end`` and ``source_line`` (1-based), in the file's order.

    Raises
    ------
    InputError
        With the line, where one has fewer than three columns, a coordinate that is no
        whole number, or an end not after its start; or if the file holds no interval.
    """
    rows = []
    try:
        with open_text(path) as file:
            for line, text in enumerate(file, start=1):
                if not text.strip() or text.startswith(_NO_INTERVAL):
                    continue
                rows.append((*_interval(path, line, text), line))
    except DAMAGED as error:
        raise InputError(
            f"{path}: not readable as text after {len(rows)} intervals ({error}); a"
            " whole BED file is expected"
        ) from None
    if not rows:
        raise InputError(f"{path}: holds no interval; a BED file is expected")
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "source_line"])


def _interval(path, line, text):
    fields = text.rstrip("\r\n").split("\t")
    if len(fields) < 3:
        raise InputError(
            f"{path}: line {line}: {len(fields)} tab-separated columns, at least 3"
            f" (chrom, start, end) are expected: {text.strip()[:60]!r}"
        )
    chrom, start, end = fields[:3]
    if not (start.isdecimal() and end.isdecimal()):
        raise InputError(
            f"{path}: line {line}: start {start!r} and end {end!r} must be whole numbers"
        )
    if int(end) <= int(start):
        raise InputError(f"{path}: line {line}: end {end} is not after start {start}")
    return chrom, int(start), int(end)


def _chromosomes(path):
    with open_text(path) as file:
        lines = [text for text in file if not text.startswith(_NO_INTERVAL)]
    return sorted({text.split("\t")[0].strip() for text in lines})


def write_bed(intervals, path):
    """Write ``chrom, start, end`` sorted, whole or not at all."""
    columns = ["chrom", "start", "end"]
    ordered = intervals[columns].sort_values(columns)
    with atomic_path(path) as temporary:
        ordered.to_csv(temporary, sep="\t", header=False, index=False)


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
    result = np.zeros(len(variants), dtype=bool)
    if variants.empty:
        return result
    start = variants["pos"].to_numpy() - 1
    bed = pa.table(
        {
            "chrom": pa.array(variants["chrom"].astype("category")),
            "start": start,
            "end": start + (variants["ref"].str.len().to_numpy() if whole_ref else 1),
            "row": np.arange(len(variants)),
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        pyarrow.csv.write_csv(
            bed,
            path / "variants.bed",
            pyarrow.csv.WriteOptions(
                include_header=False, delimiter="\t", quoting_style="none"
            ),
        )
        hits = path / "hits.bed"
        pybedtools.BedTool(str(path / "variants.bed")).intersect(
            str(bed_path), u=True, output=str(hits)
        )
        if hits.stat().st_size:
            table = pyarrow.csv.read_csv(
                hits,
                read_options=pyarrow.csv.ReadOptions(column_names=bed.column_names),
                parse_options=pyarrow.csv.ParseOptions(delimiter="\t"),
            )
            result[table["row"].to_numpy()] = True
    return result


def select_in_peaks(
    variants, peaks_path=None, blacklist_path=None, *, peaks_name=None, whole_ref=True
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

    Returns
    -------
    kept, lost : pandas.DataFrame
        The second in the columns of `columns.DROPPED`.

    Raises
    ------
    InputError
        If peaks are given and no variant lies in one.
    """
    reason = pd.Series(pd.NA, index=variants.index, dtype="string")
    if peaks_path is not None:
        in_peaks = overlaps(variants, peaks_path, whole_ref)
        if len(variants) and not in_peaks.any():
            ours = ", ".join(sorted(variants["chrom"].astype(str).unique())[:5])
            theirs = ", ".join(_chromosomes(peaks_path)[:5]) or "none at all"
            raise InputError(
                f"{peaks_name or peaks_path}: none of {len(variants)} variants lies in a"
                f" peak (chromosomes of the variants: {ours}; of the peaks: {theirs});"
                " check the build and the chromosome names"
            )
        reason[~in_peaks] = "outside_peaks"
    if blacklist_path is not None:
        is_listed = overlaps(variants, blacklist_path, whole_ref)
        reason[reason.isna() & is_listed] = "blacklisted"
    is_kept = reason.isna()
    log.info("kept %d of %d variants", is_kept.sum(), len(variants))
    lost = dropped(variants[~is_kept], STAGE, reason[~is_kept])
    return variants[is_kept].reset_index(drop=True), lost
