import numpy as np
import pyarrow as pa
import pytest
from endobench.core.errors import InputError
from endobench.sources.cells import parse_keep
from endobench.sources.keep import keep_rows

TABLE = pa.table(
    {
        "element": ["F9", "PKLR-48h", "LDLR", "PKLR-24h", "PKLR-24h"],
        "tags": ["12", "3", "NA", "40", "9"],
    }
)


def kept(text):
    return keep_rows("t", TABLE, np.arange(5) + 2, parse_keep(text))


def test_a_value_selects_rows_and_a_number_filters_them():
    table, lines, filtered = kept("element=PKLR-24h; tags>=10")
    assert table["tags"].to_pylist() == ["40", "9"]
    assert lines.tolist() == [5, 6]
    assert filtered["reason"].fillna("").tolist() == ["", "filtered"]
    assert filtered["value"].fillna("").tolist() == ["", "tags 9"]


def test_a_missing_number_meets_no_condition():
    _, _, filtered = kept("tags<100")
    assert filtered["reason"].notna().tolist() == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("value", "nearest"),
    [
        ("PKLR", "'PKLR-48h', 'PKLR-24h', "),
        ("pklr-24H", "'PKLR-24h', 'PKLR-48h', "),
        ("24h", "'PKLR-24h', 'PKLR-48h', "),
        ("LDLR.2", "'LDLR', "),
    ],
)
def test_a_value_that_does_not_occur_is_answered_with_the_nearest(value, nearest):
    with pytest.raises(InputError) as caught:
        kept(f"element={value}")
    assert str(caught.value).startswith(
        f"t: keep: no row has {value!r} in column 'element'; the nearest values are"
        f" {nearest}"
    )
