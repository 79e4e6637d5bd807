"""Tables as a page shows them: words and short numbers, with their exact values."""

import math
import numbers
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.report.cell_words import WORDS
from endobench.report.first_columns import FIRST_COLUMNS
from endobench.report.headings import HEADINGS
from endobench.report.packed import pack

# A longer table is packed, and the page shows its first rows at once.
MOST_ROWS, N_FIRST = 25, 10
# Columns that fit on a page. Those with one text throughout give way.
MOST_FIRST = 7
# With less room than this, a page counts as full.
_LEAST_BYTES = 20_000
# Characters of a cell that fit on one line.
_LINE_CHARACTERS = 36
# Bytes of a cell's markup, without its text and value.
_CELL_BYTES = 40
# Columns that identify a benchmark.
_IDENTIFIERS = ("dataset", "protocol", "model")


class Cell(NamedTuple):
    """A cell: the text that is shown, and the exact value to sort by and download."""

    text: str
    value: str
    is_number: bool = False

    @property
    def is_long(self):
        """Whether the text does not fit on one line."""
        return len(self.text) > _LINE_CHARACTERS


class Table(NamedTuple):
    """A table of a page.

    Attributes
    ----------
    name : str
        Name of the downloaded file.
    caption : str
    headings, columns : list of str
        Heading of each column, and its name in a download.
    is_first : list of bool
        Whether a column is shown at first, or only on request.
    rows : list of list of Cell
        All rows, or the first ones of a packed table.
    constants : dict of str to str
        Columns that a download adds to every row, to identify the benchmark.
    n_rows : int
        Rows of the whole table.
    packed : str
        The whole table if it is long, see `packed.pack`; otherwise empty.
    words : dict of (str, dict)
        By column of a packed table: what is shown for each of its values.
    n_left_out : int
        Rows left out for lack of room; a table is left out as a whole.
    """

    name: str
    caption: str
    headings: list
    columns: list
    is_first: list
    rows: list
    constants: dict
    n_rows: int
    packed: str = ""
    words: dict = {}
    n_left_out: int = 0


def table(frame, name, caption, kind=None, room=None):
    """Prepare a data frame for a page.

    Parameters
    ----------
    frame : pandas.DataFrame
    name, caption : str
        See `Table`.
    kind : str, optional
        A key of `headings.HEADINGS`: the columns to show. By default all are shown,
        under their names. Columns without any value are left out.
    room : Room, optional
        If it does not suffice, the table has no rows and gives their number.

    Returns
    -------
    Table
    """
    headings = HEADINGS[kind] if kind else {each: each for each in frame}
    names = [each for each in headings if each in frame and frame[each].notna().any()]
    lists = [[_cell(value, WORDS.get(each)) for value in frame[each]] for each in names]
    rows = [list(row) for row in zip(*lists, strict=True)]
    constants = {
        each: str(frame[each].iloc[0])
        for each in _IDENTIFIERS
        if each in frame and each not in names and len(frame[each].unique()) == 1
    }
    content, words = "", {}
    if len(rows) > MOST_ROWS:
        columns = dict(zip(names, lists, strict=True))
        content = pack(pd.DataFrame({k: _values(v) for k, v in columns.items()}), None)
        words = {
            each: found
            for each, cells in columns.items()
            if (found := {cell.value: cell.text for cell in cells if _has_words(cell)})
        }
    shown = rows[:N_FIRST] if content else rows
    n_bytes = len(content) + sum(
        len(cell.text) + len(cell.value) + _CELL_BYTES for row in shown for cell in row
    )
    n_left_out = 0
    if room is not None and not room.spend(n_bytes):
        shown, content, n_left_out = [], "", len(rows)
    first = _first(dict(zip(names, lists, strict=True)), FIRST_COLUMNS.get(kind, names))
    return Table(
        name=name,
        caption=caption,
        headings=[headings[each] for each in names],
        columns=names,
        is_first=[each in first for each in names],
        rows=shown,
        constants=constants,
        n_rows=len(rows),
        packed=content,
        words=words,
        n_left_out=n_left_out,
    )


def _cell(value, words=None):
    """Return a value as a cell; a missing one is empty."""
    # Most values are texts, and to ask whether one is missing takes longer than the rest.
    if isinstance(value, str):
        return Cell(words(value) if words else value, value)
    if pd.isna(value):
        return Cell("", "")
    if isinstance(value, bool | np.bool_):
        text = "yes" if value else "no"
        return Cell(text, text)
    if isinstance(value, numbers.Integral):
        return Cell(f"{value:,}", str(int(value)), True)
    if isinstance(value, numbers.Real):
        return Cell(_shortened(value), repr(float(value)), True)
    return Cell(words(value) if words else str(value), str(value))


def _has_words(cell):
    return not cell.is_number and cell.text != cell.value


def _first(columns, wanted):
    """Return the columns that are shown at first: those that say the most."""
    found = [each for each in wanted if each in columns and _says(columns[each])]
    return found[:MOST_FIRST] or list(columns)


def _says(cells):
    """Return whether a column tells rows apart, or holds a number."""
    return len(cells) < 2 or cells[0].is_number or len(set(cells)) > 1


def _values(cells):
    """Return the exact values of a column's cells, for packing."""
    if all(cell.is_number or not cell.value for cell in cells):
        return [float(cell.value) if cell.value else np.nan for cell in cells]
    return pd.Series([cell.value or None for cell in cells], dtype=object)


def _shortened(value):
    """Return a number to about four significant digits."""
    if math.isinf(value):
        return f"{value:g}"
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e6:
        # A quantile of 0.99999 is not 1.
        digits = 6 if f"{abs(value):.4g}" == "1" and abs(value) != 1 else 4
        return f"{value:,.{digits}g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:.1e}"


class Room:
    """The number of bytes that a page has left for images, tables and data.

    Parameters
    ----------
    n_bytes : int
    """

    def __init__(self, n_bytes):
        self.left = n_bytes

    @property
    def is_full(self):
        """Whether so little is left that nothing more fits."""
        return self.left < _LEAST_BYTES

    def take(self, text):
        """Return a text and spend its length, or return None if there is no room."""
        return text if self.spend(len(text)) else None

    def spend(self, n_bytes):
        """Spend a number of bytes and return True, or return False if there is no room."""
        is_enough = n_bytes <= self.left
        self.left -= n_bytes if is_enough else 0
        return is_enough
