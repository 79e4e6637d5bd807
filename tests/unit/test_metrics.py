import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.columns import METRICS, PAIRS, SUMMARY
from endobench.metrics import (
    correlate,
    lead_variants,
    measure,
    strata,
    summarise,
)
from endobench.tables import as_table
from frames import rows_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

VALUES = st.integers(-4, 4).map(lambda number: number / 2)
VECTORS = st.lists(st.tuples(VALUES, VALUES), min_size=4, max_size=25).map(np.array)


def metric(frame, name):
    return frame.set_index("metric").loc[name]


def agreement(effect, score, name="spearman"):
    return metric(correlate(effect, score), name)


@given(vectors=VECTORS)
@settings(max_examples=40)
def test_values_are_scipys_ties_included(vectors):
    effect, score = vectors.T
    assume(np.ptp(effect) > 0 and np.ptp(score) > 0)
    found = correlate(effect, score)
    for name, function in (
        ("spearman", scipy.stats.spearmanr),
        ("pearson", scipy.stats.pearsonr),
    ):
        expected = function(effect, score)
        row = metric(found, name)
        assert row["value"] == pytest.approx(expected.statistic)
        assert row["p"] == pytest.approx(expected.pvalue)
        assert row["n"] == len(effect)
    is_signed = (effect != 0) & (score != 0)
    row = metric(found, "sign_agreement")
    assert row["n"] == is_signed.sum()
    if is_signed.sum() >= 4:
        assert row["value"] == ((effect * score)[is_signed] > 0).mean()


@given(vectors=VECTORS)
@settings(max_examples=40)
def test_an_interval_holds_its_value_within_the_possible(vectors):
    found = correlate(*vectors.T).dropna()
    assert (found["ci_low"] <= found["value"] + 1e-9).all()
    assert (found["value"] <= found["ci_high"] + 1e-9).all()
    lowest = np.where(found["metric"] == "sign_agreement", 0, -1)
    assert (found["ci_low"] >= lowest - 1e-9).all()
    assert (found["ci_high"] <= 1 + 1e-9).all()


@given(vectors=VECTORS)
@settings(max_examples=40)
def test_exchanging_ref_and_alt_flips_the_agreement(vectors):
    effect, score = vectors.T
    found, flipped = correlate(effect, score), correlate(effect, -score)
    both = correlate(-effect, -score)
    pd.testing.assert_frame_equal(both, found)
    for name, total in (("spearman", 0), ("pearson", 0), ("sign_agreement", 1)):
        one, other = metric(found, name), metric(flipped, name)
        expected = [total - one["value"], total - one["ci_high"], total - one["ci_low"]]
        np.testing.assert_allclose(
            other[["value", "ci_low", "ci_high"]].astype(float), expected, atol=1e-9
        )
        np.testing.assert_allclose(other["p"], one["p"])


@given(vectors=VECTORS, seed=st.integers(0, 99))
@settings(max_examples=20)
def test_the_order_of_pairs_decides_nothing(vectors, seed):
    permuted = np.random.default_rng(seed).permutation(vectors)
    pd.testing.assert_frame_equal(correlate(*permuted.T), correlate(*vectors.T))


def test_known_intervals():
    effect = np.arange(30.0)
    score = effect[::-1] // 3 * np.where(np.arange(30) % 4 == 0, -1, 1)
    rho = agreement(effect, score)
    half = 1.959964 * np.sqrt((1 + rho["value"] ** 2 / 2) / 27)
    centre = np.arctanh(rho["value"])
    assert rho["ci_low"] == pytest.approx(np.tanh(centre - half), abs=1e-6)
    assert rho["ci_high"] == pytest.approx(np.tanh(centre + half), abs=1e-6)
    pearson = agreement(effect, score, "pearson")
    expected = scipy.stats.pearsonr(effect, score).confidence_interval(0.95)
    assert (pearson["ci_low"], pearson["ci_high"]) == pytest.approx(expected)
    signs = agreement([1] * 10, [1] * 8 + [-1] * 2, "sign_agreement")
    # Wilson 1927 for 8 of 10.
    assert (signs["ci_low"], signs["ci_high"]) == pytest.approx(
        (0.490162, 0.943318), abs=1e-6
    )
    assert signs["p"] == pytest.approx(0.109375)


@pytest.mark.parametrize("direction", [1, -1])
def test_perfect_agreement(direction):
    effect = np.arange(1.0, 9)
    found = correlate(effect, direction * effect)
    assert metric(found, "spearman")["value"] == pytest.approx(direction)
    assert metric(found, "sign_agreement")["value"] == (direction + 1) / 2


@pytest.mark.parametrize(
    ("effect", "score"),
    [([1] * 6, range(6)), (range(6), [0.5] * 6), ([1, 2, 3], [1, 2, 3]), ([], [])],
)
def test_a_correlation_that_is_not_defined_is_missing_and_counted(effect, score):
    for name in ("spearman", "pearson"):
        row = agreement(effect, score, name)
        assert row[["value", "ci_low", "ci_high", "p"]].isna().all()
        assert row["n"] == len(effect)


def test_signs_are_counted_where_neither_is_zero():
    effect, score = [1, -1, 1, 0, 1, -1], [2, -3, 0, 1, -1, -1]
    row = agreement(effect, score, "sign_agreement")
    assert (row["value"], row["n"]) == (0.75, 4)
    row = agreement([1, 1, 1, 0, 0], [1, 1, 1, 1, 1], "sign_agreement")
    assert np.isnan(row["value"]) and row["n"] == 3


def pairs_of(*rows):
    names = ["variant_id", "feature_id", "p_value", "effect", "raw"]
    frame = pd.DataFrame(rows, columns=names)
    frame = frame.assign(model="m", track_set="t", scorer="s", window_bp=2048)
    return frame.reindex(columns=PAIRS.names)


LEADS = pairs_of(
    ("chr1_1_A_G_b38", "g1", 0.1, 0.5, 0.1),
    ("chr1_2_A_G_b38", "g1", 0.01, 0.1, 0.2),
    ("chr1_3_A_G_b38", "g2", 0.01, 0.1, 0.3),
    ("chr1_4_A_G_b38", "g2", 0.01, -0.2, 0.4),
    ("chr1_6_A_G_b38", "g3", 0.01, -0.2, 0.5),
    ("chr1_5_A_GC_b38", "g3", 0.01, 0.2, 0.6),
    ("chr1_7_A_G_b38", "g4", np.nan, 0.9, 0.7),
    ("chr1_8_A_G_b38", "g4", 0.9, 0.1, 0.8),
    ("chr1_9_A_G_b38", "g5", np.nan, 0.1, 0.9),
)


@given(order=st.permutations(range(len(LEADS))))
@settings(max_examples=20)
def test_the_lead_has_the_least_p_then_the_largest_effect_then_the_first_id(order):
    leads = lead_variants(LEADS.iloc[order])
    assert sorted(rows_of(leads, "feature_id", "variant_id")) == [
        ("g1", "chr1_2_A_G_b38"),
        ("g2", "chr1_4_A_G_b38"),
        ("g3", "chr1_5_A_GC_b38"),
        ("g4", "chr1_8_A_G_b38"),
        ("g5", "chr1_9_A_G_b38"),
    ]


def test_leads_are_rows_of_the_pairs():
    leads = lead_variants(LEADS)
    pd.testing.assert_frame_equal(leads, LEADS.loc[leads.index])


def test_strata_are_what_they_say():
    pairs = pairs_of(
        ("chr1_1_A_G_b38", "g1", 0.1, 0.5, 0.1),
        ("chr1_2_AC_GT_b38", "g1", 0.1, 0.5, 0.1),
        ("chr1_3_AC_A_b38", "g1", 0.1, 0.5, 0.1),
        ("chr4_GL000008v2_random_4_A_C_b38", "g1", 0.1, 0.5, 0.1),
    )
    found = {name: sorted(rows.index) for name, rows in strata(pairs).items()}
    assert found["all_pairs"] == [0, 1, 2, 3]
    assert found["snv"] == [0, 3]
    assert found["indel"] == [2]


@given(order=st.permutations(range(len(LEADS))))
@settings(max_examples=10)
def test_the_order_of_rows_changes_no_metric(order):
    expected = measure(LEADS, "demo", "corrected")
    found = measure(LEADS.iloc[order], "demo", "corrected")
    pd.testing.assert_frame_equal(found, expected)


def test_metrics_keep_the_contract_and_count():
    metrics = measure(LEADS, "demo", "corrected")
    assert as_table(metrics, METRICS).num_rows == 20
    counted = metrics[metrics["metric"] == "spearman"].set_index("stratum")
    assert counted["n"].to_dict() == {
        "all_pairs": 9,
        "lead_per_feature": 5,
        "snv": 8,
        "indel": 1,
    }
    assert (counted["n"] == counted["n_variants"]).all()
    assert metrics["model"].unique().tolist() == ["m"]


def test_variants_are_counted_once():
    pairs = LEADS.assign(variant_id="chr1_1_A_G_b38")
    metrics = measure(pairs, "demo", "corrected").set_index(["stratum", "metric"])
    row = metrics.loc[("all_pairs", "spearman")]
    assert (row["n"], row["n_variants"]) == (9, 1)


def test_moved_windows_and_the_atlas_scores_are_counted_by_variant():
    shifts = [0, -7, -7, 3, 0, 0, 0, np.nan, np.nan]
    routes = ["model", "atlas", "atlas", "model", "atlas", *["table"] * 4]
    pairs = LEADS.assign(shift_bp=shifts, route=routes)
    pairs["variant_id"] = pairs["variant_id"].replace(
        {"chr1_3_A_G_b38": "chr1_2_A_G_b38"}
    )
    metrics = measure(pairs, "demo", "corrected")
    counts = metrics[metrics["stratum"] == "all_pairs"]
    assert metric(counts, "moved_windows")["value"] == 2
    assert metric(counts, "from_atlas")["value"] == 2


def test_a_summary_has_a_row_for_each_whole_stratum_in_the_order_given():
    metrics = pd.concat(
        [measure(LEADS, "b", "published"), measure(LEADS, "a", "corrected")]
    )
    waterfall = pd.DataFrame(
        {
            "dataset": ["a", "b", "a"],
            "protocol": ["corrected", "published", "corrected"],
            "stage": ["input", "input", "kept"],
            "n_pairs": [100, 200, 9],
        }
    )
    summary = summarise(metrics, waterfall)
    assert list(summary) == SUMMARY.names
    names = ["dataset", "protocol", "stratum", "n_source_pairs", "n_pairs"]
    assert rows_of(summary, *names) == [
        ("b", "published", "all_pairs", 200, 9),
        ("b", "published", "lead_per_feature", 200, 5),
        ("a", "corrected", "all_pairs", 100, 9),
        ("a", "corrected", "lead_per_feature", 100, 5),
    ]
    by_name = metrics[metrics["stratum"] == "all_pairs"].iloc[:3].set_index("metric")
    for name, row in by_name.iterrows():
        assert summary[name].iloc[0] == pytest.approx(row["value"])
        assert summary[f"{name}_ci_high"].iloc[0] == pytest.approx(row["ci_high"])
        assert summary[f"{name}_p"].iloc[0] == pytest.approx(row["p"])
    assert as_table(summary, SUMMARY).num_rows == 4


def test_benchmarks_of_several_scorers_have_rows_of_their_own():
    names = ["corrected", "corrected.s.t2", "corrected.s2.t"]
    kinds = [("s", "t"), ("s", "t2"), ("s2", "t")]
    metrics = [
        measure(LEADS.assign(scorer=scorer, track_set=track_set), "a", name)
        for name, (scorer, track_set) in zip(names, kinds, strict=True)
    ]
    waterfall = pd.DataFrame({"protocol": names, "n_pairs": [100, 100, 100]})
    summary = summarise(
        pd.concat(metrics), waterfall.assign(dataset="a", stage="input")
    )
    whole = summary[summary["stratum"] == "all_pairs"]
    assert rows_of(whole, "protocol", "scorer", "track_set") == [
        (name, *kind) for name, kind in zip(names, kinds, strict=True)
    ]
