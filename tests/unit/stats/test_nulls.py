import warnings

import numpy as np
import pytest
import scipy.stats
from endobench.stats.nulls import (
    mismatched_variants,
    permutation_test,
    sign_flip_test,
    strata_of,
)


def sample(rho=0.0, n_variants=240, seed=1):
    """Return effect, score, block, stratum and variant of 1.5 pairs per variant."""
    generator = np.random.default_rng(seed)
    variant = np.concatenate([np.arange(n_variants), np.arange(0, n_variants, 2)])
    score = generator.normal(size=n_variants)[variant]
    effect = rho * score + generator.normal(size=len(variant))
    block = (np.arange(n_variants) // 8)[variant]
    stratum = generator.integers(0, 4, n_variants)[variant]
    return effect, score, block, stratum, variant


def permuted(effect, score, block, stratum, variant, seed=3, n=199):
    return permutation_test(effect, score, block, stratum, variant, n, seed)


def test_the_observed_value_is_spearmans_correlation_with_ties():
    effect, score, *rest = sample(0.3)
    effect, score = np.round(effect, 1), np.round(score, 1)
    expected = scipy.stats.spearmanr(effect, score).statistic
    assert permuted(effect, score, *rest).observed == pytest.approx(expected)


def test_the_null_is_that_of_permuted_variants():
    effect, score, block, _, variant = sample(0.3)
    found = permuted(effect, score, block, np.zeros(len(block), int), variant, n=1000)
    generator = np.random.default_rng(8)
    scores = score[np.unique(variant, return_index=True)[1]]
    drawn = [generator.permutation(scores)[variant] for _ in range(1000)]
    ranks = [scipy.stats.rankdata(each, axis=-1) for each in (effect, drawn)]
    one, others = (scipy.stats.zscore(each, axis=-1) for each in ranks)
    null = (one * others).mean(axis=1)
    assert found.null_mean == pytest.approx(np.mean(null), abs=0.01)
    expected = np.quantile(null, [0.025, 0.975])
    assert [found.null_low, found.null_high] == pytest.approx(expected, abs=0.02)


def test_an_effect_and_its_mirror_image_are_equally_significant():
    effect, score, *rest = sample(0.5)
    found = permuted(effect, score, *rest)
    assert found.p == pytest.approx(2 / 200)
    assert found.observed > found.null_high
    mirrored = permuted(effect, -score, *rest)
    assert mirrored.p == found.p
    assert mirrored.observed == pytest.approx(-found.observed)


def test_agreement_explained_by_strata_is_not_significant():
    effect, score, block, stratum, variant = sample()
    effect, score = effect + 2 * stratum, score + 2 * stratum
    found = permuted(effect, score, block, stratum, variant)
    assert found.observed > 0.6
    assert found.null_low < found.observed < found.null_high
    assert found.p > 0.05
    assert permuted(effect, score, block, stratum * 0, variant).p <= 0.01


def test_neither_the_order_of_pairs_nor_the_codes_matter():
    vectors = sample(0.1)
    order = np.random.default_rng(3).permutation(len(vectors[0]))
    found = permuted(*vectors)
    assert permuted(*(each[order] for each in vectors)) == pytest.approx(found)
    effect, score, block, stratum, variant = vectors
    renamed = permuted(effect, score, block, stratum * 10, variant * 7 + 3)
    assert renamed == pytest.approx(found)


def test_a_variant_in_two_strata_belongs_to_the_first():
    effect, score, block, stratum, variant = sample()
    mixed = stratum.copy()
    mixed[240:] += 5
    assert permuted(effect, score, block, mixed, variant) == permuted(
        effect, score, block, stratum, variant
    )


def test_a_variant_with_two_scores_or_blocks_is_named():
    effect, score, block, stratum, variant = sample()
    for position, name in ((1, "scores"), (2, "blocks")):
        vectors = [effect, score.copy(), block.copy(), stratum, variant]
        vectors[position][-1] += 1
        with pytest.raises(ValueError, match=f"pair 359: its variant has two {name}"):
            permuted(*vectors)


def test_variants_alone_in_their_strata_are_not_tested():
    effect, score, block, _, variant = sample(0.5)
    assert np.isnan(permuted(effect, score, block, variant, variant)).all()


def test_sign_flips_detect_an_effect_in_any_unit_with_any_null():
    effect, score, block, *_ = sample(0.5)
    found = sign_flip_test(effect, score, block, 499, 4)
    assert found.p == 1 / 500
    assert found.observed > found.null_high
    assert abs(found.null_mean) < 0.02
    moved = sign_flip_test(0.1 * effect + 0.5, score, block, 499, 4, null=0.5)
    assert moved == pytest.approx(found)
    assert sign_flip_test(-effect, score, block, 499, 4).p == found.p


def test_sign_flips_of_three_blocks_have_large_p_values():
    effect, score, *_ = sample(0.8)
    found = sign_flip_test(effect, score, np.arange(len(effect)) % 3, 1999, 4)
    # Two of eight sign patterns are the observed one and its mirror image.
    assert found.p == pytest.approx(0.25, abs=0.03)


def test_sign_flips_apply_to_whole_blocks():
    effect, score, block, *_ = sample(0.3)
    copies = [np.repeat(each, 5) for each in (effect, score, block)]
    first = sign_flip_test(effect, score, block, 999, 4)
    assert sign_flip_test(*copies, 999, 4).p == pytest.approx(first.p, abs=0.02)


@pytest.mark.parametrize(
    ("effect", "score"),
    [([1, 2, 3], [1, 2, 3]), ([0] * 9, range(9)), (range(9), [1] * 9)],
)
def test_undefined_tests_are_missing_without_a_warning(effect, score):
    codes = np.arange(len(effect))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(
            permutation_test(effect, score, codes, codes, codes, 9, 1)
        ).all()
        assert np.isnan(sign_flip_test(effect, score, codes, 9, 1)).all()


def test_strata_combine_absolute_distance_and_frequency_with_missing_values():
    distance = np.array([-10.0, 10, 500, -500, np.nan, 10])
    maf = np.array([0.1, 0.1, 0.4, 0.1, 0.4, np.nan])
    found = strata_of(distance, maf, n_bins=2)
    assert found[0] == found[1]
    assert len(set(found[1:])) == 5
    assert found.max() < 9


def test_strata_hold_about_equally_many_pairs():
    generator = np.random.default_rng(2)
    found = strata_of(generator.normal(size=5000), generator.random(5000) / 2)
    assert len(set(found)) == 25
    assert np.bincount(found)[np.unique(found)] == pytest.approx(200, rel=0.25)
    nothing = np.full(5, np.nan)
    assert len(set(strata_of(nothing, nothing))) == 1


def mismatched(n_variants=400, seed=1):
    generator = np.random.default_rng(seed)
    variant = np.concatenate([np.arange(n_variants), generator.permutation(n_variants)])
    chrom = generator.choice(["chr1", "chr2", "chr3"], n_variants)
    distance = generator.normal(size=len(variant)) * 1e5
    nearest = np.minimum(
        np.abs(distance[:n_variants]),
        np.abs(distance[n_variants:][np.argsort(variant[n_variants:])]),
    )
    return variant, chrom, distance, nearest


def test_a_partner_is_at_a_similar_distance_on_another_chromosome():
    variant, chrom, distance, nearest = mismatched()
    partner = mismatched_variants(variant, chrom[variant], distance, 5)
    assert (np.sort(partner) == np.arange(400)).all()
    rank = scipy.stats.rankdata(nearest)
    assert (np.abs(rank[partner] - rank) <= 20).all()
    # In a few bins of 20 one of three chromosomes holds more than half.
    assert (chrom[partner] == chrom).mean() < 0.1
    assert (partner != np.arange(400)).all()
    other = mismatched_variants(variant, chrom[variant], distance, 6)
    assert (partner != other).any()
    order = np.random.default_rng(3).permutation(len(variant))
    again = mismatched_variants(
        variant[order], chrom[variant][order], distance[order], 5
    )
    assert (again == partner).all()


@pytest.mark.parametrize("n_variants", [2, 3, 5, 50])
def test_no_variant_is_its_own_partner_on_one_chromosome(n_variants):
    variant = np.arange(n_variants)
    distance = np.random.default_rng(1).random(n_variants)
    for seed in range(5):
        partner = mismatched_variants(variant, ["chr1"] * n_variants, distance, seed)
        assert (partner != variant).all()


def test_variants_of_unknown_distance_are_partners_of_each_other():
    distance = [1, 2, 3, 4, np.nan, np.nan]
    partner = mismatched_variants(np.arange(6), ["chr1"] * 6, distance, 1)
    assert partner[4:].tolist() == [5, 4]
    alone = mismatched_variants(np.arange(5), ["chr1"] * 5, distance[:5], 1)
    assert alone[4] == 4


def test_codes_with_gaps_are_refused():
    with pytest.raises(ValueError, match="consecutive integers from 0"):
        mismatched_variants([0, 2], ["chr1"] * 2, [1, 2], 1)
