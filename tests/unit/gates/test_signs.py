import numpy as np
import pandas as pd
import pytest
from alarms import SEEDS, alarms_of
from endobench.gates.parts import measure as measure_parts
from endobench.gates.parts import parts_of_benchmark
from endobench.gates.signs import control_signs, measure, replicate_signs
from frames import benchmark


def flipped(pairs, is_flipped):
    return pairs.assign(effect=pairs["effect"].where(~is_flipped, -pairs["effect"]))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rho", [0, 0.1, 0.5, 0.9])
def test_clean_pairs_raise_no_alarm(seed, rho):
    clean, _ = benchmark(n_features=300, rho=rho, seed=seed)
    assert alarms_of(measure(clean)) == {}


def test_a_clean_control_raises_no_alarm():
    clean, _ = benchmark(n_features=300)
    control, _ = benchmark(n_features=300, seed=2)
    assert alarms_of({"control_signs": control_signs(control)}) == {}


def test_flipped_rows_features_and_variants_are_a_share_of_opposite_signs():
    clean, _ = benchmark(n_features=1_500, rho=0.7)
    rng = np.random.default_rng(3)
    by_row = rng.random(len(clean)) < 0.2
    features = rng.choice(clean["feature_id"].unique(), 300, replace=False)
    for is_flipped in (by_row, clean["feature_id"].isin(features)):
        broken = flipped(clean, is_flipped)
        assert alarms_of(measure(broken)) == {"opposite_signs": "fail"}
        # No part stands out.
        assert alarms_of(measure_parts(parts_of_benchmark(broken))) == {}
    broken = flipped(clean, by_row)
    measured = measure(broken) | {"control_signs": control_signs(broken)}
    assert set(alarms_of(measured)) == {"opposite_signs", "control_signs"}


def cohorts(n=1_000, seed=3):
    """Return the effects of two cohorts, with errors of a third of their spread."""
    rng = np.random.default_rng(seed)
    effect = rng.normal(size=n)
    other = effect + 0.3 * rng.normal(size=n)
    return pd.DataFrame({"effect": effect, "replicate_effect": other})


@pytest.mark.parametrize(
    ("share", "verdict"), [(0.0, None), (0.07, "fail"), (0.3, "fail")]
)
def test_signs_that_are_opposite_in_a_second_cohort_are_seen(share, verdict):
    both = cohorts()
    is_flipped = np.random.default_rng(4).random(len(both)) < share
    both["effect"] *= np.where(is_flipped, -1, 1)
    found = replicate_signs(both)
    assert found.value <= share
    assert alarms_of({"replicate_signs": found}).get("replicate_signs") == verdict
    shifted = replicate_signs(both + 0.5, null=0.5)
    assert shifted.value == pytest.approx(found.value)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", [0.0, 0.05, 0.3])
def test_noise_in_both_cohorts_has_no_opposite_signs(share, seed):
    """As in an assay of which few variants have an effect, each with equal errors."""
    pairs, _ = benchmark(n_features=600, seed=seed)
    rng = np.random.default_rng(seed)
    true = np.where(rng.random(len(pairs)) < share, 8 * rng.normal(size=len(pairs)), 0)
    effect, other = true + rng.normal(size=(2, len(pairs)))
    pairs = pairs.assign(effect=effect, effect_se=1.0)
    replicates = pairs[["variant_id", "feature_id", "effect"]]
    replicates = replicates.assign(replicate_effect=other)
    replicates = replicates.sample(frac=1, random_state=seed)
    found = {"replicate_signs": measure(pairs, replicates)["replicate_signs"]}
    assert alarms_of(found) == {}
    # Where effects are told from noise, flipped ones are still seen.
    is_flipped = rng.random(len(replicates)) < 0.3
    sign = np.where(is_flipped, -1, 1)
    broken = replicates.assign(replicate_effect=sign * replicates["replicate_effect"])
    found = {"replicate_signs": measure(pairs, broken)["replicate_signs"]}
    if share == 0.3:
        assert alarms_of(found) == {"replicate_signs": "fail"}


def test_few_pairs_of_two_cohorts_are_not_checked():
    for replicates in (None, cohorts(100)):
        assert np.isnan(replicate_signs(replicates).value)


def test_without_signs_none_are_opposite():
    pairs, _ = benchmark(n_features=300)
    measured = measure(pairs, cohorts(), is_signed=False)
    measured["control_signs"] = control_signs(pairs, is_signed=False)
    for found in measured.values():
        assert np.isnan(found.value)
        assert "no signs" in found.evidence
