import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.benchmark.matching import (
    COVARIATES,
    classes_and_matched,
    classify,
    match_negatives,
    positives_of,
)
from endobench.core.columns import PAIRS
from endobench.core.errors import InputError
from hypothesis import given, settings
from hypothesis import strategies as st


def study(n=12_000, seed=1):
    """Return pairs and classes in which positives are near and frequent."""
    rng = np.random.default_rng(seed)
    maf = rng.uniform(0.01, 0.5, n)
    distance = rng.choice([-1, 1], n) * rng.exponential(80_000, n)
    chance = 0.12 * np.exp(-np.abs(distance) / 60_000) * (0.2 + maf)
    pip = np.where(rng.random(n) < chance, 0.95, rng.choice([0.005, 0.5], n))
    pairs = pd.DataFrame(
        {
            "variant_id": [f"chr1_{pos}_A_G_b38" for pos in range(1, n + 1)],
            "feature_id": [f"g{gene}" for gene in rng.integers(0, n // 3, n)],
            "effect": rng.normal(size=n),
            "p_value": rng.random(n),
            "maf": maf,
            "distance": distance,
            "pip": pip,
        }
    ).reindex(columns=PAIRS.names)
    return pairs, classify(pairs, "pip", 0.9, 0.01)


PAIRS_, CLASSES = study()


@pytest.mark.parametrize(
    ("by", "positive", "negative", "expected"),
    [
        ("pip", 0.9, 0.1, [1, 0, np.nan, np.nan]),
        ("label", 0.9, 0.1, [1, 0, np.nan, np.nan]),
        ("p_value", 0.1, 0.9, [0, 1, np.nan, np.nan]),
        ("q_value", 0.1, 0.9, [0, 1, np.nan, np.nan]),
    ],
)
def test_limits_belong_to_their_class(by, positive, negative, expected):
    pairs = pd.DataFrame({by: [0.9, 0.1, 0.5, np.nan]})
    np.testing.assert_array_equal(classify(pairs, by, positive, negative), expected)


@pytest.mark.parametrize(
    ("by", "positive", "negative", "message"),
    [
        ("pip", 0.1, 0.9, "positives, 0.1, must be above that of negatives, 0.9"),
        ("label", 0, 1, "positives, 0, must be above that of negatives, 1"),
        ("p_value", 0.5, 0.5, "positives, 0.5, must be below that of negatives, 0.5"),
        ("effect", 1, 0, "'effect': expected pip, label, p_value or q_value"),
    ],
)
def test_limits_that_classify_nothing_are_an_error(by, positive, negative, message):
    with pytest.raises(InputError, match=message):
        classify(pd.DataFrame({by: [0.1]}), by, positive, negative)


def test_positives_are_kept_and_without_classes_every_pair_is_one():
    kept = positives_of(PAIRS_, ["pip", 0.9, 0.01])
    pd.testing.assert_frame_equal(kept, PAIRS_[PAIRS_["pip"] >= 0.9])
    assert 0 < len(kept) < len(PAIRS_)
    pd.testing.assert_frame_equal(positives_of(PAIRS_, []), PAIRS_)
    # What is not known is neither.
    unknown = PAIRS_.assign(pip=np.nan)
    assert positives_of(unknown, ["pip", 0.9, 0.01]).empty


@pytest.fixture(scope="module")
def matched():
    return match_negatives(PAIRS_, CLASSES, 2, seed=7)


def both(pairs, classes, mask, name):
    values = pairs[name].abs().to_numpy()
    return [values[mask & (classes == each)] for each in (1, 0)]


@pytest.mark.parametrize("name", ["maf", "distance"])
def test_matched_negatives_are_like_the_positives(matched, name):
    everything = np.ones(len(PAIRS_), dtype=bool)
    before = scipy.stats.ks_2samp(*both(PAIRS_, CLASSES, everything, name))
    after = scipy.stats.ks_2samp(*both(PAIRS_, CLASSES, matched.mask, name))
    assert before.pvalue < 1e-3
    assert after.pvalue > 0.05


def test_counts_ratio_and_one_row_per_feature_and_variant(matched):
    kept = PAIRS_[matched.mask]
    assert kept["feature_id"].is_unique and kept["variant_id"].is_unique
    classes = CLASSES[matched.mask]
    assert set(classes) == {0, 1}
    assert (classes == 1).sum() == matched.n_positives
    assert (classes == 0).sum() == matched.n_negatives
    n_features = PAIRS_.loc[CLASSES == 1, "feature_id"].nunique()
    assert matched.n_positives + matched.n_unmatched == n_features
    assert matched.n_positives > 200
    assert 1.9 < matched.n_negatives / matched.n_positives <= 2


@given(seed=st.integers(0, 99))
@settings(max_examples=5, deadline=None)
def test_row_order_decides_nothing(seed):
    pairs, classes = PAIRS_[:3000], CLASSES[:3000]
    order = np.random.default_rng(seed).permutation(len(pairs))
    expected = match_negatives(pairs, classes, 3, seed=1)
    found = match_negatives(pairs.iloc[order], classes[order], 3, seed=1)
    np.testing.assert_array_equal(found.mask, expected.mask[order])
    assert found[1:] == expected[1:]


def test_a_seed_decides_the_draw(matched):
    other = match_negatives(PAIRS_, CLASSES, 2, seed=8)
    assert (other.mask != matched.mask).any()
    again = match_negatives(PAIRS_, pd.Series(CLASSES, dtype="Int8"), 2, seed=7)
    np.testing.assert_array_equal(again.mask, matched.mask)


SMALL = pd.DataFrame(
    [
        ("v1", "a", 0.30, 10),
        ("v2", "a", 0.31, 20),
        ("v3", "b", 0.30, 15),
        ("v1", "c", 0.30, 12),
        ("v4", "d", 0.30, 11),
        ("v5", "e", 0.45, 12),
    ],
    columns=["variant_id", "feature_id", "maf", "distance"],
).reindex(columns=PAIRS.names)


def test_a_positives_variant_or_feature_is_no_negative():
    pairs = SMALL.assign(p_value=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], effect=1.0)
    found = match_negatives(pairs, [1, 0, 1, 0, 0, 0], 4, seed=1)
    # The third is a positive that no negative is left for, or else the first.
    assert found.n_positives == 1
    assert found.n_unmatched == 1
    assert found.mask.sum() == 2
    assert found.mask[4]
    # MAF 0.45 is not within the positives' range.
    assert not found.mask[5]


@pytest.mark.parametrize("name", ["maf", "distance"])
def test_a_covariate_that_is_not_known_is_left_out(name):
    pairs = PAIRS_.assign(**{name: np.nan})
    other = {"maf": "distance", "distance": "maf"}[name]
    found = match_negatives(pairs, CLASSES, 2, seed=7)
    assert found.n_positives > 200
    values = both(pairs, CLASSES, found.mask, other)
    assert scipy.stats.ks_2samp(*values).pvalue > 0.05
    blind = pairs.assign(**{other: None})
    assert match_negatives(blind, CLASSES, 1, seed=7).n_unmatched == 0


def test_rows_without_a_covariate_match_their_like():
    maf = PAIRS_["maf"].where(np.arange(len(PAIRS_)) % 3 > 0)
    found = match_negatives(PAIRS_.assign(maf=maf), CLASSES, 2, seed=7)
    is_missing, classes = maf[found.mask].isna(), CLASSES[found.mask]
    share = is_missing[classes == 1].mean()
    assert is_missing[classes == 0].mean() == pytest.approx(share, abs=0.03)


def with_ld(n, n_positives, seed):
    """Return pairs and classes that differ in all three covariates."""
    rng = np.random.default_rng(seed)
    maf = rng.uniform(0.01, 0.5, n)
    distance = rng.choice([-1, 1], n) * rng.exponential(80_000, n)
    ld_score = rng.lognormal(4, 1, n) * (0.5 + maf)
    weight = np.exp(-np.abs(distance) / 60_000) * (0.2 + maf) / np.sqrt(ld_score)
    ids = [f"chr1_{pos}_A_G_b38" for pos in range(1, n + 1)]
    pairs = pd.DataFrame({"variant_id": ids, "source_id": ids, "effect": 1.0})
    # Of each feature a second variant, which is not to be kept beside the first.
    pairs = pairs.assign(
        feature_id=[f"g{place // 2}" for place in range(n)],
        maf=maf,
        distance=distance,
        ld_score=ld_score,
    )
    classes = np.zeros(n)
    chosen = rng.choice(n, n_positives, replace=False, p=weight / weight.sum())
    classes[chosen] = 1
    return pairs.reindex(columns=PAIRS.names), classes


def difference(pairs, classes, mask, name):
    """Return by how many standard deviations of positives the classes differ."""
    values = pairs[name].abs()
    values = values if name == "maf" else np.log(values)
    ours, theirs = values[mask & (classes == 1)], values[mask & (classes == 0)]
    return abs(ours.mean() - theirs.mean()) / ours.std()


@pytest.mark.parametrize(("n", "n_positives"), [(20_000, 20), (20_000, 200)])
def test_nine_negatives_are_like_each_positive_in_ld_score_too(n, n_positives):
    before, after = [], []
    for seed in range(3):
        pairs, classes = with_ld(n, n_positives, seed)
        found = match_negatives(pairs, classes, 9, seed=seed)
        assert found.n_negatives == 9 * found.n_positives
        assert found.n_positives >= 0.8 * n_positives
        assert pairs.loc[found.mask, "feature_id"].is_unique
        whole = np.ones(n, dtype=bool)
        for mask, told in ((whole, before), (found.mask, after)):
            told.append([difference(pairs, classes, mask, each) for each in COVARIATES])
    before, after = np.mean(before, axis=0), np.mean(after, axis=0)
    assert (after < before).all() and after.sum() < 0.4 * before.sum()
    assert (after < 0.25).all()


def test_where_negatives_are_few_each_positive_has_fewer():
    pairs, classes = with_ld(1000, 100, 1)
    found = match_negatives(pairs, classes, 9, seed=1)
    ratio, rest = divmod(found.n_negatives, found.n_positives)
    assert rest == 0 and 1 <= ratio < 9
    assert found.n_positives >= 0.7 * (found.n_positives + found.n_unmatched)


def test_a_table_that_names_no_features_has_one_for_each_variant():
    pairs, classes = with_ld(2000, 40, 1)
    pairs["feature_id"] = pairs["variant_id"]
    expected = match_negatives(pairs, classes, 4, seed=1)
    assert expected.n_positives > 30
    found = match_negatives(pairs.assign(feature_id="peak"), classes, 4, seed=1)
    np.testing.assert_array_equal(found.mask, expected.mask)
    # A feature that has a name is one.
    one = match_negatives(pairs.assign(feature_id="g"), classes, 4, seed=1)
    assert not one.mask.any()


def test_classes_and_their_match_are_returned_together(matched):
    classes, again = classes_and_matched(PAIRS_, ["pip", 0.9, 0.01], 2, 7)
    np.testing.assert_array_equal(classes, CLASSES)
    np.testing.assert_array_equal(again.mask, matched.mask)


def test_no_positive_or_no_negative():
    for classes in (np.zeros(len(PAIRS_)), np.full(len(PAIRS_), np.nan)):
        found = match_negatives(PAIRS_, classes, 1, seed=1)
        assert not found.mask.any() and found[1:] == (0, 0, 0)
    found = match_negatives(PAIRS_, np.ones(len(PAIRS_)), 1, seed=1)
    assert not found.mask.any()
    assert found.n_unmatched == PAIRS_["feature_id"].nunique()
    with pytest.raises(ValueError, match="ratio 0"):
        match_negatives(PAIRS_, CLASSES, 0, seed=1)
