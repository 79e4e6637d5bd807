"""Differences between protocols, paired on the pairs that both have."""

import numpy as np
import pandas as pd

from endobench.benchmark.matching import classify, positives_of
from endobench.benchmark.strata import is_lead, strata_of_size
from endobench.core.columns import DIFFERENCES
from endobench.design.metrics import names_of
from endobench.design.tasks import (
    ALL_PAIRS,
    LEADS,
    MAGNITUDE,
    SIGNED,
    UNSIGNED,
    task_of,
)
from endobench.stats.agreement import Signed, Unsigned
from endobench.stats.estimates import Estimates, adjust_p_values
from endobench.stats.ld_blocks import blocks_of_pairs

_KEYS = ["source_id", "feature_id"]
# The columns of pairs that are needed here.
COLUMNS = [
    *("variant_id", *_KEYS, "effect", "raw"),
    *("p_value", "q_value", "pip", "label", "unit", "scorer", "model"),
]


def contrast(
    a, b, blocks, *, null, n_resamples, seed, task=SIGNED, classes=(), cutoffs=()
):
    """Compare two benchmarks of one dataset on the pairs that both have.

    Parameters
    ----------
    a, b : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    null : float
        The effect of an allele that does nothing.
    n_resamples, seed : int
    task : str
        See `tasks.task_of`. The unsigned one is of all pairs of either class as `b`
        tells them, the others are of the pairs that are positives in both.
    classes : list
        Nothing, or `by`, `positive` and `negative` of `matching.classify`.
    cutoffs : list of float
        See `strata.strata_of_size`; what the sizes of `b` say.

    Returns
    -------
    list of dict
        In the columns of `columns.DIFFERENCES` from ``task`` to ``n_blocks``; none
        where no pair is shared.
    """
    if task == UNSIGNED:
        b = b[~np.isnan(classify(b, *classes))]
    else:
        a, b = (positives_of(each, classes) for each in (a, b))
    a, b = (each.astype(dict.fromkeys(_KEYS, str)).set_index(_KEYS) for each in (a, b))
    shared = a.index.intersection(b.index).sort_values()
    if shared.empty:
        return []
    a, b = (each.loc[shared].reset_index() for each in (a, b))
    names = blocks_of_pairs(b, blocks)
    masks = {ALL_PAIRS: np.ones(len(b), dtype=bool)}
    if task == UNSIGNED:
        is_positive = classify(b, *classes) == 1
    else:
        by_size = strata_of_size((b["effect"] - null).abs(), cutoffs)
        masks = {LEADS: is_lead(b, null), **masks, **by_size}
    rows = []
    for stratum, mask in masks.items():
        if not mask.any():
            continue
        known, code = np.unique(names[mask], return_inverse=True)
        statistics = {}
        for name, each in (("a", a), ("b", b)):
            score = each.loc[mask, "raw"].to_numpy(dtype=float)
            if task == UNSIGNED:
                statistics[name] = Unsigned(
                    is_positive[mask], np.abs(score), code, len(known)
                )
                continue
            effect = each.loc[mask, "effect"].to_numpy(dtype=float) - null
            if task == MAGNITUDE:
                effect, score = np.abs(effect), np.abs(score)
            statistics[name] = Signed(effect, score, code, len(known))
        estimates = Estimates(statistics, n_resamples=n_resamples, seed=seed)
        # Of parts by size, what the answer is read from suffices.
        n_metrics = None if stratum in (LEADS, ALL_PAIRS) else 1
        rows += [
            estimates.difference("a", "b", metric)
            | {"task": task, "stratum": stratum, "n_shared": int(mask.sum())}
            for metric in names_of(task)[:n_metrics]
        ]
    return rows


def contrasts(pairs, blocks, within, *, dataset, is_signed=True, **options):
    """Compare the first benchmark of a dataset with each other one.

    Parameters
    ----------
    pairs : dict of str to pandas.DataFrame
        By protocol, in the columns of `columns.PAIRS`.
    blocks : pandas.DataFrame or None
    within : pandas.DataFrame
        Differences within the protocols (`columns.DIFFERENCES`), which are kept.
    dataset : str
    is_signed : bool, default True
        Whether the source says which allele its effects are of.
    **options
        As for `contrast`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.DIFFERENCES`, with p values adjusted over all rows.
    """
    (first, reference), *others = pairs.items()
    task = task_of(reference, is_signed)
    # Where there is no positive there is no pair, and nothing to compare.
    model = str(reference["model"].iloc[0]) if len(reference) else None
    rows = [
        found | {"comparison": "protocol", "protocol": first, "a": name, "b": first}
        for name, each in others
        for found in contrast(each, reference, blocks, task=task, **options)
    ]
    frame = pd.DataFrame(rows, columns=DIFFERENCES.names)
    frame = frame.assign(dataset=dataset, model=model)
    parts = [part for part in (within, frame) if len(part)]
    found = pd.concat(parts or [frame], ignore_index=True)
    return found.assign(p_adjusted=adjust_p_values(found["p"]))
