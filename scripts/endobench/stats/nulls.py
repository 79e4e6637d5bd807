"""What agreement there is by chance: permutation, sign flips and mismatched variants."""

from typing import NamedTuple

import numpy as np
import scipy

from endobench.stats.agreement import dot
from endobench.stats.analytic import CONFIDENCE, MIN_PAIRS


class NullTest(NamedTuple):
    """A test, and what it found beside what chance gives.

    Attributes
    ----------
    p : float
        Two-sided, both tails alike; at least 1 / (number of draws + 1).
    observed, null_mean, null_low, null_high : float
        A correlation of ranks, and its mean and central 95 % under the null.
    """

    p: float
    observed: float
    null_mean: float
    null_low: float
    null_high: float


_MISSING = NullTest(*(np.nan,) * 5)
_TAIL = (1 - CONFIDENCE) / 2


def permutation_test(effect, score, block, strata, variant, n_permutations, seed):
    """Permute the scores of variants within strata, and test Spearman's correlation.

    All pairs of a variant keep one score. Permuting takes the LD out of the scores, so
    that the plain correlation spreads less than it does in the data, and a test of it
    would reject too often. What is compared is therefore studentised by LD block: T =
    sum U / sqrt(sum U^2), U being a block's sum of products of ranks, of which the
    mean of their stratum is taken (Chung and Romano 2013, doi:10.1214/13-AOS1090;
    DiCiccio and Romano 2017, doi:10.1080/01621459.2016.1202117). Spearman's own values
    are returned to be read; their spread is that of independent variants.

    Parameters
    ----------
    effect, score : array-like of float, shape (n_pairs,)
    block : array-like of int, shape (n_pairs,)
        Codes from 0.
    strata : array-like of int, shape (n_pairs,)
        Codes from 0, such as those of `strata_of`. A variant whose pairs lie in several
        strata is in the first of them.
    variant : array-like of int, shape (n_pairs,)
        Codes of the pairs' variants.
    n_permutations, seed : int

    Returns
    -------
    NullTest
        Missing below `MIN_PAIRS` variants or where a vector is constant.

    Raises
    ------
    ValueError
        If a variant has two scores or lies in two blocks.
    """
    _, first, variant = np.unique(variant, return_index=True, return_inverse=True)
    score, block = _of_variants(score, "scores", first, variant), np.asarray(block)
    block = _of_variants(block, "blocks", first, variant)
    effect = np.asarray(effect, dtype=float)
    if len(first) < MIN_PAIRS or np.ptp(effect) == 0 or np.ptp(score) == 0:
        return _MISSING
    order = np.lexsort([variant, np.asarray(strata)])
    stratum = np.empty(len(first), dtype=np.intp)
    stratum[variant[order[::-1]]] = np.asarray(strata)[order[::-1]]
    # Variants in the order of their strata: to permute is to shuffle each run.
    place = np.argsort(stratum, kind="stable")
    where = np.empty_like(place)
    where[place] = np.arange(len(place))
    statistic = _Studentised(
        effect, where[variant], score[place], block[place], stratum[place]
    )
    generator = np.random.default_rng(seed)
    target = np.arange(len(place))
    observed, t = statistic(target)
    null = np.empty((n_permutations, 2))
    for row in range(n_permutations):
        for run in np.split(target, statistic.runs[1:]):
            generator.shuffle(run)
        null[row] = statistic(target)
    above = 1 + np.count_nonzero(null[:, 1] >= t - 1e-9)
    below = 1 + np.count_nonzero(null[:, 1] <= t + 1e-9)
    p = min(1.0, 2 * min(above, below) / (n_permutations + 1))
    low, high = np.quantile(null[:, 0], [_TAIL, 1 - _TAIL])
    return NullTest(p, observed, null[:, 0].mean(), low, high)


def _of_variants(values, name, first, variant):
    values = np.asarray(values)
    found = values[first]
    bad = np.flatnonzero(found[variant] != values)
    if len(bad):
        raise ValueError(
            f"pair {bad[0]}: its variant has two {name}, {found[variant[bad[0]]]} and"
            f" {values[bad[0]]}"
        )
    return found


class _Studentised:
    """Spearman's correlation and T, when each variant's score is given to another."""

    def __init__(self, effect, variant, score, block, stratum):
        n_pairs, n_variants = len(effect), len(score)
        self.n_pairs, self.block = n_pairs, block
        # Variants come in the order of their strata; here each begins.
        self.runs = np.flatnonzero(np.diff(stratum, prepend=-1))
        self.lengths = np.diff(self.runs, append=n_variants)
        # Whole numbers, whose running sum takes a tenth of the time of that of floats.
        self.size = np.bincount(variant, minlength=n_variants)
        self.stratum_size = np.add.reduceat(self.size, self.runs)
        ranks = scipy.stats.rankdata(effect) - (n_pairs + 1) / 2
        self.effect_ss = dot(ranks, ranks)
        self.effect = np.bincount(variant, ranks, n_variants)
        self.within = self.effect - self.size * self._stratum_means(self.effect)
        _, self.code = np.unique(score, return_inverse=True)
        self.order = np.argsort(self.code, kind="stable")
        self.ends = np.cumsum(np.bincount(self.code)) - 1

    def _stratum_means(self, total):
        """Return the mean of a stratum's pairs from the total of each variant's."""
        mean = np.add.reduceat(total, self.runs) / self.stratum_size
        return mean.repeat(self.lengths)

    def __call__(self, target):
        """Return both, `target[i]` being the variant that is given the score of i."""
        high = np.cumsum(self.size[target[self.order]])[self.ends]
        weight = np.diff(high, prepend=0).astype(float)
        mid = high - (weight + self.n_pairs) / 2
        score = np.empty(len(target))
        score[target] = mid[self.code]
        score_ss = (self.n_pairs**3 - dot(weight * weight, weight)) / 12
        spearman = dot(self.effect, score) / np.sqrt(self.effect_ss * score_ss)
        centred = score - self._stratum_means(self.size * score)
        sums = np.bincount(self.block, self.within * centred)
        spread = np.sqrt(dot(sums, sums))
        return spearman, sums.sum() / spread if spread > 0 else 0.0


def sign_flip_test(effect, score, block, n_flips, seed, null=0.0):
    """Flip the sign of all effects of a block at once, and test against the score.

    Under the null that the effects of a block and their mirror image are alike whatever
    the scores, LD within blocks included, the test is exact. The statistic is the
    correlation of Wilcoxon's signed ranks of the effect with the ranks of the score.

    Parameters
    ----------
    effect, score : array-like of float, shape (n_pairs,)
    block : array-like of int, shape (n_pairs,)
        Codes from 0.
    n_flips, seed : int
    null : float, optional
        The effect of a variant that does nothing.

    Returns
    -------
    NullTest
        Missing below `MIN_PAIRS` pairs, or where all effects are null or the score is
        constant.
    """
    effect = np.asarray(effect, dtype=float) - null
    score = np.asarray(score, dtype=float)
    if len(effect) < MIN_PAIRS or not effect.any() or np.ptp(score) == 0:
        return _MISSING
    signed = np.sign(effect) * scipy.stats.rankdata(np.abs(effect))
    ranks = scipy.stats.rankdata(score) - (len(score) + 1) / 2
    scale = np.sqrt((signed @ signed) * (ranks @ ranks))
    sums = np.bincount(block, signed * ranks) / scale
    generator = np.random.default_rng(seed)
    null_values = np.empty(n_flips)
    for first in range(0, n_flips, 1000):
        part = null_values[first : first + 1000]
        signs = generator.integers(0, 2, (len(part), len(sums)), dtype=np.int8)
        part[:] = (2.0 * signs - 1) @ sums
    observed = sums.sum()
    n_beyond = np.count_nonzero(np.abs(null_values) >= abs(observed) - 1e-12)
    low, high = np.quantile(null_values, [_TAIL, 1 - _TAIL])
    return NullTest(
        (1 + n_beyond) / (n_flips + 1), observed, null_values.mean(), low, high
    )


def strata_of(distance, maf, n_bins=5):
    """Return the stratum of each pair: absolute distance by minor allele frequency.

    Parameters
    ----------
    distance, maf : array-like of float, shape (n_pairs,)
        In bp, of any sign, and from 0 to 0.5; both may be missing.
    n_bins : int, optional
        Bins of each, of about as many pairs; what is missing is a bin of its own.

    Returns
    -------
    numpy.ndarray of int, shape (n_pairs,)
        Codes below ``(n_bins + 1) ** 2``.
    """
    distance = _quantile_bins(np.abs(np.asarray(distance, dtype=float)), n_bins)
    return distance * (n_bins + 1) + _quantile_bins(maf, n_bins)


def _quantile_bins(values, n_bins):
    values = np.asarray(values, dtype=float)
    is_known = np.isfinite(values)
    bins = np.full(len(values), n_bins)
    if is_known.any():
        edges = np.quantile(values[is_known], np.arange(1, n_bins) / n_bins)
        bins[is_known] = np.searchsorted(edges, values[is_known], "left")
    return bins


def mismatched_variants(variant, chrom, distance, seed, n_bins=20):
    """Give each variant another one at a like distance, whose score it shall take.

    Within bins of absolute distance, a random shift; to another chromosome where no
    chromosome holds more than half of the bin.

    Parameters
    ----------
    variant : array-like of int, shape (n_pairs,)
        Codes of the pairs' variants, every number from 0 to n_variants - 1.
    chrom : array-like of str, shape (n_pairs,)
    distance : array-like of float, shape (n_pairs,)
        In bp; a variant has the smallest absolute one of its pairs.
    seed : int
    n_bins : int, optional
        Fewer where a bin would hold less than two variants.

    Returns
    -------
    numpy.ndarray of int, shape (n_variants,)
        A permutation of the codes. None stays in its place but one that is alone in its
        bin, such as the only one of unknown distance.
    """
    variant = np.asarray(variant, dtype=np.intp)
    _, chrom = np.unique(np.asarray(chrom).astype(str), return_inverse=True)
    # Missing distances sort last, so that a known one comes first.
    order = np.lexsort([np.abs(np.asarray(distance, dtype=float)), variant])
    codes, first = np.unique(variant[order], return_index=True)
    if not np.array_equal(codes, np.arange(len(codes))):
        raise ValueError("codes of variants must be every number from 0 on")
    chrom = chrom[order[first]]
    distance = np.abs(np.asarray(distance, dtype=float))[order[first]]
    bins = _quantile_bins(distance, max(1, min(n_bins, len(codes) // 2)))
    generator = np.random.default_rng(seed)
    partner = np.empty(len(codes), dtype=np.intp)
    for each in np.unique(bins):
        members = generator.permutation(np.flatnonzero(bins == each))
        members = members[np.argsort(chrom[members], kind="stable")]
        # In the order of chromosomes, a shift by no less than the largest leaves it,
        # and by no more than all others together does not come back to it.
        largest = np.bincount(chrom[members]).max()
        if 2 * largest <= len(members):
            low, high = largest, len(members) - largest
        else:
            low, high = min(1, len(members) - 1), len(members) - 1
        partner[members] = np.roll(members, generator.integers(low, high + 1))
    return partner
