"""The figures of a run where a page looks for them, each with what it shows in words."""

import pathlib

from endobench.report import html_tables
from endobench.report.sections import FIGURES, STRATA_BY_SIZE


class Pictures:
    """The figures of a run, by dataset, protocol and name.

    Parameters
    ----------
    paths : iterable of path-like
        PNG files, in the layout of the results.
    folder : path-like
        The results; the page will be there.
    room : shown.Room
    """

    def __init__(self, paths, folder, room):
        self._folder, self._room = folder, room
        self._paths = {}
        for path in map(pathlib.Path, paths):
            *where, _, name = path.relative_to(folder).with_suffix("").parts
            self._paths[*[*where, None, None][:2], name] = path

    def get(self, dataset, protocol, *names, told=""):
        """Return the figures of some names that there are."""
        found = []
        for name in names:
            if path := self._paths.get((dataset, protocol, name)):
                is_by_size = name == "strata" and protocol is None
                what = STRATA_BY_SIZE if is_by_size else FIGURES[name]
                whose = ", ".join(filter(None, (dataset, protocol))) or "this run"
                alt = ". ".join(filter(None, (f"{what} ({whose})", told)))
                found.append(html_tables.figure(path, self._folder, alt, self._room))
        return found

    def locus(self, name, variant_id):
        """Return the figure of a variant's tracks."""
        path = self._paths["loci", None, name]
        alt = f"REF's and ALT's predicted tracks around {variant_id}"
        return html_tables.figure(path, self._folder, alt, self._room)
