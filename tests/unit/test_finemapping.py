import numpy as np
import pandas as pd
import pytest
from endobench.finemapping import PRIOR_SD, finemap

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
