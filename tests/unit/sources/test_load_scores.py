from types import SimpleNamespace

import pytest
from endobench.core.columns import LOSSES
from endobench.core.errors import InputError
from endobench.sources.formats import Source
from endobench.sources.load_scores import load_scores
from frames import fasta, rows_of

TWO = "chr1_3_G_A_b38", "chr1_4_T_C_b38"
GENES = [("feature_id", "gene_id")]


def loaded(folder, *lines, genome=(), source=None, **options):
    """Load lines of a table of scores, with their genes."""
    path = folder / "scores.tsv"
    path.write_text("\n".join(["variant_id\tgene_id\tscore", *lines]) + "\n")
    files = SimpleNamespace(table=path, chain="", genome=genome, alleles="", joined="")
    params = {"source": source or Source("scores"), "joined": [], "alleles_build": ""}
    params |= {"null": 0.0, "max_unharmonised": 0.05, "name": "mine"}
    params |= {"by_feature": False}
    return load_scores(files, SimpleNamespace(**params | options))


def test_every_row_is_a_score_or_is_dropped(tmp_path):
    lines = [
        f"{TWO[0]}\tG1\t1",
        f"{TWO[1]}\tG1\t2",
        f"{TWO[1]}\tG2\t3",
        "chr1_5_A_C_b38\tG1\t",
    ]
    found = loaded(tmp_path, *lines)
    assert rows_of(found.table, "variant_id", "score") == [(TWO[0], 1.0)]
    assert len(found.table) + len(found.dropped) == len(lines)
    assert list(found.losses) == LOSSES.names
    assert set(found.losses["table"]) == {"mine"}
    assert found.losses["n_rows"].iloc[0] == len(lines)
    assert found.losses["n_rows"].iloc[1:].sum() == len(lines)


def test_the_sheet_or_the_config_says_what_a_score_belongs_to(tmp_path):
    lines = f"{TWO[1]}\tENSG01.1\t2", f"{TWO[1]}\tENSG02.3\t3"
    by_gene = loaded(tmp_path, *lines, source=Source("scores", columns=GENES))
    assert by_gene.table["feature_id"].tolist() == ["ENSG01", "ENSG02"]
    declared = Source("scores", columns=GENES)
    by_feature = loaded(tmp_path, *lines, source=declared, by_feature=True)
    assert by_feature.table["feature_id"].tolist() == ["ENSG01.1", "ENSG02.3"]
    with pytest.raises(InputError, match="add 'feature_id=gene_id'"):
        loaded(tmp_path, *lines)


def test_the_value_of_no_effect_becomes_0(tmp_path):
    found = loaded(tmp_path, f"{TWO[0]}\tG1\t0.75", null=0.5)
    assert found.table["score"].tolist() == [0.25]


@pytest.mark.parametrize(
    ("variant", "told"),
    [
        (
            "chr1_3_A_G_b38",
            "have the genome's base as ALT; their values were reflected",
        ),
        ("chr1_3_A_C_b38", "have neither allele in the genome"),
        ("chr1_3_G_A_b38", ""),
        # The genome says nothing of other chromosomes.
        ("chr2_3_A_C_b38", ""),
    ],
)
def test_variants_that_do_not_fit_the_genome_are_told(tmp_path, caplog, variant, told):
    genome = [fasta(tmp_path, chr1="ACGTACGT")]
    loaded(tmp_path, f"{variant}\tG1\t1", f"{TWO[1]}\tG1\t2", genome=genome)
    assert ("1 of 2 variants, such as" in caplog.text) == bool(told)
    assert told in caplog.text


def test_a_table_whose_scores_are_all_lost_is_refused(tmp_path):
    lines = f"{TWO[1]}\tENSG01.1\t2", f"{TWO[1]}\tENSG01.2\t3"
    with pytest.raises(InputError, match="scores.tsv: none of 2 .*several_scores"):
        loaded(tmp_path, *lines, source=Source("scores", columns=GENES))


def test_alleles_are_compared_with_the_genome_if_there_is_one(tmp_path):
    genome = fasta(tmp_path, chr1="ACGTAGGTAC")
    lines = "chr1_3_A_G_b38\tG1\t1", f"{TWO[1]}\tG1\t2"
    found = loaded(tmp_path, *lines, genome=[genome])
    assert rows_of(found.table, "variant_id", "score") == [
        (TWO[0], -1.0),
        (TWO[1], 2.0),
    ]
