"""Gates on scores that were copied from effects, or from neighbouring variants.

A model reads the sequence. It cannot know which allele of a neighbour is called ALT.
"""

import numpy as np
import pandas as pd

from endobench.gates.linkage import OF_ASSAY, normal_quantiles
from endobench.gates.verdicts import MIN_ROWS, Measured, not_checked, too_few
from endobench.stats.ld_blocks import loci_of

# One-sided 95 %.
_Z = 1.6449
# Nearer variants may change one motif site. Distances, and up to which neighbour in order
# of position: of those in one regulatory element, several are alike.
_NEIGHBOURS = {"30 to 250 bp": (30, 250, 5), "250 bp to 100 kb": (250, 100_000, 1)}
_FARTHEST_BP = 100_000
# Scores that differ by less, relative to the median size, count as equal.
_RESOLUTION = 1e-4
# Ratios of scores to effects that differ by less count as equal.
_RATIO_STEP = 0.001


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
    score = normal_quantiles(rows["raw"])
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
        f"correlation {r:z.3f} of the scores of {n:,} pairs of variants {words} apart",
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
    variant, ids = pd.factorize(scored["variant_id"].astype(object), sort=True)
    n = len(ids)
    if n < MIN_ROWS:
        return too_few(n, "variants with a score")
    effect, raw = (scored[name].to_numpy(dtype=float) for name in ("effect", "raw"))
    order = np.lexsort([effect, variant])
    variant, effect, raw = variant[order], effect[order], raw[order]
    with np.errstate(invalid="ignore"):
        is_known = np.isfinite(effect)
        n_known = np.bincount(variant, is_known)
        mean = np.bincount(variant, np.where(is_known, effect, 0)) / n_known
    shares = []
    for each in (effect, mean[variant]):
        others = np.random.default_rng(0).permutation(each)
        own, chance = (
            common_ratio(variant, raw, values, n) for values in (each, others)
        )
        shares.append((own[0] - chance[0], *own))
    excess, share, ratio = max(shares)
    return Measured(
        max(excess, 0.0),
        n,
        f"{share * n:,.0f} of {n:,} variants have a score of {ratio:.3g} times an effect",
    )


def common_ratio(variant, raw, effect, n):
    """Return the share of variants with the most common ratio of score and effect.

    Parameters
    ----------
    variant : numpy.ndarray of int, shape (n_rows,)
        Code of each row's variant, from 0.
    raw, effect : numpy.ndarray of float, shape (n_rows,)
        Two scores, or a score and an effect.
    n : int
        Number of variants.

    Returns
    -------
    share, ratio : float
    """
    is_known = (raw != 0) & (effect != 0) & np.isfinite(effect)
    if not is_known.any():
        return 0.0, np.nan
    ratio = raw[is_known] / effect[is_known]
    step = np.round(np.log(np.abs(ratio)) / _RATIO_STEP)
    # A step of each sign, as one whole number.
    code, steps = pd.factorize(step + 1j * np.sign(ratio))
    once = np.unique(code * np.int64(n) + variant[is_known])
    counts = np.bincount(once // n)
    most = steps[counts == counts.max()]
    # Of several that are as common, the first in order of signs and steps.
    step = most[np.lexsort([most.real, most.imag])[0]]
    return counts.max() / n, step.imag * np.exp(step.real * _RATIO_STEP)


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
    ids = unique["variant_id"].to_numpy(object)
    order = np.lexsort([pos, pd.factorize(chrom, sort=True)[0]])
    is_tied = (chrom[order][1:] == chrom[order][:-1]) & (np.diff(pos[order]) == 0)
    # Only alleles of one position are compared by their ids, which is slow.
    if is_tied.any():
        code = pd.factorize(ids, sort=True)[0]
        order = np.lexsort([code, pos, pd.factorize(chrom, sort=True)[0]])
    rows = {"variant_id": ids, "raw": unique["raw"].to_numpy(), "chrom": chrom}
    return pd.DataFrame(rows | {"pos": pos}).take(order).reset_index(drop=True)


def _distances(rows, lag):
    """Return each variant's distance to an earlier one, -1 on another chromosome."""
    is_same = rows["chrom"].eq(rows["chrom"].shift(lag)).to_numpy()
    return np.where(is_same, rows["pos"].diff(lag).to_numpy(), -1)
