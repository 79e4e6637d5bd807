"""Defects: where each is introduced, its possible outcomes, and the study's faults."""

from typing import NamedTuple

# The possible outcomes of a defect.
FAILS = "a gate fails"
WARNS = "a gate warns"
REFUSED = "refused with one line"
CRASHES = "stopped by an internal check"
ROWS = "its rows are dropped"
SAME = "the result stands"
UNCLAIMED = "no number claims it"
UNREPORTABLE = "not reportable"
EXCEPTED = "reportable with exceptions"
MISSED = "indistinguishable from noise"


class Defect(NamedTuple):
    """A defect and its expected outcome.

    Attributes
    ----------
    stage : str
        The input that it is introduced into, a heading of the page.
    study : str
        The fault of the published study that it is or resembles, 1 to 15; "-" for none.
    name : str
        The defect in words, unique within its stage.
    outcome : str
        One of the constants above.
    by : str
        What catches it: gates that fail, separated by blanks, among others; or the reason
        of dropped rows, or a part of the message or of the conclusion. For a defect that
        is missed, why nothing can catch it.
    change : callable or None
        Introduces the defect into a `pipeline.Case`, in place.
    is_right : callable or None
        Takes the `pipeline.Result`, and tells whether its numbers claim no more than the
        altered data hold.
    """

    stage: str
    study: str
    name: str
    outcome: str
    by: str
    change: object = None
    is_right: object = None


FILE, EFFECTS, VARIANTS = "Effects file", "Effects", "Variants"
PEAKS, DECLARED, SCORES, JOIN = "Peaks", "Config and sheet", "Scores", "Join"
STATISTICS = "Statistics"
CONSISTENCY, PARTS = "Consistency of the table", "Parts of the benchmark"
BLOCKS = "LD blocks"
CONTROLS = "Controls"
LIMIT = "What the data cannot show"

# The faults of the published study and of the experiments planned after it, from 1.
STUDY = (
    "A p-value column read as the slope, because columns were taken by position.",
    "hg19 peaks intersected with GRCh38 variants.",
    "The mean of all tracks labelled as K562.",
    "Scores that are differences of the means of whole windows.",
    "Pairs counted as variants, and all pairs treated as independent.",
    "Numbers generated from the effects where a prediction failed.",
    "A wrong REF reported but kept, and only its first base compared.",
    "Indels padded with N or truncated, which shifts all bases next to them.",
    "No interval, no control, no baseline, no null.",
    "Failures not reported, and output written only at the end.",
    "An API key in the source code.",
    "A conclusion that the tests contradict.",
    "Pi read as a slope, a sign flipped afterwards, placeholder alleles.",
    "Quantiles averaged over tracks.",
    "Tracks of another cell type; mouse sequences given to the human model.",
)
