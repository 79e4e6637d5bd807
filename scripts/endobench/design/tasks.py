"""Tasks: what a table of effects allows to be evaluated, by sign, size or class.

If the source does not state the effect allele, tasks that read a sign are left out. If
it states only which variants have an effect, tasks that read a size are left out too.
"""

from endobench.design.models import MODEL
from endobench.design.scorers import is_by_gene, is_signed, why_no_gene

SIGNED, MAGNITUDE, UNSIGNED = "signed", "magnitude", "unsigned"
TASKS = (SIGNED, MAGNITUDE, UNSIGNED)
# Agreement by chance, in the column `task` of metrics: readers of tables take "null" for
# a missing value.
CHANCE = "chance"
# Unit of effects that are 1 for a positive and 0 for a negative.
LABEL = "label"
NO_ALLELE = "the source does not state the effect allele"
LEFT_OUT = {
    MAGNITUDE: f"{NO_ALLELE}: signed tasks are left out",
    UNSIGNED: "effects are labels without sign or size: only the unsigned task applies",
}
NO_SIGN = "scores of {} have no sign: signed tasks are left out"
# Scores of a model that was trained on the effects' own tissues, in a run without folds.
NOT_HELD_OUT = (
    "no pair is held out: GTEx's RNA-seq tracks are training targets of the model (set"
    " 'model_version' to a fold, and 'folds')"
)
HELD_OUT = "held_out"
ALL_PAIRS, LEADS, MATCHED = "all_pairs", "lead_per_feature", "matched_negatives"
# Of the leads, which are the best of those that have a score, the ones that no other row
# of the source exceeds.
SOURCE_LEADS = "source_lead"


def task_of(pairs, is_signed):
    """Return the task of a benchmark's conclusion, one of `TASKS`.

    Parameters
    ----------
    pairs : pandas.DataFrame
        Column ``unit``.
    is_signed : bool
        Whether the source states the effect allele.
    """
    if len(pairs) and str(pairs["unit"].iloc[0]) == LABEL:
        return UNSIGNED
    return SIGNED if is_signed else MAGNITUDE


def notes_on(task, scorer, strata):
    """Return what a reader must know about the scores of a conclusion.

    Parameters
    ----------
    task : str
        One of `TASKS`.
    scorer : str
    strata : iterable of str
        Strata of the benchmark's metrics.

    Returns
    -------
    list of str
    """
    notes = []
    if task == MAGNITUDE and not is_signed(scorer):
        notes.append(NO_SIGN.format(scorer))
    elif task in LEFT_OUT:
        notes.append(LEFT_OUT[task])
    if is_by_gene(scorer) and HELD_OUT not in set(strata):
        notes.append(NOT_HELD_OUT)
    if no_gene := why_no_gene(scorer):
        notes.append(no_gene)
    return notes


def task_in(metrics):
    """Return the task of a benchmark's conclusion, inferred from its metrics.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark.

    Returns
    -------
    {"signed", "magnitude", "unsigned"}
        The first of `TASKS` that the model was measured on; "signed" if none was.
    """
    found = set(metrics.loc[metrics["predictor"] == MODEL, "task"])
    return next((task for task in TASKS if task in found), SIGNED)
