"""Scores: the answers of a model, reduced over a set of tracks."""

import logging
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.reductions import MEAN, REDUCTIONS, mean
from endobench.core.columns import SCORES, TRACKS
from endobench.core.tables import read_tsv
from endobench.design.scorers import tracks_of
from endobench.model.answer import ARRAYS

log = logging.getLogger(__name__)


class TrackSet(NamedTuple):
    """The tracks that a benchmark scores with, by their positions in an answer.

    Attributes
    ----------
    name : str
    positions : array-like of int
        Tracks of the set (`tracks.select`).
    mismatched : array-like of int
        Tracks of another tissue; their reduced score is ``raw_mismatched``.
    reduction : {"mean", "pc1", "max_abs"}
        How raw scores are reduced; see `reductions`.
    """

    name: str
    positions: object
    mismatched: object = ()
    reduction: str = MEAN


def positions_of(path, scorer, default):
    """Return the positions that a set's tracks have in the answers of a scorer.

    Parameters
    ----------
    path : path-like or empty
        The selected tracks (`columns.TRACKS`), if there are any.
    scorer : str
    default : list of int
        Positions without a path.
    """
    if not path:
        return default
    tracks = read_tsv(path, TRACKS)
    return tracks.loc[tracks["output"] == tracks_of(scorer), "position"].tolist()


def reduce_tracks(shards, answers, tracks):
    """Reduce each answer to one score over a set of tracks.

    A quantile is kept for a single track only, since quantiles saturate and must not be
    averaged. The values of REF and ALT are means, and kept for the mean only.

    Parameters
    ----------
    shards : pandas.DataFrame
        ``variant_id``, ``source_id``, ``shift_bp`` and ``in_peak`` of the requested
        variants.
    answers : pandas.DataFrame
        In the columns of `columns.ANSWERS`; may hold further variants.
    tracks : TrackSet

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.SCORES`, one row per ``source_id`` with an answer, or
        per ``source_id`` and gene.
    """
    is_asked = answers["variant_id"].isin(shards["variant_id"])
    # Each answer once, in an order that does not depend on that of the rows.
    keys = ["variant_id", "feature_id"]
    answers = answers[is_asked].sort_values(keys, ignore_index=True)
    reduced = answers.drop(columns=[*ARRAYS])
    reduce = REDUCTIONS[tracks.reduction]
    reduced["raw"] = _reduced(answers["raw"], tracks.positions, reduce)
    # Tracks of no biosample, as those of splice sites, are the same in each set.
    if len(tracks.mismatched) and {*tracks.mismatched} != {*tracks.positions}:
        reduced["raw_mismatched"] = _reduced(answers["raw"], tracks.mismatched, reduce)
    if len(tracks.positions) == 1:
        reduced["quantile"] = _reduced(answers["quantile"], tracks.positions, mean)
    if tracks.reduction == MEAN:
        for name in ("ref_value", "alt_value"):
            reduced[name] = _reduced(answers[name], tracks.positions, mean)
    asked = shards[["variant_id", "source_id", "shift_bp", "in_peak"]]
    scores = asked.merge(reduced, on="variant_id").assign(
        track_set=tracks.name,
        reduction=tracks.reduction,
        n_tracks=len(tracks.positions),
    )
    return scores.reindex(columns=SCORES.names)


def _reduced(arrays, positions, reduce):
    """Reduce arrays over some of their tracks; missing arrays give missing scores."""
    known = arrays.dropna()
    result = pd.Series(np.nan, index=arrays.index)
    if len(known):
        values = np.stack(known.to_numpy())[:, np.asarray(positions, dtype=int)]
        result[known.index] = reduce(values)
        is_nan = np.isnan(values)
        if n_partly := (is_nan.any(axis=1) & ~is_nan.all(axis=1)).sum():
            log.warning(
                "%d of %d scores have no value in some of %d tracks; they are those of the"
                " other tracks",
                n_partly,
                len(values),
                values.shape[1],
            )
    return result
