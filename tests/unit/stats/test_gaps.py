import numpy as np
import pytest
from endobench.stats.gaps import MIN_ROWS, gap_between

N = 400


def drawn(seed, rho=0.6):
    rng = np.random.default_rng(seed)
    effect = rng.normal(size=N)
    return effect, rho * effect + np.sqrt(1 - rho**2) * rng.normal(size=N), rng


def test_parts_that_agree_alike_rarely_differ():
    found = []
    for seed in range(200):
        effect, score, rng = drawn(seed)
        found.append(gap_between(effect, score, rng.random(N) < 0.7)[0] > 0)
    # One side of a 95 % interval.
    assert np.mean(found) < 0.06


def test_the_correlations_are_those_of_both_parts():
    effect, score, rng = drawn(1)
    is_kept = rng.random(N) < 0.7
    low, kept, others = gap_between(effect, np.where(is_kept, score, -score), is_kept)
    assert kept > 0.4 and others < -0.2
    assert 0 < low < kept - others
    reverse = gap_between(effect, np.where(is_kept, score, -score), ~is_kept)
    assert reverse[1:] == (others, kept)
    assert reverse[0] < 0


@pytest.mark.parametrize("n", [0, MIN_ROWS - 1])
def test_few_pairs_tell_nothing(n):
    effect, score, _ = drawn(1)
    assert gap_between(effect, score, np.arange(N) < n) is None
    assert gap_between(effect, np.ones(N), np.arange(N) < N / 2) is None
