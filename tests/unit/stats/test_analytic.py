import numpy as np
import pytest
import scipy.special
from endobench.stats.analytic import (
    MIN_PAIRS,
    auprc,
    auprc_chance,
    auroc,
    pearson,
    sign_agreement,
    sign_agreement_chance,
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


def test_the_sign_agreement_has_wilsons_interval_and_fishers_test():
    # Five of ten are positive on either side, so that margins say nothing of agreement.
    effect = np.array([1.0] * 5 + [-1.0] * 5 + [0.0, 1.0])
    score = np.array([1.0] * 4 + [-1.0] * 5 + [1.0] + [1.0, 0.0])
    value, low, high, p, n = sign_agreement(effect, score)
    assert sign_agreement_chance(effect, score) == 0.5
    # Fisher: P(4 or 5 or 0 or 1 of 5) = 2 (25 + 1) / 252.
    assert (value, p, n) == (0.8, pytest.approx(52 / 252), 10)
    # Wilson (1927): (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).
    assert (low, high) == pytest.approx((0.49016, 0.94331), abs=1e-5)


def test_signs_that_only_the_margins_make_agree_are_no_evidence():
    effect = np.repeat([1.0, 1.0, -1.0, -1.0], [9, 3, 3, 1])
    score = np.repeat([1.0, -1.0, 1.0, -1.0], [9, 3, 3, 1])
    value, low, high, p, n = sign_agreement(effect, score)
    # 0.75 * 0.75 + 0.25 * 0.25, by hand.
    assert value == sign_agreement_chance(effect, score) == 0.625
    assert low < value < high and p == pytest.approx(1) and n == 16
    # The numbers of positive signs being given, the share varies less than a binomial.
    many = [np.tile(each, 100) for each in (effect, score)]
    _, low, high, *_ = sign_agreement(*many)
    se = 2 * 0.75 * 0.25 / np.sqrt(1600)
    assert high - low == pytest.approx(2 * 1.959964 * se, rel=0.01)


@pytest.mark.parametrize("side", [0, 1])
def test_effects_or_scores_of_one_sign_have_no_chance_and_no_test(side):
    vectors = [np.arange(-5.0, 6.0), np.arange(-5.0, 6.0)]
    vectors[side] = np.abs(vectors[side])
    value, low, high, p, n = sign_agreement(*vectors)
    assert (value, n) == (0.5, 10)
    assert np.isnan([low, high, p, sign_agreement_chance(*vectors)]).all()


def test_the_chance_of_the_average_precision_is_its_mean_over_permuted_labels():
    rng = np.random.default_rng(1)
    for score in (np.arange(12.0), np.repeat([0.0, 1.0, 2.0], [5, 3, 4])):
        is_positive = np.arange(12) < 4
        drawn = [auprc(rng.permutation(is_positive), score)[0] for _ in range(4000)]
        chance = auprc_chance(is_positive, score)
        assert chance == pytest.approx(np.mean(drawn), abs=0.01)
        assert chance > 4 / 12 + 0.02
    # Equal scores have the prevalence.
    assert auprc_chance(is_positive, np.zeros(12)) == pytest.approx(4 / 12)
    assert np.isnan(auprc_chance(is_positive & False, np.zeros(12)))
