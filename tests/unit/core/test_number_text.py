import math

import pyarrow as pa
import pytest
from endobench.core.number_text import (
    MISSING,
    decimals,
    is_missing,
    parse_numbers,
    whole_numbers,
)
from hypothesis import given
from hypothesis import strategies as st


def parsed(texts, type_):
    numbers, defect = parse_numbers(pa.chunked_array([texts], pa.string()), type_)
    assert defect is None
    return numbers.to_pylist()


def defect_of(text, type_):
    numbers, (row, what) = parse_numbers(pa.chunked_array([["1", text]]), type_)
    assert numbers is None and row == 1
    return what


@given(st.lists(st.integers(-(2**53), 2**53), min_size=1))
def test_whole_numbers_are_read_back(numbers):
    assert parsed([str(each) for each in numbers], pa.int64()) == numbers
    floats = [f"{each}.0" for each in numbers]
    assert parsed(floats, pa.int64()) == numbers


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_floats_are_read_back_exactly(numbers):
    assert parsed([repr(each) for each in numbers], pa.float64()) == numbers


def test_notations_of_floats():
    texts = ["1E-05", "+.5", " 5. ", "\N{MINUS SIGN}2", "Inf", "-infinity"]
    expected = [1e-5, 0.5, 5.0, -2.0, math.inf, -math.inf]
    assert parsed(texts, pa.float64()) == expected


def test_a_missing_value_is_missing_in_every_type():
    for type_ in (pa.int64(), pa.float64()):
        assert parsed(MISSING, type_) == [None] * len(MISSING)
    assert not any(is_missing(pa.array(["0", "n", "inf", "missing"])).to_pylist())


def test_truth_values_are_numbers_only_among_themselves():
    assert parsed(["TRUE", "False", "NA"], pa.float64()) == [1.0, 0.0, None]
    assert "'TRUE' is not a number" in defect_of("TRUE", pa.float64())


@pytest.mark.parametrize("text", ["1e+05", "1.5e+06", "2E+03", "1.23e+08"])
def test_a_whole_number_in_scientific_notation_is_one(text):
    assert parsed([text], pa.int64()) == [int(float(text))]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("1.23457e+08", "is rounded"),
        ("1.23E+08", "is rounded"),
        ("1.5", "is not a whole number"),
        ("1e-5", "is not a whole number"),
        ("1e300", "is not a whole number"),
        ("1_000", "is not a number"),
        ("0x10", "is not a number"),
        ("1,234,567", "has a comma"),
        ("1.234,5", "has a comma"),
    ],
)
def test_what_is_no_whole_number_says_why(text, what):
    assert repr(text) in defect_of(text, pa.int64())
    assert what in defect_of(text, pa.int64())


@pytest.mark.parametrize(
    ("text", "number"), [("123456.7e1", 1234567), ("1200e-2", 12), ("120e6", 120000000)]
)
def test_a_whole_number_may_have_several_digits_before_its_exponent(text, number):
    assert whole_numbers([text]) == [number]


@pytest.mark.parametrize("text", ["<1e-300", "< 2e-16", ">0.99"])
def test_a_bound_is_not_a_number(text):
    _, (_, what) = parse_numbers(pa.chunked_array([[text]]), pa.float64())
    assert what == f"{text!r} is a bound, not a number"


def test_a_sentence_has_no_negative_zero_and_no_nan():
    assert [decimals(each) for each in (-0.0004, -0.0006, 0.5, math.nan, None)] == [
        "0.000",
        "-0.001",
        "0.500",
        "undefined",
        "undefined",
    ]
