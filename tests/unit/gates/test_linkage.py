import re

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.gates.linkage import linked_agreement, linked_effects, normal_quantiles
from linked import leaked, linked_pairs

WARNS, FAILS = 0.59, 0.6


def ratio(pairs, is_signed=True, is_measured=False):
    return linked_agreement(pairs, is_signed, is_measured)


@pytest.mark.parametrize("r", [0.5, 0.7, 0.9])
def test_scores_of_the_sequence_agree_less_with_linked_effects(r):
    pairs = linked_pairs(r=r)
    honest, half, full = (
        ratio(leaked(pairs, share)).value for share in (0.0, 0.5, 1.0)
    )
    assert honest < WARNS
    assert honest < half < full
    assert full > FAILS


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_handful_of_outliers_decides_nothing(seed):
    pairs = linked_pairs(seed=seed)
    rank = pairs["effect"].abs().rank(ascending=False)
    outliers = pairs.assign(effect=pairs["effect"] * np.where(rank <= 10, 10, 1))
    assert ratio(outliers).value < WARNS
    assert ratio(outliers).value == pytest.approx(ratio(pairs).value, abs=0.03)
    assert ratio(leaked(outliers)).value > FAILS


@pytest.mark.parametrize("seed", range(1, 6))
def test_weak_ld_in_a_table_of_all_pairs_is_too_little_to_tell(seed):
    # Most effects are the variant's own, and scores rightly agree with them.
    pairs = linked_pairs(r=0.35, seed=seed)
    assert (pairs["effect"].abs() / pairs["effect_se"] < 2).mean() > 0.1
    found = ratio(pairs)
    assert np.isnan(found.value) and "too little LD" in found.evidence


def test_neither_scale_nor_sign_nor_order_of_rows_matters():
    pairs = linked_pairs()
    expected = ratio(pairs).value
    for changed in (
        pairs.assign(raw=pairs["raw"] * 7 + 0.1),
        pairs.assign(raw=-pairs["raw"]),
        pairs.sample(frac=1, random_state=1),
        pairs.assign(effect=pairs["effect"] / 99, effect_se=pairs["effect_se"] / 99),
    ):
        assert ratio(changed).value == pytest.approx(expected)


def test_p_values_stand_in_for_standard_errors():
    pairs = linked_pairs(r=0.9)
    z = (pairs["effect"] / pairs["effect_se"]).clip(-8, 8).to_numpy()
    pairs = pairs.assign(effect=z * pairs["effect_se"])
    with_errors = ratio(pairs)
    p = 2 * scipy.stats.norm.sf(np.abs(z))
    without = ratio(pairs.assign(effect_se=np.nan, p_value=p))
    assert without.value == pytest.approx(with_errors.value)


def test_inclusion_probabilities_decide_where_they_are_given():
    pairs = linked_pairs(r=0.9)
    # The first variant of each feature is causal, whatever its effect.
    is_first = ~pairs.duplicated("feature_id")
    pip = np.where(is_first, 0.9, 0.01)
    found = ratio(leaked(pairs).assign(pip=pip))
    assert found.value > FAILS
    assert f"{is_first.sum():,} lead variants" in found.evidence
    assert (
        f"{(~is_first).sum():,} variants that fine-mapping excludes" in found.evidence
    )


def test_a_pi_is_compared_with_its_null():
    pairs = leaked(linked_pairs(r=0.7))
    pi = pairs.assign(effect=0.5 + pairs["effect"] / 100, unit="Pi", effect_se=0.001)
    slope = pairs.assign(effect=pairs["effect"] / 100, effect_se=0.001)
    assert ratio(pi).value == pytest.approx(ratio(slope).value)


@pytest.mark.parametrize(
    ("pairs", "options", "why"),
    [
        (linked_pairs(r=0), {}, "too little LD to tell"),
        (linked_pairs(n_features=20), {}, "at least 30 needed"),
        (linked_pairs(n_each=1), {}, "0 features with a lead and an excluded variant"),
        (linked_pairs(), {"is_signed": False}, "does not state the effect allele"),
        (linked_pairs(), {"is_measured": True}, "an assay"),
        (linked_pairs().assign(raw=1.0), {}, "do not vary"),
        (linked_pairs().iloc[:0], {}, "0 features"),
    ],
    ids=["no LD", "few", "leads alone", "unsigned", "assay", "constant", "none"],
)
def test_where_nothing_can_tell_the_gate_says_so(pairs, options, why):
    found = ratio(pairs, **options)
    assert np.isnan(found.value)
    assert why in found.evidence


def test_lead_variants_without_different_scores_are_not_judged():
    pairs = linked_pairs()
    # Few variants have another score, and few of them lead.
    found = ratio(pairs.assign(raw=pairs["raw"].where(pairs.index % 50 == 1, 0.0)))
    assert np.isnan(found.value) or found.value < WARNS
    best = pairs.groupby("feature_id")["effect"].transform(
        lambda each: each.abs().max()
    )
    flat = pairs["raw"].where(pairs["effect"].abs() < best, 0.0)
    assert "do not" in ratio(pairs.assign(raw=flat)).evidence


def test_scores_that_agree_with_nothing_are_not_judged():
    pairs = linked_pairs()
    noise = np.random.default_rng(5).normal(size=len(pairs))
    found = ratio(pairs.assign(raw=noise))
    assert np.isnan(found.value)
    assert "do not agree" in found.evidence


def test_a_common_scale_of_a_features_effects_is_no_ld():
    # As among independent signals: features differ in scale, and none is linked.
    pairs = linked_pairs(r=0)
    scale = pairs["feature_id"].map(lambda name: 1 + int(name.removeprefix("gene")) % 7)
    pairs = pairs.assign(effect=pairs["effect"] * scale, raw=pairs["raw"] * scale)
    assert "too little LD" in ratio(pairs).evidence


def shuffled(pairs, share=1.0, seed=3):
    """Exchange statistics between some rows of each feature."""
    rng = np.random.default_rng(seed)
    rows = np.arange(len(pairs))
    for found in pairs.groupby("feature_id").indices.values():
        chosen = found[rng.random(len(found)) < share]
        rows[chosen] = rng.permutation(chosen)
    return pairs.assign(effect=pairs["effect"].to_numpy()[rows])


@pytest.mark.parametrize("r", [0.6, 0.8])
def test_neighbouring_effects_are_alike_unless_they_were_exchanged(r):
    pairs = linked_pairs(r=r)
    whole, some, none = (
        linked_effects(shuffled(pairs, share)).value for share in (0, 0.5, 1)
    )
    assert whole > 0.15 and none < 0.12
    assert none < some < whole


def test_missing_scores_leave_neighbours_that_are_farther_apart_and_less_alike():
    pairs = linked_pairs(r=0.6, n_each=30)
    ids = pairs["variant_id"].unique()
    left = ids[np.random.default_rng(3).random(len(ids)) < 0.4]
    whole, some = map(linked_effects, (pairs, pairs[pairs["variant_id"].isin(left)]))
    assert some.value < whole.value

    def median_bp(measured):
        return int(re.search(r"a median of ([\d,]+) bp apart", measured.evidence)[1])

    assert median_bp(some) > median_bp(whole)


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        (linked_pairs(gap_bp=10_000), "near neighbours"),
        (linked_pairs(n_features=20), "near neighbours"),
        (linked_pairs().assign(unit="log2FC"), "not slopes of a regression"),
    ],
)
def test_effects_of_variants_that_are_not_linked_are_not_compared(pairs, why):
    found = linked_effects(pairs)
    assert np.isnan(found.value) and why in found.evidence


def test_a_table_of_independent_variants_is_not_one_of_linked_ones():
    pairs = linked_pairs(n_features=600, n_each=6)
    pos = pairs["variant_id"].str.split("_").str[1].astype(int)
    # Two of six neighbours are near each other.
    far = np.arange(len(pairs)) % 6 // 3 * 20_000 + np.arange(len(pairs)) % 3 * 20_000
    ids = "chr1_" + (pos + far).astype(str) + "_A_G_b38"
    assert (
        "independent variants" in linked_effects(pairs.assign(variant_id=ids)).evidence
    )


def test_normal_quantiles_follow_ranks_alone():
    found = normal_quantiles(pd.Series([3.0, 1.0, 100.0]))
    np.testing.assert_allclose(found[0], 0, atol=1e-12)
    np.testing.assert_allclose(found[2], -found[1])
