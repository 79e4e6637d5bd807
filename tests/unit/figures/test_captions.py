from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from drawings import conclusion_of, metrics_of
from endobench.design.metrics import words_of
from endobench.design.tasks import TASKS
from endobench.figures.captions import (
    conclusion_note,
    decimals,
    numbers,
    with_interval,
)


def row_of(value, low, high, metric="spearman"):
    return SimpleNamespace(metric=metric, value=value, ci_low=low, ci_high=high)


@pytest.mark.parametrize(
    ("width", "digits"), [(2.0, 1), (0.2, 2), (0.02, 3), (1e-9, 5), (np.nan, 3), (0, 3)]
)
def test_a_wide_interval_justifies_few_decimals(width, digits):
    assert decimals(width) == digits


def test_a_number_is_told_with_its_interval():
    assert with_interval(row_of(0.123, 0.02, 0.22)) == "0.12 [0.02, 0.22]"
    assert with_interval(row_of(0.5, np.nan, np.nan)) == "0.500 (no interval)"
    assert with_interval(row_of(-0.001, -0.11, 0.1)) == "0.00 [-0.11, 0.10]"
    share = row_of(0.735, 0.642, 0.813, "sign_agreement")
    assert with_interval(share) == "73.5 % [64.2, 81.3]"


@pytest.mark.parametrize("task", TASKS)
def test_a_task_has_its_own_numbers(task):
    names = words_of(task)
    rows = [metrics_of(80).iloc[:1].assign(task=task, metric=each) for each in names]
    rows += [metrics_of(80).iloc[:1].assign(task="other", value=9.0)]
    lines = numbers(pd.concat(rows), "all_pairs", 80, task, "all pairs")
    assert lines[0] == "all pairs [95 % CI, 16 blocks]"
    told = [line for line in lines if "[−0.22" in line or "[−22" in line]
    assert [line.split(" −")[0] for line in told] == list(names.values())
    assert lines[-1] == "80 pairs of 40 unique variants"
    with pytest.raises(ValueError, match=f"{task} metrics of the model"):
        numbers(pd.concat(rows[1:]), "all_pairs", 80, task, "all pairs")


def test_exceptions_are_noted():
    why = "no gate fails; exception: a; a note; exception: b"
    conclusion = conclusion_of(why).assign(is_reportable="with exceptions")
    note = conclusion_note(conclusion, metrics_of(3), "all_pairs")
    assert note == "REPORTABLE WITH EXCEPTIONS: a; b"


def test_only_what_is_not_reportable_has_a_note():
    metrics = metrics_of(3)
    assert conclusion_note(None, metrics, "all_pairs") == ""
    assert conclusion_note(conclusion_of(), metrics, "all_pairs") == ""
    note = conclusion_note(conclusion_of("too few " * 40), metrics, "all_pairs")
    assert note.startswith("NOT REPORTABLE: too few") and note.count("\n") > 1
    with pytest.raises(ValueError, match="0 conclusions of stratum 'snv'"):
        conclusion_note(conclusion_of(), metrics, "snv")
