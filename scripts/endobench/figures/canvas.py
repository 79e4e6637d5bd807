"""The canvas of every figure: style, title, stamp, and how it is saved.

A figure's module has a function that returns the `matplotlib.figure.Figure`. The suffix
of a path decides between PNG (300 dpi) and PDF (fonts embedded as TrueType). The same
frame gives the same bytes.
"""

import functools
import logging
import pathlib
import tempfile
import textwrap

import matplotlib.style
import numpy as np
from fontTools import subset
from matplotlib import font_manager
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter

from endobench.core.files import atomic_path
from endobench.design.models import STANDIN_MARK, is_standin
from endobench.figures import palette
from endobench.figures.png import write_png
from endobench.figures.text import FULL_TEXT, TEXT, font_path

log = logging.getLogger(__name__)

# Pixels per inch of a PNG file, and its text that holds the caption of its figure.
DPI, DESCRIPTION = 300, "Description"

# The family of texts, see `_add_font`, and that of letters which it lacks.
FONT, WHOLE_FONT = "DejaVu Sans in part", "DejaVu Sans"
# Its letters (Latin, Greek, Cyrillic, then punctuation, superscripts, arrows, signs and
# shapes), its tables that are left out, and the ids of names of a font's family.
_LETTERS = {
    *range(0x20, 0x180),
    *range(0x391, 0x3CA),
    *range(0x410, 0x450),
    *range(0x2010, 0x2045),
    *range(0x2070, 0x2095),
    *range(0x2190, 0x219A),
    *range(0x2200, 0x2266),
    *range(0x25A0, 0x2600),
}
_LAYOUT, _FAMILY = ["FFTM", "GDEF", "GPOS", "GSUB", "MATH"], (1, 16)
STYLE = {
    "font.family": FONT,
    "font.size": FULL_TEXT,
    "axes.labelsize": FULL_TEXT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "axes.formatter.limits": (-3, 5),
    "pdf.fonttype": 42,
    # Matplotlib 3.11 reads it for PDF too, and as 3 would embed a font once more for
    # characters beyond Latin-1.
    "ps.fonttype": 42,
    "savefig.dpi": DPI,
    # At this resolution hints change nothing that one sees, and take a third of the time.
    "text.hinting": "none",
    # Names from users' files may contain a dollar sign.
    "text.parse_math": False,
}
# The width of a page, and of most figures, in inches.
WIDTH_IN = 6.9
COUNTS = FuncFormatter(lambda value, _: f"{value:,.0f}")


def style():
    """Return a context in which figures look alike whatever the user's matplotlibrc."""
    _add_font()
    return matplotlib.style.context(["default", STYLE])


@functools.cache
def _add_font():
    """Make a part of DejaVu Sans known to Matplotlib, as `FONT`.

    For each font of each PDF, Matplotlib decodes the whole font, which takes as long as
    to draw the figure. The part has the letters that names usually consist of, and no
    tables of ligatures and marks; texts with other letters have the whole font.

    Returns
    -------
    tempfile.TemporaryDirectory
        Folder of the font, which lasts as long as the process.
    """
    folder = tempfile.TemporaryDirectory(prefix="fonts-", ignore_cleanup_errors=True)
    options = subset.Options(glyph_names=True, notdef_outline=True, legacy_kern=True)
    options.drop_tables += _LAYOUT
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        path = pathlib.Path(folder.name, name)
        with subset.load_font(font_path(name), options) as font:
            subsetter = subset.Subsetter(options)
            subsetter.populate(unicodes=_LETTERS)
            subsetter.subset(font)
            for record in font["name"].names:
                if record.nameID in _FAMILY:
                    record.string = FONT
            font.save(path, reorderTables=False)
        font_manager.fontManager.addfont(path)
    return folder


def canvas(width_in, height_in, title, models):
    """Make a figure with a title and a stamp, and a function that adds axes in inches.

    The title and the stamp take room above `height_in`.

    Parameters
    ----------
    width_in, height_in : float
    title : str
    models : iterable of str
        Models whose scores are drawn; if one is a stand-in, the figure is stamped.

    Returns
    -------
    figure : matplotlib.figure.Figure
    add_axes : callable
        Takes left, bottom, width and height in inches.
    """
    figure = Figure()
    FigureCanvasAgg(figure)
    whole_in = write_title(figure, width_in, height_in, title, models)

    def add_axes(left, bottom, width, height):
        return figure.add_axes(
            (left / width_in, bottom / whole_in, width / width_in, height / whole_in)
        )

    return figure, add_axes


def write_title(figure, width_in, height_in, title, models):
    """Set the size of a figure, and write its title and a stand-in's stamp on top.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    width_in, height_in, title, models
        As for `canvas`.

    Returns
    -------
    float
        The height with title and stamp, in inches.
    """
    title = "\n".join(textwrap.wrap(str(title), int(width_in * 12)))
    title_in = 0.08 + 0.16 * (title.count("\n") + 1) if title else 0
    is_stamped = is_standin(*models)
    whole_in = height_in + title_in + 0.3 * is_stamped
    figure.set_size_inches(width_in, whole_in)
    if title:
        figure.text(
            0.12 / width_in,
            (height_in + title_in - 0.08) / whole_in,
            title,
            va="top",
            fontsize=9,
            weight="bold",
            gid="title",
        )
    if is_stamped:
        _stamp(figure)
    return whole_in


def _stamp(figure):
    """Stamp the top of a figure: its scores come from a stand-in."""
    height = 0.24 / figure.get_figheight()
    figure.text(
        0.5,
        1 - height / 2,
        STANDIN_MARK,
        ha="center",
        va="center",
        color=palette.STAMP_TEXT,
        fontsize=9,
        weight="bold",
        gid="stamp",
        zorder=10,
    )
    band = Rectangle((0, 1 - height), 1, height, color=palette.STAMP, gid="stamp band")
    band.set_transform(figure.transFigure)
    figure.add_artist(band)


def describe(figure, caption):
    """Give a figure the caption that its files carry, see `save`; return the figure."""
    figure.set_label(caption)
    return figure


def say_nothing(figure, add_axes, text="no pairs"):
    """Return a figure that says that there is nothing to draw."""
    axes = add_axes(0, 0, figure.get_figwidth(), 2)
    axes.axis("off")
    axes.text(
        0.5, 0.5, text, ha="center", va="center", fontsize=12, color=palette.FAINT
    )
    log.warning("nothing to draw: %s", text)
    return describe(figure, f"Nothing to draw: {text}.")


def save(figure, *paths):
    """Write a figure atomically and without dates, so that its bytes repeat.

    The files carry the caption of the figure (see `describe`): a PNG as its text
    ``Description``, a PDF as its subject.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    *paths : path-like
        The suffix of each decides the format.

    Raises
    ------
    ValueError
        If a path ends in neither .png nor .pdf.
    """
    for text in _texts(figure):
        if not _LETTERS.issuperset(map(ord, text.get_text().replace("\n", ""))):
            text.set_fontfamily(WHOLE_FONT)
    for path in paths:
        suffix = pathlib.Path(path).suffix.lower()
        if suffix not in _WRITERS:
            raise ValueError(f"{path}: a figure ends in .png or .pdf, not {suffix!r}")
        with style(), atomic_path(path) as temporary:
            _WRITERS[suffix](figure, temporary, figure.get_label())


def _texts(artist):
    """Yield the texts of an artist. Axes that are not drawn would make ticks for it."""
    for child in artist.get_children():
        if isinstance(child, Text):
            yield child
        elif not (isinstance(child, Axis) and not child.axes.axison):
            yield from _texts(child)


def _save_png(figure, path, caption):
    figure.set_dpi(DPI)
    # That of a figure of `matplotlib.pyplot` is another one.
    drawn = FigureCanvasAgg(figure)
    drawn.draw()
    texts = {DESCRIPTION: caption} if caption else {}
    write_png(np.asarray(drawn.buffer_rgba()), path, DPI, texts)


def _save_pdf(figure, path, caption):
    nothing = dict.fromkeys(["CreationDate", "Creator", "Producer"])
    figure.savefig(path, format="pdf", metadata={**nothing, "Subject": caption or None})


_WRITERS = {".png": _save_png, ".pdf": _save_pdf}


def models_of(*frames):
    """Return the names of all models in some frames."""
    return {
        str(model)
        for frame in frames
        if "model" in frame
        for model in frame["model"].dropna().unique()
    }


def check_one_benchmark(frame, what):
    """Refuse the rows of several benchmarks in one figure.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``dataset`` and ``protocol``.
    what : str
        What its rows are.

    Raises
    ------
    ValueError
    """
    benchmarks = frame[["dataset", "protocol"]].drop_duplicates()
    if len(benchmarks) > 1:
        names = ", ".join("/".join(map(str, each)) for each in benchmarks.to_numpy())
        raise ValueError(f"{what} of several benchmarks: {names}; expected one")


def check_one_dataset(frame, what):
    """Refuse the rows of several datasets in one figure.

    Parameters
    ----------
    frame : pandas.DataFrame
        Column ``dataset``.
    what : str
        What its rows are.

    Raises
    ------
    ValueError
    """
    if (datasets := frame["dataset"].dropna().unique()).size > 1:
        names = ", ".join(sorted(datasets))
        raise ValueError(f"{what} of several datasets: {names}; expected one")
