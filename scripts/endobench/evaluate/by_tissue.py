"""Agreement of each tissue, averaged as in the evaluations of AlphaGenome's authors.

A metric is computed in each tissue, and the mean is weighted by the rows of the tissues.
Tissues with fewer than two rows or with one class are left out.
"""

import numpy as np
import pandas as pd

from endobench.design.metrics import BY_TISSUE
from endobench.design.tasks import UNSIGNED
from endobench.genome.gene_ids import IN_TISSUE

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
    measure = METRICS[metric.removesuffix(BY_TISSUE)]
    score = pairs["raw"].to_numpy(dtype=float)
    effect = pairs["effect"].to_numpy(dtype=float) - null
    rows = pd.DataFrame(
        {
            "tissue": pairs["feature_id"].astype(str).str.partition(IN_TISSUE)[2],
            "effect": effect,
            "score": np.abs(score) if task == UNSIGNED else score,
        }
    )
    values, weights = [], []
    for _, part in rows.groupby("tissue"):
        if len(part) >= _LEAST_ROWS:
            value = measure(part["effect"].to_numpy(), part["score"].to_numpy())
            if np.isfinite(value):
                values.append(value)
                weights.append(len(part))
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


def auprc(effect, score):
    """Return the average precision of effects above the null, as `auroc`."""
    is_positive = effect > 0
    n_positive = np.count_nonzero(is_positive)
    if n_positive in (0, len(effect)):
        return np.nan
    order = np.argsort(-score, kind="stable")
    found = np.cumsum(is_positive[order])
    # Ties are one threshold.
    last = np.flatnonzero(np.diff(score[order], append=-np.inf))
    precision = found[last] / (last + 1)
    return (np.diff(found[last], prepend=0) * precision).sum() / n_positive


METRICS = {
    "spearman": spearman,
    "pearson": pearson,
    "sign_auroc": auroc,
    "auroc": auroc,
    "auprc": auprc,
}
