import numpy as np
import pandas as pd
import pytest
from endobench.report.html_tables import MOST_FIRST, MOST_ROWS, N_FIRST, Room, table
from endobench.report.packed import unpack
from hypothesis import given
from hypothesis import strategies as st


def cells(value, dtype=object):
    frame = pd.DataFrame({"a": pd.Series([value, "x"], dtype=dtype)})
    return table(frame, "t", "caption").rows[0][0]


@given(st.floats(allow_nan=False))
def test_the_exact_number_is_kept_beside_the_text(value):
    frame = pd.DataFrame({"a": [value]})
    [[cell]] = table(frame, "t", "caption").rows
    assert float(cell.value) == value
    assert cell.is_number
    assert len(cell.text) <= 9


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.7438249, "0.7438"),
        (5.4e-65, "5.4e-65"),
        (1234567, "1,234,567"),
        (np.int64(12), "12"),
        (-0.99999, "-0.99999"),
        (1.0, "1"),
        (True, "yes"),
        (np.False_, "no"),
        (-0.0, "0"),
        (None, ""),
        (np.nan, ""),
        (pd.NA, ""),
        ("<b>", "<b>"),
    ],
)
def test_cells_are_readable(value, text):
    assert cells(value).text == text


def metrics(n=3):
    """Return rows whose task is the same, and whose interval is missing."""
    return pd.DataFrame(
        {
            "task": "signed",
            "stratum": ["lead_per_feature", "all_pairs", "effect_tertile_1"][:n],
            "value": [0.1234567890123, -1e-9, 2.0][:n],
            "ci_low": None,
            "n": [1, 2, 3][:n],
            "no_column_of_it": "x",
        }
    )


def test_columns_are_chosen_and_empty_ones_left_out():
    found = table(metrics(), "t", "caption", "metrics")
    assert found.headings == ["task", "stratum", "value", "pairs"]


def test_a_column_with_one_value_is_shown_on_request():
    found = table(metrics(), "t", "caption", "metrics")
    assert found.is_first == [False, True, True, True]
    # One row has nothing to compare.
    assert all(table(metrics(1), "t", "caption", "metrics").is_first)


def test_few_columns_are_shown_at_first():
    names = ("stratum", "metric", "value", "ci_low", "ci_high", "task", "predictor")
    frame = pd.DataFrame(
        {each: ["a", "b"] for each in (*names, "n", "p", "p_adjusted")}
    )
    found = table(frame, "t", "caption", "metrics")
    assert len(found.headings) == 10
    assert sum(found.is_first) == MOST_FIRST == 7


def test_names_are_shown_in_words_and_kept_for_downloads():
    found = table(metrics(), "t", "caption", "metrics")
    cells = [row[1] for row in found.rows]
    assert [each.text for each in cells] == [
        "best scored variant per feature",
        "all pairs",
        "smallest third of effects",
    ]
    assert [each.value for each in cells] == metrics()["stratum"].tolist()


@pytest.mark.parametrize("n", [MOST_ROWS, MOST_ROWS + 1])
def test_a_long_table_is_packed_with_exact_values(n):
    frame = pd.concat([metrics()] * n, ignore_index=True).head(n)
    found = table(frame, "t", "caption", "metrics")
    assert found.n_rows == n
    if n == MOST_ROWS:
        assert (len(found.rows), found.packed) == (n, "")
        return
    assert len(found.rows) == N_FIRST
    whole = unpack(found.packed)
    assert whole.columns.tolist() == found.columns
    assert whole["value"].tolist() == frame["value"].tolist()
    assert whole["stratum"].tolist() == frame["stratum"].tolist()
    assert found.words["stratum"]["all_pairs"] == "all pairs"
    assert "task" not in found.words


def test_long_texts_are_distinguished_from_short_ones():
    assert cells("x" * 40).is_long
    assert not cells("x" * 10).is_long


def test_room_is_spent_once():
    room = Room(10)
    assert room.take("123456") == "123456"
    assert room.take("123456") is None
    assert room.take("1234") == "1234"
    assert room.left == 0


@pytest.mark.parametrize("n", [20, 300])
def test_a_table_without_room_says_how_many_rows_it_has(n):
    frame = pd.DataFrame({"a": range(n)})
    found = table(frame, "t", "caption", room=Room(100))
    assert (found.rows, found.packed, found.n_left_out) == ([], "", n)
    room = Room(10_000)
    found = table(frame, "t", "caption", room=room)
    assert (found.n_rows, found.n_left_out) == (n, 0)
    assert room.left < 10_000 - len(found.packed)


def test_constant_identifiers_go_into_the_download():
    frame = pd.DataFrame({"model": "m", "dataset": ["a", "b"], "value": [1, 2]})
    found = table(frame, "t", "caption", "metrics")
    assert found.constants == {"model": "m"}
    assert table(frame, "t", "caption").constants == {}
