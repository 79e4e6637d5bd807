import pytest
from endobench.design.metrics import (
    CORRELATION,
    METRICS,
    NAMES,
    PRIMARY,
    SHARE,
    axis_of,
    metric_named,
    names_of,
    words_of,
)
from endobench.design.tasks import TASKS
from endobench.evaluate.summary import SUMMARY
from endobench.stats import metrics


def test_a_name_is_given_once():
    assert len(set(NAMES)) == len(METRICS) > 0
    for name in NAMES:
        assert metric_named(name).name == name


@pytest.mark.parametrize("metric", METRICS, ids=NAMES)
def test_every_metric_has_its_functions_its_words_and_its_columns(metric):
    assert callable(getattr(metrics, metric.name))
    assert set(metric.words) == set(metric.axis) <= set(TASKS)
    for suffix in ("", "_ci_low", "_ci_high", "_p"):
        assert f"{metric.name}{suffix}" in SUMMARY.names


@pytest.mark.parametrize("metric", METRICS, ids=NAMES)
def test_chance_lies_within_the_scale(metric):
    assert metric.scale in (CORRELATION, SHARE)
    if metric.null is not None:
        assert metric.null == {CORRELATION: 0.0, SHARE: 0.5}[metric.scale]


@pytest.mark.parametrize("task", TASKS)
def test_a_task_has_a_primary_metric_among_its_own(task):
    assert PRIMARY[task].metric in names_of(task)
    assert PRIMARY[task].null == metric_named(PRIMARY[task].metric).null
    assert axis_of(task) and list(words_of(task)) == list(names_of(task))
