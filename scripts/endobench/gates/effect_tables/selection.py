"""Gates on a choice of rows: was a table truncated, filtered, or chosen by its effects?"""

from collections import Counter

import numpy as np
from scipy.special import betaincinv

from endobench.design.units import P_VALUE
from endobench.gates.verdicts import (
    MIN_ROWS,
    Measured,
    not_checked,
    share_of,
    too_few,
)

# Relative difference allowed between two records of one p value.
_ROUNDING = 1e-3
PALINDROMES = ("AT", "TA", "CG", "GC")
# Leads that a table without indels, or without A/T and C/G, lacks by that at most: a tenth
# in GTEx Whole Blood, a third where all substitutions are as common.
_LEADS_OF_INDELS, _LEADS_OF_PALINDROMES = 0.1, 0.3
_MANY_VARIANTS = 300
# Effects of which fewer have the other sign have one sign.
ONE_SIGN = 0.05
_OF_ONE_SIGN = ("label", P_VALUE)
# Of a one-sided bound.
_LEVEL = 0.005


def missing_leads(leads, n_variants=0, changes=None):
    """Measure the share of features that lack the pair with their smallest p value.

    Wherever a table was truncated, some features lose their lead variant. A table without
    any indel, or without any A/T or C/G substitution, was filtered: only what exceeds the
    leads that such variants may be counts.

    Parameters
    ----------
    leads : pyarrow.Table
        See `contents.summarise_features`.
    n_variants : int
    changes : collections.Counter, optional
        See `contents.count_changes`.
    """
    n = leads.num_rows
    if n == 0:
        return not_checked(
            0, "the table does not report the smallest p value of each feature"
        )
    if n < MIN_ROWS:
        return too_few(n, "features")
    limit = leads["feature_min_p"].to_numpy() * (1 + _ROUNDING)
    n_missing = int((leads["p_value"].to_numpy() > limit).sum())
    found = share_of(
        n_missing, n, "features lack the pair with their smallest reported p value"
    )
    changes = changes or Counter()
    n_snvs = changes.total()
    filtered = {}
    if n_variants >= _MANY_VARIANTS and n_snvs == n_variants:
        filtered["insertions or deletions"] = _LEADS_OF_INDELS
    if n_snvs >= _MANY_VARIANTS and not any(changes[each] for each in PALINDROMES):
        filtered["A/T and C/G substitutions"] = _LEADS_OF_PALINDROMES
    if not filtered or not n_missing:
        return found
    words = f"{found.evidence}; the table has no {', and no '.join(filtered)}"
    excess = max(found.value - sum(filtered.values()), 0.0)
    return found._replace(value=excess, evidence=words)


def one_sign(pairs, null=0.0):
    """Measure the share of scores with the sign of effects that have one sign.

    Scores follow the sign of effects that were chosen by it. Of absolute values, they have
    either sign.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one benchmark.
    null : float
        Value of no effect.

    Returns
    -------
    Measured
        Lower one-sided 99.5 % bound (Clopper-Pearson) among the larger half of the scores,
        one of each variant; 1 if effects have both signs.
    """
    if pairs["unit"].astype(object).isin(_OF_ONE_SIGN).any():
        return Measured(1.0, len(pairs), "effects of this unit have one sign")
    sign = np.sign(pairs["effect"].to_numpy(dtype=float) - null)
    n_positive, n_negative = int((sign > 0).sum()), int((sign < 0).sum())
    n = n_positive + n_negative
    if n < MIN_ROWS:
        return too_few(n, "effects with a sign")
    if min(n_positive, n_negative) >= ONE_SIGN * n:
        return Measured(1.0, n, "effects have both signs")
    raw = pairs.drop_duplicates("variant_id")["raw"].to_numpy(dtype=float)
    raw = raw[np.isfinite(raw) & (raw != 0)]
    large = raw[np.abs(raw) >= np.median(np.abs(raw))] if len(raw) else raw
    if len(large) < MIN_ROWS:
        return too_few(len(large), "variants with a large score")
    is_positive = n_positive > n_negative
    n_same = int((large > 0).sum() if is_positive else (large < 0).sum())
    low = betaincinv(n_same, len(large) - n_same + 1, _LEVEL) if n_same else 0.0
    word = "positive" if is_positive else "negative"
    return Measured(
        float(low),
        len(large),
        f"{max(n_positive, n_negative):,} of {n:,} effects are {word}, and {n_same:,} of"
        f" {len(large):,} large scores, at least {100 * low:.1f} %",
    )
