import numpy as np
import pytest
from endobench.gates.effect_tables.rounding import Rounding

RNG = np.random.default_rng(1)
VALUES = RNG.normal(0, 1, 1_000) * 10 ** RNG.uniform(-2, 1, 1_000)


def halves(values, *parts):
    rounding = Rounding()
    for part in parts or [values]:
        rounding.look(part)
    return rounding.halves(values)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_decimal_places_leave_the_same_open_for_all_values(n):
    assert halves(VALUES.round(n)) == pytest.approx(0.5 * 10.0**-n)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_digits_leave_a_share_of_each_value_open(n):
    rounded = np.array([float(f"{value:.{n - 1}e}") for value in VALUES])
    found = halves(rounded) / np.abs(rounded)
    assert found.max() <= 0.5 * 10.0 ** (1 - n) * (1 + 1e-9)
    assert found.min() >= 0.5 * 10.0**-n * (1 - 1e-9)


def test_exact_values_leave_nothing_open():
    assert not halves(VALUES).any()
    assert not halves(np.array([float(f"{value:.5e}") for value in VALUES])).any()
    # One exact part is enough, and missing values say nothing.
    rounded = VALUES.round(2)
    assert not halves(rounded, rounded, VALUES[:3]).any()
    assert (halves(rounded, np.append(rounded, np.nan)) > 0).all()
