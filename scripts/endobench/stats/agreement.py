"""Agreement of a score with what was measured: estimates, and the same of a resample.

A pair is of one variant and one feature; pairs of one LD block are resampled together.
The point estimates are scipy's and scikit-learn's. What a resample needs thousands of
times is computed here from a single sort, and is equal to theirs on repeated rows.
"""

import numpy as np

from endobench.stats.analytic import (
    MIN_PAIRS,
    analytic_frame,
    area,
    correlations,
    precision,
    proportion,
)


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

    NAMES = ("spearman", "pearson", "sign_agreement", "sign_auroc")

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
        self._first_above = int(np.searchsorted(effect, 0, side="right"))
        self._is_null = effect == 0
        self._null_by_score = self._is_null[np.argsort(score, kind="stable")]
        is_signed = (effect != 0) & (score != 0)
        x, y = _standardised(effect), _standardised(score)
        terms = (
            *(np.ones_like(x), x, y, x * x, y * y, x * y),
            *(is_signed, is_signed & ((effect > 0) == (score > 0))),
            *(effect > 0, effect < 0),
        )
        self._sums = np.stack([np.bincount(block, term, n_blocks) for term in terms])

    def __call__(self, counts):
        """Return the statistics of a resample, given how often it holds each block."""
        counts = np.asarray(counts, dtype=np.int64)
        (n, x, y, xx, yy, xy, n_signed, n_agree, above, below) = dot(
            self._sums, counts.astype(float)
        )
        by_effect, size = self._effect_ranks(counts)
        effect_ss = n**3 - dot(size * size, size)
        by_score, size = self._score_ranks(counts)
        score_ss = n**3 - dot(size * size, size)
        weighted, centred = self._room
        by_score.take(self._score_ranks.code, out=weighted, mode="clip")
        # Rows are in the order of the effect, and so are these weights.
        weighted *= self._effect_ranks.weight
        by_effect -= n / 2
        by_effect.take(self._effect_ranks.code, out=centred, mode="clip")
        cross = dot(weighted, centred)
        result = np.full(len(self.NAMES), np.nan)
        if n >= MIN_PAIRS and effect_ss > 0 and score_ss > 0:
            result[0] = 12 * cross / np.sqrt(effect_ss * score_ss)
            spread = (xx - x * x / n) * (yy - y * y / n)
            result[1] = (xy - x * y / n) / np.sqrt(spread) if spread > 0 else np.nan
        if n_signed >= MIN_PAIRS:
            result[2] = n_agree / n_signed
        if above + below >= MIN_PAIRS and above > 0 and below > 0:
            # Effects above the null are the last, as rows are in their order.
            won = weighted[self._first_above :].sum() - above**2 / 2
            if above + below < n:
                won -= self._won_of_null(counts)
            result[3] = won / (above * below)
        return result

    def _won_of_null(self, counts):
        """Return how often a score above the null exceeds one at the null."""
        high = self._score_ranks.total(counts, self._null_by_score)
        mid = high - np.diff(high, prepend=0) / 2
        above = slice(self._first_above, None)
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
        effect, score, n = self.effect, self.score, len(self.effect)
        is_signed = (effect != 0) & (score != 0)
        is_agreed = (effect > 0)[is_signed] == (score > 0)[is_signed]
        rows = [
            *correlations(effect, score),
            (*proportion(int(is_agreed.sum()), len(is_agreed)), len(is_agreed)),
            (
                *area(effect[~self._is_null] > 0, score[~self._is_null]),
                int(n - self._is_null.sum()),
            ),
        ]
        return analytic_frame(self.NAMES, rows)


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

    NAMES = ("auroc", "auprc")

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
        """Return the statistics of a resample, given how often it holds each block."""
        counts = np.asarray(counts, dtype=np.int64)
        total = self._ranks.total(counts).astype(float)
        positive = self._ranks.total(counts, self._positive_by_score).astype(float)
        n = total[-1] if len(total) else 0
        n_positive = positive[-1] if len(positive) else 0
        if n < MIN_PAIRS or not 0 < n_positive < n:
            return np.full(len(self.NAMES), np.nan)
        here = np.diff(positive, prepend=0.0)
        others = np.diff(total, prepend=0.0) - here
        won = dot(others, positive - here / 2)
        precision = dot(here, positive / np.maximum(total, 1))
        return np.array([won / (n_positive * (n - n_positive)), precision / n_positive])

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
        n = len(self.score)
        rows = [
            (*area(self.is_positive, self.score), n),
            (*precision(self.is_positive, self.score), n),
        ]
        return analytic_frame(self.NAMES, rows)


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


def dot(a, b):
    """Multiply without BLAS, whose threads wait for each other on a busy machine."""
    return np.einsum("...i,i->...", a, b)


def _standardised(values):
    """Centre and scale, so that sums of squares lose no digits."""
    if len(values) == 0 or np.ptp(values) == 0:
        return np.zeros_like(values)
    return (values - values.mean()) / values.std()
