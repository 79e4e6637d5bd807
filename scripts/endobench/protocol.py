"""How a benchmark is done: the corrected protocol and the published study's."""

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
    """

    effect_column: str
    lift: bool
    correct: bool
    scorer: str
    window_bp: int
    track_set: str

    @property
    def scoring(self):
        """Name of the folder that holds the predictions of this scorer and window."""
        if self.scorer == TABLE_SCORER:
            return TABLE_SCORER
        return f"{self.scorer}-{self.window_bp}bp"


def protocol_named(name, config):
    """Return the `Protocol` of a name, filled from a checked config.

    Parameters
    ----------
    name : {"corrected", "published"}
    config : dict
    """
    is_published = name == "published"
    if config["service"] == "table":
        scorer, window_bp, track_set = TABLE_SCORER, 0, "scores"
    elif is_published:
        scorer, window_bp, track_set = STUDY_SCORER, STUDY_WINDOW_BP, ALL
    else:
        scorer, window_bp = config["scorer"], config["window_bp"]
        track_set = config["track_set"]
    return Protocol(
        effect_column="p_value" if is_published else "effect",
        lift=not is_published,
        correct=not is_published,
        scorer=scorer,
        window_bp=window_bp,
        track_set=track_set,
    )
