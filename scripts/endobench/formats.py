"""The published tables of effects: one adapter per format.

An adapter is a description, not code: which column holds what, and in which unit.
"""

from typing import NamedTuple

NUMBERS = ("effect", "effect_se", "p_value", "maf", "distance", "pip", "q_value")
MISSING = ["", "NA", "na", "NaN", "nan", ".", "NULL"]


class Format(NamedTuple):
    """Where a published table keeps what.

    Attributes
    ----------
    columns : dict of str to str
        From the contract's name to the file's. Either ``variant_id`` or all of
        ``chrom, pos, ref, alt`` must be there.
    unit : str
        What `effect` measures, ALT minus REF.
    feature : str, optional
        The feature of every row, for tables that name none.
    optional : tuple of str
        Contract names that describe and do not decide; they may be missing.
    """

    columns: dict
    unit: str
    feature: str | None = None
    optional: tuple = ("maf", "distance")


_GTEX = {
    "variant_id": "variant_id",
    "feature_id": "gene_id",
    "effect": "slope",
    "effect_se": "slope_se",
    "p_value": "pval_nominal",
    "maf": "maf",
    "distance": "tss_distance",
}

FORMATS = {
    "gtex_pairs": Format(_GTEX, "slope"),
    "gtex_egenes": Format(_GTEX | {"q_value": "qval"}, "slope"),
    "gtex_independent": Format(_GTEX, "slope"),
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
    ),
    "scores": Format(
        {"variant_id": "variant_id", "effect": "score"}, "score", feature="score"
    ),
}
