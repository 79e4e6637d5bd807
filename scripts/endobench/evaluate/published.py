"""Published values of the same pairs, compared with what is found here."""

import numpy as np
import pandas as pd

from endobench.design.metrics import (
    AUPRC_OF_SETS,
    BY_MATCHED_SET,
    BY_TISSUE,
    OF_TISSUES,
    names_of,
)
from endobench.design.models import MODEL
from endobench.design.tasks import ALL_PAIRS, MAGNITUDE, SIGNED, UNSIGNED
from endobench.evaluate.by_matched_set import by_matched_set, interval_by_matched_set
from endobench.evaluate.by_tissue import by_tissue, interval_by_tissue

PUBLISHED = "published"
_MISSING = {
    "value": np.nan,
    "ci_low": np.nan,
    "ci_high": np.nan,
    "n": None,
    "n_blocks": None,
}


def published_values(
    metrics, published, task, pairs=None, null=0.0, *, block=None, **resampled
):
    """Compare published values with the corresponding numbers of the model.

    Both are computed from the same pairs, so a test would be meaningless: either the
    values agree, or they were computed differently.

    Parameters
    ----------
    metrics : pandas.DataFrame
        ``task, stratum, predictor, metric, value, ci_low, ci_high, n, n_blocks``.
    published : dict of str to float
        By metric (names of `design.metrics`), for all pairs.
    task : str
        Task of the benchmark's conclusion; see `tasks.task_of`.
    pairs : pandas.DataFrame, optional
        In the columns of `columns.PAIRS`, for values that are means over tissues or over
        draws from matched sets; see `by_tissue` and `by_matched_set`.
    null : float, optional
        Value of no effect.
    block : numpy.ndarray of int, optional
        Code of each pair's block; without it, such means have no interval.
    **resampled
        ``n_resamples`` and ``seed`` of `interval_by_tissue` and
        `interval_by_matched_set`.

    Returns
    -------
    rows : pandas.DataFrame
        Rows of `columns.METRICS`, with task and predictor ``published``; those of means
        also with predictor ``model``.
    differences : list of dict
        In the columns of `columns.DIFFERENCES` from ``comparison`` on: the model minus
        the published value. Its interval is the model's minus that value, so it contains
        zero if the model's contains the value. If the model has no such value, all but the
        published value is missing.
    """
    of_model = metrics[
        (metrics["predictor"] == MODEL) & (metrics["stratum"] == ALL_PAIRS)
    ]
    differences, means = [], []
    for metric, value in published.items():
        # Metrics that need signs belong to the signed task only.
        its_task = MAGNITUDE if task == MAGNITUDE else SIGNED
        name = metric.removesuffix(BY_TISSUE).removesuffix(BY_MATCHED_SET)
        if name in names_of(UNSIGNED):
            its_task = UNSIGNED
        if metric in (*OF_TISSUES, AUPRC_OF_SETS):
            if metric == AUPRC_OF_SETS:
                mean_of, interval_of = by_matched_set, interval_by_matched_set
                options = (null,)
            else:
                mean_of, interval_of = by_tissue, interval_by_tissue
                options = (metric, its_task, null)
            mean, n = mean_of(pairs, *options)
            mean = {"metric": metric, "value": mean, "n": n, "predictor": MODEL}
            if block is not None:
                found, n_blocks = interval_of(pairs, block, *options, **resampled)
                mean |= {"ci_low": found.ci_low, "ci_high": found.ci_high}
                mean |= {"n_blocks": n_blocks}
            means.append({"task": PUBLISHED, "stratum": ALL_PAIRS} | mean)
            differences.append(_difference(metric, value, its_task, _MISSING | mean))
            continue
        found = of_model[
            (of_model["task"] == its_task) & (of_model["metric"] == metric)
        ]
        found = found.iloc[0] if len(found) else _MISSING
        differences.append(_difference(metric, value, its_task, found))
    rows = pd.DataFrame({"metric": list(published), "value": list(published.values())})
    names = {"task": PUBLISHED, "predictor": PUBLISHED, "stratum": ALL_PAIRS}
    rows = rows.assign(**names)
    if means:
        rows = pd.concat([rows, pd.DataFrame(means)], ignore_index=True)
    return rows, differences


def _difference(metric, value, task, found):
    """Return the model's value minus a published one, with its interval if it has one."""
    return {
        "comparison": PUBLISHED,
        "task": task,
        "a": PUBLISHED,
        "b": MODEL,
        "stratum": ALL_PAIRS,
        "metric": metric,
        "value_a": value,
        "value_b": found["value"],
        "difference": found["value"] - value,
        "ci_low": found["ci_low"] - value,
        "ci_high": found["ci_high"] - value,
        "n_b": found["n"],
        "n_blocks": found["n_blocks"],
    }
