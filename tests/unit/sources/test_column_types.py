import pyarrow as pa
import pytest
from endobench.core.errors import InputError
from endobench.sources.column_types import types_of
from endobench.sources.formats import Source

COLUMNS = [["chrom", "c"], ["pos", "p"], ["ref", "r"], ["alt", "a"], ["effect", "b"]]


def test_numbers_and_texts_are_told_apart():
    layout = Source("generic", unit="slope", columns=COLUMNS).layout
    keep = [("b", "=", "1"), ("tissue", "=", "x"), ("n", ">", "1")]
    assert types_of("x.tsv", layout, keep) == {
        **dict.fromkeys("cra", pa.string()),
        **{
            "p": pa.int64(),
            "b": pa.float64(),
            "n": pa.float64(),
            "tissue": pa.string(),
        },
    }


@pytest.mark.parametrize("number", ["b", "p"])
def test_a_column_is_not_declared_as_a_text_and_as_a_number(number):
    columns = [["feature_id", number], *COLUMNS]
    layout = Source("generic", unit="slope", columns=columns).layout
    message = f"x.tsv: column {number!r} is declared as feature_id and as"
    with pytest.raises(InputError, match=message):
        types_of("x.tsv", layout)


def test_a_column_may_be_declared_as_two_texts():
    columns = [["feature_id", "c"], *COLUMNS]
    layout = Source("generic", unit="slope", columns=columns).layout
    assert types_of("x.tsv", layout)["c"] == pa.string()
