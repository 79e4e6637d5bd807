"""Tables and figures as a page shows them: cells with exact values, small images."""

import base64
import io
import logging
import math
import numbers
import pathlib
from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

log = logging.getLogger(__name__)

# Width of an embedded image, sharp on most screens; the files have 300 dpi. It is shown
# 750 pixels wide, for which figures of 6.9 inches are made.
WIDTH_PX, SHOWN_PX = 1300, 750
# A channel of a colour, rounded to an even value or 255: no eye sees it, and images take
# an eighth less room.
_ROUNDED = [min(2 * round(value / 2), 255) for value in range(256)]
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
    rows : list of list of Cell
    constants : dict of str to str
        Columns that a download adds to every row, to identify the benchmark.
    n_left_out : int
        Rows left out for lack of room; a table is left out as a whole.
    """

    name: str
    caption: str
    headings: list
    columns: list
    rows: list
    constants: dict
    n_left_out: int = 0


class Figure(NamedTuple):
    """A figure of a page.

    Attributes
    ----------
    name : str
    uri : str or None
        The image as a data URI; None if the page has no room for it.
    alt : str
        Alternative text.
    png, pdf : str
        Paths of its files, relative to the page's folder.
    width, height : int
        Displayed size in CSS pixels.
    """

    name: str
    uri: str | None
    alt: str
    png: str
    pdf: str
    width: int
    height: int


def table(frame, name, caption, columns=None, room=None):
    """Prepare a data frame for a page.

    Parameters
    ----------
    frame : pandas.DataFrame
    name, caption : str
        See `Table`.
    columns : dict of str to str, optional
        The columns to show, with their headings; by default all, under their names.
        Columns without any value are left out.
    room : Room, optional
        If it does not suffice, the table has no rows and gives their number.

    Returns
    -------
    Table
    """
    columns = columns or {each: each for each in frame.columns}
    names = [each for each in columns if each in frame and frame[each].notna().any()]
    lists = [[_cell(value) for value in frame[each]] for each in names]
    rows = [list(row) for row in zip(*lists, strict=True)]
    constants = {
        each: str(frame[each].iloc[0])
        for each in _IDENTIFIERS
        if each in frame and each not in names and len(frame[each].unique()) == 1
    }
    n_bytes = sum(
        len(cell.text) + len(cell.value) + _CELL_BYTES for row in rows for cell in row
    )
    n_left_out = 0
    if room is not None and not room.spend(n_bytes):
        rows, n_left_out = [], len(rows)
    headings = [columns[each] for each in names]
    return Table(name, caption, headings, names, rows, constants, n_left_out)


def _cell(value):
    """Return a value as a cell; a missing one is empty."""
    if pd.isna(value):
        return Cell("", "")
    if isinstance(value, bool | np.bool_):
        text = "yes" if value else "no"
        return Cell(text, text)
    if isinstance(value, numbers.Integral):
        return Cell(f"{value:,}", str(int(value)), True)
    if isinstance(value, numbers.Real):
        return Cell(_shortened(value), repr(float(value)), True)
    return Cell(str(value), str(value))


def _shortened(value):
    """Return a number to about four significant digits."""
    if math.isinf(value) or value == 0:
        return f"{value:g}"
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


def figure(path, folder, alt, room):
    """Return a figure with its image embedded, as far as there is room.

    Parameters
    ----------
    path : path-like
        PNG file, with a PDF file of the same name next to it.
    folder : path-like
        Folder of the page.
    alt : str
        Alternative text.
    room : Room

    Returns
    -------
    Figure
    """
    path = pathlib.Path(path)
    with Image.open(path) as image:
        height = round(image.height * WIDTH_PX / image.width)
        uri = None if room.is_full else room.take(_embedded(image, height))
    if uri is None:
        log.warning("no room in the page for %s", path)
    png = path.relative_to(folder).as_posix()
    pdf = path.with_suffix(".pdf").relative_to(folder).as_posix()
    shown_height = height * SHOWN_PX // WIDTH_PX
    return Figure(path.stem, uri, alt, png, pdf, SHOWN_PX, shown_height)


def _embedded(image, height):
    """Return an image, scaled to a height in pixels, as a data URI."""
    small = image.convert("RGB").resize((WIDTH_PX, height), Image.Resampling.HAMMING)
    small = small.point(_ROUNDED * len(small.getbands()))
    buffer = io.BytesIO()
    # More effort makes it hardly smaller, and takes longer.
    small.save(buffer, "WEBP", lossless=True, quality=20, method=1)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"data:image/webp;base64,{data}"
