import base64
import gzip

import numpy as np
import pandas as pd
from endobench.report.packed import as_text, pack, unpack
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.tuples(st.text(max_size=5), st.floats(-1e9, 1e9)), max_size=8))
def test_unpacking_restores_six_digits(rows):
    frame = pd.DataFrame(rows, columns=["name", "value"]).astype({"value": float})
    found = unpack(pack(frame))
    assert list(found["name"]) == list(frame["name"])
    np.testing.assert_allclose(
        found["value"].astype(float), frame["value"], rtol=5e-6, atol=1e-300
    )


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=8))
def test_exact_numbers_are_packed_on_request(values):
    found = unpack(pack(pd.DataFrame({"value": values}, dtype=float), None))
    assert found["value"].tolist() == values


def test_missing_values_are_missing():
    frame = pd.DataFrame(
        {
            "text": ["a", None, "a"],
            "number": [1.5, np.nan, np.inf],
            "count": pd.array([1, None, 2], "Int64"),
            "flag": [True, False, True],
        }
    )
    found = unpack(pack(frame))
    assert found["text"].tolist() == ["a", None, "a"]
    assert found["number"].isna().tolist() == [False, True, True]
    assert found["count"].tolist()[::2] == [1, 2]
    assert found["flag"].tolist() == [1, 0, 1]


def test_a_packed_table_is_plain_ascii_and_reproducible():
    frame = pd.DataFrame({"name": ["</script><script>alert(1)</script>", "é"]})
    text = pack(frame)
    assert set("<>&\"'") & set(text) == set()
    assert text.isascii()
    assert text == pack(frame)
    assert gzip.decompress(base64.b64decode(as_text("é"))).decode() == "é"
