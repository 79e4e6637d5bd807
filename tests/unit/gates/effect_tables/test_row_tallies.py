import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from endobench.core.columns import EFFECTS
from endobench.core.text_hashes import hashes_of
from endobench.gates.effect_tables import row_tallies
from endobench.gates.effect_tables.row_tallies import (
    Extremes,
    Tally,
    keyed,
    name_examples,
)
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


# Each bucket reads each part, so that many parts need not have many rows.
@pytest.mark.parametrize(
    ("n_rows", "many", "n"),
    [(1, 0, 100), (70, 0, 1_000), (70, 1 << 20, 1_000), (1_000, 0, 1_000)],
)
def test_extremes_do_not_depend_on_the_parts(monkeypatch, n_rows, many, n):
    monkeypatch.setattr(row_tallies, "_MANY", many)
    rng = np.random.default_rng(1)
    key = rng.integers(0, 2**64, 50, dtype=np.uint64)[rng.integers(0, 50, n)]
    # Some rows repeat those before them, and some keys have no number or a single one.
    key, values = np.repeat(key, 3)[:n], rng.integers(0, 900, (3, n)) / 2
    values[0] = np.repeat(values[0], 4)[:n]
    values[1, rng.random(n) < 0.98], values[2] = np.nan, np.inf
    extremes = Extremes(3)
    for start in range(0, n, n_rows):
        rows = slice(start, start + n_rows)
        extremes.add(key[rows], list(values[:, rows]))
    found = list(extremes.merged())
    keys = np.concatenate([each for each, *_ in found])
    assert sorted(keys.tolist()) == sorted(set(key.tolist()))
    for column in range(3):
        numbers = pd.Series(values[column]).where(np.isfinite(values[column]))
        expected = numbers.groupby(key).agg(["min", "max", "count"]).loc[keys]
        low, high, is_several = (
            np.concatenate([part[place][column] for part in found])
            for place in (1, 2, 3)
        )
        np.testing.assert_array_equal(low, expected["min"])
        np.testing.assert_array_equal(high, expected["max"])
        assert is_several.tolist() == (expected["count"] > 1).tolist()


def test_nothing_has_no_extremes():
    extremes = Extremes(1)
    assert list(extremes.merged()) == []
    extremes.add(np.array([5], dtype=np.uint64), [np.array([np.nan])])
    assert list(extremes.merged()) == []


@pytest.mark.parametrize("is_encoded", [True, False])
def test_a_key_is_that_of_the_text_however_it_is_stored(is_encoded):
    part = pa.table({"feature_id": ["g2", "g1", "g2"], "effect": [1.0, None, 3.0]})
    if is_encoded:
        part = part.set_column(0, "feature_id", part["feature_id"].dictionary_encode())
    key, effect = keyed(part, "feature_id", ["effect"])
    assert key.tolist() == hashes_of(pa.array(["g2", "g1", "g2"])).tolist()
    others = keyed(part, "feature_id", [], as_key=lambda name: f"x{name}")[0]
    assert others.tolist() == hashes_of(pa.array(["xg2", "xg1", "xg2"])).tolist()
    np.testing.assert_array_equal(effect, [1, np.nan, 3])


def test_examples_are_the_first_rows_that_are_bad():
    effects = parts_of(FRAME, EFFECTS, 1)
    text = name_examples(
        effects, ["effect"], lambda part: part["effect"].is_null().to_numpy()
    )
    assert text == "line 3 (chr1_2_A_G_b38, g2)"
    text = name_examples(effects, [], lambda part: np.ones(len(part), dtype=bool))
    assert text == "line 2 (chr1_1_A_G_b38, g1); line 3 (chr1_2_A_G_b38, g2)"
