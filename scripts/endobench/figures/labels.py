"""Words of axes and rows that several figures share."""

from endobench.benchmark.reductions import FIRST_COMPONENT
from endobench.design.metrics import PRIMARY
from endobench.design.models import MODEL
from endobench.design.protocol import PUBLISHED, TABLE_SCORER, base_of
from endobench.design.tasks import MAGNITUDE, SIGNED
from endobench.figures.canvas import KEPT


def primary_rows(sweep):
    """Return the rows of a dataset's answers, and the task that these are of.

    Parameters
    ----------
    sweep : pandas.DataFrame
        In the columns of `columns.SWEEP`.

    Returns
    -------
    rows : pandas.DataFrame
        Of all strata and benchmarks.
    task : str
        A key of `metrics.PRIMARY`.

    Raises
    ------
    ValueError
        If the sweep is of several datasets.
    """
    if sweep.empty:
        return sweep, SIGNED
    if (datasets := sweep["dataset"].dropna().unique()).size > 1:
        raise ValueError(
            f"sweep of the datasets {', '.join(sorted(datasets))}; expected one"
        )
    found = set(sweep["task"])
    task = next((task for task in PRIMARY if task in found), SIGNED)
    is_asked = (sweep["task"] == task) & (sweep["metric"] == PRIMARY[task].metric)
    return sweep[is_asked], task


def how_done(row):
    """Say by which protocol and scorer a benchmark is done."""
    base = base_of(row.protocol)
    what = f"{base}, with effect = p value" if base == PUBLISHED else base
    scorer = "a table of scores" if row.scorer == TABLE_SCORER else row.scorer
    return f"{what}: {scorer}"


TERTILES = {
    "effect_tertile_1": "smallest third of effects",
    "effect_tertile_2": "middle third of effects",
    "effect_tertile_3": "largest third of effects",
}


# Okabe and Ito's colours, and lines that are told apart without them.
LINES = {
    "motif_change": ("motif change", "#D55E00", (0, (5, 1.5))),
    "gc_change": ("change of GC", "#E69F00", (0, (1, 1))),
    "gc_content": ("GC content", "#009E73", (0, (5, 1.5, 1, 1.5))),
    "distance": ("nearness", "#CC79A7", (0, (3, 1))),
    "maf": ("rareness", "#56B4E9", (0, (3, 1, 1, 1, 1, 1))),
    MODEL: ("model", KEPT, "-"),
}


EFFECT_LABELS = {
    "slope": "eQTL effect, ALT minus REF (slope, s.d. of expression)",
    "log2_aFC": "eQTL effect, ALT minus REF (log2 allelic fold change)",
    "dsQTL beta": "dsQTL effect, ALT minus REF (beta)",
    "p_value": "p value, taken for the effect (no unit)",
}


SCORE_UNITS = {
    "DIFF_LOG2_SUM": "log2",
    "DIFF_SUM_LOG2": "sum of log2",
    "DIFF_MEAN": "mean signal",
    "DIFF_SUM": "summed signal",
    "study-mean": "mean signal",
}


def effect_label(unit, task):
    """Return the label of the measured axis."""
    if task == MAGNITUDE:
        return f"size of the measured effect, from its null ({unit})"
    return EFFECT_LABELS.get(unit, f"measured, ALT minus REF ({unit})")


def score_label(scorer, model, task, reduction=""):
    """Return the label of the predicted axis, with its unit where it is known."""
    if scorer == TABLE_SCORER:
        return (
            f"score, ALT minus REF ({model})"
            if task == SIGNED
            else (f"size of the score ({model})")
        )
    unit = SCORE_UNITS.get(scorer.rpartition("-")[2], SCORE_UNITS.get(scorer, scorer))
    if reduction == FIRST_COMPONENT:
        unit = f"first component of {unit}"
    if task == SIGNED:
        return f"predicted effect, ALT minus REF ({unit})"
    return f"size of the predicted effect ({unit})"
