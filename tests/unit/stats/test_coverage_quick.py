"""The study of `make coverage` in seconds, and its committed table."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from coverage_study import DESIGNS, RHOS, Effort, count, simulate, truth
from workflow import ROOT

N = 100
EFFORT = Effort(N, N, n_resamples=150, n_draws=99, with_others=False)
# The range of counts in 999 of 1,000 studies of this size, at 95 % coverage.
LOW, HIGH = scipy.stats.binom.ppf([0.0005, 0.9995], N, 0.95)


@pytest.fixture(scope="module")
def counted():
    return count(DESIGNS[1], 0.0, range(N), EFFORT)


@pytest.mark.parametrize("metric", list(truth(0)))
def test_block_intervals_cover_and_analytic_ones_do_not(counted, metric):
    assert counted["n", metric, "block", "coverage"] == N
    assert LOW <= counted[metric, "block", "coverage"] <= HIGH
    assert counted[metric, "analytic", "coverage"] < 0.93 * N


def test_block_tests_hold_their_level_and_the_plain_one_does_not(counted):
    for method in ("permutation", "sign flip"):
        assert N - HIGH <= counted["spearman", method, "rejection"] <= N - LOW
    plain = counted["spearman", "permutation, not studentised", "rejection"]
    assert plain > N - LOW


def test_the_simulation_has_its_true_agreement():
    generator = np.random.default_rng(1)
    for rho in RHOS:
        pairs = pd.concat([simulate(generator, DESIGNS[0], rho) for _ in range(10)])
        effect, score = pairs["effect"], pairs["score"]
        found = (
            scipy.stats.spearmanr(effect, score).statistic,
            scipy.stats.pearsonr(effect, score).statistic,
            (effect * score > 0).mean(),
            scipy.stats.mannwhitneyu(score[effect > 0], score[effect < 0]).statistic
            / ((effect > 0).sum() * (effect < 0).sum()),
        )
        assert found == pytest.approx(list(truth(rho).values()), abs=0.02)


def test_the_committed_table_meets_its_bars():
    frame = pd.read_csv(ROOT / "resources/docs/coverage.tsv", sep="\t")
    assert (frame["n_datasets"] >= 1_000).all()
    assert frame["seed"].nunique() == frame["revision"].nunique() == 1
    blocks = frame[frame["method"] == "block"]
    assert len(blocks) == len(DESIGNS) * len(RHOS) * len(truth(0))
    assert blocks["value"].between(0.93, 0.97).all()
    tests = frame[frame["method"].isin(["permutation", "sign flip"])]
    assert len(tests) == 2 * len(DESIGNS)
    assert tests["value"].between(0.04, 0.06).all()
