import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.strata import (
    bounds_of_thirds,
    is_lead,
    is_substitution,
    strata,
    strata_of_size,
)
from endobench.core.columns import ANNOTATIONS, PAIRS
from frames import benchmark, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st


def pairs_of(*rows, names=("variant_id", "feature_id", "p_value", "effect")):
    return pd.DataFrame(rows, columns=list(names)).reindex(columns=PAIRS.names)


LEADS = pairs_of(
    ("chr1_1_A_G_b38", "g1", 0.1, 0.5),
    ("chr1_2_A_G_b38", "g1", 0.01, 0.1),
    ("chr1_3_A_G_b38", "g2", 0.01, 0.1),
    ("chr1_4_A_G_b38", "g2", 0.01, -0.2),
    ("chr1_6_A_G_b38", "g3", 0.01, -0.2),
    ("chr1_5_A_GC_b38", "g3", 0.01, 0.2),
    ("chr1_7_A_G_b38", "g4", np.nan, 0.9),
    ("chr1_8_A_G_b38", "g4", 0.9, 0.1),
    ("chr1_9_A_G_b38", "g5", np.nan, 0.1),
)
ORDERS = st.permutations(range(len(LEADS)))


@given(order=ORDERS)
@settings(max_examples=20)
def test_the_lead_has_the_least_p_then_the_largest_effect_then_the_first_id(order):
    pairs = LEADS.iloc[order]
    leads = pairs[is_lead(pairs)]
    assert sorted(rows_of(leads, "feature_id", "variant_id")) == [
        ("g1", "chr1_2_A_G_b38"),
        ("g2", "chr1_4_A_G_b38"),
        ("g3", "chr1_5_A_GC_b38"),
        ("g4", "chr1_8_A_G_b38"),
        ("g5", "chr1_9_A_G_b38"),
    ]


@given(order=ORDERS)
@settings(max_examples=20)
def test_with_pips_the_lead_has_the_highest(order):
    pips = [0.2, 0.1, 0.6, 0.5, np.nan, 0.01, np.nan, np.nan, 0.9]
    pairs = LEADS.assign(pip=pips).iloc[order]
    assert sorted(pairs.index[is_lead(pairs)]) == [0, 2, 5, 7, 8]


def test_of_p_values_that_are_0_the_larger_z_leads():
    pairs = LEADS[:2].assign(feature_id="g", p_value=0.0, effect=[2.0, -1.0])
    assert is_lead(pairs.assign(effect_se=[0.05, 0.02])).tolist() == [False, True]
    assert is_lead(pairs.assign(effect_se=np.nan)).tolist() == [True, False]


def test_an_effect_is_measured_from_its_null():
    pairs = LEADS[2:4].assign(effect=[0.9, 0.2])
    assert is_lead(pairs, null=0).tolist() == [True, False]
    assert is_lead(pairs, null=0.7).tolist() == [False, True]
    assert strata(pairs, cutoffs=[0.3], null=0.7)["effect_over_0.3"].tolist() == [
        False,
        True,
    ]


def test_tertiles_partition_all_sizes_and_cut_offs_are_exclusive():
    size = pd.Series([0.1, 0.2, 0.3, 0.5, 0.5, 2.0])
    found = strata_of_size(size, [0.5, 9])
    tertiles = [found[f"effect_tertile_{n}"] for n in (1, 2, 3)]
    assert sum(tertiles).eq(1).all()
    assert found["effect_over_0.5"].tolist() == [False] * 5 + [True]
    assert not found["effect_over_9"].any()


def places(masks):
    return {name: np.flatnonzero(mask).tolist() for name, mask in masks.items()}


def test_alleles_and_chromosomes():
    pairs = pairs_of(
        ("chr2_1_A_G_b38", "g1", 0.1, 0.5),
        ("chr1_2_AC_GT_b38", "g1", 0.1, 0.5),
        ("chr10_3_AC_A_b38", "g1", 0.1, 0.5),
        ("chr4_GL000008v2_random_4_A_C_b38", "g1", 0.1, 0.5),
    )
    found = places(strata(pairs))
    assert found["all_pairs"] == [0, 1, 2, 3]
    assert found["snv"] == [0, 3]
    assert found["indel"] == [2]
    assert is_substitution(pairs["variant_id"]).tolist() == [True, True, False, True]
    names = [name for name in found if name.startswith("chromosome_")]
    assert names == [
        "chromosome_chr1",
        "chromosome_chr2",
        "chromosome_chr10",
        "chromosome_chr4_GL000008v2_random",
    ]
    assert found["chromosome_chr4_GL000008v2_random"] == [3]


BINNED = LEADS[:5].assign(
    pip=[0.95, 0.9, 0.1, 0.05, np.nan],
    maf=[0.01, 0.05, 0.2, 0.3, np.nan],
    distance=[-9_999, 10_000, -100_000, 100_001, np.nan],
    in_peak=[True, True, False, None, None],
)


def test_bounds_belong_to_the_bin_between_them_and_the_missing_to_none():
    found = places(strata(BINNED))
    middles = ("pip_0.1_to_0.9", "maf_0.05_to_0.2", "distance_10kb_to_100kb")
    assert [found[name] for name in middles] == [[1, 2]] * 3
    assert (found["pip_over_0.9"], found["pip_under_0.1"]) == ([0], [3])
    assert (found["maf_under_0.05"], found["maf_over_0.2"]) == ([0], [3])
    assert found["distance_under_10kb"] == [0]
    assert found["distance_over_100kb"] == [3]
    assert (found["in_peak"], found["outside_peak"]) == ([0, 1], [2])


def test_empty_strata_are_left_out():
    found = strata(LEADS.assign(in_peak=True), cutoffs=[0.3, 5])
    prefixes = ("pip", "maf", "distance", "in_", "outside", "fold", "held", "seen")
    assert not [name for name in found if name.startswith(prefixes)]
    assert "effect_over_0.3" in found and "effect_over_5" not in found
    assert strata(LEADS[:0]) == {}
    for mask in found.values():
        assert mask.dtype == bool and mask.shape == (len(LEADS),) and mask.any()


def test_tertiles_share_the_pairs_and_ties_stay_together():
    pairs = LEADS.assign(effect=[-1, 1, 2, -2, 3, -3, 4, 5, -6])
    found = places(strata(pairs))
    tertiles = [found[f"effect_tertile_{number}"] for number in (1, 2, 3)]
    assert tertiles == [[0, 1, 2, 3], [4, 5], [6, 7, 8]]


@pytest.mark.parametrize("n", range(1, 200))
def test_the_bounds_of_thirds_are_pairs_whatever_the_rounding(n):
    # The largest of the smallest third is not above (n - 1) / 3 others.
    sizes = np.random.default_rng(n).permutation(n) / 7
    low, high = bounds_of_thirds(sizes)
    assert [(sizes < each).sum() for each in (low, high)] == [
        (n - 1) // 3,
        2 * (n - 1) // 3,
    ]


def annotations_of(*folds):
    frame = pd.DataFrame({"variant_id": LEADS["variant_id"], "fold": folds})
    return frame.reindex(columns=ANNOTATIONS.names)


FOLDS = annotations_of("fold1", "fold4", "fold0", None, *["fold4"] * 5)


@pytest.mark.parametrize(
    ("version", "held_out"),
    [("FOLD_0", [0]), ("FOLD_1", [1, 4, 5, 6, 7, 8]), ("FOLD_2", None)]
    + [("ALL_FOLDS", None), (None, None)],
)
def test_only_the_test_fold_of_a_versions_own_is_held_out(version, held_out):
    annotations = FOLDS.sample(frac=1, random_state=1)
    found = places(strata(LEADS, annotations, model_version=version))
    assert found.get("held_out") == held_out
    known = {0, 1, 2, 4, 5, 6, 7, 8}
    assert set(found["seen"]) == known - set(held_out or [])
    assert found["fold_fold1"] == [0]
    assert found["fold_fold0"] == [2]


def test_test_folds_are_the_sdks():
    fold_intervals = pytest.importorskip("alphagenome.data.fold_intervals")
    from alphagenome.models.v1.dna_client import ModelVersion
    from endobench.benchmark.strata import TEST_FOLD

    subset = fold_intervals.Subset.TEST
    for version, fold in TEST_FOLD.items():
        names = fold_intervals.get_fold_names(ModelVersion[version], subset)
        assert names == [fold]


def test_annotations_that_name_a_variant_twice_are_an_error():
    with pytest.raises(ValueError, match="chr1_1_A_G_b38 appears twice"):
        strata(LEADS, pd.concat([FOLDS, FOLDS[:1]]))


@given(order=ORDERS)
@settings(max_examples=10)
def test_the_order_of_rows_decides_nothing(order):
    pairs = LEADS.assign(maf=np.linspace(0.01, 0.5, len(LEADS)))
    expected = strata(pairs, FOLDS, [0.15], model_version="FOLD_1")
    found = strata(pairs.iloc[order], FOLDS, [0.15], model_version="FOLD_1")
    assert list(found) == list(expected)
    for name, mask in expected.items():
        np.testing.assert_array_equal(found[name], mask[order])


@pytest.mark.parametrize("feature", ["peak", "variant", "reporter"])
def test_without_features_every_variant_leads(feature):
    assert is_lead(benchmark()[0].assign(feature_id=feature)).all()
    assert is_lead(benchmark()[0].assign(feature_id="gene")).sum() == 1


def test_pairs_of_genes_are_separated_by_place():
    pairs = pairs_of(
        ("chr1_1_A_G_b38", "g1", -2_000, True, None),
        ("chr1_2_A_G_b38", "g1", 2_001, False, None),
        # No annotation knows this gene, but it has a score.
        ("chr1_3_A_G_b38", "g2", 0, None, "g2"),
        # Nothing says that this feature is a gene.
        ("chr1_4_A_G_b38", "peak1", 0, None, None),
        names=("variant_id", "feature_id", "distance", "in_gene", "scored_gene"),
    )
    found = strata(pairs.assign(effect=[1.0, 2.0, 3.0, 4.0]))
    masks = {
        "in_gene": [True, False, False, False],
        "outside_gene": [False, True, False, False],
        "promoter_within_2kb": [True, False, True, False],
        "distal_beyond_2kb": [False, True, False, False],
    }
    assert {name: found[name].tolist() for name in masks} == masks
    peaks = strata(pairs.assign(effect=1.0, in_gene=None, scored_gene=None))
    assert not masks.keys() & peaks.keys()
