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

# Wide enough for a screen of twice the density; the files beside it have 300 dpi.
WIDTH_PX = 1500
_N_COLOURS = 128
_LEAST_BYTES = 20_000
# Letters that a cell has on one line.
_LINE = 36


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
    rows : list of list of Cell
    """

    name: str
    caption: str
    head: list
    columns: list
    rows: list


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


def table(frame, name, caption, columns=None):
    """Lay a frame out for a page.

    Parameters
    ----------
    frame : pandas.DataFrame
    name, caption : str
    columns : dict of str to str, optional
        Which columns, and their heads; by default all, as they are called. Columns
        without any value are left out.

    Returns
    -------
    Table
    """
    columns = columns or {each: each for each in frame.columns}
    names = [each for each in columns if each in frame and frame[each].notna().any()]
    lists = [[_cell(value) for value in frame[each]] for each in names]
    rows = [list(row) for row in zip(*lists, strict=True)]
    return Table(name, caption, [columns[each] for each in names], names, rows)


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
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
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
        if len(text) > self.left:
            return None
        self.left -= len(text)
        return text


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
    # Figures are drawn for a page of 6.9 inches.
    return Figure(path.stem, uri, alt, png, pdf, WIDTH_PX // 2, height // 2)


def _embedded(image, height):
    """Return an image of that height in pixels as a data address."""
    small = image.convert("RGB").resize((WIDTH_PX, height), Image.Resampling.LANCZOS)
    flat = small.quantize(_N_COLOURS, dither=Image.Dither.NONE).convert("RGB")
    buffer = io.BytesIO()
    flat.save(buffer, "WEBP", lossless=True, quality=60, method=4)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"data:image/webp;base64,{data}"
