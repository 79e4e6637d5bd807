"""What an entry of the registry of gates holds, and the units of gates."""

from typing import NamedTuple


class Scale(NamedTuple):
    """The unit of a gate's value, and the range of its thresholds.

    Attributes
    ----------
    unit : str
    low, high : float or None
        Bounds of both thresholds, inclusive; None for no bound.
    """

    unit: str
    low: float | None = None
    high: float | None = None


SHARE = Scale("share", 0, 1)
MINOR_SHARE = Scale("share, 0 to 0.5", 0, 0.5)
GAIN = Scale("difference of shares, -1 to 1", -1, 1)
CORRELATION = Scale("correlation, -1 to 1", -1, 1)
RATIO = Scale("ratio", 0)
FOLD = Scale("fold", 1)
PAIRS = Scale("pairs", 1)
SCORES = Scale("scores", 1)
TRACKS = Scale("tracks", 0)
EXPONENT = Scale("exponent")
P_VALUE = Scale("adjusted p value", 0, 1)
BLOCKS = Scale("blocks", 0)
AGREEMENT_RATIO = Scale("ratio of agreements")


class Gate(NamedTuple):
    """What a gate measures, and how its value is judged.

    Attributes
    ----------
    name : str
        Its key under ``gates`` and in ``accept`` of the config, and its function.
    stage : {"effects", "original", "control", "peaks", "sequences", "scores", "genes"}
        The input that it checks.
    summary : str
        Its value in a few words.
    description : str
        What the manual of the config says.
    diagnosis : str
        The probable mistake if the gate fails: the start of its message.
    remedy : str
        How to correct it: the end of its message.
    scale : Scale
    warn, fail : float
        Default thresholds. A value equal to a threshold passes it.
    is_low_bad : bool
        Whether values below the thresholds are bad; otherwise values above them are.
    ends_run : bool
        Whether a failure that is not accepted ends the run. Otherwise it only forbids
        that a conclusion is reportable.
    is_exception : bool
        Whether a warning is an exception of a conclusion. That of a gate on rows that were
        dropped and counted, or on how much of the data could be used, is not.
    """

    name: str
    stage: str
    summary: str
    description: str
    diagnosis: str
    remedy: str
    scale: Scale
    warn: float
    fail: float
    is_low_bad: bool = False
    ends_run: bool = True
    is_exception: bool = True
