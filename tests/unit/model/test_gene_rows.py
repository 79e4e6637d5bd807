from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from endobench.core.errors import WrongAnswer
from endobench.model.gene_rows import Genes, KnownGenes, gene_answer
from endobench.model.strands import merging_of

ROW = SimpleNamespace(
    variant_id="v1", chrom="chr1", pos=9, ref="A", alt="AT", window_start=4
)
IDS = ("ENSG00000000003.15", "ENSG00000000005.6", "ENSG00000002586.20_PAR_Y")
BARE = ["ENSG00000000003", "ENSG00000000005", "ENSG00000002586_PAR_Y"]
GENES = Genes(IDS, ("+", "-", "+"))
RAW = np.float32([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])


def test_rows_keep_their_order_and_ids_lose_their_version():
    answer = gene_answer(ROW, "RNA_SEQ", [RAW, RAW / 2], GENES)
    assert (answer.variant_id, answer.window_start) == ("v1", 4)
    assert answer.feature_ids.tolist() == BARE
    np.testing.assert_array_equal(answer.raw, RAW)
    np.testing.assert_array_equal(answer.quantile, RAW / 2)
    backwards = Genes(IDS[::-1], GENES.strands[::-1])
    assert (
        gene_answer(ROW, "RNA_SEQ", [RAW], backwards).feature_ids.tolist() == BARE[::-1]
    )


def test_ids_may_come_without_version_or_of_another_form():
    for ids in (BARE, ["a", "b", "c"]):
        genes = Genes(tuple(ids), GENES.strands)
        assert gene_answer(ROW, "RNA_SEQ", [RAW], genes).feature_ids.tolist() == ids


def test_without_genes_there_is_an_answer_without_rows():
    answer = gene_answer(ROW, "RNA_SEQ", [RAW[:0], RAW[:0]], Genes())
    assert answer.raw.shape == answer.quantile.shape == (0, 2)
    assert answer.feature_ids.shape == (0,)


def test_a_gene_has_the_largest_score_of_its_junctions_that_is_known():
    ids = (IDS[1], IDS[0], IDS[1])
    genes = Genes(ids, ("-", "+", "-"))
    answer = gene_answer(ROW, "SPLICE_JUNCTIONS", [RAW[[0, 2, 1]]], genes)
    assert answer.feature_ids.tolist() == [BARE[1], BARE[0]]
    np.testing.assert_array_equal(answer.raw, RAW[[1, 2]])
    # If one of them is no number, the largest is not known.
    lacking = RAW.copy()
    lacking[0, 1] = np.nan
    answer = gene_answer(ROW, "SPLICE_JUNCTIONS", [lacking], genes)
    assert np.isnan(answer.raw).tolist() == [[False, True], [False, False]]
    with pytest.raises(WrongAnswer, match=f"2 rows of {BARE[1]} came"):
        gene_answer(ROW, "SPLICE_SITES", [RAW], genes)


def test_a_row_of_junctions_has_the_strand_of_its_gene():
    tracks = pd.DataFrame({"name": ["a", "a"], "strand": ["+", "-"]})
    merging = merging_of(tracks, "SPLICE_SITES")
    answer = gene_answer(ROW, "SPLICE_SITES", [RAW], GENES, merging)
    np.testing.assert_array_equal(answer.raw, RAW[[0, 1, 2], [0, 1, 0]][:, None])


def test_a_strand_is_needed_where_an_answer_should_name_it_or_tracks_have_one():
    merging = merging_of(pd.DataFrame({"name": list("ab"), "strand": "."}), "RNA_SEQ")
    unnamed = {"names_strands": False}
    for strand, options in [
        (None, {}),
        (None, {"merging": merging} | unnamed),
        (".", {}),
        (".", unnamed),
        ("", unnamed),
    ]:
        genes = Genes(IDS, ("+", strand, "+"))
        with pytest.raises(WrongAnswer, match=f"strand, [+] or -; .* for {IDS[1]}"):
            gene_answer(ROW, "RNA_SEQ", [RAW], genes, **options)
    genes = Genes(IDS, (None, None, "+"))
    answer = gene_answer(ROW, "RNA_SEQ", [RAW], genes, **unnamed)
    np.testing.assert_array_equal(answer.raw, RAW)


@pytest.mark.parametrize("name", ["", " ", "a b", "a\tb", "\x00", "é"])
def test_an_id_is_a_word(name):
    genes = Genes((*IDS[:2], name), GENES.strands)
    with pytest.raises(WrongAnswer, match="id of each gene; .* for row 3 of 3"):
        gene_answer(ROW, "RNA_SEQ", [RAW], genes)


def test_genes_are_read_from_the_clients_table():
    table = pd.DataFrame({"gene_id": IDS, "strand": list("+-+"), "gene_name": "x"})
    assert Genes.of_table(table) == GENES
    assert Genes.of_table(table[["gene_id"]]) == Genes(IDS, (None,) * 3)
    assert Genes.of_table(table[["gene_name"]]) == Genes()
    lacking = table.assign(gene_id=[*IDS[:2], None], strand=["+", np.nan, "-"])
    assert Genes.of_table(lacking) == Genes((*IDS[:2], ""), ("+", None, "-"))


def test_what_exceeds_single_precision_is_no_number():
    answer = gene_answer(
        ROW, "RNA_SEQ", [np.array([[0.1, np.inf]])], Genes(("a",), "+")
    )
    assert answer.raw.dtype == np.float32 and not answer.is_complete()


def test_what_is_said_of_a_gene_may_not_change():
    known = KnownGenes()
    known.check(ROW, "RNA_SEQ", Genes(("ENSG1.2", "ENSG2"), ("+", None)))
    # An answer may say less, but nothing else; several rows of a gene say the same.
    known.check(ROW, "RNA_SEQ", Genes(("ENSG1.2", "ENSG2", "ENSG2"), (None, "-", "-")))
    for genes, words in (
        (Genes(("ENSG3", "ENSG1.2"), ("+", "-")), "ENSG1 came as '[+]' .* now as '-'"),
        (Genes(("ENSG2",), ("+",)), "ENSG2 came as '-' before, and now as '[+]'"),
        (Genes(("ENSG1.3",), ("+",)), "ENSG1 came as 'ENSG1.2' .* now as 'ENSG1.3'"),
    ):
        with pytest.raises(WrongAnswer, match=words):
            known.check(ROW, "RNA_SEQ", genes)
