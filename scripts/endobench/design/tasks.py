"""What may be asked of a table of effects: their sign, their size, or their class.

Where the source does not say which allele its effects are of, nothing that reads a sign
is asked; where it says no more than which variants have an effect, nothing that reads a
size is, either.
"""

from endobench.design.models import MODEL

SIGNED, MAGNITUDE, UNSIGNED = "signed", "magnitude", "unsigned"
TASKS = (SIGNED, MAGNITUDE, UNSIGNED)
# The unit of effects that are 1 of a positive and 0 of a negative.
LABEL = "label"
NO_ALLELE = "the source does not say which allele its effects are of"
LEFT_OUT = {
    MAGNITUDE: f"{NO_ALLELE}: signed tasks are left out",
    UNSIGNED: "effects are labels, without sign or size: only the unsigned task is asked",
}
ALL_PAIRS, LEADS, MATCHED = "all_pairs", "lead_per_feature", "matched_negatives"


def task_of(pairs, is_signed):
    """Return the task that the answer of a benchmark is of, one of `TASKS`.

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
    return next((task for task in TASKS if task in found), SIGNED)
