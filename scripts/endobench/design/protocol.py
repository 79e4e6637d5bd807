"""How a benchmark is done: the corrected protocol, the published study's, the steps."""

import itertools
import re
from typing import NamedTuple

CORRECTED = "corrected"
PUBLISHED = "published"
TABLE_SCORER = "table"
STUDY_SCORER = "study-mean"
STUDY_WINDOW_BP = 2048
# What the client takes as it is; shorter windows are sent within N.
LEAST_SENT_BP = 16_384
WINDOWS_BP = (STUDY_WINDOW_BP, LEAST_SENT_BP, 131_072, 524_288, 1_048_576)
# AlphaGenome predicts ChIP in bins of so many bases.
CHIP_BIN_BP = 128
# Every track, and those that the sheet names for a dataset's own cell types.
ALL, TISSUE = "all", "tissue"
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


class Protocols(dict):
    """The protocols that a config lists, and any other that its names allow.

    One that is not listed is made from its name when it is asked for: what the config
    lists is what a run makes by itself.

    Parameters
    ----------
    listed : dict of str to Protocol
    """

    def __missing__(self, name):
        """Read ``{protocol}.{scorer}.{window_bp}bp.{track_set}``."""
        base, scorer, window, track_set = name.split(".", 3)
        window_bp = int(window.removesuffix("bp"))
        return _protocol(base, scorer, window_bp, track_set)


def is_study(scorer):
    """Tell whether a scorer reads the predictions of the study's two sequences."""
    return scorer.startswith(_STUDY)


def sends_bases(scorer, window_bp):
    """Tell whether a question holds both alleles' bases, and not where they lie."""
    return is_study(scorer) or window_bp < LEAST_SENT_BP


def is_answerable(scorer, window_bp):
    """Tell whether a scorer has an answer at a window: bins of ChIP are no bases.

    The client scores a variant in them; two sequences cannot be aligned within them.
    """
    has_bins = output_of(scorer).startswith("CHIP_")
    return not (has_bins and sends_bases(scorer, window_bp))


def why_not_answerable(scorer, window_bp, bin_bp=CHIP_BIN_BP):
    """Return in one line why bins of bases are of no use to a scorer at a window."""
    told = (
        f"{window_bp} bp are sent as sequences, whose {output_of(scorer)} comes in bins"
        f" of {bin_bp} bp"
    )
    if is_study(scorer):
        return (
            f"key 'datasets.ladder': {told}; its step 'mask' takes the first scorer, let"
            " that be one of DNASE or ATAC"
        )
    return f"key 'window_bp': {told}; ask for {LEAST_SENT_BP} or more"


def window_of(scoring):
    """Return the window, in bp, of the predictions that `Protocol.scoring` names."""
    return int(scoring.removesuffix("bp").rpartition("-")[2])


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

    Further scorers, windows and sets of tracks are benchmarks of their own, which are
    called ``{protocol}.{scorer}.{window_bp}bp.{track_set}``; the first of each is
    ``corrected`` or ``published`` itself.

    Parameters
    ----------
    config : dict
        Checked, defaults filled in.

    Returns
    -------
    Protocols
    """
    found = Protocols()
    for name in config["protocol"]:
        choices = {
            CORRECTED: (config["scorer"], config["window_bp"], config["track_set"]),
            PUBLISHED: ([STUDY_SCORER], config["study_window_bp"], [ALL]),
        }[name]
        if config["service"] == "table":
            choices = ([TABLE_SCORER], [0], ["scores"])
        for place, choice in enumerate(itertools.product(*choices)):
            full = name_of(name, *choice) if place else name
            found[full] = _protocol(name, *choice)
    if any(dataset["ladder"] for dataset in config["datasets"]):
        found |= _steps(found[PUBLISHED], found[CORRECTED])
    return found


def base_of(protocol):
    """Return the protocol that a benchmark follows, by the benchmark's name."""
    return protocol.split(".")[0]


def name_of(base, scorer, window_bp, track_set):
    """Return the name of a benchmark that is not the first of its protocol."""
    return f"{base}.{scorer}.{window_bp}bp.{track_set}"


def pattern_of(config):
    """Return a regular expression of all names that `protocols_of` knows.

    Parameters
    ----------
    config : dict
        Checked, defaults filled in.
    """

    def one_of(names):
        return "(" + "|".join(re.escape(str(name)) for name in names) + ")"

    listed = one_of(protocols_of(config))
    if config["service"] == "table":
        return listed
    track_sets = one_of(sorted({*config["track_sets"], ALL, *config["track_set"]}))
    others = [
        rf"{base}\.{one_of(_questions(scorers))}\.{track_sets}"
        for base, scorers in (
            (CORRECTED, config["scorer"]),
            (PUBLISHED, [STUDY_SCORER]),
        )
        if base in config["protocol"]
    ]
    return "|".join([listed, *others])


def _questions(scorers):
    """Return ``{scorer}.{window_bp}bp`` of all that have an answer."""
    return [
        f"{scorer}.{window_bp}bp"
        for scorer, window_bp in itertools.product(scorers, WINDOWS_BP)
        if is_answerable(scorer, window_bp)
    ]


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
