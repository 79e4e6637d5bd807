"""Differences between protocols, paired on the pairs that both have."""

import numpy as np
import pandas as pd
import scipy.stats

from endobench.agreement import Signed
from endobench.columns import DIFFERENCES
from endobench.estimates import Estimates
from endobench.ld_blocks import blocks_of_pairs
from endobench.strata import is_lead

_KEYS = ["source_id", "feature_id"]


def contrast(a, b, blocks, *, null, n_resamples, seed):
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

    Returns
    -------
    list of dict
        In the columns of `columns.DIFFERENCES` from ``stratum`` to ``n_blocks``; none
        where no pair is shared.
    """
    a, b = (each.astype(dict.fromkeys(_KEYS, str)).set_index(_KEYS) for each in (a, b))
    shared = a.index.intersection(b.index).sort_values()
    if shared.empty:
        return []
    a, b = (each.loc[shared].reset_index() for each in (a, b))
    names = blocks_of_pairs(b, blocks)
    rows = []
    for stratum, mask in (
        ("lead_per_feature", is_lead(b, null)),
        ("all_pairs", np.ones(len(b), dtype=bool)),
    ):
        known, code = np.unique(names[mask], return_inverse=True)
        statistics = {
            name: Signed(
                each.loc[mask, "effect"], each.loc[mask, "raw"], code, len(known), null
            )
            for name, each in (("a", a), ("b", b))
        }
        estimates = Estimates(statistics, n_resamples=n_resamples, seed=seed)
        rows += [
            estimates.difference("a", "b", metric)
            | {"stratum": stratum, "n_shared": int(mask.sum())}
            for metric in Signed.NAMES
        ]
    return rows


def contrasts(pairs, blocks, within, *, dataset, **options):
    """Compare the first benchmark of a dataset with each other one.

    Parameters
    ----------
    pairs : dict of str to pandas.DataFrame
        By protocol, in the columns of `columns.PAIRS`.
    blocks : pandas.DataFrame or None
    within : pandas.DataFrame
        Differences within the protocols (`columns.DIFFERENCES`), which are kept.
    dataset : str
    **options
        As for `contrast`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.DIFFERENCES`, with p values adjusted over all rows.
    """
    (first, reference), *others = pairs.items()
    # Where there is no positive there is no pair, and nothing to compare.
    model = str(reference["model"].iloc[0]) if len(reference) else None
    rows = [
        found
        | {"comparison": "protocol", "task": "signed", "protocol": first}
        | {"a": name, "b": first}
        for name, each in others
        for found in contrast(each, reference, blocks, **options)
    ]
    frame = pd.DataFrame(rows, columns=DIFFERENCES.names)
    frame = frame.assign(dataset=dataset, model=model)
    parts = [part for part in (within, frame) if len(part)]
    found = pd.concat(parts or [frame], ignore_index=True)
    is_tested = found["p"].notna()
    if is_tested.any():
        found.loc[is_tested, "p_adjusted"] = scipy.stats.false_discovery_control(
            found.loc[is_tested, "p"].astype(float)
        )
    return found
