"""Each format, in the layout in which it is published."""

import gzip
import hashlib
import logging

import numpy as np
import pandas as pd
import pytest
from endobench.config.sheet import read_sheet
from endobench.core.errors import InputError
from endobench.sources.formats import Source
from endobench.sources.load import load_effects
from endobench.sources.published_formats import FORMATS
from endobench.sources.read import Parsed, read_effects
from endobench.sources.rsids import Alleles
from endobench.sources.score_table import GENE, score_table
from endobench.sources.variant_keys import Partners
from frames import effects_of, fasta, rows_of, variants_of
from workflow import ROOT

#          1234567890
CHR1 = "ACGTAGGTAC"
HEADER = {
    "gtex_dapg": None,
    "gtex_caviar": "TISSUE GENE eQTL CHROM POS Probability",
    "eqtl_catalogue": "molecular_trait_id gene_id cs_id variant rsid cs_size pip pvalue"
    " beta se z cs_min_r2 region",
    "chrombpnet_qtl": "var.chr var.pos_hg38 var.allele1 var.allele2 var.isused obs.beta"
    " obs.pval obs.label",
    "kircher_mpra": "Chrom Pos Ref Alt Barcodes DNA RNA Coefficient pValue Element"
    " Release",
    "sure_raqtl": "chr SNP_ID SNPabspos ref.element.count alt.element.count"
    " k562.ref.mean k562.alt.mean k562.wilcox.p.value k562.wilcox.p.value.random"
    " hepg2.ref.mean hepg2.alt.mean hepg2.wilcox.p.value hepg2.wilcox.p.value.random"
    " ref alt",
    "mpra_skew": "variant cohort cell_type log2FC logPadj_BF log2Skew Skew_logPadj pip"
    " mean_RNA_ref mean_RNA_alt",
    "mpra_activity": "chr pos ref alt enhancer ref_rna_dna alt_rna_dna",
}


@pytest.fixture
def genome(tmp_path):
    return fasta(tmp_path, chr1=CHR1)


@pytest.fixture(scope="module")
def sheet():
    """The rows of the sheets that come with the workflow."""
    sheets = [ROOT / "config" / name for name in ("datasets.tsv", "gtex.tsv")]
    return read_sheet(sheets, ROOT / "config" / "schemas" / "sheet.schema.yaml")


def load(folder, format_name, *lines, options=None, **fields):
    """Load lines, whose fields are separated by spaces, as a table of a format."""
    path = folder / "table.txt"
    header = [HEADER[format_name]] if HEADER[format_name] else []
    text = "\n".join([*header, *lines]) + "\n"
    path.write_text(text.replace(" ", "\t"))
    return load_effects(path, Source(format_name, **fields), **(options or {}))


def assert_whole(parsed):
    assert len(parsed.effects) + len(parsed.dropped) == parsed.n_rows
    assert set(parsed.effects["variant_id"]) == set(parsed.variants["variant_id"])


def joined_of(*pairs):
    effects = effects_of(*(pair[:3] for pair in pairs))
    effects = effects.assign(effect_se=0.1, p_value=1e-5, maf=0.2, distance=7.0)
    ids = dict.fromkeys(pair[0] for pair in pairs)
    return Parsed(variants_of(*ids), effects, None, len(pairs))


def test_gtex_v10_is_parquet_with_the_frequency_of_alt(tmp_path):
    path = tmp_path / "Lung.v10.eQTLs.signif_pairs.parquet"
    pd.DataFrame(
        {
            "gene_id": ["ENSG1.1", "ENSG1.1"],
            "variant_id": ["chr1_1_A_G_b38", "chr1_2_C_T_b38"],
            "tss_distance": [5, -5],
            "af": [0.25, 0.75],
            "ma_samples": [9, 9],
            "ma_count": [10, 10],
            "pval_nominal": [1e-5, 1e-6],
            "slope": np.array([0.5, -0.5], dtype=np.float32),
            "slope_se": [0.1, 0.1],
            "pval_nominal_threshold": [1e-4, 1e-4],
            "min_pval_nominal": [1e-6, 1e-6],
            "pval_beta": [1e-3, 1e-3],
        }
    ).to_parquet(path)
    parsed = load_effects(path, Source("gtex_pairs"))
    assert_whole(parsed)
    names = ["variant_id", "feature_id", "effect", "maf", "distance", "unit"]
    assert rows_of(parsed.effects, *names) == [
        ("chr1_1_A_G_b38", "ENSG1.1", 0.5, 0.25, 5, "slope"),
        ("chr1_2_C_T_b38", "ENSG1.1", -0.5, 0.25, -5, "slope"),
    ]


@pytest.mark.parametrize("release", ["v10", "v11"])
def test_gtex_susie_takes_the_slopes_of_the_pairs(tmp_path, sheet, release):
    row = sheet[f"whole_blood_{release}_susie"]
    assert row["member"] == f"Whole_Blood.{release}.eQTLs.SuSiE_summary.parquet"
    pairs = sheet[row["effects_from"]]
    frame = pd.DataFrame(
        {
            "variant_id": ["chr1_1_A_G_b38", "chr1_2_C_T_b38"],
            "af": [0.75, 0.25],
            "pval_nominal": [1e-6, 1e-5],
            "slope": [0.5, -0.5],
            "slope_se": [0.1, 0.1],
        }
    )
    names = ("gene_id", "tss_distance")
    if release == "v11":
        names = ("phenotype_id", "start_distance")
    frame = frame.assign(**{names[0]: "ENSG1.5", names[1]: [7, -7]})
    path = tmp_path / pairs["member"]
    frame.to_parquet(path)
    joined = load_effects(path, Source.of_row(pairs))
    ids = ["chr1_1_A_G_b38", "chr1_1_A_G_b38", "chr1_2_C_T_b38", "chr1_3_G_A_b38"]
    susie = pd.DataFrame(
        {
            "phenotype_id": "ENSG1.5",
            "gene_id": "ENSG1.5",
            "variant_id": ids,
            # Twice, in two credible sets.
            "pip": [0.9, 0.9, 0.05, 0.2],
            "af": [0.75, 0.75, 0.25, 0.1],
            "cs_id": [1, 2, 1, 1],
        }
    )
    path = tmp_path / row["member"]
    susie.to_parquet(path)
    partners = Partners(joined=joined)
    parsed = load_effects(path, Source.of_row(row), partners=partners)
    assert_whole(parsed)
    names = ["variant_id", "feature_id", "effect", "p_value", "maf", "distance", "pip"]
    assert rows_of(parsed.effects, *names) == [
        ("chr1_1_A_G_b38", "ENSG1.5", 0.5, 1e-6, 0.25, 7, 0.9),
        ("chr1_2_C_T_b38", "ENSG1.5", -0.5, 1e-5, 0.25, -7, 0.05),
    ]
    assert rows_of(parsed.dropped, "reason", "variant_id") == [
        ("duplicate", "chr1_1_A_G_b38"),
        ("not_in_effects_from", "chr1_3_G_A_b38"),
    ]


def test_dapg_takes_the_slopes_of_the_pairs(tmp_path):
    joined = joined_of(("chr1_1_A_G_b38", "g1", 0.5), ("chr1_1_A_G_b38", "g2", -0.5))
    parsed = load(
        tmp_path,
        "gtex_dapg",
        "Whole_Blood g1 1 0.99 chr1_1_A_G_b38 0.9",
        "Whole_Blood g2 1 0.99 chr1_1_A_G_b38 0.1",
        "Whole_Blood g1 2 0.99 chr1_2_C_T_b38 0.2",
        "Lung g1 1 0.99 chr1_1_A_G_b38 0.7",
        options={"partners": Partners(joined=joined)},
        keep=[["tissue", "=", "Whole_Blood"]],
    )
    assert_whole(parsed)
    names = ["feature_id", "effect", "effect_se", "p_value", "maf", "distance", "pip"]
    assert rows_of(parsed.effects, *names, "source_line") == [
        ("g1", 0.5, 0.1, 1e-5, 0.2, 7, 0.9, 1),
        ("g2", -0.5, 0.1, 1e-5, 0.2, 7, 0.1, 2),
    ]
    assert rows_of(parsed.dropped, "reason", "variant_id", "source_line") == [
        ("not_in_effects_from", "chr1_2_C_T_b38", 3)
    ]


def test_caviar_takes_the_alleles_of_the_pairs_too(tmp_path):
    joined = joined_of(
        ("chr1_1_A_G_b38", "g1", 0.5),
        ("chr1_5_A_C_b38", "g1", 0.5),
        ("chr1_5_A_T_b38", "g1", 0.5),
    )
    parsed = load(
        tmp_path,
        "gtex_caviar",
        "Lung g1 1_1 1 1 0.9",
        "Lung g2 1_1 1 1 0.8",
        "Lung g1 1_5 1 5 0.7",
        "Lung g1 1_7 1 7 0.6",
        options={"partners": Partners(joined=joined)},
    )
    assert_whole(parsed)
    names = ["variant_id", "feature_id", "effect", "pip"]
    assert rows_of(parsed.effects, *names) == [("chr1_1_A_G_b38", "g1", 0.5, 0.9)]
    reasons = ["not_in_effects_from", "several_alleles", "position_unknown"]
    assert parsed.dropped["reason"].tolist() == reasons


def test_a_table_without_effects_asks_for_them(tmp_path):
    with pytest.raises(
        InputError, match="has no effects; name the row .*'effects_from'"
    ):
        load(tmp_path, "gtex_dapg", "Lung g1 1 0.9 chr1_1_A_G_b38 0.9")


def test_the_eqtl_catalogues_credible_sets(tmp_path):
    line = "g1 g1 L1 chr1_1_A_G rs1 3 0.5 1e-9 -0.4 0.1 -4 0.9 chr1:1-9"
    parsed = load(tmp_path, "eqtl_catalogue", line, line.replace("rs1", "rs2"))
    assert_whole(parsed)
    names = [
        "variant_id",
        "feature_id",
        "effect",
        "effect_se",
        "p_value",
        "pip",
        "unit",
    ]
    assert rows_of(parsed.effects, *names) == [
        ("chr1_1_A_G_b38", "g1", -0.4, 0.1, 1e-9, 0.5, "beta")
    ]
    # A variant with two rsIDs appears twice.
    assert parsed.dropped["reason"].tolist() == ["duplicate"]


CAQTLS = (
    "chr1 1 A G True 0.5 1e-6 1",
    "chr1 2 T C True 0.25 0.1 -1",
    "chr1 3 A T True 0.1 0.1 0",
    "chr1 4 T A False 0.1 0.1 0",
    "chr1 5 A T True NA NA NA",
)
USED = [["var.isused", "=", "True"]]


@pytest.mark.parametrize(("allele", "sign"), [("allele2", 1), ("allele1", -1)])
def test_chrombpnets_tables_are_harmonised_with_the_genome(
    tmp_path, genome, allele, sign
):
    parsed = load(
        tmp_path,
        "chrombpnet_qtl",
        *CAQTLS,
        options={"genome": genome},
        unit="beta",
        keep=USED,
        effect_allele=allele,
    )
    assert_whole(parsed)
    assert parsed.n_rows == 4
    assert rows_of(parsed.effects, "variant_id", "effect", "p_value", "label") == [
        ("chr1_1_A_G_b38", sign * 0.5, 1e-6, 1),
        ("chr1_2_C_T_b38", -sign * 0.25, 0.1, 0),
    ]
    assert rows_of(parsed.dropped, "stage", "reason") == [
        ("variants", "effect_missing"),
        ("orientation", "neither_allele_is_reference"),
    ]


def test_an_unknown_sign_is_left_as_it_is(tmp_path, genome):
    parsed = load(
        tmp_path,
        "chrombpnet_qtl",
        *CAQTLS[:2],
        options={"genome": genome},
        unit="beta",
        effect_allele="unknown",
    )
    assert rows_of(parsed.effects, "variant_id", "effect") == [
        ("chr1_1_A_G_b38", 0.5),
        ("chr1_2_C_T_b38", 0.25),
    ]


def test_a_pi_is_reflected_about_a_half(tmp_path, genome):
    line = CAQTLS[1].replace("0.25", "0.75")
    fields = {"unit": "Pi", "effect_allele": "allele2"}
    options = {"genome": genome}
    parsed = load(tmp_path, "chrombpnet_qtl", line, options=options, **fields)
    assert parsed.effects["effect"].tolist() == [0.25]


@pytest.mark.parametrize("name", [n for n in FORMATS if Source(n).needs_genome])
def test_a_format_that_needs_the_genome_is_refused_without_it(tmp_path, name):
    with pytest.raises(InputError, match="needs the genome, since its"):
        load_effects(tmp_path / "t", Source(name, unit="beta", effect_allele="allele2"))


def test_atac_qtls_take_their_alleles_from_a_vcf(tmp_path):
    vcf = tmp_path / "alleles.vcf"
    vcf.write_text(
        "##fileformat=VCFv4.2\n##contig=<ID=1>\n"
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        "1\t5\trs1\tA\tG\t.\t.\t.\n1\t7\trs2\tG\tA,T\t.\t.\t.\n"
    )
    path = tmp_path / "ATAC-QTLs.csv"
    path.write_text(
        "SNP,gene,beta,p-value\n"
        "chr1:105_rs1,chr1:100-200,0.75,1e-6\n"
        "chr1:107_rs2,chr1:100-200,0.25,1e-6\n"
        "chr1:109_rs3,chr1:100-200,0.25,1e-6\n"
        "chr1:111,chr1:100-200,0.25,1e-6\n"
    )
    source = Source("gate_atac_qtl", build="hg19", effect_allele="unknown")
    parsed = load_effects(path, source, partners=Partners(Alleles(vcf, "GRCh38")))
    assert_whole(parsed)
    # The position is that in the VCF, on its own build.
    names = ["variant_id", "feature_id", "effect", "unit"]
    assert rows_of(parsed.effects, *names) == [
        ("chr1_5_A_G_b38", "chr1:100-200", 0.75, "Pi")
    ]
    assert rows_of(parsed.dropped, "reason", "variant_id") == [
        ("several_alleles", "chr1:107_rs2"),
        ("rsid_unknown", "chr1:109_rs3"),
        ("rsid_unknown", "chr1:111"),
    ]


# One QTL of both marks, one of each alone.
HQTLS = """\
Chr,epiQTL rsID,Bp (hg19),Ref Allelec,Alt Alleled,log2 (effect size),\
H3K27ac p-valueb,H3K4me1 p-valueb
1,rs1,5,A,G,-0.5,1e-5,1e-4
chr2,rs2,7,C,T,1.5,1e-6,.
2,rs3,9,C,T,2.5,.,1e-7
"""


@pytest.mark.parametrize(
    ("row", "effects", "dropped"),
    [
        ("hqtl_lcl", [(-0.5, 1e-5), (1.5, 1e-6)], ("chr2_9_C_T_b37", 4)),
        ("hqtl_lcl_h3k4me1", [(-0.5, 1e-4), (2.5, 1e-7)], ("chr2_7_C_T_b37", 3)),
    ],
)
def test_hqtls_are_those_of_their_mark(tmp_path, sheet, row, effects, dropped):
    path = tmp_path / "Pelikan_et_al_hQTL_summary.csv"
    path.write_text(HQTLS)
    parsed = load_effects(path, Source.of_row(sheet[row]))
    assert_whole(parsed)
    assert rows_of(parsed.effects, "effect", "p_value") == effects
    assert set(parsed.effects["unit"]) == {"log2FC"}
    # The other mark's alone are none of these, and counted.
    names = ["reason", "variant_id", "source_line"]
    assert rows_of(parsed.dropped, *names) == [("filtered", *dropped)]
    mark = "H3K4me1" if row.endswith("h3k4me1") else "H3K27ac"
    assert sheet[row]["tissue"] == f"EFO:0002784/{mark}"


def test_hqtls_without_p_values_are_read_without_the_condition(tmp_path):
    path = tmp_path / "hqtls.csv"
    path.write_text(
        'Chr,SNP,Bp (hg19),Ref Allelec,Alt Alleled,"log2 (effect size)"\n'
        "1,rs1,5,A,G,-0.5\nchr2,rs2,7,C,T,1.5\n"
    )
    source = Source("pelikan_hqtl", build="hg19", effect_allele="unknown")
    parsed = load_effects(path, source)
    assert rows_of(parsed.effects, "variant_id", "effect", "unit") == [
        ("chr1_5_A_G_b37", -0.5, "log2FC"),
        ("chr2_7_C_T_b37", 1.5, "log2FC"),
    ]


MUTATIONS = (
    "1 3 G A 20 99 99 -0.5 1e-5 PKLR-24h GRCh38",
    "1 3 G - 20 99 99 -0.7 1e-5 PKLR-24h GRCh38",
    "1 4 T A 9 99 99 -0.1 0.5 PKLR-24h GRCh38",
    "1 103 G A 20 99 99 -0.5 1e-5 PKLR-24h GRCh37",
    "1 3 G A 20 99 99 0.5 1e-5 SORT1 GRCh38",
    "1 3 G A 20 99 99 -0.9 1e-5 PKLR-48h GRCh38",
)


def test_saturation_mutagenesis_of_one_element(tmp_path, sheet, genome):
    source = Source.of_row(sheet["sat_mpra_pklr"])
    parsed = load(
        tmp_path,
        "kircher_mpra",
        *MUTATIONS,
        options={"genome": genome},
        keep=source.keep,
    )
    assert_whole(parsed)
    assert parsed.n_rows == 3
    assert rows_of(parsed.effects, "variant_id", "feature_id", "effect") == [
        ("chr1_3_G_A_b38", "reporter", -0.5),
        ("chr1_2_CG_C_b38", "reporter", -0.7),
    ]
    assert rows_of(parsed.dropped, "reason", "value", "source_line") == [
        ("filtered", "Barcodes 9.0", 4)
    ]


def test_each_time_of_an_element_is_a_row_of_the_sheet(tmp_path, sheet, genome):
    source = Source.of_row(sheet["sat_mpra_pklr_48h"])
    options = {"genome": genome}
    parsed = load(
        tmp_path, "kircher_mpra", *MUTATIONS, options=options, keep=source.keep
    )
    assert parsed.effects["effect"].tolist() == [-0.9]


@pytest.mark.parametrize(
    ("row", "n_rows", "n_kept", "n_negative"),
    [
        ("sat_mpra_pklr", 1776, 1503, 0.66),
        ("sat_mpra_pklr_48h", 1794, 1533, 0.68),
    ],
)
def test_the_real_file_of_saturation_mutagenesis(
    sheet, shared_data, row, n_rows, n_kept, n_negative
):
    path = shared_data(sheet[row]["path"])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sheet[row]["sha256"]
    parsed = read_effects(path, Source.of_row(sheet[row]))
    assert (parsed.n_rows, len(parsed.effects)) == (n_rows, n_kept)
    assert set(parsed.dropped["reason"]) == {"filtered"}
    significant = parsed.effects["p_value"] < 1e-5
    is_negative = parsed.effects["effect"][significant] < 0
    # Most significant mutations of a promoter lower its activity.
    assert is_negative.mean() == pytest.approx(n_negative, abs=0.01)


def test_raqtls_are_log_ratios(tmp_path):
    parsed = load(
        tmp_path,
        "sure_raqtl",
        "chr1 rs1 5 50 60 1 4 1e-7 0.5 8 2 1e-3 0.5 A G",
        "chr1 rs2 7 50 60 0 4 1e-7 0.5 8 2 1e-3 0.5 C T",
        build="hg19",
    )
    assert_whole(parsed)
    names = ["variant_id", "effect", "p_value", "unit"]
    assert rows_of(parsed.effects, *names) == [("chr1_5_A_G_b37", 2, 1e-7, "log2FC")]
    assert parsed.dropped["reason"].tolist() == ["activity_not_positive"]


def test_allelic_skews_of_a_cell_type(tmp_path, sheet):
    parsed = load(
        tmp_path,
        "mpra_skew",
        "chr1:5:A:G GTEx K562 1.5 9 -0.5 3 0.9 21 99",
        "chr1:5:A:G UKBB K562 1.5 9 -0.5 3 0.2 21 99",
        "chr1:5:A:G GTEx HEPG2 1.5 9 0.5 3 0.9 99 99",
        # The authors keep more than 20 counts of RNA, of either allele.
        "chr1:7:C:T GTEx K562 1.5 9 -0.5 3 0.9 20 99",
        "chr1:9:A:G GTEx K562 1.5 9 -0.5 3 0.9 99 19.5",
        keep=Source.of_row(sheet["mpra_skew_k562"]).keep,
        build="hg19",
    )
    assert_whole(parsed)
    assert rows_of(parsed.effects, "variant_id", "effect") == [("chr1_5_A_G_b37", -0.5)]
    assert rows_of(parsed.dropped, "reason", "value") == [
        ("duplicate", "-0.5"),
        ("filtered", "mean_RNA_ref 20.0"),
        ("filtered", "mean_RNA_alt 19.5"),
    ]


def test_allele_specific_sites_are_oriented_by_their_second_allele(
    tmp_path, sheet, genome
):
    path = tmp_path / "caqtls.african.lcls.asb.benchmarking.all.tsv"
    path.write_text(
        "var.chr var.pos_hg38 allele1 allele2 var.isused obs.meanLog2FC\n"
        "chr1 1 A G True 0.5\nchr1 2 T C True 0.25\nchr1 4 T A False 1\n".replace(
            " ", "\t"
        )
    )
    parsed = load_effects(
        path, Source.of_row(sheet["caqtl_african_asb"]), genome=genome
    )
    assert_whole(parsed)
    assert rows_of(parsed.effects, "variant_id", "effect", "unit") == [
        ("chr1_1_A_G_b38", 0.5, "log2FC"),
        # The second allele is the reference allele.
        ("chr1_2_C_T_b38", -0.25, "log2FC"),
    ]


EVALUATED = {
    "variant_id": ["chr1_1_A_G_hg38"] * 3 + ["chr1_2_T_C_hg38"],
    "gene_id": ["ENSG1.2", "ENSG2.1", "ENSG1.2", "ENSG1.2"],
    "tissue": ["Whole_Blood", "Whole_Blood", "Lung", "Whole_Blood"],
    "target": [1.0, 0.0, 1.0, 1.0],
    "prediction": [0.5, -0.25, 0.125, 1.0],
}


@pytest.mark.parametrize(
    ("name", "effects"),
    [
        ("eqtl", [1, 0, 1, -1]),
        # A sign of 0.5 would be none.
        ("eqtl_sign", [1, 0, 1, 0]),
        ("eqtl_causality_gene_balanced", [1, 0, 1, 1]),
        ("sqtl_causality", [1, 0, 1, 1]),
    ],
)
def test_evaluations_of_eqtls_have_a_gene_and_a_tissue(
    tmp_path, sheet, genome, name, effects
):
    path = tmp_path / "eqtl_predictions.feather"
    pd.DataFrame(EVALUATED).to_feather(path)
    source = Source.of_row(sheet[f"alphagenome_{name}_targets"])
    parsed = load_effects(path, source, genome=genome)
    assert_whole(parsed)
    pairs = [
        ("chr1_1_A_G_b38", "ENSG1.2@Whole_Blood"),
        ("chr1_1_A_G_b38", "ENSG2.1@Whole_Blood"),
        ("chr1_1_A_G_b38", "ENSG1.2@Lung"),
        ("chr1_2_C_T_b38", "ENSG1.2@Whole_Blood"),
    ]
    assert rows_of(parsed.effects, "variant_id", "feature_id", "effect") == [
        (*pair, effect) for pair, effect in zip(pairs, effects, strict=True)
    ]
    predicted = load_effects(
        path,
        Source.of_row(sheet[f"alphagenome_{name}_predictions"]),
        genome=genome,
    )
    sign = 1 if "causality" in name else -1
    assert rows_of(predicted.effects, "variant_id", "feature_id", "effect") == [
        (*pair, score)
        for pair, score in zip(pairs, [0.5, -0.25, 0.125, sign], strict=True)
    ]
    table, dropped = score_table(predicted, GENE)
    assert dropped.empty
    assert set(table["feature_id"]) == {
        "ENSG1@Lung",
        "ENSG1@Whole_Blood",
        "ENSG2@Whole_Blood",
    }


def test_published_values_are_those_of_their_own_file(sheet):
    published = {
        name: row["published"] for name, row in sheet.items() if "published" in row
    }
    assert published["alphagenome_bqtl_spi1_causality_targets"] == "auprc=0.4952"
    # Means of tissues are no values of all pairs together.
    of_tissues = {
        name.removeprefix("alphagenome_").removesuffix("_targets"): value
        for name, value in published.items()
        if "by_tissue" in value
    }
    assert of_tissues == {
        "eqtl": "spearman_by_tissue=0.5006",
        "eqtl_sign": "sign_auroc_by_tissue=0.8101",
        "eqtl_causality_gene_balanced": "auroc_by_tissue=0.7133",
        "sqtl_causality": "auprc_by_tissue=0.7644",
    }
    for name in of_tissues:
        row = sheet[f"alphagenome_{name}_targets"]
        assert "tissue" in dict(Source.of_row(row).columns)


def test_polyadenylation_qtls_have_matched_sets(tmp_path, sheet, genome):
    path = tmp_path / "paqtl_predictions.feather"
    frame = pd.DataFrame(EVALUATED).drop_duplicates(["variant_id", "gene_id"])
    frame.assign(PI=["a", "b", None]).to_feather(path)
    row = sheet["alphagenome_paqtl_causality_targets"]
    assert row["published"] == "auprc_by_matched_set=0.6294"
    parsed = load_effects(path, Source.of_row(row), genome=genome)
    assert_whole(parsed)
    found = parsed.effects["matched_set"].astype(object)
    assert found.where(found.notna(), None).tolist() == ["a", "b", None]
    assert parsed.effects["effect"].tolist() == [1, 0, 1]


INTRONS = "variant_id phenotype_id tss_distance maf pval_nominal slope slope_se"


@pytest.mark.parametrize(
    ("format_", "end"), [("gtex_sqtl", "min_pval_nominal"), ("gtex_sgenes", "qval")]
)
def test_sqtls_of_gtex_are_introns_of_genes(tmp_path, format_, end):
    intron = "chr1:497299:498399:clu_51878:ENSG00000237094.11"
    path = tmp_path / "sqtls.txt"
    row = f"chr1_10_A_G_b38 {intron} -5 0.1 1e-9 0.5 0.1 1e-9"
    path.write_text(f"{INTRONS} {end}\n{row}\n".replace(" ", "\t"))
    parsed = load_effects(path, Source(format_))
    assert_whole(parsed)
    assert rows_of(parsed.effects, "variant_id", "feature_id", "effect") == [
        ("chr1_10_A_G_b38", intron, 0.5)
    ]


def test_enhancers_of_the_mouse(tmp_path):
    line = "chr1 5 A G PPRE_1 0.5 2"
    parsed = load(tmp_path, "mpra_activity", line, build="mm9")
    assert rows_of(parsed.effects, "variant_id", "feature_id", "effect") == [
        ("chr1_5_A_G_b37", "PPRE_1", 2)
    ]


@pytest.mark.parametrize(
    ("columns", "unit", "effects"),
    [
        ([], "beta", [0.5, -0.25]),
        ([["effect", "prediction"]], "score", [2, 3]),
        ([["label", "target"]], "label", [0.5, 0.25]),
    ],
)
def test_published_predictions_and_their_targets(
    tmp_path, genome, columns, unit, effects
):
    path = tmp_path / "caqtl_predictions.feather"
    pd.DataFrame(
        {
            "variant_id": ["chr1_1_A_G_hg38", "chr1_2_T_C_hg38"],
            "target": [0.5, 0.25],
            "prediction": [2.0, -3.0],
        }
    ).to_feather(path)
    allele = "unknown" if unit == "label" else "allele2"
    source = Source("alphagenome_qtl", unit=unit, columns=columns, effect_allele=allele)
    parsed = load_effects(path, source, genome=genome)
    assert rows_of(parsed.effects, "variant_id", "effect") == [
        ("chr1_1_A_G_b38", effects[0]),
        ("chr1_2_C_T_b38", effects[1]),
    ]


@pytest.mark.parametrize("how", ["csv", "tsv", "parquet"])
def test_any_table_by_its_declared_columns(tmp_path, how):
    frame = pd.DataFrame(
        {"c": ["1", "2"], "p": [5, 7], "a": ["A", "C"], "b": ["G", "T"]}
    )
    frame = frame.assign(es=[0.75, 0.25], lp=[3.0, 2], gene=["g1", "g2"])
    path = tmp_path / "table"
    if how == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, sep="," if how == "csv" else "\t", index=False)
    names = {"chrom": "c", "pos": "p", "ref": "a", "alt": "b", "effect": "es"}
    names |= {"neg_log10_p": "lp", "feature_id": "gene"}
    columns = [list(each) for each in names.items()]
    parsed = load_effects(
        path, Source("generic", "hg19", "Pi", columns, effect_allele="REF")
    )
    names = ["variant_id", "feature_id", "effect", "p_value"]
    assert rows_of(parsed.effects, *names) == [
        ("chr1_5_A_G_b37", "g1", 0.25, pytest.approx(1e-3)),
        ("chr2_7_C_T_b37", "g2", 0.75, pytest.approx(1e-2)),
    ]


def test_any_vcf_by_its_declared_fields(tmp_path):
    path = tmp_path / "effects.vcf"
    path.write_text(
        "##fileformat=VCFv4.2\n##contig=<ID=1>\n"
        '##INFO=<ID=ES,Number=1,Type=Float,Description="effect">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        "1\t5\trs1\tA\tG\t.\t.\tES=0.5\n1\t7\trs2\tC\tT,G\t.\t.\tES=0.5\n"
    )
    names = {"chrom": "CHROM", "pos": "POS", "ref": "REF", "alt": "ALT"}
    columns = [list(each) for each in (names | {"effect": "INFO/ES"}).items()]
    parsed = load_effects(path, Source("generic", unit="beta", columns=columns))
    assert rows_of(parsed.effects, "variant_id", "effect", "source_line") == [
        ("chr1_5_A_G_b38", 0.5, 5)
    ]
    assert rows_of(parsed.dropped, "reason", "source_line") == [("several_alleles", 6)]


def test_a_selection_without_rows_is_an_error(tmp_path, genome):
    with pytest.raises(InputError, match="keep: no row has 'maybe' in column 'var.isu"):
        load(
            tmp_path,
            "chrombpnet_qtl",
            *CAQTLS,
            options={"genome": genome},
            unit="beta",
            keep=[["var.isused", "=", "maybe"]],
            effect_allele="allele2",
        )


def test_rows_of_another_dataset_are_counted_in_the_log(tmp_path, genome, caplog):
    with caplog.at_level(logging.INFO):
        load(
            tmp_path,
            "chrombpnet_qtl",
            *CAQTLS,
            options={"genome": genome},
            unit="beta",
            keep=USED,
            effect_allele="allele2",
        )
    assert "4 of 5 rows belong to the dataset" in caplog.text


def test_the_benchmarks_own_columns_of_african_caqtls(shared_data, tmp_path):
    path = shared_data("caqtl_african/caqtls.african.lcls.benchmarking.subset.tsv")
    genome = tmp_path / "chr1.fa"
    packed = shared_data("hg38_chr1_1Mb/hg38_1m.fa.gz").read_bytes()
    genome.write_bytes(gzip.decompress(packed))
    # This file has no betas, so that predictions of a model replace them.
    columns = [["effect", "pred.chrombpnet.encsr000emt.variantscore.logfc"]]
    source = Source("chrombpnet_qtl", "GRCh38", "beta", columns, USED, "allele2")
    parsed = load_effects(path, source, genome=genome)
    assert_whole(parsed)
    assert parsed.n_rows == 10
    assert rows_of(parsed.effects, "variant_id", "effect") == [
        ("chr1_976215_A_G_b38", 0.0821274204)
    ]
    # The genome is a slice of chr1.
    assert set(parsed.dropped["reason"]) == {
        "chromosome_not_in_genome",
        "neither_allele_is_reference",
    }


def test_positions_of_another_build_are_not_looked_up(tmp_path):
    """Only rsIDs are independent of the build."""
    vcf = tmp_path / "known.vcf"
    vcf.write_text(
        "##fileformat=VCFv4.2\n##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER"
        "\tINFO\n1\t1000\trs1\tA\tG\t.\t.\t.\n"
    )
    path = tmp_path / "qtls.tsv"
    path.write_text("SNP\tgene\tbeta\nchr1:1000\tg\t0.8\n")
    source = Source("gate_atac_qtl", "hg19", effect_allele="unknown")
    with pytest.raises(
        InputError, match="positions on hg19 cannot be looked up in a VCF on GRCh38"
    ):
        load_effects(path, source, partners=Partners(Alleles(vcf, "GRCh38")))
    found = load_effects(path, source, partners=Partners(Alleles(vcf, "hg19")))
    assert found.variants["variant_id"].tolist() == ["chr1_1000_A_G_b37"]
