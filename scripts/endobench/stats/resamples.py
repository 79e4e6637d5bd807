"""Resamples of pairs, as metrics read them."""

from typing import NamedTuple

import numpy as np

from endobench.stats.analytic import MIN_PAIRS


class SumsOverPairs(NamedTuple):
    """Sums over the pairs of resamples, shape (n_resamples,) each.

    Attributes
    ----------
    n, x, y, xx, yy, xy : numpy.ndarray of float
        Of 1, of the standardised effect `x` and score `y`, and of their products.
    signed, agreeing : numpy.ndarray of float
        Pairs in which neither is null, and those of them with equal signs.
    signed_above, signed_positive : numpy.ndarray of float
        Those of them with an effect above the null, and with a score above zero.
    above, below : numpy.ndarray of float
        Pairs with an effect above and below the null.
    """

    n: np.ndarray
    x: np.ndarray
    y: np.ndarray
    xx: np.ndarray
    yy: np.ndarray
    xy: np.ndarray
    signed: np.ndarray
    agreeing: np.ndarray
    signed_above: np.ndarray
    signed_positive: np.ndarray
    above: np.ndarray
    below: np.ndarray


class SignedResamples(NamedTuple):
    """Some resamples of signed effects.

    Attributes
    ----------
    pairs : agreement.Signed
        With ``effect``, ``score`` and ``block``, in the order of the effect.
    counts : numpy.ndarray of int, shape (n_resamples, n_blocks)
        How often each block was drawn.
    sums : SumsOverPairs
    effect_ss, score_ss : numpy.ndarray of float, shape (n_resamples,)
        Twelve times the sum of squares of the centred mid-ranks.
    cross : numpy.ndarray of float, shape (n_resamples,)
        Sum of products of the centred mid-ranks.
    wins : numpy.ndarray of float, shape (n_resamples,)
        How often a score of an effect above the null exceeds one of an effect below it;
        ties count one half.
    """

    pairs: object
    counts: np.ndarray
    sums: SumsOverPairs
    effect_ss: np.ndarray
    score_ss: np.ndarray
    cross: np.ndarray
    wins: np.ndarray

    @property
    def n(self):
        """The number of pairs, shape (n_resamples,)."""
        return self.sums.n

    @property
    def weight(self):
        """How often each pair was drawn, shape (n_resamples, n_pairs)."""
        return self.counts[:, self.pairs.block]

    @property
    def varies(self):
        """Whether there are enough pairs, and neither vector is constant."""
        return (self.n >= MIN_PAIRS) & (self.effect_ss > 0) & (self.score_ss > 0)


class ClassResamples(NamedTuple):
    """Some resamples of positives and negatives.

    Attributes
    ----------
    pairs : agreement.Unsigned
        With ``is_positive``, ``score`` and ``block``.
    counts : numpy.ndarray of int, shape (n_resamples, n_blocks)
        How often each block was drawn.
    n, n_positive : numpy.ndarray of float, shape (n_resamples,)
        Pairs, and positives among them.
    wins : numpy.ndarray of float, shape (n_resamples,)
        How often a positive has a higher score than a negative; ties count one half.
    precision : numpy.ndarray of float, shape (n_resamples,)
        Sum over the positives of the share of positives among the pairs with at least
        their score.
    """

    pairs: object
    counts: np.ndarray
    n: np.ndarray
    n_positive: np.ndarray
    wins: np.ndarray
    precision: np.ndarray

    @property
    def weight(self):
        """How often each pair was drawn, shape (n_resamples, n_pairs)."""
        return self.counts[:, self.pairs.block]

    @property
    def is_defined(self):
        """Whether there are enough pairs, and pairs of both classes."""
        is_mixed = (self.n_positive > 0) & (self.n_positive < self.n)
        return is_mixed & (self.n >= MIN_PAIRS)
