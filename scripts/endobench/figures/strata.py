"""All strata of one benchmark as a forest, below the whole benchmark."""

import logging

import pandas as pd

from endobench.design.metrics import PRIMARY, axis_of
from endobench.design.models import MODEL
from endobench.design.tasks import ALL_PAIRS, UNSIGNED, task_in
from endobench.figures.canvas import (
    WIDTH_IN,
    canvas,
    check_one_benchmark,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import caption, conclusion_note
from endobench.figures.forest.layout import Forest
from endobench.figures.forest.page import forest_figure
from endobench.figures.forest.rows import Estimate, Panel, Row
from endobench.figures.labels import (
    BARS,
    DIVISIONS,
    OPEN,
    WHOLE,
    division_of,
    how_done,
    stratum_words,
)

log = logging.getLogger(__name__)

_KEY = "dotted line: {}; small mark: fewer than ten pairs"
_FEW = 10
_FEW_SIZE = 2.5


def strata_forest_figure(metrics, title="", conclusion=None, *, has_classes=False):
    """Draw the agreement in every stratum of a benchmark, grouped by division.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark. The model's primary metric
        (see `metrics.PRIMARY`) is drawn.
    title : str
    conclusion : pandas.DataFrame, optional
        In the columns of `columns.CONCLUSIONS`, of the same benchmark. If it is not
        reportable, a note under the title says why.
    has_classes : bool, default False
        Whether the effects have classes. All pairs are then the positives, unless effects
        are labels.

    Returns
    -------
    matplotlib.figure.Figure
        The whole benchmark is on top. The divisions follow with their strata in the
        order of the table. The p value of the prespecified metric is not adjusted. A
        stratum with fewer than ten pairs has a small mark, and its row says so. The
        dotted line is the value for all pairs.

    Raises
    ------
    ValueError
        If the metrics are of several benchmarks, or a stratum has two rows.
    """
    with style():
        models = models_of(metrics, *([] if conclusion is None else [conclusion]))
        task = task_in(metrics)
        rows = metrics[
            (metrics["predictor"] == MODEL)
            & (metrics["task"] == task)
            & (metrics["metric"] == PRIMARY[task].metric)
        ]
        if rows.empty:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models), "no strata")
        _check(rows)
        of_stratum = {row.stratum: row for row in rows.itertuples(index=False)}
        only_positives = has_classes and task != UNSIGNED
        key = _KEY.format(stratum_words(ALL_PAIRS, only_positives=only_positives))
        drawn = []
        for head, names in _divided(of_stratum).items():
            note = "" if drawn else _benchmark(of_stratum[names[0]])
            drawn.append(Row(head, note))
            drawn += [
                _row(of_stratum[name], of_stratum, only_positives) for name in names
            ]
        whole = of_stratum.get(ALL_PAIRS)
        panel = Panel(
            "value",
            "agreement",
            axis_of(task),
            null=PRIMARY[task].null,
            guide=float("nan") if whole is None else float(whole.value),
        )
        log.info(
            "drew %d strata, %d of them with a value",
            len(rows),
            rows["value"].notna().sum(),
        )
        counts = ("pairs", "effective n")
        forest = Forest(drawn, [panel], "stratum", counts, key)
        note = conclusion_note(conclusion, metrics, PRIMARY[task].strata[0])
        said = caption(
            f"{axis_of(task)} in every stratum of one benchmark, grouped by what divides"
            " the pairs",
            "each row states its number of pairs and the effective n",
            BARS,
            key,
            OPEN,
            "the p value of the prespecified stratum is not adjusted",
        )
        return forest_figure(forest, title, models, note, said)


def _check(rows):
    check_one_benchmark(rows, "metrics")
    if rows["stratum"].duplicated().any():
        twice = rows["stratum"][rows["stratum"].duplicated()].iloc[0]
        raise ValueError(f"stratum {twice!r} has two rows; expected one")


def _divided(strata):
    """Return the names of strata by the heading of their division."""
    divided = {"overall": [name for name in WHOLE if name in strata]}
    divided |= {each.head: [] for each in DIVISIONS}
    for name in strata:
        if name not in WHOLE:
            divided.setdefault(division_of(name).head, []).append(name)
    return {head: names for head, names in divided.items() if names}


def _benchmark(row):
    window = f"{row.window_bp:,.0f} bp, " if row.window_bp > 0 else ""
    return f"{window}{row.track_set}; {how_done(row)}"


def _row(row, strata, only_positives):
    # The p value of the prespecified metric is not adjusted.
    p = row.p if pd.isna(row.p_adjusted) else row.p_adjusted
    value = Estimate(row.value, row.ci_low, row.ci_high, p)
    words = stratum_words(
        row.stratum, is_under_head=True, only_positives=only_positives
    )
    if row.stratum == "seen" and "held_out" in strata:
        words = f"{words}: all other folds"
    if pd.notna(row.is_primary) and bool(row.is_primary):
        words += " (prespecified)"
    if row.n < _FEW:
        words += " (few pairs)"
        value = value._replace(size=_FEW_SIZE)
    return Row(words, "", (value,), (row.n, row.n_eff))
