"""The rows of metrics that controls read, and how two of them are compared."""

import collections

import numpy as np
import pandas as pd
import scipy

from endobench.benchmark.controls import MISMATCHED
from endobench.core.number_text import decimals
from endobench.design.metrics import PRIMARY, words_of
from endobench.design.models import MODEL

_Z = 1.959964
# What is read of a row of `columns.METRICS`.
_COLUMNS = ["task", "stratum", "predictor", "metric", "model"]
_COLUMNS += ["value", "ci_low", "ci_high", "p", "n", "n_variants", "n_blocks"]
_Row = collections.namedtuple("_Row", _COLUMNS)


class ControlRows:
    """The rows of a benchmark's metrics that its controls need.

    Parameters
    ----------
    metrics, differences, stratum, task
        See `judge.outcomes`.

    Attributes
    ----------
    metric, words : str
        The primary metric of the task, and its name for readers.
    null : float
        Its value by chance.
    model : named tuple or None
        The model's row of this metric in the stratum.
    """

    def __init__(self, metrics, differences, stratum, task):
        self._differences = differences
        self._rows = collections.defaultdict(list)
        # Pandas takes as long for a few rows as for all, and most of it for other columns.
        columns = (metrics[name] for name in _COLUMNS)
        for row in map(_Row._make, zip(*columns, strict=True)):
            self._rows[row.task, row.metric].append(row)
        self.stratum, self.task = stratum, task
        self.metric, self.null = PRIMARY[task].metric, PRIMARY[task].null
        self.words = words_of(task)[self.metric]
        self.model = self.one(task, MODEL, self.metric)

    def all(self, task, metric):
        """Return the rows of a task and a metric in any stratum, as named tuples."""
        return self._rows[task, metric]

    def one(self, task, predictor, metric, is_here=True):
        """Return a predictor's row, in the stratum of the conclusion or any, or None."""
        rows = self.all(task, metric)
        rows = [row for row in rows if row.predictor == predictor]
        if is_here:
            rows = [row for row in rows if row.stratum == self.stratum]
        return next(iter(rows), None)

    def change_of_tissue(self):
        """Return the model minus the tracks of another tissue, with its interval."""
        frame = self._differences
        if frame is None or frame.empty:
            return None
        is_asked = (frame["a"] == MISMATCHED) & (frame["b"] == MODEL)
        is_asked &= (frame["task"] == self.task) & (frame["metric"] == self.metric)
        rows = frame[is_asked & (frame["stratum"] == self.stratum)]
        return next(rows.itertuples(index=False), None)


def p_of_difference(row, other):
    """Return the p value of a correlation against another one, or against zero.

    From their intervals on Fisher's scale, as if the two were independent.
    """
    rows = [each for each in (row, other) if each is not None]
    values = [_fisher(each.value) for each in rows]
    errors = [(_fisher(each.ci_high) - _fisher(each.ci_low)) / 2 / _Z for each in rows]
    difference = values[0] - (values[1] if len(values) > 1 else 0)
    spread = np.hypot(*errors) if len(errors) > 1 else errors[0]
    if not spread > 0:
        return np.nan
    return 2 * scipy.special.ndtr(-abs(difference) / spread)


def _fisher(value):
    return np.arctanh(np.clip(float(value), -0.999999, 0.999999))


def difference_of(row, other):
    """Return both ends of the interval of a difference, as if rows were independent."""
    halves = [(each.ci_high - each.ci_low) / 2 for each in (row, other)]
    half = np.hypot(*halves)
    return row.value - other.value - half, row.value - other.value + half


def estimate(row):
    """Return the value of a row with its interval, in words."""
    if pd.isna(row.ci_low):
        return f"{decimals(row.value)} (no interval)"
    low, high = decimals(row.ci_low), decimals(row.ci_high)
    return f"{decimals(row.value)} [{low}, {high}]"
