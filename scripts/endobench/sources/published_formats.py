"""Formats of published tables: which column holds what, and in which unit.

A format is a description, not code. To support a new one, add it to `FORMATS`.
"""

from typing import NamedTuple

NUMBERS = (
    "effect",
    "effect_se",
    "p_value",
    "maf",
    "distance",
    "pip",
    "q_value",
    "label",
    "ld_score",
    # The number of minor alleles in the sample.
    "allele_count",
    # The smallest p value of the feature and its threshold according to the source.
    "feature_min_p",
    "feature_max_p",
)
# Columns from which one of the numbers above is computed (see `derived`).
# `ref_factor` of GTEx is 1 if ALT is the minor allele, and -1 if REF is.
EQUIVALENTS = ("ref_activity", "alt_activity", "neg_log10_p", "z", "af", "ref_factor")
# Columns that identify variant and feature. `rsid` and `locus` (chr1:12345_rs6789) do not
# identify the alleles. `tissue` is for tables whose pairs have a row in several tissues.
# `matched_set` is shared by a positive and the negatives that were matched to it.
_KEYS = (
    "variant_id",
    "chrom",
    "pos",
    "ref",
    "alt",
    "rsid",
    "locus",
    "feature_id",
    "tissue",
    "matched_set",
)
# Names under which a format or the sheet may declare a column of a file.
COLUMN_NAMES = (*_KEYS, *NUMBERS, *EQUIVALENTS)
# Columns that a table without effects takes from another table.
JOINED = ("effect", "effect_se", "p_value", "maf", "af", "distance")


class Format(NamedTuple):
    """Layout of a published table.

    Attributes
    ----------
    columns : dict of str to str
        Column of the file, by its name in `COLUMN_NAMES`.
    unit : str
        Unit of the effects; empty if the sheet must state it.
    feature : str, optional
        Feature of every row, for tables that do not name one.
    optional : tuple of str
        Names of `COLUMN_NAMES` whose columns may be missing.
    header : tuple of str
        Column names, for files without a header.
    is_strict : bool
        Whether variant ids must have the GTEx form, ``chr1_12345_A_G_b38``, and
        chromosomes the prefix ``chr``. Other tables may omit ``chr``, and the build in
        ids such as ``chr1:12345:A:G``; their ids are converted.
    is_unordered : bool
        Whether either allele may be the reference allele, so that the genome decides.
    has_dashes : bool
        Whether an ALT of ``-`` denotes the deletion of REF. The preceding base is then
        taken from the genome.
    is_joined : bool
        Whether the table has no effects, which are joined from another table.
    is_one_cohort : bool
        Whether all rows have one cohort, and distances are positions minus the start site
        of the gene, whatever its strand.
    has_genes : bool
        Whether its features, if it names any, can be genes, or introns of genes.
    is_reporter : bool
        Whether effects were measured in reporters outside of the genome.
    """

    columns: dict
    unit: str
    feature: str | None = None
    optional: tuple = ("maf", "distance", "af")
    header: tuple = ()
    is_strict: bool = False
    is_unordered: bool = False
    has_dashes: bool = False
    is_joined: bool = False
    is_one_cohort: bool = False
    has_genes: bool = False
    is_reporter: bool = False


_GTEX = {
    "variant_id": "variant_id",
    "feature_id": "gene_id",
    "effect": "slope",
    "effect_se": "slope_se",
    "p_value": "pval_nominal",
    "maf": "maf",
    "distance": "tss_distance",
    # In v10, the frequency of ALT instead.
    "af": "af",
}
_GTEX_OPTIONAL = ("maf", "distance", "af", "allele_count")
# The lead variants of genes, by permutation and conditionally independent.
_GTEX_LEADS = _GTEX | {"allele_count": "minor_allele_count", "ref_factor": "ref_factor"}
_LEADS_OPTIONAL = (*_GTEX_OPTIONAL, "ref_factor")
_SQTL = _GTEX | {"feature_id": "phenotype_id"}
_PLACE = {"chrom": "chr", "ref": "ref", "alt": "alt"}

FORMATS = {
    "gtex_pairs": Format(
        _GTEX
        | {
            "allele_count": "ma_count",
            "feature_min_p": "min_pval_nominal",
            "feature_max_p": "pval_nominal_threshold",
        },
        "slope",
        optional=(*_GTEX_OPTIONAL, "feature_min_p", "feature_max_p"),
        is_strict=True,
        is_one_cohort=True,
        has_genes=True,
    ),
    "gtex_egenes": Format(
        _GTEX_LEADS | {"q_value": "qval"},
        "slope",
        optional=_LEADS_OPTIONAL,
        is_strict=True,
        is_one_cohort=True,
        has_genes=True,
    ),
    "gtex_independent": Format(
        _GTEX_LEADS,
        "slope",
        optional=_LEADS_OPTIONAL,
        is_strict=True,
        is_one_cohort=True,
        has_genes=True,
    ),
    # The phenotype is an intron, named by LeafCutter, which contains the gene.
    "gtex_sqtl": Format(
        _SQTL
        | {
            "allele_count": "ma_count",
            "feature_min_p": "min_pval_nominal",
            "feature_max_p": "pval_nominal_threshold",
        },
        "slope",
        optional=(*_GTEX_OPTIONAL, "feature_min_p", "feature_max_p", "effect_se"),
        is_strict=True,
        has_genes=True,
    ),
    "gtex_sgenes": Format(
        _SQTL | {"q_value": "qval"},
        "slope",
        optional=(*_GTEX_OPTIONAL, "effect_se"),
        is_strict=True,
        has_genes=True,
    ),
    "gtex_dapg": Format(
        {"variant_id": "variant_id", "feature_id": "gene", "pip": "variant_pip"},
        "slope",
        header=(
            "tissue",
            "gene",
            "cluster_id",
            "cluster_pip",
            "variant_id",
            "variant_pip",
        ),
        is_strict=True,
        is_joined=True,
        has_genes=True,
    ),
    # Of v10 and v11. The phenotype of an eQTL is the gene, with its version.
    "gtex_susie": Format(
        {
            "variant_id": "variant_id",
            "feature_id": "phenotype_id",
            "pip": "pip",
            "af": "af",
        },
        "slope",
        is_strict=True,
        is_joined=True,
        has_genes=True,
    ),
    # Without alleles, which come from the joined effects at the same position.
    "gtex_caviar": Format(
        {"chrom": "CHROM", "pos": "POS", "feature_id": "GENE", "pip": "Probability"},
        "slope",
        is_joined=True,
        has_genes=True,
    ),
    "eqtl_catalogue": Format(
        {
            "variant_id": "variant",
            "feature_id": "molecular_trait_id",
            "effect": "beta",
            "effect_se": "se",
            "p_value": "pvalue",
            "pip": "pip",
            "maf": "maf",
        },
        "beta",
        # Only fine-mapped tables have PIPs, and only nominal ones have all the others.
        optional=("maf", "pip", "effect_se"),
        has_genes=True,
    ),
    "degner_dsqtl": Format(
        {
            "chrom": "Chr",
            "pos": "Pos",
            "ref": "Ref",
            "alt": "Alt",
            "feature_id": "ID",
            "effect": "Beta",
            "effect_se": "Std. Error",
            "p_value": "Pr(>|t|)",
        },
        "dsQTL beta",
        is_strict=True,
    ),
    # The tables of the ChromBPNet benchmark differ in the column of the effect.
    "chrombpnet_qtl": Format(
        {
            "chrom": "var.chr",
            "pos": "var.pos_hg38",
            "ref": "var.allele1",
            "alt": "var.allele2",
            "effect": "obs.beta",
            "p_value": "obs.pval",
            "label": "obs.label",
        },
        "",
        feature="peak",
        optional=("p_value", "label"),
        is_unordered=True,
    ),
    "gate_atac_qtl": Format(
        {"locus": "SNP", "feature_id": "gene", "effect": "beta", "p_value": "p-value"},
        "Pi",
        optional=("p_value",),
    ),
    # The trailing letters c and d are footnote marks.
    "pelikan_hqtl": Format(
        {
            "chrom": "Chr",
            "pos": "Bp (hg19)",
            "ref": "Ref Allelec",
            "alt": "Alt Alleled",
            "effect": "log2 (effect size)",
            # Missing for QTLs of H3K4me1 alone, whose p value is in a column like this.
            "p_value": "H3K27ac p-valueb",
        },
        "log2FC",
        feature="histone mark",
        optional=("p_value",),
    ),
    "kircher_mpra": Format(
        {
            "chrom": "Chrom",
            "pos": "Pos",
            "ref": "Ref",
            "alt": "Alt",
            "effect": "Coefficient",
            "p_value": "pValue",
        },
        "log2FC",
        feature="reporter",
        has_dashes=True,
        is_reporter=True,
    ),
    "sure_raqtl": Format(
        _PLACE
        | {
            "pos": "SNPabspos",
            "ref_activity": "k562.ref.mean",
            "alt_activity": "k562.alt.mean",
            "p_value": "k562.wilcox.p.value",
        },
        "log2FC",
        feature="reporter",
        optional=("p_value",),
        is_reporter=True,
    ),
    "mpra_skew": Format(
        {"variant_id": "variant", "effect": "log2Skew"},
        "log2FC",
        feature="reporter",
        is_reporter=True,
    ),
    # A comparison of the original study. GEO has counts of barcodes, from which the
    # activities must be computed first.
    "mpra_activity": Format(
        _PLACE
        | {
            "pos": "pos",
            "feature_id": "enhancer",
            "ref_activity": "ref_rna_dna",
            "alt_activity": "alt_rna_dna",
        },
        "log2FC",
        is_reporter=True,
    ),
    # Published by the authors of AlphaGenome: measured and predicted effects.
    "alphagenome_qtl": Format(
        {"variant_id": "variant_id", "effect": "target"},
        "",
        feature="variant",
        is_unordered=True,
        has_genes=True,
    ),
    # Any table with the column names of this workflow; the sheet states the unit.
    "tidy": Format(
        {
            name: name
            for name in ("variant_id", "feature_id", *NUMBERS)
            if name not in ("allele_count", "feature_min_p", "feature_max_p")
        },
        "",
        optional=tuple(name for name in NUMBERS if name != "effect"),
        is_strict=True,
        has_genes=True,
    ),
    # Any table; the sheet declares all of its columns.
    "generic": Format({}, "", feature="variant", has_genes=True),
    "scores": Format(
        {"variant_id": "variant_id", "effect": "score"},
        "score",
        feature="score",
        is_strict=True,
    ),
}

# Placeholders for the feature in tables that do not name one.
UNNAMED = {each.feature for each in FORMATS.values() if each.feature}
