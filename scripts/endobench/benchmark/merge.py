"""The join of measured and predicted effects."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.benchmark.account import account
from endobench.benchmark.divisions import left_out
from endobench.benchmark.gene_pairs import (
    NOT_A_NUMBER,
    Gaps,
    in_gene,
    is_of_all_tissues,
    why_no_score,
    with_genes,
)
from endobench.benchmark.repeated import repeated_pairs
from endobench.benchmark.scores import TrackSet, reduce_tracks
from endobench.benchmark.source_leads import COLUMNS as LEADING
from endobench.benchmark.source_leads import best_of_features, is_source_lead
from endobench.core.columns import DROPPED, PAIRS
from endobench.core.losses import dropped
from endobench.core.tables import stacked
from endobench.design.routes import NOT_IN_ATLAS, TABLE
from endobench.design.scorers import is_by_gene
from endobench.design.units import UNITS
from endobench.genome.gene_ids import genes_of

# Columns of the requested variants that the join needs.
ASKED = [
    "variant_id",
    "source_id",
    "shift_bp",
    "in_peak",
    "window_start",
    "window_end",
]
_WINDOW = ["source_id", "window_start", "window_end"]


class Choices(NamedTuple):
    """Which of the joined pairs a benchmark keeps.

    Attributes
    ----------
    null : float
        Value of no effect.
    leave_out : sequence of str
        Parts of the pairs to leave out; see `divisions.left_out`.
    where : str
        Names the key of the config in messages.
    """

    null: float = 0.0
    leave_out: tuple = ()
    where: str = "leave_out"


ALL_PAIRS = Choices()


class Predicted(NamedTuple):
    """What a model returned; may hold variants of other benchmarks.

    Attributes
    ----------
    answers, failures : pandas.DataFrame
        In the columns of `columns.ANSWERS` and `columns.FAILURES`.
    tracks : TrackSet
        Which tracks of the answers make a score.
    """

    answers: pd.DataFrame
    failures: pd.DataFrame
    tracks: TrackSet


class Merged(NamedTuple):
    """The rows of a benchmark: each pair of the source is in `pairs` or in `dropped`.

    Attributes
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    dropped : pyarrow.Table
        In the columns of `columns.BENCHMARK_DROPPED`.
    failures : pandas.DataFrame
        In the columns of `columns.FAILURES`.
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL` except ``dataset`` and ``protocol``.
    """

    pairs: pd.DataFrame
    dropped: pa.Table
    failures: pd.DataFrame
    waterfall: pd.DataFrame


class Question(NamedTuple):
    """What scores belong to: variants, or genes.

    Attributes
    ----------
    scorer : str, optional
        Scores of a scorer by gene belong to a variant and a gene; so do those of a table
        that names genes.
    has_genes : bool
        Whether features of the effects are genes.
    genes : pandas.DataFrame, optional
        Their annotation, in the columns of `columns.GENES`.
    answered : frozenset of str
        Genes without version of all answers, whether or not they are read.
    """

    scorer: str = ""
    has_genes: bool = False
    genes: pd.DataFrame | None = None
    answered: frozenset = frozenset()


OF_VARIANTS = Question()


def merge(
    effects,
    shards,
    predicted,
    lost,
    *,
    source_ids=None,
    parts=None,
    choices=ALL_PAIRS,
    question=OF_VARIANTS,
):
    """Join effects with scores, and account for every row of the source.

    Parameters
    ----------
    effects : pandas.DataFrame
        In the columns of `columns.EFFECTS`.
    shards : pandas.DataFrame
        Requested variants of all chromosomes, in the columns `ASKED`.
    predicted : Predicted
    lost : list of pandas.DataFrame or pyarrow.Table
        Rows that each stage dropped (`columns.DROPPED`), in the order of the stages: the
        first by row of the source, the others by variant.
    source_ids : array-like of str, optional
        Variant of every pair that was read, if `effects` holds only the pairs of the
        shards.
    parts : iterable of pyarrow.Table, optional
        All rows of the source, with the columns `LEADING`. Without them, leads of the
        source are not known.
    choices : Choices
    question : Question, optional

    Returns
    -------
    Merged

    Raises
    ------
    InputError
        If no pair has a score; the message lists the reasons. Or see
        `gene_pairs.with_genes`.
    """
    failures = predicted.failures
    failures = failures[failures["variant_id"].isin(shards["variant_id"])]
    scores = reduce_tracks(shards, predicted.answers, predicted.tracks)
    is_number = np.isfinite(scores["raw"].to_numpy(dtype=float))
    unscored = not_scored(shards, failures)
    source_ids = effects["variant_id"] if source_ids is None else source_ids
    effects = _with_source_leads(effects, parts)
    lost_rows, *lost_variants = lost
    lost_variants.append(unscored)
    lost_pairs, advice = [], ""
    # Of a table, the genes that are asked for may be none of its own.
    answered = frozenset({*question.answered, *scores["feature_id"].dropna()})
    by_gene = is_by_gene(question.scorer) or bool(answered)
    if by_gene:
        effects = with_genes(effects, is_of_all_tissues(question.scorer, answered))
        advice = _examples(effects["gene"], answered)
        is_asked = effects["variant_id"].isin(shards["source_id"])
        is_asked &= ~effects["variant_id"].isin(unscored["variant_id"])
        question = question._replace(answered=answered)
        lost_pairs.append(
            _pairs_without_score(effects[is_asked], shards, scores, question)
        )
    else:
        lost_variants.append(_not_a_number(scores[~is_number]))
    pairs = _located(join(effects, scores[is_number], by_gene), question)
    pairs, not_chosen = chosen(pairs, choices)
    lost_rows = stacked([lost_rows], DROPPED)
    lost_variants = stacked(lost_variants, DROPPED)
    lost_pairs = stacked([*lost_pairs, not_chosen], DROPPED)
    waterfall = account(source_ids, lost_rows, lost_variants, pairs, lost_pairs, advice)
    model = str(pairs["model"].iloc[0])
    everything = stacked([lost_rows, lost_variants, lost_pairs], DROPPED)
    models = pa.array([model]).take(np.zeros(len(everything), dtype=np.int32))
    everything = everything.append_column("model", models)
    return Merged(pairs, everything, failures, waterfall.assign(model=model))


def _not_a_number(scores):
    """Return variants whose score is no number, in the columns of `columns.DROPPED`."""
    variants = scores.assign(variant_id=scores["source_id"])
    return dropped(variants, "predict", NOT_A_NUMBER, scores["raw"])


def _examples(asked, answered):
    """Return in words which genes effects and scores have, for a run without pairs."""
    theirs = min(answered, default=None)
    if asked.empty or theirs is None:
        return ""
    return f"; effects have genes such as {asked.iloc[0]!r}, scores such as {theirs!r}"


def _with_source_leads(effects, parts):
    """Mark the pairs that no row of the source exceeds as a lead of their feature."""
    if parts is None or effects.empty:
        return effects
    best = best_of_features(part.select(LEADING) for part in parts)
    unit = str(effects["unit"].iloc[0])
    null = UNITS[unit].null if unit in UNITS else 0.0
    return effects.assign(is_source_lead=is_source_lead(effects, best, null))


def _located(pairs, question):
    """Say which variants lie in their pair's gene, if its annotation is known."""
    if not question.has_genes or question.genes is None:
        return pairs
    places = pairs[["source_id"]].assign(gene=genes_of(pairs["feature_id"]))
    return pairs.assign(in_gene=in_gene(places, question.genes))


def _pairs_without_score(effects, shards, scores, question):
    """Return the pairs of answered variants whose gene has no score, with the reason.

    Parameters
    ----------
    effects : pandas.DataFrame
        Pairs of the variants with an answer, with their ``gene``.
    shards, scores, question
        As for `merge` and `join`; scores may be missing.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.DROPPED`, one row per pair.
    """
    is_number = np.isfinite(scores["raw"].to_numpy(dtype=float))
    known = pd.MultiIndex.from_frame(scores[["source_id", "feature_id"]].astype(object))
    keys = pd.MultiIndex.from_frame(effects[["variant_id", "gene"]].astype(object))
    is_lost = ~keys.isin(known[is_number])
    rows = effects[is_lost]
    rows = rows.assign(source_id=rows["variant_id"])
    gaps = Gaps(
        question.scorer,
        shards.reindex(columns=_WINDOW),
        question.genes,
        question.answered,
    )
    reasons = why_no_score(rows, gaps)
    reasons[keys[is_lost].isin(known[~is_number])] = NOT_A_NUMBER
    reasons = pd.Series(reasons, index=rows.index, dtype=object)
    return dropped(rows, "predict", reasons, rows["feature_id"])


def not_scored(shards, failures):
    """Return the variants without a score, in the columns of `columns.DROPPED`.

    Parameters
    ----------
    shards : pandas.DataFrame
        ``variant_id`` and ``source_id`` of the requested variants.
    failures : pandas.DataFrame
        In the columns of `columns.FAILURES`.
    """
    lost = shards[["variant_id", "source_id"]].merge(failures, on="variant_id")
    status = lost["grpc_status"].astype(str)
    # A table or the Atlas states why it has no score.
    reason = np.where(
        (lost["route"].astype(str) == TABLE) | (status == NOT_IN_ATLAS),
        status.str.lower(),
        "prediction_failed",
    )
    return dropped(
        lost.assign(variant_id=lost["source_id"]), "predict", reason, lost["message"]
    )


def join(effects, scores, by_gene=False):
    """Join effects and scores: the only place where both meet.

    Parameters
    ----------
    effects : pandas.DataFrame
        In the columns of `columns.EFFECTS`.
    scores : pandas.DataFrame
        In the columns of `columns.SCORES`, unique by ``source_id``, or by that and
        ``feature_id`` where scores are of genes.
    by_gene : bool, default False
        Whether scores are of genes. Effects then have a ``gene``; see
        `gene_pairs.with_genes`. Introns of a gene share its score.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.PAIRS`, with the normalised ``variant_id``.

    Raises
    ------
    RuntimeError
        If a variant, or a gene of it, has two scores: a defect of this program.
    """
    keys = ["source_id", *(["gene"] if by_gene else [])]
    scores = scores.rename(columns={"feature_id": "gene"}).astype(
        dict.fromkeys(keys, object)
    )
    if scores[keys].duplicated().any():
        raise RuntimeError(
            "a gene of a variant has two scores; expected one per gene"
            if by_gene
            else "a variant has two scores; expected one per source_id"
        )
    effects = effects.rename(columns={"variant_id": "source_id"})
    asked = effects[keys].astype(object)
    # A pair has the score at its place, if any.
    if by_gene:
        place = pd.MultiIndex.from_frame(scores[keys]).get_indexer(
            pd.MultiIndex.from_frame(asked)
        )
    else:
        place = pd.Index(scores["source_id"]).get_indexer(asked["source_id"])
    rows = np.flatnonzero(place >= 0)
    ordered = pa.table(
        {
            "variant_id": scores["variant_id"].astype(object).to_numpy()[place[rows]],
            "feature_id": effects["feature_id"].astype(object).to_numpy()[rows],
            "source_line": effects["source_line"].to_numpy()[rows],
        }
    )
    by = [(name, "ascending") for name in ordered.column_names]
    rows = rows[pc.sort_indices(ordered, by).to_numpy()]
    names = [name for name in scores.columns if name not in ("source_id", "gene")]
    names += ["gene"] if by_gene else []
    of_effects = effects.columns.difference(names, sort=False)
    parts = [
        effects[of_effects]
        .iloc[rows]
        .astype({"source_id": object, "feature_id": object}),
        scores[names].iloc[place[rows]],
    ]
    pairs = pd.concat([each.reset_index(drop=True) for each in parts], axis=1)
    return pairs.rename(columns={"gene": "scored_gene"}).reindex(columns=PAIRS.names)


def chosen(pairs, choices=ALL_PAIRS):
    """Drop pairs that left-alignment makes equal to others, and the parts to leave out.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    choices : Choices

    Returns
    -------
    kept : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    lost : pandas.DataFrame
        In the columns of `columns.DROPPED`, one row for each other pair.
    """
    reason = repeated_pairs(pairs, choices.null)
    part = left_out(pairs, choices.leave_out, choices.where)
    value = pairs["effect"].astype(object).mask(part.notna(), part)
    reason = reason.mask(part.notna(), "left_out")
    is_lost = reason.notna()
    at_source = pairs.assign(variant_id=pairs["source_id"])[is_lost]
    lost = dropped(at_source, "join", reason[is_lost], value[is_lost])
    return pairs[~is_lost].reset_index(drop=True), lost
