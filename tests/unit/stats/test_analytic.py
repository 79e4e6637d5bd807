import numpy as np
import pytest
import scipy.special
from endobench.stats.analytic import (
    MIN_PAIRS,
    area,
    pearson,
    precision,
    proportion,
    spearman,
)


def ratings():
    """Return Hanley and McNeil's example: 58 normal and 51 abnormal images, rated."""
    normal = np.repeat([1, 2, 3, 4, 5], [33, 6, 6, 11, 2])
    abnormal = np.repeat([1, 2, 3, 4, 5], [3, 2, 2, 11, 33])
    score = np.concatenate([normal, abnormal]).astype(float)
    return np.arange(len(score)) >= len(normal), score


def test_the_area_and_its_error_are_delongs_of_a_known_example():
    is_positive, score = ratings()
    value, low, high, p = area(is_positive, score)
    # Stata's manual of roctab gives 0.8932 and a standard error of 0.0307.
    assert value == pytest.approx(0.8932, abs=5e-5)
    half = (scipy.special.logit(high) - scipy.special.logit(low)) / 2
    assert half / 1.959964 * value * (1 - value) == pytest.approx(0.0307, abs=5e-5)
    assert p < 1e-9


def test_exchanging_the_classes_exchanges_the_interval():
    is_positive, score = ratings()
    value, low, high, p = area(is_positive, score)
    assert area(~is_positive, score) == pytest.approx((1 - value, 1 - high, 1 - low, p))


@pytest.mark.parametrize("n_positive", [1, 5])
def test_an_area_without_spread_has_no_interval(n_positive):
    score = np.arange(10.0)
    value, low, high, _ = area(score >= 10 - n_positive, score)
    assert value == 1
    assert np.isnan([low, high]).all()


def test_too_few_pairs_have_no_estimate():
    few = np.arange(MIN_PAIRS - 1.0)
    assert np.isnan(area(few > 1, few)).all()
    assert np.isnan(precision(few > 1, few)).all()
    assert np.isnan(proportion(1, MIN_PAIRS - 1)).all()
    assert all(
        np.isnan(row[:4]).all() for row in (spearman(few, few), pearson(few, few))
    )


def test_a_share_has_wilsons_interval():
    value, low, high, p = proportion(7, 10)
    assert (value, p) == (0.7, pytest.approx(0.34375))
    # Wilson (1927): (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).
    assert (low, high) == pytest.approx((0.39678, 0.89221), abs=1e-5)
