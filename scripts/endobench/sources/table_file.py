"""Reading columns of tables in text, Parquet, Feather or VCF files.

The kind of a file is recognised by its content, not its name: a ``.vcf`` may be a plain
table.
"""

import itertools
import re
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather
import pyarrow.parquet as pq

from endobench.core.errors import InputError
from endobench.core.files import BINARY_TABLES, DAMAGED, ahead, open_text, why_damaged
from endobench.core.nearest import nearest
from endobench.core.number_text import largest_exact, parse_numbers
from endobench.sources.text_table import TextLayout, first_lines, layout_of, read_text
from endobench.sources.vcf_table import (
    FIRST_LINE,
    VcfLayout,
    is_header,
    open_vcf,
    read_vcf,
)

# From this likeness on, a name is taken for another one with a typing error.
_TYPO = 0.85
_MOST_NAMES = 40
# Separators that are not read: their name, and what changes them to tabs.
_SEPARATORS = {
    ";": ("semicolons", r"tr ';' '\t' <"),
    "|": ("vertical bars", r"tr '|' '\t' <"),
    " ": ("blanks", r"awk -v OFS='\t' '{ $1 = $1 } 1'"),
}
_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?")
# Of a name of a column in a message; a file of JSON is a single one.
_MOST_CHARACTERS = 60


class TableFile(NamedTuple):
    """Kind and columns of a file.

    Attributes
    ----------
    path : str or path-like
    kind : {"text", "parquet", "feather", "vcf"}
    names : list of str
        Column names. For a VCF they include its fields, such as ``INFO/AF``.
    first_line : int
        Line of the first row. Rows of a file without lines are counted from 1.
    layout : TextLayout or VcfLayout, optional
        How text is to be read.
    """

    path: object
    kind: str
    names: list
    first_line: int = 1
    layout: TextLayout | VcfLayout | None = None


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
        kind = BINARY_TABLES.get(file.read(4))
    if kind:
        try:
            names = _schema_of(path, kind).names
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(f"{path}: not a complete {kind} file ({error})") from None
        return TableFile(path, kind, names)
    try:
        with open_text(path) as file:
            top = file.readline()
            line, first, second = first_lines(itertools.chain([top], file))
    except DAMAGED as error:
        raise InputError(
            f"{path}: not a readable text table ({why_damaged(error, path)})"
        ) from None
    if not first:
        raise InputError(f"{path}: is empty; expected a header and rows")
    if top.startswith(FIRST_LINE) or is_header(first):
        layout = open_vcf(path)
        return TableFile(path, "vcf", layout.names, layout.first_line, layout)
    layout = layout_of(path, line, first, second, header)
    return TableFile(path, "text", layout.names, layout.first_line, layout)


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
    table_file = _without_hash(table_file, types)
    _check_names(table_file, list(types))
    path, layout = table_file.path, table_file.layout
    if table_file.kind == "text":
        yield from ahead(read_text(path, layout, types))
    elif table_file.kind == "vcf":
        yield from ahead(read_vcf(path, layout, types))
    else:
        yield _read_whole(table_file, types)


def _read_whole(table_file, types):
    path, kind = table_file.path, table_file.kind
    try:
        if kind == "parquet":
            # Some writers give each page a checksum.
            table = pq.read_table(
                path, columns=list(types), page_checksum_verification=True
            )
        else:
            table = pa.feather.read_table(path, columns=list(types))
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path}: not a complete {kind} file ({error})") from None
    columns = {}
    for name, type_ in types.items():
        where, given = f"{path}: column {name!r}", table[name]
        try:
            columns[name] = _cast(given, type_, where)
        except pa.ArrowNotImplementedError:
            what = "text" if pa.types.is_string(type_) else "numbers"
            raise InputError(
                f"{where}: has values of type {given.type}; expected {what}"
            ) from None
        except pa.ArrowInvalid as error:
            raise InputError(f"{where}: {error}") from None
    return pa.table(columns)


def _cast(column, type_, where):
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_boolean(column.type) and pa.types.is_string(type_):
        # As in a text table.
        return pa.chunked_array(
            [column.to_pandas().map({True: "True", False: "False"})]
        )
    if _is_text(column.type) or pa.types.is_decimal(column.type):
        column = column.cast(pa.string())
    if pa.types.is_string(type_):
        return column.cast(type_).fill_null("")
    if pa.types.is_string(column.type):
        numbers, defect = parse_numbers(column, type_)
        if defect:
            row, what = defect
            raise InputError(f"{where}: row {row + 1}: {what}")
        return numbers
    if pa.types.is_floating(column.type) and pa.types.is_integer(type_):
        column = pc.if_else(pc.is_nan(column), None, column)
        largest = largest_exact(column.type)
        row = pc.index(pc.is_inf(column), True).as_py()
        if row >= 0:
            value = column[row].as_py()
            raise InputError(f"{where}: row {row + 1}: {value} is not a whole number")
        row = pc.index(pc.greater(pc.abs(column), largest), True).as_py()
        if row >= 0:
            raise InputError(
                f"{where}: row {row + 1}: {column[row].as_py()} is not exact, since"
                f" {column.type} numbers above {largest:,} are rounded; write them as"
                " whole numbers"
            )
        row = pc.index(pc.equal(pc.floor(column), column), False).as_py()
        if row >= 0:
            value = column[row].as_py()
            raise InputError(f"{where}: row {row + 1}: {value} is not a whole number")
    return column.cast(type_)


def _is_text(type_):
    # Polars writes large strings, and old writers of Parquet bytes.
    known = (pa.string(), pa.large_string(), pa.string_view(), pa.binary())
    return type_ in (*known, pa.large_binary(), pa.binary_view())


def _schema_of(path, kind):
    if kind == "parquet":
        return pq.read_schema(path)
    return pa.feather.read_table(path, memory_map=True).schema


def _without_hash(table_file, wanted):
    """Call the first column of a text by its name if a # stands before it."""
    first, *others = table_file.names
    name = first.removeprefix("#").strip()
    if table_file.kind != "text" or name == first or name not in wanted:
        return table_file
    names = [name, *others]
    layout = table_file.layout._replace(names=names)
    return table_file._replace(names=names, layout=layout)


def _check_names(table_file, wanted):
    path, names = table_file.path, table_file.names
    where = path
    if table_file.kind == "text":
        where = f"{path}: line {table_file.first_line - 1}"
    for name in wanted:
        if name not in names:
            others = [each for each in names if each not in wanted]
            near = nearest(name, others) or nearest(name, names, cutoff=_TYPO)
            hint = f"; the closest is {near[0]!r}" if near else ""
            if len(names) == 1:
                hint = (
                    f"; columns must be separated by tabs or by commas{_not_by(*names)}"
                )
            elif table_file.kind == "text" and any(map(_NUMBER.fullmatch, names)):
                hint += (
                    "; does the file lack a header? Insert a first line with the names"
                )
            elif table_file.kind == "vcf" and "FORMAT" in table_file.layout.text.names:
                hint += (
                    "; values of samples are not read (write a table with 'bcftools"
                    " query')"
                )
            raise InputError(
                f"{where}: column {name!r} is missing{hint} (found: {_listed(names)})"
            )
        if names.count(name) > 1:
            raise InputError(f"{where}: column {name!r} appears twice")


def _not_by(line):
    """Say what separates the columns of a line instead, and how to change it."""
    for mark, (what, command) in _SEPARATORS.items():
        if mark in line.strip():
            return f", not by {what}: {command} FILE > NEW_FILE"
    return ""


def _listed(names):
    """Return names of columns for a message, which may be many and long."""
    shown = [
        name if len(name) <= _MOST_CHARACTERS else f"{name[:_MOST_CHARACTERS]}..."
        for name in names[:_MOST_NAMES]
    ]
    n_others = len(names) - len(shown)
    return ", ".join([*shown, *([f"and {n_others} others"] if n_others else [])])
