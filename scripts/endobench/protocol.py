"""How a benchmark is done: the corrected protocol and the published study's."""

from typing import NamedTuple

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
    is_table = config["service"] == "table"
    if name == "published":
        return Protocol(
            effect_column="p_value",
            lift=False,
            correct=False,
            scorer=TABLE_SCORER if is_table else STUDY_SCORER,
            window_bp=STUDY_WINDOW_BP,
            track_set="scores" if is_table else "all",
        )
    return Protocol(
        effect_column="effect",
        lift=True,
        correct=True,
        scorer=TABLE_SCORER if is_table else config["scorer"],
        window_bp=config["window_bp"],
        track_set="scores" if is_table else config["track_set"],
    )
