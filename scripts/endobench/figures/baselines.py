"""The model compared with model-free baselines, nulls, controls and the ceiling."""

import logging
import math

import numpy as np

from endobench.benchmark.controls import CONTROL_SEQUENCE, MISMATCHED, SEQUENCE
from endobench.design.metrics import PRIMARY, axis_of
from endobench.design.models import MODEL, is_assay
from endobench.design.tasks import ALL_PAIRS, CHANCE, MAGNITUDE, task_in
from endobench.evaluate.conditions.outcome import FAILS, NOT_JUDGED, POSITIVE
from endobench.evaluate.published import PUBLISHED
from endobench.figures import palette
from endobench.figures.canvas import (
    WIDTH_IN,
    canvas,
    check_one_benchmark,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import caption, conclusion_note, with_interval
from endobench.figures.forest.layout import Forest
from endobench.figures.forest.page import forest_figure
from endobench.figures.forest.rows import Estimate, Panel, Row
from endobench.figures.labels import BARS, OPEN, predictor_words, stratum_words

log = logging.getLogger(__name__)

_CHANCE = "bar: central 95 % of the null"
_NULLS = {
    "permuted_in_strata": ("permutation within strata", _CHANCE),
    "sign_flip_by_block": ("sign flip by block", _CHANCE),
    "mismatched_variant": (
        "mismatched variant",
        "another variant, similar distance",
    ),
}
_PLANTED = {
    "spike_in": ("spike-in", "trials that detect the planted correlation"),
    "sham": ("sham", "trials that detect one where none is planted"),
}
_STATES = {FAILS: "FAILS", NOT_JUDGED: "not judged"}
_COUNTS = ("pairs", "effective n")


def baselines_figure(metrics, title="", conclusion=None, controls=None):
    """Draw the model, baselines, nulls, controls and the noise ceiling.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark. Its primary metric (see
        `metrics.PRIMARY`) is drawn in the prespecified stratum. Controls and published
        values are in strata of their own.
    title : str
    conclusion : pandas.DataFrame, optional
        In the columns of `columns.CONCLUSIONS`, of the same benchmark. If it is not
        reportable, a note under the title says why.
    controls : pandas.DataFrame, optional
        In the columns of `columns.CONTROLS`, of the same benchmark. One that fails, or
        cannot be judged, says so.

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide, with a heading for each group that has rows. A baseline that
        lacks some pairs is followed by the model on the remaining pairs. Values on
        another scale are written, not drawn.

    Raises
    ------
    ValueError
        If the metrics are of several benchmarks.
    """
    with style():
        models = models_of(metrics, *([] if conclusion is None else [conclusion]))
        check_one_benchmark(metrics, "metrics")
        found = _Found(metrics, controls)
        if found.model is None:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models))
        rows = [row for group in _groups(found) for row in group]
        panel = Panel(
            "value",
            "agreement",
            axis_of(found.task),
            null=found.primary.null,
            guide=float(found.model.value),
        )
        note = conclusion_note(conclusion, metrics, found.stratum)
        log.info("drew %d rows", len(rows))
        head, key = stratum_words(found.stratum), f"dotted line: the {found.whose}"
        said = caption(
            f"{axis_of(found.task)} of the {found.whose} in the prespecified stratum"
            f" ({head}), compared with baselines, nulls, controls and ceilings",
            "each row states its number of pairs and the effective n",
            f"{BARS}, and of the first two nulls the central 95 % of the null"
            " distribution",
            f"blue circle: the {found.whose}; blue square: tracks of another tissue;"
            " orange triangle: a baseline; black diamond: a null; black square: a"
            " control, in which agreement must be found; blue triangle: a ceiling or"
            " the least that can be detected; black star: the published value",
            key,
            OPEN,
        )
        forest = Forest(rows, [panel], head, _COUNTS, key)
        return forest_figure(forest, title, models, note, said)


class _Found:
    """The rows of a benchmark's metrics, by task, predictor, metric and stratum.

    Attributes
    ----------
    task : str
    primary : metrics.Primary
    stratum : str
        The prespecified stratum.
    model : tuple or None
        The model's row of the primary metric.
    """

    def __init__(self, metrics, controls=None):
        self.task = task_in(metrics)
        self.primary = PRIMARY[self.task]
        self.stratum = self.primary.strata[0]
        self._metrics = metrics
        self.model = self.one(self.task, MODEL, self.primary.metric)
        self._states = {}
        if controls is not None:
            here = controls[controls["stratum"] == self.stratum]
            # A failure of one of several positive controls is that of all.
            ordered = here.sort_values(
                "state", key=lambda each: each == FAILS, kind="stable"
            )
            self._states = dict(zip(ordered["control"], ordered["state"], strict=True))

    def noted(self, control, note):
        """Return the note of a control, after its state unless it passes."""
        words = _STATES.get(self._states.get(control))
        return f"{words}: {note}" if words else note

    def rows(self, task, metric, stratum=None):
        """Return the rows of a stratum, by default the prespecified one."""
        frame = self._metrics
        is_asked = (frame["task"] == task) & (frame["metric"] == metric)
        is_asked &= frame["stratum"] == (stratum or self.stratum)
        return list(frame[is_asked].itertuples(index=False))

    @property
    def whose(self):
        """Whose scores these are, in a word."""
        return "assay" if is_assay(self.model.model) else MODEL

    def one(self, task, predictor, metric, stratum=None):
        """Return a row, or None."""
        found = self.rows(task, metric, stratum)
        return next((row for row in found if row.predictor == predictor), None)


def _groups(found):
    """Return the rows of each group that has any, after its heading."""
    groups = {
        "": _of_model(found),
        "model-free baselines": _baselines(found),
        "nulls": _nulls(found),
        "controls": _controls(found),
        "ceiling and power": _bounds(found),
        "published value (all pairs)": _published(found),
    }
    return [
        [*([Row(head)] if head else []), *rows] for head, rows in groups.items() if rows
    ]


def _row(row, name, note="", **look):
    estimate = Estimate(row.value, row.ci_low, row.ci_high, **look)
    return Row(name, note, (estimate,), (row.n, row.n_eff))


def _written(row, name, note, text):
    """Return a row whose value is on another scale and therefore not drawn."""
    nothing = math.nan
    estimate = Estimate(nothing, nothing, nothing, missing=text)
    return Row(name, note, (estimate,), (row.n, row.n_eff))


def _of_model(found):
    rows = [_row(found.model, found.whose, found.model.track_set)]
    other = found.one(found.task, MISMATCHED, found.primary.metric)
    if other is not None:
        note = found.noted(MISMATCHED, f"{found.whose}, tracks of another tissue")
        rows.append(_row(other, "mismatched tissue", note, mark="s"))
    return rows


def _baselines(found):
    rows = []
    for row in found.rows(found.task, found.primary.metric):
        name, _, of_model = row.predictor.partition("/")
        if name in (MODEL, MISMATCHED):
            continue
        words = predictor_words(name)
        if of_model:
            rows.append(_row(row, found.whose, f"on pairs with known {words}"))
        else:
            rows.append(_row(row, words, color=palette.BASELINE, mark="^"))
    return rows


def _nulls(found):
    look = {"color": palette.OTHER, "mark": "D"}
    rows = []
    for row in found.rows(CHANCE, found.primary.metric):
        if row.predictor in _NULLS:
            name, note = _NULLS[row.predictor]
            note = found.noted(row.predictor, note)
            rows.append(_row(row, name, note, **look))
    return rows


def _controls(found):
    """Return the positive controls of effects and scores, and the planted effects."""
    look = {"color": palette.OTHER, "mark": "s"}
    rows = []
    for row in found.rows("control", found.primary.metric, "all_effects"):
        if row.predictor != CONTROL_SEQUENCE:
            note = found.noted(POSITIVE, "positive control, all effects")
            rows.append(_row(row, row.predictor, note, **look))
    for predictor, stratum, what in (
        (SEQUENCE, ALL_PAIRS, "score"),
        (CONTROL_SEQUENCE, "all_effects", "positive control"),
    ):
        follows = found.one("control", predictor, "spearman", stratum)
        if follows is None:
            continue
        name = "sequence" if predictor == SEQUENCE else "sequence, control"
        note = found.noted(predictor, f"{what} against motif change")
        if found.primary.metric == "spearman" and found.task != MAGNITUDE:
            rows.append(_row(follows, name, note, **look))
        else:
            text = f"Spearman {with_interval(follows)}"
            rows.append(_written(follows, name, note, text))
    for row in found.rows("control", "detection_rate"):
        if not math.isnan(row.value):
            shares = [
                f"{100 * each:.0f}" for each in (row.value, row.ci_low, row.ci_high)
            ]
            text = "{} % [{}, {}]".format(*shares)
            name, note = _PLANTED[row.predictor]
            rows.append(_written(row, name, found.noted(row.predictor, note), text))
    return rows


def _bounds(found):
    """Return both ceilings, the model relative to them, and the detectable minimum."""
    rows, look = [], {"color": palette.MODEL, "mark": "v"}
    reliability = found.one("ceiling", MODEL, "reliability")
    if reliability is not None and reliability.value > 0:
        ceiling = reliability._replace(value=np.sqrt(reliability.value))
        note = f"effect reliability {reliability.value:.2f}"
        rows.append(_row(ceiling, "noise ceiling", note, **look))
    elif reliability is not None:
        why = "effects vary less than their errors"
        if math.isnan(reliability.value):
            why = "no standard errors"
        rows.append(_written(reliability, "noise ceiling", why, "no ceiling"))
    over = found.one("ceiling", MODEL, "spearman_over_ceiling")
    if over is not None:
        rows.append(_row(over, f"{found.whose} / noise ceiling"))
    for row in found.rows("ceiling", "spearman"):
        name, _, of_model = row.predictor.rpartition("/")
        if of_model == MODEL:
            rows.append(_row(row, found.whose, f"on the pairs of {name}"))
        else:
            rows.append(
                _row(row, row.predictor, "the same effects, replicated", **look)
            )
    least = found.one("power", MODEL, "detectable_spearman")
    if least is not None:
        note = "at 80 % power"
        rows.append(_row(least, "minimum detectable correlation", note, **look))
    return rows


def _published(found):
    value = found.one(PUBLISHED, PUBLISHED, found.primary.metric, ALL_PAIRS)
    if value is None:
        return []
    rows = [_row(value, "published value", color=palette.OTHER, mark="*")]
    here = found.one(found.task, MODEL, found.primary.metric, ALL_PAIRS)
    if here is not None:
        rows.append(_row(here, found.whose, "this run"))
    return rows
