"""Files of a model's answers, written by shard and read by scorer."""

import collections
import logging

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from endobench.core.columns import ANSWERS
from endobench.core.errors import InputError
from endobench.core.files import atomic_path
from endobench.core.tables import as_table, read_parts, reading_parts, stacked
from endobench.design.scorers import tracks_of
from endobench.genome.gene_ids import genes_of
from endobench.model.answer import ARRAYS

log = logging.getLogger(__name__)

# What is read of all rows, to choose those that are asked for.
_KEYS = ["scorer", "variant_id", "feature_id"]


def write_answers(shard, path, quantile_positions=None):
    """Write all answers of a shard as Parquet, completely or not at all.

    They are written in batches, so that a shard need not fit into memory. Raw scores of
    all tracks are kept exactly, so that another track set needs no call. Bytes of
    equal significance are stored together (byte stream split), which saves a sixth.

    Parameters
    ----------
    shard : shard.Shard
    path : path-like
        In the columns of `columns.ANSWERS`, by scorer and sorted by variant; for scorers
        by gene one row for each gene of a variant, sorted by gene. Each batch is a row
        group.
    quantile_positions : dict of str to list of int, optional
        For each list of tracks those whose quantiles are written
        (`tracks.lone_positions`); the journal has more of them.
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
        n_without = collections.Counter()
        for scorer, routes, answers in shard.answers():
            quantiles = kept.get(tracks_of(scorer), [])
            table = answers_table(
                answers,
                routes,
                shard.model_of(scorer),
                scorer,
                shard.request.window_bp,
                quantiles,
            )
            writer.write_table(table)
            for track in quantiles:
                n_without[scorer, track] += _n_without_quantile(answers, track)
        for (scorer, track), number in n_without.items():
            if number:
                log.warning(
                    "%s: %d scores of genes have no quantile in track %r, which was not"
                    " a set by itself when they were requested",
                    scorer,
                    number,
                    shard.track_names[scorer][track],
                )


def _n_without_quantile(answers, track):
    """Count the genes whose answer has quantiles, but none of a track with a score."""
    return sum(
        int((np.isnan(each.quantile[:, track]) & np.isfinite(each.raw[:, track])).sum())
        for each in answers
        if each.feature_ids is not None and each.quantile is not None
    )


def answers_table(answers, routes, model, scorer, window_bp, quantiles=()):
    """Return answers in the columns of `columns.ANSWERS`.

    Parameters
    ----------
    answers : list of Answer
        Sorted by variant.
    routes : list of str
    model, scorer : str
    window_bp : int
    quantiles : sequence of int
        Tracks whose quantiles are kept.

    Returns
    -------
    pyarrow.Table
        One row for each answer or, if the scorer is by gene, for each of its genes,
        sorted by gene.
    """
    answers = [_sorted_by_gene(answer) for answer in answers]
    n_rows = [
        1 if each.feature_ids is None else len(each.feature_ids) for each in answers
    ]
    owner = np.repeat(np.arange(len(answers)), n_rows)
    columns = {
        "variant_id": pa.array([each.variant_id for each in answers], pa.string()),
        "route": pa.array(routes, pa.string()),
    }
    columns = {name: values.take(owner) for name, values in columns.items()}
    features = [
        [None] if each.feature_ids is None else each.feature_ids.tolist()
        for each in answers
    ]
    columns["feature_id"] = pa.array([id_ for ids in features for id_ in ids])
    for name, value in (("model", model), ("scorer", scorer), ("window_bp", window_bp)):
        columns[name] = pa.array([value]).take(np.zeros(len(owner), dtype=np.int64))
    for name in ARRAYS:
        arrays = [getattr(each, name) for each in answers]
        if name == "quantile":
            arrays = [_only(values, quantiles) for values in arrays]
        columns[name] = _lists(arrays, n_rows)
    return as_table(pa.table(columns), ANSWERS)


def _sorted_by_gene(answer):
    """Return an answer with its genes sorted by id."""
    ids = answer.feature_ids
    if ids is None or len(ids) < 2 or (ids[:-1] <= ids[1:]).all():
        return answer
    order = np.argsort(ids, kind="stable")
    arrays = {name: getattr(answer, name) for name in ARRAYS}
    arrays = {
        name: values[order] for name, values in arrays.items() if values is not None
    }
    return answer._replace(feature_ids=ids[order], **arrays)


def _only(values, positions):
    """Keep the values at some positions, and NaN elsewhere; None without positions."""
    if values is None or not len(positions):
        return None
    kept = np.full_like(values, np.nan)
    kept[..., positions] = values[..., positions]
    return kept


def _lists(arrays, n_rows):
    """Return arrays as lists, one for each row; those of a missing array are null."""
    sizes = [
        np.full(n, 0 if values is None else values.shape[-1])
        for values, n in zip(arrays, n_rows, strict=True)
    ]
    is_null = [
        np.full(n, values is None) for values, n in zip(arrays, n_rows, strict=True)
    ]
    known = [np.ravel(values) for values in arrays if values is not None]
    values = np.concatenate([np.empty(0, np.float32), *known]).astype(np.float32)
    ends = np.cumsum(np.concatenate([[0], *sizes]), dtype=np.int32)
    is_null = np.concatenate([*is_null, [False]])
    return pa.ListArray.from_arrays(pa.array(ends, mask=is_null), pa.array(values))


class _Pairs:
    """Pairs of variant and gene, to choose rows by.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``variant_id`` and perhaps ``feature_id``.
    """

    def __init__(self, pairs):
        variants = pairs["variant_id"].astype(object).to_numpy()
        self._variants = pd.Index(pd.unique(variants))
        self._genes = None
        if "feature_id" in pairs:
            genes = genes_of(pairs["feature_id"])
            self._genes = pd.Index(pd.unique(genes))
            self._codes = pd.Index(pd.unique(self._code(variants, genes)))

    def _code(self, variants, genes):
        """Return a number for each pair, negative if its variant is not among these."""
        code = self._variants.get_indexer(variants) * (len(self._genes) + 1)
        return code + self._genes.get_indexer(genes) + 1

    def includes(self, keys):
        """Return for each row whether its pair is among these.

        Of a row without a gene, the variant alone counts.

        Parameters
        ----------
        keys : pyarrow.Table
            ``variant_id, feature_id``.
        """
        variants, genes = (
            keys[name].to_pandas().to_numpy(object) for name in _KEYS[1:]
        )
        is_included = self._variants.get_indexer(variants) >= 0
        if self._genes is not None:
            has_gene = keys["feature_id"].is_valid().to_numpy()
            codes = self._code(variants[has_gene], genes[has_gene])
            is_included[has_gene] = self._codes.get_indexer(codes) >= 0
        return is_included


def read_answers(paths, scorer, *sets, pairs=None):
    """Read the answers of one scorer, for the tracks of the given sets only.

    A file is read by row groups, so that memory grows with what is asked for, not with
    the genes and tracks of the file.

    Parameters
    ----------
    paths : list of path-like
        Files from `write_answers`.
    scorer : str
    *sets : array-like of int
        Positions of a set's tracks among those of an answer.
    pairs : pandas.DataFrame, optional
        ``variant_id`` of the answers to read, and ``feature_id`` if the genes matter; by
        default all. Versions of genes do not count, and an intron stands for its gene. Of
        scorers that are not by gene, all answers for these variants are read.

    Returns
    -------
    answers : pandas.DataFrame
        In the columns of `columns.ANSWERS`, with the tracks of all sets.
    *places : numpy.ndarray of int
        For each set, the positions of its tracks in these arrays.
    """
    sets = [np.asarray(positions, dtype=int) for positions in sets]
    chosen = np.unique(np.concatenate(sets))
    wanted = None if pairs is None else _Pairs(pairs)
    parts = [ANSWERS.empty_table()]
    for path in paths:
        sizes = {}
        for part in _parts(path, scorer, wanted):
            for name in ARRAYS:
                place = part.schema.get_field_index(name)
                try:
                    column = _chosen(part[name], chosen, sizes.setdefault(name, set()))
                except ValueError as error:
                    raise InputError(f"{path}: column {name!r}: {error}") from None
                part = part.set_column(place, name, column)
            parts.append(part)
    answers = stacked(parts, ANSWERS).to_pandas()
    # Categories that only other scorers' answers have are dropped.
    for name in answers.select_dtypes("category"):
        answers[name] = answers[name].cat.remove_unused_categories()
    return answers, *(np.searchsorted(chosen, positions) for positions in sets)


def genes_of_answers(paths, scorer):
    """Return the genes that any answer of a scorer has, without reading a score.

    Parameters
    ----------
    paths : list of path-like
        Files from `write_answers`.
    scorer : str

    Returns
    -------
    set of str
        Ids without version; empty if the scorer is not by gene.
    """
    found = set()
    for path in paths:
        for keys in read_parts(path, ANSWERS, _KEYS, encoded=["feature_id"]):
            is_asked = pc.equal(keys["scorer"].cast(pa.string()), scorer)
            found.update(keys["feature_id"].filter(is_asked).unique().to_pylist())
    return found - {None}


def _parts(path, scorer, pairs):
    """Yield those rows of each row group of a file that are asked for."""
    with reading_parts(path, ANSWERS) as (n_parts, read):
        for number in range(n_parts):
            keys = read(number, _KEYS)
            is_asked = pc.equal(keys["scorer"].cast(pa.string()), scorer).to_numpy()
            if pairs is not None and is_asked.any():
                is_asked &= pairs.includes(keys)
            if is_asked.all():
                yield read(number, ANSWERS.names)
            elif is_asked.any():
                yield read(number, ANSWERS.names).filter(pa.array(is_asked))


def _chosen(lists, places, sizes):
    """Keep the values at some places of lists of one length (a `pyarrow.ChunkedArray`).

    `sizes` holds the lengths of the lists before; those of these are added.
    """
    is_known = lists.is_valid().to_numpy()
    sizes.update(pc.unique(pc.list_value_length(lists).drop_null()).to_pylist())
    if len(sizes) > 1:
        one, other, *_ = sorted(sizes, reverse=True)
        raise ValueError(f"answers of {one} and of {other} tracks")
    values = pc.list_flatten(lists).to_numpy()
    if sizes:
        (size,) = sizes
        values = values.reshape(-1, size)[:, places]
    ends = np.cumsum(is_known * len(places), dtype=np.int32)
    # A list is null where its offset is null.
    begins = pa.array(np.r_[np.int32(0), ends], mask=np.r_[~is_known, False])
    return pa.ListArray.from_arrays(begins, pa.array(values.ravel(), pa.float32()))
