"""The registry of metrics: their names, scales and chance values.

A metric is an entry here and a function of its name in `stats.metrics`, which computes
it from a resample. If a formula is known, a function of that name in `stats.analytic`
gives the interval for independent pairs. A metric whose chance depends on the pairs also
has a function ``{name}_chance`` in both modules.
"""

from typing import NamedTuple

from endobench.design.tasks import (
    ALL_PAIRS,
    LEADS,
    MAGNITUDE,
    MATCHED,
    SIGNED,
    UNSIGNED,
)

# A correlation lies in -1 to 1 and is 0 by chance; a share lies in 0 to 1.
CORRELATION, SHARE = "correlation", "share"
# What the block bootstrap resamples: chromosomes if the config names no LD blocks.
LD_BLOCKS, CHROMOSOMES = "LD blocks", "chromosomes"


class Metric(NamedTuple):
    """A number that measures how well scores agree with measured effects.

    Attributes
    ----------
    name : str
        Its name in the column ``metric`` of every table, and that of its function.
    words : dict of str to str
        Its name for readers, by each task that it belongs to.
    scale : {CORRELATION, SHARE}
        Decides the scale of its intervals; see `stats.bootstrap.interval`.
    null : float or None
        Its value for scores that know nothing of the effects; None if that depends on
        the pairs.
    axis : dict of str to str
        Axis label, by task.
    is_percent : bool
        Whether it is shown as a percentage.
    has_heavy_tails : bool
        Whether few pairs may decide its value, so that resamples understate its
        spread; see `stats.bootstrap.interval`.
    is_skewed : bool
        Whether low values vary less than high ones, beyond what the scale allows for;
        see `stats.bootstrap.interval`.
    """

    name: str
    words: dict
    scale: str
    null: float | None
    axis: dict
    is_percent: bool = False
    has_heavy_tails: bool = False
    is_skewed: bool = False

    def is_limit(self, value):
        """Return whether a value is the lowest or the highest that is possible."""
        return value in (0 if self.scale == SHARE else -1, 1)


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
        has_heavy_tails=True,
    ),
    Metric(
        "sign_agreement",
        {SIGNED: "Sign agreement"},
        SHARE,
        None,
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
    Metric(
        "auprc",
        {UNSIGNED: "auPRC"},
        SHARE,
        None,
        {UNSIGNED: "auPRC"},
        is_skewed=True,
    ),
)
NAMES = tuple(metric.name for metric in METRICS)
# Ends the name of a metric that is computed in each tissue and averaged; see
# `evaluate.by_tissue`.
BY_TISSUE = "_by_tissue"
OF_TISSUES = tuple(
    f"{name}{BY_TISSUE}"
    for name in ("spearman", "pearson", "sign_auroc", "auroc", "auprc")
)
# The average precision where each positive has one matched negative; see
# `evaluate.by_matched_set`.
BY_MATCHED_SET = "_by_matched_set"
AUPRC_OF_SETS = f"auprc{BY_MATCHED_SET}"

_BY_NAME = dict(zip(NAMES, METRICS, strict=True))


class Primary(NamedTuple):
    """The metric that decides the conclusion of a benchmark.

    Attributes
    ----------
    metric : str
    strata : tuple of str
        Strata that have a conclusion; the first is the prespecified one.
    """

    metric: str
    strata: tuple

    @property
    def null(self):
        """Its chance value."""
        return metric_named(self.metric).null

    @property
    def axis(self):
        """Its axis labels, by task."""
        return metric_named(self.metric).axis


PRIMARY = {
    SIGNED: Primary("spearman", (LEADS, ALL_PAIRS)),
    MAGNITUDE: Primary("spearman", (LEADS, ALL_PAIRS)),
    UNSIGNED: Primary("auroc", (MATCHED, ALL_PAIRS)),
}


def metric_named(name):
    """Return the metric with a name."""
    return _BY_NAME[name]


def words_of(task):
    """Return the reader's names of a task's metrics, by metric."""
    return {each.name: each.words[task] for each in METRICS if task in each.words}


def names_of(task):
    """Return a task's metrics by name, in the order of the registry."""
    return tuple(words_of(task))


def with_own_chance(task):
    """Return a task's metrics whose chance depends on the pairs, by name."""
    return tuple(name for name in names_of(task) if metric_named(name).null is None)


def axis_of(task):
    """Return the axis label of a task's primary metric."""
    return PRIMARY[task].axis[task]
