import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import PAIRS, SCORED_VARIANTS
from endobench.core.errors import InputError
from endobench.core.tables import as_table
from endobench.export.scored_variants import (
    chromosome_lengths,
    joined,
    scored_variants,
)
from frames import fasta, rows_of
from scored import FEATURE, GENOME, ROWS, SEQUENCE, pairs_by_gene, pairs_of


@pytest.fixture
def genome(tmp_path):
    return fasta(tmp_path, **GENOME)


def test_each_variant_is_one_row_with_its_score_and_its_lead_feature(genome):
    variants = scored_variants(pairs_of(), genome)
    names = ["variant_id", "score", "n_features", "feature_id", "effect", "p_value"]
    assert rows_of(variants, *names)[:2] == [
        ("chr1_11_A_G_b38", 0.2006274312, 2, FEATURE, -0.3, 1e-120),
        ("chr1_11_A_T_b38", -0.75, 1, "g1", 0.1, 1e-5),
    ]
    assert rows_of(variants, "chrom", "pos", "ref", "alt")[2] == (
        "chr1",
        12,
        "CGT",
        "C",
    )
    assert len(variants) == 6
    assert variants["unit"].unique() == ["slope"]
    assert list(variants.columns) == SCORED_VARIANTS.names
    as_table(variants, SCORED_VARIANTS)


def test_the_order_of_pairs_changes_nothing(genome):
    expected = scored_variants(pairs_of(), genome)
    for seed in range(5):
        shuffled = pairs_of().sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(scored_variants(shuffled, genome), expected)


def test_the_lead_has_the_highest_inclusion_probability_where_there_is_one(genome):
    pairs = pairs_of(pip=[0.9, 0.1, *[None] * 5])
    assert scored_variants(pairs, genome)["feature_id"].iloc[0] == "g1"


def test_all_source_ids_of_a_variant_are_kept():
    rows = [ROWS[3], ROWS[3]]
    pairs = pairs_of(rows, source_id=["chr1_13_GTT_T_b38", "chr1_12_CGT_C_b38"])
    variants = scored_variants(pairs)
    assert variants["source_ids"].tolist() == ["chr1_12_CGT_C_b38;chr1_13_GTT_T_b38"]
    assert variants["n_features"].tolist() == [1]


def test_a_variant_with_two_scores_is_refused():
    rows = [ROWS[0], (*ROWS[1][:4], 0.5)]
    with pytest.raises(InputError, match="chr1_11_A_G_b38: has 2 scores, expected one"):
        scored_variants(pairs_of(rows))


def test_ref_is_compared_with_a_given_genome(genome):
    rows = [*ROWS, ("chr2_4_G_C_b38", "g4", 0.1, 0.1, 0.1)]
    rows += [(f"chr2_{len(SEQUENCE)}_GAC_G_b38", "g4", 0.1, 0.1, 0.1)]
    variants = scored_variants(pairs_of(rows), genome).set_index("variant_id")
    is_wrong = ~variants["ref_matches"].astype(bool)
    assert list(variants.index[is_wrong]) == ["chr2_4_G_C_b38", "chr2_200_GAC_G_b38"]
    assert scored_variants(pairs_of(rows))["ref_matches"].isna().all()


def test_a_chromosome_missing_from_the_genome_is_named(tmp_path):
    with pytest.raises(
        InputError, match="chromosome 'chr10' of the variants is missing"
    ):
        scored_variants(pairs_of(), fasta(tmp_path, chr1=SEQUENCE, chr2=SEQUENCE))


def test_without_pairs_there_are_no_variants(genome):
    empty = PAIRS.empty_table().to_pandas()
    for path in (None, genome):
        variants = scored_variants(empty, path)
        assert as_table(variants, SCORED_VARIANTS).num_rows == 0


def test_texts_of_a_place_are_joined_in_their_order():
    place = np.array([2, 0, 2, 0])
    found = joined(["b", "d", "a", "c"], place, 4, ";")
    assert found.to_pylist() == ["d;c", "", "b;a", ""]


def test_chromosomes_are_in_the_order_of_the_genome(genome):
    assert list(chromosome_lengths(genome).items()) == [
        (name, len(SEQUENCE)) for name in ("chr1", "chr2", "chr10")
    ]


def test_each_gene_of_a_variant_is_one_row_with_its_score(genome):
    genes = pairs_by_gene()
    found = scored_variants(genes, genome)
    names = ["variant_id", "scored_gene", "score", "feature_id", "effect", "n_features"]
    first, last = "chr1_11_A_G_b38", "chr1_12_CGT_C_b38"
    assert rows_of(found, *names) == [
        (first, "ENSG01", 0.5, "ENSG01.7", 0.1, 1),
        # Of the features of one gene, the one with the smaller p value leads.
        (first, "ENSG02", -0.75, "chr1:5:7:clu_1:ENSG02.1", -0.2, 2),
        (last, "ENSG01", 0.25, "ENSG01.7", 0.4, 1),
    ]
    assert found["ref_matches"].all()
    as_table(found, SCORED_VARIANTS)
    shuffled = scored_variants(genes.sample(frac=1, random_state=1), genome)
    pd.testing.assert_frame_equal(shuffled, found)
    # Two scores of one gene, or of one variant, are a mistake.
    for twice in (genes.assign(scored_gene="ENSG1"), genes.assign(scored_gene=None)):
        with pytest.raises(InputError, match="has 2 scores"):
            scored_variants(twice)
