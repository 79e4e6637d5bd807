import numpy as np
import pandas as pd
import pytest
from endobench.stats.reliability import reliability


def pairs_of(truth_sd=1.0, error_sd=0.5, n=20_000, seed=1):
    """Return effects with measurement errors of a known size."""
    rng = np.random.default_rng(seed)
    effect = rng.normal(0, truth_sd, n) + rng.normal(0, error_sd, n)
    return pd.DataFrame({"effect": effect, "effect_se": error_sd, "unit": "slope"})


@pytest.mark.parametrize("error_sd", [0.1, 0.5, 2.0])
def test_reliability_is_the_share_of_variance_without_errors(error_sd):
    value, n = reliability(pairs_of(error_sd=error_sd))
    assert value == pytest.approx(1 / (1 + error_sd**2), abs=0.02)
    assert n == 20_000


def test_neither_unit_sign_nor_origin_of_the_effects_matters():
    pairs = pairs_of()
    expected = pytest.approx(reliability(pairs)[0])
    turned = pairs.assign(effect=3 - 10 * pairs["effect"], effect_se=5.0)
    assert reliability(turned)[0] == expected
    assert reliability(pairs.sample(frac=1, random_state=1))[0] == expected
    # With the types that a table may have after reading.
    read = pairs.assign(unit=pairs["unit"].astype("category"))
    read = read.astype({"effect": "float32", "effect_se": "float32"})
    assert reliability(read)[0] == pytest.approx(reliability(pairs)[0], rel=1e-4)


@pytest.mark.parametrize("error", [np.nan, 0.0, -1.0])
def test_pairs_without_a_standard_error_are_left_out(error):
    pairs = pairs_of(n=100)
    part = pairs.assign(effect_se=pairs["effect_se"].where(pairs.index >= 40, error))
    assert reliability(part) == reliability(pairs.iloc[40:])
    value, n = reliability(pairs.assign(effect_se=error))
    assert np.isnan(value) and n == 0


def test_p_values_have_no_reliability():
    value, n = reliability(pairs_of(n=100).assign(unit="p_value"))
    assert np.isnan(value) and n == 0


@pytest.mark.parametrize("n", [0, 1, 100])
def test_constant_effects_have_no_reliability(n):
    value, n_used = reliability(pairs_of(n=n).assign(effect=0.3))
    assert np.isnan(value) and n_used == n


def test_effects_that_vary_less_than_their_errors_have_a_negative_reliability():
    assert reliability(pairs_of(n=100).assign(effect_se=5.0))[0] < 0
