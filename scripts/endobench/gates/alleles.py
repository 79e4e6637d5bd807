"""Gates on alleles: on effects that several share, and on scores of exchanged ones.

Exchanging the alleles must flip a score, and the score of a variant in the benchmark must
be that of the second answer, too.
"""

import numpy as np

from endobench.benchmark.reductions import MEAN
from endobench.benchmark.scores import reduce_tracks
from endobench.gates.verdicts import Measured, not_checked, share_of, too_few
from endobench.genome.gene_ids import genes_of

NO_SIGN = "the scores have no sign"
# Classes and signs agree between alleles.
_FEW_VALUES = 2
# A handful of variants could all have scores of nearly 0.
_MIN_VARIANTS = 5
# Of scores that are 0 except for rounding, relative to the sum of all.
_NEARLY_0 = 1e-6
# Two answers of a model agree up to this share of the score, and of the median size of all.
_SHARE, _SHARE_OF_MEDIAN = 0.1, 0.05
# Reductions over tracks that read the scores of one variant alone.
_POINTWISE = (MEAN, "max_abs")


def allele_copies(pairs):
    """Measure the share of pairs with the statistics of another ALT at their place.

    Two alternate alleles of a site have effects of their own. A table in which they are
    the same was expanded from one that does not tell them apart.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one benchmark.
    """
    n = len(pairs)
    if pairs["effect"].nunique() <= _FEW_VALUES:
        return not_checked(n, "the effects have too few different values")
    places = pairs["variant_id"].astype(str).str.split("_", n=2).str[:2].str.join("_")
    statistics = ["effect", "effect_se", "p_value"]
    firsts = pairs.loc[~places.duplicated(), statistics]
    # Rounded effects are equal by chance.
    is_alone = firsts[["effect_se", "p_value"]].isna().all(axis=None)
    if is_alone and firsts["effect"].nunique() < len(firsts) / 2:
        return not_checked(
            n, "effects are rounded, and have neither errors nor p values"
        )
    rows = pairs[["feature_id", *statistics]].astype({"feature_id": str})
    is_copy = rows.assign(place=places).duplicated(keep=False).to_numpy()
    found = share_of(
        int(is_copy.sum()),
        n,
        "pairs have the statistics of another alternate allele at the same place",
    )
    if is_copy.any():
        ids = pairs["variant_id"][is_copy].astype(str).sort_values(kind="stable")
        examples = ", ".join(ids.unique()[:2])
        found = found._replace(evidence=f"{found.evidence}, such as {examples}")
    return found


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


def score_recheck(pairs, again, tracks, has_signed_scores=True):
    """Measure the share of scores that are not what the model answers again.

    Scores that were exchanged, late by one, overwritten or made from the effects are not
    those of a second request, which is made with REF and ALT exchanged. All scores may have
    another unit, such as natural logarithms.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    again : pandas.DataFrame or None
        In the columns of `columns.ANSWERS`; see `spot_checks.alleles.answers_again`.
    tracks : scores.TrackSet
        The tracks of the benchmark.
    has_signed_scores : bool, default True
        Scores without a sign are those of exchanged alleles, too.
    """
    if again is not None:
        again = again[again["scorer"].astype(str).isin(pairs["scorer"].unique())]
    if again is None or again.empty:
        return not_checked(0, "no model was asked again")
    if str(pairs["reduction"].iloc[0]) not in _POINTWISE:
        return not_checked(0, "scores depend on those of all variants")
    is_asked = np.isfinite(pairs["raw"].to_numpy(dtype=float))
    is_asked &= pairs["variant_id"].isin(again["variant_id"]).to_numpy()
    keys = ["variant_id", "scored_gene"]
    scored = pairs[is_asked].drop_duplicates(keys)
    scored = scored.astype(dict.fromkeys(keys, object))
    there = reduce_tracks(scored.drop_duplicates("variant_id"), again, tracks)
    there = there.assign(scored_gene=genes_of(there["feature_id"])).dropna(subset="raw")
    # Scores of variants have no gene in either table.
    both = scored[[*keys, "raw"]].merge(
        there[[*keys, "raw"]].astype(dict.fromkeys(keys, object)),
        on=keys,
        suffixes=("", "_again"),
    )
    n, n_variants = len(both), both["variant_id"].nunique()
    if n_variants < _MIN_VARIANTS:
        return too_few(
            n_variants, "scored variants that the model was asked again", _MIN_VARIANTS
        )
    here, there = (both[name].to_numpy(float) for name in ("raw", "raw_again"))
    if not has_signed_scores:
        here, there = np.abs(here), np.abs(there)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.nanmedian(here / there)
    if np.isfinite(factor) and factor > 0:
        there = factor * there
    slack = _SHARE * np.maximum(np.abs(here), np.abs(there))
    slack = slack + _SHARE_OF_MEDIAN * np.median(np.abs(there))
    is_other = np.abs(here - there) > slack
    what = "variants have another score than the model answers again"
    if n > n_variants:
        what = f"scores of {n_variants:,} variants are not what the model answers again"
    found = share_of(int(is_other.sum()), n, what)
    if is_other.any():
        names = ", ".join(both.loc[is_other, "variant_id"].astype(str).unique()[:3])
        found = found._replace(evidence=f"{found.evidence}, such as {names}")
    return found
