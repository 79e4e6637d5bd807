import numpy as np
import pytest
from endobench.stats.agreement import Signed
from endobench.stats.bootstrap import bootstrap, difference
from endobench.stats.trends import LEAST_ANSWERED, ShareAnswered, SizeTrends


def simulated(rng, slope=0.0, n=400, n_blocks=80):
    """Return effects and scores whose signs agree in 0.7 +- slope / 2 by size.

    A block shares whether its signs agree more or less often than others.
    """
    block = np.arange(n) % n_blocks
    size = rng.exponential(size=n)
    effect = size * rng.choice([-1, 1], n)
    share = np.argsort(np.argsort(size)) / n
    of_block = rng.normal(0, 0.1, n_blocks)[block]
    is_right = rng.random(n) < 0.7 + slope * (share - 0.5) + of_block
    score = np.where(is_right, 1, -1) * np.sign(effect) * rng.exponential(size=n)
    bins = (share * 5).astype(int)
    return effect, score, bins, block, n_blocks


def p_values(statistic, block, n_blocks, n_resamples=100):
    [values], [replicates] = bootstrap(
        [statistic], n_blocks, n_resamples=n_resamples, seed=1
    )
    sizes = np.bincount(block)
    return [
        difference(0.0, np.zeros(n_resamples), value, each, sizes).p
        for value, each in zip(values, replicates.T, strict=True)
    ]


def test_a_slope_is_the_change_from_the_smallest_to_the_largest():
    rng = np.random.default_rng(1)
    found = [
        SizeTrends(*simulated(rng, slope=0.4, n=4000))(np.ones(80)) for _ in range(10)
    ]
    # A score of independent size ranks a positive above a negative as often as signs agree.
    assert np.mean(found, axis=0) == pytest.approx([0.4, 0.4], abs=0.04)
    assert (np.array(found) > 0.2).all()


@pytest.mark.studies
def test_no_trend_is_found_in_about_one_of_twenty_and_a_trend_in_most():
    rng = np.random.default_rng(3)
    rejected = {}
    for slope, n_trials in ((0.0, 300), (0.4, 40)):
        trials = [simulated(rng, slope) for _ in range(n_trials)]
        p = np.array([p_values(SizeTrends(*each), *each[3:]) for each in trials])
        rejected[slope] = (p < 0.05).mean(axis=0)
    # Three standard errors of 300 trials.
    assert (np.abs(rejected[0.0] - 0.05) < 0.038).all()
    assert (rejected[0.4] > 0.6).all()


def test_a_resample_has_the_slopes_of_its_pairs():
    effect, score, bins, block, n_blocks = simulated(np.random.default_rng(5))
    counts = np.random.default_rng(6).integers(0, 3, n_blocks)
    statistic = SizeTrends(effect, score, bins, block, n_blocks)
    rows = np.repeat(np.arange(len(effect)), counts[block])
    values = []
    for each in range(5):
        inside = rows[bins[rows] == each]
        agreed = Signed(effect[inside], score[inside], np.zeros(len(inside), int), 1)
        names = dict(zip(Signed.NAMES, agreed.estimate(), strict=True))
        values.append(names["sign_auroc"])
    # Bins are equally large, so that the slope is that of a plain line.
    expected = np.polyfit((np.arange(5) + 0.5) / 5, values, 1)[0]
    assert statistic(counts)[1] == pytest.approx(expected)
    several = statistic(np.stack([counts, np.ones(n_blocks, int)]))
    assert several.shape == (2, 2)
    np.testing.assert_allclose(several[0], statistic(counts))


def test_the_number_of_bins_is_at_least_two():
    with pytest.raises(ValueError, match="at least two bins"):
        SizeTrends(np.ones(5), np.ones(5), np.zeros(5, int), np.zeros(5, int), 1)


def brute(size, is_right, accuracy):
    """Return the largest share of the pairs that is accurate enough."""
    best = 0
    for limit in np.unique(size):
        inside = size >= limit
        if inside.sum() >= LEAST_ANSWERED and is_right[inside].mean() >= accuracy:
            best = max(best, inside.sum())
    return best / len(size)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("n_decimals", [0, 1, 6])
def test_the_share_answered_counts_equal_scores_together(seed, n_decimals):
    rng = np.random.default_rng(seed)
    size = np.round(rng.exponential(size=200), n_decimals)
    is_right = rng.random(200) < 0.6 + 0.35 * (size > 0.5)
    block = rng.integers(10, size=200)
    counts = rng.integers(0, 3, 10)
    statistic = ShareAnswered(size, is_right, block, 0.9)
    assert statistic(np.ones(10))[0] == pytest.approx(brute(size, is_right, 0.9))
    rows = np.repeat(np.arange(200), counts[block])
    expected = brute(size[rows], is_right[rows], 0.9)
    assert statistic(np.stack([counts, counts]))[:, 0] == pytest.approx(expected)


@pytest.mark.parametrize(("is_right", "expected"), [(True, 1.0), (False, 0.0)])
def test_all_or_none_is_answered(is_right, expected):
    size = np.arange(50.0)
    found = ShareAnswered(size, np.full(50, is_right), np.zeros(50, int), 0.9)
    assert found(np.ones(1))[0] == expected


def test_a_few_pairs_are_not_answered():
    n = LEAST_ANSWERED - 1
    found = ShareAnswered(np.arange(n), np.ones(n), np.zeros(n, int), 0.9)
    assert found(np.ones(1))[0] == 0
