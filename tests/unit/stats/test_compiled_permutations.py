import numpy as np
import pytest
from endobench.stats import ranks
from endobench.stats.nulls import permutation_test


@pytest.mark.parametrize("n_pairs_per_variant", [1, 3])
@pytest.mark.parametrize("decimals", [0, 9])
def test_the_result_is_that_without_compilation(
    n_pairs_per_variant, decimals, monkeypatch
):
    rng = np.random.default_rng(1)
    variant = rng.integers(0, 400 // n_pairs_per_variant, 400)
    score = rng.normal(size=400).round(decimals)[variant]
    effect = (0.2 * score + rng.normal(size=400)).round(decimals)
    block, stratum = variant // 8, rng.integers(0, 4, 400)
    found = []
    for patience in (np.inf, 0):
        monkeypatch.setattr(ranks, "PATIENCE", patience)
        found.append(permutation_test(effect, score, block, stratum, variant, 199, 3))
    assert found[0] == pytest.approx(found[1], rel=1e-12, abs=1e-12)
    assert found[0].p == found[1].p
