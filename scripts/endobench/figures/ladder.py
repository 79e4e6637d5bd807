"""The ladder: from the published protocol to the corrected one, a change at a time."""

import logging

import pandas as pd

from endobench.design.metrics import metric_named
from endobench.design.tasks import SIGNED
from endobench.figures.canvas import INK, canvas, models_of, save, say_nothing, style
from endobench.figures.forest import (
    NOT_DEFINED,
    WIDTH_IN,
    Estimate,
    Panel,
    Row,
    forest_figure,
    holds,
)

log = logging.getLogger(__name__)

METRIC = "spearman"
PANELS = [
    Panel("value", "agreement", metric_named(METRIC).axis[SIGNED]),
    Panel(
        "change",
        "paired difference",
        "rho minus that of the step above\n(open: the interval holds zero)",
        is_difference=True,
    ),
]


def ladder(ladder, path, title=""):
    """Write `ladder_figure` to a path that ends in .png or .pdf."""
    save(ladder_figure(ladder, title), path)


def ladder_figure(ladder, title=""):
    """Draw the agreement at every step, and what the step added to the one before.

    Parameters
    ----------
    ladder : pandas.DataFrame
        In the columns of `columns.LADDER`, of one dataset; only the Spearman is drawn.
        The first step, the published protocol, is on top.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide. A difference is an open mark where its interval holds zero, or
        where it has no interval.

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
        steps = ladder.sort_values("step").itertuples(index=False)
        rows = [_row(step, is_first=place == 0) for place, step in enumerate(steps)]
        log.info(
            "%d steps drawn, %d of them with a value",
            len(rows),
            ladder["value"].notna().sum(),
        )
        head = "step, and what it changes"
        return forest_figure(rows, PANELS, head, ("pairs", "variants"), title, models)


def _check(ladder):
    if (datasets := ladder["dataset"].dropna().unique()).size > 1:
        raise ValueError(
            f"ladder of the datasets {', '.join(sorted(datasets))}; expected one"
        )
    if ladder["step"].duplicated().any():
        raise ValueError(
            f"{METRIC} of the steps {sorted(ladder['step'])}; expected one row each"
        )


def _row(step, is_first):
    value = Estimate(step.value, step.ci_low, step.ci_high)
    ends = step.difference_low, step.difference_high
    change = Estimate(
        step.difference,
        *ends,
        is_open=holds(*ends),
        color=INK,
        mark="D",
        # There is no step above the first.
        missing="" if is_first else NOT_DEFINED,
    )
    counts = step.n, step.n_variants
    return Row(_named(step), step.change, (value, change), counts)


def _named(step):
    """Return a step's name, and whether it is a result that must not be reported."""
    is_refused = pd.notna(step.is_reportable) and not step.is_reportable
    return f"{step.name} (not reportable)" if is_refused else step.name
