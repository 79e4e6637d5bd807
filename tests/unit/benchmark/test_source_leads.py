import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from endobench.benchmark.source_leads import COLUMNS, best_of_features, is_source_lead
from endobench.benchmark.strata import strata
from endobench.core.columns import EFFECTS, PAIRS
from endobench.core.tables import as_table

SCHEMA = pa.schema(map(EFFECTS.field, COLUMNS))


def rows_of(**values):
    frame = pd.DataFrame(values)
    return frame.reindex(columns=COLUMNS).astype({"feature_id": str})


def best_of(*frames):
    return best_of_features(as_table(frame, SCHEMA) for frame in frames)


def marked(rows, of=None, null=0.0):
    """Return which rows are leads of the source, of which they are all rows or some."""
    return is_source_lead(rows, best_of(rows if of is None else of), null).tolist()


SOURCE = rows_of(
    feature_id=["a", "a", "b", "b"],
    p_value=[1e-9, 1e-6, 1e-5, 1e-8],
    effect=[0.5, 0.4, 0.3, -0.2],
)


def test_the_lead_of_the_source_has_its_least_p_value_among_all_rows():
    assert marked(SOURCE) == [True, False, False, True]
    # The lead of b has no score: the best of the others is no lead.
    assert marked(SOURCE[:3], SOURCE) == [True, False, False]


def test_a_smaller_p_value_that_the_source_reports_counts_without_a_row():
    reported = SOURCE.assign(feature_min_p=[1e-9, 1e-9, 1e-12, 1e-12])
    assert marked(reported) == [True, False, False, False]
    rounded = SOURCE.assign(feature_min_p=[0.99999e-9] * 2 + [1e-8] * 2)
    assert marked(rounded) == [True, False, False, True]


def test_a_posterior_probability_decides_before_the_p_value():
    with_pip = SOURCE.assign(pip=[0.2, 0.7, np.nan, np.nan])
    assert marked(with_pip) == [False, True, False, True]


@pytest.mark.parametrize(
    ("null", "expected"),
    [(0.0, [True, False, True, False]), (0.46, [False, True, False, True])],
)
def test_without_both_the_largest_effect_decides(null, expected):
    assert marked(SOURCE.assign(p_value=np.nan), null=null) == expected


def test_equally_good_rows_are_all_leads_of_the_source_and_one_is_of_the_stratum():
    assert marked(SOURCE.assign(p_value=0.0)) == [True] * 4
    pairs = SOURCE.assign(p_value=0.0, is_source_lead=True).reindex(columns=PAIRS.names)
    pairs["variant_id"] = [f"chr1_{n}_A_G_b38" for n in range(4)]
    pairs["source_id"] = pairs["variant_id"]
    found = strata(pairs)
    assert found["source_lead"].tolist() == found["lead_per_feature"].tolist()


def test_leads_of_the_stratum_are_those_of_the_source_that_have_a_score():
    pairs = SOURCE[:3].assign(is_source_lead=marked(SOURCE[:3], SOURCE))
    pairs = pairs.reindex(columns=PAIRS.names)
    pairs["variant_id"] = [f"chr1_{n}_A_G_b38" for n in range(3)]
    pairs["source_id"] = pairs["variant_id"]
    found = strata(pairs)
    assert found["lead_per_feature"].tolist() == [True, False, True]
    assert found["source_lead"].tolist() == [True, False, False]
    unknown = strata(pairs.assign(is_source_lead=None))
    assert "source_lead" not in unknown


def test_a_table_without_features_has_no_leads_of_the_source():
    nameless = SOURCE.assign(feature_id="variant")
    found = is_source_lead(nameless, best_of(nameless))
    assert found.isna().all() and len(found) == 4


def test_the_parts_of_a_source_do_not_matter(monkeypatch):
    monkeypatch.setattr("endobench.benchmark.source_leads._MANY", 0)
    rng = np.random.default_rng(1)
    rows = rows_of(
        feature_id=rng.integers(0, 20, 400).astype(str),
        p_value=rng.random(400),
        pip=np.where(rng.random(400) < 0.3, rng.random(400), np.nan),
        effect=rng.normal(size=400),
    )
    whole = best_of(rows)
    parts = best_of(*(rows[first : first + 7] for first in range(0, 400, 7)))
    pd.testing.assert_frame_equal(parts.sort_index(), whole.sort_index())
    by_feature = rows.groupby("feature_id")
    expected = by_feature["p_value"].min()
    assert whole["p_value_min"].to_dict() == expected.to_dict()
    assert whole["pip_max"].to_dict() == by_feature["pip"].max().to_dict()
