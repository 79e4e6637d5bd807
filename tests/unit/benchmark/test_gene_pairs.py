import numpy as np
import pandas as pd
import pytest
from endobench.benchmark import gene_pairs
from endobench.benchmark.gene_pairs import (
    Gaps,
    asked_pairs,
    in_gene,
    is_of_all_tissues,
    on_scale_of_scores,
    scores_of,
    why_no_score,
    with_genes,
)
from endobench.core.columns import EFFECTS
from endobench.core.errors import InputError

# A window of 2,000 bp around the variant at 10,001.
VARIANT = "chr1_10001_A_G_b38"
WINDOWS = pd.DataFrame(
    {"source_id": [VARIANT], "window_start": 9_000, "window_end": 11_000}
)
GENES = pd.DataFrame(
    [
        # Starts in the window, and holds the variant.
        ("ENSG01", "chr1", "+", 9_500, 20_000, [9_500]),
        # On the reverse strand the end is the start; it lies outside.
        ("ENSG02", "chr1", "-", 9_000, 12_000, [12_000]),
        # One of two transcripts starts in the window, at its first base.
        ("ENSG03", "chr1", "+", 5_000, 9_900, [5_000, 9_000]),
        # Starts right after the window.
        ("ENSG04", "chr1", "+", 11_000, 12_000, [11_000]),
        # A namesake on another chromosome.
        ("ENSG05", "chr2", "+", 9_500, 20_000, [9_500]),
    ],
    columns=["gene_id", "chrom", "strand", "start", "end", "tss"],
)


def pairs_of(*features, distance=np.nan):
    rows = pd.DataFrame({"feature_id": features, "variant_id": VARIANT})
    rows = rows.assign(source_line=range(2, len(rows) + 2), distance=distance)
    rows = with_genes(rows.reindex(columns=EFFECTS.names))
    return rows.assign(source_id=rows["variant_id"])


def reasons(*features, scorer="RNA_SEQ", genes=GENES, answered=(), distance=np.nan):
    gaps = Gaps(scorer, WINDOWS, genes, set(answered))
    return list(why_no_score(pairs_of(*features, distance=distance), gaps))


def test_the_annotation_says_why_a_gene_has_no_score():
    found = reasons("ENSG01.3", "ENSG02.1", "ENSG03.9", "ENSG04.1", "ENSG09.2")
    assert found == [
        "gene_not_annotated",
        "gene_not_in_window",
        "gene_not_annotated",
        "gene_not_in_window",
        "gene_id_retired",
    ]
    # The namesake is no gene of this chromosome.
    assert reasons("ENSG05.1") == ["gene_id_retired"]


def test_an_annotation_of_other_chromosomes_says_nothing():
    elsewhere = GENES[GENES["chrom"] == "chr2"]
    assert reasons("ENSG01.1", genes=elsewhere) == ["gene_not_in_answer"]


def test_splicing_needs_the_variant_in_the_gene():
    found = reasons("ENSG01.1", "ENSG03.1", "ENSG02.1", scorer="SPLICE_SITES")
    # The variant lies in the body of the third, whose start is outside the window.
    assert found == [
        "gene_not_annotated",
        "variant_outside_gene",
        "gene_not_annotated",
    ]


@pytest.mark.parametrize(
    ("distance", "answered", "reason"),
    [
        (1_500, (), "gene_not_in_window"),
        (-1_500, ("ENSG01",), "gene_not_in_window"),
        (-900, (), "gene_not_annotated"),
        # Other variants have a score of it, so the model knows it.
        (900, ("ENSG01",), "gene_not_in_window"),
        (np.nan, (), "gene_not_in_answer"),
        (np.nan, ("ENSG01",), "gene_not_in_window"),
    ],
)
def test_without_an_annotation_the_distance_tells(distance, answered, reason):
    found = reasons("ENSG01.4", genes=None, answered=answered, distance=distance)
    assert found == [reason]


def test_a_feature_that_is_no_gene_says_so():
    assert reasons("peak", "ENSG09.1")[0] == "feature_is_no_gene"
    assert reasons("peak", genes=None) == ["feature_is_no_gene"]


def test_a_table_lacks_genes_for_no_known_reason():
    assert reasons("ENSG01.1", scorer="table") == ["gene_not_in_table"]


def test_every_reason_is_listed():
    listed = set(gene_pairs.REASONS)
    assert set(reasons("ENSG01.1", "ENSG02.1", "ENSG09.1", "peak")) <= listed


def test_two_versions_of_a_gene_are_refused():
    with pytest.raises(InputError) as caught:
        pairs_of("ENSG01.1", "ENSG02.1", "ENSG01.2")
    message = str(caught.value)
    assert "lines 2 and 4" in message
    assert "ENSG01.1 and ENSG01.2" in message
    assert "\n" not in message


def test_introns_of_one_gene_are_different_features():
    first, second = (f"chr1:10:{end}:clu_1:ENSG01.2" for end in (20, 30))
    assert list(pairs_of(first, second)["gene"]) == ["ENSG01", "ENSG01"]


def test_a_variant_lies_in_its_own_gene_or_not():
    found = in_gene(pairs_of("ENSG01.1", "ENSG03.1", "ENSG09.1"), GENES)
    assert list(found.astype(object)) == [True, False, pd.NA]


def test_a_score_belongs_to_a_variant_or_to_a_gene_of_it():
    pairs = pd.DataFrame({"variant_id": ["a", "a", "a", "b"]})
    assert scores_of(pairs).tolist() == [0, 0, 0, 1]
    # Two introns of a gene share its score.
    genes = pairs.assign(scored_gene=["g2", "g1", "g2", "g1"])
    assert scores_of(genes).tolist() == [1, 0, 1, 2]
    assert scores_of(pairs.assign(scored_gene=None)).tolist() == [0, 0, 0, 1]


def test_scores_are_asked_for_under_the_ids_of_the_request():
    effects = pd.DataFrame(
        [
            ("s2", "ENSG01.2"),
            ("s1", "ENSG02.1"),
            ("s1", "ENSG01.2"),
            ("s9", "ENSG01.2"),
        ],
        columns=["variant_id", "feature_id"],
    ).astype("category")
    shards = pd.DataFrame({"variant_id": ["v1", "v2"], "source_id": ["s1", "s2"]})
    found = asked_pairs(effects, shards)
    assert list(found) == ["variant_id", "feature_id"]
    assert sorted(found.itertuples(index=False, name=None)) == [
        ("v1", "ENSG01.2"),
        ("v1", "ENSG02.1"),
        ("v2", "ENSG01.2"),
    ]


def test_a_model_scores_a_gene_for_all_tissues_of_a_table():
    rows = pd.DataFrame(
        {"feature_id": ["ENSG01.1@Lung", "ENSG01.1@Liver"], "variant_id": VARIANT}
    ).reindex(columns=EFFECTS.names)
    assert list(with_genes(rows, True)["gene"]) == ["ENSG01", "ENSG01"]
    # A table of scores has one for each.
    assert list(with_genes(rows)["gene"]) == ["ENSG01@Lung", "ENSG01@Liver"]
    shards = pd.DataFrame({"variant_id": ["aligned"], "source_id": [VARIANT]})
    asked = asked_pairs(rows, shards, True)
    assert set(asked["feature_id"]) == {"ENSG01.1"}
    # The annotation knows genes without their tissue.
    places = with_genes(rows).assign(source_id=VARIANT)
    assert in_gene(places, GENES).all()


def test_scores_that_name_no_tissue_are_of_all_tissues():
    assert is_of_all_tissues("RNA_SEQ")
    assert is_of_all_tissues("table", {"ENSG01", "ENSG02"})
    assert not is_of_all_tissues("table", {"ENSG01", "ENSG02@Lung"})
    # Scores of variants know no gene.
    assert not is_of_all_tissues("table")


def test_an_allelic_fold_change_has_the_scale_of_expression_scores():
    pairs = pd.DataFrame(
        {"effect": [1.0, -2.0], "effect_se": [0.5, np.nan], "unit": "log2_aFC"}
    ).assign(scorer="RNA_SEQ")
    found = on_scale_of_scores(pairs)
    # A doubling of expression.
    assert np.exp(found["effect"].iloc[0]) == pytest.approx(2)
    assert found["effect_se"].iloc[0] == pytest.approx(np.log(2) / 2)
    assert set(found["unit"]) == {"ln_aFC"}
    for other in (pairs.assign(unit="slope"), pairs.assign(scorer="SPLICE_SITES")):
        assert on_scale_of_scores(other).equals(other)


@pytest.mark.parametrize(
    ("features", "is_told"),
    [
        (("ENSG01.1", "ENSG09.1"), True),
        # The annotation has this gene on another chromosome.
        (("ENSG01.1", "ENSG05.1"), True),
        (("ENSG01.1", "ENSG02.1"), False),
        # Features that are no genes are in no annotation.
        (("peak_1", "peak_2"), False),
    ],
)
def test_genes_that_an_annotation_lacks_are_told(caplog, features, is_told):
    in_gene(pairs_of(*features), GENES)
    told = "lacks the genes of 1 of 2 pairs, such as"
    assert (told in caplog.text) == bool(caplog.text) == is_told
    caplog.clear()
    # That an annotation has no genes is told where it is read.
    in_gene(pairs_of(*features), GENES.iloc[:0])
    assert not caplog.text
