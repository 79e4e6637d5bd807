import numpy as np
import pytest
from endobench.model.answer import Answer

NAN, INF = np.nan, np.inf


def test_a_track_lacks_a_value_where_any_of_its_values_is_no_number():
    raw, quantile = np.float32([1, INF, 2, NAN]), np.float32([NAN, 0, 0, 0])
    assert Answer("v", 0, raw, quantile).is_lacking().tolist() == [
        True,
        True,
        False,
        True,
    ]
    assert not Answer("v", 0, np.float32([])).is_lacking().size


@pytest.mark.parametrize(
    ("raw", "expected"),
    [([NAN, INF], True), ([NAN, 0], False), ([], False)],
)
def test_an_answer_has_no_score_if_it_has_tracks_and_none_has_a_number(raw, expected):
    quantile = np.full(len(raw), NAN, np.float32)
    assert Answer("v", 0, np.float32(raw), quantile).has_no_score() == expected


def test_what_is_no_number_becomes_nan():
    answer = Answer("v", 0, np.float32([1, -INF]), ref_value=np.float32([INF, 2]))
    cleaned = answer.with_nan()
    assert np.array_equal(cleaned.raw, [1, NAN], equal_nan=True)
    assert np.array_equal(cleaned.ref_value, [NAN, 2], equal_nan=True)
    assert cleaned.quantile is None and cleaned.raw.dtype == np.float32
