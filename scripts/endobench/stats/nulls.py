"""Agreement by chance: permutation, sign flips and mismatched variants."""

from typing import NamedTuple

import numpy as np

from endobench.stats.analytic import CONFIDENCE, MIN_PAIRS, ranks_of
from endobench.stats.metrics import dot
from endobench.stats.ranks import is_much


class NullTest(NamedTuple):
    """The observed rank correlation, and its distribution under the null.

    Attributes
    ----------
    p : float
        Two-sided, with equal tails; at least 1 / (number of draws + 1).
    observed, null_mean, null_low, null_high : float
        The rank correlation, and its mean and central 95 % under the null.
    """

    p: float
    observed: float
    null_mean: float
    null_low: float
    null_high: float


_MISSING = NullTest(np.nan, np.nan, np.nan, np.nan, np.nan)
_TAIL = (1 - CONFIDENCE) / 2


def permutation_test(effect, score, block, strata, variant, n_permutations, seed):
    """Permute the scores of variants within strata, and test Spearman's correlation.

    All pairs of a variant share one score. Permutation removes the LD from the scores, so
    the correlation varies less than in the data, and a test based on it would reject too
    often. The test statistic is therefore studentised by LD block: T = sum U / sqrt(sum
    U^2), where U is a block's sum of products of ranks, each centred on the mean of its
    stratum (Chung and Romano 2013, doi:10.1214/13-AOS1090; DiCiccio and Romano 2017,
    doi:10.1080/01621459.2016.1202117). Spearman's correlation is returned for
    reading only; its spread is that of independent variants.

    Parameters
    ----------
    effect, score : array-like of float, shape (n_pairs,)
    block : array-like of int, shape (n_pairs,)
        Codes from 0.
    strata : array-like of int, shape (n_pairs,)
        Codes from 0, such as those of `strata_of`. A variant with pairs in several
        strata belongs to the first of them.
    variant : array-like of int, shape (n_pairs,)
        Codes of the pairs' variants.
    n_permutations, seed : int

    Returns
    -------
    NullTest
        Missing with fewer than `MIN_PAIRS` variants, for a constant vector, or if no
        permutation differs from the data, as where each variant is alone in its stratum.

    Raises
    ------
    ValueError
        If a variant has two scores or two blocks.
    """
    _, first, variant = np.unique(variant, return_index=True, return_inverse=True)
    score = _of_variants(score, "scores", first, variant)
    block = _of_variants(block, "blocks", first, variant)
    effect = np.asarray(effect, dtype=float)
    if len(first) < MIN_PAIRS or np.ptp(effect) == 0 or np.ptp(score) == 0:
        return _MISSING
    order = np.lexsort([variant, np.asarray(strata)])
    stratum = np.empty(len(first), dtype=np.intp)
    stratum[variant[order[::-1]]] = np.asarray(strata)[order[::-1]]
    # With variants in the order of their strata, permuting means shuffling each run.
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
    # Views, through which the target is shuffled.
    runs = np.split(target, statistic.runs[1:])
    if is_much(len(place) * n_permutations):
        statistic = statistic.compiled()
    for row in range(n_permutations):
        for run in runs:
            generator.shuffle(run)
        null[row] = statistic(target)
    if (np.abs(null[:, 0] - observed) < 1e-9).all():
        return _MISSING
    above = 1 + np.count_nonzero(null[:, 1] >= t - 1e-9)
    below = 1 + np.count_nonzero(null[:, 1] <= t + 1e-9)
    p = min(1.0, 2 * min(above, below) / (n_permutations + 1))
    low, high = np.quantile(null[:, 0], [_TAIL, 1 - _TAIL])
    return NullTest(p, observed, null[:, 0].mean(), low, high)


def _of_variants(values, name, first, variant):
    """Return the value of each variant; raise ValueError if its pairs have several."""
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
    """Spearman's correlation and T after a permutation of the variants' scores."""

    def __init__(self, effect, variant, score, block, stratum):
        n_pairs, n_variants = len(effect), len(score)
        self.n_pairs, self.block = n_pairs, block
        # Variants are in the order of their strata, which begin here.
        self.runs = np.flatnonzero(np.diff(stratum, prepend=-1))
        self.lengths = np.diff(self.runs, append=n_variants)
        # Integers, whose cumulative sum takes a tenth of the time of that of floats.
        self.size = np.bincount(variant, minlength=n_variants)
        self.stratum_size = np.add.reduceat(self.size, self.runs)
        ranks = ranks_of(effect) - (n_pairs + 1) / 2
        self.effect_ss = dot(ranks, ranks)
        self.effect = np.bincount(variant, ranks, n_variants)
        self.within = self.effect - self.size * self._stratum_means(self.effect)
        _, self.code = np.unique(score, return_inverse=True)
        self.order = np.argsort(self.code, kind="stable")
        self.ends = np.cumsum(np.bincount(self.code))

    def _stratum_means(self, total):
        """Return the mean over the pairs of each variant's stratum, given totals."""
        mean = np.add.reduceat(total, self.runs) / self.stratum_size
        return mean.repeat(self.lengths)

    def __call__(self, target):
        """Return both, where variant `target[i]` receives the score of variant i."""
        high = np.cumsum(self.size[target[self.order]])[self.ends - 1]
        weight = np.diff(high, prepend=0).astype(float)
        mid = high - (weight + self.n_pairs) / 2
        score = np.empty(len(target))
        score[target] = mid[self.code]
        centred = score - self._stratum_means(self.size * score)
        sums = np.bincount(self.block, self.within * centred)
        return self._of_sums(
            dot(self.effect, score),
            dot(weight * weight, weight),
            sums.sum(),
            dot(sums, sums),
        )

    def compiled(self):
        """Return a function that returns the same, up to rounding, in less time."""
        from endobench.stats.compiled_permutations import scratch_of, studentised

        # Smaller numbers stay in the cache of a processor.
        order, ends, size, block = (
            each.astype(np.uint32)
            for each in (self.order, self.ends, self.size, self.block)
        )
        score, variants = (order, ends), (size, self.effect, self.within, block)
        runs = self.runs, self.stratum_size
        scratch = scratch_of(len(size), block.max() + 1)
        return lambda target: self._of_sums(
            *studentised(target, score, variants, runs, scratch)
        )

    def _of_sums(self, cross, cubes, total, squares):
        """Return both, given the sums that depend on the permutation."""
        score_ss = (self.n_pairs**3 - cubes) / 12
        spearman = cross / np.sqrt(self.effect_ss * score_ss)
        return spearman, total / np.sqrt(squares) if squares > 0 else 0.0


def sign_flip_test(effect, score, block, n_flips, seed, null=0.0):
    """Flip the signs of all effects of a block together, and test against the score.

    The null hypothesis is that the effects of a block and their mirror image are equally
    likely, whatever the scores. The test is exact, with any LD within blocks. Its
    statistic is the correlation of Wilcoxon's signed ranks of the effect with the ranks
    of the score.

    Parameters
    ----------
    effect, score : array-like of float, shape (n_pairs,)
    block : array-like of int, shape (n_pairs,)
        Codes from 0.
    n_flips, seed : int
    null : float, optional
        Value of no effect: 0 for a slope, 0.5 for a Pi.

    Returns
    -------
    NullTest
        Missing with fewer than `MIN_PAIRS` pairs, if all effects are null, or for a
        constant score.
    """
    effect = np.asarray(effect, dtype=float) - null
    score = np.asarray(score, dtype=float)
    if len(effect) < MIN_PAIRS or not effect.any() or np.ptp(score) == 0:
        return _MISSING
    signed = np.sign(effect) * ranks_of(np.abs(effect))
    ranks = ranks_of(score) - (len(score) + 1) / 2
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
        In bp with any sign, and from 0 to 0.5; both may be missing.
    n_bins : int, optional
        Bins of each, with about equally many pairs; missing values have their own bin.

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
    """Match each variant with another one at a similar distance, to take its score.

    Variants are shifted at random within bins of absolute distance. Partners are on
    another chromosome unless one chromosome holds more than half of the bin.

    Parameters
    ----------
    variant : array-like of int, shape (n_pairs,)
        Codes of the pairs' variants: each integer from 0 to n_variants - 1.
    chrom : array-like of str, shape (n_pairs,)
    distance : array-like of float, shape (n_pairs,)
        In bp; a variant has the smallest absolute distance of its pairs.
    seed : int
    n_bins : int, optional
        At most; fewer if a bin would hold fewer than two variants.

    Returns
    -------
    numpy.ndarray of int, shape (n_variants,)
        The partner of each variant, a permutation of the codes. Only a variant that is
        alone in its bin is its own partner.

    Raises
    ------
    ValueError
        If the codes of variants have gaps.
    """
    variant = np.asarray(variant, dtype=np.intp)
    _, chrom = np.unique(np.asarray(chrom).astype(str), return_inverse=True)
    # Missing distances sort last, so a known one comes first.
    order = np.lexsort([np.abs(np.asarray(distance, dtype=float)), variant])
    codes, first = np.unique(variant[order], return_index=True)
    if not np.array_equal(codes, np.arange(len(codes))):
        raise ValueError("codes of variants must be consecutive integers from 0")
    chrom = chrom[order[first]]
    distance = np.abs(np.asarray(distance, dtype=float))[order[first]]
    bins = _quantile_bins(distance, max(1, min(n_bins, len(codes) // 2)))
    generator = np.random.default_rng(seed)
    partner = np.empty(len(codes), dtype=np.intp)
    for each in np.unique(bins):
        members = generator.permutation(np.flatnonzero(bins == each))
        members = members[np.argsort(chrom[members], kind="stable")]
        # In the order of chromosomes, a shift of at least the size of the largest leaves
        # every chromosome; one of at most the size of all others does not come back.
        largest = np.bincount(chrom[members]).max()
        if 2 * largest <= len(members):
            low, high = largest, len(members) - largest
        else:
            low, high = min(1, len(members) - 1), len(members) - 1
        partner[members] = np.roll(members, generator.integers(low, high + 1))
    return partner
