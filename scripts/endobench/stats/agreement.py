"""Agreement of a score with what was measured: estimates, and the same of a resample.

A pair is of one variant and one feature; pairs of one LD block are resampled together.
The point estimates are scipy's and scikit-learn's. What a resample needs thousands of
times is computed here from a single sort, and is equal to theirs on repeated rows.
"""

from typing import NamedTuple

import numpy as np

from endobench.design.metrics import names_of
from endobench.design.tasks import SIGNED, UNSIGNED
from endobench.stats import analytic, metrics
from endobench.stats.analytic import MIN_PAIRS
from endobench.stats.metrics import dot


class _Ranks:
    """Mid-ranks of one vector under any weights, from a single sort.

    Room for the results is kept, since to ask for it anew takes longer than to compute
    them: a result holds until the next call, and one thread may call at a time. Weights
    are whole numbers, whose running sum takes a tenth of the time of that of floats.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (n_pairs,)
    block : numpy.ndarray of int, shape (n_pairs,)
    """

    def __init__(self, values, block):
        _, self.code, size = np.unique(values, return_inverse=True, return_counts=True)
        self.block = block[np.argsort(self.code, kind="stable")]
        self._ends = np.cumsum(size) - 1
        self.weight, self._total = np.empty((2, len(values)), dtype=np.int64)
        self._high = np.empty(len(size), dtype=np.int64)
        self._size, self._mid = np.empty((2, len(size)))

    def __call__(self, counts):
        """Return the mid-rank and the weight of each distinct value, in their order.

        The mid-rank is the weight below a value and half the weight at it. `weight` is
        then that of each pair, in the order of their values.
        """
        high, size, mid = self.total(counts), self._size, self._mid
        size[:1] = high[:1]
        np.subtract(high[1:], high[:-1], out=size[1:])
        np.multiply(size, -0.5, out=mid)
        mid += high
        return mid, size

    def total(self, counts, is_counted=None):
        """Return the weight up to each distinct value, that at it included."""
        # Any mode but "raise" writes without a copy; the blocks have been checked.
        weight = counts.take(self.block, out=self.weight, mode="clip")
        if is_counted is not None:
            weight *= is_counted
        total = np.cumsum(weight, out=self._total)
        if len(total) == len(self._high):
            return total
        return total.take(self._ends, out=self._high, mode="clip")


class Signed:
    """Agreement of a signed score with a signed effect.

    `sign_agreement` is over the pairs in which neither the score is zero nor the effect
    its null; `sign_auroc` is the area of the score for effects above the null against
    those below it, effects at the null being neither.

    Calling the object with `counts`, how often each block was drawn, shape
    (n_blocks,), returns the statistics of that resample, shape (4,), in the order of
    `NAMES`; what is undefined is missing. One thread may call it at a time.

    Parameters
    ----------
    effect, score : array-like of float, shape (n_pairs,)
        ALT minus REF, both.
    block : array-like of int, shape (n_pairs,)
        From 0 to `n_blocks` - 1.
    n_blocks : int
    null : float, optional
        The effect of a variant that does nothing: 0 for a slope, 0.5 for a Pi.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, or a block is out of range.
    """

    NAMES = names_of(SIGNED)

    def __init__(self, effect, score, block, n_blocks, null=0.0):
        effect, score, block = _checked(effect, score, block, n_blocks)
        # In the order of the effect, so that reading its ranks is reading in order.
        order = np.argsort(effect, kind="stable")
        effect, score, block = effect[order] - null, score[order], block[order]
        self.effect, self.score, self.block = effect, score, block
        self.n_blocks = n_blocks
        self._effect_ranks = _Ranks(effect, block)
        self._score_ranks = _Ranks(score, block)
        self._room = np.empty((2, len(effect)))
        self.first_above = int(np.searchsorted(effect, 0, side="right"))
        self._is_null = effect == 0
        self._null_by_score = self._is_null[np.argsort(score, kind="stable")]
        is_signed = (effect != 0) & (score != 0)
        x, y = _standardised(effect), _standardised(score)
        terms = SignedSums(
            n=np.ones_like(x),
            x=x,
            y=y,
            xx=x * x,
            yy=y * y,
            xy=x * y,
            signed=is_signed,
            agreeing=is_signed & ((effect > 0) == (score > 0)),
            above=effect > 0,
            below=effect < 0,
        )
        self._sums = np.stack([np.bincount(block, term, n_blocks) for term in terms])

    def __call__(self, counts):
        """Return the metrics of a resample, given how often it holds each block."""
        resample = self._resampled(np.asarray(counts, dtype=np.int64))
        return np.array([getattr(metrics, name)(resample) for name in self.NAMES])

    def _resampled(self, counts):
        sums = SignedSums(*dot(self._sums, counts.astype(float)))
        n = sums.n
        by_effect, size = self._effect_ranks(counts)
        effect_ss = n**3 - dot(size * size, size)
        by_score, size = self._score_ranks(counts)
        score_ss = n**3 - dot(size * size, size)
        ranks, centred = self._room
        by_score.take(self._score_ranks.code, out=ranks, mode="clip")
        # Rows are in the order of the effect, and so are these weights.
        ranks *= self._effect_ranks.weight
        by_effect -= n / 2
        by_effect.take(self._effect_ranks.code, out=centred, mode="clip")
        cross = dot(ranks, centred)
        return SignedResample(self, counts, sums, effect_ss, score_ss, cross, ranks)

    def won_of_null(self, counts):
        """Return how often a score above the null exceeds one at the null."""
        high = self._score_ranks.total(counts, self._null_by_score)
        mid = high - np.diff(high, prepend=0) / 2
        above = slice(self.first_above, None)
        weight = self._effect_ranks.weight[above].astype(float)
        return dot(weight, mid.take(self._score_ranks.code[above]))

    def estimate(self):
        """Return the point estimates of scipy and scikit-learn, shape (4,)."""
        return self.analytic()["value"].to_numpy()

    def analytic(self):
        """Compute intervals that take the pairs as independent, which they are not.

        See `analytic`.

        Returns
        -------
        pandas.DataFrame
            ``metric, value, ci_low, ci_high, p, n``, in the order of `NAMES`; missing
            below `MIN_PAIRS` pairs, and where a vector is constant or one sign is
            absent. `n` is the number of pairs that the metric is of.
        """
        return _analytic(self, self.effect, self.score)


class SignedSums(NamedTuple):
    """Sums over the pairs of a resample; `x` is the standardised effect, `y` the score.

    Attributes
    ----------
    n, x, y, xx, yy, xy : float
    signed, agreeing : float
        Pairs in which neither is null, and those of them with equal signs.
    above, below : float
        Pairs with an effect above and below the null.
    """

    n: float
    x: float
    y: float
    xx: float
    yy: float
    xy: float
    signed: float
    agreeing: float
    above: float
    below: float


class SignedResample(NamedTuple):
    """A resample of signed effects, as `metrics` read it; it holds until the next one.

    Attributes
    ----------
    pairs : Signed
        With ``effect``, ``score`` and ``block``, in the order of the effect.
    counts : numpy.ndarray of int, shape (n_blocks,)
        How often each block was drawn.
    sums : SignedSums
    effect_ss, score_ss : float
        Twelve times the sum of squares of the mid-ranks.
    cross : float
        The sum of products of the mid-ranks.
    ranks : numpy.ndarray of float, shape (n_pairs,)
        Mid-ranks of the score, times the weight of each pair.
    """

    pairs: object
    counts: np.ndarray
    sums: SignedSums
    effect_ss: float
    score_ss: float
    cross: float
    ranks: np.ndarray

    @property
    def n(self):
        """The number of pairs."""
        return self.sums.n

    @property
    def weight(self):
        """How often each pair was drawn, shape (n_pairs,)."""
        return self.counts[self.pairs.block]

    @property
    def varies(self):
        """Whether there are enough pairs, and neither vector is constant."""
        return self.n >= MIN_PAIRS and self.effect_ss > 0 and self.score_ss > 0

    def rank_sum_above(self):
        """Return the sum of the score's ranks over pairs with an effect above the null."""
        # They are the last, as rows are in the order of the effect.
        return self.ranks[self.pairs.first_above :].sum()

    def won_of_null(self):
        """Return how often a score above the null exceeds one at the null."""
        return self.pairs.won_of_null(self.counts)


class Unsigned:
    """Discrimination of positives from negatives by a score that is larger for them.

    Calling the object with `counts`, how often each block was drawn, shape
    (n_blocks,), returns the statistics of that resample, shape (2,), in the order of
    `NAMES`; what is undefined is missing. `auprc` is the average precision.

    Parameters
    ----------
    is_positive : array-like of bool, shape (n_pairs,)
    score : array-like of float, shape (n_pairs,)
    block : array-like of int, shape (n_pairs,)
        From 0 to `n_blocks` - 1.
    n_blocks : int

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, or a block is out of range.
    """

    NAMES = names_of(UNSIGNED)

    def __init__(self, is_positive, score, block, n_blocks):
        is_positive, score, block = _checked(is_positive, score, block, n_blocks)
        self.is_positive, self.score, self.block = is_positive > 0, score, block
        self.n_blocks = n_blocks
        self._ranks = _Ranks(-score, block)
        order = np.argsort(-score, kind="stable")
        self._positive_by_score = self.is_positive[order]

    @property
    def prevalence(self):
        """The share of positives: the `auprc` of a score that knows nothing."""
        return self.is_positive.mean() if len(self.is_positive) else np.nan

    def __call__(self, counts):
        """Return the metrics of a resample, given how often it holds each block."""
        counts = np.asarray(counts, dtype=np.int64)
        pairs_above = self._ranks.total(counts).astype(float)
        positives_above = self._ranks.total(counts, self._positive_by_score).astype(
            float
        )
        positives = np.diff(positives_above, prepend=0.0)
        negatives = np.diff(pairs_above, prepend=0.0) - positives
        resample = ClassResample(
            self, counts, pairs_above, positives_above, positives, negatives
        )
        return np.array([getattr(metrics, name)(resample) for name in self.NAMES])

    def estimate(self):
        """Return the point estimates of scikit-learn, shape (2,)."""
        return self.analytic()["value"].to_numpy()

    def analytic(self):
        """Compute intervals that take the pairs as independent, which they are not.

        See `analytic`.

        Returns
        -------
        pandas.DataFrame
            As of `Signed.analytic`.
        """
        return _analytic(self, self.is_positive, self.score)


class ClassResample(NamedTuple):
    """A resample of positives and negatives, as `metrics` read it.

    Attributes
    ----------
    pairs : Unsigned
        With ``is_positive``, ``score`` and ``block``.
    counts : numpy.ndarray of int, shape (n_blocks,)
        How often each block was drawn.
    pairs_above, positives_above : numpy.ndarray of float, shape (n_scores,)
        For each distinct score, the highest first, the pairs and the positives with that
        score or a higher one.
    positives, negatives : numpy.ndarray of float, shape (n_scores,)
        Those with exactly that score.
    """

    pairs: object
    counts: np.ndarray
    pairs_above: np.ndarray
    positives_above: np.ndarray
    positives: np.ndarray
    negatives: np.ndarray

    @property
    def n(self):
        """The number of pairs."""
        return self.pairs_above[-1] if len(self.pairs_above) else 0

    @property
    def n_positive(self):
        """The number of positives."""
        return self.positives_above[-1] if len(self.positives_above) else 0

    @property
    def is_defined(self):
        """Whether there are enough pairs, and pairs of both classes."""
        return self.n >= MIN_PAIRS and 0 < self.n_positive < self.n


def _analytic(statistic, target, score):
    """Return the analytic value and interval of each metric of a statistic."""
    counts = np.ones(statistic.n_blocks, dtype=np.int64)
    rows = []
    for place, name in enumerate(statistic.NAMES):
        formula = getattr(analytic, name, None)
        if formula is None:
            # Without a formula there is a value, and no interval but the bootstrap's.
            row = (statistic(counts)[place], np.nan, np.nan, np.nan, len(score))
        else:
            row = formula(target, score)
        rows.append(row)
    return analytic.analytic_frame(statistic.NAMES, rows)


def _checked(target, score, block, n_blocks):
    target, score = (np.asarray(each, dtype=float) for each in (target, score))
    block = np.asarray(block, dtype=np.intp)
    if not target.shape == score.shape == block.shape or target.ndim != 1:
        raise ValueError(
            f"shapes {target.shape}, {score.shape} and {block.shape}: effects, scores"
            " and blocks must be vectors of one length"
        )
    for name, values in (("effect", target), ("score", score)):
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            raise ValueError(f"{name} {values[row]} in row {row} is not finite")
    if len(block) and not 0 <= block.min() <= block.max() < n_blocks:
        raise ValueError(
            f"blocks from {block.min()} to {block.max()}; 0 to {n_blocks - 1} expected"
        )
    return target, score, block


def _standardised(values):
    """Centre and scale, so that sums of squares lose no digits."""
    if len(values) == 0 or np.ptp(values) == 0:
        return np.zeros_like(values)
    return (values - values.mean()) / values.std()
