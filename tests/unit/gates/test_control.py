import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import CONTROL_PAIRS
from endobench.design.gates import gates_of
from endobench.gates.control import (
    control_ceiling,
    control_features,
    control_scores,
    control_sign_copies,
    control_values,
    measure,
)
from frames import benchmark

FEATURES = [f"ENSG{i:05}.3" for i in range(100)]


def control_of(raw, effect=None, seed=0, **changes):
    """Return a joined control: one row per variant, each of its own feature."""
    rng = np.random.default_rng(seed)
    n = len(raw)
    effect = rng.normal(size=n) if effect is None else effect
    frame = pd.DataFrame(
        {
            "source_id": [f"chr1_{i}_A_G" for i in range(n)],
            "feature_id": [FEATURES[i % 100] for i in range(n)],
            "effect": effect,
            "effect_se": 0.1,
            "unit": "slope",
            "raw": raw,
            "control_se": 0.2,
            "control_feature": [f"peak_{i}" for i in range(n)],
        }
    )
    return frame.assign(**changes).reindex(columns=CONTROL_PAIRS.names)


def correlated(rho, n=400, seed=1):
    """Return two vectors with a correlation."""
    rng = np.random.default_rng(seed)
    effect, noise = rng.normal(size=(2, n))
    return effect, rho * effect + np.sqrt(1 - rho**2) * noise


@pytest.mark.parametrize("scale", [1, -1, 2.5, -0.01])
def test_a_copy_is_seen_with_any_sign_and_scale_and_rounded(scale):
    effect, _ = correlated(0)
    raw = np.array([float(f"{scale * each:.3g}") for each in effect])
    found = control_values(control_of(raw, effect))
    assert found.value > 0.95 and found.n == 400


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_a_part_that_is_copied_is_seen(share):
    effect, other = correlated(0.4)
    raw = np.where(np.arange(400) < 400 * share, effect, other)
    found = control_values(control_of(raw, effect))
    assert share - 0.02 <= found.value < share + 0.02
    assert "of 400 shared variants" in found.evidence


@pytest.mark.parametrize("rho", [0, 0.4, 0.88, -0.88])
@pytest.mark.parametrize("n", [30, 100, 3000])
def test_independent_values_of_any_agreement_pass(rho, n):
    for seed in range(10):
        effect, raw = correlated(rho, n, seed)
        assert control_values(control_of(raw, effect)).value < 0.04


def test_a_variant_counts_once():
    effect, raw = correlated(0.4, 100)
    rows = control_of(np.r_[effect, raw], np.r_[effect, effect])
    ids = [f"chr1_{i}_A_G" for i in range(100)]
    found = control_values(rows.assign(source_id=ids * 2))
    assert (found.value, found.n) == (1, 100)


def test_values_that_repeat_by_chance_are_not_judged():
    effect, _ = correlated(0)
    rounded = np.round(effect)
    assert np.isnan(control_values(control_of(rounded, rounded)).value)
    labels = control_of(effect, effect, unit="label")
    assert "labels" in control_values(labels).evidence
    few = control_values(control_of(effect[:29], effect[:29]))
    assert np.isnan(few.value) and few.n == 29


def test_features_of_the_effects_are_counted_whatever_their_version():
    genes = [each.replace(".3", ".11") for each in FEATURES]
    names = [genes[i] if i < 50 else f"peak_{i}" for i in range(400)]
    control = control_of(np.arange(400.0), control_feature=names)
    found = control_features(control, FEATURES)
    assert found.value == 50 / 400
    assert "one of 50 features" in found.evidence


@pytest.mark.parametrize(
    "name", ["rs{}", "chr1.{}", "chr1:{}", "1_{}_A_G", "chrX_{}_AC_A", "CHR2-{}"]
)
def test_a_feature_named_after_its_variant_is_not_shared(name):
    names = [name.format(i) for i in range(400)]
    control = control_of(np.arange(400.0), control_feature=names)
    assert control_features(control, names).value == 0


def test_a_peak_that_both_tables_have_is_shared():
    names = [f"chr1:{i}-{i + 500}" for i in range(400)]
    control = control_of(np.arange(400.0), control_feature=names)
    assert control_features(control, names).value == 1


def test_the_placeholder_of_tables_without_features_is_not_shared():
    for name in ("peak", None):
        control = control_of(np.arange(400.0), control_feature=name)
        assert control_features(control, ["peak"]).value == 0


def test_an_agreement_beyond_measurement_error_is_above_one():
    effect, _ = correlated(0)
    noise = np.random.default_rng(5).normal(size=400)
    values = [
        control_ceiling(control_of(effect + sd * noise, effect)).value
        for sd in (0, 0.1, 0.3, 1)
    ]
    assert values == sorted(values, reverse=True)
    assert values[0] > 1 and values[1] > 1 and values[-1] < 0.8


@pytest.mark.parametrize("flip", [1, -1])
def test_independent_measurements_of_one_truth_stay_below_their_ceiling(flip):
    rng = np.random.default_rng(3)
    for _ in range(10):
        truth = rng.normal(size=1000)
        effect, raw = truth + 0.3 * rng.normal(size=(2, 1000))
        control = control_of(flip * raw, effect, effect_se=0.3, control_se=0.3)
        assert 0.9 < control_ceiling(control).value < 1.02
    # Another assay measures something else, too.
    other = flip * (raw + rng.normal(size=1000))
    control = control_of(other, effect, effect_se=0.3, control_se=0.3)
    assert control_ceiling(control).value < 0.85


def test_without_standard_errors_there_is_no_ceiling():
    effect, raw = correlated(0.95)
    control = control_of(raw, effect, effect_se=np.nan, control_se=np.nan)
    assert np.isnan(control_ceiling(control).value)
    # One table with errors has a ceiling of its own.
    control = control_of(effect, effect, effect_se=0.5, control_se=np.nan)
    assert control_ceiling(control).value > 1


def test_variants_of_one_feature_decide_if_there_are_enough():
    effect, raw = correlated(0.3, 200)
    control = control_of(np.r_[effect, raw], np.r_[effect, effect])
    ids = [f"v{i}" for i in range(200)]
    twice = [*ids, *[f"w{i // 2}" for i in range(200)]]
    found = control_ceiling(control.assign(source_id=twice))
    assert found.n == 200 and found.value > 1


def test_a_control_that_shares_nothing_is_not_judged():
    found = measure(control_of([]), FEATURES)
    assert all(np.isnan(each.value) and each.n == 0 for each in found.values())
    assert set(found) == {gate.name for gate in gates_of("control")}


MADE = {
    "z scores": lambda effect, rng: effect / rng.uniform(0.05, 0.2, len(effect)),
    "signs": lambda effect, rng: np.sign(effect),
    "signs of REF, other sizes": lambda effect, rng: (
        -np.sign(effect) * np.abs(rng.normal(size=len(effect)))
    ),
}


@pytest.mark.parametrize("name", MADE)
def test_a_control_with_all_signs_of_the_effects_is_no_control(name):
    effect, _ = correlated(0, 1_000)
    raw = MADE[name](effect, np.random.default_rng(3))
    assert control_sign_copies(control_of(raw, effect)).value < 0.008


@pytest.mark.parametrize("rho", [0, 0.4, 0.88, -0.88])
@pytest.mark.parametrize("n", [321, 3_000])
def test_independent_assays_have_some_opposite_signs(rho, n):
    for seed in range(10):
        effect, raw = correlated(rho, n, seed)
        assert control_sign_copies(control_of(raw, effect)).value > 0.1


def test_signs_are_not_compared_where_that_says_nothing():
    effect, raw = correlated(0.9, 299)
    assert np.isnan(control_sign_copies(control_of(raw, effect)).value)
    effect, raw = correlated(0.9)
    found = control_sign_copies(control_of(raw, effect), is_signed=False)
    assert "effect allele" in found.evidence


def test_a_control_that_holds_the_scores_agrees_with_them():
    pairs, _ = benchmark(n_features=200)
    rng = np.random.default_rng(2)
    noise = rng.normal(size=len(pairs)) * pairs["raw"].std()
    other = pairs.drop_duplicates("variant_id")
    for share, is_seen in ((0, True), (0.05, True), (1, False)):
        control = other.assign(raw=3 * other["raw"] + 3 * share * noise[other.index])
        assert (control_scores(pairs, control).value > 0.97) == is_seen
    assert "no positive control" in control_scores(pairs, None).evidence
    assert np.isnan(control_scores(pairs, other.assign(raw=1.0)).value)
    assert np.isnan(control_scores(pairs, other.head(10)).value)
