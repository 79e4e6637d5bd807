"""What a control found, and what a config says of the control."""

from typing import NamedTuple

from endobench.benchmark.controls import CONTROL_SEQUENCE, SEQUENCE

PASSES, FAILS, NOT_JUDGED = "pass", "fail", "not_judged"
SPIKE_IN, SHAM, POSITIVE = "spike_in", "sham", "positive_control"
PERMUTED, FLIPPED = "permuted_in_strata", "sign_flip_by_block"
MISMATCHED_VARIANT = "mismatched_variant"
# Controls that every benchmark has; any other one is a positive control.
BUILT_IN = (SPIKE_IN, SHAM, SEQUENCE, CONTROL_SEQUENCE)


class DeclaredControl(NamedTuple):
    """What a config says about the positive control of a dataset.

    Attributes
    ----------
    control : str or None
        The row of the sheet.
    why_none : str or None
        Why there is none (`no_control`).
    shared : str
        What the sheet says that the control shares with the effects; may be empty.
    """

    control: str | None = None
    why_none: str | None = None
    shared: str = ""


class Outcome(NamedTuple):
    """What a control found.

    Attributes
    ----------
    control : str
        `POSITIVE`, or the predictor of its row in `columns.METRICS`.
    state : {"pass", "fail", "not_judged"}
    evidence : str
        One line, which begins with a lower-case letter and has no full stop.
    row : named tuple or None
        Its row in `columns.METRICS`, in the columns that controls read.
    """

    control: str
    state: str
    evidence: str
    row: object = None
