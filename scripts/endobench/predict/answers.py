"""Files of a model's answers, written by shard and read by scorer."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from endobench.core.columns import ANSWERS
from endobench.core.errors import InputError
from endobench.core.files import atomic_path
from endobench.core.tables import as_table, read_table, stacked
from endobench.design.protocol import output_of
from endobench.model.answer import ARRAYS


def write_answers(shard, path, quantile_positions=None):
    """Write all answers of a shard as Parquet, completely or not at all.

    They are written in batches, so that a shard need not fit into memory. Raw scores of
    all tracks are kept exactly, so that another track set needs no call. Bytes of
    equal significance are stored together (byte stream split), which saves a sixth.

    Parameters
    ----------
    shard : shard.Shard
    path : path-like
        In the columns of `columns.ANSWERS`, by scorer and sorted by variant.
    quantile_positions : dict of str to list of int, optional
        For each output the tracks whose quantiles are written
        (`tracks.lone_positions`); the journal has all of them.
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
    """Keep the values of arrays at some positions; return None if there are none."""
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
    """Return answers as a frame with the columns of `columns.ANSWERS` except the window.

    Parameters
    ----------
    answers : list of Answer
    routes : list of str
    model, scorer : str
    """
    frame = pd.DataFrame({"variant_id": [answer.variant_id for answer in answers]})
    for name in ARRAYS:
        frame[name] = [getattr(answer, name) for answer in answers]
    return frame.assign(model=model, route=routes, scorer=scorer)


def read_answers(paths, scorer, *sets):
    """Read the answers of one scorer, for the tracks of the given sets only.

    Parameters
    ----------
    paths : list of path-like
        Files from `write_answers`.
    scorer : str
    *sets : array-like of int
        Positions of a set's tracks among those of an answer.

    Returns
    -------
    answers : pandas.DataFrame
        In the columns of `columns.ANSWERS`, with the tracks of all sets.
    *places : numpy.ndarray of int
        For each set, the positions of its tracks in these arrays.
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
    # Categories that only other scorers' answers have are dropped.
    for name in answers.select_dtypes("category"):
        answers[name] = answers[name].cat.remove_unused_categories()
    return answers, *(np.searchsorted(chosen, positions) for positions in sets)


def _chosen(lists, places):
    """Keep the values at some places of lists of one length (a `pyarrow.ChunkedArray`)."""
    is_known = lists.is_valid().to_numpy()
    sizes = pc.unique(pc.list_value_length(lists).drop_null()).to_pylist()
    if len(sizes) > 1:
        raise ValueError(f"answers of {sizes[0]} and of {sizes[1]} tracks")
    values = pc.list_flatten(lists).to_numpy()
    if sizes:
        values = values.reshape(-1, sizes[0])[:, places]
    ends = np.cumsum(is_known * len(places), dtype=np.int32)
    # A list is null where its offset is null.
    begins = pa.array(np.r_[np.int32(0), ends], mask=np.r_[~is_known, False])
    return pa.ListArray.from_arrays(begins, pa.array(values.ravel(), pa.float32()))
