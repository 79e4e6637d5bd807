"""The published tables of effects: one adapter per format.

An adapter is a description, not code: which column holds what, and in which unit.
"""

import math
from typing import NamedTuple

NUMBERS = (
    *("effect", "effect_se", "p_value", "maf", "distance", "pip", "q_value"),
    *("label", "ld_score"),
    # The smallest p of the feature, as the source says it.
    "feature_min_p",
)
MISSING = ["", "NA", "na", "NaN", "nan", ".", "NULL"]


class Unit(NamedTuple):
    """What values a unit allows, and what is usual.

    Attributes
    ----------
    null : float
        The value of no effect.
    low, high : float
        What is possible.
    usual_low, usual_high : float
        Where the median distance from the null lies in a table of significant effects.
    """

    null: float
    low: float
    high: float
    usual_low: float
    usual_high: float


# Usual slopes: GTEx v8 has a median of 0.23 in Whole Blood (670 donors) and of 0.86 in
# Kidney Cortex (73). dsQTL betas: 0.79 (Degner 2012); log2 aFC: 0.43 (Whole Blood).
UNITS = {
    "slope": Unit(0.0, -10.0, 10.0, 0.05, 2.0),
    "dsQTL beta": Unit(0.0, -20.0, 20.0, 0.1, 3.0),
    "beta": Unit(0.0, -20.0, 20.0, 0.01, 5.0),
    "log2FC": Unit(0.0, -20.0, 20.0, 0.02, 5.0),
    "log2_aFC": Unit(0.0, -20.0, 20.0, 0.02, 5.0),
    "Pi": Unit(0.5, 0.0, 1.0, 0.02, 0.45),
    "score": Unit(0.0, -math.inf, math.inf, 0.0, math.inf),
}


class Format(NamedTuple):
    """Where a published table keeps what.

    Attributes
    ----------
    columns : dict of str to str
        From the contract's name to the file's. Either ``variant_id`` or all of
        ``chrom, pos, ref, alt`` must be there.
    unit : str
        What `effect` measures, ALT minus REF; empty where the sheet says it.
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
    "gtex_pairs": Format(
        _GTEX | {"feature_min_p": "min_pval_nominal"},
        "slope",
        optional=("maf", "distance", "feature_min_p"),
    ),
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
    # Any table, in the contract's own names; the sheet says its unit.
    "tidy": Format(
        {
            name: name
            for name in ("variant_id", "feature_id", *NUMBERS)
            if name != "feature_min_p"
        },
        "",
        optional=tuple(name for name in NUMBERS if name != "effect"),
    ),
    "scores": Format(
        {"variant_id": "variant_id", "effect": "score"}, "score", feature="score"
    ),
}


def unit_of(row):
    """Return the unit of a row of the sheet, a key of `UNITS`.

    Parameters
    ----------
    row : dict
        With ``format`` and, where that leaves it open, ``unit``.
    """
    return FORMATS[row["format"]].unit or row["unit"]
