import dataclasses

import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.strata import is_lead
from endobench.core.columns import CURVES
from endobench.core.tables import as_table, read_tsv, write_tsv
from endobench.evaluate.curves import LEAST_PAIRS, N_BINS, Means, bins_of, curves
from endobench.evaluate.options import AgreementOptions
from endobench.stats.agreement import Signed
from endobench.stats.estimates import Estimates
from endobench.stats.ld_blocks import blocks_of_pairs
from frames import benchmark, blocks_of, exchanged

OPTIONS = AgreementOptions(null=0.0, n_resamples=100, seed=1)


def drawn(pairs, **changes):
    return curves(
        pairs,
        blocks_of(),
        dataclasses.replace(OPTIONS, **changes),
        dataset="d",
        protocol="corrected",
        negatives_per_positive=2,
    )


def one(frame, curve="sign_agreement", stratum="all_pairs"):
    is_asked = (frame["curve"] == curve) & (frame["stratum"] == stratum)
    return frame[is_asked].reset_index(drop=True)


def labelled(n_features=200):
    pairs, _ = benchmark(n_features=n_features, per_feature=1)
    label = (np.random.default_rng(1).random(n_features) < 0.3).astype(float)
    raw = pairs["raw"] * (1 + 2 * label)
    return pairs.assign(label=label, effect=label, raw=raw, unit="label")


@pytest.mark.parametrize("n", [1, 19, 39, 40, 57, 200, 1003])
def test_bins_without_ties_have_equal_sizes_in_the_order_of_values(n):
    values = np.random.default_rng(n).normal(size=n)
    bins = bins_of(values)
    sizes = np.bincount(bins)
    assert len(sizes) == np.clip(n // LEAST_PAIRS, 1, N_BINS)
    assert np.ptp(sizes) <= 1
    assert (np.diff(bins[np.argsort(values)]) >= 0).all()


@pytest.mark.parametrize("seed", range(20))
def test_equal_values_share_a_bin_and_no_bin_is_small(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 900))
    values = np.round(rng.normal(size=n) ** 3, int(rng.integers(0, 2)))
    values[rng.random(n) < rng.random()] = rng.choice([0.0, 5.0])
    bins = bins_of(values)
    sizes = np.bincount(bins)
    n_bins = np.clip(n // LEAST_PAIRS, 1, N_BINS)
    assert 1 <= len(sizes) <= n_bins
    assert (2 * n_bins * sizes >= n).all()
    assert pd.Series(bins).groupby(values).nunique().max() == 1


def test_one_value_is_one_bin():
    assert set(bins_of(np.zeros(500))) == {0}


def test_the_mean_of_a_resample_is_that_of_its_pairs():
    values, bins = np.array([1.0, 2, 4, 8, 3]), np.array([0, 0, 0, 0, 1])
    means = Means(values, bins, np.array([0, 1, 1, 0, 0]), 2)
    assert means(np.array([1, 2]))[0] == (1 + 2 * 2 + 2 * 4 + 8) / 6
    # One pair is too few.
    assert np.isnan(means(np.array([1, 2]))[1])
    assert means.sizes.tolist() == [[2, 2], [1, 0]]


def test_a_bin_has_the_value_and_interval_of_the_metric_sign_agreement():
    pairs, _ = benchmark()
    found = one(drawn(pairs))
    names, code = np.unique(blocks_of_pairs(pairs, blocks_of()), return_inverse=True)
    size = pairs["effect"].abs()
    for row in found.itertuples():
        mask = ((size >= row.x_low) & (size <= row.x_high)).to_numpy()
        here = pairs[mask]
        statistic = Signed(here["effect"], here["raw"], code[mask], len(names))
        estimates = Estimates({"model": statistic}, n_resamples=100, seed=1)
        metric = estimates.rows().set_index("metric").loc["sign_agreement"]
        for name in ("value", "ci_low", "ci_high", "n", "n_blocks"):
            assert getattr(row, name) == pytest.approx(metric[name])
        assert row.x == size[mask].median()
        assert row.n_variants == here["variant_id"].nunique()
    assert found["n"].sum() == len(pairs)


def test_calibration_is_the_mean_effect_of_a_bin_with_its_interval():
    pairs, _ = benchmark(n_features=200, rho=0.7)
    found = one(drawn(pairs), "calibration")
    assert len(found) == N_BINS and (found["y"] == "mean_effect").all()
    for row in found.itertuples():
        here = pairs[pairs["raw"].between(row.x_low, row.x_high)]
        assert row.value == pytest.approx(here["effect"].mean())
        assert row.ci_low < row.value < row.ci_high
    assert found["value"].corr(found["x"], "spearman") > 0.9
    assert found["ci_high"].iloc[0] < 0 < found["ci_low"].iloc[-1]


def test_exchanged_alleles_keep_sign_agreement_and_mirror_the_calibration():
    pairs, annotations = benchmark()
    there, back = drawn(pairs), drawn(exchanged(pairs, annotations)[0])
    pd.testing.assert_frame_equal(one(there), one(back))
    one_way, other_way = (one(each, "calibration") for each in (there, back))
    for a, b in (("value", "value"), ("ci_low", "ci_high"), ("x_low", "x_high")):
        np.testing.assert_allclose(one_way[a], -other_way[b][::-1])


def test_the_order_of_rows_changes_nothing():
    pairs, _ = benchmark()
    mixed = pairs.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(drawn(pairs), drawn(mixed))


def test_effects_are_relative_to_their_null():
    pairs, _ = benchmark()
    moved = drawn(pairs.assign(effect=pairs["effect"] + 0.5), null=0.5)
    pd.testing.assert_frame_equal(drawn(pairs), moved)


def test_pairs_at_the_null_have_no_sign():
    pairs, _ = benchmark()
    pairs.loc[:9, "raw"] = 0
    pairs.loc[10:14, "effect"] = 0
    found = drawn(pairs)
    assert one(found)["n"].sum() == len(pairs) - 15
    assert one(found, "calibration")["n"].sum() == len(pairs)
    found = drawn(pairs.assign(raw=0.0))
    assert set(found["curve"]) == {"calibration"}
    assert found.groupby("stratum").size().tolist() == [1, 1]


def test_only_positives_and_their_leads_are_counted():
    pairs, _ = benchmark()
    found = drawn(pairs, classes=["p_value", 0.2, 0.5])
    positives = pairs[pairs["p_value"] <= 0.2]
    assert one(found)["n"].sum() == len(positives)
    leads = one(found, stratum="lead_per_feature")["n"].sum()
    assert leads == is_lead(positives).sum() == positives["feature_id"].nunique()


def test_without_signs_calibration_is_the_mean_absolute_effect():
    pairs, _ = benchmark()
    found = drawn(pairs, is_signed=False)
    assert set(found["curve"]) == {"calibration"}
    assert set(found["y"]) == {"mean_size"} and set(found["task"]) == {"magnitude"}
    flipped = pairs.assign(effect=-pairs["effect"].abs(), raw=pairs["raw"].abs())
    pd.testing.assert_frame_equal(found, drawn(flipped, is_signed=False))


def test_for_labels_calibration_is_the_share_of_positives():
    pairs = labelled()
    found = drawn(pairs, classes=["label", 1, 0])
    assert set(found["curve"]) == {"calibration"}
    assert found["stratum"].unique().tolist() == ["matched_negatives", "all_pairs"]
    rows = one(found, "calibration")
    share = np.average(rows["value"], weights=rows["n"])
    assert share == pytest.approx(pairs["label"].mean())
    assert rows["value"].iloc[-1] > rows["value"].iloc[0]
    matched = one(found, "calibration", "matched_negatives")
    share = np.average(matched["value"], weights=matched["n"])
    assert share == pytest.approx(1 / 3, abs=0.02)


def test_without_pairs_or_classes_there_are_no_rows():
    pairs, _ = benchmark()
    for nothing in (
        drawn(pairs.iloc[:0]),
        drawn(pairs, classes=["p_value", 1e-300, 0.5]),
        drawn(labelled()),
    ):
        assert list(nothing.columns) == CURVES.names and nothing.empty


def test_one_pair_is_a_bin_without_a_value():
    pairs, _ = benchmark()
    found = drawn(pairs.iloc[:1])
    assert found["n"].tolist() == [1] * 6
    assert found["value"].isna().all()


def test_a_share_of_one_has_no_interval():
    pairs, _ = benchmark()
    found = one(drawn(pairs.assign(raw=pairs["effect"])))
    assert (found["value"] == 1).all()
    assert found[["ci_low", "ci_high"]].isna().all(axis=None)


def test_curves_have_the_columns_of_their_table(tmp_path):
    pairs, _ = benchmark()
    pairs = pairs.assign(reduction="mean")
    found = drawn(pairs)
    assert not found.drop(columns="chance").isna().any(axis=None)
    has_chance = found["chance"].notna()
    assert (has_chance == (found["curve"] != "calibration")).all()
    write_tsv(found, tmp_path / "curves.tsv", CURVES)
    back = read_tsv(tmp_path / "curves.tsv", CURVES)
    pd.testing.assert_frame_equal(back, as_table(found, CURVES).to_pandas())


def test_abstention_answers_the_largest_scores_first():
    pairs, _ = benchmark(n_features=200, per_feature=1)
    pairs["raw"] = np.where(np.arange(200) < 10, 0, pairs["raw"])
    rows = one(drawn(pairs), "abstention")
    signed = pairs[pairs["raw"] != 0]
    size = signed["raw"].abs()
    is_equal = (signed["raw"] > 0) == (signed["effect"] > 0)
    assert rows["n"].is_monotonic_increasing and rows["n"].iloc[-1] == 190
    assert rows["x"].tolist() == pytest.approx(list(rows["n"] / 190))
    assert (rows["x_high"] == size.max()).all()
    assert rows["x_low"].is_monotonic_decreasing
    for row in rows.itertuples():
        answered = size >= row.x_low
        assert answered.sum() == row.n == row.n_variants
        assert row.value == pytest.approx(is_equal[answered].mean())
        effects, scores = (
            (signed.loc[answered, name] > 0).mean() for name in ("effect", "raw")
        )
        chance = effects * scores + (1 - effects) * (1 - scores)
        assert row.chance == pytest.approx(chance)
    # The last bin holds all pairs: its value and interval are those of the metric.
    whole = one(drawn(pairs.iloc[::-1]), "abstention").iloc[-1]
    assert whole[["value", "ci_low"]].tolist() == pytest.approx(
        rows.iloc[-1][["value", "ci_low"]].tolist()
    )


def test_a_variant_of_several_features_counts_once_in_the_answers():
    pairs, _ = benchmark(n_features=100, per_feature=1)
    twice = pd.concat([pairs, pairs.assign(feature_id=pairs["feature_id"] + "b")])
    rows = one(drawn(twice), "abstention")
    assert (rows["n"] == 2 * rows["n_variants"]).all()


def test_without_signs_there_is_no_abstention():
    assert "abstention" not in set(drawn(benchmark()[0], is_signed=False)["curve"])
