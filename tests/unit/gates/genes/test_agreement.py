import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.gates.genes.agreement import gain, leads_of, spearman


@pytest.fixture
def made():
    """Return effects, the scores that follow them and others that follow them less."""
    rng = np.random.default_rng(5)
    effect = rng.normal(size=400)
    own = effect + rng.normal(size=400)
    return effect, own, effect + 3 * rng.normal(size=400)


def test_the_gain_is_a_difference_of_correlations_with_its_upper_end(made):
    effect, own, other = made
    rho_own, rho_other, high = gain(*made)
    for found, score in ((rho_own, own), (rho_other, other)):
        assert found == pytest.approx(scipy.stats.spearmanr(effect, score).statistic)
    assert rho_own - rho_other < high < rho_own - rho_other + 0.2
    *_, low = gain(effect, other, own)
    assert low < 0
    *_, wide = gain(*made, 3.5)
    assert wide > high


def test_the_gain_over_itself_is_zero(made):
    effect, own, _ = made
    assert gain(effect, own, own)[2] == 0


def test_few_rows_and_constant_scores_have_no_gain(made):
    effect, own, other = made
    assert gain(effect[:20], own[:20], other[:20]) is None
    assert gain(effect, own, np.ones(400)) is None
    assert np.isnan(spearman(effect, np.ones(400)))
    assert np.isnan(spearman(effect[:20], own[:20]))
    assert spearman(effect, own) == pytest.approx(
        scipy.stats.spearmanr(effect, own).statistic
    )


def test_a_variant_counts_once_with_its_smallest_p_value():
    rows = [("b", "g1", 0.2), ("a", "g1", 0.5), ("b", "g2", 0.1), ("a", "g0", 0.5)]
    pairs = pd.DataFrame(rows, columns=["variant_id", "feature_id", "p_value"])
    leads = leads_of(pairs.set_index(pd.Index([9, 8, 7, 6])))
    assert sorted(leads.index) == [2, 3]
    assert set(leads["feature_id"]) == {"g2", "g0"}
