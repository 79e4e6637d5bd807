"""How a benchmark is done: the corrected protocol, the published study's, the steps."""

import itertools
from typing import NamedTuple

from endobench.tracks import ALL

CORRECTED = "corrected"
PUBLISHED = "published"
TABLE_SCORER = "table"
STUDY_SCORER = "study-mean"
STUDY_WINDOW_BP = 2048
_STUDY = "study-"
_LADDER = "ladder."


class Protocol(NamedTuple):
    """How a benchmark is done: the choices in which the study went wrong.

    Attributes
    ----------
    effect_column : {"effect", "p_value"}
        The column taken for the measured effect.
    lift : bool
        Whether intervals on another build are lifted before use.
    correct : bool
        Whether blacklisted regions are left out, REF is checked, indels are left-aligned
        and windows are limited.
    scorer : str
    window_bp : int
        0 where no sequence is sent, as for a table of scores.
    track_set : str
    prepared : str
        The protocol whose effects and variants these are: scorers and sets of tracks
        share them.
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

        All scorers of a window are asked for in one call; the study's sequences are
        another question.
        """
        if self.scorer == TABLE_SCORER:
            return TABLE_SCORER
        window = f"{self.window_bp}bp"
        return f"{STUDY_SCORER}-{window}" if is_study(self.scorer) else window


def is_study(scorer):
    """Tell whether a scorer reads the predictions of the study's two sequences."""
    return scorer.startswith(_STUDY)


def unstudied(scorer):
    """Return the scorer of a centre mask that a scorer of the study's sequences is."""
    return scorer.removeprefix(_STUDY)


def output_of(scorer):
    """Return the output type that a scorer reads, such as DNASE."""
    return "DNASE" if scorer == STUDY_SCORER else unstudied(scorer).split("-")[0]


def is_step(name):
    """Tell whether a protocol is but a step between the published and the corrected."""
    return name.startswith(_LADDER)


def protocols_of(config):
    """Return the benchmarks that a config asks for, and the steps of its ladder, by name.

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
        elif name == PUBLISHED:
            found[name] = _protocol(name, STUDY_SCORER, STUDY_WINDOW_BP, ALL)
        else:
            pairs = itertools.product(config["scorer"], config["track_set"])
            for place, (scorer, track_set) in enumerate(pairs):
                full = f"{name}.{scorer}.{track_set}" if place else name
                found[full] = _protocol(name, scorer, config["window_bp"], track_set)
    if any(dataset["ladder"] for dataset in config["datasets"]):
        found |= _steps(found[PUBLISHED], found[CORRECTED])
    return found


def _protocol(name, scorer, window_bp, track_set):
    is_published = name == PUBLISHED
    return Protocol(
        effect_column="p_value" if is_published else "effect",
        lift=not is_published,
        correct=not is_published,
        scorer=scorer,
        window_bp=window_bp,
        track_set=track_set,
        prepared=name,
    )


def _steps(published, corrected):
    """Return the protocols between the two, each with one change more than the last.

    Steps that only choose among the pairs need no protocol; see `ladder`.
    """
    changes = {
        "column": {"effect_column": corrected.effect_column},
        "build": {"lift": True},
        "tracks": {"track_set": corrected.track_set},
        "mask": {"scorer": _STUDY + corrected.scorer},
    }
    if published.scorer == TABLE_SCORER:
        # A table's scores are what they are.
        del changes["tracks"], changes["mask"]
    found, last = {}, published
    for name, change in changes.items():
        full = _LADDER + name
        if {"effect_column", "lift"} & set(change):
            change = change | {"prepared": full}
        found[full] = last = last._replace(**change)
    return found
