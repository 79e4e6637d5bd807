"""What a page shows of tables and figures: cells with their exact values, small images."""

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

# Enough for most screens; the files beside it have 300 dpi. It is shown 750 pixels wide,
# for which figures of 6.9 inches are made.
WIDTH_PX, SHOWN_PX = 1300, 750
_N_COLOURS = 256
_LEAST_BYTES = 20_000
# Letters that a cell has on one line.
_LINE = 36
# What a cell takes in a page besides its text and its value.
_CELL_BYTES = 40
# Columns that say whose numbers the others are.
_WHOSE = ("dataset", "protocol", "model")


class Cell(NamedTuple):
    """A cell: what is read, and what is sorted by and downloaded."""

    text: str
    value: str
    is_number: bool = False

    @property
    def is_long(self):
        """Whether a line has no room for it."""
        return len(self.text) > _LINE


class Table(NamedTuple):
    """A table of a page.

    Attributes
    ----------
    name : str
        Of the file that it is downloaded as.
    caption : str
    head, columns : list of str
        What is read above each column, and what a download calls it.
    constants : dict of str to str
        What a download says in every row besides: whose numbers they are.
    n_left_out : int
        Rows of a table for which the page has no room, which then has none.
    rows : list of list of Cell
    """

    name: str
    caption: str
    head: list
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
        The image itself; None where the page has no room for it.
    alt : str
    png, pdf : str
        Paths of its files, from the page's folder.
    width, height : int
        In pixels.
    """

    name: str
    uri: str | None
    alt: str
    png: str
    pdf: str
    width: int
    height: int


def table(frame, name, caption, columns=None, room=None):
    """Lay a frame out for a page.

    Parameters
    ----------
    frame : pandas.DataFrame
    name, caption : str
    columns : dict of str to str, optional
        Which columns, and their heads; by default all, as they are called. Columns
        without any value are left out.
    room : Room, optional
        Without room for it, a table has no rows but says how many there are.

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
        for each in _WHOSE
        if each in frame and each not in names and len(frame[each].unique()) == 1
    }
    n_bytes = sum(
        len(cell.text) + len(cell.value) + _CELL_BYTES for row in rows for cell in row
    )
    n_left_out = 0
    if room is not None and not room.spend(n_bytes):
        rows, n_left_out = [], len(rows)
    heads = [columns[each] for each in names]
    return Table(name, caption, heads, names, rows, constants, n_left_out)


def _cell(value):
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
    if math.isinf(value) or value == 0:
        return f"{value:g}"
    if 1e-4 <= abs(value) < 1e6:
        # A quantile of 0.99999 is not 1.
        digits = 6 if f"{abs(value):.4g}" == "1" and abs(value) != 1 else 4
        return f"{value:,.{digits}g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:.1e}"


class Room:
    """How many bytes a page has left for images and data.

    Parameters
    ----------
    n_bytes : int
    """

    def __init__(self, n_bytes):
        self.left = n_bytes

    @property
    def is_full(self):
        """Whether nothing of any use fits, so that it need not be made."""
        return self.left < _LEAST_BYTES

    def take(self, text):
        """Return a text where there is room for it, or None."""
        return text if self.spend(len(text)) else None

    def spend(self, n_bytes):
        """Tell whether there is room for so many bytes, and take it."""
        is_enough = n_bytes <= self.left
        self.left -= n_bytes if is_enough else 0
        return is_enough


def figure(path, folder, alt, room):
    """Return a figure's file as an image within the page.

    Parameters
    ----------
    path : path-like
        PNG; its PDF lies beside it.
    folder : path-like
        Where the page will be.
    alt : str
        What it shows, for who does not see it.
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
    shown = SHOWN_PX, height * SHOWN_PX // WIDTH_PX
    return Figure(path.stem, uri, alt, png, pdf, *shown)


def _embedded(image, height):
    """Return an image of that height in pixels as a data address."""
    small = image.convert("RGB").resize((WIDTH_PX, height), Image.Resampling.LANCZOS)
    flat = small.quantize(_N_COLOURS, dither=Image.Dither.NONE).convert("RGB")
    buffer = io.BytesIO()
    flat.save(buffer, "WEBP", lossless=True, quality=60, method=4)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"data:image/webp;base64,{data}"
