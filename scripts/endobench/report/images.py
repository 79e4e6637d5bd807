"""The figures of a run, found by dataset, protocol and name, with their alt texts."""

import pathlib

from endobench.report import html_tables
from endobench.report.sections import FIGURES, STRATA_BY_SIZE


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
    """

    def __init__(self, paths, folder, room, alts=FIGURES):
        self._folder, self._room, self._alts = folder, room, alts
        self._paths = {}
        for path in map(pathlib.Path, paths):
            *owner, _, name = path.relative_to(folder).with_suffix("").parts
            dataset, protocol = [*owner, None, None][:2]
            self._paths[dataset, protocol, name] = path

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
        list of html_tables.Figure
        """
        found = []
        for name in names:
            if path := self._paths.get((dataset, protocol, name)):
                is_by_size = name == "strata" and protocol is None
                content = STRATA_BY_SIZE if is_by_size else self._alts[name]
                owner = ", ".join(filter(None, (dataset, protocol))) or "this run"
                alt = ". ".join(filter(None, (f"{content} ({owner})", result)))
                found.append(html_tables.figure(path, self._folder, alt, self._room))
        return found

    def locus(self, name, variant_id):
        """Return the figure of the tracks around a variant."""
        path = self._paths["loci", None, name]
        alt = f"Predicted tracks of the REF and ALT alleles around {variant_id}"
        return html_tables.figure(path, self._folder, alt, self._room)
