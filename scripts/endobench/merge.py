"""Where the measured meets the predicted: the one join, and the account of all rows."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.columns import PAIRS
from endobench.errors import InputError
from endobench.reductions import MEAN
from endobench.routes import NOT_IN_ATLAS
from endobench.scores import NOT_IN_TABLE, reduce_tracks
from endobench.tables import dropped


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
    lost_rows, *later = (part.astype({"stage": str, "reason": str}) for part in lost)
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
    lost_variants = pd.concat(parts, ignore_index=True)
    pairs = join(effects, scores)
    waterfall = account(effects, lost_rows, lost_variants, pairs)
    model = str(pairs["model"].iloc[0])
    everything = pd.concat([lost_rows, lost_variants], ignore_index=True)
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
    n_pairs = effects.groupby("variant_id", observed=True).size()
    later = lost_variants.assign(
        n_pairs=lost_variants["variant_id"].map(n_pairs).fillna(0)
    )
    parts = pd.concat([lost_rows.assign(n_pairs=1), later], ignore_index=True)
    stages = {stage: place for place, stage in enumerate(parts["stage"].unique())}
    rows = parts.groupby(["stage", "reason"], observed=True).agg(
        n_pairs=("n_pairs", "sum"), n_variants=("variant_id", "nunique")
    )
    rows = rows.sort_index(
        level="stage", key=lambda names: names.map(stages), sort_remaining=False
    )
    total = len(effects) + len(lost_rows)
    ids = pd.concat([effects["variant_id"], lost_rows["variant_id"]])
    if rows["n_pairs"].sum() + len(pairs) != total:
        raise RuntimeError(
            f"{len(pairs)} pairs kept and {rows['n_pairs'].sum():.0f} dropped do not add"
            f" up to the {total} of the source"
        )
    if pairs.empty:
        reasons = "; ".join(
            f"{stage}: {reason}: {n_pairs:,.0f}"
            for (stage, reason), n_pairs in rows["n_pairs"].items()
        )
        raise InputError(
            f"none of {total:,} pairs has a score; dropped were, by stage and reason:"
            f" {reasons}"
        )
    ends = [("input", "all rows", total, ids.nunique())]
    last = [("kept", "scored pairs", len(pairs), pairs["source_id"].nunique())]
    names = ["stage", "reason", "n_pairs", "n_variants"]
    return pd.concat(
        [
            pd.DataFrame(ends, columns=names),
            rows.reset_index().astype({"n_pairs": "int64"}),
            pd.DataFrame(last, columns=names),
        ],
        ignore_index=True,
    )
