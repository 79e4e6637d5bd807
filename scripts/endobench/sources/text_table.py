"""Reading columns of text tables, in blocks of lines."""

import codecs
import contextlib
import csv
import io
import itertools
import logging
import re
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from endobench.core.errors import InputError
from endobench.core.files import DAMAGED, ahead, is_gzip, open_text, why_damaged
from endobench.core.number_text import MISSING, parse_numbers

log = logging.getLogger(__name__)

# Enough to occupy all cores, and small compared with the memory of the packages.
_BLOCK_BYTES = 1 << 24
# Small enough that the system need not provide new memory for each.
_PIECE_BYTES = 1 << 16
ROW_NAMES = "(row names)"
# Lines that tell whether commas are decimal ones.
_N_SAMPLED = 200
_WHOLE, _DIGITS = re.compile("[+-]?[0-9]+"), re.compile("[0-9]+")
# Of texts copied from a page or a document, the second.
_BLANKS = (b" ", "\N{NO-BREAK SPACE}".encode())
_LINE_END = re.compile(rb"\r?\n|\r")
_QUOTED = re.compile(r'(?:^|\t)"(?:[^"]|"")*"(?:\t|$)')
_QUOTED_IN_BLOCK = re.compile(
    rb'(?:^|\t)"(?:[^"\t\r\n]|"")*"(?:[\t\r\n]|$)', re.MULTILINE
)


class TextLayout(NamedTuple):
    """How a text table is to be read.

    Attributes
    ----------
    names : list of str
        Column names.
    first_line : int
        Line of the first row.
    delimiter : str
    has_quotes : bool
        Whether values may stand in double quotes, as R writes them.
    is_short : bool
        Whether the header has one name less than the rows, none for the row names of R.
    """

    names: list
    first_line: int = 2
    delimiter: str = "\t"
    has_quotes: bool = False
    is_short: bool = False


def first_lines(file):
    """Return the number and the text of a table's first line, and the line after it.

    Comments above a header are skipped: empty lines, and lines that begin with ``#`` but
    have another number of fields than the line below them.

    Parameters
    ----------
    file : iterable of str

    Returns
    -------
    line : int
        From 1.
    first, second : str
        Without line ends, and empty if the file ends before them.
    """
    above, last, line = "", (0, ""), 0
    lines = (text.rstrip("\r\n") for text in file)
    for first in lines:
        line += 1
        if first.strip() and not first.startswith("#"):
            break
        above = first
        if first.strip():
            last = line, first
    else:
        # Nothing but comments, or a header that begins with #.
        return *last, ""
    n_above, n_fields = (text.count("\t") or text.count(",") for text in (above, first))
    if above.startswith("#") and 0 < n_above == n_fields:
        return line - 1, above, first
    return line, first, next(lines, "")


def layout_of(path, line, first, second, header=()):
    """Return the `TextLayout` of a table.

    Parameters
    ----------
    path : str or path-like
        For error messages.
    line, first, second
        As from `first_lines`.
    header : sequence of str
        Column names of a file without a header.

    Raises
    ------
    InputError
        If a file without a header has another number of columns.
    """
    delimiter = "," if "\t" not in first and "," in first else "\t"
    has_quotes = delimiter == "," or any(map(_QUOTED.search, (first, second)))
    names, row = (_fields(text, delimiter, has_quotes) for text in (first, second))
    if header:
        if len(names) != len(header):
            raise InputError(
                f"{path}: line {line}: {len(names)} fields; expected the {len(header)}"
                f" columns of this format, which has no header: {', '.join(header)}"
            )
        return TextLayout(list(header), line, delimiter, has_quotes)
    is_longer = len(names) > 1 and len(row) == len(names) + 1
    is_short = is_longer and bool(row[-1])
    if is_short:
        names = ["", *names]
    elif is_longer:
        names = [*names, ""]
    if len(names) > 1 and not names[0].strip():
        log.info("%s: the first column has no name: %s", path, ROW_NAMES)
        names = [ROW_NAMES, *names[1:]]
    return TextLayout(names, line + 1, delimiter, has_quotes, is_short)


def read_text(path, layout, types):
    """Yield columns of a text table, one block of lines at a time.

    Parameters
    ----------
    path : str or path-like
        Plain or gzip.
    layout : TextLayout
    types : dict of str to pyarrow.DataType
        The columns to read, and their types: float64, int64 or string.

    Raises
    ------
    InputError
        If a line has another number of fields, a value is not a number, or the file is
        truncated.
    """
    line = layout.first_line
    n_skipped = line - 1
    may_be_decimal = layout.delimiter == "," and layout.is_short
    # A table without rows has columns, too.
    yield pa.table({name: pa.array([], type_) for name, type_ in types.items()})
    try:
        for block in blocks_of_lines(path):
            if n_skipped:
                # Old files of a Mac end lines with a carriage return alone.
                n_lines = block.count(b"\n") or len(block.splitlines())
                if n_lines <= n_skipped:
                    n_skipped -= n_lines
                    continue
            if may_be_decimal:
                _check_decimal_commas(path, block, n_skipped, line)
                may_be_decimal = False
            # Some writers quote only the fields that need it, which may come late.
            if not layout.has_quotes and b'"' in block:
                is_quoted = bool(_QUOTED_IN_BLOCK.search(block))
                layout = layout._replace(has_quotes=is_quoted)
            table = _parse(path, block, layout, types, (n_skipped, line))
            yield table
            line += table.num_rows
            n_skipped = 0
    except pa.ArrowInvalid as error:
        raise InputError(_locate(path, layout, str(error))) from None
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read to the end ({error}); is the file truncated, or"
            " does it have other bytes after its end?"
        ) from None


def blocks_of_lines(path):
    """Yield whole lines, some megabytes at a time, unpacking the next ones meanwhile."""
    packing = "gzip" if is_gzip(path) else None
    with pa.input_stream(path, compression=packing) as stream:
        yield from ahead(_whole_lines(stream))


def _whole_lines(stream):
    """Yield blocks that end with a line; a block is copied once, from its pieces."""
    pieces, n_bytes, is_first = [], 0, True
    while piece := stream.read(min(_PIECE_BYTES, _BLOCK_BYTES)):
        if is_first:
            piece, is_first = piece.removeprefix(codecs.BOM_UTF8), False
        n_bytes += len(piece)
        end = piece.rfind(b"\n") + 1 if n_bytes >= _BLOCK_BYTES else 0
        if end:
            yield b"".join([*pieces, memoryview(piece)[:end]])
            piece = piece[end:]
            pieces, n_bytes = [], len(piece)
        pieces.append(piece)
    if n_bytes:
        yield _without_empty_end(b"".join(pieces))


def _without_empty_end(block):
    """Leave out lines without a value at the end of a file, as Excel writes them."""
    last = len(block.rstrip(b"\r\n\t ,"))
    end = _LINE_END.search(block, last)
    return block[: end.end()] if end else block


def _parse(path, block, layout, types, place):
    """Parse a block of lines: quickly, or else as texts if it has unusual numbers."""
    n_skipped, line = place

    def read(column_types):
        return pyarrow.csv.read_csv(
            pa.BufferReader(block),
            read_options=pyarrow.csv.ReadOptions(
                column_names=layout.names, skip_rows=n_skipped
            ),
            # Empty lines count, so that rows can be counted as lines.
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char='"' if layout.has_quotes else False,
                # R escapes quotes within quotes by a backslash, others by doubling.
                # One byte is sought much faster than two.
                escape_char="\\" if b"\\" in block and b'\\"' in block else False,
                ignore_empty_lines=False,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=list(types),
                column_types=column_types,
                null_values=MISSING,
            ),
        )

    if not _has_hexadecimal(block):
        with contextlib.suppress(pa.ArrowInvalid):
            return _trimmed(read(types), block)
    texts = _trimmed(read(dict.fromkeys(types, pa.string())), block)
    columns = {}
    for name, type_ in types.items():
        columns[name] = texts[name]
        if not pa.types.is_string(type_):
            columns[name], defect = parse_numbers(texts[name], type_)
            if defect:
                row, what = defect
                if texts[name][row].as_py() == name:
                    what = "this line is a header; remove it"
                raise InputError(f"{path}: line {line + row}: column {name!r}: {what}")
    return pa.table(columns)


def _check_decimal_commas(path, block, n_skipped, line):
    """Raise an error if the first lines of a table have a number with a decimal comma.

    Such a number adds a field to each line, which looks like row names without a header.
    Before a decimal comma stands a whole number such as -0, and behind it may stand a 0
    before other digits. Row names of R are unique, and whole numbers are not.
    """
    lines = itertools.islice(io.BytesIO(block), n_skipped, n_skipped + _N_SAMPLED)
    rows = [each.rstrip(b"\r\n").decode(errors="replace").split(",") for each in lines]
    for place, (whole, digits) in enumerate(
        itertools.pairwise(zip(*rows, strict=False))
    ):
        if not (
            all(map(_WHOLE.fullmatch, whole)) and all(map(_DIGITS.fullmatch, digits))
        ):
            continue
        is_name = place == 0 and len({*whole}) == len(whole)
        for row, (left, right) in enumerate(zip(whole, digits, strict=True)):
            is_padded = len(right) > 1 and right[0] == "0" and not is_name
            if is_padded or left == "-0":
                raise InputError(
                    f"{path}: line {line + row}: '{left},{right}' looks like a number with"
                    " a decimal comma, although commas separate the columns; write decimal"
                    " points, or name the first column in the header if it has row names"
                )


def _has_hexadecimal(block):
    """Return whether a block may have numbers such as 0x10, which Arrow takes for 16."""
    # The letter is rare, but the digit is not, and would be sought first.
    return any(x in block and b"0" + x in block for x in (b"x", b"X"))


def _trimmed(table, block):
    """Strip blanks around texts, if the lines have any."""
    if not any(blank in block for blank in _BLANKS):
        return table
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            texts = pc.utf8_trim_whitespace(table[place])
            table = table.set_column(place, field, texts)
    return table


def _fields(line, delimiter, has_quotes):
    if not has_quotes:
        return line.split(delimiter)
    return next(csv.reader([line], delimiter=delimiter), [])


def _locate(path, layout, message):
    """Describe the first line with another number of fields than the header."""
    line, n_names = 1, len(layout.names)
    try:
        with open_text(path) as file:
            for line, text in enumerate(file, start=1):
                text = text.rstrip("\r\n")
                fields = _fields(text, layout.delimiter, layout.has_quotes)
                if line < layout.first_line or len(fields) == n_names:
                    continue
                is_last = not next(file, "")
                return (
                    f"{path}: line {line}: {len(fields)} fields, but the header has"
                    f" {n_names}{_why_uneven(text, fields, layout, is_last=is_last)}"
                )
    except DAMAGED as error:
        why = why_damaged(error, path)
        return f"{path}: not readable as text after line {line} ({why})"
    return f"{path}: {' '.join(message.split())}"


def _why_uneven(text, fields, layout, *, is_last):
    """Say what a line with another number of fields than the header may be."""
    if "\0" in text:
        return ", and bytes of 0; was the file copied completely?"
    if is_last and 1 < len(fields) < len(layout.names):
        return "; is the file truncated?"
    if text.count('"') % 2:
        return "; does a cell in quotes contain the end of a line?"
    other = "commas" if layout.delimiter == "\t" else "tabs"
    if len(fields) == 1 and text.strip():
        return f"; is it a comment, or separated by {other} or blanks?"
    if len(fields) < len(layout.names):
        return "; is a cell missing?"
    if not fields[-1]:
        return "; is there a separator too many at its end?"
    what = "tab" if layout.delimiter == "\t" else "comma"
    return f"; does a cell contain a {what}, or does the header lack a name?"
