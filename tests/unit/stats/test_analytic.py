import itertools

import numpy as np
import pytest
import scipy.special
import scipy.stats
from endobench.stats.analytic import (
    MIN_PAIRS,
    auprc,
    auprc_chance,
    auroc,
    pearson,
    ranks_of,
    sign_agreement,
    sign_agreement_chance,
    sign_auroc,
    spearman,
    wilson,
)


def ratings():
    """Return Hanley and McNeil's example: 58 normal and 51 abnormal images, rated."""
    normal = np.repeat([1, 2, 3, 4, 5], [33, 6, 6, 11, 2])
    abnormal = np.repeat([1, 2, 3, 4, 5], [3, 2, 2, 11, 33])
    score = np.concatenate([normal, abnormal]).astype(float)
    return np.arange(len(score)) >= len(normal), score


def test_the_auroc_and_its_error_are_those_of_delong_in_a_known_example():
    is_positive, score = ratings()
    value, low, high, n = auroc(is_positive, score)
    assert n == 109
    # Stata's manual of roctab has 0.8932 and a standard error of 0.0307.
    assert value == pytest.approx(0.8932, abs=5e-5)
    half = (scipy.special.logit(high) - scipy.special.logit(low)) / 2
    assert half / 1.959964 * value * (1 - value) == pytest.approx(0.0307, abs=5e-5)


def test_exchanging_the_classes_mirrors_the_interval():
    is_positive, score = ratings()
    value, low, high, n = auroc(is_positive, score)
    exchanged = 1 - value, 1 - high, 1 - low, n
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
        assert np.isnan(row[:3]).all()
    assert [row[3] for row in rows] == [3, 3, 2, 3, 3]


def test_the_sign_agreement_has_wilsons_interval():
    # Five of ten are positive on either side, so that margins say nothing of agreement.
    effect = np.array([1.0] * 5 + [-1.0] * 5 + [0.0, 1.0])
    score = np.array([1.0] * 4 + [-1.0] * 5 + [1.0] + [1.0, 0.0])
    value, low, high, n = sign_agreement(effect, score)
    assert sign_agreement_chance(effect, score) == 0.5
    assert (value, n) == (0.8, 10)
    # Wilson (1927): (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).
    assert (low, high) == pytest.approx((0.49016, 0.94331), abs=1e-5)


def test_signs_that_only_the_margins_make_agree_are_no_evidence():
    effect = np.repeat([1.0, 1.0, -1.0, -1.0], [9, 3, 3, 1])
    score = np.repeat([1.0, -1.0, 1.0, -1.0], [9, 3, 3, 1])
    value, low, high, n = sign_agreement(effect, score)
    # 0.75 * 0.75 + 0.25 * 0.25, by hand.
    assert value == sign_agreement_chance(effect, score) == 0.625
    assert low < value < high and n == 16
    # The numbers of positive signs being given, the share varies less than a binomial.
    many = [np.tile(each, 100) for each in (effect, score)]
    _, low, high, *_ = sign_agreement(*many)
    se = 2 * 0.75 * 0.25 / np.sqrt(1600)
    assert high - low == pytest.approx(2 * 1.959964 * se, rel=0.01)


@pytest.mark.parametrize("side", [0, 1])
def test_effects_or_scores_of_one_sign_have_no_chance_and_no_test(side):
    vectors = [np.arange(-5.0, 6.0), np.arange(-5.0, 6.0)]
    vectors[side] = np.abs(vectors[side])
    value, low, high, n = sign_agreement(*vectors)
    assert (value, n) == (0.5, 10)
    assert np.isnan([low, high, sign_agreement_chance(*vectors)]).all()


def test_the_chance_of_the_average_precision_is_its_mean_over_permuted_labels():
    for score in (np.arange(9.0), np.repeat([0.0, 1.0, 2.0], [4, 2, 3])):
        is_positive = np.arange(9) < 3
        # All labels that have as many positives.
        every = (
            np.isin(np.arange(9), chosen)
            for chosen in itertools.combinations(range(9), 3)
        )
        chance = auprc_chance(is_positive, score)
        assert chance == pytest.approx(
            np.mean([auprc(each, score)[0] for each in every])
        )
        assert chance > 3 / 9 + 0.02
    # Equal scores have the prevalence.
    assert auprc_chance(is_positive, np.zeros(9)) == pytest.approx(3 / 9)
    assert np.isnan(auprc_chance(is_positive & False, np.zeros(9)))


@pytest.mark.parametrize("method", ["average", "max"])
def test_ranks_are_those_of_scipy(method):
    values = np.random.default_rng(1).integers(-5, 5, 50) / 2
    assert (ranks_of(values, method) == scipy.stats.rankdata(values, method)).all()


@pytest.mark.parametrize("n_found", [0, 1, 7, 20])
def test_wilsons_interval_is_that_of_scipy(n_found):
    test = scipy.stats.binomtest(n_found, 20)
    expected = test.proportion_ci(0.95, method="wilson")
    assert wilson(n_found / 20, 20) == pytest.approx(tuple(expected), rel=1e-12)


@pytest.mark.parametrize("scale", [1, 1e-200, 1e200])
def test_correlations_and_their_intervals_are_those_of_scipy(scale):
    rng = np.random.default_rng(2)
    effect = rng.normal(size=40)
    score = scale * (effect + rng.normal(size=40))
    expected = scipy.stats.pearsonr(effect, score)
    found = pearson(effect, score)
    assert found == pytest.approx(
        (expected.statistic, *expected.confidence_interval(0.95), 40), rel=1e-12
    )
    expected = scipy.stats.spearmanr(effect, score).statistic
    assert spearman(effect, score)[0] == pytest.approx(expected, rel=1e-12)
    area = scipy.stats.mannwhitneyu(score[effect > 0], score[effect < 0]).statistic
    n_above = (effect > 0).sum()
    assert sign_auroc(effect, score)[0] * n_above * (40 - n_above) == area
