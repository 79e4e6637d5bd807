"""Reading columns of tables in text, Parquet, Feather or VCF files.

The kind of a file is recognised by its content, not its name: a ``.vcf`` may be a plain
table.
"""

import contextlib
import csv
import difflib
import io
import itertools
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pysam

from endobench.core.errors import InputError
from endobench.core.files import DAMAGED, ahead, is_gzip, open_text
from endobench.sources.formats import MISSING

_MAGIC = {b"PAR1": "parquet", b"ARRO": "feather", b"FEA1": "feather"}
# Enough to occupy all cores, and small compared with the memory of the packages.
_BLOCK_BYTES = 1 << 24
_VCF = ("CHROM", "POS", "ID", "REF", "ALT")


class TableFile(NamedTuple):
    """Kind and columns of a file.

    Attributes
    ----------
    path : str or path-like
    kind : {"text", "parquet", "feather", "vcf"}
    names : list of str
        Column names. For a VCF they include its fields, such as ``INFO/AF``.
    delimiter : str
        For text.
    first_line : int
        Line of the first row. Rows of a file without lines are counted from 1.
    """

    path: object
    kind: str
    names: list
    delimiter: str = "\t"
    first_line: int = 1


def open_table(path, header=()):
    """Determine the kind and the columns of a file.

    Parameters
    ----------
    path : str or path-like
    header : sequence of str
        Column names of a text file without a header.

    Returns
    -------
    TableFile

    Raises
    ------
    InputError
        If the file is empty, damaged or of another kind.
    """
    with open(path, "rb") as file:
        kind = _MAGIC.get(file.read(4))
    if kind:
        try:
            names = _schema_of(path, kind).names
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(f"{path}: not a complete {kind} file ({error})") from None
        return TableFile(path, kind, names)
    try:
        with open_text(path) as file:
            first = file.readline().removeprefix("\ufeff").rstrip("\r\n")
    except DAMAGED as error:
        raise InputError(f"{path}: not a readable text table ({error})") from None
    if not first:
        raise InputError(f"{path}: is empty; expected a header and rows")
    if first.startswith("##fileformat=VCF"):
        return _open_vcf(path)
    delimiter = "," if "\t" not in first and "," in first else "\t"
    if not header:
        return TableFile(path, "text", _fields(first, delimiter), delimiter, 2)
    n_fields = len(_fields(first, delimiter))
    if n_fields != len(header):
        raise InputError(
            f"{path}: line 1: {n_fields} fields; expected the {len(header)} columns of"
            f" this format, which has no header: {', '.join(header)}"
        )
    return TableFile(path, "text", list(header), delimiter, 1)


def read_columns(table_file, types):
    """Read columns of a table.

    Parameters
    ----------
    table_file : TableFile
    types : dict of str to pyarrow.DataType
        The columns to read, and their types: float64, int64 or string.

    Returns
    -------
    pyarrow.Table
        Missing numbers are null; strings are unchanged.

    Raises
    ------
    InputError
        If a column is missing or appears twice, a value is not a number, or the file is
        truncated. For text, the message gives the line.
    """
    return pa.concat_tables(read_blocks(table_file, types))


def read_blocks(table_file, types):
    """Read columns of a table, in blocks of lines if it is text.

    Parameters
    ----------
    table_file, types
        As for `read_columns`.

    Yields
    ------
    pyarrow.Table
        At least one, in the order of the rows.

    Raises
    ------
    InputError
        As `read_columns`.
    """
    _check_names(table_file, list(types))
    if table_file.kind == "text":
        yield from ahead(_read_text(table_file, types))
    else:
        yield _read_whole(table_file, types)


def _read_whole(table_file, types):
    path, kind = table_file.path, table_file.kind
    if kind == "vcf":
        table = _read_vcf(path, list(types))
    else:
        read = pq.read_table if kind == "parquet" else pa.feather.read_table
        try:
            table = read(path, columns=list(types))
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(f"{path}: not a complete {kind} file ({error})") from None
    columns = {}
    for name, type_ in types.items():
        try:
            columns[name] = _cast(table[name], type_)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise InputError(f"{path}: column {name!r}: {error}") from None
    return pa.table(columns)


def _cast(column, type_):
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_boolean(column.type) and pa.types.is_string(type_):
        # As in a text table.
        return pa.chunked_array(
            [column.to_pandas().map({True: "True", False: "False"})]
        )
    if pa.types.is_string(column.type) and not pa.types.is_string(type_):
        column = pc.if_else(pc.is_in(column, pa.array(MISSING)), None, column)
    column = column.cast(type_)
    return column.fill_null("") if pa.types.is_string(type_) else column


def _schema_of(path, kind):
    if kind == "parquet":
        return pq.read_schema(path)
    return pa.feather.read_table(path, memory_map=True).schema


@contextlib.contextmanager
def open_vcf(path):
    """Open a VCF, plain or compressed with bgzip.

    Yields
    ------
    pysam.VariantFile

    Raises
    ------
    InputError
        If the file is not a complete VCF, even if that is found while reading.
    """
    try:
        with pysam.VariantFile(str(path)) as vcf:
            yield vcf
    except NotImplementedError:
        raise InputError(
            f"{path}: VCF is compressed with gzip; recompress it with bgzip"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a complete VCF ({error})") from None


def _open_vcf(path):
    with open_vcf(path) as vcf:
        fields = [f"INFO/{name}" for name in vcf.header.info]
    with open_text(path) as file:
        n_header = sum(
            1 for _ in itertools.takewhile(lambda text: text[0] == "#", file)
        )
    return TableFile(path, "vcf", [*_VCF, *fields], first_line=n_header + 1)


def _read_vcf(path, wanted):
    rows = {name: [] for name in wanted}
    with open_vcf(path) as vcf:
        for record in vcf:
            values = {
                "CHROM": record.chrom,
                "POS": record.pos,
                "ID": record.id,
                "REF": record.ref,
                "ALT": ",".join(record.alts or ()),
            }
            for name in wanted:
                value = values.get(name)
                if name.startswith("INFO/"):
                    value = record.info.get(name.removeprefix("INFO/"))
                # Values for several ALTs do not describe the record.
                if isinstance(value, tuple):
                    value = value[0] if len(value) == 1 else None
                rows[name].append(value)
    return pa.table({name: pa.array(values) for name, values in rows.items()})


def _read_text(table_file, types):
    """Yield the rows of a text file, one block of lines at a time."""
    path = table_file.path
    has_quotes = table_file.delimiter == ","
    options = {
        # Empty lines count, so that rows can be counted as lines.
        "parse_options": pyarrow.csv.ParseOptions(
            delimiter=table_file.delimiter,
            quote_char='"' if has_quotes else False,
            ignore_empty_lines=False,
        ),
        "convert_options": pyarrow.csv.ConvertOptions(
            include_columns=list(types), column_types=types, null_values=MISSING
        ),
    }
    n_skipped = table_file.first_line - 1
    try:
        for block in _blocks_of_lines(path):
            yield pyarrow.csv.read_csv(
                pa.BufferReader(block),
                read_options=pyarrow.csv.ReadOptions(
                    column_names=table_file.names, skip_rows=n_skipped
                ),
                **options,
            )
            n_skipped = 0
    except pa.ArrowInvalid as error:
        raise InputError(_locate(table_file, types, str(error))) from None
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read to the end ({error}); is the file truncated?"
        ) from None


def _blocks_of_lines(path):
    """Yield whole lines, some megabytes at a time, unpacking the next ones meanwhile."""
    packing = "gzip" if is_gzip(path) else None
    with pa.input_stream(path, compression=packing) as stream:
        rest = b""
        for block in ahead(iter(lambda: stream.read(_BLOCK_BYTES), b"")):
            end = block.rfind(b"\n") + 1
            if end:
                yield rest + block[:end]
            rest = block[end:] if end else rest + block
        if rest:
            yield rest


def _fields(line, delimiter):
    if delimiter == "\t":
        return line.split("\t")
    return next(csv.reader(io.StringIO(line)))


def _check_names(table_file, wanted):
    path, names = table_file.path, table_file.names
    where = f"{path}: line 1" if table_file.kind == "text" else path
    for name in wanted:
        if name not in names:
            others = [each for each in names if each not in wanted]
            near = difflib.get_close_matches(name, others, n=1)
            hint = f"; the closest is {near[0]!r}" if near else ""
            if len(names) == 1:
                hint = "; columns must be separated by tabs or by commas"
            raise InputError(
                f"{where}: column {name!r} is missing{hint} (found: {', '.join(names)})"
            )
        if names.count(name) > 1:
            raise InputError(f"{where}: column {name!r} appears twice")


def _locate(table_file, types, message):
    """Describe the first line that Arrow could not convert."""
    path, first = table_file.path, table_file.first_line
    line = 1
    try:
        with open_text(path) as file:
            for line, text in enumerate(file, start=1):
                if line >= first and (defect := _defect(table_file, text, types)):
                    return f"{path}: line {line}: {defect}"
    except DAMAGED as error:
        return f"{path}: not readable as text after line {line} ({error})"
    return f"{path}: {message}"


def _defect(table_file, text, types):
    """Describe the error in a line, or return None."""
    header = table_file.names
    fields = _fields(text.rstrip("\r\n"), table_file.delimiter)
    if len(fields) != len(header):
        return (
            f"{len(fields)} fields, but the header has {len(header)}; is the file"
            " truncated?"
        )
    for name, type_ in types.items():
        value = fields[header.index(name)]
        if type_ == pa.string() or value in MISSING:
            continue
        try:
            # Unlike Arrow, Python accepts 1_000 as a number.
            (float if type_ == pa.float64() else int)(value.replace("_", "?"))
        except ValueError:
            return f"column {name!r}: {value!r} is not a number"
    return None
