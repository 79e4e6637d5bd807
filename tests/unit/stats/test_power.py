import warnings

import numpy as np
import pytest
import scipy.stats
from endobench.stats.agreement import Signed
from endobench.stats.bootstrap import bootstrap, effective_blocks, interval
from endobench.stats.power import MOST, POWER, detectable_spearman


def test_with_many_blocks_the_correlation_is_cohens():
    # Cohen 1988, table 3.3.5: 84 pairs detect 0.3 with a power of 0.8. A rank correlation
    # varies a little more than Pearson's.
    assert detectable_spearman(84, 1e6) == pytest.approx(0.305, abs=0.005)


def test_the_correlation_falls_with_pairs_and_with_blocks():
    by_pairs = [detectable_spearman(n, 50) for n in (10, 100, 1000)]
    by_blocks = [detectable_spearman(200, each) for each in (2, 4, 10, 100)]
    for found in (by_pairs, by_blocks):
        assert found == sorted(found, reverse=True)
    assert by_blocks[0] > 1.9 * by_blocks[-1]


def test_the_power_is_that_of_the_noncentral_t():
    for degrees in (3, 12, 80):
        rho = detectable_spearman(150, degrees)
        distance = np.arctanh(rho) * np.sqrt(147 / (1 + rho**2 / 2))
        limit = scipy.stats.t.ppf(0.975, degrees)
        found = scipy.stats.nct.sf(limit, degrees, distance)
        assert found == pytest.approx(POWER, abs=0.002)


@pytest.mark.parametrize(
    ("n_eff", "degrees"),
    [(np.nan, 20), (3, 20), (4, 2), (125, 0.3), (125, 0), (125, np.nan)],
)
def test_where_no_correlation_is_found_there_is_no_smallest_one(n_eff, degrees):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(detectable_spearman(n_eff, degrees))


def planted(seed, rho, block, n_blocks):
    """Return pairs with a planted Spearman correlation."""
    generator = np.random.default_rng(seed)
    score = generator.normal(size=len(block))
    # Of bivariate normal pairs.
    r = 2 * np.sin(np.pi * rho / 6)
    effect = r * score + np.sqrt(1 - r**2) * generator.normal(size=len(block))
    return Signed(effect, score, block, n_blocks)


@pytest.mark.studies
@pytest.mark.parametrize(
    "sizes",
    [(12,) * 40, (40,) * 6, (100, 60, 40, 20, 10, 10)],
    ids=["many", "few", "unequal"],
)
def test_a_planted_correlation_is_found_as_often_as_stated(sizes):
    block, n = np.repeat(np.arange(len(sizes)), sizes), 200
    # Of independent pairs, all are effective.
    rho = detectable_spearman(len(block), effective_blocks(sizes) - 1)
    assert 0 < rho < MOST
    n_found = 0
    for seed in range(n):
        signed = planted(seed, rho, block, len(sizes))
        (values,), (drawn,) = bootstrap([signed], len(sizes), n_resamples=100, seed=1)
        found = interval(values[0], drawn[:, 0], sizes, "spearman")
        n_found += found.p < 0.05
    low, high = scipy.stats.binom.ppf([0.0005, 0.9995], n, POWER)
    assert low <= n_found <= high
