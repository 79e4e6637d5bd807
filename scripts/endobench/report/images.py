"""The figures of a run, found by dataset, protocol and name, with their texts."""

import base64
import io
import logging
import pathlib
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from PIL import Image

from endobench.report.sections import FIGURES, STRATA_BY_SIZE

log = logging.getLogger(__name__)

# Width of an embedded image, sharp on most screens, of one that is folded, and of both as
# shown. The files have 300 dpi: figures are 6.9 inches wide, of which the first is half.
# A page of three datasets has room for the pairs of all only if those folded are smaller.
WIDTH_PX, FOLDED_PX, SHOWN_PX = 1035, 750, 750
# Channels of a colour are rounded to few values: no eye sees it, and images take half the
# room. White and the bands behind rows keep theirs.
_LEVELS = (*range(0, 238, 17), 243, 255)
_ROUNDED = [min(_LEVELS, key=lambda level: abs(level - value)) for value in range(256)]


class Figure(NamedTuple):
    """A figure of a page.

    Attributes
    ----------
    name : str
    uri : str or None
        The image as a data URI; None if the page has no room for it.
    alt, title : str
        Alternative text, and what the figure shows, for its caption.
    said : str
        What the image says of itself, with its numbers (see `canvas.describe`); may be
        empty.
    caption : str
        File of the caption's other sentences, a template.
    file : str
        Its PNG file, relative to the page's folder; a PDF file is next to it.
    width, height : int
        Displayed size in CSS pixels.
    """

    name: str
    uri: str | None
    alt: str
    title: str
    said: str
    caption: str
    file: str
    width: int
    height: int


class Images:
    """The figures of a run, by dataset, protocol and name.

    Parameters
    ----------
    paths : iterable of path-like
        PNG files, in the layout of the results.
    folder : path-like
        The folder of results, where the page will be.
    room : html_tables.Room
    alts : dict of str to str
        Alternative texts, by name: `sections.FIGURES` or `sections.MEASURED`.
    folded : set of (str, str)
        Datasets and protocols whose figures are folded, and smaller.
    """

    def __init__(self, paths, folder, room, alts=FIGURES, folded=frozenset()):
        self._folder, self._room, self._alts = folder, room, alts
        self._paths = {}
        for path in map(pathlib.Path, paths):
            *owner, _, name = path.relative_to(folder).with_suffix("").parts
            dataset, protocol = [*owner, None, None][:2]
            self._paths[dataset, protocol, name] = path
        # In the order in which a page takes them: those of the run, then those that are
        # not folded.
        wanted = {
            path: FOLDED_PX if (dataset, protocol) in folded else WIDTH_PX
            for (dataset, protocol, name), path in self._paths.items()
            if self._is_shown(name)
        }
        order = sorted(
            wanted,
            key=lambda path: (len(path.relative_to(folder).parts), -wanted[path]),
        )
        # Reading and writing images leaves the interpreter free for the rest. More than
        # one at a time would take much memory.
        pool = ThreadPoolExecutor(1)
        self._embedded = {
            path: pool.submit(self._embed, path, wanted[path]) for path in order
        }
        pool.shutdown(wait=False)

    def get(self, dataset, protocol, *names, result=""):
        """Return those of the named figures that exist.

        Parameters
        ----------
        dataset, protocol : str or None
            None for figures of all protocols, or of the whole run.
        *names : str
            Keys of `sections.FIGURES`.
        result : str
            Added to the alt text.

        Returns
        -------
        list of Figure
        """
        found = []
        for name in names:
            if path := self._paths.get((dataset, protocol, name)):
                is_by_size = name == "strata" and protocol is None
                content = STRATA_BY_SIZE if is_by_size else self._alts[name]
                owner = ", ".join(filter(None, (dataset, protocol))) or "this run"
                title = f"{content} ({owner})"
                alt = ". ".join(filter(None, (title, result)))
                caption = "strata_by_size" if is_by_size else name
                found.append(self._figure(path, alt, title, caption))
        return found

    def locus(self, name, variant_id):
        """Return the figure of the tracks around a variant."""
        path = self._paths["loci", None, name]
        title = f"Predicted tracks of the REF and ALT alleles around {variant_id}"
        return self._figure(path, title, title, "locus")

    def _is_shown(self, name):
        return name in self._alts or ("loci", None, name) in self._paths

    def _embed(self, path, width):
        return (None, 0) if self._room.is_full else embedded(path, width)

    def _figure(self, path, alt, title, caption):
        uri, height = self._embedded[path].result()
        if uri is not None:
            uri = None if self._room.is_full else self._room.take(uri)
        if uri is None:
            log.warning("no room in the page for %s", path)
        file = path.relative_to(self._folder).as_posix()
        return Figure(
            name=path.stem,
            uri=uri,
            alt=alt,
            title=title,
            said=_said(path) if uri else "",
            caption=f"{caption}.rst",
            file=file,
            width=SHOWN_PX,
            height=height,
        )


def _said(path):
    """Return the description that an image carries."""
    with Image.open(path) as image:
        return image.info.get("Description", "")


def embedded(path, width=WIDTH_PX):
    """Return an image as a small data URI, and the height at which it is shown.

    Parameters
    ----------
    path : path-like
        PNG file.
    width : int
        Of the image, in its own pixels.

    Returns
    -------
    uri : str
    height : int
        In CSS pixels, for a width of `SHOWN_PX`.
    """
    with Image.open(path) as image:
        size = width, round(image.height * width / image.width)
        # Halved first, which is five times as fast.
        small = image.convert("RGB").resize(
            size, Image.Resampling.HAMMING, reducing_gap=1
        )
    small = small.point(_ROUNDED * 3)
    buffer = io.BytesIO()
    # More effort makes it hardly smaller, and takes longer.
    small.save(buffer, "WEBP", lossless=True, quality=30, method=2)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"data:image/webp;base64,{data}", size[1] * SHOWN_PX // width
