import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.stats.agreement import Signed, Unsigned
from endobench.stats.estimates import (
    Estimates,
    adjust_p_values,
    limiting_sizes,
    statistics_of,
)

INTERVAL = ["ci_low", "ci_high"]


def sample(n=120, seed=1):
    """Return effects, scores of two predictors and blocks of about five pairs."""
    rng = np.random.default_rng(seed)
    effect = rng.normal(size=n)
    scores = pd.DataFrame({"model": effect + rng.normal(size=n)})
    scores["other"] = effect + 2 * rng.normal(size=n)
    return effect, scores, rng.integers(0, n // 5, n).astype(str)


def estimated(effect, scores, block, n_resamples=100, **options):
    statistics = statistics_of(effect, scores, block, **options)
    return Estimates(statistics, n_resamples=n_resamples, seed=1)


def rows(*data, **options):
    return estimated(*data, **options).rows().set_index(["predictor", "metric"])


def test_a_row_for_each_predictor_and_metric_with_an_interval_around_its_value():
    found = rows(*sample())
    assert found.index.tolist() == [
        (name, metric) for name in ("model", "other") for metric in Signed.NAMES
    ]
    assert found.notna().all(axis=None)
    for low, high in (INTERVAL, ["analytic_low", "analytic_high"]):
        assert (found[low] < found["value"]).all()
        assert (found["value"] < found[high]).all()
    assert (found["n_eff"] <= found["n"]).all() and (found["n_blocks"] == 24).all()


def test_the_order_of_pairs_does_not_matter():
    effect, scores, block = sample()
    order = np.random.default_rng(5).permutation(len(effect))
    found = rows(effect[order], scores.iloc[order], block[order])
    pd.testing.assert_frame_equal(found, rows(effect, scores, block))


def test_exchanging_ref_and_alt_changes_no_metric():
    effect, scores, block = sample()
    found, flipped = rows(effect, scores, block), rows(-effect, -scores, block)
    pd.testing.assert_frame_equal(flipped, found)


def test_duplicated_pairs_do_not_narrow_the_interval():
    effect, scores, block = sample()
    once = rows(effect, scores, block)
    twice = rows(
        np.tile(effect, 2),
        pd.concat([scores] * 2, ignore_index=True),
        np.tile(block, 2),
    )
    np.testing.assert_allclose(twice[["value", *INTERVAL]], once[["value", *INTERVAL]])
    widths = [frame["analytic_high"] - frame["analytic_low"] for frame in (once, twice)]
    assert (widths[1] < 0.8 * widths[0]).all()
    ratio = twice["design_effect"] / once["design_effect"]
    assert (ratio > 1.6).all() and (ratio < 2.4).all()


def test_a_predictor_equal_to_the_model_has_no_difference():
    effect, scores, block = sample()
    both = estimated(effect, scores.assign(other=scores["model"]), block)
    for metric in Signed.NAMES:
        found = both.difference("other", "model", metric)
        assert found["difference"] == found["ci_low"] == found["ci_high"] == 0
        assert found["p"] == 1


def test_the_test_of_a_difference_matches_its_interval():
    both = estimated(*sample())
    found = both.difference("other", "model", "spearman")
    turned = both.difference("model", "other", "spearman")
    assert found["difference"] == found["value_b"] - found["value_a"] > 0
    assert turned["ci_low"] == pytest.approx(-found["ci_high"])
    assert turned["p"] == pytest.approx(found["p"])
    assert (found["p"] < 0.05) == (found["ci_low"] > 0)
    assert found["n_a"] == found["n_b"] == 120 and found["n_blocks"] == 24


def test_p_and_interval_never_contradict_each_other():
    for seed in range(5):
        effect, scores, block = sample(60, seed)
        noise = np.random.default_rng(seed).normal(size=60)
        found = rows(effect, scores.assign(other=noise), block).reset_index()
        null = np.where(found["metric"].isin(["spearman", "pearson"]), 0, 0.5)
        is_outside = (found["ci_low"] > null) | (found["ci_high"] < null)
        assert (is_outside == (found["p"] < 0.05)).all()


def test_a_predictor_known_for_some_pairs_has_the_model_on_the_same():
    effect, scores, block = sample()
    scores.loc[:39, "other"] = np.nan
    found = rows(effect, scores, block)
    names = ["model", "other", "other/model"]
    assert found.index.unique("predictor").tolist() == names
    n = found.xs("spearman", level="metric")["n"]
    assert n.to_dict() == {"model": 120, "other": 80, "other/model": 80}
    alone = rows(effect[40:], scores[["model"]][40:], block[40:])
    of_model = found.loc["other/model", "value"]
    pd.testing.assert_series_equal(of_model, alone.loc["model", "value"])


@pytest.mark.parametrize("n", [0, 1, 3])
def test_few_pairs_are_counted_and_have_no_estimate(n):
    effect, scores, block = (each[:n] for each in sample())
    found = rows(effect, scores, block)
    assert found.loc["model"].loc["spearman", "n"] == n
    numbers = found.drop(columns=["n", "n_blocks"])
    assert numbers.isna().all(axis=None)


def test_one_block_has_values_and_no_intervals():
    effect, scores, _ = sample()
    found = rows(effect, scores, np.full(120, "b"))
    assert found["value"].notna().all() and found["analytic_low"].notna().all()
    missing = [*INTERVAL, "p", "design_effect", "n_eff"]
    assert found[missing].isna().all(axis=None)


def test_the_auprc_of_classes_is_tested_against_their_prevalence():
    effect, scores, block = sample()
    is_positive = effect > 0.8
    found = rows(is_positive, scores, block, kind=Unsigned).loc["model"]
    assert found.index.tolist() == list(Unsigned.NAMES)
    assert found.loc["auprc", "ci_low"] > is_positive.mean()
    assert (found["p"] < 0.05).all()
    noise = scores.assign(model=np.random.default_rng(9).normal(size=120))
    found = rows(is_positive, noise, block, kind=Unsigned).loc["model"]
    assert (found["p"] > 0.05).all()


def test_effects_are_relative_to_their_null():
    effect, scores, block = sample()
    found = rows(effect + 0.5, scores, block, null=0.5)
    pd.testing.assert_frame_equal(found, rows(effect, scores, block))


def test_all_pairs_limit_an_agreement_and_the_rarer_class_an_area():
    effect, scores, block = sample()
    statistic = statistics_of(effect, scores, block)["model"]
    of_blocks = np.unique(block, return_counts=True)[1]
    assert sorted(limiting_sizes(statistic)) == sorted(of_blocks)
    is_rare = np.arange(len(effect)) % 6 == 0
    for is_positive in (is_rare, ~is_rare):
        statistic = statistics_of(is_positive, scores, block, kind=Unsigned)["model"]
        found = dict(zip(np.unique(block), limiting_sizes(statistic), strict=True))
        assert found == {
            each: is_rare[block == each].sum() for each in np.unique(block)
        }


def test_positives_in_few_blocks_know_less_than_their_blocks():
    effect, scores, block = sample()
    is_few = np.isin(block, np.unique(block)[:4])
    is_positive = is_few & (effect > np.median(effect))
    row = rows(is_positive, scores, block, kind=Unsigned).loc["model"]
    assert (row["n_blocks"] == len(np.unique(block))).all()
    assert (row["degrees"] <= 3).all()


def test_benjamini_and_hochberg_by_hand():
    p = pd.Series([0.04, 0.01, 0.03], index=[5, 6, 7])
    assert adjust_p_values(p).tolist() == pytest.approx([0.04, 0.03, 0.04])


@pytest.mark.parametrize("n", [1, 2, 500])
def test_adjusted_p_values_are_those_of_scipy(n):
    random = np.random.default_rng(n)
    # Some are equal.
    p = pd.Series(np.round(random.random(n) ** 6, 3), index=random.permutation(n))
    expected = scipy.stats.false_discovery_control(p)
    assert adjust_p_values(p).tolist() == expected.tolist()


def test_missing_p_values_do_not_count_and_stay_missing():
    p = pd.Series([0.04, np.nan, 0.01, 0.03])
    found = adjust_p_values(p)
    assert found.isna().tolist() == [False, True, False, False]
    assert found.dropna().tolist() == adjust_p_values(p.dropna()).tolist()


@pytest.mark.parametrize("p", [[], [np.nan, np.nan]])
def test_without_tests_nothing_is_adjusted(p):
    assert adjust_p_values(pd.Series(p, dtype=float)).isna().all()


def test_a_p_value_rounded_above_one_is_one():
    assert adjust_p_values(pd.Series([1.0000000001])).tolist() == [1.0]
