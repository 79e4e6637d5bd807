"""Trends of agreement over the sizes of effects, and how many signs a score gets right."""

import numpy as np

from endobench.stats.agreement import Signed

# A share of fewer pairs is too uncertain to count.
LEAST_ANSWERED = 20


class SizeTrends:
    """The slopes of two measures of agreement over bins of effect size.

    A correlation within a bin depends on the range of the effects there. The measures do
    not: sign agreement minus what the signs of the bin give by chance, and the area under
    the ROC curve of the sign, which compares the scores of positive effects with those of
    negative effects of about the same size.

    Calling the object with `counts`, the number of times that each block was drawn,
    shape (..., n_blocks), returns both slopes, shape (..., 2): the change from the
    smallest to the largest effect, by weighted least squares on the mean rank of each
    bin. The bins and their weights are those of the data.

    Parameters
    ----------
    effect, score : array-like of float, shape (n_pairs,)
        ALT minus REF, both; `effect` is relative to its null.
    bins : numpy.ndarray of int, shape (n_pairs,)
        Codes from 0 in the order of the absolute effect.
    block : numpy.ndarray of int, shape (n_pairs,)
        From 0 to `n_blocks` - 1.
    n_blocks : int

    Raises
    ------
    ValueError
        If there are fewer than two bins.
    """

    NAMES = ("sign_agreement", "sign_auroc")

    def __init__(self, effect, score, bins, block, n_blocks):
        effect, score = np.asarray(effect, float), np.asarray(score, float)
        sizes = np.bincount(bins)
        if len(sizes) < 2:
            raise ValueError("a trend needs at least two bins of effect size")
        self._bins = [
            Signed(effect[mask], score[mask], block[mask], n_blocks)
            for mask in (bins == each for each in range(len(sizes)))
        ]
        share = sizes / sizes.sum()
        middle = np.cumsum(share) - share / 2
        away = middle - (share * middle).sum()
        self._weights = share * away / (share * away**2).sum()

    def __call__(self, counts):
        """Return the slopes of resamples, given how often each holds each block."""
        found = np.stack([each.with_chances(counts) for each in self._bins])
        agreement = Signed.NAMES.index("sign_agreement")
        chance = len(Signed.NAMES) + Signed.CHANCES.index("sign_agreement")
        measures = (
            found[..., agreement] - found[..., chance],
            found[..., Signed.NAMES.index("sign_auroc")],
        )
        return np.stack(
            [np.tensordot(self._weights, each, axes=1) for each in measures], axis=-1
        )


class ShareAnswered:
    """The largest share of pairs, by absolute score, whose signs are mostly right.

    Pairs are answered from the largest absolute score on, equal scores together. The
    share is 0 if no share of at least `LEAST_ANSWERED` pairs is accurate enough.

    Calling the object with `counts`, shape (..., n_blocks), returns the share of each
    resample, shape (..., 1).

    Parameters
    ----------
    size : array-like of float, shape (n_pairs,)
        Absolute score.
    is_right : array-like of bool, shape (n_pairs,)
        Whether score and effect have the same sign.
    block : numpy.ndarray of int, shape (n_pairs,)
    accuracy : float
        Least share of equal signs.
    """

    def __init__(self, size, is_right, block, accuracy):
        order = np.argsort(-np.asarray(size, dtype=float), kind="stable")
        size = np.asarray(size, dtype=float)[order]
        self._ends = np.flatnonzero(np.diff(size, append=np.nan) != 0)
        self._right = np.asarray(is_right, dtype=float)[order]
        self._block = np.asarray(block)[order]
        self._accuracy = accuracy

    def __call__(self, counts):
        """Return the share of resamples, given how often each holds each block."""
        weight = np.asarray(counts, dtype=float)[..., self._block]
        answered = weight.cumsum(axis=-1)[..., self._ends]
        right = (weight * self._right).cumsum(axis=-1)[..., self._ends]
        is_accurate = (answered >= LEAST_ANSWERED) & (
            right >= self._accuracy * answered - 1e-9
        )
        most = np.where(is_accurate, answered, 0).max(axis=-1, keepdims=True)
        return most / np.maximum(answered[..., -1:], 1)
