"""Agreement of a score with measured effects: estimates, and their resampled values.

A pair is one variant with one feature; the pairs of an LD block are resampled together.
Point estimates are those of scipy and scikit-learn. A resample is computed here from a
single sort of the data, and gives the same value as they do on the repeated rows.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.design.metrics import names_of
from endobench.design.tasks import SIGNED, UNSIGNED
from endobench.stats import analytic, metrics
from endobench.stats.analytic import MIN_PAIRS
from endobench.stats.metrics import dot


class _Ranks:
    """Mid-ranks of one vector under any weights, from a single sort.

    Buffers are reused, since allocating them takes longer than the computation: a result
    is valid until the next call, and only one thread may call at a time. Weights are
    integers, whose cumulative sum takes a tenth of the time of that of floats.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (n_pairs,)
    block : numpy.ndarray of int, shape (n_pairs,)

    Attributes
    ----------
    n_values : int
        Number of distinct values.
    code : numpy.ndarray of int, shape (n_pairs,)
        Position of each pair's value among the distinct values.
    weight : numpy.ndarray of int, shape (n_pairs,)
        Weight of each pair in the last call, in the order of the values.
    """

    def __init__(self, values, block):
        _, self.code, size = np.unique(values, return_inverse=True, return_counts=True)
        self._block = block[np.argsort(self.code, kind="stable")]
        self._ends = np.cumsum(size) - 1
        self.n_values = len(size)
        self.weight, self._cumulative = np.empty((2, len(values)), dtype=np.int64)
        self._high = np.empty(self.n_values, dtype=np.int64)
        self._size, self._mid = np.empty((2, self.n_values))

    def __call__(self, counts):
        """Return the mid-rank and the weight of each distinct value, in ascending order.

        The mid-rank is the weight below a value plus half the weight at it.
        """
        high, mid = self.cumulative(counts), self._mid
        size = _increments(high, self._size)
        np.multiply(size, -0.5, out=mid)
        mid += high
        return mid, size

    def cumulative(self, counts, is_counted=None):
        """Return the weight at or below each distinct value.

        `is_counted`, of shape (n_pairs,) in the order of the values, restricts it to some
        pairs.
        """
        # Any mode but "raise" writes without a copy; the blocks have been checked.
        weight = counts.take(self._block, out=self.weight, mode="clip")
        if is_counted is not None:
            weight *= is_counted
        cumulative = weight.cumsum(out=self._cumulative)
        if len(cumulative) == self.n_values:
            return cumulative
        return cumulative.take(self._ends, out=self._high, mode="clip")


class Signed:
    """Agreement of a signed score with a signed effect.

    `sign_agreement` covers the pairs in which neither the score is zero nor the effect
    at its null. `sign_auroc` is the area under the ROC curve of the score for effects
    above the null against those below it; effects at the null are left out.

    Calling the object with `counts`, the number of times that each block was drawn,
    shape (n_blocks,), returns the metrics of that resample in the order of `NAMES`,
    shape (n_metrics,); undefined ones are missing. Only one thread may call it at a time.

    Parameters
    ----------
    effect, score : array-like of float, shape (n_pairs,)
        ALT minus REF, both.
    block : array-like of int, shape (n_pairs,)
        From 0 to `n_blocks` - 1.
    n_blocks : int
    null : float, optional
        Value of no effect: 0 for a slope, 0.5 for a Pi.

    Attributes
    ----------
    effect, score, block : numpy.ndarray, shape (n_pairs,)
        The pairs in ascending order of the effect, which is relative to its null.
    first_above : int
        Position of the first pair with an effect above the null.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, or a block is out of range.
    """

    NAMES = names_of(SIGNED)

    def __init__(self, effect, score, block, n_blocks, null=0.0):
        effect, score, block = _checked(effect, score, block, n_blocks)
        # In the order of the effect, its ranks are read from memory in sequence.
        order = np.argsort(effect, kind="stable")
        effect, score, block = effect[order] - null, score[order], block[order]
        self.effect, self.score, self.block = effect, score, block
        self.n_blocks = n_blocks
        self.first_above = int(np.searchsorted(effect, 0, side="right"))
        self._effect_ranks = _Ranks(effect, block)
        self._score_ranks = _Ranks(score, block)
        self._buffers = np.empty((2, len(effect)))
        self._is_null_by_score = (effect == 0)[np.argsort(score, kind="stable")]
        terms = _terms(effect, score)
        self._sums = np.stack([np.bincount(block, term, n_blocks) for term in terms])
        self._metrics = [getattr(metrics, name) for name in self.NAMES]

    def __call__(self, counts):
        """Return the metrics of a resample, given how often it holds each block."""
        resample = self._resample(np.asarray(counts))
        return np.array([metric(resample) for metric in self._metrics])

    def _resample(self, counts):
        # Metrics compute faster with floats of Python than with those of numpy.
        sums = dot(self._sums, counts.astype(float, copy=False)).tolist()
        sums, counts = SignedSums(*sums), counts.astype(np.int64, copy=False)
        n = sums.n
        by_effect, size = self._effect_ranks(counts)
        effect_ss = n**3 - dot(size * size, size)
        by_score, size = self._score_ranks(counts)
        score_ss = n**3 - dot(size * size, size)
        ranks, centred = self._buffers
        by_score.take(self._score_ranks.code, out=ranks, mode="clip")
        # Pairs are in the order of the effect, and so are these weights.
        ranks *= self._effect_ranks.weight
        by_effect -= n / 2
        by_effect.take(self._effect_ranks.code, out=centred, mode="clip")
        cross = dot(ranks, centred)
        return SignedResample(self, counts, sums, effect_ss, score_ss, cross, ranks)

    def wins_over_null(self, counts):
        """Return how often a score of an effect above the null exceeds one at the null.

        Ties count one half.

        Parameters
        ----------
        counts : numpy.ndarray of int, shape (n_blocks,)
            Of the last resample.
        """
        high = self._score_ranks.cumulative(counts, self._is_null_by_score)
        mid = high - _increments(high, np.empty(len(high))) / 2
        above = slice(self.first_above, None)
        weight = self._effect_ranks.weight[above].astype(float)
        return dot(weight, mid.take(self._score_ranks.code[above]))

    def estimate(self):
        """Return the point estimates of scipy and scikit-learn, shape (n_metrics,)."""
        return self.analytic()["value"].to_numpy()

    def analytic(self):
        """Compute estimates with the intervals that hold for independent pairs.

        See `endobench.stats.analytic`.

        Returns
        -------
        pandas.DataFrame
            ``metric, value, ci_low, ci_high, p, n``, in the order of `NAMES`; missing
            with fewer than `MIN_PAIRS` pairs, for a constant vector, and where all
            effects have one sign. `n` is the number of pairs that the metric covers.
        """
        return _analytic(self, self.effect, self.score)


class SignedSums(NamedTuple):
    """Sums over the pairs of a resample.

    Attributes
    ----------
    n, x, y, xx, yy, xy : float
        Of 1, of the standardised effect `x` and score `y`, and of their products.
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


def _terms(effect, score):
    """Return the terms of `SignedSums`, each of shape (n_pairs,)."""
    x, y = _standardised(effect), _standardised(score)
    is_signed = (effect != 0) & (score != 0)
    return SignedSums(
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


class SignedResample(NamedTuple):
    """A resample of signed effects, as `metrics` read it; valid until the next.

    Attributes
    ----------
    pairs : Signed
        With ``effect``, ``score`` and ``block``, in the order of the effect.
    counts : numpy.ndarray of int, shape (n_blocks,)
        How often each block was drawn.
    sums : SignedSums
    effect_ss, score_ss : float
        Twelve times the sum of squares of the centred mid-ranks.
    cross : float
        Sum of products of the mid-ranks.
    ranks : numpy.ndarray of float, shape (n_pairs,)
        Mid-rank of the score, times the weight of the pair.
    """

    pairs: Signed
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
        # In the order of the effect, these pairs are the last.
        return self.ranks[self.pairs.first_above :].sum()

    def wins_over_null(self):
        """Return how often a score of an effect above the null exceeds one at the null."""
        return self.pairs.wins_over_null(self.counts)


class Unsigned:
    """Discrimination of positives from negatives by a score that is larger for positives.

    Calling the object with `counts`, the number of times that each block was drawn,
    shape (n_blocks,), returns the metrics of that resample in the order of `NAMES`,
    shape (n_metrics,); undefined ones are missing. `auprc` is the average precision.
    Only one thread may call it at a time.

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
        self._is_positive_by_score = self.is_positive[order]
        self._buffers = np.empty((4, self._ranks.n_values))
        self._metrics = [getattr(metrics, name) for name in self.NAMES]

    @property
    def prevalence(self):
        """The share of positives, which is the `auprc` expected by chance."""
        return self.is_positive.mean() if len(self.is_positive) else np.nan

    def __call__(self, counts):
        """Return the metrics of a resample, given how often it holds each block."""
        resample = self._resample(np.asarray(counts, dtype=np.int64))
        return np.array([metric(resample) for metric in self._metrics])

    def _resample(self, counts):
        pairs_above, positives_above, positives, negatives = self._buffers
        pairs_above[:] = self._ranks.cumulative(counts)
        positives_above[:] = self._ranks.cumulative(counts, self._is_positive_by_score)
        _increments(positives_above, positives)
        _increments(pairs_above, negatives)
        negatives -= positives
        return ClassResample(
            pairs=self,
            counts=counts,
            n=pairs_above[-1] if len(pairs_above) else 0,
            n_positive=positives_above[-1] if len(positives_above) else 0,
            pairs_above=pairs_above,
            positives_above=positives_above,
            positives=positives,
            negatives=negatives,
        )

    def estimate(self):
        """Return the point estimates of scikit-learn, shape (n_metrics,)."""
        return self.analytic()["value"].to_numpy()

    def analytic(self):
        """Compute estimates with the intervals that hold for independent pairs.

        See `endobench.stats.analytic`.

        Returns
        -------
        pandas.DataFrame
            As for `Signed.analytic`.
        """
        return _analytic(self, self.is_positive, self.score)


class ClassResample(NamedTuple):
    """A resample of positives and negatives, as `metrics` read it; valid until the next.

    Attributes
    ----------
    pairs : Unsigned
        With ``is_positive``, ``score`` and ``block``.
    counts : numpy.ndarray of int, shape (n_blocks,)
        How often each block was drawn.
    n, n_positive : float
        Pairs, and positives among them.
    pairs_above, positives_above : numpy.ndarray of float, shape (n_scores,)
        Pairs and positives with at least each distinct score, the highest score first.
    positives, negatives : numpy.ndarray of float, shape (n_scores,)
        Positives and negatives with exactly that score.
    """

    pairs: Unsigned
    counts: np.ndarray
    n: float
    n_positive: float
    pairs_above: np.ndarray
    positives_above: np.ndarray
    positives: np.ndarray
    negatives: np.ndarray

    @property
    def is_defined(self):
        """Whether there are enough pairs, and pairs of both classes."""
        return self.n >= MIN_PAIRS and 0 < self.n_positive < self.n


def _analytic(statistic, target, score):
    """Return value, analytic interval, p and n of each metric of a statistic."""
    once = np.ones(statistic.n_blocks, dtype=np.int64)
    rows = []
    for place, name in enumerate(statistic.NAMES):
        formula = getattr(analytic, name, None)
        if formula is None:
            # A metric without a formula has its value and the bootstrap's interval only.
            row = (statistic(once)[place], np.nan, np.nan, np.nan, len(score))
        else:
            row = formula(target, score)
        rows.append((name, *row))
    columns = ["metric", "value", "ci_low", "ci_high", "p", "n"]
    return pd.DataFrame(rows, columns=columns).astype({"n": "int64"})


def _increments(cumulative, out):
    """Write what each element of a cumulative sum adds to the one before; return it."""
    out[:1] = cumulative[:1]
    np.subtract(cumulative[1:], cumulative[:-1], out=out[1:])
    return out


def _checked(target, score, block, n_blocks):
    """Return the three vectors as arrays; raise ValueError if they do not fit."""
    target, score = (np.asarray(each, dtype=float) for each in (target, score))
    block = np.asarray(block, dtype=np.intp)
    if not target.shape == score.shape == block.shape or target.ndim != 1:
        raise ValueError(
            "effects, scores and blocks must be vectors of one length, got shapes"
            f" {target.shape}, {score.shape} and {block.shape}"
        )
    for name, values in (("effect", target), ("score", score)):
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            raise ValueError(f"{name} {values[row]} in row {row} is not finite")
    if len(block) and not 0 <= block.min() <= block.max() < n_blocks:
        raise ValueError(
            f"blocks must be codes from 0 to {n_blocks - 1}, got {block.min()} to"
            f" {block.max()}"
        )
    return target, score, block


def _standardised(values):
    """Centre and scale, so that sums of squares keep their precision."""
    if len(values) == 0 or np.ptp(values) == 0:
        return np.zeros_like(values)
    return (values - values.mean()) / values.std()
