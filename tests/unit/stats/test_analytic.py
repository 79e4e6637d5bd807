import numpy as np
import pytest
import scipy.special
from endobench.stats.analytic import (
    MIN_PAIRS,
    auprc,
    auroc,
    pearson,
    sign_agreement,
    sign_auroc,
    spearman,
)


def ratings():
    """Return Hanley and McNeil's example: 58 normal and 51 abnormal images, rated."""
    normal = np.repeat([1, 2, 3, 4, 5], [33, 6, 6, 11, 2])
    abnormal = np.repeat([1, 2, 3, 4, 5], [3, 2, 2, 11, 33])
    score = np.concatenate([normal, abnormal]).astype(float)
    return np.arange(len(score)) >= len(normal), score


def test_the_auroc_and_its_error_are_those_of_delong_in_a_known_example():
    is_positive, score = ratings()
    value, low, high, p, n = auroc(is_positive, score)
    assert n == 109
    # Stata's manual of roctab has 0.8932 and a standard error of 0.0307.
    assert value == pytest.approx(0.8932, abs=5e-5)
    half = (scipy.special.logit(high) - scipy.special.logit(low)) / 2
    assert half / 1.959964 * value * (1 - value) == pytest.approx(0.0307, abs=5e-5)
    assert p < 1e-9


def test_exchanging_the_classes_mirrors_the_interval():
    is_positive, score = ratings()
    value, low, high, p, n = auroc(is_positive, score)
    exchanged = 1 - value, 1 - high, 1 - low, p, n
    assert auroc(~is_positive, score) == pytest.approx(exchanged)


def test_the_auroc_of_the_sign_leaves_out_effects_at_the_null():
    is_positive, score = ratings()
    effect = np.where(is_positive, 2.0, -1.0)
    expected = auroc(is_positive, score)
    assert sign_auroc(effect, score) == expected
    with_null = np.append(effect, [0.0, 0.0]), np.append(score, [1.0, 5.0])
    assert sign_auroc(*with_null) == expected


@pytest.mark.parametrize("n_positive", [1, 5])
def test_an_auroc_of_one_has_no_interval(n_positive):
    score = np.arange(10.0)
    value, low, high, *_ = auroc(score >= 10 - n_positive, score)
    assert value == 1
    assert np.isnan([low, high]).all()


def test_too_few_pairs_have_no_estimate():
    few = np.arange(MIN_PAIRS - 1.0)
    rows = [formula(few, few) for formula in (spearman, pearson, sign_agreement)]
    rows += [formula(few > 1, few) for formula in (auroc, auprc)]
    for row in rows:
        assert np.isnan(row[:4]).all()
    assert [row[4] for row in rows] == [3, 3, 2, 3, 3]


def test_the_sign_agreement_has_wilsons_interval():
    effect = np.array([1.0] * 6 + [-1.0] * 4 + [0.0, 1.0])
    score = np.array([1.0] * 6 + [-1.0] + [1.0] * 3 + [1.0, 0.0])
    value, low, high, p, n = sign_agreement(effect, score)
    assert (value, p, n) == (0.7, pytest.approx(0.34375), 10)
    # Wilson (1927): (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).
    assert (low, high) == pytest.approx((0.39678, 0.89221), abs=1e-5)
