"""Samples of variants that are asked about again; the choice is reproducible."""

import hashlib

import numpy as np

from endobench.design.routes import ATLAS, MODEL_ITSELF
from endobench.design.scorers import is_study

_MOST_EXCHANGED = 50


def sample_of(shards, n_variants, routes=(ATLAS,)):
    """Choose variants that a route has answered; the choice is reproducible.

    Parameters
    ----------
    shards : dict of str to shard.Shard
    n_variants : int
    routes : iterable of str
        Routes, at least one of which has answered; by default the Atlas.

    Returns
    -------
    dict of str to list of str
        Variant ids by shard.
    """
    answered = {
        name: shard.rows.loc[
            np.any([shard.is_answered(route) for route in routes], axis=0), "variant_id"
        ]
        for name, shard in shards.items()
    }
    return _sample(answered, n_variants)


def sample_to_exchange(shards, n_variants):
    """Choose substitutions that the model has answered or will answer, reproducibly.

    Neither a table nor the Atlas answers for a variant whose REF differs from the genome,
    and the study's reference sequence is always that of the genome.

    Parameters
    ----------
    shards : dict of str to shard.Shard
    n_variants : int
        At most 50 are chosen.

    Returns
    -------
    dict of str to list of str
        Variant ids by shard.
    """
    asked = {}
    for name, shard in shards.items():
        if any(map(is_study, shard.request.scorers)):
            continue
        rows = shard.rows.iloc[shard.positions(MODEL_ITSELF)]
        is_one = (rows["ref"].str.len() == 1) & (rows["alt"].str.len() == 1)
        asked[name] = rows.loc[is_one, "variant_id"]
    return _sample(asked, min(n_variants, _MOST_EXCHANGED))


def _sample(variant_ids, number):
    """Choose a number of variant ids, given by shard, by their digests."""
    ordered = sorted(
        (hashlib.sha256(variant_id.encode()).digest(), name, variant_id)
        for name, ids in variant_ids.items()
        for variant_id in ids
    )
    chosen = {}
    for _, name, variant_id in ordered[:number]:
        chosen.setdefault(name, []).append(variant_id)
    return chosen
