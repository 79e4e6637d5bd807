"""From answers to scores: tables looked up, and sets of tracks reduced to one number."""

import logging

import numpy as np
import pandas as pd

from endobench.columns import ANSWERS, FAILURES, SCORES
from endobench.journal import ARRAYS
from endobench.tables import dropped

log = logging.getLogger(__name__)

NOT_IN_TABLE = "NOT_IN_TABLE"


def answers_frame(answers, model, scorer, window_bp):
    """Return answers as a frame in the columns of `columns.ANSWERS`, sorted by id.

    Parameters
    ----------
    answers : iterable of journal.Answer
    model, scorer : str
    window_bp : int
    """
    ordered = sorted(answers, key=lambda answer: answer.variant_id)
    frame = pd.DataFrame({"variant_id": [answer.variant_id for answer in ordered]})
    for name in ARRAYS:
        frame[name] = [getattr(answer, name) for answer in ordered]
    return frame.assign(model=model, scorer=scorer, window_bp=window_bp)


def answers_from_table(rows, table, model):
    """Look variants up in a table of scores.

    A variant that the table holds with REF and ALT exchanged gets the negative score:
    every score is ALT minus REF.

    Parameters
    ----------
    rows : pandas.DataFrame
        Unique variants with ``variant_id, chrom, pos, ref, alt``.
    table : pandas.DataFrame
        ``chrom, pos, ref, alt`` on GRCh38 and ``score``, unique by variant.
    model : str
        What the scores are called.

    Returns
    -------
    answers : pandas.DataFrame
        In the columns of `columns.ANSWERS`.
    missing : pandas.DataFrame
        In the columns of `columns.FAILURES`, for variants that the table lacks.
    """
    keys = ["chrom", "pos", "ref", "alt"]
    rows = rows[["variant_id", *keys]].astype({"chrom": str})
    table = table[[*keys, "score"]].astype({"chrom": str})
    swapped = table.rename(columns={"ref": "alt", "alt": "ref"})
    swapped["score"] = -swapped["score"]
    direct = rows.merge(table, on=keys, how="left")["score"]
    inverse = rows.merge(swapped, on=keys, how="left")["score"]
    score = direct.fillna(inverse)
    is_found = score.notna().to_numpy()
    log.info(
        "%d of %d variants have a score, %d of them with REF and ALT exchanged",
        is_found.sum(),
        len(rows),
        (direct.isna() & inverse.notna()).sum(),
    )
    found = rows.loc[is_found, ["variant_id"]].assign(
        model=model,
        scorer="table",
        window_bp=0,
        raw=[np.array([value], dtype=np.float32) for value in score[is_found]],
    )
    missing = rows.loc[~is_found, ["variant_id"]].assign(
        model=model,
        scorer="table",
        window_bp=0,
        attempts=0,
        grpc_status=NOT_IN_TABLE,
        message="the table of scores has no such variant",
    )
    return (
        found.reindex(columns=ANSWERS.names).reset_index(drop=True),
        missing.reindex(columns=FAILURES.names).reset_index(drop=True),
    )


def reduce_tracks(shards, answers, positions, track_set):
    """Reduce each answer to one score: the mean of raw scores over a set of tracks.

    A quantile is kept for a single track only: quantiles saturate and must not be
    averaged.

    Parameters
    ----------
    shards : pandas.DataFrame
        ``variant_id``, ``source_id`` and ``shift_bp`` of the variants that were asked
        for.
    answers : pandas.DataFrame
        In the columns of `columns.ANSWERS`; may hold other variants, too.
    positions : numpy.ndarray of int
        Tracks of the set (`tracks.select`).
    track_set : str

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.SCORES`, one row per ``source_id`` with an answer.
    """
    asked = shards[["variant_id", "source_id", "shift_bp"]]
    scores = asked.merge(answers, on="variant_id")
    for name in ARRAYS:
        values = scores[name].dropna()
        scores[name] = np.nan
        if len(values) and (name != "quantile" or len(positions) == 1):
            chosen = np.stack(values.to_numpy())[:, positions]
            scores.loc[values.index, name] = chosen.mean(axis=1, dtype=np.float64)
    scores = scores.assign(track_set=track_set, n_tracks=len(positions))
    return scores.reindex(columns=SCORES.names)


def score_table(parsed):
    """Return the scores of a parsed table, one per variant.

    Parameters
    ----------
    parsed : qtl.Parsed
        On GRCh38.

    Returns
    -------
    table : pandas.DataFrame
        In the columns of `columns.SCORE_TABLE`.
    dropped : pandas.DataFrame
        In the columns of `columns.DROPPED`: what parsing dropped, and variants with
        several scores, which could only be chosen from with a rule of our own.
    """
    effects = parsed.effects
    is_repeated = effects["variant_id"].duplicated(keep=False)
    several = dropped(
        effects[is_repeated], "scores", "several_scores", effects["effect"]
    )
    table = parsed.variants.merge(
        effects[~is_repeated].rename(columns={"effect": "score"}), on="variant_id"
    )
    return table, pd.concat([parsed.dropped, several], ignore_index=True)
