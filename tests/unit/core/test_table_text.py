import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from endobench.core.table_text import as_text, write_text
from hypothesis import example, given
from hypothesis import strategies as st


def as_pandas(values):
    text = pd.DataFrame({"a": values, "b": "x"}).to_csv(sep="\t", index=False)
    return [line.split("\t")[0] or None for line in text.splitlines()[1:]]


@given(values=st.lists(st.floats() | st.integers(-(10**18), 10**18).map(float)))
@example(values=[1e-4, 9.9e-5, -1e-4, 1e10, 9999999999.5, 1e16, 0.0, -0.0, 2.0])
@example(values=[-1908939.375, 1234567.75, 2750384.0, 999999.9])
@example(values=[float("inf"), float("-inf"), float("nan"), 5e-324, 1.7e308, 1e15])
def test_numbers_are_written_as_pandas_writes_them(values):
    for type_ in (np.float64, np.float32):
        with np.errstate(over="ignore"):
            column = np.array(values, dtype=type_)
        assert as_text(pa.array(column)).to_pylist() == as_pandas(column)


@pytest.mark.parametrize(
    "values",
    [
        pd.array([True, False, None], dtype="boolean"),
        pd.array([1, None, -7], dtype="Int64"),
        pd.Categorical(["chr1", None, "chr2"]),
        np.array(["007", None, "1e5"], dtype=object),
    ],
    ids=str,
)
def test_other_types_are_written_as_pandas_writes_them(values):
    column = pa.array(values, from_pandas=True)
    assert as_text(column).to_pylist() == as_pandas(values)


def test_a_missing_number_is_empty():
    assert as_text(pa.array([None, 0.5, np.nan])).to_pylist() == [None, "0.5", None]


@pytest.mark.parametrize("name", ["a.tsv", "a.tsv.gz"])
def test_a_table_has_a_header_and_its_rows(tmp_path, name):
    assert write_text(pa.table({"id": ["v", None], "n": [0.5, 2.0]}), tmp_path / name)
    content = (tmp_path / name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    assert content.decode() == "id\tn\nv\t0.5\n\t2.0\n"


@pytest.mark.parametrize("text", ["a\tb", 'a "b"', "a\nb"])
def test_values_that_need_quotes_are_not_written(tmp_path, text):
    assert not write_text(pa.table({"id": ["v", text]}), tmp_path / "a.tsv")
