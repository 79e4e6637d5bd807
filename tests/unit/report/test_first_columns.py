import itertools

import pandas as pd
import pytest
from endobench.report.first_columns import FIRST_COLUMNS
from endobench.report.headings import HEADINGS
from endobench.report.html_tables import table


def test_first_columns_have_headings_and_leave_some_out():
    for name, columns in FIRST_COLUMNS.items():
        assert set(columns) <= set(HEADINGS[name]), name
        assert len(set(columns)) == len(columns) < len(HEADINGS[name]), name


@pytest.mark.parametrize("models", [["a"], ["a", "b"]])
def test_rows_of_a_leaderboard_differ_in_what_is_shown_at_first(models):
    strata, metrics = ["lead_per_feature", "all_pairs"], ["spearman", "pearson"]
    rows = itertools.product(["x", "y"], models, strata, metrics)
    frame = pd.DataFrame(rows, columns=["dataset", "name", "stratum", "metric"])
    frame = frame.assign(scorer="S", value=0.5, ci_low=0.4, ci_high=0.6, n=9)
    found = table(frame, "t", "caption", "leaderboard")
    shown = [
        tuple(
            cell.text for cell, first in zip(row, found.is_first, strict=True) if first
        )
        for row in found.rows
    ]
    assert len(set(shown)) == len(frame)
