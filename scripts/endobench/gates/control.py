"""Gates on a positive control: is it independent of the effects, and of the scores?

Effects and a control that come from one table agree whatever is wrong with both. A
control that holds the scores says nothing about the effects.
"""

import re

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from endobench.design.tasks import LABEL
from endobench.gates.verdicts import MIN_ROWS, Measured, not_checked, share_of, too_few
from endobench.stats.rank_correlation import spearman
from endobench.stats.reliability import reliability

# Values of few digits repeat by chance.
_MIN_VALUES = 20
# Two values whose ratio differs less from a constant are one value, rounded.
_ROUNDING = 5e-3
# The density of ratios is that at up to this many times the rounding.
_NEAR = 10
# Fewer repeated values are chance.
_MIN_REPEATS = 5
# Fewer signs may all agree in independent tables of strong effects.
_MIN_SIGNS = 300
# Features that are named after their only variant say nothing about what was measured.
_OF_VARIANT = re.compile(
    r"(?i:rs\d+|(?:chr)?[0-9XYM]{1,2}[._:-]\d+(?:[._:-][ACGTN]+)*)$"
)
_VERSION = re.compile(r"\.\d+$")


def measure(control, features, is_signed=True):
    """Measure every gate of the stage "control".

    Parameters
    ----------
    control : pandas.DataFrame
        In the columns of `columns.CONTROL_PAIRS`; see `controls.with_measurements`.
    features : array-like of str
        The unique features of all effects.
    is_signed : bool, default True
        Whether the source states the effect allele.

    Returns
    -------
    dict of str to Measured
    """
    return {
        "control_values": control_values(control),
        "control_features": control_features(control, features),
        "control_ceiling": control_ceiling(control, is_signed),
        "control_sign_copies": control_sign_copies(control, is_signed),
    }


def control_values(control):
    """Measure the share of variants at which the control repeats an effect.

    The control may have another sign or scale: what counts is that the ratio of the two
    is the same at many variants.
    """
    rows = control[["source_id", "effect", "raw", "unit"]].dropna()
    rows = rows[(rows["effect"] != 0) & (rows["raw"] != 0)]
    n = rows["source_id"].nunique()
    if n < MIN_ROWS:
        return too_few(n, "shared variants with both values")
    if LABEL in rows["unit"].unique():
        return not_checked(n, "the effects are labels")
    if min(rows["effect"].nunique(), rows["raw"].nunique()) < _MIN_VALUES:
        return not_checked(n, f"fewer than {_MIN_VALUES} different values")
    ratio = (rows["raw"].astype(float) / rows["effect"].astype(float)).to_numpy()
    # Both are the same if the control has the scale of the effects.
    found = [
        _repeats(np.abs(ratio), 1.0, rows["source_id"]),
        _repeats(ratio, _commonest(ratio), rows["source_id"]),
    ]
    n_repeated = max(found)
    what = "shared variants have the same value in both tables"
    return share_of(n_repeated if n_repeated >= _MIN_REPEATS else 0, n, what)


def _commonest(ratio):
    """Return the ratio around which most ratios lie."""
    bins = np.round(np.log(np.abs(ratio)) / np.log1p(_ROUNDING)).astype(int)
    sides = pd.Series(zip(bins, ratio > 0, strict=True))
    bin_, is_positive = sides.value_counts().index[0]
    return np.median(ratio[(bins == bin_) & ((ratio > 0) == is_positive)])


def _repeats(ratio, value, variant):
    """Return how many variants have a ratio, beyond those that are near it by chance."""
    distance = np.abs(ratio / value - 1)
    n_here = variant[distance < _ROUNDING].nunique()
    is_near = (distance >= _ROUNDING) & (distance < _NEAR * _ROUNDING)
    return max(0, round(n_here - variant[is_near].nunique() / (_NEAR - 1)))


def control_features(control, features):
    """Measure the share of shared variants whose feature the effects also have.

    Versions of gene ids are ignored. Features that are named after a variant, and the
    placeholder of tables without features, do not count.
    """
    rows = control[["source_id", "control_feature"]].drop_duplicates("source_id")
    n = len(rows)
    if n < MIN_ROWS:
        return too_few(n, "shared variants")
    n_of = rows["control_feature"].astype(object).value_counts()
    theirs = [name for name in map(str, n_of.index) if not _OF_VARIANT.match(name)]
    ours = {_VERSION.sub("", str(each)) for each in features}
    shared = [name for name in theirs if _VERSION.sub("", name) in ours]
    if len(theirs) < 2:
        shared = []
    n_features = len(shared)
    return share_of(
        int(n_of[shared].sum()),
        n,
        f"shared variants belong to one of {n_features:,} features that both tables have",
    )


def control_ceiling(control, is_signed=True):
    """Measure the agreement of the control with the effects, over its noise ceiling.

    The ceiling is the square root of the product of both reliabilities. A table without
    standard errors counts as measured without error; there is no ceiling if neither has
    any. A variant with several features has other effects on the rest of them, so that
    variants with a single one are used if there are enough.
    """
    rows = _of_one_feature(control)
    n = len(rows)
    if n < MIN_ROWS:
        return too_few(n, "shared pairs")
    if not is_signed:
        return not_checked(n, "the source does not state the effect allele")
    theirs = rows.drop_duplicates("source_id")
    theirs = theirs.assign(effect=theirs["raw"], effect_se=theirs["control_se"])
    known = [
        value
        for value, n_known in map(reliability, (rows, theirs))
        if n_known >= MIN_ROWS and value > 0
    ]
    if not known:
        return not_checked(n, "neither table has standard errors")
    rho = spearman(rows["effect"], rows["raw"])
    ceiling = np.sqrt(np.prod(known))
    return Measured(
        abs(rho) / ceiling,
        n,
        f"Spearman {rho:z.3f} of {n:,} shared pairs, ceiling {ceiling:z.3f}",
    )


def control_sign_copies(control, is_signed=True):
    """Measure how rarely the control has the opposite sign of the effect.

    Z scores, signed logarithms of p values and bare signs have other values and ranks than
    the effects that they are made from, but all of their signs. Independent measurements
    have some opposite signs among small effects.

    Returns
    -------
    Measured
        Upper one-sided 95 % bound of the share of opposite signs (Clopper-Pearson).
    """
    rows = _of_one_feature(control)
    rows = rows[(rows["effect"] != 0) & (rows["raw"] != 0)]
    n = len(rows)
    if not is_signed:
        return not_checked(n, "the source does not state the effect allele")
    if n < _MIN_SIGNS:
        return too_few(n, "shared pairs with two signs", _MIN_SIGNS)
    is_same = np.sign(rows["effect"]) == np.sign(rows["raw"])
    # A control of REF has the opposite sign throughout.
    n_rare = int(min(is_same.sum(), n - is_same.sum()))
    highest = betaincinv(n_rare + 1, n - n_rare, 0.95)
    return Measured(
        float(highest),
        n,
        f"{n_rare:,} of {n:,} shared pairs have another sign than the rest of them, at"
        f" most {highest:.2%}",
    )


def _of_one_feature(control):
    """Return the pairs of variants with a single feature, if there are enough of them."""
    names = ["source_id", "effect", "effect_se", "unit", "raw", "control_se"]
    rows = control[names].dropna(subset=["effect", "raw"])
    is_single = ~rows["source_id"].duplicated(keep=False)
    return rows[is_single] if is_single.sum() >= MIN_ROWS else rows


def control_scores(pairs, control):
    """Measure the agreement of the positive control with the scores themselves.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one benchmark.
    control : pandas.DataFrame or None
        Effects joined with the positive control, in the same columns.

    Returns
    -------
    Measured
        Absolute Spearman correlation over the variants of both.
    """
    if control is None:
        return not_checked(0, "no positive control is declared")
    scores, values = (
        _first_of_variants(frame).reset_index(drop=True) for frame in (pairs, control)
    )
    place = pd.Index(values["variant_id"]).get_indexer(scores["variant_id"])
    is_shared = place >= 0
    n = int(is_shared.sum())
    if n < MIN_ROWS:
        return too_few(n, "variants with a score and a value of the control")
    rho = spearman(scores["raw"][is_shared], values["raw"].iloc[place[is_shared]])
    if np.isnan(rho):
        return not_checked(n, "scores or values of the control do not vary")
    return Measured(
        abs(rho),
        n,
        f"Spearman {rho:z.3f} of scores with the positive control at {n:,} variants",
    )


def _first_of_variants(frame):
    """Return the first known score of each variant."""
    rows = frame[["variant_id", "raw"]].dropna(subset="raw")
    return rows.astype({"variant_id": object}).drop_duplicates("variant_id")
