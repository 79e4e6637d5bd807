"""Baselines: the model beside what knows no model, and what chance and errors allow."""

import logging
import math

import numpy as np

from endobench.benchmark.controls import SEQUENCE
from endobench.design.metrics import PRIMARY, axis_of
from endobench.design.models import MODEL
from endobench.design.tasks import ALL_PAIRS, MAGNITUDE, task_in
from endobench.evaluate.measure import MISMATCHED
from endobench.evaluate.published import PUBLISHED
from endobench.figures.canvas import (
    DROPPED,
    INK,
    KEPT,
    canvas,
    check_one_benchmark,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import conclusion_note, with_interval
from endobench.figures.forest import WIDTH_IN, Estimate, Panel, Row, forest_figure
from endobench.figures.labels import LINES

log = logging.getLogger(__name__)

_CHANCE = "bar: 95 % of what chance gives"
_NULLS = {
    "permuted_in_strata": ("permutation in strata", _CHANCE),
    "sign_flip_by_block": ("sign flip by block", _CHANCE),
    "mismatched_variant": ("mismatched variant", "a score of like distance"),
}
_PLANTED = {
    "spike_in": ("spike-in", "a correlation is planted"),
    "sham": ("sham", "nothing is planted"),
}
_COUNTS = ("pairs", "effective")


def baselines_figure(metrics, title="", conclusion=None):
    """Draw a benchmark's answer beside baselines, nulls, controls and the ceiling.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark. Drawn are the metric and
        the task that its answer is of (see `tasks`), of the stratum that was named
        beforehand; controls and published values are of their own.
    title : str
    conclusion : pandas.DataFrame, optional
        In the columns of `columns.CONCLUSIONS`, of the same benchmark. Where its answer
        is not reportable, a note under the title says so, and why.

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide, with a head for each group that has rows. A baseline that is
        missing for some pairs stands beside the model on the others. What is on
        another scale is written, not drawn.

    Raises
    ------
    ValueError
        If the metrics are of several benchmarks.
    """
    with style():
        models = models_of(metrics, *([] if conclusion is None else [conclusion]))
        check_one_benchmark(metrics, "metrics")
        found = _Found(metrics)
        if found.model is None:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models))
        rows = [row for group in _groups(found) for row in group]
        panel = Panel(
            "value",
            "agreement",
            f"{axis_of(found.task)}\n(dotted: the model)",
            null=found.primary.null,
            guide=float(found.model.value),
        )
        note = conclusion_note(conclusion, metrics, found.stratum)
        head = found.stratum.replace("_", " ")
        log.info("%d rows drawn", len(rows))
        return forest_figure(rows, [panel], head, _COUNTS, title, models, note)


class _Found:
    """The rows of a benchmark's metrics, by task, predictor, metric and stratum.

    Attributes
    ----------
    task, stratum : str
        Of the answer.
    answer : metrics.Primary
    model : tuple or None
        The answer's row.
    """

    def __init__(self, metrics):
        self.task = task_in(metrics)
        self.primary = PRIMARY[self.task]
        self.stratum = self.primary.strata[0]
        self._metrics = metrics
        self.model = self.one(self.task, MODEL, self.primary.metric)

    def rows(self, task, metric, stratum=None):
        """Return rows of a stratum, of the answer's where none is named."""
        frame = self._metrics
        is_asked = (frame["task"] == task) & (frame["metric"] == metric)
        is_asked &= frame["stratum"] == (stratum or self.stratum)
        return list(frame[is_asked].itertuples(index=False))

    def one(self, task, predictor, metric, stratum=None):
        """Return a row, or None."""
        found = self.rows(task, metric, stratum)
        return next((row for row in found if row.predictor == predictor), None)


def _groups(found):
    """Return the rows of each group that has any, under its head."""
    groups = {
        "": _of_model(found),
        "BASELINES, WITHOUT A MODEL": _baselines(found),
        "NULLS": _nulls(found),
        "CONTROLS": _controls(found),
        "WHAT COULD BE FOUND": _bounds(found),
        "PUBLISHED, OF ALL PAIRS": _published(found),
    }
    return [
        [*([Row("", head)] if head else []), *rows]
        for head, rows in groups.items()
        if rows
    ]


def _row(row, name, note="", **look):
    estimate = Estimate(row.value, row.ci_low, row.ci_high, **look)
    return Row(name, note, (estimate,), (row.n, row.n_eff))


def _written(row, name, note, text):
    """Return a row whose number is on another scale than the others'."""
    estimate = Estimate(*(math.nan,) * 3, missing=text)
    return Row(name, note, (estimate,), (row.n, row.n_eff))


def _of_model(found):
    rows = [_row(found.model, "model", found.model.track_set)]
    other = found.one(found.task, MISMATCHED, found.primary.metric)
    if other is not None:
        look = {"is_open": True, "mark": "s"}
        rows.append(
            _row(other, "mismatched tissue", "the model’s tracks of it", **look)
        )
    return rows


def _baselines(found):
    rows = []
    for row in found.rows(found.task, found.primary.metric):
        name, _, of_model = row.predictor.partition("/")
        if name not in LINES or row.predictor == MODEL:
            continue
        words = LINES[name][0]
        if of_model:
            rows.append(_row(row, f"model, where {words} is known"))
        else:
            rows.append(_row(row, words, color=DROPPED, mark="^"))
    return rows


def _nulls(found):
    return [
        _row(row, *_NULLS[row.predictor], color=INK, mark="D", is_open=True)
        for row in found.rows("null", found.primary.metric)
        if row.predictor in _NULLS
    ]


def _controls(found):
    """Return what must be found: by the effects, by the scores, and when planted."""
    look = {"color": INK, "mark": "s"}
    rows = [
        _row(row, row.predictor, "positive control: all effects", **look)
        for row in found.rows("control", found.primary.metric, "all_effects")
    ]
    follows = found.one("control", SEQUENCE, "spearman", ALL_PAIRS)
    if follows is not None:
        name, note = "sequence", "scores against motif change"
        if found.primary.metric == "spearman" and found.task != MAGNITUDE:
            rows.append(_row(follows, name, note, **look))
        else:
            text = f"rho {with_interval(follows)}"
            rows.append(_written(follows, name, note, text))
    for row in found.rows("control", "detection_rate"):
        if not math.isnan(row.value):
            shares = [
                f"{100 * each:.0f}" for each in (row.value, row.ci_low, row.ci_high)
            ]
            text = "found in {} % of trials [{}, {}]".format(*shares)
            rows.append(_written(row, *_PLANTED[row.predictor], text))
    return rows


def _bounds(found):
    """Return what errors leave to be found, and what so many pairs would show."""
    rows, look = [], {"color": KEPT, "mark": "v", "is_open": True}
    reliability = found.one("ceiling", MODEL, "reliability")
    if reliability is not None and reliability.value > 0:
        ceiling = reliability._replace(value=np.sqrt(reliability.value))
        note = f"of a reliability of {reliability.value:.2f}"
        rows.append(_row(ceiling, "noise ceiling", note, **look))
    over = found.one("ceiling", MODEL, "spearman_over_ceiling")
    if over is not None:
        rows.append(_row(over, "model over its ceiling", is_open=True))
    least = found.one("power", MODEL, "detectable_spearman")
    if least is not None:
        note = "in 4 of 5 studies of this n"
        rows.append(_row(least, "smallest that is found", note, **look))
    return rows


def _published(found):
    value = found.one(PUBLISHED, PUBLISHED, found.primary.metric, ALL_PAIRS)
    if value is None:
        return []
    rows = [_row(value, "published value", color=INK, mark="*")]
    here = found.one(found.task, MODEL, found.primary.metric, ALL_PAIRS)
    if here is not None:
        rows.append(_row(here, "model", "of all pairs"))
    return rows
