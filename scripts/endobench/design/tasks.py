"""What may be asked of a table of effects: their sign, their size, or their class.

Where the source does not say which allele its effects are of, nothing that reads a sign
is asked; where it says no more than which variants have an effect, nothing that reads a
size is, either.
"""

from typing import NamedTuple

from endobench.design.models import MODEL

SIGNED, MAGNITUDE, UNSIGNED = "signed", "magnitude", "unsigned"
# The unit of effects that are 1 of a positive and 0 of a negative.
LABEL = "label"
NO_ALLELE = "the source does not say which allele its effects are of"
LEFT_OUT = {
    MAGNITUDE: f"{NO_ALLELE}: signed tasks are left out",
    UNSIGNED: "effects are labels, without sign or size: only the unsigned task is asked",
}
ALL_PAIRS, LEADS, MATCHED = "all_pairs", "lead_per_feature", "matched_negatives"


class Primary(NamedTuple):
    """The number that a benchmark's answer is read from.

    Attributes
    ----------
    metric : str
    null : float
        What a score that knows nothing has.
    strata : tuple of str
        What it is told of; the first is the one that was named beforehand.
    """

    metric: str
    null: float
    strata: tuple


PRIMARY = {
    SIGNED: Primary("spearman", 0.0, (LEADS, ALL_PAIRS)),
    MAGNITUDE: Primary("spearman", 0.0, (LEADS, ALL_PAIRS)),
    UNSIGNED: Primary("auroc", 0.5, (MATCHED, ALL_PAIRS)),
}


def task_of(pairs, is_signed):
    """Return the task that the answer of a benchmark is of, a key of `PRIMARY`.

    Parameters
    ----------
    pairs : pandas.DataFrame
        Column ``unit``.
    is_signed : bool
        Whether the source says which allele its effects are of.
    """
    if len(pairs) and str(pairs["unit"].iloc[0]) == LABEL:
        return UNSIGNED
    return SIGNED if is_signed else MAGNITUDE


def task_in(metrics):
    """Return the task that the answer of a benchmark is of, by its metrics.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark; signed where it has none.
    """
    found = set(metrics.loc[metrics["predictor"] == MODEL, "task"])
    return next((task for task in PRIMARY if task in found), SIGNED)
