from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import DIFFERENCES, METRICS
from endobench.evaluate.conditions.rows import (
    ControlRows,
    difference_of,
    estimate,
    p_of_difference,
)


def row(value, half=0.1):
    return SimpleNamespace(value=value, ci_low=value - half, ci_high=value + half)


def rows_of(*strata, differences=None):
    metrics = pd.DataFrame(
        {
            "task": "signed",
            "stratum": strata,
            "predictor": "model",
            "metric": "spearman",
            "value": np.arange(len(strata)) / 10,
        }
    ).reindex(columns=METRICS.names)
    return ControlRows(metrics, differences, "all_pairs", "signed")


def test_a_row_is_of_the_stratum_of_the_conclusion_unless_any_will_do():
    rows = rows_of("snv", "all_pairs")
    assert rows.model.stratum == "all_pairs"
    assert rows.one("signed", "model", "spearman", is_here=False).stratum == "snv"
    assert rows_of("snv").model is None
    assert [each.value for each in rows.all("signed", "spearman")] == [0.0, 0.1]


def test_the_change_of_tissue_is_that_of_the_stratum():
    names = {"task": "signed", "metric": "spearman", "a": "mismatched_tracks"}
    table = pd.DataFrame([names | {"b": "model"}] * 2)
    table = table.assign(stratum=["snv", "all_pairs"], difference=[0.1, 0.2])
    table = table.reindex(columns=DIFFERENCES.names)
    assert rows_of("snv", differences=table).change_of_tissue().difference == 0.2
    assert rows_of("snv", differences=table[:1]).change_of_tissue() is None
    assert rows_of("snv").change_of_tissue() is None


def test_equal_rows_do_not_differ_and_the_order_of_two_does_not_matter():
    assert p_of_difference(row(0.3), row(0.3)) == 1
    p = p_of_difference(row(0.3), row(0.5))
    assert 0 < p < 1
    assert p == pytest.approx(p_of_difference(row(0.5), row(0.3)))
    assert p_of_difference(row(0.3), row(0.7)) < p


def test_without_another_row_a_correlation_is_compared_with_zero():
    assert p_of_difference(row(0.0), None) == 1
    # An interval that ends at zero has a p value of 5 %.
    ends = np.tanh([0.0, 0.2, 0.4])
    at_zero = SimpleNamespace(value=ends[1], ci_low=ends[0], ci_high=ends[2])
    assert p_of_difference(at_zero, None) == pytest.approx(0.05, abs=1e-4)
    assert np.isnan(p_of_difference(row(0.3, half=0.0), None))


def test_a_difference_is_less_certain_than_either_row():
    low, high = difference_of(row(0.5, 0.03), row(0.2, 0.04))
    assert (low, high) == pytest.approx((0.25, 0.35))


def test_an_estimate_says_its_interval_or_that_it_has_none():
    assert estimate(row(0.5)) == "0.500 [0.400, 0.600]"
    assert estimate(row(0.5, np.nan)) == "0.500 (no interval)"
