import numpy as np
import pytest
from endobench.stats.rank_interval import rank_interval


def drawn(rng, truth, n_resamples=200, se=0.1):
    """Return values with an error, and resamples of the same error around them."""
    values = truth + rng.normal(0, se, len(truth))
    return values, values + rng.normal(0, se, (n_resamples, len(truth)))


def ranked(values, resamples):
    return rank_interval(values[0], resamples[:, 0], values[1:], resamples[:, 1:])


def test_a_clear_order_has_a_certain_rank():
    rng = np.random.default_rng(1)
    for place in range(5):
        truth = np.delete(np.arange(5.0)[::-1], place)
        values, resamples = drawn(rng, np.append(4.0 - place, truth))
        found = ranked(values, resamples)
        assert (found.rank, found.low, found.high) == (place + 1, place + 1, place + 1)
        assert found.n == 5
    # The last one is certainly not better than the middle.
    assert found.p == 1


@pytest.mark.parametrize("spread", [0.0, 0.15])
def test_the_interval_covers_the_true_rank(spread):
    """With ties, any rank that they allow is true."""
    rng = np.random.default_rng(2)
    covered, significant = [], []
    for _ in range(200):
        truth = np.append(0.0, rng.normal(0, spread, 20))
        values, resamples = drawn(rng, truth)
        found = ranked(values, resamples)
        best, worst = (truth[1:] > 0).sum() + 1, (truth[1:] >= 0).sum() + 1
        covered.append(found.low <= best and found.high >= worst)
        significant.append(found.p < 0.05 and worst >= 11)
    assert np.mean(covered) >= 0.93
    assert np.mean(significant) <= 0.07


def test_the_p_value_agrees_with_the_interval():
    rng = np.random.default_rng(3)
    for shift in np.linspace(0, 0.8, 30):
        values, resamples = drawn(rng, np.append(shift, np.zeros(12)))
        found = ranked(values, resamples)
        assert (found.high < 7) == (found.p < 0.05) or 0.04 < found.p < 0.06
        assert found.low <= found.rank <= found.high


def test_missing_values_are_left_out_and_equal_ones_are_tied():
    values = np.array([0.5, np.nan, 0.5, 0.2])
    resamples = np.tile(values, (50, 1))
    found = ranked(values, resamples)
    assert (found.rank, found.low, found.high, found.n) == (1, 1, 2, 3)
    alone = rank_interval(0.5, np.full(9, 0.5), [], np.empty((9, 0)))
    assert alone.n == 1 and np.isnan(alone.low)


def test_scores_that_are_constant_in_many_resamples_decide_nothing():
    """A few tracks with one score other than 0 must not leave a handful of resamples."""
    rng = np.random.default_rng(4)
    values, resamples = drawn(rng, np.linspace(0.3, 0, 15))
    sparse = np.where(rng.random((200, 12)) < 0.4, np.nan, 0.0)
    found = ranked(np.append(values, np.zeros(12)), np.hstack([resamples, sparse]))
    assert found == ranked(values, resamples)
    # A value that is rarely missing is still compared.
    resamples[:10, 3] = np.nan
    assert ranked(values, resamples).n == 15
    resamples[:30, 0] = np.nan
    assert np.isnan(ranked(values, resamples).low)
