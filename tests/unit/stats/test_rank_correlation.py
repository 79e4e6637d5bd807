import numpy as np
import pytest
from endobench.stats.rank_correlation import spearman
from scipy.stats import spearmanr


@pytest.mark.parametrize("n_values", [3, 1_000_000])
def test_the_correlation_is_that_of_scipy_with_and_without_ties(n_values):
    rng = np.random.default_rng(1)
    one = rng.integers(0, n_values, 200)
    other = one + rng.integers(0, n_values, 200)
    expected = spearmanr(one, other).statistic
    assert spearman(one, other) == pytest.approx(expected)
    assert spearman(one, -other) == pytest.approx(-expected)


def test_a_constant_or_empty_vector_has_none():
    assert np.isnan(spearman([1, 1, 1], [1, 2, 3]))
    assert np.isnan(spearman([], []))
