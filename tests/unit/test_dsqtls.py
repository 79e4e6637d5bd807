import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.dsqtls import DEGREES, draw_dsqtls


def variants_with(delta):
    rows = range(1, len(delta) + 1)
    frame = pd.DataFrame({"chrom": "chr1", "pos": rows, "ref": "A", "alt": "G"})
    return frame.assign(delta=delta)


@pytest.fixture(scope="module")
def true_change():
    return np.random.default_rng(1).normal(size=2_000)


def draw(true_change):
    return draw_dsqtls(np.random.default_rng(2), variants_with(true_change))


def test_effects_follow_the_true_changes_and_their_sign(true_change):
    table = draw(true_change)
    assert scipy.stats.spearmanr(table["Beta"], true_change).statistic > 0.5
    p = table["Pr(>|t|)"]
    is_sure = (p < 1e-6).to_numpy()
    assert is_sure.sum() > 20
    assert (np.sign(table["Beta"]) == np.sign(true_change))[is_sure].all()


def test_p_is_that_of_the_written_effect_and_error(true_change):
    table = draw(true_change)
    t = (table["Beta"] / table["Std. Error"]).abs()
    expected = 2 * scipy.stats.t.sf(t, DEGREES)
    assert table["Pr(>|t|)"].to_numpy() == pytest.approx(expected, rel=0.02)


def test_without_changes_p_is_uniform(true_change):
    # A few true changes set the scale of the others, which are none.
    delta = np.where(np.arange(len(true_change)) < 20, 1e3 * true_change, 0)
    p = draw(delta)["Pr(>|t|)"][20:]
    assert scipy.stats.kstest(p, "uniform").pvalue > 0.01
