"""The published tables of effects: one adapter per format.

An adapter is a description, not code: which column holds what, and in which unit.
"""

from typing import NamedTuple

from endobench.design.units import UNITS
from endobench.sources.cells import parse_columns, parse_keep

NUMBERS = (
    *("effect", "effect_se", "p_value", "maf", "distance", "pip", "q_value"),
    *("label", "ld_score"),
    # The smallest p of the feature, as the source says it.
    "feature_min_p",
)
# Numbers that say one of the above in other words (see `derived`).
OTHER_WORDS = ("ref_activity", "alt_activity", "neg_log10_p", "z", "af")
# What says which variant, and of what. `rsid` and `locus` (chr1:12345_rs6789) do not say
# which alleles.
_KEYS = ("variant_id", "chrom", "pos", "ref", "alt", "rsid", "locus", "feature_id")
# Two alleles of which either may be the genome's.
ALLELES = {"allele1": "ref", "allele2": "alt"}
# What a declared column replaces of a format's own.
_INSTEAD = {
    "variant_id": ("chrom", "pos", "ref", "alt", "rsid", "locus"),
    "locus": ("variant_id", "chrom", "pos", "ref", "alt", "rsid"),
    "rsid": ("variant_id", "locus"),
    "chrom": ("variant_id", "locus"),
    "effect": ("ref_activity", "alt_activity"),
    "ref_activity": ("effect",),
    "neg_log10_p": ("p_value",),
    "z": ("p_value",),
    "af": ("maf",),
}
CONTRACT = (*_KEYS, *NUMBERS, *OTHER_WORDS)
MISSING = ["", "NA", "na", "NaN", "nan", ".", "NULL"]
# What a table without effects takes of another row's.
JOINED = ("effect", "effect_se", "p_value", "maf", "distance")

# Which allele a positive effect favours, against the other one.
EFFECT_ALLELES = ("ALT", "REF", "allele1", "allele2", "unknown")


class Format(NamedTuple):
    """Where a published table keeps what.

    Attributes
    ----------
    columns : dict of str to str
        From the contract's name to the file's.
    unit : str
        What `effect` measures; empty where the sheet says it.
    feature : str, optional
        The feature of every row, for tables that name none.
    optional : tuple of str
        Contract names that may be missing.
    header : tuple of str
        The names of the columns, for files without a header.
    is_strict : bool
        Whether a variant id must be GTEx's, ``chr1_12345_A_G_b38``, and a chromosome
        begin with ``chr``. Of other tables ``chr`` may be missing, and so may the build
        in ids such as ``chr1:12345:A:G``; they are written anew.
    is_unordered : bool
        Whether either of its two alleles may be the genome's: the genome tells.
    has_dashes : bool
        Whether an ALT of ``-`` deletes REF; the base before comes from the genome.
    is_joined : bool
        Whether it has no effects of its own: another row's are joined.
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


_GTEX = {
    "variant_id": "variant_id",
    "feature_id": "gene_id",
    "effect": "slope",
    "effect_se": "slope_se",
    "p_value": "pval_nominal",
    "maf": "maf",
    "distance": "tss_distance",
    # v10 has the frequency of ALT instead.
    "af": "af",
}
_PLACE = {"chrom": "chr", "ref": "ref", "alt": "alt"}

FORMATS = {
    "gtex_pairs": Format(
        _GTEX | {"feature_min_p": "min_pval_nominal"},
        "slope",
        optional=("maf", "distance", "feature_min_p", "af"),
        is_strict=True,
    ),
    "gtex_egenes": Format(_GTEX | {"q_value": "qval"}, "slope", is_strict=True),
    "gtex_independent": Format(_GTEX, "slope", is_strict=True),
    "gtex_dapg": Format(
        {"variant_id": "variant_id", "feature_id": "gene", "pip": "variant_pip"},
        "slope",
        header=("tissue", "gene", "cluster_id", "cluster_pip", "variant_id")
        + ("variant_pip",),
        is_strict=True,
        is_joined=True,
    ),
    # Without alleles: a position's are those of the effects that are joined.
    "gtex_caviar": Format(
        {"chrom": "CHROM", "pos": "POS", "feature_id": "GENE", "pip": "Probability"},
        "slope",
        is_joined=True,
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
    # The tables of ChromBPNet's benchmark differ in the column of the effect.
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
    # The letters c and d are marks of its footnotes.
    "pelikan_hqtl": Format(
        {
            "chrom": "Chr",
            "pos": "Bp (hg19)",
            "ref": "Ref Allelec",
            "alt": "Alt Alleled",
            "effect": "log2 (effect size)",
        },
        "log2FC",
        feature="histone mark",
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
    ),
    "mpra_skew": Format(
        {"variant_id": "variant", "effect": "log2Skew"},
        "log2FC",
        feature="reporter",
    ),
    # The study's comparison, which is made of counts of barcodes before.
    "mpra_activity": Format(
        _PLACE
        | {
            "pos": "pos",
            "feature_id": "enhancer",
            "ref_activity": "ref_rna_dna",
            "alt_activity": "alt_rna_dna",
        },
        "log2FC",
    ),
    # What AlphaGenome's authors publish: what was measured beside what was predicted.
    "alphagenome_qtl": Format(
        {"variant_id": "variant_id", "effect": "target"},
        "",
        feature="variant",
        is_unordered=True,
    ),
    # Any table, in the contract's own names; the sheet says its unit.
    "tidy": Format(
        {
            name: name
            for name in ("variant_id", "feature_id", *NUMBERS)
            if name != "feature_min_p"
        },
        "",
        optional=tuple(name for name in NUMBERS if name != "effect"),
        is_strict=True,
    ),
    # Any table whose row declares all of its columns.
    "generic": Format({}, "", feature="variant"),
    "scores": Format(
        {"variant_id": "variant_id", "effect": "score"},
        "score",
        feature="score",
        is_strict=True,
    ),
}


class Source(NamedTuple):
    """How a table is to be read, in plain values.

    Attributes
    ----------
    format : str
        A key of `FORMATS`.
    build : str
        The build that the table declares.
    unit : str
        A key of `UNITS`; empty for the format's.
    columns : sequence of (str, str)
        Contract names and the file's columns, which override the format's.
    keep : sequence of (str, str, str)
        Column, operator and value: which rows are the dataset's (see `declared`).
    effect_allele : str
        One of `EFFECT_ALLELES`.
    """

    format: str
    build: str = "GRCh38"
    unit: str = ""
    columns: tuple | list = ()
    keep: tuple | list = ()
    effect_allele: str = "ALT"

    @classmethod
    def of_row(cls, row):
        """Return the source that a row of the sheet describes."""
        return cls(
            row["format"],
            row["build"],
            unit_of(row),
            parse_columns(row.get("columns", "")),
            parse_keep(row.get("keep", "")),
            row.get("effect_allele", "ALT"),
        )

    @property
    def layout(self):
        """The `Format` with the columns that are declared in the place of its own.

        What a format gives beside another column's effect belongs to its own alone: a
        standard error of a slope is none of an aFC.
        """
        format_ = FORMATS[self.format]
        given = {ALLELES.get(name, name): column for name, column in self.columns}
        columns = format_.columns | given
        replaced = {other for name in given for other in _INSTEAD.get(name, ())}
        if columns.get("effect") != format_.columns.get("effect"):
            replaced.add("effect_se")
        if self.unit == "label":
            replaced.add("effect")
        columns = {
            name: column
            for name, column in columns.items()
            if name in given or name not in replaced
        }
        optional = tuple(name for name in format_.optional if name not in given)
        is_unordered = format_.is_unordered or self.effect_allele in ALLELES
        return format_._replace(
            columns=columns,
            unit=self.unit or format_.unit,
            optional=optional,
            is_unordered=is_unordered,
        )

    @property
    def null(self):
        """The value of no effect."""
        return UNITS[self.layout.unit].null

    @property
    def numbers(self):
        """Which numbers a table has: its own, and those derived of them or joined."""
        layout = self.layout
        found = set(layout.columns) & {*NUMBERS, *OTHER_WORDS}
        if {"ref_activity", "alt_activity"} <= found:
            found.add("effect")
        if layout.unit == "label" and "label" in found:
            found.add("effect")
        if {"neg_log10_p", "z"} & found:
            found.add("p_value")
        if "af" in found:
            found.add("maf")
        return found | set(JOINED if layout.is_joined else ())

    @property
    def needs_genome(self):
        """Whether the genome says which allele is REF, or which base is before."""
        return self.layout.is_unordered or self.layout.has_dashes


def unit_of(row):
    """Return the unit of a row of the sheet, a key of `UNITS`.

    Parameters
    ----------
    row : dict
        With ``format`` and, where that leaves it open, ``unit``.
    """
    return row.get("unit") or FORMATS[row["format"]].unit
