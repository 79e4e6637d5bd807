import numpy as np
import pandas as pd
import pytest
import scipy.stats
from endobench.demo.qtls import DEGREES, PRIOR_SD, draw_dsqtls, finemap


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
    # A few true effects set the scale; all others are null.
    delta = np.where(np.arange(len(true_change)) < 20, 1e3 * true_change, 0)
    p = draw(delta)["Pr(>|t|)"][20:]
    assert scipy.stats.kstest(p, "uniform").pvalue > 0.01


PAIRS = pd.DataFrame(
    {
        "variant_id": ["v1", "v2", "v3", "v1"],
        "gene_id": ["a", "a", "a", "b"],
        "slope": [0.9, 0.3, -0.3, 0.2],
        "slope_se": [0.1, 0.1, 0.1, 0.1],
    }
)


def test_a_genes_probabilities_sum_to_one_and_follow_the_evidence():
    pip = finemap(PAIRS)["variant_pip"]
    assert pip.groupby(PAIRS["gene_id"]).sum().tolist() == pytest.approx([1, 1])
    assert pip[0] > 0.999
    assert pip[1] == pytest.approx(pip[2])
    assert pip[3] == 1


def test_two_variants_share_as_their_bayes_factors_say():
    pip = finemap(PAIRS.iloc[:2])["variant_pip"]

    def factor(slope, se):
        """Return the ratio of two normal densities of the slope at 0."""
        wide = np.hypot(se, PRIOR_SD)
        return se / wide * np.exp(slope**2 / 2 * (1 / se**2 - 1 / wide**2))

    expected = factor(0.9, 0.1) / factor(0.3, 0.1)
    assert pip[0] / pip[1] == pytest.approx(expected)


def test_the_order_of_rows_changes_nothing():
    turned = finemap(PAIRS.iloc[::-1]).sort_index()
    pd.testing.assert_frame_equal(turned, finemap(PAIRS))
