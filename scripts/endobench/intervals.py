"""Intervals: which variants lie in them.

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

from endobench.bed import chromosomes_of
from endobench.errors import InputError
from endobench.tables import dropped

log = logging.getLogger(__name__)

STAGE = "peaks"


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
    reason = pd.Series(pd.NA, index=variants.index, dtype="string")
    variants = variants.assign(in_peak=pd.Series(pd.NA, variants.index, "boolean"))
    if peaks_path is not None:
        in_peaks = overlaps(variants, peaks_path, whole_ref)
        if outside_peaks == "drop" and len(variants) and not in_peaks.any():
            ours = ", ".join(sorted(variants["chrom"].astype(str).unique())[:5])
            theirs = ", ".join(chromosomes_of(peaks_path)[:5]) or "none at all"
            raise InputError(
                f"{peaks_name or peaks_path}: none of {len(variants)} variants lies in a"
                f" peak (chromosomes of the variants: {ours}; of the peaks: {theirs});"
                " check the build and the chromosome names"
            )
        variants["in_peak"] = in_peaks
        if outside_peaks == "drop":
            reason[~in_peaks] = "outside_peaks"
    if blacklist_path is not None:
        is_listed = overlaps(variants, blacklist_path, whole_ref)
        reason[reason.isna() & is_listed] = "blacklisted"
    is_kept = reason.isna()
    log.info("kept %d of %d variants", is_kept.sum(), len(variants))
    lost = dropped(variants[~is_kept], STAGE, reason[~is_kept])
    return variants[is_kept].reset_index(drop=True), lost
