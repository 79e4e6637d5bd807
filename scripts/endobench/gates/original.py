"""A gate on handed-on tables: are the effects those of the table that they came from?

A column that was read under a wrong name keeps its numbers. Compared row by row with the
original table, it shows which of that table's columns it holds.
"""

import numpy as np
import pandas as pd

from endobench.benchmark.shared_pairs import PLACE, shared_pairs, shared_variants
from endobench.core.columns import ORIGINALS
from endobench.design.tasks import LABEL
from endobench.design.units import UNITS
from endobench.gates.verdicts import Measured, not_checked

EFFECT = "effect"
# What a column of effects may hold instead, computed from the original's columns.
QUANTITIES = {
    EFFECT: lambda rows: rows["effect"],
    "effect with the opposite sign": lambda rows: 2 * rows["null"] - rows["effect"],
    "absolute effect": lambda rows: rows["effect"].abs(),
    "p value": lambda rows: rows["p_value"],
    "-log10 p value": lambda rows: -np.log10(rows["p_value"].where(lambda p: p > 0)),
    "standard error": lambda rows: rows["effect_se"],
    "effect divided by its standard error": lambda rows: (
        rows["effect"] / rows["effect_se"].where(lambda se: se > 0)
    ),
    "minor allele frequency": lambda rows: rows["maf"],
    "frequency of ALT": lambda rows: rows["af"],
    "distance": lambda rows: rows["distance"],
    "posterior inclusion probability": lambda rows: rows["pip"],
    "q value": lambda rows: rows["q_value"],
}
NUMBERS = [
    "effect",
    "effect_se",
    "p_value",
    "maf",
    "af",
    "distance",
    "pip",
    "q_value",
]
# Units whose values are too few to tell one column from another.
_FEW_VALUES = (LABEL, "sign")
# Numbers of six digits, and those in single precision, differ by less.
_PRECISION = 1e-5
# The digits of a table are those of this many of its values.
_N_SAMPLED = 10_000
# With one digit, or without decimals, many numbers round to the same value.
_LEAST_DIGITS, _LEAST_DECIMALS = 2, 1
_MOST_NAMED = 3


def measure(compared):
    """Measure the gate of this module.

    Parameters
    ----------
    compared : pandas.DataFrame
        In the columns of `columns.ORIGINALS`; see `compare`.

    Returns
    -------
    dict of str to Measured
    """
    return {"original_effects": original_effects(compared)}


def compare(effects, variants, original, original_variants, name):
    """Compare effects with the table that they came from, row by row.

    Variants match by position and alleles. A substitution may have REF and ALT swapped,
    and then has the opposite effect. Genes match without their version; if either table
    has no features, variants alone are matched. A value equals another one if it is that
    value rounded to the digits of the effects.

    Parameters
    ----------
    effects, original : pandas.DataFrame
        In the columns of `columns.EFFECTS`.
    variants, original_variants : pandas.DataFrame
        Their variants (`columns.VARIANTS`), on one build.
    name : str
        Name of the original table.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.ORIGINALS`, one row per pair of both tables. ``equals``
        is the quantity of `QUANTITIES` that the effect equals: the effect itself, or else
        the one that most rows equal. It is missing if there is none.
    """
    pairs = _matching(effects, variants, original, original_variants)
    found = pairs.rename(columns={"effect": "value"})
    theirs = pairs[[f"original_{number}" for number in NUMBERS]]
    theirs.columns = NUMBERS
    theirs = theirs.astype(float)
    # On the other allele, effects and their frequencies are the opposite.
    is_swapped = pairs["is_swapped"].to_numpy()
    theirs["null"] = (
        original["unit"].astype(str).map(_null).max() if len(original) else 0
    )
    opposite = 2 * theirs["null"] - theirs["effect"]
    theirs["effect"] = theirs["effect"].where(~is_swapped, opposite)
    theirs["af"] = theirs["af"].where(~is_swapped, 1 - theirs["af"])
    value = found["value"].to_numpy(dtype=float)
    tolerance = _tolerance(value)
    equal = {
        quantity: _is_equal(value, of(theirs).to_numpy(dtype=float), tolerance)
        for quantity, of in QUANTITIES.items()
    }
    equals = np.full(len(found), None, dtype=object)
    # Later ones overwrite earlier ones: the commonest last, and the effect after it.
    for quantity in sorted(equal, key=lambda each: (each == EFFECT, equal[each].sum())):
        equals[equal[quantity]] = quantity
    return found.assign(
        effect=found["value"],
        original=name,
        original_effect=theirs["effect"],
        equals=pd.Series(equals, index=found.index, dtype="string"),
    ).reindex(columns=ORIGINALS.names)


def original_effects(compared):
    """Measure the share of pairs whose effect is not that of the original table."""
    n = len(compared)
    if n == 0:
        return not_checked(0, "the original table shares no pair with the effects")
    if compared["unit"].astype(str).isin(_FEW_VALUES).any():
        return not_checked(n, "the effects are labels or signs")
    is_other = (compared["equals"] != EFFECT).fillna(True).to_numpy(dtype=bool)
    evidence = f"not the original effect: {is_other.sum():,} of {n:,} shared pairs"
    if is_other.any():
        others = compared[is_other]
        counts = others["equals"].value_counts()
        if len(counts):
            evidence += f", but its {counts.index[0]}: {counts.iloc[0]:,}"
            others = others[(others["equals"] == counts.index[0]).fillna(False)]
        named = ", ".join(map(_named, others[:_MOST_NAMED].itertuples()))
        evidence += f" ({named})"
    return Measured(float(is_other.mean()), n, evidence)


def _null(unit):
    """Return the value of no effect in a unit."""
    return UNITS[unit].null


def _named(row):
    """Return one row in words."""
    return (
        f"{row.variant_id} of {row.feature_id} has {row.effect:.6g} instead of"
        f" {row.original_effect:.6g}"
    )


def _matching(effects, variants, original, original_variants):
    """Join the rows of both tables; the original's numbers start with ``original_``."""
    ours = effects[["variant_id", "feature_id", "effect", "unit", "source_line"]]
    theirs = original[["variant_id", "feature_id", *NUMBERS]].rename(
        columns={"variant_id": "their_id"}
        | {number: f"original_{number}" for number in NUMBERS}
    )
    ours = ours.astype({"variant_id": str, "feature_id": str})
    theirs = theirs.astype({"their_id": str, "feature_id": str})
    types = {"variant_id": str, "chrom": str, "ref": str, "alt": str}
    known, original_known = (
        each[["variant_id", *PLACE]].astype(types)
        for each in (variants, original_variants)
    )
    matches = shared_variants(
        known, original_known.rename(columns={"variant_id": "their_id"})
    )
    return shared_pairs(ours, theirs, matches)


def _is_equal(value, other, tolerance):
    """Return where values equal others, up to the rounding of the values."""
    with np.errstate(invalid="ignore"):
        difference = np.abs(value - other)
        return difference <= np.maximum(tolerance, _PRECISION * np.abs(other))


def _tolerance(values):
    """Return half a unit of the last digit that rounded values have, for each value.

    A table is rounded to a number of significant digits or of decimals: the largest
    number that one of its values has, since others may end with zeros.
    """
    known = values[np.isfinite(values) & (values != 0)]
    known = known[:: max(1, len(known) // _N_SAMPLED)]
    if len(known) == 0:
        return np.zeros(len(values))
    written = [np.format_float_scientific(each, trim="-") for each in known]
    mantissas, exponents = zip(*(each.split("e") for each in written), strict=True)
    n_digits = np.array([sum(map(str.isdigit, each)) for each in mantissas])
    decimals = n_digits - 1 - np.array(exponents, dtype=int)
    found = np.zeros(len(values))
    # A little more than half a unit, since both are binary numbers.
    half = 0.5 * (1 + 1e-9)
    if n_digits.max() >= _LEAST_DIGITS:
        size = np.where(np.isfinite(values) & (values != 0), np.abs(values), np.nan)
        exponent = np.floor(np.log10(size)) - n_digits.max() + 1
        found = np.nan_to_num(half * 10.0**exponent)
        if decimals.max() >= _LEAST_DECIMALS:
            found = np.maximum(found, half * 10.0 ** -float(decimals.max()))
    return found
