"""Numbers with their intervals, and their differences, from one resampling of blocks."""

import numpy as np
import pandas as pd
import scipy

from endobench.design.metrics import metric_named
from endobench.design.models import MODEL
from endobench.stats.agreement import Signed, Unsigned
from endobench.stats.bootstrap import bootstrap, design_effect, difference, interval


class Estimates:
    """What several predictors of the same pairs amount to, resampled together.

    Parameters
    ----------
    statistics : dict of str to Signed or Unsigned
        By predictor, with one coding of blocks.
    n_resamples, seed : int
    """

    def __init__(self, statistics, *, n_resamples, seed):
        self.statistics = statistics
        n_blocks = next(iter(statistics.values())).n_blocks
        found = bootstrap(
            list(statistics.values()), n_blocks, n_resamples=n_resamples, seed=seed
        )
        self._replicates = dict(zip(statistics, found.replicates, strict=True))
        self._analytic = {name: each.analytic() for name, each in statistics.items()}

    def rows(self):
        """Return a row per predictor and metric, with what `columns.METRICS` says of it.

        Returns
        -------
        pandas.DataFrame
            ``predictor, metric, value, ci_low, ci_high, analytic_low, analytic_high,
            design_effect, p, n, n_blocks, n_eff``. Without a design effect `n_eff` is
            missing, too.
        """
        rows = []
        for predictor, statistic in self.statistics.items():
            sizes = block_sizes(statistic)
            null = getattr(statistic, "prevalence", None)
            for place, analytic in enumerate(self._analytic[predictor].itertuples()):
                found = interval(
                    analytic.value,
                    self._replicates[predictor][:, place],
                    sizes,
                    analytic.metric,
                    null=null if metric_named(analytic.metric).null is None else None,
                )
                effect = design_effect(
                    analytic.value,
                    found.se,
                    analytic.ci_low,
                    analytic.ci_high,
                    analytic.metric,
                )
                rows.append(
                    {
                        "predictor": predictor,
                        "metric": analytic.metric,
                        "value": analytic.value,
                        "ci_low": found.ci_low,
                        "ci_high": found.ci_high,
                        "analytic_low": analytic.ci_low,
                        "analytic_high": analytic.ci_high,
                        "design_effect": effect,
                        "p": found.p,
                        "n": analytic.n,
                        "n_blocks": int((sizes > 0).sum()),
                        # Fewer blocks than needed may seem to tell more than all pairs.
                        "n_eff": analytic.n / np.maximum(effect, 1),
                    }
                )
        return pd.DataFrame(rows)

    def difference(self, a, b, metric):
        """Return how much more `b` has of a metric than `a`, paired by block.

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
        values, replicates, sizes, n = [], [], [], []
        for name in (a, b):
            statistic = self.statistics[name]
            place = statistic.NAMES.index(metric)
            values.append(self._analytic[name]["value"].iloc[place])
            n.append(int(self._analytic[name]["n"].iloc[place]))
            replicates.append(self._replicates[name][:, place])
            sizes.append(block_sizes(statistic))
        both = np.sum(sizes, axis=0)
        found = difference(values[0], replicates[0], values[1], replicates[1], both)
        return {
            "metric": metric,
            "value_a": values[0],
            "value_b": values[1],
            "difference": values[1] - values[0],
            "ci_low": found.ci_low,
            "ci_high": found.ci_high,
            "p": found.p,
            "n_a": n[0],
            "n_b": n[1],
            "n_blocks": int((both > 0).sum()),
        }


def block_sizes(statistic):
    """Return how many pairs of a statistic each block holds.

    Parameters
    ----------
    statistic : Signed or Unsigned

    Returns
    -------
    numpy.ndarray of int, shape (n_blocks,)
    """
    return np.bincount(statistic.block, minlength=statistic.n_blocks)


def statistics_of(target, scores, block, null=0.0, kind=Signed):
    """Return the statistic of each predictor, with one coding of blocks.

    A predictor that is missing for some pairs is compared on the others, with the
    model's on the same: that one is called ``{predictor}/model``.

    Parameters
    ----------
    target : numpy.ndarray, shape (n_pairs,)
        Effects, or whether a pair is a positive, by `kind`.
    scores : pandas.DataFrame, shape (n_pairs, n_predictors)
        See `predictors`.
    block : numpy.ndarray of str, shape (n_pairs,)
    null : float
        Of the effects.
    kind : {Signed, Unsigned}

    Returns
    -------
    dict of str to Signed or Unsigned
    """
    names, code = np.unique(np.asarray(block, dtype=str), return_inverse=True)
    options = {} if kind is Unsigned else {"null": null}

    def made(is_used, values):
        return kind(
            target[is_used], values[is_used], code[is_used], len(names), **options
        )

    found = {}
    for name in scores:
        values = scores[name].to_numpy()
        is_known = np.isfinite(values)
        found[name] = made(is_known, values)
        if name != MODEL and not is_known.all():
            found[f"{name}/{MODEL}"] = made(is_known, scores[MODEL].to_numpy())
    return found


def adjusted(p):
    """Adjust p values for their number (Benjamini and Hochberg 1995).

    Parameters
    ----------
    p : pandas.Series of float, shape (n,)
        Missing where nothing was tested, which counts for nothing.

    Returns
    -------
    pandas.Series of float, shape (n,)
        Missing where `p` is.
    """
    tested = p.dropna().astype(float).clip(0, 1)
    if tested.empty:
        return p.astype(float)
    found = scipy.stats.false_discovery_control(tested)
    return pd.Series(found, index=tested.index).reindex(p.index)
