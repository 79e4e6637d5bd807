"""From answers to scores: tables looked up, and sets of tracks reduced to one number."""

import logging

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from endobench.columns import ANSWERS, FAILURES, SCORES
from endobench.errors import InputError
from endobench.files import atomic_path
from endobench.journal import ARRAYS
from endobench.protocol import output_of
from endobench.reductions import MEAN, REDUCTIONS, mean
from endobench.routes import TABLE
from endobench.tables import as_table, dropped, read_table, stacked

log = logging.getLogger(__name__)

NOT_IN_TABLE = "NOT_IN_TABLE"


def write_answers(shard, path, quantile_positions=None):
    """Write all answers of a shard as Parquet, whole or not at all.

    They are written a thousand at a time, so that a shard need not fit into memory. Raw
    scores are kept of all tracks, bit by bit, so that another set of tracks needs no
    call; the bytes of like significance stand together, which makes them a sixth
    smaller.

    Parameters
    ----------
    shard : shard.Shard
    path : path-like
        In the columns of `columns.ANSWERS`: a scorer after the other, sorted by variant.
    quantile_positions : dict of str to list of int, optional
        For each output the tracks whose quantiles are kept (`tracks.lone_positions`);
        the journal keeps all of them.
    """
    kept = quantile_positions or {}
    names = [name for name in ANSWERS.names if name not in ARRAYS]
    with (
        atomic_path(path) as temporary,
        pq.ParquetWriter(
            temporary,
            ANSWERS,
            compression="zstd",
            use_dictionary=names,
            use_byte_stream_split=[f"{name}.list.element" for name in ARRAYS],
        ) as writer,
    ):
        for scorer, routes, answers in shard.answers():
            frame = answers_frame(answers, routes, shard.model_of(scorer), scorer)
            frame["quantile"] = _only(
                frame["quantile"], kept.get(output_of(scorer), [])
            )
            frame["window_bp"] = shard.request.window_bp
            writer.write_table(as_table(frame, ANSWERS))


def _only(arrays, positions):
    """Leave arrays their values at some positions, and no array without any."""
    if not positions:
        return None
    found = []
    for values in arrays:
        if values is not None:
            kept = np.full_like(values, np.nan)
            kept[positions] = values[positions]
            values = kept
        found.append(values)
    return found


def answers_frame(answers, routes, model, scorer):
    """Return answers as a frame in the columns of `columns.ANSWERS` but for the window.

    Parameters
    ----------
    answers : list of journal.Answer
    routes : list of str
    model, scorer : str
    """
    frame = pd.DataFrame({"variant_id": [answer.variant_id for answer in answers]})
    for name in ARRAYS:
        frame[name] = [getattr(answer, name) for answer in answers]
    return frame.assign(model=model, route=routes, scorer=scorer)


def read_answers(paths, scorer, *sets):
    """Read the answers of one scorer, of no more tracks than some sets need.

    Parameters
    ----------
    paths : list of path-like
        What `write_answers` wrote, one file after the other.
    scorer : str
    *sets : array-like of int
        Positions of tracks among those of an answer.

    Returns
    -------
    answers : pandas.DataFrame
        With the columns of `columns.ANSWERS`, and the tracks of all sets.
    *places : numpy.ndarray of int
        For each set, where its tracks now stand.
    """
    sets = [np.asarray(positions, dtype=int) for positions in sets]
    chosen = np.unique(np.concatenate(sets))
    parts = []
    for path in paths:
        part = read_table(path, ANSWERS, filters=[("scorer", "==", scorer)])
        for name in ARRAYS:
            place = part.schema.get_field_index(name)
            try:
                column = _chosen(part[name], chosen)
            except ValueError as error:
                raise InputError(f"{path}: column {name!r}: {error}") from None
            part = part.set_column(place, name, column)
        parts.append(part)
    answers = stacked(parts, ANSWERS).to_pandas()
    # What other scorers' answers are called is no category.
    for name in answers.select_dtypes("category"):
        answers[name] = answers[name].cat.remove_unused_categories()
    return answers, *(np.searchsorted(chosen, positions) for positions in sets)


def _chosen(lists, places):
    """Leave lists of one length (a `pyarrow.ChunkedArray`) the values at some places."""
    is_known = lists.is_valid().to_numpy()
    sizes = pc.unique(pc.list_value_length(lists).drop_null()).to_pylist()
    if len(sizes) > 1:
        raise ValueError(f"answers of {sizes[0]} and of {sizes[1]} tracks")
    values = pc.list_flatten(lists).to_numpy()
    if sizes:
        values = values.reshape(-1, sizes[0])[:, places]
    ends = np.cumsum(is_known * len(places), dtype=np.int32)
    # A list is missing where its beginning is.
    begins = pa.array(np.r_[np.int32(0), ends], mask=np.r_[~is_known, False])
    return pa.ListArray.from_arrays(begins, pa.array(values.ravel(), pa.float32()))


def answers_from_table(rows, table, model):
    """Look variants up in a table of scores.

    A substitution that the table holds with REF and ALT exchanged gets the negative
    score: every score is ALT minus REF. An insertion exchanged reads like a deletion
    beside it, which is another variant.

    Parameters
    ----------
    rows : pandas.DataFrame
        Unique variants with ``variant_id, chrom, pos, ref, alt``.
    table : pandas.DataFrame
        In the columns of `columns.SCORE_TABLE`, unique by variant. A variant is found
        by what it is, or else by the id that the table gave it.
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
    rows = rows[["variant_id", *keys]].astype({"chrom": str}).reset_index(drop=True)
    table = table.astype({"chrom": str})
    swapped = table[table["ref"].str.len() == table["alt"].str.len()]
    swapped = swapped.rename(columns={"ref": "alt", "alt": "ref"})
    swapped["score"] = -swapped["score"]
    direct = rows.merge(table[[*keys, "score"]], on=keys, how="left")["score"]
    inverse = rows.merge(swapped[[*keys, "score"]], on=keys, how="left")["score"]
    named = table.dropna(subset="source_id").set_index("source_id")["score"]
    as_named = rows["variant_id"].map(named)
    score = direct.fillna(inverse).fillna(as_named)
    is_found = score.notna().to_numpy()
    log.info(
        "%d of %d variants have a score, %d of them with REF and ALT exchanged",
        is_found.sum(),
        len(rows),
        (direct.isna() & inverse.notna()).sum(),
    )
    found = rows.loc[is_found, ["variant_id"]].assign(
        model=model,
        route=TABLE,
        scorer="table",
        window_bp=0,
        raw=[np.array([value], dtype=np.float32) for value in score[is_found]],
    )
    missing = rows.loc[~is_found, ["variant_id"]].assign(
        model=model,
        route=TABLE,
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
        In the columns of `columns.DROPPED`: what parsing dropped; a variant with REF and
        ALT exchanged that the table also has as it is; and variants with several
        scores, which could only be chosen from with a rule of our own.
    """
    effects = parsed.effects
    if "source_id" not in effects:
        effects = effects.assign(source_id=effects["variant_id"])
    is_exchanged = effects["source_id"].isna()
    as_it_is = effects.loc[~is_exchanged, "variant_id"]
    reason = pd.Series(pd.NA, index=effects.index, dtype="string")
    reason[is_exchanged & effects["variant_id"].isin(as_it_is)] = "exchanged_duplicate"
    rest = effects.loc[reason.isna(), "variant_id"]
    reason[rest.index[rest.duplicated(keep=False)]] = "several_scores"
    is_lost = reason.notna()
    lost = dropped(effects[is_lost], "scores", reason, effects["effect"])
    table = parsed.variants.merge(
        effects[~is_lost].rename(columns={"effect": "score"}), on="variant_id"
    )
    return table, pd.concat([parsed.dropped, lost], ignore_index=True)
