"""Reading and writing intervals: BED, narrowPeak and similar files.

Intervals are 0-based half-open.
"""

import csv
import logging

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from endobench.core.errors import InputError
from endobench.core.files import DAMAGED, atomic_path, open_text, why_damaged
from endobench.core.logs import tell
from endobench.core.losses import N_EXAMPLES
from endobench.core.number_text import whole_numbers
from endobench.genome.chromosomes import chromosome_names, known_chromosome

log = logging.getLogger(__name__)

_NO_INTERVAL = ("#", "track", "browser")
_HEADER = ({"start", "chromstart"}, {"end", "stop", "chromend"})
_LENGTH = {"length", "width"}
_NAMES = ["chrom", "start", "end", "name"]


def read_bed(path, build=None):
    """Read the first four columns of a BED, narrowPeak or broadPeak file.

    Parameters
    ----------
    path : str or path-like
        Plain or gzip. Track, browser and comment lines are skipped, and so is a first
        line of column names ("chr start stop"). Spaces and quotes around fields are
        stripped, and so are row names of R. Starts count from 1 if a column of lengths
        says so, as in the tables of MACS and of data frames of R.
    build : str, optional
        The declared build, which accessions of chromosomes must be on.

    Returns
    -------
    pandas.DataFrame
        ``chrom, start, end, name`` and ``source_line`` (1-based), in the order of the
        file. `name` is None if the fourth column is missing or a dot.

    Raises
    ------
    InputError
        If the file has no intervals or is truncated, or a line has fewer than three
        columns, a coordinate that is not a whole number of at least 0, or an end that is
        not after its start. The message gives the line.
    """
    frame = _read_plain(path)
    frame = _read_lines(path) if frame is None else frame
    try:
        return frame.assign(chrom=chromosome_names(frame["chrom"], build))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def tell_of_names(intervals, path):
    """Warn if most intervals lie on no chromosome with a known name.

    Parameters
    ----------
    intervals : pandas.DataFrame
        From `read_bed`.
    path : str or path-like
        For the message.
    """
    names = intervals["chrom"].unique()
    unknown = [name for name in names if known_chromosome(name) is None]
    n_unknown = int(intervals["chrom"].isin(unknown).sum())
    if n_unknown > len(intervals) / 2:
        tell(
            log,
            "%s: %s of %s intervals lie on no chromosome such as chr1 (found: %s)",
            path,
            f"{n_unknown:,}",
            f"{len(intervals):,}",
            ", ".join(map(repr, unknown[:N_EXAMPLES])),
        )


def _read_plain(path):
    """Read all lines at once, or return None if one of them needs `_read_lines`."""
    try:
        with open_text(path) as file:
            lines = pa.array(file.read().split("\n"))
    except DAMAGED:
        return None
    if lines[-1].as_py() == "":
        lines = lines[:-1]
    fields = pc.split_pattern(lines, "\t")
    n_fields = pc.min_max(pc.list_value_length(fields)).as_py()
    # Either all lines have a name or none has.
    has_names = (n_fields["min"] or 0) >= len(_NAMES)
    if not (has_names or n_fields["min"] == n_fields["max"] == 3):
        return None
    chrom, start, end = (pc.list_element(fields, at) for at in range(3))
    name = pc.list_element(fields, 3) if has_names else pa.array([""] * len(lines))
    is_plain = [
        pc.match_substring_regex(pc.unique(chrom), "^[0-9A-Za-z._]+$"),
        *(pc.match_substring_regex(each, "^[0-9]{1,10}$") for each in (start, end)),
        pc.match_substring_regex(name, r"^[^\s]*$"),
    ]
    if not all(pc.all(each).as_py() for each in is_plain):
        return None
    start, end = (each.cast(pa.int64()) for each in (start, end))
    if not pc.all(pc.greater(end, start)).as_py():
        return None
    is_name = pc.invert(pc.is_in(name, pa.array(["", "."])))
    columns = [chrom, start, end, pc.if_else(is_name, name, None)]
    frame = pa.table(columns, names=_NAMES).to_pandas().astype({"name": object})
    return frame.assign(source_line=np.arange(1, len(frame) + 1))


def _read_lines(path):
    """Read a file line by line, reporting the first line that is not an interval."""
    rows, n_columns, at_length, counts_from = [], None, None, 0
    try:
        with open_text(path) as file:
            for line, text in enumerate(file, start=1):
                if not text.strip() or text.startswith(_NO_INTERVAL):
                    continue
                fields = _fields(text)
                if not rows and n_columns is None and _is_header(fields):
                    n_columns = len(fields)
                    at_length = _place_of_length(fields)
                    continue
                if len(fields) - 1 == n_columns and not fields[1].isdecimal():
                    # R writes no name above its row names.
                    fields = fields[1:]
                if not rows and at_length is not None:
                    counts_from = _counts_from(fields, at_length)
                rows.append((*_interval(path, line, fields, counts_from), line))
    except DAMAGED as error:
        raise InputError(
            f"{path}: not readable as text after {len(rows)} intervals"
            f" ({why_damaged(error, path)}); expected a complete BED file"
        ) from None
    if not rows:
        raise InputError(f"{path}: contains no intervals; expected a BED file")
    frame = pd.DataFrame(rows, columns=[*_NAMES, "source_line"])
    if counts_from:
        tell(log, "%s: starts count from 1, as the lengths show; 1 is subtracted", path)
    return frame.astype({"name": object})


def _place_of_length(header):
    """Return the place of a column of lengths in a header, or None."""
    places = [at for at, name in enumerate(header) if name.lower() in _LENGTH]
    return places[0] if places else None


def _counts_from(fields, at_length):
    """Return 1 if the length of an interval includes both of its ends, else 0."""
    try:
        start, end, length = whole_numbers([*fields[1:3], *fields[at_length:][:1]])
    except ValueError:
        return 0
    return int(length == end - start + 1)


def _fields(text):
    if '"' in text:
        fields = next(csv.reader([text.rstrip("\r\n")], delimiter="\t"))
    else:
        fields = text.split("\t")
    return [field.strip() for field in fields]


def _is_header(fields):
    return len(fields) >= 3 and all(
        field.lower() in known
        for field, known in zip(fields[1:3], _HEADER, strict=True)
    )


def _interval(path, line, fields, counts_from):
    if len(fields) < 3:
        raise InputError(
            f"{path}: line {line}: {len(fields)} tab-separated columns; expected at"
            f" least 3 (chrom, start, end): {' '.join(fields)[:60]!r}"
        )
    chrom, start, end = fields[:3]
    try:
        numbers = whole_numbers([start, end])
    except ValueError as error:
        what = str(error)
        if not start.isdecimal() and known_chromosome(start):
            what = (
                "the chromosome is in the second column; remove the first one, such as row"
                " names of R or bins of UCSC"
            )
        raise InputError(
            f"{path}: line {line}: start {start!r} and end {end!r} must be whole numbers"
            f" ({what})"
        ) from None
    numbers[0] -= counts_from
    if numbers[0] < 0:
        raise InputError(
            f"{path}: line {line}: start {start} is negative, but BED counts from 0"
        )
    if numbers[1] <= numbers[0]:
        raise InputError(f"{path}: line {line}: end {end} is not after start {start}")
    name = fields[3] if len(fields) > 3 and fields[3] not in ("", ".") else None
    return chrom, *numbers, name


def chromosomes_of(path):
    """Return the sorted names of the chromosomes in a file of intervals."""
    with open_text(path) as file:
        lines = [text for text in file if not text.startswith(_NO_INTERVAL)]
    return sorted({text.split("\t")[0].strip() for text in lines})


def write_bed(intervals, path):
    """Write sorted intervals, completely or not at all.

    Parameters
    ----------
    intervals : pandas.DataFrame
        ``chrom, start, end``, 0-based half-open, and optionally ``name``. Names are
        written as the fourth column if no interval lacks one.
    path : str or path-like
    """
    is_named = "name" in intervals and intervals["name"].notna().all()
    columns = _NAMES if is_named else _NAMES[:3]
    ordered = intervals[columns].sort_values(columns)
    plain = pa.csv.WriteOptions(
        include_header=False, delimiter="\t", quoting_style="none"
    )
    with atomic_path(path) as temporary:
        try:
            table = pa.Table.from_pandas(ordered, preserve_index=False)
            pa.csv.write_csv(table, temporary, plain)
        except pa.ArrowInvalid:
            # A name needs quotes, which Arrow cannot write around some names alone.
            ordered.to_csv(temporary, sep="\t", header=False, index=False)
