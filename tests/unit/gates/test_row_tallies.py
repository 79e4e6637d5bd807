import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from endobench.core.columns import EFFECTS
from endobench.gates import row_tallies
from endobench.gates.row_tallies import Extremes, Tally, keyed, name_examples
from frames import effects_of, parts_of

FRAME = effects_of(("chr1_1_A_G_b38", "g1", 0.5), ("chr1_2_A_G_b38", "g2", np.nan))
FRAME = FRAME.reindex(columns=EFFECTS.names)


@pytest.mark.parametrize("many", [0, 1 << 20])
def test_counts_do_not_depend_on_the_parts(monkeypatch, many):
    monkeypatch.setattr(row_tallies, "_MANY", many)
    rng = np.random.default_rng(1)
    key, value = rng.integers(0, 50, 3_000), rng.integers(0, 5, 3_000) / 2
    expected = pd.DataFrame({"key": key, "value": value}).value_counts()
    tally = Tally()
    for start in range(0, 3_000, 70):
        tally.add(key[start : start + 70], value[start : start + 70])
    rows = tally.merge()
    values = rows["value"].to_numpy().view(np.float64)
    assert rows["n"].sum() == 3_000
    for each, number, n in zip(rows["key"], values, rows["n"], strict=True):
        assert expected[each, number] == n
    assert Tally().merge().empty


def test_extremes_do_not_depend_on_the_parts():
    rng = np.random.default_rng(1)
    key, value = rng.integers(0, 50, 3_000), rng.integers(0, 900, 3_000) / 2
    expected = pd.Series(value).groupby(key).agg(["min", "max", "size"])
    extremes = Extremes()
    for start in range(0, 3_000, 70):
        extremes.add(key[start : start + 70], value[start : start + 70])
    found = pd.DataFrame(extremes.merge(), index=["key", *expected]).T.set_index("key")
    assert (found == expected).all(axis=None) and len(found) == 50
    assert all(len(each) == 0 for each in Extremes().merge())


@pytest.mark.parametrize("is_encoded", [True, False])
def test_a_key_is_that_of_the_text_however_it_is_stored(is_encoded):
    part = pa.table({"feature_id": ["g2", "g1", "g2"], "effect": [1.0, None, 3.0]})
    if is_encoded:
        part = part.set_column(0, "feature_id", part["feature_id"].dictionary_encode())
    key, effect = keyed(part, "feature_id", ["effect"])
    expected = pd.util.hash_array(np.array(["g2", "g1", "g2"], dtype=object))
    assert key.tolist() == expected.tolist()
    np.testing.assert_array_equal(effect, [1, np.nan, 3])


def test_examples_are_the_first_rows_that_are_bad():
    effects = parts_of(FRAME, EFFECTS, 1)
    text = name_examples(
        effects, ["effect"], lambda part: part["effect"].is_null().to_numpy()
    )
    assert text == "line 3 (chr1_2_A_G_b38, g2)"
    text = name_examples(effects, [], lambda part: np.ones(len(part), dtype=bool))
    assert text == "line 2 (chr1_1_A_G_b38, g1); line 3 (chr1_2_A_G_b38, g2)"
