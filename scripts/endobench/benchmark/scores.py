"""From answers to scores: tables looked up, and sets of tracks reduced to one number."""

import logging

import numpy as np
import pandas as pd

from endobench.benchmark.reductions import MEAN, REDUCTIONS, mean
from endobench.core.columns import SCORES
from endobench.model.answer import ARRAYS

log = logging.getLogger(__name__)


def reduce_tracks(shards, answers, positions, track_set, mismatched=(), reduction=MEAN):
    """Reduce each answer to one score over a set of tracks.

    A quantile is kept for a single track only: quantiles saturate and must not be
    reduced. REF's and ALT's values are means, and kept for the mean only.

    Parameters
    ----------
    shards : pandas.DataFrame
        ``variant_id``, ``source_id``, ``shift_bp`` and ``in_peak`` of the variants that
        were asked for.
    answers : pandas.DataFrame
        In the columns of `columns.ANSWERS`; may hold other variants, too.
    positions : array-like of int
        Tracks of the set (`tracks.select`).
    track_set : str
    mismatched : array-like of int
        Tracks of another tissue, whose raw scores become ``raw_mismatched`` in the same
        way.
    reduction : {"mean", "pc1", "max_abs"}
        Of raw scores; see `reductions`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.SCORES`, one row per ``source_id`` with an answer.
    """
    is_asked = answers["variant_id"].isin(shards["variant_id"])
    # Each variant once and in one order, whatever that of the rows.
    answers = answers[is_asked].sort_values("variant_id", ignore_index=True)
    reduced = answers.drop(columns=[*ARRAYS])
    reduced["raw"] = _reduced(answers["raw"], positions, REDUCTIONS[reduction])
    if len(mismatched):
        reduced["raw_mismatched"] = _reduced(
            answers["raw"], mismatched, REDUCTIONS[reduction]
        )
    if len(positions) == 1:
        reduced["quantile"] = _reduced(answers["quantile"], positions, mean)
    if reduction == MEAN:
        for name in ("ref_value", "alt_value"):
            reduced[name] = _reduced(answers[name], positions, mean)
    asked = shards[["variant_id", "source_id", "shift_bp", "in_peak"]]
    scores = asked.merge(reduced, on="variant_id").assign(
        track_set=track_set, reduction=reduction, n_tracks=len(positions)
    )
    return scores.reindex(columns=SCORES.names)


def _reduced(arrays, positions, reduce):
    """Reduce arrays over some of their tracks; what is missing stays so."""
    known = arrays.dropna()
    result = pd.Series(np.nan, index=arrays.index)
    if len(known):
        values = np.stack(known.to_numpy())[:, np.asarray(positions, dtype=int)]
        result[known.index] = reduce(values)
    return result
