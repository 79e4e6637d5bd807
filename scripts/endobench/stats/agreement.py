"""Agreement of a score with measured effects: estimates, and their resampled values.

A pair is one variant with one feature; the pairs of an LD block are resampled together.
Resamples are computed here from a single sort of the data, and have the values of scipy
and scikit-learn on the repeated rows.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.design.metrics import metric_named, names_of, with_own_chance
from endobench.design.tasks import SIGNED, UNSIGNED
from endobench.stats import analytic, metrics
from endobench.stats.bootstrap import is_limiting
from endobench.stats.ranks import ClassRanks, SignedRanks
from endobench.stats.resamples import ClassResamples, SignedResamples, SumsOverPairs


class Signed:
    """Agreement of a signed score with a signed effect.

    `sign_agreement` covers the pairs in which neither the score is zero nor the effect
    at its null. `sign_auroc` is the area under the ROC curve of the score for effects
    above the null against those below it; effects at the null are left out.

    Calling the object with `counts`, the number of times that each block was drawn in
    each resample, shape (n_resamples, n_blocks), returns the metrics in the order of
    `names`, shape (n_resamples, n_metrics); undefined ones are missing. One resample may
    be given and is returned without its axis.

    Parameters
    ----------
    effect, score : array-like of float, shape (n_pairs,)
        ALT minus REF, both.
    block : array-like of int, shape (n_pairs,)
        From 0 to `n_blocks` - 1.
    n_blocks : int
    null : float, optional
        Value of no effect: 0 for a slope, 0.5 for a Pi.
    names : sequence of str, optional
        Metrics to compute; by default, all of them.

    Attributes
    ----------
    effect, score, block : numpy.ndarray, shape (n_pairs,)
        The pairs in ascending order of the effect, which is relative to its null.
    names, chances : tuple of str
        The metrics, and those of them whose chance depends on the pairs.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, or a block is out of range.
    """

    NAMES = names_of(SIGNED)
    CHANCES = with_own_chance(SIGNED)

    def __init__(self, effect, score, block, n_blocks, null=0.0, names=NAMES):
        self.names = tuple(names)
        self.chances = tuple(name for name in self.names if name in self.CHANCES)
        effect, score, block = _checked(effect, score, block, n_blocks)
        order = np.argsort(effect, kind="stable")
        effect, score, block = effect[order] - null, score[order], block[order]
        self.effect, self.score, self.block = effect, score, block
        self.n_blocks = n_blocks
        self._ranks = SignedRanks(effect, score, block, n_blocks)
        terms = _terms(effect, score)
        self._sums = np.stack([np.bincount(block, term, n_blocks) for term in terms])

    @property
    def is_limiting(self):
        """Whether a pair is one of those that limit the precision: all of them."""
        return np.ones(len(self.effect), dtype=bool)

    def __call__(self, counts):
        """Return the metrics of resamples, given how often each holds each block."""
        return _metrics_of(self, counts, self.names)

    def with_chances(self, counts):
        """Return the metrics of resamples, followed by the chance of those in `chances`."""
        names = (*self.names, *(f"{name}_chance" for name in self.chances))
        return _metrics_of(self, counts, names)

    def resamples(self, counts):
        """Return some resamples as `metrics` read them."""
        sums = np.einsum("ij,kj->ik", self._sums, counts.astype(float))
        sums, ranks = SumsOverPairs(*sums), self._ranks(counts)
        return SignedResamples(
            pairs=self,
            counts=counts,
            sums=sums,
            effect_ss=sums.n**3 - ranks.target_ties,
            score_ss=sums.n**3 - ranks.score_ties,
            cross=ranks.cross / 4,
            wins=ranks.wins / 2,
        )

    def without_each_block(self, metric):
        """Return a metric of sums over pairs without each of the blocks.

        Parameters
        ----------
        metric : str
            Name of a metric that has heavy tails; it reads `resamples.SumsOverPairs`
            alone.

        Returns
        -------
        numpy.ndarray of float, shape (n_blocks,)
        """
        sums = SumsOverPairs(*(self._sums.sum(axis=1, keepdims=True) - self._sums))
        has_spread = np.ones(self.n_blocks)
        resamples = SignedResamples(
            pairs=self,
            counts=None,
            sums=sums,
            effect_ss=has_spread,
            score_ss=has_spread,
            cross=None,
            wins=None,
        )
        return getattr(metrics, metric)(resamples)

    def estimate(self):
        """Return the point estimates, shape (n_metrics,)."""
        return np.array([each.value for each in self.analytic_rows()])

    def analytic_rows(self):
        """Return the rows of `analytic`, as a list of `Analytic`."""
        return _analytic(self, self.effect, self.score)

    def analytic(self):
        """Compute estimates with the intervals that hold for independent pairs.

        See `endobench.stats.analytic`.

        Returns
        -------
        pandas.DataFrame
            ``metric, value, ci_low, ci_high, n, chance``, in the order of `names`;
            missing with fewer than `MIN_PAIRS` pairs, for a constant vector, and where
            all effects have one sign. `n` is the number of pairs that the metric covers,
            `chance` its value for scores that know nothing of the effects.
        """
        return pd.DataFrame(self.analytic_rows(), columns=Analytic._fields)


def _terms(effect, score):
    """Return the terms of `SumsOverPairs`, each of shape (n_pairs,)."""
    x, y = _standardised(effect), _standardised(score)
    is_signed = (effect != 0) & (score != 0)
    return SumsOverPairs(
        n=np.ones_like(x),
        x=x,
        y=y,
        xx=x * x,
        yy=y * y,
        xy=x * y,
        signed=is_signed,
        agreeing=is_signed & ((effect > 0) == (score > 0)),
        signed_above=is_signed & (effect > 0),
        signed_positive=is_signed & (score > 0),
        above=effect > 0,
        below=effect < 0,
    )


class Unsigned:
    """Discrimination of positives from negatives by a score that is larger for positives.

    Calling the object with `counts` returns metrics as `Signed` does. `auprc` is the
    average precision.

    Parameters
    ----------
    is_positive : array-like of bool, shape (n_pairs,)
    score : array-like of float, shape (n_pairs,)
    block : array-like of int, shape (n_pairs,)
        From 0 to `n_blocks` - 1.
    n_blocks : int
    names : sequence of str, optional
        As for `Signed`.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, or a block is out of range.
    """

    NAMES = names_of(UNSIGNED)
    CHANCES = with_own_chance(UNSIGNED)

    def __init__(self, is_positive, score, block, n_blocks, names=NAMES):
        self.names = tuple(names)
        self.chances = tuple(name for name in self.names if name in self.CHANCES)
        is_positive, score, block = _checked(is_positive, score, block, n_blocks)
        self.is_positive, self.score, self.block = is_positive > 0, score, block
        self.n_blocks = n_blocks
        self._ranks = ClassRanks(self.is_positive, score, block)
        terms = np.ones_like(score), self.is_positive
        self._sums = np.stack([np.bincount(block, term, n_blocks) for term in terms])

    @property
    def prevalence(self):
        """The share of positives."""
        return self.is_positive.mean() if len(self.is_positive) else np.nan

    @property
    def is_limiting(self):
        """Whether a pair is one of those that limit the precision, of the rarer class."""
        return is_limiting(self.is_positive)

    def __call__(self, counts):
        """Return the metrics of resamples, given how often each holds each block."""
        return _metrics_of(self, counts, self.names)

    def with_chances(self, counts):
        """Return the metrics of resamples, followed by the chance of those in `chances`."""
        names = (*self.names, *(f"{name}_chance" for name in self.chances))
        return _metrics_of(self, counts, names)

    def resamples(self, counts):
        """Return some resamples as `metrics` read them."""
        n, n_positive = np.einsum("ij,kj->ik", self._sums, counts.astype(float))
        ranks = self._ranks(counts)
        return ClassResamples(
            pairs=self,
            counts=counts,
            n=n,
            n_positive=n_positive,
            wins=ranks.wins / 2,
            precision=ranks.precision,
        )

    def estimate(self):
        """Return the point estimates, shape (n_metrics,)."""
        return np.array([each.value for each in self.analytic_rows()])

    def analytic_rows(self):
        """Return the rows of `analytic`, as a list of `Analytic`."""
        return _analytic(self, self.is_positive, self.score)

    def analytic(self):
        """Compute estimates with the intervals that hold for independent pairs.

        See `endobench.stats.analytic`.

        Returns
        -------
        pandas.DataFrame
            As for `Signed.analytic`.
        """
        return pd.DataFrame(self.analytic_rows(), columns=Analytic._fields)


def _metrics_of(statistic, counts, names):
    """Return metrics, by their names, of one or several resamples."""
    counts = np.asarray(counts).astype(np.int64)
    resamples = statistic.resamples(np.atleast_2d(counts))
    found = np.empty((len(resamples.counts), len(names)))
    for place, name in enumerate(names):
        found[:, place] = getattr(metrics, name)(resamples)
    return found.reshape(*counts.shape[:-1], len(names))


class Analytic(NamedTuple):
    """A metric with the interval for independent pairs; see `Signed.analytic`."""

    metric: str
    value: float
    ci_low: float
    ci_high: float
    n: int
    chance: float


def _analytic(statistic, target, score):
    """Return the `Analytic` of each metric of a statistic."""
    once = np.ones(statistic.n_blocks)
    rows = []
    for place, name in enumerate(statistic.names):
        formula = getattr(analytic, name, None)
        if formula is None:
            # A metric without a formula has its value and the bootstrap's interval only.
            row = (statistic(once)[place], np.nan, np.nan, len(score))
        else:
            row = formula(target, score)
        chance = metric_named(name).null
        if name in statistic.chances:
            chance = getattr(analytic, f"{name}_chance")(target, score)
        rows.append(Analytic(name, *row, np.nan if np.isnan(row[0]) else chance))
    return rows


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
    centred = values - values.mean()
    # Squares of tiny values are zero.
    centred /= np.abs(centred).max()
    return centred / centred.std()
