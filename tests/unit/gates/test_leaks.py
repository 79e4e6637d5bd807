import numpy as np
import pandas as pd
import pytest
from endobench.gates.leaks import (
    at_resolution,
    neighbour_scores,
    neighbour_ties,
    score_effect_ratio,
)
from linked import linked_pairs


def variants(n=600, gap_bp=100, seed=3):
    rng = np.random.default_rng(seed)
    ids = [f"chr1_{1_000 + gap_bp * i}_A_G_b38" for i in range(n)]
    return pd.DataFrame({"variant_id": ids, "raw": rng.standard_t(3, n)})


@pytest.mark.parametrize("gap_bp", [40, 100, 1_000])
def test_scores_averaged_over_neighbours_are_alike(gap_bp):
    alone = variants(gap_bp=gap_bp)
    mean = alone["raw"].rolling(3, center=True, min_periods=1).mean()
    assert neighbour_scores(alone, True, False).value < 0.03
    assert neighbour_scores(alone.assign(raw=mean), True, False).value > 0.05
    # In any order of rows.
    shuffled = alone.assign(raw=mean).sample(frac=1, random_state=1)
    assert neighbour_scores(shuffled, True, False).value > 0.05


def test_a_signal_of_the_region_is_alike_within_elements():
    region = np.repeat(np.random.default_rng(4).normal(size=150), 4)
    alone = variants(gap_bp=60)
    score = alone["raw"] / 3 + region
    found = neighbour_scores(alone.assign(raw=score), True, False)
    assert found.value > 0.05
    assert "30 to 250 bp apart" in found.evidence


def test_neighbours_in_one_motif_or_far_away_are_not_compared():
    for gap_bp in (3, 200_000):
        found = neighbour_scores(variants(gap_bp=gap_bp).iloc[:8], True, False)
        assert np.isnan(found.value)
    assert "unsigned" in neighbour_scores(variants(), False, False).evidence
    assert "assay" in neighbour_scores(variants(), True, True).evidence
    other = variants(40)
    other["variant_id"] = [f"chr{i}_5_A_G_b38" for i in range(40)]
    assert np.isnan(neighbour_scores(other, True, False).value)


def test_equal_scores_of_neighbours_are_counted_whatever_their_sign():
    alone = variants()
    assert neighbour_ties(alone).value == 0
    group = alone["raw"].to_numpy()[np.arange(len(alone)) // 4 * 4]
    sign = np.where(np.arange(len(alone)) % 2, 1, -1)
    for raw in (group, group * sign):
        found = neighbour_ties(alone.assign(raw=raw))
        assert found.value == pytest.approx(0.75, abs=0.02)
    # The same scores, but not of neighbours.
    apart = np.random.default_rng(5).permutation(group)
    assert neighbour_ties(alone.assign(raw=apart)).value < 0.01


def test_the_most_common_score_is_left_to_its_own_gate():
    alone = variants()
    zero = alone["raw"].where(np.arange(len(alone)) % 10 > 2, 0.0)
    assert neighbour_ties(alone.assign(raw=zero)).value == 0
    assert np.isnan(neighbour_ties(alone.iloc[:5]).value)


def test_rounded_scores_are_equal_by_chance_alone():
    alone = variants(2_000)
    assert neighbour_ties(alone.assign(raw=alone["raw"].round(1))).value < 0.01


def test_a_multiple_of_the_effect_is_found_even_for_few_variants():
    pairs = linked_pairs()
    assert score_effect_ratio(pairs).value < 0.02
    for share, factor in ((0.1, 0.5), (0.3, -2.0), (1.0, 1e-3)):
        is_copied = np.random.default_rng(6).random(len(pairs)) < share
        raw = pairs["raw"].where(~is_copied, factor * pairs["effect"])
        found = score_effect_ratio(pairs.assign(raw=raw))
        assert found.value == pytest.approx(share, abs=0.03)
        assert f"{factor:.3g} times an effect"[:4] in found.evidence


def test_a_copied_mean_of_a_variants_effects_is_found():
    pairs = linked_pairs()
    twice = pd.concat([pairs, pairs.assign(effect=pairs["effect"] + 1)])
    mean = twice.groupby("variant_id")["effect"].transform("mean")
    assert score_effect_ratio(twice.assign(raw=0.3 * mean)).value > 0.9


def test_effects_of_two_values_have_ratios_by_chance_alone():
    pairs = linked_pairs()
    signs = np.sign(pairs["effect"])
    raw = pairs["raw"].round(1)
    assert score_effect_ratio(pairs.assign(effect=signs, raw=raw)).value < 0.02
    assert np.isnan(score_effect_ratio(pairs.iloc[:9]).value)
    assert score_effect_ratio(pairs.assign(raw=0.0)).value == 0


def test_jittered_values_are_equal_at_the_resolution_and_others_are_not():
    values = np.array([0.0, 1e-9, -1e-9, -0.0, 0.5, 0.5 + 1e-7, 1.0, 1.1])
    steps = at_resolution(values)
    assert len(np.unique(steps)) == 4
    assert (at_resolution(values * 1e6) == steps).all()
    assert (at_resolution(np.zeros(3)) == 0).all()
