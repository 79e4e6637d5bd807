"""Estimates of several predictors: intervals, differences and adjusted p values.

All predictors of the same pairs share one resampling of blocks, so that their differences
are paired.
"""

import numpy as np
import pandas as pd

from endobench.design.metrics import metric_named
from endobench.design.models import MODEL
from endobench.stats.agreement import Signed, Unsigned
from endobench.stats.bootstrap import (
    ROUNDING,
    bootstrap,
    design_effect,
    difference,
    effective_blocks,
    interval,
)


class Estimates:
    """The metrics of several predictors of the same pairs, resampled together.

    Parameters
    ----------
    statistics : dict of str to Signed or Unsigned
        By predictor, with the same codes of blocks.
    n_resamples, seed : int
    """

    def __init__(self, statistics, *, n_resamples, seed):
        self.statistics = statistics
        n_blocks = next(iter(statistics.values())).n_blocks
        measured = [each.with_chances for each in statistics.values()]
        found = bootstrap(measured, n_blocks, n_resamples=n_resamples, seed=seed)
        self._replicates = dict(zip(statistics, found.replicates, strict=True))
        self._analytic = {
            name: each.analytic_rows() for name, each in statistics.items()
        }

    def rows(self):
        """Return a row for each predictor and metric, in the terms of `columns.METRICS`.

        Returns
        -------
        pandas.DataFrame
            ``predictor, metric, value, ci_low, ci_high, chance, analytic_low,
            analytic_high, design_effect, p, n, n_blocks, degrees, n_eff``. `degrees` are
            the degrees of freedom of the interval; `n_eff` is missing if the design
            effect is.
        """
        rows = [
            self._row(predictor, analytic)
            for predictor, of_metrics in self._analytic.items()
            for analytic in of_metrics
        ]
        # By column, which takes pandas half the time of rows.
        return pd.DataFrame({name: [each[name] for each in rows] for name in rows[0]})

    def _row(self, predictor, analytic):
        """Return the row of one metric, given its `Analytic`."""
        statistic = self.statistics[predictor]
        value, metric = analytic.value, analytic.metric
        sizes = limiting_sizes(statistic)
        found = interval(
            value,
            self._of_resamples(predictor, metric),
            sizes,
            metric,
            null=analytic.chance,
            chances=self._chances(predictor, metric),
            left_out=self._left_out(predictor, metric),
        )
        ends = analytic.ci_low, analytic.ci_high
        effect = design_effect(value, found.se, *ends, metric)
        return {
            "predictor": predictor,
            "metric": metric,
            "value": value,
            "ci_low": found.ci_low,
            "ci_high": found.ci_high,
            "chance": analytic.chance,
            "analytic_low": ends[0],
            "analytic_high": ends[1],
            "design_effect": effect,
            "p": found.p,
            "n": analytic.n,
            "n_blocks": _n_blocks(statistic),
            "degrees": effective_blocks(sizes) - 1 if found.p == found.p else np.nan,
            # With very few blocks the design effect may fall below 1 by chance.
            "n_eff": analytic.n / np.maximum(effect, 1),
        }

    def difference(self, a, b, metric):
        """Return the difference in a metric, `b` minus `a`, paired by block.

        Parameters
        ----------
        a, b : str
            Names of predictors.
        metric : str
            A name of `design.metrics`.

        Returns
        -------
        dict
            ``metric, value_a, value_b, difference, ci_low, ci_high, p, n_a, n_b,
            n_blocks``.
        """
        (value_a, n_a, replicates_a), (value_b, n_b, replicates_b) = (
            self._estimate(name, metric) for name in (a, b)
        )
        statistics = [self.statistics[name] for name in (a, b)]
        sizes = sum(map(limiting_sizes, statistics))
        left_out = None
        if metric_named(metric).has_heavy_tails:
            left_out = self._left_out(b, metric) - self._left_out(a, metric)
        found = difference(
            value_a,
            replicates_a,
            value_b,
            replicates_b,
            sizes,
            left_out=left_out,
            metric=metric,
            rounding=ROUNDING,
        )
        return {
            "metric": metric,
            "value_a": value_a,
            "value_b": value_b,
            "difference": value_b - value_a,
            "ci_low": found.ci_low,
            "ci_high": found.ci_high,
            "p": found.p,
            "n_a": n_a,
            "n_b": n_b,
            "n_blocks": _n_blocks(*statistics),
        }

    def combination(self, weights, metric):
        """Return a weighted sum of a metric over predictors, paired by block.

        Parameters
        ----------
        weights : dict of str to float
            By predictor. They should add up to zero, so that the sum is a difference.
        metric : str
            A name of `design.metrics`.

        Returns
        -------
        dict
            ``metric, value, ci_low, ci_high, p, n_blocks``. The test is against zero.
        """
        total, replicates, sizes = 0.0, 0.0, 0
        for name, weight in weights.items():
            value, _, of_resamples = self._estimate(name, metric)
            total = total + weight * value
            replicates = replicates + weight * of_resamples
            sizes = sizes + limiting_sizes(self.statistics[name])
        nothing = np.zeros_like(replicates)
        found = difference(0.0, nothing, total, replicates, sizes, rounding=ROUNDING)
        return {
            "metric": metric,
            "value": total,
            "ci_low": found.ci_low,
            "ci_high": found.ci_high,
            "p": found.p,
            "n_blocks": _n_blocks(*(self.statistics[name] for name in weights)),
        }

    def _estimate(self, predictor, metric):
        """Return the value, the number of pairs and the replicates of a metric."""
        place = self.statistics[predictor].names.index(metric)
        analytic = self._analytic[predictor][place]
        replicates = self._of_resamples(predictor, metric)
        return analytic.value, int(analytic.n), replicates

    def _of_resamples(self, predictor, metric):
        """Return a metric of each resample."""
        place = self.statistics[predictor].names.index(metric)
        return self._replicates[predictor][:, place]

    def _chances(self, predictor, metric):
        """Return the chance of each resample, or None if it is always the same."""
        statistic = self.statistics[predictor]
        if metric not in statistic.chances:
            return None
        place = len(statistic.names) + statistic.chances.index(metric)
        return self._replicates[predictor][:, place]

    def _left_out(self, predictor, metric):
        """Return a metric with heavy tails without each block, or None."""
        if not metric_named(metric).has_heavy_tails:
            return None
        return self.statistics[predictor].without_each_block(metric)


def limiting_sizes(statistic):
    """Return how many of the pairs that limit a statistic's precision each block holds.

    Parameters
    ----------
    statistic : Signed or Unsigned

    Returns
    -------
    numpy.ndarray of int, shape (n_blocks,)
    """
    return np.bincount(
        statistic.block[statistic.is_limiting], minlength=statistic.n_blocks
    )


def _n_blocks(*statistics):
    """Return the number of blocks that hold pairs of any of some statistics."""
    return len(np.unique(np.concatenate([each.block for each in statistics])))


def statistics_of(target, scores, block, null=0.0, kind=Signed, names=None):
    """Return the statistic of each predictor, with the same codes of blocks.

    A predictor that is missing for some pairs is evaluated on the others. The model on
    the same pairs is added as ``{predictor}/model``, for comparison.

    Parameters
    ----------
    target : numpy.ndarray, shape (n_pairs,)
        Effects for `Signed`; whether a pair is a positive for `Unsigned`.
    scores : pandas.DataFrame, shape (n_pairs, n_predictors)
        See `baselines.predictors`.
    block : numpy.ndarray of str or int, shape (n_pairs,)
        Names or codes of LD blocks. Draws depend on their order.
    null : float
        Null of the effects; not used for `Unsigned`.
    kind : {Signed, Unsigned}
    names : sequence of str, optional
        Metrics to compute, instead of all of the kind.

    Returns
    -------
    dict of str to Signed or Unsigned
    """
    blocks, code = np.unique(np.asarray(block), return_inverse=True)
    options = {} if kind is Unsigned else {"null": null}
    if names is not None:
        options["names"] = names

    def statistic_of(values, is_used):
        vectors = target[is_used], values[is_used], code[is_used]
        return kind(*vectors, len(blocks), **options)

    statistics = {}
    for name in scores:
        values = scores[name].to_numpy()
        is_known = np.isfinite(values)
        statistics[name] = statistic_of(values, is_known)
        if name != MODEL and not is_known.all():
            of_model = scores[MODEL].to_numpy()
            statistics[f"{name}/{MODEL}"] = statistic_of(of_model, is_known)
    return statistics


def adjust_p_values(p):
    """Adjust p values for multiple testing (Benjamini and Hochberg 1995).

    Parameters
    ----------
    p : pandas.Series of float, shape (n,)
        Missing values were not tested and do not count.

    Returns
    -------
    pandas.Series of float, shape (n,)
        Missing where `p` is.
    """
    tested = p.dropna().astype(float).clip(0, 1)
    if tested.empty:
        return p.astype(float)
    # As `scipy.stats.false_discovery_control`, which takes half a second to load.
    tested = tested.sort_values(kind="stable")
    scaled = tested * (len(tested) / np.arange(1, len(tested) + 1))
    found = scaled[::-1].cummin().clip(upper=1)
    return found.reindex(p.index)
