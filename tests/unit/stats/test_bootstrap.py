import warnings

import numpy as np
import pytest
import scipy.stats
from endobench.design.metrics import metric_named
from endobench.stats.agreement import Signed, Unsigned
from endobench.stats.bootstrap import (
    bootstrap,
    design_effect,
    difference,
    effective_blocks,
    interval,
    is_limiting,
)
from endobench.stats.estimates import Estimates

N_BLOCKS = 30


def sample(rho=0.4, n=600, seed=1):
    generator = np.random.default_rng(seed)
    score = generator.normal(size=n)
    effect = rho * score + generator.normal(size=n)
    return effect, score, generator.integers(0, N_BLOCKS, n)


def resampled(*statistics, n_resamples=200, seed=5):
    return bootstrap(statistics, N_BLOCKS, n_resamples=n_resamples, seed=seed)


@pytest.fixture(scope="module")
def drawn():
    effect, score, block = sample()
    signed = Signed(effect, score, block, N_BLOCKS)
    return signed, resampled(signed), np.bincount(block)


def test_all_statistics_share_the_draws_of_as_many_blocks_as_exist():
    first, second = resampled(np.copy, np.copy).replicates
    assert (first == second).all()
    assert (first.sum(axis=1) == N_BLOCKS).all()
    assert len(np.unique(first, axis=0)) == len(first)
    assert first.mean(axis=0) == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("n_resamples", [1, 99, 100, 101])
def test_fewer_resamples_are_the_beginning_of_more(n_resamples):
    (few,) = resampled(np.copy, n_resamples=n_resamples).replicates
    (more,) = resampled(np.copy).replicates
    assert (few == more[:n_resamples]).all()
    (other,) = resampled(np.copy, n_resamples=n_resamples, seed=6).replicates
    assert (few != other).any()


def test_values_are_those_of_the_data(drawn):
    signed, found, _ = drawn
    assert found.values[0] == pytest.approx(signed.estimate())
    assert found.replicates[0].shape == (200, 4)


@pytest.mark.parametrize("column", range(4))
def test_interval_and_p_value_never_contradict_each_other(drawn, column):
    signed, found, sizes = drawn
    metric = signed.NAMES[column]
    value, replicates = found.values[0][column], found.replicates[0][:, column]
    chance = metric_named(metric).null
    chance = 0.5 if chance is None else chance
    made = interval(value, replicates, sizes, metric, null=chance)
    assert made.ci_low < value < made.ci_high
    assert made.p < 0.05
    assert not made.ci_low <= chance <= made.ci_high
    for null, is_outside in ((made.ci_low - 1e-6, True), (made.ci_low + 1e-6, False)):
        tested = interval(value, replicates, sizes, metric, null=null)
        assert (tested.p < 0.05) == is_outside
        assert tested[:3] == made[:3]
    wider = interval(value, replicates, sizes, metric, confidence=0.99)
    assert wider.ci_low < made.ci_low < made.ci_high < wider.ci_high


def test_the_auprc_is_tested_against_the_prevalence():
    effect, score, block = sample()
    unsigned = Unsigned(effect > 1, score, block, N_BLOCKS)
    (values,), (replicates,) = resampled(unsigned)
    arguments = values[1], replicates[:, 1], np.bincount(block), "auprc"
    assert np.isnan(interval(*arguments).p)
    assert interval(*arguments, null=unsigned.prevalence).p < 0.01


def skewed(seed, n=600):
    """Return independent vectors, three quarters of each positive, and their blocks."""
    generator = np.random.default_rng(seed)
    block = np.repeat(np.arange(N_BLOCKS), n // N_BLOCKS)
    vectors = generator.normal(0.6745, 1, (2, n))
    # The pairs of a block share half of their variance.
    shared = generator.normal(size=(2, N_BLOCKS))[:, block]
    return *(0.6745 + (vectors - 0.6745 + shared) / np.sqrt(2)), block


def signs_of(seed, metric="sign_agreement", n_resamples=150):
    effect, score, block = skewed(seed)
    signed = Signed(effect, score, block, N_BLOCKS)
    (values,), (drawn,) = bootstrap(
        [signed.with_chances], N_BLOCKS, n_resamples=n_resamples, seed=seed
    )
    row = signed.analytic().set_index("metric").loc[metric]
    assert values[4] == pytest.approx(row["chance"])
    place = signed.NAMES.index(metric)
    found = interval(
        row["value"],
        drawn[:, place],
        np.bincount(block),
        metric,
        null=row["chance"],
        chances=drawn[:, 4],
    )
    return row, found


@pytest.mark.studies
def test_signs_of_independent_vectors_that_are_mostly_positive_agree_by_chance_alone():
    n_rejected, n = 0, 200
    for seed in range(n):
        row, found = signs_of(seed)
        # Well above one half, as the margins imply.
        assert 0.5 < row["chance"] < 0.8
        is_outside = not found.ci_low <= row["chance"] <= found.ci_high
        assert is_outside == (found.p < 0.05)
        n_rejected += found.p < 0.05
    # The range of counts in 999 of 1,000 such studies.
    low, high = scipy.stats.binom.ppf([0.0005, 0.9995], n, 0.05)
    assert low <= n_rejected <= high


def test_chance_narrows_an_interval_and_leaves_it_where_margins_are_even(drawn):
    signed, _, sizes = drawn
    (values,), (replicates,) = resampled(signed.with_chances)
    value, of_resamples = values[2], replicates[:, 2]
    plain = interval(value, of_resamples, sizes, "sign_agreement", null=0.5)
    even = interval(
        value,
        of_resamples,
        sizes,
        "sign_agreement",
        null=values[4],
        chances=replicates[:, 4],
    )
    assert even[:2] == pytest.approx(plain[:2], abs=0.005)
    row, found = signs_of(3)
    effect, score, block = skewed(3)
    _, (drawn_again,) = resampled(Signed(effect, score, block, N_BLOCKS))
    plain = interval(
        row["value"], drawn_again[:, 2], np.bincount(block), "sign_agreement", null=0.5
    )
    assert found.ci_high - found.ci_low < 0.9 * (plain.ci_high - plain.ci_low)


def test_without_a_chance_there_is_no_interval_and_no_test():
    drawn = np.linspace(0.5, 0.7, 50)
    for null in (np.nan, 0.0, 1.0):
        found = interval(
            0.6, drawn, np.full(9, 9), "sign_agreement", null=null, chances=drawn
        )
        assert np.isnan(found).all()


def heavy(seed, n_blocks=40):
    generator = np.random.default_rng(seed)
    block = np.repeat(np.arange(n_blocks), 8)
    score = generator.normal(size=len(block))
    effect = 0.4 * score + generator.standard_t(2.5, len(block))
    return Signed(effect, score, block, n_blocks), np.bincount(block)


def test_values_without_each_block_are_those_of_the_other_pairs():
    signed, _ = heavy(1)
    found = signed.without_each_block("pearson")
    for place in (0, 7, 39):
        rest = signed.block != place
        expected = scipy.stats.pearsonr(signed.effect[rest], signed.score[rest])
        assert found[place] == pytest.approx(expected.statistic)


def test_heavy_tails_widen_an_interval_towards_their_skewness_only():
    n_wider, n_stretched = 0, 0
    for seed in range(20):
        signed, sizes = heavy(seed)
        (values,), (drawn,) = bootstrap([signed], 40, n_resamples=200, seed=1)
        arguments = values[1], drawn[:, 1], sizes, "pearson"
        plain = interval(*arguments)
        left_out = signed.without_each_block("pearson")
        found = interval(*arguments, left_out=left_out)
        assert found.ci_low <= plain.ci_low and found.ci_high >= plain.ci_high
        assert found.se >= plain.se
        is_outside = not found.ci_low <= 0 <= found.ci_high
        assert is_outside == (found.p < 0.05)
        n_wider += found.ci_high - found.ci_low > 1.1 * (plain.ci_high - plain.ci_low)
        centre = np.arctanh(values[1])
        sides = centre - np.arctanh(found.ci_low), np.arctanh(found.ci_high) - centre
        n_stretched += max(sides) > 1.05 * min(sides)
        # The mirror image has the mirrored interval.
        mirrored = interval(
            -values[1], -drawn[:, 1], *arguments[2:], left_out=-left_out
        )
        assert mirrored[:2] == pytest.approx((-found.ci_high, -found.ci_low))
        assert mirrored.p == pytest.approx(found.p)
    assert n_wider >= 10 and n_stretched >= 10


def test_the_interval_of_light_tails_is_hardly_wider(drawn):
    signed, found, sizes = drawn
    arguments = found.values[0][1], found.replicates[0][:, 1], sizes, "pearson"
    plain = interval(*arguments)
    wider = interval(*arguments, left_out=signed.without_each_block("pearson"))
    assert wider.ci_high - wider.ci_low < 1.25 * (plain.ci_high - plain.ci_low)


@pytest.mark.parametrize("left_out", [np.full(9, 0.3), np.full(9, np.nan)])
def test_values_that_no_block_changes_or_defines_change_nothing(left_out):
    drawn = np.linspace(0.1, 0.5, 50)
    plain = interval(0.3, drawn, np.full(9, 9), "pearson")
    assert interval(0.3, drawn, np.full(9, 9), "pearson", left_out=left_out) == plain


def test_independent_pairs_have_a_design_effect_near_one(drawn):
    signed, found, sizes = drawn
    analytic = signed.analytic()
    for column, metric in enumerate(signed.NAMES):
        made = interval(
            found.values[0][column], found.replicates[0][:, column], sizes, metric
        )
        row = analytic.iloc[column]
        ratio = design_effect(
            row["value"], made.se, row["ci_low"], row["ci_high"], metric
        )
        assert 0.5 < ratio < 2


def test_copies_of_pairs_in_a_block_multiply_the_design_effect_by_their_number():
    effect, score, block = sample()
    ratios = []
    for copies in (1, 4):
        repeated = [np.repeat(each, copies) for each in (effect, score, block)]
        signed = Signed(*repeated, N_BLOCKS)
        (values,), (replicates,) = resampled(signed)
        made = interval(values[0], replicates[:, 0], np.bincount(block), "spearman")
        analytic = signed.analytic().iloc[0]
        ratios.append(
            design_effect(
                values[0], made.se, analytic["ci_low"], analytic["ci_high"], "spearman"
            )
        )
    assert ratios[1] / ratios[0] == pytest.approx(4, rel=0.02)


def test_a_design_effect_is_missing_at_the_limit_of_the_range():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(design_effect(0.9, 0.1, 0.8, 1.0, "auroc"))
        assert np.isnan(design_effect(np.nan, np.nan, 0.1, 0.2, "pearson"))
        assert np.isnan(design_effect(0.3, 0.1, 0.3, 0.3, "pearson"))


def test_few_blocks_alone_do_not_raise_the_design_effect():
    ratios = []
    for seed in range(30):
        effect, score, _ = sample(n=600, seed=seed)
        block = np.arange(600) % 4
        signed = Signed(effect, score, block, 4)
        made = bootstrap([signed], 4, n_resamples=100, seed=seed)
        found = interval(
            made.values[0][0], made.replicates[0][:, 0], [150] * 4, "spearman"
        )
        analytic = signed.analytic().iloc[0]
        ends = analytic["ci_low"], analytic["ci_high"]
        ratios.append(design_effect(analytic["value"], found.se, *ends, "spearman"))
    assert 0.7 < np.mean(ratios) < 1.4


def test_a_difference_is_paired(drawn):
    signed, found, sizes = drawn
    effect, score, block = sample()
    noisy = score + 0.3 * np.random.default_rng(9).normal(size=len(score))
    (a, b), (drawn_a, drawn_b) = resampled(
        signed, Signed(effect, noisy, block, N_BLOCKS)
    )
    made = difference(a[0], drawn_a[:, 0], b[0], drawn_b[:, 0], sizes)
    swapped = difference(b[0], drawn_b[:, 0], a[0], drawn_a[:, 0], sizes)
    assert made.ci_low < b[0] - a[0] < made.ci_high
    assert swapped == pytest.approx((-made.ci_high, -made.ci_low, made.se, made.p))
    alone = interval(a[0], drawn_a[:, 0], sizes, "spearman")
    assert made.se < alone.se
    same = difference(a[0], drawn_a[:, 0], a[0], drawn_a[:, 0], sizes)
    assert same == (0, 0, 0, 1)


def test_fewer_and_unequal_blocks_make_wider_intervals(drawn):
    _, found, sizes = drawn
    arguments = found.values[0][0], found.replicates[0][:, 0]
    unequal = np.full_like(sizes, 1)
    unequal[:3] = 200
    even = interval(*arguments, sizes, "spearman")
    uneven = interval(*arguments, unequal, "spearman")
    assert uneven.ci_low < even.ci_low < even.ci_high < uneven.ci_high
    assert effective_blocks(np.full(22, 7)) == pytest.approx(22)
    assert 3 < effective_blocks(unequal) < 4
    assert effective_blocks([0, 0]) == 0


@pytest.mark.parametrize(
    ("value", "replicates", "sizes"),
    [
        (0.3, [0.2, 0.3, 0.4] * 5, [9, 9, 0]),
        (0.3, [0.2, np.nan, 0.4] * 5, [9, 9, 9]),
        (0.3, [], [9, 9, 9]),
        (np.nan, [0.2, 0.3, 0.4] * 5, [9, 9, 9]),
        (1.0, [1.0, 0.9, 1.0] * 5, [9, 9, 9]),
        (0.3, [0.2, 0.3, 0.4] * 5, []),
    ],
)
@pytest.mark.parametrize("metric", ["spearman", "auroc"])
def test_undefined_intervals_are_missing_without_a_warning(
    value, replicates, sizes, metric
):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(interval(value, replicates, sizes, metric)).all()
        if value != 1:
            found = difference(0.0, np.zeros(len(replicates)), value, replicates, sizes)
            assert np.isnan(found).all()


def test_a_resample_at_the_limit_of_the_range_does_no_harm():
    replicates = np.array([0.9, 0.95, 1.0, 0.97] * 20)
    made = interval(0.95, replicates, np.full(20, 9), "sign_agreement")
    assert 0.5 < made.ci_low < 0.95 < made.ci_high < 1


def test_resamples_that_are_all_the_same_give_no_interval():
    sizes, same = np.full(5, 4), np.full(50, 0.25)
    assert np.isnan(interval(0.25, same, sizes, "auroc")).all()
    assert np.isnan(difference(0.0, 0 * same, 0.25, same, sizes)).all()
    # A perfect correlation of resamples may be rounded.
    almost = 1 - np.random.default_rng(1).integers(0, 3, 50) * 1e-16
    assert np.isnan(interval(1 - 2e-16, almost, sizes, "spearman")).all()
    # Effects may be p values, and as small.
    small = np.random.default_rng(1).normal(2e-30, 1e-31, 50)
    found = difference(0.0, 0 * small, 2e-30, small, sizes)
    assert 0 < found.ci_low < 2e-30 < found.ci_high
    # One predictor twice differs in nothing.
    assert difference(0.25, same, 0.25, same, sizes) == (0, 0, 0, 1)


def test_equal_scores_are_no_evidence_on_classes():
    rng = np.random.default_rng(1)
    classes, block = rng.random(40) < 0.3, np.repeat(np.arange(8), 5)
    statistics = {"model": Unsigned(classes, np.ones(40), block, 8)}
    rows = Estimates(statistics, n_resamples=50, seed=1).rows().set_index("metric")
    assert rows["value"].tolist() == pytest.approx([0.5, classes.mean()])
    assert rows[["ci_low", "ci_high", "p"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("metric", "limits"), [("auroc", (0, 1)), ("spearman", (-1, 1))]
)
def test_two_predictors_at_the_limit_are_not_shown_to_be_equal(metric, limits):
    sizes = np.full(5, 4)
    for limit in limits:
        same = np.full(50, limit)
        found = difference(limit, same, limit, same, sizes, metric=metric)
        assert np.isnan(found).all()
    same = np.full(50, 0.5)
    assert difference(0.5, same, 0.5, same, sizes, metric=metric).p == 1


def test_the_end_on_the_side_of_skewed_resamples_is_moved():
    sizes = np.full(30, 10)
    drawn = np.random.default_rng(1).gamma(4, 0.02, 400)
    for replicates, is_right in ((0.2 + drawn, True), (0.4 - drawn, False)):
        straight = interval(0.3, replicates, sizes, "auroc")
        skewed = interval(0.3, replicates, sizes, "auprc", null=0.3)
        assert (skewed.ci_high > straight.ci_high + 0.01) == is_right
        assert (skewed.ci_low < straight.ci_low - 0.01) != is_right
        assert skewed.p == 1 and skewed.se == straight.se


def test_the_average_precision_of_unrelated_scores_is_seldom_significant():
    rng = np.random.default_rng(3)
    block, found = np.repeat(np.arange(N_BLOCKS), 4), []
    for seed in range(150):
        linked = rng.normal(size=(2, N_BLOCKS))[:, block]
        vectors = linked + rng.normal(size=(2, len(block)))
        statistic = Unsigned(vectors[0] > 1.4, np.abs(vectors[1]), block, N_BLOCKS)
        estimates = Estimates({"model": statistic}, n_resamples=150, seed=seed)
        found.append(estimates.rows().set_index("metric").loc["auprc", "p"])
    # At 5 %, 98 % of such sets of trials have fewer than 14; unmoved ends have 16.
    assert sum(np.array(found) < 0.05) < 14


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_the_rarer_class_limits_an_area(share):
    is_positive = np.arange(100) < 100 * share
    is_rare = is_positive if share < 0.5 else ~is_positive
    assert (is_limiting(is_positive) == is_rare).all()
