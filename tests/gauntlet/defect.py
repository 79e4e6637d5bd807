"""What a defect is, where it is put in, and what may come of it."""

from typing import NamedTuple

# What may come of a defect.
FAILS = "a gate fails"
WARNS = "a gate warns"
REFUSED = "refused in one line"
CRASHES = "stopped by the program's own check"
ROWS = "its rows are left out"
SAME = "the answer stays"
UNTOLD = "the null is not reportable"
MISSED = "cannot be told from noise"


class Defect(NamedTuple):
    """A defect and what must come of it.

    Attributes
    ----------
    stage : str
        Where it is put in.
    study : str
        The fault of the published study that it is or is like, 1 to 15; "-" for others.
    name : str
        What is put in.
    outcome : str
    by : str
        The gates, separated by blanks; the reason or a part of the line; for what is not
        caught, what helps or why nothing can.
    change : callable or None
        Puts it into a case.
    """

    stage: str
    study: str
    name: str
    outcome: str
    by: str
    change: object = None


FILE, EFFECTS, VARIANTS = "File of effects", "Effects", "Variants"
PEAKS, DECLARED, SCORES, JOIN = "Peaks", "Config and sheet", "Scores", "Join"
LIMIT = "What a table cannot show"

# The faults of the published study, and of what was planned after it.
STUDY = (
    "The p value read as the slope, by the place of its column.",
    "Peaks on hg19 laid over variants on GRCh38.",
    "The mean of all tracks called K562.",
    "Differences of the means of whole windows.",
    "Pairs taken for variants, and each for independent of the others.",
    "Numbers made from the effects written where a prediction failed.",
    "A wrong REF warned of and kept, and only its first base compared.",
    "Indels padded with N or cut, so that all beside them shifts.",
    "No interval, no control, no baseline, no null.",
    "Failures that are not told, and output only at the end.",
    "An API key in the source.",
    "A conclusion that the tests contradict.",
    "Pi read as a slope, a sign flipped after the fact, placeholders for alleles.",
    "Quantiles averaged over tracks.",
    "Tracks of another cell type, a mouse's sequences in the human model.",
)
