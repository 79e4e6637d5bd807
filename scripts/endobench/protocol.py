"""How a benchmark is done: the corrected protocol and the published study's."""

import itertools
from typing import NamedTuple

from endobench.tracks import ALL

TABLE_SCORER = "table"
STUDY_SCORER = "study-mean"
STUDY_WINDOW_BP = 2048


class Protocol(NamedTuple):
    """How a benchmark is done: the choices in which the study went wrong.

    Attributes
    ----------
    effect_column : {"effect", "p_value"}
        The column taken for the measured effect.
    lift : bool
        Whether intervals on another build are lifted before use.
    correct : bool
        Whether REF is checked, indels are left-aligned and windows are limited.
    scorer : str
    window_bp : int
        0 where no sequence is sent, as for a table of scores.
    track_set : str
    prepared : {"corrected", "published"}
        Whose effects and variants these are: scorers and sets of tracks share them.
    """

    effect_column: str
    lift: bool
    correct: bool
    scorer: str
    window_bp: int
    track_set: str
    prepared: str

    @property
    def scoring(self):
        """Name of the folder that holds the predictions which share this one's calls.

        All scorers of a window are asked for in one call; the study's is another.
        """
        if self.scorer == TABLE_SCORER:
            return TABLE_SCORER
        window = f"{self.window_bp}bp"
        return f"{self.scorer}-{window}" if self.scorer == STUDY_SCORER else window


def output_of(scorer):
    """Return the output type that a scorer reads, such as DNASE."""
    return "DNASE" if scorer == STUDY_SCORER else scorer.split("-")[0]


def protocols_of(config):
    """Return the benchmarks that a config asks for, by name.

    Further scorers and sets of tracks are benchmarks of their own, which are called
    ``corrected.{scorer}.{track_set}``; the first of each is ``corrected`` itself.

    Parameters
    ----------
    config : dict
        Checked, defaults filled in.

    Returns
    -------
    dict of str to Protocol
    """
    found = {}
    for name in config["protocol"]:
        if config["service"] == "table":
            found[name] = _protocol(name, TABLE_SCORER, 0, "scores")
        elif name == "published":
            found[name] = _protocol(name, STUDY_SCORER, STUDY_WINDOW_BP, ALL)
        else:
            pairs = itertools.product(config["scorer"], config["track_set"])
            for place, (scorer, track_set) in enumerate(pairs):
                full = f"{name}.{scorer}.{track_set}" if place else name
                found[full] = _protocol(name, scorer, config["window_bp"], track_set)
    return found


def _protocol(name, scorer, window_bp, track_set):
    is_published = name == "published"
    return Protocol(
        effect_column="p_value" if is_published else "effect",
        lift=not is_published,
        correct=not is_published,
        scorer=scorer,
        window_bp=window_bp,
        track_set=track_set,
        prepared=name,
    )
