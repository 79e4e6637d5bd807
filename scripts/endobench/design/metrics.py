"""The registry of metrics: what each is called, on which scale, and what chance gives.

A metric is an entry here and a function of its name in `stats.metrics`, which computes
it from a resample. A further function of that name in `stats.analytic`, where a formula
is known, gives the interval that holds if pairs are independent.
"""

from typing import NamedTuple

from endobench.core.columns import summary_of
from endobench.design.tasks import (
    ALL_PAIRS,
    LEADS,
    MAGNITUDE,
    MATCHED,
    SIGNED,
    UNSIGNED,
)

# From -1 to 1 with 0 by chance, and from 0 to 1.
CORRELATION, SHARE = "correlation", "share"


class Metric(NamedTuple):
    """One number that says how well scores agree with what was measured.

    Attributes
    ----------
    name : str
        In the column ``metric`` of every table, and that of its function.
    words : dict of str to str
        What it is called in each task that it belongs to.
    scale : {CORRELATION, SHARE}
        On which intervals are computed; see `stats.bootstrap.interval`.
    null : float or None
        Its value by chance; None where that is the prevalence of positives.
    axis : dict of str to str
        The label of an axis that shows it, by task.
    is_percent : bool
        Whether it is written in percent.
    """

    name: str
    words: dict
    scale: str
    null: float | None
    axis: dict
    is_percent: bool = False


METRICS = (
    Metric(
        "spearman",
        {SIGNED: "Spearman", MAGNITUDE: "Spearman of sizes"},
        CORRELATION,
        0.0,
        {SIGNED: "Spearman correlation", MAGNITUDE: "Spearman correlation of sizes"},
    ),
    Metric(
        "pearson",
        {SIGNED: "Pearson"},
        CORRELATION,
        0.0,
        {SIGNED: "Pearson correlation"},
    ),
    Metric(
        "sign_agreement",
        {SIGNED: "Sign agreement"},
        SHARE,
        0.5,
        {SIGNED: "sign agreement"},
        is_percent=True,
    ),
    Metric(
        "sign_auroc",
        {SIGNED: "auROC of the sign"},
        SHARE,
        0.5,
        {SIGNED: "auROC of the sign"},
    ),
    Metric("auroc", {UNSIGNED: "auROC"}, SHARE, 0.5, {UNSIGNED: "auROC"}),
    Metric("auprc", {UNSIGNED: "auPRC"}, SHARE, None, {UNSIGNED: "auPRC"}),
)
NAMES = tuple(metric.name for metric in METRICS)
# The contract of summary.tsv, which holds every metric.
SUMMARY = summary_of(NAMES)

_BY_NAME = dict(zip(NAMES, METRICS, strict=True))


class Primary(NamedTuple):
    """The metric that the conclusion of a benchmark is drawn from.

    Attributes
    ----------
    metric : str
    strata : tuple of str
        Where it is computed; the first was chosen before the data were seen.
    """

    metric: str
    strata: tuple

    @property
    def null(self):
        """Its value by chance."""
        return metric_named(self.metric).null

    @property
    def axis(self):
        """The labels of an axis that shows it, by task."""
        return metric_named(self.metric).axis


PRIMARY = {
    SIGNED: Primary("spearman", (LEADS, ALL_PAIRS)),
    MAGNITUDE: Primary("spearman", (LEADS, ALL_PAIRS)),
    UNSIGNED: Primary("auroc", (MATCHED, ALL_PAIRS)),
}


def metric_named(name):
    """Return the metric of a name."""
    return _BY_NAME[name]


def words_of(task):
    """Return what the metrics of a task are called, by their names."""
    return {each.name: each.words[task] for each in METRICS if task in each.words}


def names_of(task):
    """Return the names of a task's metrics, in the order of the registry."""
    return tuple(words_of(task))


def axis_of(task):
    """Return the label of an axis that shows the primary metric of a task."""
    return PRIMARY[task].axis[task]
