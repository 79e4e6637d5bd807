"""Gates on linked variants: are their effects alike, and do scores follow them?

Linked variants share the sampling error of their effects, and much of the effects
themselves. A model reads the sequence: it cannot know that the effect of a variant is that
of a linked one.
"""

import numpy as np
import pandas as pd
import scipy.special

from endobench.design.tasks import NO_ALLELE
from endobench.design.units import OF_GENOTYPES, UNITS
from endobench.gates.verdicts import MIN_ROWS, Measured, not_checked, too_few
from endobench.stats.ld_blocks import loci_of

OF_ASSAY = "scores of an assay, which follow LD"
# One-sided 95 %.
_Z = 1.6449
# One-sided 99.5 %, for the lowest of several chromosomes.
_Z_OF_PART = 2.5758
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
_LEAST_OF_EFFECTS = 0.07
# In a table with all pairs, and not the significant ones alone, effects that are all but
# their own reach 0.2, and scores of the sequence then agree with most of them.
_LEAST_OF_ALL_PAIRS = 0.22
# A table has all pairs if this share of them has an abs(effect/SE) below 2.
_INSIGNIFICANT, _SHARE_INSIGNIFICANT = 2.0, 0.1
# Larger effects count as this quantile of all, so that no handful of them decides.
_LARGEST = 0.95
_TOO_LITTLE_LD = (
    "effects show too little LD to tell (excess correlation {:.2f} of {:,} neighbouring"
    " variants)"
)
_FEATURES_PER_CLUSTER = 5
# Variants at this distance are in LD, and most neighbours are as near in a complete table.
_NEAR_BP, _LEAST_NEAR = 5_000, 500


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
    if linkage < _least_linkage(rows) or z < _LEAST_Z:
        return not_checked(is_excluded.sum(), _TOO_LITTLE_LD.format(linkage, n))
    cluster = _clusters(rows)
    leads, others = (_agreement(rows, each, cluster) for each in (is_lead, is_excluded))
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
        f"Spearman {others[0, 1]:z.3f} among {is_excluded.sum():,} variants that"
        f" fine-mapping excludes, {leads[0, 1]:z.3f} among {is_lead.sum():,} lead variants;"
        f" mean ratio of slopes and correlations {ratio[0, 0]:z.3f}",
    )


def linked_effects(pairs):
    """Measure how much more alike the effects of near neighbours are than others.

    Near variants of one feature are in LD, and so have effects of similar size. If
    statistics were exchanged between the rows of a feature, they have not. Nor are those of
    distant variants, which are the nearest that are left where many scores are missing.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.

    Returns
    -------
    Measured
        Upper end of the 90 % interval of the excess correlation, see `_linkage`, or of the
        99 % interval on the chromosome where it is lowest. Not
        checked for tables of independent variants, few of which are near each other.
    """
    if not pairs["unit"].astype(object).isin(OF_GENOTYPES).all():
        return not_checked(
            len(pairs), "effects are not slopes of a regression on genotypes"
        )
    rows = _evidence_of(pairs)
    gap = rows["pos"].diff()
    for name in ("feature_id", "chrom"):
        gap = gap.where(rows[name] == rows[name].shift())
    gap = gap.dropna()
    n_near = int((gap < _NEAR_BP).sum())
    if n_near < _LEAST_NEAR:
        return too_few(n_near, "near neighbours of one feature", _LEAST_NEAR)
    if n_near < len(gap) / 2:
        why = f"most neighbours of one feature are {_NEAR_BP:,} bp or more apart"
        return not_checked(len(gap), f"{why}: a table of independent variants")
    found = [(*_upper_end(rows, _Z), "of one feature", gap.median())]
    if not np.isfinite(found[0][0]):
        return too_few(
            found[0][2], "neighbours in features of several variants", _LEAST_NEAR
        )
    # Rows may have been exchanged on some chromosomes only.
    for chrom, part in rows.groupby("chrom", observed=True):
        words, far = (
            f"of one feature on {chrom}",
            gap[gap.index.isin(part.index)].median(),
        )
        found.append((*_upper_end(part, _Z_OF_PART), words, far))
    highest, value, n, words, far = min(each for each in found if np.isfinite(each[0]))
    return Measured(
        highest,
        n,
        f"excess correlation {value:z.3f} of the sizes of the effects of {n:,} neighbouring"
        f" variants {words}, a median of {far:,.0f} bp apart",
    )


def _upper_end(rows, width):
    """Return the upper end of the interval of `_linkage`, its value and n.

    The end is missing for too few neighbours.
    """
    value, z, n = _linkage(rows)
    is_known = n >= _LEAST_NEAR and z != 0
    return value + width * value / z if is_known else np.nan, value, n


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
    rows = _evidence_of(pairs, needs_evidence=False)
    linkage, z, n = _linkage(rows)
    # Of effects alone, little LD may also be that of rows which were exchanged.
    least = _LEAST_LINKAGE if rows["evidence"].notna().any() else _LEAST_OF_EFFECTS
    if n < MIN_ROWS or (linkage >= least and z >= _LEAST_Z):
        return None
    return _TOO_LITTLE_LD.format(linkage, n)


def _evidence_of(scored, *, needs_evidence=True):
    """Return each pair's effect, score and evidence, in order of features and positions.

    A table of effects alone has no evidence, but its effects show whether they are linked.
    """
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
    # Log of the Bayes factor of a large prior variance, up to a constant.
    evidence = np.clip(z, 0, 1e3) ** 2 / 2
    if np.isfinite(pip).any():
        with np.errstate(divide="ignore"):
            evidence = np.log(np.maximum(pip, 1e-300))
    is_known = np.isfinite(effect) & (effect != 0)
    if needs_evidence:
        is_known &= np.isfinite(evidence)
    rows = np.flatnonzero(is_known)
    chrom, pos = loci_of(scored["variant_id"])
    feature = scored["feature_id"].to_numpy(object)
    codes = (pd.factorize(each[rows], sort=True)[0] for each in (chrom, feature))
    # Features that are missing come last.
    codes = (np.where(each < 0, len(rows), each) for each in codes)
    rows = rows[np.lexsort([pos[rows], *codes])]
    raw = pd.Series(scored["raw"].to_numpy(dtype=float)[rows])
    return pd.DataFrame(
        {
            "feature_id": feature[rows],
            "chrom": chrom[rows],
            "pos": pos[rows],
            "effect": effect[rows],
            "evidence": evidence[rows],
            "raw": raw,
            "score": normal_quantiles(raw),
        }
    )


def _least_linkage(rows):
    """Return how much LD effects must show, for agreement of linked ones to tell."""
    is_small = rows["evidence"] < _INSIGNIFICANT**2 / 2
    # Evidence that is a probability of inclusion is negative, and says nothing of it.
    is_small &= rows["evidence"] >= 0
    is_complete = is_small.mean() > _SHARE_INSIGNIFICANT
    return _LEAST_OF_ALL_PAIRS if is_complete else _LEAST_LINKAGE


def _leads_and_excluded(rows):
    """Return masks of the excluded variants, and of the leads of their features."""
    # Rows of a feature follow each other; those without one have neither.
    feature = pd.factorize(rows["feature_id"])[0]
    first = np.flatnonzero(np.diff(feature, prepend=-2))
    group = np.repeat(np.arange(len(first)), np.diff(first, append=len(rows)))
    evidence = rows["evidence"].to_numpy()
    best = np.maximum.reduceat(evidence, first)[group] if len(rows) else evidence
    is_excluded = (best - evidence > np.log(_EXCLUDED)) & (feature >= 0)
    is_chosen = (np.bincount(group, is_excluded) > 0)[group] & (evidence == best)
    leads = np.flatnonzero(is_chosen)
    is_lead = np.zeros(len(rows), dtype=bool)
    is_lead[leads[np.unique(group[leads], return_index=True)[1]]] = True
    return is_lead, is_excluded


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
    # Rows of a feature follow each other.
    feature, size = pd.factorize(rows["feature_id"])[0], np.log(rows["effect"].abs())
    size = size.to_numpy()[feature >= 0]
    feature = feature[feature >= 0]
    n_of_feature = np.bincount(feature)
    size = size - (np.bincount(feature, size) / n_of_feature)[feature]
    square = (np.bincount(feature, size**2) / n_of_feature)[feature]
    n_each = n_of_feature[feature]
    # Deviations of k exchangeable values have a correlation of -1 / (k - 1).
    excess = size[1:] * size[:-1] + square[1:] / np.maximum(n_each[1:] - 1, 1)
    is_many = n_each >= _LEAST_VARIANTS
    excess = excess[(feature[1:] == feature[:-1]) & is_many[1:]]
    spread = (size[is_many] ** 2).mean() if is_many.any() else 0.0
    n = len(excess)
    if n < MIN_ROWS or not spread > 0:
        return 0.0, 0.0, n
    z = excess.mean() / excess.std(ddof=1) * np.sqrt(n)
    return excess.mean() / spread, z, n


def _clusters(rows):
    """Return the codes of groups of neighbouring features, from 0, by row."""
    # Rows of a feature follow each other, the chromosomes in order.
    feature = pd.factorize(rows["feature_id"])[0]
    first = np.flatnonzero(np.diff(feature, prepend=-1))
    chrom = pd.factorize(rows["chrom"], sort=True)[0][first]
    middle = rows["pos"].groupby(feature).median().to_numpy()
    rank = np.empty(len(first), dtype=int)
    rank[np.lexsort([middle, chrom])] = np.arange(len(first))
    return rank[feature] // _FEATURES_PER_CLUSTER


def _agreement(rows, chosen, cluster):
    """Return the agreement of scores and effects among the chosen rows.

    Returns
    -------
    numpy.ndarray of float, shape (n_clusters + 1, 2)
        The slope through the origin, of effects up to a quantile of all, and Spearman's
        correlation: of all clusters, then without each of them.
    """
    effect, score = (rows[name].to_numpy()[chosen] for name in ("effect", "score"))
    most = rows["effect"].abs().quantile(_LARGEST)
    effect = effect.clip(-most, most)
    ranks = [pd.Series(each).rank().to_numpy() for each in (effect, score)]
    x, y = (each - each.mean() for each in ranks)
    of_row, n_clusters = cluster[chosen], cluster.max() + 1

    def sums(values):
        of_cluster = np.bincount(of_row, weights=values, minlength=n_clusters)
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


def normal_quantiles(values):
    """Return the normal quantiles of values' ranks."""
    ranks = values.rank().to_numpy(dtype=float)
    return scipy.special.ndtri((ranks - 0.5) / max(len(ranks), 1))
