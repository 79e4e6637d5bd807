"""Where the measured meets the predicted: the one join, and the account of all rows."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.columns import DROPPED, PAIRS
from endobench.errors import InputError
from endobench.reductions import MEAN
from endobench.routes import NOT_IN_ATLAS
from endobench.scores import NOT_IN_TABLE, reduce_tracks
from endobench.tables import dropped, stacked


class Merged(NamedTuple):
    """A benchmark's rows: every pair of the source is in `pairs` or in `dropped`.

    Attributes
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    dropped : pandas.DataFrame
        In the columns of `columns.BENCHMARK_DROPPED`.
    failures : pandas.DataFrame
        In the columns of `columns.FAILURES`.
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL` but for ``dataset`` and ``protocol``.
    """

    pairs: pd.DataFrame
    dropped: pd.DataFrame
    failures: pd.DataFrame
    waterfall: pd.DataFrame


def merge(
    effects,
    shards,
    answers,
    failures,
    lost,
    positions,
    track_set,
    mismatched=(),
    reduction=MEAN,
):
    """Join effects with scores, and account for every row of the source.

    Parameters
    ----------
    effects : pandas.DataFrame
        In the columns of `columns.EFFECTS`.
    shards : pandas.DataFrame
        Variants that were asked for (`columns.SHARDS`), of all chromosomes.
    answers, failures : pandas.DataFrame
        In the columns of `columns.ANSWERS` and `columns.FAILURES`; may hold variants of
        other benchmarks, too.
    lost : list of pandas.DataFrame
        What each stage dropped (`columns.DROPPED`), in the order of the stages: the
        first by row of the source, the others by variant.
    positions : array-like of int
        Tracks of the set among those of an answer.
    track_set : str
    mismatched : array-like of int
        Tracks of another tissue, see `scores.reduce_tracks`.
    reduction : {"mean", "pc1", "max_abs"}
        See `reductions`.

    Returns
    -------
    Merged

    Raises
    ------
    InputError
        If no pair has a score; the message gives the reasons.
    """
    failures = failures[failures["variant_id"].isin(shards["variant_id"])]
    scores = reduce_tracks(shards, answers, positions, track_set, mismatched, reduction)
    lost_rows, *later = lost
    is_number = np.isfinite(scores["raw"].to_numpy(dtype=float))
    no_number = scores.loc[~is_number, ["source_id", "raw"]]
    no_number = dropped(
        no_number.rename(columns={"source_id": "variant_id"}),
        "predict",
        "score_not_a_number",
        no_number["raw"],
    )
    scores = scores[is_number]
    parts = [*later, not_scored(shards, failures), no_number]
    lost_variants = stacked(parts, DROPPED)
    pairs = join(effects, scores)
    waterfall = account(effects, lost_rows, lost_variants, pairs)
    model = str(pairs["model"].iloc[0])
    everything = stacked([lost_rows, lost_variants], DROPPED)
    return Merged(
        pairs, everything.assign(model=model), failures, waterfall.assign(model=model)
    )


def not_scored(shards, failures):
    """Describe the variants without a score, in the columns of `columns.DROPPED`.

    Parameters
    ----------
    shards : pandas.DataFrame
        Variants that were asked for (`columns.SHARDS`).
    failures : pandas.DataFrame
        In the columns of `columns.FAILURES`.
    """
    lost = shards[["variant_id", "source_id"]].merge(failures, on="variant_id")
    reason = np.where(
        lost["grpc_status"].isin([NOT_IN_TABLE, NOT_IN_ATLAS]),
        lost["grpc_status"].str.lower(),
        "prediction_failed",
    )
    return dropped(
        lost.assign(variant_id=lost["source_id"]), "predict", reason, lost["message"]
    )


def join(effects, scores):
    """Join effects and scores: the one place where the measured meets the predicted.

    Parameters
    ----------
    effects : pandas.DataFrame
        In the columns of `columns.EFFECTS`.
    scores : pandas.DataFrame
        In the columns of `columns.SCORES`, unique by ``source_id``.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.PAIRS`; ``variant_id`` is the normalised one.
    """
    if scores["source_id"].duplicated().any():
        raise RuntimeError("a variant has two scores")
    effects = effects[effects["variant_id"].isin(scores["source_id"])]
    effects = effects.astype({"variant_id": object, "feature_id": object})
    pairs = effects.rename(columns={"variant_id": "source_id"}).merge(
        scores, on="source_id", how="inner"
    )
    pairs = pairs.sort_values(["variant_id", "feature_id", "source_line"])
    return pairs.reindex(columns=PAIRS.names).reset_index(drop=True)


def account(effects, lost_rows, lost_variants, pairs):
    """Account for every row of the source: kept, or dropped with a stage and a reason.

    Parameters
    ----------
    effects : pandas.DataFrame
        The pairs that were read (`columns.EFFECTS`).
    lost_rows : pandas.DataFrame
        Rows dropped while reading (`columns.DROPPED`), one for each pair.
    lost_variants : pandas.DataFrame
        Variants dropped later, in the order of the stages, with all their pairs.
    pairs : pandas.DataFrame
        The pairs that were kept (`columns.PAIRS`).

    Returns
    -------
    pandas.DataFrame
        ``stage, reason, n_pairs, n_variants``; the first row is the input, the last
        what is kept.

    Raises
    ------
    InputError
        If nothing is kept.
    RuntimeError
        If kept and dropped do not add up to the input: a defect of this program.
    """
    counted = pc.value_counts(_texts(effects["variant_id"]))
    ids, counts = counted.field("values"), counted.field("counts")
    places = pc.index_in(_texts(lost_variants["variant_id"]), ids)
    parts = stacked([lost_rows, lost_variants], DROPPED)
    parts["n_pairs"] = np.r_[
        np.ones(len(lost_rows), dtype=np.int64),
        counts.take(places).fill_null(0).to_numpy(zero_copy_only=False),
    ]
    stages = {stage: place for place, stage in enumerate(parts["stage"].unique())}
    keys = ["stage", "reason"]
    rows = parts.groupby(keys, observed=True).agg(
        n_pairs=("n_pairs", "sum"), n_variants=("variant_id", "nunique")
    )
    rows = rows.reset_index().astype(dict.fromkeys(keys, str)).sort_values("reason")
    rows = rows.sort_values(
        "stage", key=lambda names: names.map(stages), kind="stable", ignore_index=True
    )
    total = len(effects) + len(lost_rows)
    others = pc.unique(_texts(lost_rows["variant_id"])).drop_null()
    n_variants = len(ids) + len(others.filter(pc.invert(pc.is_in(others, ids))))
    if rows["n_pairs"].sum() + len(pairs) != total:
        raise RuntimeError(
            f"{len(pairs)} pairs kept and {rows['n_pairs'].sum()} dropped do not add"
            f" up to the {total} of the source"
        )
    if pairs.empty:
        reasons = "; ".join(
            f"{stage}: {reason}: {n_pairs:,.0f}"
            for stage, reason, n_pairs in rows[[*keys, "n_pairs"]].itertuples(
                index=False
            )
        )
        raise InputError(
            f"none of {total:,} pairs has a score; dropped were, by stage and reason:"
            f" {reasons}"
        )
    ends = [("input", "all rows", total, n_variants)]
    last = [("kept", "scored pairs", len(pairs), pairs["source_id"].nunique())]
    names = ["stage", "reason", "n_pairs", "n_variants"]
    return pd.concat(
        [
            pd.DataFrame(ends, columns=names),
            rows,
            pd.DataFrame(last, columns=names),
        ],
        ignore_index=True,
    )


def _texts(column):
    return pa.array(column, pa.string(), from_pandas=True)
