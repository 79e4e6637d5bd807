"""The gate on scores of one allele alone: exchanging REF and ALT must flip a score."""

import numpy as np

from endobench.gates.verdicts import Measured, not_checked, too_few

NO_SIGN = "the scores have no sign"
# A handful of variants could all have scores of nearly 0.
_MIN_VARIANTS = 5
# Of scores that are 0 except for rounding, relative to the sum of all.
_NEARLY_0 = 1e-6


def allele_exchange(exchanged, expected, has_signed_scores=True):
    """Measure how far scores are from flipping when REF and ALT are exchanged.

    A score without a sign, such as the size of a change of splicing, stays by design.

    Parameters
    ----------
    exchanged : pandas.DataFrame or None
        In the columns of `columns.EXCHANGED`.
    expected : scores.Expected
    has_signed_scores : bool, default True

    Returns
    -------
    Measured
        Absolute sums of both scores of a variant over the sum of their absolute values: 0
        if each score flips, 1 if it stays, as that of one allele alone nearly does.
    """
    if not has_signed_scores:
        return not_checked(0, NO_SIGN)
    rows = exchanged
    if rows is not None:
        rows = rows[rows["scorer"].astype(str) == expected.scorer]
    if rows is None or rows.empty:
        return not_checked(0, "no model was asked with REF and ALT exchanged")
    rows = rows.drop_duplicates(["variant_id", "feature_id"])
    raw, other = (rows[name].to_numpy(dtype=float) for name in ("raw", "exchanged_raw"))
    is_known = np.isfinite(raw) & np.isfinite(other)
    raw, other = raw[is_known], other[is_known]
    # Of scores by gene, a variant has several.
    n = rows["variant_id"][is_known].nunique()
    if n < _MIN_VARIANTS:
        return too_few(
            n, "substitutions scored with REF and ALT exchanged", _MIN_VARIANTS
        )
    size = np.abs(raw).sum() + np.abs(other).sum()
    if np.abs(other).max() <= _NEARLY_0 * size:
        why = "all scores of exchanged alleles are 0: REF is read from the genome"
        return not_checked(n, why)
    n_same = int((np.sign(raw) * np.sign(other) > 0).sum())
    scores = "substitutions" if n == len(raw) else f"scores of {n:,} substitutions"
    return Measured(
        np.abs(raw + other).sum() / size,
        n,
        f"{n_same:,} of {len(raw):,} {scores} keep the sign of their score when REF and"
        " ALT are exchanged",
    )
