import numpy as np
import pytest
from endobench.stats.tails import Spread, towards, with_heavy_tails

USUAL = Spread(0.1, 39)


def left_out(contributions):
    """Return the values without each block, given what each block contributes."""
    return 0.3 - np.asarray(contributions, dtype=float)


def test_even_contributions_change_nothing():
    even = left_out(np.tile([-0.001, 0.001], 20))
    assert with_heavy_tails(USUAL, even, 0.95) == USUAL


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_block_that_decides_widens_the_interval_on_its_side(sign):
    contributions = np.tile([-0.001, 0.001], 20)
    contributions[7] = sign * 0.2
    found = with_heavy_tails(USUAL, left_out(contributions), 0.95)
    # The jackknife's variance is nearly that of the one block.
    assert found.se == pytest.approx(0.2, rel=0.05)
    assert found.degrees == pytest.approx(2, abs=0.2)
    moved, kept = (found.above, found.below)[::sign]
    assert moved > 1 and kept == 1


@pytest.mark.parametrize("missing", [np.nan, np.inf])
def test_a_value_that_is_undefined_without_a_block_keeps_its_spread(missing):
    values = left_out([0.01, -0.01, 0.02])
    values[1] = missing
    with np.errstate(invalid="ignore"):
        assert with_heavy_tails(USUAL, values, 0.95) == USUAL


def test_the_end_on_the_side_of_the_skewness_is_moved_by_johnsons_term():
    assert towards(0, 20, 20, 0.95) == (1, 1)
    # 1 + skewness (1 + 2 t^2) / (6 t), where t = 2.086 for 20 degrees of freedom.
    term = 1 + 0.2 * (1 + 2 * 2.086**2) / 6 / 2.086
    assert towards(0.2, 20, 20, 0.95) == (1, pytest.approx(term, abs=1e-4))
    assert towards(-0.2, 20, 20, 0.95) == (pytest.approx(term, abs=1e-4), 1)
    assert towards(5, 20, 20, 0.95) == towards(1 / 3, 20, 20, 0.95)
