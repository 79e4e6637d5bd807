"""Gates on scores that know the effects, or those of neighbouring variants.

A model reads the sequence. It cannot know that the effect of a variant is that of a linked
one, and which allele of a neighbour it calls ALT.
"""

import numpy as np
import pandas as pd
import scipy.special

from endobench.design.tasks import NO_ALLELE
from endobench.design.units import UNITS
from endobench.gates.verdicts import MIN_ROWS, Measured, not_checked, too_few
from endobench.stats.ld_blocks import loci_of

OF_ASSAY = "scores of an assay, which follow LD"
# One-sided 95 %.
_Z = 1.6449
# Fewer standard errors are no sign of LD, or of agreement of lead variants.
_LEAST_Z = 3.0
_LEAST_VARIANTS = 3
# Fine-mapping excludes a variant whose evidence is this much weaker than the lead's: a
# tenth of its Bayes factor, or of its posterior inclusion probability.
_EXCLUDED = 10.0
# Excess correlation of the log sizes of neighbouring effects; see `_linkage`. It is 0.04
# among independent signals (GTEx Whole Blood), 0.47 in a complete table (GTEx Kidney
# Cortex), and 0.18 where neighbouring variants have an r of 0.4 (the demonstration).
_LEAST_LINKAGE = 0.14
_TOO_LITTLE_LD = (
    "effects show too little LD to tell (excess correlation {:.2f} of {:,} neighbouring"
    " variants)"
)
_FEATURES_PER_CLUSTER = 5
# Nearer variants may change one motif site. Distances, and up to which neighbour in order
# of position: of those in one regulatory element, several are alike.
_NEIGHBOURS = {"30 to 250 bp": (30, 250, 5), "250 bp to 100 kb": (250, 100_000, 1)}
_FARTHEST_BP = 100_000
# Scores that differ by less, relative to the median size, count as equal.
_RESOLUTION = 1e-4
# Ratios of scores to effects that differ by less count as equal.
_RATIO_STEP = 0.001


def linked_agreement(scored, is_signed, is_measured):
    """Measure how much agreement persists where fine-mapping excludes a variant.

    A score of the sequence follows a variant's own effect. It agrees less with effects
    that are due to a linked variant. Scores that were made from the effects follow both
    alike. Agreement among variants that are excluded is divided by that among the lead
    variants of the same features, for the slope of the scores' normal quantiles on the
    effects and for Spearman's correlation; the value is the mean of both ratios. A variant
    is excluded if its posterior inclusion probability, or its Bayes factor under one
    causal variant per feature, is less than a tenth of the lead's.

    Parameters
    ----------
    scored : pandas.DataFrame
        In the columns of `columns.PAIRS`, all with a score.
    is_signed : bool
        Whether the source of the effects states the effect allele.
    is_measured : bool
        Whether scores are an assay's; these follow LD rightly.

    Returns
    -------
    Measured
        Lower end of the 90 % interval of the mean ratio, by the jackknife over groups of
        neighbouring features.
    """
    if is_measured:
        return not_checked(len(scored), OF_ASSAY)
    if not is_signed:
        return not_checked(len(scored), NO_ALLELE)
    rows = _evidence_of(scored)
    is_lead, is_excluded = _leads_and_excluded(rows)
    if is_lead.sum() < MIN_ROWS:
        return too_few(
            is_lead.sum(), "features with a lead and an excluded variant to compare"
        )
    linkage, z, n = _linkage(rows)
    if linkage < _LEAST_LINKAGE or z < _LEAST_Z:
        return not_checked(is_excluded.sum(), _TOO_LITTLE_LD.format(linkage, n))
    leads, others = (_agreement(rows, each) for each in (is_lead, is_excluded))
    if not np.isfinite([*leads, *others]).all():
        return not_checked(len(rows), "effects or scores do not vary")
    # The first row is of all clusters, and each other one lacks a cluster.
    if (np.abs(leads[0]) < _LEAST_Z * _jackknife_se(leads)).any():
        return not_checked(
            is_excluded.sum(), "scores do not agree with the effects of lead variants"
        )
    ratio = (others / leads).mean(axis=1, keepdims=True)
    lowest = ratio[0, 0] - _Z * _jackknife_se(ratio)[0]
    return Measured(
        lowest,
        int(is_excluded.sum()),
        f"Spearman {others[0, 1]:.3f} among {is_excluded.sum():,} variants that"
        f" fine-mapping excludes, {leads[0, 1]:.3f} among {is_lead.sum():,} lead variants;"
        f" mean ratio of slopes and correlations {ratio[0, 0]:.3f}",
    )


def why_unlinked(pairs):
    """Return in words that a feature's variants are not linked, or None.

    Of independent signals, as fine-mapping leaves them, neighbours are no more alike in
    size than any others of their feature.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.

    Returns
    -------
    str or None
        None also where too few variants tell.
    """
    linkage, z, n = _linkage(_evidence_of(pairs))
    if n < MIN_ROWS or (linkage >= _LEAST_LINKAGE and z >= _LEAST_Z):
        return None
    return _TOO_LITTLE_LD.format(linkage, n)


def _evidence_of(scored):
    """Return each pair's effect, score and evidence, in order of features and positions."""
    pip = scored["pip"].to_numpy(dtype=float)
    effect, se, p_value = (
        scored[name].to_numpy(dtype=float)
        for name in ("effect", "effect_se", "p_value")
    )
    nulls = {name: unit.null for name, unit in UNITS.items()}
    null = scored["unit"].astype(object).map(nulls).fillna(0.0)
    effect = effect - null.to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(effect / se)
        z = np.where(np.isfinite(z), z, -scipy.special.ndtri(p_value / 2))
    chrom, pos = loci_of(scored["variant_id"])
    rows = pd.DataFrame(
        {
            "feature_id": scored["feature_id"].to_numpy(),
            "chrom": chrom,
            "pos": pos,
            "effect": effect,
            # Log of the Bayes factor of a large prior variance, up to a constant.
            "evidence": np.clip(z, 0, 1e3) ** 2 / 2,
            "pip": pip,
            "raw": scored["raw"].to_numpy(dtype=float),
        }
    )
    if np.isfinite(pip).any():
        with np.errstate(divide="ignore"):
            rows["evidence"] = np.log(np.maximum(pip, 1e-300))
    is_known = np.isfinite(rows[["effect", "evidence"]]).all(axis=1)
    rows = rows[is_known & (rows["effect"] != 0)]
    rows = rows.sort_values(["feature_id", "chrom", "pos"], ignore_index=True)
    return rows.assign(score=_normal(rows["raw"]))


def _leads_and_excluded(rows):
    """Return masks of the excluded variants, and of the leads of their features."""
    best = rows.groupby("feature_id")["evidence"].transform("max")
    is_excluded = (best - rows["evidence"] > np.log(_EXCLUDED)).to_numpy()
    is_lead = pd.Series(is_excluded).groupby(rows["feature_id"]).transform("any")
    is_lead &= rows["evidence"] == best
    is_lead &= ~rows.assign(is_lead=is_lead).duplicated(["feature_id", "is_lead"])
    return is_lead.to_numpy(), is_excluded


def _linkage(rows):
    """Return how much more alike neighbouring effects are than others of their feature.

    Effects of one feature have a common scale, with or without LD. Only with LD are those
    of neighbouring variants closer in size than those of other variants.

    Returns
    -------
    value, z : float
        Excess correlation of the log sizes of neighbours, deviations from the mean of
        their feature, and how many standard errors that is from 0.
    n : int
        Number of neighbours, in features of at least three variants.
    """
    size = np.log(rows["effect"].abs())
    feature = rows["feature_id"]
    size = size - size.groupby(feature).transform("mean")
    squares = (size**2).groupby(feature)
    n_each = squares.transform("size")
    # Deviations of k exchangeable values have a correlation of -1 / (k - 1).
    excess = size * size.groupby(feature).shift(1) + squares.transform("mean") / (
        n_each - 1
    ).clip(lower=1)
    excess = excess[(n_each >= _LEAST_VARIANTS) & excess.notna()]
    spread = (size[n_each >= _LEAST_VARIANTS] ** 2).mean()
    n = len(excess)
    if n < MIN_ROWS or not spread > 0:
        return 0.0, 0.0, n
    return excess.mean() / spread, excess.mean() / excess.std() * np.sqrt(n), n


def _agreement(rows, chosen):
    """Return the agreement of scores and effects among the chosen rows.

    Returns
    -------
    numpy.ndarray of float, shape (n_clusters + 1, 2)
        The slope through the origin and Spearman's correlation: of all clusters, then
        without each of them.
    """
    effect, score = (rows[name].to_numpy()[chosen] for name in ("effect", "score"))
    ranks = [pd.Series(each).rank().to_numpy() for each in (effect, score)]
    x, y = (each - each.mean() for each in ranks)
    places = rows.groupby("feature_id").agg({"chrom": "first", "pos": "median"})
    places = places.sort_values(["chrom", "pos"])
    cluster = pd.Series(np.arange(len(places)) // _FEATURES_PER_CLUSTER, places.index)
    of_row = rows["feature_id"].map(cluster).to_numpy()[chosen]

    def sums(values):
        of_cluster = np.bincount(
            of_row, weights=values, minlength=cluster.to_numpy().max() + 1
        )
        return of_cluster.sum() - np.concatenate([[0.0], of_cluster])

    with np.errstate(invalid="ignore", divide="ignore"):
        slope = sums(effect * score) / sums(effect**2)
        spearman = sums(x * y) / np.sqrt(sums(x**2) * sums(y**2))
    return np.column_stack([slope, spearman])


def _jackknife_se(values):
    """Return the standard errors of each column; the first row is of all clusters."""
    without = values[1:]
    n = len(without)
    return np.sqrt((n - 1) / n * ((without - without.mean(axis=0)) ** 2).sum(axis=0))


def neighbour_scores(unique, has_signed_scores, is_measured):
    """Measure the correlation of the scores of neighbouring variants.

    Which allele is ALT is unrelated between neighbours, and so are the signs of a model's
    scores. Scores that were averaged over neighbours, or that are those of one allele
    alone, are alike.

    Parameters
    ----------
    unique : pandas.DataFrame
        ``variant_id`` and ``raw``, one row per variant.
    has_signed_scores : bool
        See `scores.measure`.
    is_measured : bool
        Whether scores are an assay's; linked variants then share them rightly.

    Returns
    -------
    Measured
        Lower end of the 90 % interval of the correlation of normal quantiles, for
        neighbours at the distances where it is higher.
    """
    if is_measured:
        return not_checked(len(unique), OF_ASSAY)
    if not has_signed_scores:
        return not_checked(len(unique), "the table declares its scores unsigned")
    rows = _in_order(unique)
    score = _normal(rows["raw"])
    found, most = [], 0
    for words, (low, high, n_next) in _NEIGHBOURS.items():
        products = [np.empty(0)]
        for lag in range(1, n_next + 1):
            distance = _distances(rows, lag)
            here = np.flatnonzero((distance >= low) & (distance < high))
            products.append(score[here] * score[here - lag])
        products = np.concatenate(products)
        most = max(most, len(products))
        if len(products) >= MIN_ROWS and np.ptp(score) > 0:
            r = products.mean() / np.mean(score**2)
            found.append((r - _Z / np.sqrt(len(products)), r, len(products), words))
    if not found:
        return too_few(most, f"neighbours at {' or '.join(_NEIGHBOURS)}")
    lowest, r, n, words = max(found)
    return Measured(
        lowest,
        n,
        f"correlation {r:.3f} of the scores of {n:,} pairs of variants {words} apart",
    )


def neighbour_ties(unique):
    """Measure the share of neighbouring variants with one score, beyond chance.

    Scores of a gene or of an LD group are equal in size among its variants. The most
    common score is left to the gate `score_ties`.

    Parameters
    ----------
    unique : pandas.DataFrame
        ``variant_id`` and ``raw``, one row per variant.
    """
    rows = _in_order(unique)
    gap = _distances(rows, 1)
    size = at_resolution(rows["raw"].abs().to_numpy(dtype=float))
    values, place, counts = np.unique(size, return_inverse=True, return_counts=True)
    is_near = (gap >= 1) & (gap < _FARTHEST_BP)
    n = int(is_near.sum())
    if n < MIN_ROWS:
        return too_few(n, f"neighbours at less than {_FARTHEST_BP:,} bp")
    is_common = (np.arange(len(values)) == counts.argmax()) & (counts > 1)
    here = np.flatnonzero(is_near)
    is_tied = (place[here] == place[here - 1]) & ~is_common[place[here]]
    pairs_tied = (counts * (counts - 1.0))[~is_common].sum()
    chance = pairs_tied / (len(rows) * (len(rows) - 1.0))
    n_tied = int(is_tied.sum())
    return Measured(
        max(n_tied / n - chance, 0.0),
        n,
        f"{n_tied:,} of {n:,} neighbours have one score in size; {chance * n:,.1f} expected"
        " by chance",
    )


def score_effect_ratio(scored):
    """Measure the share of variants whose score is one multiple of an effect.

    Parameters
    ----------
    scored : pandas.DataFrame
        ``variant_id, effect, raw``; a score may be a multiple of any effect of its variant
        or of their mean. Only what exceeds the share among effects of other variants is
        counted.
    """
    scored = scored.sort_values(["variant_id", "effect"])
    effect, raw = (scored[name].to_numpy(dtype=float) for name in ("effect", "raw"))
    ids = scored["variant_id"].to_numpy()
    n = scored["variant_id"].nunique()
    if n < MIN_ROWS:
        return too_few(n, "variants with a score")
    mean = scored.groupby("variant_id", observed=True)["effect"].transform("mean")
    shares = []
    for each in (effect, mean.to_numpy(dtype=float)):
        others = np.random.default_rng(0).permutation(each)
        own, chance = (_common_ratio(ids, raw, values, n) for values in (each, others))
        shares.append((own[0] - chance[0], *own))
    excess, share, ratio = max(shares)
    return Measured(
        max(excess, 0.0),
        n,
        f"{share * n:,.0f} of {n:,} variants have a score of {ratio:.3g} times an effect",
    )


def _common_ratio(ids, raw, effect, n):
    """Return the share of variants with the most common ratio, and the ratio."""
    is_known = (raw != 0) & (effect != 0) & np.isfinite(effect)
    if not is_known.any():
        return 0.0, np.nan
    ratio = raw[is_known] / effect[is_known]
    step = np.round(np.log(np.abs(ratio)) / _RATIO_STEP)
    frame = pd.DataFrame({"id": ids[is_known], "step": step, "sign": np.sign(ratio)})
    counts = frame.drop_duplicates().groupby(["sign", "step"]).size()
    sign, step = counts.idxmax()
    return counts.max() / n, sign * np.exp(step * _RATIO_STEP)


def at_resolution(values):
    """Return values as whole numbers of a small step, so that jittered ones are equal.

    Parameters
    ----------
    values : numpy.ndarray of float
        The step is a ten-thousandth of the median size of those that are not 0.

    Returns
    -------
    numpy.ndarray of float
    """
    size = np.abs(values[values != 0])
    if not len(size):
        return values
    # Adding 0 makes -0.0 equal to 0.0.
    return np.round(values / (_RESOLUTION * np.median(size))) + 0.0


def _in_order(unique):
    """Return variants in order of position, with ``chrom`` and ``pos``."""
    chrom, pos = loci_of(unique["variant_id"])
    rows = unique.assign(chrom=chrom, pos=pos)
    return rows.sort_values(["chrom", "pos", "variant_id"], ignore_index=True)


def _distances(rows, lag):
    """Return each variant's distance to an earlier one, -1 on another chromosome."""
    is_same = rows["chrom"].eq(rows["chrom"].shift(lag)).to_numpy()
    return np.where(is_same, rows["pos"].diff(lag).to_numpy(), -1)


def _normal(values):
    """Return the normal quantiles of values' ranks."""
    ranks = values.rank().to_numpy(dtype=float)
    return scipy.special.ndtri((ranks - 0.5) / max(len(ranks), 1))
