import logging

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import DROPPED
from endobench.core.errors import InputError
from endobench.core.losses import Losses, dropped
from endobench.core.tables import as_table


def lost(reasons, first=1):
    frame = pd.DataFrame({"variant_id": [f"v{n}" for n in range(len(reasons))]})
    frame["source_line"] = range(first, first + len(reasons))
    return dropped(frame, "variants", pd.Series(reasons))


def test_dropped_rows_keep_their_own_reason_and_value():
    frame = pd.DataFrame(
        {"variant_id": ["a", "b"], "source_line": [4, 2]}, index=[7, 3]
    )
    reason = pd.Series(["for b", "for a", "for none"], index=[3, 7, 9])
    value = pd.Series([np.nan, 0.5], index=[7, 3])
    lost = dropped(frame, "stage", reason, value)
    assert lost.values.tolist() == [
        ["stage", "for a", "a", 4, "nan"],
        ["stage", "for b", "b", 2, "0.5"],
    ]


def test_without_dropped_rows_the_table_is_empty():
    lost = dropped(pd.DataFrame({"variant_id": []}), "stage", "reason")
    assert as_table(lost, DROPPED).num_rows == 0


def test_if_all_rows_are_lost_three_of_them_are_named():
    losses = Losses()
    losses.add(lost(["few", "many", "many"]))
    losses.add(lost(["many", "many"], first=4))
    with pytest.raises(InputError) as caught:
        losses.conclude("t", 5, advice="look")
    assert str(caught.value) == (
        "t: none of 5 rows can be used: many 4, few 1 (such as line 2 'v1', line 3 'v2',"
        " line 4 'v0'); look"
    )


@pytest.mark.parametrize(("n_rows", "is_told"), [(3, True), (4, False), (99, False)])
def test_if_most_rows_are_lost_for_one_reason_it_is_told(caplog, n_rows, is_told):
    losses = Losses()
    losses.add(lost(["many", "many"]))
    with caplog.at_level(logging.WARNING):
        losses.conclude("t", n_rows)
    told = [each.getMessage() for each in caplog.records]
    words = "t: 2 of 3 rows are dropped as many (such as line 1 'v0', line 2 'v1')"
    assert told == ([words] if is_told else [])


def test_what_was_compared_is_named_for_a_filter():
    losses = Losses()
    frame = pd.DataFrame({"variant_id": ["v"], "source_line": [7]})
    losses.add(dropped(frame, "variants", "filtered", pd.Series(["n 3"])))
    with pytest.raises(InputError, match="such as line 7 n 3"):
        losses.conclude("t", 1)


def test_without_a_loss_nothing_is_said():
    losses = Losses()
    losses.add(lost([]))
    losses.conclude("t", 0)
    assert losses.n_lost == 0


@pytest.mark.parametrize("n_rows", [2, 3])
def test_rows_of_several_tracks_are_explained(caplog, n_rows):
    losses = Losses()
    losses.add(lost(["conflicting_duplicate"] * 2))
    if n_rows == 2:
        with pytest.raises(InputError, match="choose one by 'keep'"):
            losses.conclude("t", n_rows, advice="look")
    else:
        losses.conclude("t", n_rows)
        assert "choose one by 'keep'" in caplog.text
