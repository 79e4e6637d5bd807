import re

import pytest
from endobench.figures.forest.rows import Estimate, Panel, numbers_of
from forests import NAN, PANELS

VALUE, CHANGE = PANELS


def test_a_column_has_one_number_of_decimals():
    intervals = (0.1, 0.2), (0.12, 0.13), (-0.5, 0.9)
    numbers = numbers_of([Estimate(0.123456, *each) for each in intervals], VALUE)
    decimals = {len(part) for text in numbers for part in re.findall(r"\.(\d+)", text)}
    assert len(numbers) == 3 and decimals == {3}


def test_no_end_reads_zero_where_the_interval_excludes_it():
    wide, narrow = Estimate(0.2, 0.1, 0.3), Estimate(0.002, 0.0002, 0.0041)
    numbers = numbers_of([wide, wide, narrow], VALUE)
    assert numbers[-1] == "0.0020 [0.0002, 0.0041]"
    includes = narrow._replace(low=-0.0002)
    assert numbers_of([wide, wide, includes], VALUE)[-1] == "0.00 [0.00, 0.00]"


def test_only_differences_have_a_sign():
    estimate = Estimate(0.2, 0.1, 0.3)
    assert numbers_of([estimate], VALUE) == ["0.20 [0.10, 0.30]"]
    assert numbers_of([estimate], CHANGE) == ["+0.20 [0.10, 0.30]"]


def test_what_is_missing_is_said():
    missing = Estimate(NAN, NAN, NAN, missing="reference")
    bare = Estimate(1.0, NAN, NAN)
    assert numbers_of([missing, bare], VALUE) == ["reference", "1.000 (no interval)"]


@pytest.mark.parametrize(
    ("low", "high", "p", "is_open"),
    [(0.6, 0.8, NAN, False), (0.4, 0.8, NAN, True), (0.6, 0.8, 0.05, True)],
)
def test_a_mark_is_open_where_its_value_may_be_the_null(low, high, p, is_open):
    panel = Panel("value", "area", "auROC", null=0.5)
    assert panel.is_open(Estimate(0.7, low, high, p)) == is_open
