import numpy as np
import pytest
from endobench.stats.clustered_ranks import (
    MIN_PAIRS,
    Ranks,
    agreement,
    interval_of,
    p_value,
)
from scipy.stats import spearmanr

N = 400


def correlated(rho, seed=1):
    rng = np.random.default_rng(seed)
    effect, noise = rng.normal(size=(2, N))
    return effect, rho * effect + np.sqrt(1 - rho**2) * noise


def parts_of(effect, score, is_part, cluster=None):
    """Return the agreement of a part and of its rest."""
    ranks = Ranks(effect, score, np.arange(N) if cluster is None else cluster)
    sums, everything = ranks.sums(is_part), ranks.sums(np.ones(N, dtype=bool))
    return agreement(sums), agreement(everything - sums)


def test_the_agreement_of_all_pairs_is_spearmans_correlation():
    effect, score = correlated(0.6)
    found = agreement(Ranks(effect, score, np.arange(N)).sums(np.ones(N, dtype=bool)))
    assert found.rho == pytest.approx(spearmanr(effect, score).statistic)
    assert (found.n, found.n_clusters) == (N, N)
    low, high = interval_of(found)
    assert low < found.rho < high


def test_a_cluster_of_copies_counts_once():
    effect, score = correlated(0.6)
    cluster = np.arange(N) // 10
    copies = effect[cluster], score[cluster]
    everything = np.ones(N, dtype=bool)
    alone, together = (
        agreement(Ranks(*copies, each).sums(everything))
        for each in (np.arange(N), cluster)
    )
    assert alone.rho == pytest.approx(together.rho)
    widths = [np.ptp(interval_of(each)) for each in (alone, together)]
    assert widths[1] > 2 * widths[0]


def test_a_flipped_part_differs_from_its_rest_and_a_random_one_does_not():
    effect, score = correlated(0.6)
    is_part = np.arange(N) % 4 == 0
    assert p_value(*parts_of(effect, score, is_part), least=0.75) > 0.05
    flipped = np.where(is_part, -score, score)
    assert p_value(*parts_of(effect, flipped, is_part), least=0.75) < 1e-6
    # Which of the two is the part makes no difference.
    part, rest = parts_of(effect, flipped, is_part)
    assert p_value(part, rest, 0.5) == p_value(rest, part, 0.5)


def test_few_or_equal_pairs_have_no_agreement():
    effect, score = correlated(0.6)
    few, others = parts_of(effect, score, np.arange(N) < MIN_PAIRS - 1)
    assert few is None
    assert others.n == N - MIN_PAIRS + 1
    constant, _ = parts_of(np.ones(N), score, np.arange(N) < 100)
    assert constant is None
