import random

import numpy as np
import pyarrow as pa
import pytest
from endobench.genome.id_fields import fields_of


def fields(*ids, separator="_", numbers=(2, 3)):
    return fields_of(pa.array(ids, pa.string()), separator, numbers)


def test_fields_are_those_that_the_separator_separates():
    rng = random.Random(1)
    parts = [
        ["".join(rng.choices("aé0", k=rng.randrange(12))) for _ in range(3)]
        for _ in range(200)
    ]
    found = fields(*map("_".join, parts))
    assert found.number == 3
    for number, expected in enumerate(zip(*parts, strict=True)):
        assert found.texts(number).to_pylist() == list(expected)
        assert found.names(number).to_pylist() == list(expected)


@pytest.mark.parametrize("name", ["a", "chr1", "12345678", "123456789", ""])
def test_names_of_any_length_are_told_apart(name):
    names = ["chr2", name, name, "chr3", name]
    found = fields(*(f"{each}_" for each in names)).names(0)
    assert found.to_pylist() == names
    assert len(found.dictionary) == len(set(names))


def test_ids_of_a_slice_are_read():
    ids = pa.array(["other", "a_1", "b_2", "x_y_z"]).slice(1, 2)
    found = fields_of(ids, "_", (2,))
    assert found.texts(0).to_pylist() == ["a", "b"]
    assert found.whole_numbers(1).tolist() == [1, 2]


@pytest.mark.parametrize(
    "ids",
    [(), ("",), ("a",), ("a_b", "a_b_c"), ("a_b_c", "ab"), ("a_b_c_d",), ("a_b", None)],
)
def test_ids_with_other_numbers_of_fields_are_refused(ids):
    assert fields(*ids) is None


def test_numbers_of_up_to_nine_digits_are_read():
    rng = np.random.default_rng(2)
    numbers = (10 ** rng.uniform(0, 9, 1000)).astype(int).tolist()
    numbers += [1, 9, 10, 99_999_999, 100_000_000, 999_999_999]
    found = fields(*(f"a_{each}" for each in numbers))
    assert found.whole_numbers(1).tolist() == numbers
    found = fields(*(f"{each}_a" for each in numbers))
    assert found.whole_numbers(0).tolist() == numbers


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "0",
            "01",
            "1234567890",
            "12a",
            "a",
            "-1",
            "+1",
            "1.0",
            "1e5",
            " 1",
            "1 ",
        ),
        # The characters before 0 and after 9, and digits of other scripts.
        *(
            "1/",
            "1:",
            "/1",
            "1:345678",
            "\N{SUPERSCRIPT TWO}1",
            "\N{FULLWIDTH DIGIT ONE}",
        ),
    ],
)
def test_anything_but_a_number_is_refused(text):
    assert fields(f"a_{text}", "a_12").whole_numbers(1) is None
    assert fields("a_12", f"a_{text}").whole_numbers(1) is None
