import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.core.columns import EFFECTS
from endobench.gates.effect_tables import p_values
from frames import parts_of

N = 5_000


def table(freedom=60, spoil=0.0):
    """Return effects whose p values are those of a t, some of them to another power."""
    rng = np.random.default_rng(3)
    effect_se = rng.uniform(0.05, 0.2, N)
    effect = effect_se * rng.normal(0, 8, N)
    p_value = 2 * scipy.stats.t.sf(np.abs(effect / effect_se), freedom)
    power = np.where(rng.random(N) < spoil, rng.uniform(0.8, 1.2, N), 1)
    frame = {"effect": effect, "effect_se": effect_se, "p_value": p_value**power}
    return pd.DataFrame(frame).reindex(columns=EFFECTS.names)


def agreement(frame, n_rows=None):
    return p_values.effect_p_agreement(parts_of(frame, EFFECTS, n_rows), 0)


@pytest.mark.parametrize("freedom", [3, 60, 670])
def test_degrees_of_freedom_are_found(freedom):
    found = agreement(table(freedom))
    assert found[:2] == (0, N)
    assert f" {freedom} degrees of freedom" in found.evidence


def test_a_normal_is_a_t_with_many_degrees_of_freedom():
    assert " 100,000 degrees of freedom" in agreement(table(1e9)).evidence


@pytest.mark.parametrize("freedom", [3, 60])
def test_close_calls_are_computed(freedom):
    frame = table(freedom, spoil=0.4)
    implied = table(freedom)["p_value"]
    given, implied = (np.log10(each) for each in (frame["p_value"], implied))
    is_unlike = (implied - given).abs() / np.maximum(given.abs(), 1) > 0.1
    assert 100 < is_unlike.sum() < N / 4
    found = agreement(frame)
    assert found.value == is_unlike.mean()
    for log_p in (given, implied):
        assert f"(median {10 ** log_p.median():.2g}" in found.evidence


@pytest.mark.parametrize("n_rows", [101, 1_999, 3_000])
def test_neither_order_nor_parts_nor_repeated_rows_change_the_fit(n_rows):
    frame = table(spoil=0.4)
    other = frame.sample(frac=1, random_state=1)
    assert agreement(other, n_rows) == agreement(frame)
    twice = agreement(pd.concat([other, frame]), n_rows)
    assert twice.value == agreement(frame).value
    assert twice.n == 2 * N


@pytest.mark.parametrize(("places", "digits"), [(2, None), (3, None), (None, 2)])
def test_rounded_effects_and_errors_may_have_the_exact_p_values(places, digits):
    frame = table()
    if digits:
        values = frame[["effect", "effect_se"]]
        rounded = values.map(lambda value: float(f"{value:.{digits - 1}e}"))
    else:
        rounded = frame[["effect", "effect_se"]].round(places)
        rounded = rounded[rounded["effect_se"] > 0]
    found = agreement(frame.assign(**rounded).dropna(subset="effect_se"))
    assert found.value < 0.01
    # Those of another row are still seen.
    others = frame["p_value"].sample(frac=1, random_state=1).to_numpy()
    assert agreement(frame.assign(**rounded, p_value=others)).value > 0.2
    # As many digits as in most tables leave nothing open.
    powers = table(spoil=0.4)["p_value"]
    exact = agreement(frame.assign(p_value=powers)).value
    long = frame[["effect", "effect_se"]].map(lambda value: float(f"{value:.5e}"))
    assert agreement(frame.assign(**long, p_value=powers)).value == pytest.approx(
        exact, abs=0.001
    )


def test_numbers_that_are_no_p_values_contradict_the_effects():
    frame = table()
    frame.loc[:9, "p_value"] = [-1e-9, 1.5, 2, -3, 50, 1.1, -1, 7, 8, 9]
    assert agreement(frame).value == 10 / N


def test_rows_without_an_error_are_not_compared():
    frame = table()
    frame.loc[:9, "effect_se"] = 0
    frame.loc[10:19, "effect_se"] = np.nan
    frame.loc[20:29, "p_value"] = np.nan
    assert agreement(frame)[:2] == (0, N - 30)


def test_golden_section_search_finds_the_minimum():
    for lowest in (0.0, 0.3, 1.0):
        found = p_values._lowest(lambda x, at=lowest: abs(x - at), 0, 1)
        assert found == pytest.approx(lowest, abs=1e-6)
