import gzip
import re
from functools import partial

import pandas as pd
import pytest
from endobench.config.sheet import read_sheet
from endobench.config.sheet_row import check_row
from endobench.core.columns import DROPPED, LOSSES, SCORE_TABLE
from endobench.core.errors import InputError
from endobench.sources.formats import Source
from endobench.sources.load import load_effects
from endobench.sources.read import Parsed, read_effects
from endobench.sources.score_table import (
    FEATURE,
    GENE,
    check_genes,
    losses,
    score_table,
)
from frames import VARIANT_IDS as VARIANTS
from frames import effects_of, fasta, rows_of, variants_of
from workflow import ROOT


def test_a_variant_in_order_takes_precedence_over_a_swapped_one():
    effects = effects_of(*((VARIANTS[0], "f", score) for score in (1.0, -2.0)))
    effects = effects.assign(source_id=[VARIANTS[0], None])
    parsed = Parsed(variants_of(VARIANTS[0]), effects, effects_of()[:0], 2)
    table, lost = score_table(parsed)
    assert table["score"].tolist() == [1.0]
    assert lost["reason"].tolist() == ["exchanged_duplicate"]


def test_a_variant_with_several_scores_has_none():
    effects = effects_of((VARIANTS[0], "f1", 1.0), (VARIANTS[2], "f1", 0.5))
    effects = pd.concat([effects, effects_of((VARIANTS[0], "f2", 2.0))])
    before = pd.DataFrame(
        [["variants", "duplicate", "v", 9, ""]], columns=DROPPED.names
    )
    parsed = Parsed(variants_of(*VARIANTS), effects.reset_index(drop=True), before, 4)
    table, lost = score_table(parsed)
    assert rows_of(table, *SCORE_TABLE.names) == [
        (VARIANTS[2], "chr2", 30, "C", "T", VARIANTS[2], None, 0.5)
    ]
    assert rows_of(lost, "reason", "variant_id", "value") == [
        ("duplicate", "v", ""),
        ("several_scores", VARIANTS[0], "1.0"),
        ("several_scores", VARIANTS[0], "2.0"),
    ]
    account = losses("mine", parsed.n_rows, table, lost)
    assert list(account) == LOSSES.names
    names = ["table", "stage", "reason", "n_rows", "n_variants", "examples"]
    assert rows_of(account, *names) == [
        ("mine", "input", "all rows", 4, 3, ""),
        ("mine", "variants", "duplicate", 1, 1, "v"),
        ("mine", "scores", "several_scores", 2, 1, VARIANTS[0]),
        ("mine", "kept", "scores", 1, 1, ""),
    ]


def test_a_variant_may_have_an_effect_for_each_feature():
    effects = effects_of(
        *((VARIANTS[0], "f1", 1.0), (VARIANTS[0], "f2", 1.0)),
        *((VARIANTS[0], "f2", 2.0), (VARIANTS[2], "f1", 0.5)),
    )
    parsed = Parsed(variants_of(*VARIANTS), effects, effects_of()[:0], 4)
    table, lost = score_table(parsed, by=FEATURE)
    assert rows_of(table, "variant_id", "feature_id", "score") == [
        (VARIANTS[0], "f1", 1.0),
        (VARIANTS[2], "f1", 0.5),
    ]
    assert lost["reason"].tolist() == ["several_scores"] * 2


def test_a_score_that_is_said_twice_is_one_score():
    genes = ("ENSG1.4", 1.0), ("ENSG1.5", 1.0), ("ENSG2.1", 2.0)
    effects = effects_of(*((VARIANTS[0], *each) for each in genes))
    parsed = Parsed(variants_of(*VARIANTS), effects, effects_of()[:0], 3)
    table, lost = score_table(parsed, by=GENE)
    assert rows_of(table, "feature_id", "score") == [("ENSG1", 1.0), ("ENSG2", 2.0)]
    assert rows_of(lost, "reason", "value") == [("duplicate", "1.0")]
    # A control was measured of each feature.
    of_features = parsed._replace(effects=effects[:2])
    assert score_table(of_features)[1]["reason"].tolist() == ["several_scores"] * 2


def test_each_gene_of_a_variant_has_a_score_where_their_column_is_named():
    genes = ("ENSG1.4", 1.0), ("ENSG2.1", 2.0), ("ENSG3.1", 3.0), ("ENSG3.2", 3.5)
    effects = effects_of(*((VARIANTS[0], *each) for each in genes))
    effects = pd.concat([effects, effects_of((VARIANTS[0], "ENSG1.5", 9.0))])
    # The last row has REF and ALT swapped, as had that of a gene without another row.
    effects = pd.concat([effects, effects_of((VARIANTS[0], "ENSG4", 4.0))])
    swapped = [VARIANTS[0]] * 4 + [None] * 2
    effects = effects.reset_index(drop=True).assign(source_id=swapped)
    parsed = Parsed(variants_of(*VARIANTS), effects, effects_of()[:0], 6)
    table, lost = score_table(parsed, by=GENE)
    assert rows_of(table, "variant_id", "feature_id", "score") == [
        (VARIANTS[0], "ENSG1", 1.0),
        (VARIANTS[0], "ENSG2", 2.0),
        (VARIANTS[0], "ENSG4", 4.0),
    ]
    assert rows_of(lost, "reason", "value") == [
        ("several_scores", "3.0"),
        ("several_scores", "3.5"),
        ("exchanged_duplicate", "9.0"),
    ]


def test_repeated_rows_of_a_variant_are_several_scores_if_these_differ():
    reason = "conflicting_duplicate"
    rows = [
        ("variants", reason, VARIANTS[0], 2, "1.0"),
        ("variants", reason, VARIANTS[0], 3, "2.0"),
        # They differ in something else.
        ("variants", reason, VARIANTS[1], 4, "1.0"),
        ("variants", reason, VARIANTS[1], 5, "1.0"),
        ("variants", "effect_missing", VARIANTS[2], 6, "nan"),
    ]
    before = pd.DataFrame(rows, columns=DROPPED.names)
    parsed = Parsed(variants_of()[:0], effects_of()[:0], before, 5)
    _, lost = score_table(parsed)
    several = ["several_scores"] * 2
    assert lost["reason"].tolist() == [*several, reason, reason, "effect_missing"]


def test_three_examples_are_named_for_each_reason():
    ids = [f"chr1_{pos}_A_C_b38" for pos in range(9)]
    lost = pd.DataFrame({"stage": "variants", "reason": "filtered", "variant_id": ids})
    lost.loc[9] = ["variants", "position_unknown", None]
    table = effects_of()[:0]
    account = losses("mine", 10, table, lost).set_index("reason")
    assert account.loc["filtered", "examples"] == ", ".join(ids[:3])
    # A row without a variant is a row nevertheless.
    assert account.loc["position_unknown", ["n_rows", "n_variants"]].tolist() == [1, 0]
    assert account["n_rows"].tolist() == [10, 9, 1, 0]


# Tables as other tools write them, and the scores that they must give: by the first words
# of their row in the page on several models.
ADAPTERS = {
    "ChromBPNet": (
        "var.chr\tvar.pos_hg38\tvar.allele1\tvar.allele2\tvar.isused"
        "\tpred.chrombpnet.encsr000emt.variantscore.logfc\n"
        "chr1\t10\tA\tG\tTrue\t0.25\nchr2\t30\tT\tC\tTrue\t0.5\nchr2\t31\tA\tC\tFalse\t9\n",
        [("chr1_10_A_G_b38", None, 0.25), ("chr2_30_C_T_b38", None, -0.5)],
    ),
    "Enformer": (
        "var.chr\tvar.pos_hg38\tvar.allele1\tvar.allele2\tvar.isused"
        "\tpred.enformer.encsr000emt.variantscore.local_logfc\n"
        "chr1\t10\tA\tG\tTrue\t-0.125\n",
        [("chr1_10_A_G_b38", None, -0.125)],
    ),
    "Borzoi": (
        "snp\tgene\ttarget\tlogSED\n"
        "chr1_10_A_G_b38\tENSG00000000001.5\tRNA:blood\t0.75\n"
        "chr1_10_A_G_b38\tENSG00000000002.1\tRNA:blood\t-0.5\n"
        "chr1_10_A_G_b38\tENSG00000000001.5\tRNA:liver\t9\n",
        [
            ("chr1_10_A_G_b38", "ENSG00000000001", 0.75),
            ("chr1_10_A_G_b38", "ENSG00000000002", -0.5),
        ],
    ),
    "CADD": (
        "## CADD GRCh38-v1.7\n#Chrom\tPos\tRef\tAlt\tRawScore\tPHRED\n"
        "1\t10\tA\tG\t0.778171\t8.085\n2\t30\tC\tT\t-0.25\t1.5\n",
        [("chr1_10_A_G_b38", None, 0.778171), ("chr2_30_C_T_b38", None, -0.25)],
    ),
    "conservation": (
        "## CADD GRCh38-v1.7\n#Chrom\tPos\tRef\tAlt\tConsequence\tmamPhyloP\tRawScore\n"
        "1\t10\tA\tG\tINTRONIC\t2.5\t1\n1\t10\tA\tG\tREGULATORY\t2.5\t1\n"
        "2\t30\tC\tT\tINTRONIC\tNA\t1\n",
        [("chr1_10_A_G_b38", None, 2.5)],
    ),
}


def documented_adapters():
    """Return the row of each tool in the page on several models, by its first word."""
    text = (ROOT / "resources/docs/models/several_models.md").read_text()
    rows = text.partition("| tool |")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip().strip("`") for cell in row.split("|")[1:-1]] for row in rows]
    return {re.split(r"[^A-Za-z]", row[0].strip("`"))[0]: row[2:] for row in cells}


@pytest.mark.parametrize("tool", ADAPTERS)
def test_the_documented_row_of_each_tool_reads_its_table(tool, tmp_path):
    assert set(documented_adapters()) == set(ADAPTERS)
    format_, columns, keep, effect_allele = documented_adapters()[tool]
    text, expected = ADAPTERS[tool]
    path = tmp_path / "scores.tsv"
    path.write_text(text)
    row = {"name": "mine", "kind": "scores", "format": format_, "columns": columns}
    row |= {"keep": keep, "effect_allele": effect_allele, "unit": "score"}
    row |= {"build": "GRCh38", "location": str(path), "licence": "CC0-1.0"}
    check_row(row, "my.tsv: line 2")
    source = Source.of_row(row)
    chrom = fasta(
        tmp_path, chr1="T" * 9 + "A" + "T" * 10, chr2="G" * 29 + "C" + "T" * 10
    )
    parsed = load_effects(path, source, genome=chrom)
    table, _ = score_table(parsed, GENE if "feature_id" in columns else None)
    found = [
        (variant, None if pd.isna(gene) else gene, score)
        for variant, gene, score in rows_of(table, "variant_id", "feature_id", "score")
    ]
    assert found == expected


def test_the_sheets_row_of_chrombpnet_reads_its_scores(shared_data, tmp_path):
    path = shared_data("caqtl_african/caqtls.african.lcls.benchmarking.subset.tsv")
    genome = tmp_path / "chr1.fa"
    packed = shared_data("hg38_chr1_1Mb/hg38_1m.fa.gz").read_bytes()
    genome.write_bytes(gzip.decompress(packed))
    schema = ROOT / "config/schemas/sheet.schema.yaml"
    row = read_sheet(ROOT / "config/datasets.tsv", schema)["chrombpnet_caqtl_african"]
    parsed = load_effects(path, Source.of_row(row), genome=genome)
    table, _ = score_table(parsed)
    assert rows_of(table, "variant_id", "score") == [
        ("chr1_976215_A_G_b38", 0.0821274204)
    ]


OWN = [("effect", "score")]


@pytest.mark.parametrize("name", ["gene_id", "Gene", "phenotype_id", "target gene"])
@pytest.mark.parametrize(
    ("source", "is_refused"),
    [
        (Source("scores"), True),
        (Source("tidy", unit="score", columns=OWN), True),
        (Source("scores", columns=[("feature_id", "gene_id")]), False),
        # Effects of a control are of a variant, whatever they were measured of.
        (Source("tidy", unit="slope", columns=OWN), False),
    ],
)
def test_genes_that_the_sheet_does_not_declare_are_refused(
    tmp_path, name, source, is_refused
):
    path = tmp_path / "scores.tsv"
    rows = "chr1_5_A_G_b38\tENSG04.1\t1\nchr1_5_A_G_b38\tENSG05.2\t2\n"
    path.write_text(f"variant_id\t{name}\tscore\n{rows}")
    if not is_refused:
        check_genes(path, source, partial(read_effects, path))
        return
    with pytest.raises(InputError) as caught:
        check_genes(path, source, partial(read_effects, path))
    assert f"column {name!r} has genes, and a variant such as" in str(caught.value)
    assert f"add 'feature_id={name}'" in str(caught.value)


@pytest.mark.parametrize(
    ("other", "is_told"), [("chr1_5_A_G_b38", 0), ("chr1_6_A_G_b38", 1)]
)
def test_scores_that_are_equal_for_all_genes_of_a_variant_are_of_variants(
    tmp_path, caplog, other, is_told
):
    path = tmp_path / "scores.tsv"
    rows = f"chr1_5_A_G_b38\tENSG04.1\t2\n{other}\tENSG05.2\t2\n"
    path.write_text(f"variant_id\tgene_id\tscore\n{rows}")
    check_genes(path, Source("scores"), partial(read_effects, path))
    # With one gene for each variant, the table does not show which they are of.
    assert caplog.text.count("one for each variant") == is_told


def test_names_that_are_no_ids_of_genes_are_not_judged(tmp_path):
    path = tmp_path / "scores.tsv"
    path.write_text("variant_id\tgene\tscore\nchr1_5_A_G_b38\tMYC\t2\n")
    check_genes(path, Source("scores"), partial(read_effects, path))


def test_a_column_that_is_no_text_is_no_column_of_genes(tmp_path):
    path = tmp_path / "scores.parquet"
    genes = [["ENSG04.1"], ["ENSG05.2"]]
    rows = {"variant_id": ["chr1_5_A_G_b38"] * 2, "genes": genes, "score": [1.0, 2.0]}
    pd.DataFrame(rows).to_parquet(path)
    check_genes(path, Source("scores"), partial(read_effects, path))
