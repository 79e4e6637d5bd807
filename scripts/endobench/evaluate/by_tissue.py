"""Agreement of each tissue, averaged as in the evaluations of AlphaGenome's authors.

A metric is computed in each tissue, and the mean is weighted by the rows of the tissues.
Tissues with fewer than two rows or with one class are left out.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.design.metrics import BY_TISSUE, metric_named, names_of
from endobench.design.tasks import UNSIGNED
from endobench.genome.gene_ids import IN_TISSUE
from endobench.stats.bootstrap import bootstrap, interval, is_limiting

_LEAST_ROWS = 2


def by_tissue(pairs, metric, task, null=0.0):
    """Return a metric as the mean over tissues, weighted by their rows.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``feature_id`` (with the tissue after its first ``@``; without one, all pairs are of
        one tissue), ``effect`` and ``raw``.
    metric : str
        A key of `METRICS` with the end `metrics.BY_TISSUE`.
    task : str
        Without signs, absolute scores are taken; see `tasks.task_of`.
    null : float
        Value of no effect.

    Returns
    -------
    value : float
        Missing if no tissue is left.
    n : int
        Rows of the tissues that are left.
    """
    return _mean(_tissues(pairs, task, null), METRICS[metric.removesuffix(BY_TISSUE)])


def interval_by_tissue(pairs, block, metric, task, null=0.0, *, n_resamples, seed):
    """Return the interval of `by_tissue`, from resampled blocks.

    A block holds its pairs in all tissues, whose values thus vary together.

    Parameters
    ----------
    pairs, metric, task, null
        See `by_tissue`.
    block : numpy.ndarray of int, shape (n_pairs,)
        Code of each pair's block, from 0.
    n_resamples, seed : int

    Returns
    -------
    bootstrap.Interval
        Missing for a metric of heavy tails, whose resamples would understate its spread.
    n_blocks : int
    """
    name = metric.removesuffix(BY_TISSUE)
    tissues = _tissues(pairs.assign(block=block), task, null)
    n_blocks = len(np.bincount(block))
    limiting = np.ones(len(pairs), dtype=bool)
    if name in names_of(UNSIGNED):
        limiting = is_limiting(pairs["effect"].to_numpy(dtype=float) > null)
    sizes = np.bincount(block[limiting], minlength=n_blocks)
    value, _ = _mean(tissues, METRICS[name])

    def statistic(counts):
        found = [
            _mean([part.repeat(drawn) for part in tissues], METRICS[name])[0]
            for drawn in np.atleast_2d(counts).astype(int)
        ]
        return np.reshape(found, (*np.shape(counts)[:-1], 1))

    replicates = np.full(n_resamples, np.nan)
    if not metric_named(name).has_heavy_tails:
        drawn = bootstrap([statistic], n_blocks, n_resamples=n_resamples, seed=seed)
        replicates = drawn.replicates[0][:, 0]
    found = interval(value, replicates, sizes, name)
    return found, len(np.unique(block))


class _Tissue(NamedTuple):
    """Effects and scores of a tissue, and the block of each row if it is known."""

    effect: np.ndarray
    score: np.ndarray
    block: np.ndarray | None

    def repeat(self, drawn):
        """Return the rows of a resample, given how often each block was drawn."""
        rows = np.repeat(np.arange(len(self.block)), drawn[self.block])
        return _Tissue(self.effect[rows], self.score[rows], None)


def _tissues(pairs, task, null):
    """Return the `_Tissue` of each tissue."""
    score = pairs["raw"].to_numpy(dtype=float)
    effect = pairs["effect"].to_numpy(dtype=float) - null
    rows = pd.DataFrame(
        {
            "tissue": pairs["feature_id"].astype(str).str.partition(IN_TISSUE)[2],
            "effect": effect,
            "score": np.abs(score) if task == UNSIGNED else score,
        }
    )
    blocks = pairs["block"].to_numpy() if "block" in pairs else None
    return [
        _Tissue(
            part["effect"].to_numpy(),
            part["score"].to_numpy(),
            None if blocks is None else blocks[part.index],
        )
        for _, part in rows.groupby("tissue")
    ]


def _mean(tissues, measure):
    """Return the mean of a metric over tissues, weighted by their rows, and the rows."""
    values, weights = [], []
    for part in tissues:
        if len(part.effect) >= _LEAST_ROWS:
            value = measure(part.effect, part.score)
            if np.isfinite(value):
                values.append(value)
                weights.append(len(part.effect))
    return (np.average(values, weights=weights) if values else np.nan), sum(weights)


def _ranks(values):
    return pd.Series(values).rank().to_numpy()


def spearman(effect, score):
    """Return Spearman's correlation; missing if either is constant."""
    effect, score = _ranks(effect), _ranks(score)
    effect, score = effect - effect.mean(), score - score.mean()
    spread = np.sqrt((effect @ effect) * (score @ score))
    return effect @ score / spread if spread > 0 else np.nan


def pearson(effect, score):
    """Return Pearson's correlation; missing if either is constant."""
    effect, score = effect - effect.mean(), score - score.mean()
    spread = np.sqrt((effect @ effect) * (score @ score))
    return effect @ score / spread if spread > 0 else np.nan


def auroc(effect, score):
    """Return the area under the ROC curve of effects above the null.

    It is missing if there is one class only.
    """
    is_positive = effect > 0
    n_positive = np.count_nonzero(is_positive)
    n_negative = len(effect) - n_positive
    if not n_positive or not n_negative:
        return np.nan
    wins = _ranks(score)[is_positive].sum() - n_positive * (n_positive + 1) / 2
    return wins / (n_positive * n_negative)


def auprc(effect, score, weight=None):
    """Return the average precision of effects above the null, as `auroc`.

    A weight counts how often a row occurs, and need not be a whole number.
    """
    weight = np.ones(len(effect)) if weight is None else weight
    is_used = weight > 0
    weight, score, is_positive = weight[is_used], score[is_used], effect[is_used] > 0
    if is_positive.all() or not is_positive.any():
        return np.nan
    order = np.argsort(-score, kind="stable")
    found = np.cumsum((weight * is_positive)[order])
    # Ties are one threshold.
    last = np.flatnonzero(np.diff(score[order], append=-np.inf))
    precision = found[last] / np.cumsum(weight[order])[last]
    return (np.diff(found[last], prepend=0) * precision).sum() / found[-1]


METRICS = {
    "spearman": spearman,
    "pearson": pearson,
    "sign_auroc": auroc,
    "auroc": auroc,
    "auprc": auprc,
}
