"""The models of a leaderboard as a forest, by dataset and task."""

import logging

import pandas as pd

from endobench.design.benchmark_names import base_of
from endobench.design.conclusions import EXCEPTIONS, YES
from endobench.design.metrics import BY_TISSUE, PRIMARY, metric_named
from endobench.design.scorers import TABLE_SCORER
from endobench.design.tasks import ALL_PAIRS, TASKS
from endobench.evaluate.leaderboard import OF_PAIRS, OWN, PUBLISHED, SHARED
from endobench.evaluate.model_differences import REFERENCE
from endobench.figures import palette
from endobench.figures.canvas import (
    WIDTH_IN,
    canvas,
    describe,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import caption
from endobench.figures.forest.layout import Forest
from endobench.figures.forest.page import stacked_figure
from endobench.figures.forest.rows import Estimate, Panel, Row
from endobench.figures.labels import BARS, OPEN, STRATA

log = logging.getLogger(__name__)

_PLACE = ["dataset", "benchmark"]
# Colour and mark of a value, by whether its model is the reference or published.
_LOOKS = {
    REFERENCE: (palette.MODEL, "o"),
    PUBLISHED: (palette.FAINT, "^"),
}
_OTHER = (palette.OTHER, "s")


def leaderboard_figure(board, title=""):
    """Draw the models of every benchmark, with their differences from the reference.

    Parameters
    ----------
    board : pandas.DataFrame
        In the columns of `columns.LEADERBOARD`.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        One forest per metric: the primary ones, and those that have published values.
        Models that are compared are drawn on the pairs that all of them have, others on
        their own. A value that is not reportable, or with exceptions only, has a note.
    """
    with style():
        models = models_of(board)
        forests = [
            _forest(rows, task, metric)
            for task in TASKS
            for metric in _metrics(board, task)
            if len(rows := _drawn(board, task, metric))
        ]
        if not forests:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models), "no benchmarks")
        figure = stacked_figure(forests, title, models)
        describe(figure, _caption(board))
        log.info("drew %d forests of %d models", len(forests), len(models))
        return figure


def _caption(board):
    """Return what is drawn and what the marks mean."""
    is_compared = board["compared"].notna().any()
    others = "black squares: other models; triangles: published values"
    return caption(
        "Agreement of each model with the measured effects, by dataset and benchmark",
        f"blue circles: the first model; {others}" if is_compared else "",
        "diamonds: paired difference from the first model" if is_compared else "",
        "each row states its number of pairs",
        BARS,
        OPEN,
    )


def _metrics(board, task):
    """Return the metrics of a task to draw: the primary one, and published ones."""
    here = board[board["task"] == task]
    published = here.loc[here["scope"] == PUBLISHED, "metric"]
    return list(dict.fromkeys([PRIMARY[task].metric, *published]))


def _drawn(board, task, metric):
    """Return the rows to draw of a task and metric: of one stratum in each benchmark."""
    here = board[(board["task"] == task) & (board["metric"] == metric)]
    found = [_of_benchmark(part, task) for _, part in here.groupby(_PLACE, sort=False)]
    return pd.concat(found) if found else here


def _of_benchmark(rows, task):
    """Return the rows of a benchmark's models on the same pairs, and published ones."""
    scopes, first = rows["scope"], PRIMARY[task].strata[0]
    scope = SHARED if (scopes == SHARED).any() else OWN
    strata = rows.loc[scopes == scope, "stratum"].unique()
    is_anchored = (scopes == PUBLISHED).any() and ALL_PAIRS in strata
    stratum = first if first in strata and not is_anchored else ALL_PAIRS
    is_ours = (scopes == scope) & (rows["stratum"] == stratum)
    return rows[is_ours | (scopes == PUBLISHED)]


def _forest(rows, task, metric):
    entry = metric_named(metric.removesuffix(BY_TISSUE))
    words, null = entry.axis.get(task, metric), entry.null or 0.0
    if metric.endswith(BY_TISSUE):
        words += ", mean over tissues"
    panels = [
        Panel("value", "agreement", words, null=null),
        Panel(
            "change",
            "paired difference",
            "minus the first model, shared pairs",
            is_difference=True,
        ),
    ]
    if not rows["compared"].notna().any():
        panels = panels[:1]
    found = []
    for (dataset, benchmark), part in rows.groupby(_PLACE, sort=False):
        name = f"{dataset}, {base_of(benchmark)}"
        found.append(Row(name, _setting(part)))
        for row in part.itertuples(index=False):
            estimates = (_value(row), _change(row))[: len(panels)]
            found.append(Row(str(row.name), _note(row), estimates, (row.n,)))
    return Forest(found, panels, "dataset and benchmark; model", ("pairs",))


def _setting(rows):
    """Return how the models of a benchmark are compared, and on which pairs."""
    ours = rows[rows["scope"] != PUBLISHED]
    if ours.empty:
        return ""
    row = ours.iloc[0]
    whose = "pairs of all models" if row["scope"] == SHARED else "own pairs"
    where = f"{row['measurement']}, {row['context']}, {row['species']}"
    pairs = f"{where}; {STRATA[row['stratum']]}, {whose}"
    # A table has neither a window nor a scorer of ours.
    scored = ours[ours["scorer"] != TABLE_SCORER]
    if scored.empty:
        return pairs
    row = scored.iloc[0]
    how = f"{row['scorer']}, {row['window_bp']:,.0f} bp, {row['track_set']}"
    return f"{how}; {pairs}"


def _note(row):
    """Return the limitations of a row, and the models from which it does not differ."""
    if row.scope == PUBLISHED:
        return "published, not measured here"
    words = {YES: [], EXCEPTIONS: ["REPORTABLE WITH EXCEPTIONS"]}
    notes = [*words.get(row.is_reportable, ["NOT REPORTABLE"])]
    if row.interval == OF_PAIRS:
        notes.append("interval of independent pairs")
    if pd.notna(row.not_different_from):
        notes.append(f"no significant difference from {row.not_different_from}")
    return "; ".join(notes)


def _value(row):
    kind = PUBLISHED if row.scope == PUBLISHED else row.compared
    if row.scope == OWN:
        kind = REFERENCE
    color, mark = _LOOKS.get(kind, _OTHER)
    return Estimate(row.value, row.ci_low, row.ci_high, color=color, mark=mark)


def _change(row):
    missing = {REFERENCE: "the first model"}.get(row.compared, "not compared")
    return Estimate(
        row.difference,
        row.difference_low,
        row.difference_high,
        p=row.difference_p_adjusted,
        color=palette.DIFFERENCE,
        mark="D",
        missing=missing,
    )
