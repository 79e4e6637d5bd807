"""A permutation test has the same result whether its statistics are compiled or not."""

import numpy as np
import pytest
from endobench.stats import ranks
from endobench.stats.nulls import permutation_test


def pairs(n_variants, decimals):
    """Return effect, score, block, stratum and variant of 1.5 pairs per variant."""
    generator = np.random.default_rng(1)
    variant = np.concatenate([np.arange(n_variants), np.arange(0, n_variants, 2)])
    score = np.round(generator.normal(size=n_variants), decimals)[variant]
    effect = np.round(0.1 * score + generator.normal(size=len(variant)), decimals)
    block = (np.arange(n_variants) // 8)[variant]
    stratum = generator.integers(0, 4, n_variants)[variant]
    return effect, score, block, stratum, variant


@pytest.mark.parametrize("decimals", [0, 9])
@pytest.mark.parametrize("n_variants", [30, 240])
def test_compiled_permutations_have_the_same_result(n_variants, decimals, monkeypatch):
    found = []
    for patience in (np.inf, 0):
        monkeypatch.setattr(ranks, "PATIENCE", patience)
        found.append(permutation_test(*pairs(n_variants, decimals), 199, seed=3))
    assert found[0] == pytest.approx(found[1], rel=1e-12, abs=1e-12)
    assert found[0].p == found[1].p
