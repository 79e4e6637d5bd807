"""The ladder: an ablation from the published to the corrected protocol, step by step."""

import logging

from endobench.design.conclusions import EXCEPTIONS, NO
from endobench.design.metrics import metric_named
from endobench.design.tasks import SIGNED
from endobench.figures import palette
from endobench.figures.canvas import (
    WIDTH_IN,
    canvas,
    check_one_dataset,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import caption
from endobench.figures.forest.layout import Forest
from endobench.figures.forest.page import forest_figure
from endobench.figures.forest.rows import NOT_DEFINED, Estimate, Panel, Row
from endobench.figures.labels import BARS, OPEN

log = logging.getLogger(__name__)

METRIC = "spearman"
PANELS = [
    Panel("value", "agreement", metric_named(METRIC).axis[SIGNED]),
    Panel("change", "paired difference", "minus the step above", is_difference=True),
]


def ladder_figure(ladder, title=""):
    """Draw the agreement at every step, and its difference from the step before.

    Parameters
    ----------
    ladder : pandas.DataFrame
        In the columns of `columns.LADDER`, of one dataset. Only the Spearman correlation
        is drawn. The first step, the published protocol, is on top.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide.

    Raises
    ------
    ValueError
        If the ladder is of several datasets, or a step has two rows.
    """
    with style():
        models = models_of(ladder)
        if not ladder.empty:
            ladder = ladder[ladder["metric"] == METRIC]
        if ladder.empty:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models))
        _check(ladder)
        steps = ladder.sort_values("step", kind="stable").itertuples(index=False)
        rows = [_row(step, is_first=place == 0) for place, step in enumerate(steps)]
        log.info(
            "drew %d steps, %d of them with a value",
            len(rows),
            ladder["value"].notna().sum(),
        )
        forest = Forest(rows, PANELS, "step and its change", ("pairs", "variants"))
        said = caption(
            "Ablation from the published to the corrected protocol, one change per step"
            " from top to bottom",
            f"circles: {metric_named(METRIC).axis[SIGNED]} at each step; diamonds: its"
            " paired difference from the step above, on shared pairs",
            "each row states its numbers of pairs and variants",
            BARS,
            OPEN,
        )
        return forest_figure(forest, title, models, caption=said)


def _check(ladder):
    check_one_dataset(ladder, "ladder")
    if ladder["step"].duplicated().any():
        raise ValueError(
            f"{METRIC} of steps {sorted(ladder['step'])}; expected one row each"
        )


def _row(step, is_first):
    value = Estimate(step.value, step.ci_low, step.ci_high)
    ends = step.difference_low, step.difference_high
    change = Estimate(
        step.difference,
        *ends,
        color=palette.DIFFERENCE,
        mark="D",
        # There is no step above the first.
        missing="" if is_first else NOT_DEFINED,
    )
    counts = step.n, step.n_variants
    return Row(_named(step), step.change, (value, change), counts)


def _named(step):
    """Return a step's name; say if it is a result that is not reportable."""
    words = {NO: "not reportable", EXCEPTIONS: "with exceptions"}.get(
        step.is_reportable
    )
    return f"{step.name} ({words})" if words else step.name
