"""What the gates on scores of genes need of the answers of a model."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.reductions import mean
from endobench.genome.gene_ids import without_tissue
from endobench.predict.answers import genes_of_answers, read_answers

ACTIVITY = "RNA_SEQ_ACTIVE"
# Variants whose other genes are compared with their own; more tell nothing new.
_MAX_VARIANTS = 2_000
_KEYS = ["variant_id", "feature_id"]


class Evidence(NamedTuple):
    """What is known of the genes of a benchmark.

    Attributes
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, with ``scored_gene``.
    dropped : pandas.DataFrame
        In the columns of `columns.DROPPED`.
    scores : pandas.DataFrame
        ``variant_id``, ``feature_id`` and ``raw`` of every gene of the variants' answers.
    genes : pandas.DataFrame or None
        The annotation, in the columns of `columns.GENES`.
    tracks : pandas.DataFrame or None
        The tracks of the scores, in the columns of `columns.TRACKS`.
    tissues : tuple of str
        GTEx's names of the dataset's tissues, of which there is usually one.
    by_tissue : pandas.DataFrame or None
        Scores of the pairs, row by row, by the tissues of GTEx.
    activity : numpy.ndarray of float or None
        Of the gene of each pair, with the more active allele.
    is_signed : bool
        Whether effects and scores have signs.
    in_table : frozenset of str
        Genes that a table of scores has of any variant, without version and tissue; empty
        for a model.
    """

    pairs: pd.DataFrame
    dropped: pd.DataFrame
    scores: pd.DataFrame
    genes: pd.DataFrame | None = None
    tracks: pd.DataFrame | None = None
    tissues: tuple = ()
    by_tissue: pd.DataFrame | None = None
    activity: np.ndarray | None = None
    is_signed: bool = True
    in_table: frozenset = frozenset()


class Source(NamedTuple):
    """Where the scores of a benchmark come from.

    Attributes
    ----------
    answers : list of path-like
        Files from `answers.write_answers`.
    scorer : str
    tracks : pandas.DataFrame or None
        All tracks of the scorer, in the columns of `columns.TRACKS`; None for a table.
    chosen : pandas.DataFrame or None
        Those that are scored with.
    members : list of str
        Tracks of the dataset's tissue, as the sheet names them.
    """

    answers: list
    scorer: str
    tracks: pd.DataFrame | None
    chosen: pd.DataFrame | None
    members: list


def gather(pairs, dropped, genes, source, *, is_signed):
    """Gather what the gates need.

    Parameters
    ----------
    pairs, dropped, genes, is_signed
        See `genes.Evidence`.
    source : Source

    Returns
    -------
    genes.Evidence
    """
    pairs = pairs.reset_index(drop=True)
    positions = [0] if source.chosen is None else source.chosen["position"]
    keys = pairs[["variant_id", "scored_gene"]].astype(object)
    keys = keys.rename(columns={"scored_gene": "feature_id"})
    tissues = [each[5:] for each in source.members if each.startswith("gtex:")]
    return Evidence(
        pairs=pairs,
        dropped=dropped,
        scores=_scores_of_all_genes(pairs, source, positions),
        genes=genes,
        tracks=source.chosen,
        tissues=tuple(tissues),
        by_tissue=_by_tissue(keys, source),
        activity=_activity(keys, source, positions),
        is_signed=is_signed,
        in_table=_genes_of_table(source),
    )


def _genes_of_table(source):
    """Return the genes that a table of scores has of any variant."""
    if source.tracks is not None:
        return frozenset()
    return frozenset(
        without_tissue(sorted(genes_of_answers(source.answers, source.scorer)))
    )


def _scores_of_all_genes(pairs, source, positions):
    """Return the scores of all genes of a sample of variants."""
    variants = np.sort(pairs["variant_id"].astype(str).unique())
    chosen = np.linspace(0, len(variants) - 1, min(_MAX_VARIANTS, len(variants)))
    chosen = pd.DataFrame({"variant_id": variants[chosen.astype(int)]})
    parts = [pd.DataFrame(columns=[*_KEYS, "raw"])]
    for path in source.answers:
        answers, places = read_answers([path], source.scorer, positions, pairs=chosen)
        if len(answers):
            raw = mean(np.stack(answers["raw"].to_numpy())[:, places])
            parts.append(answers[_KEYS].assign(raw=raw))
    return pd.concat([part for part in parts if len(part)] or parts).reset_index(
        drop=True
    )


def _by_tissue(keys, source):
    """Return the scores of the pairs by the tissues of GTEx, or None without any."""
    if source.tracks is None:
        return None
    tissue = source.tracks["gtex_tissue"].fillna("").astype(str)
    tracks = source.tracks[tissue.ne("")].drop_duplicates("gtex_tissue")
    if tracks.empty:
        return None
    values = _values_of(keys, source.answers, source.scorer, tracks["position"])
    return (
        None if values is None else pd.DataFrame(values, columns=tracks["gtex_tissue"])
    )


def _activity(keys, source, positions):
    """Return the activity of each pair's gene, or None if it was not asked for."""
    if source.chosen is None or source.scorer == ACTIVITY:
        return None
    if source.chosen["output"].astype(str).ne("RNA_SEQ.genes").any():
        return None
    values = _values_of(keys, source.answers, ACTIVITY, positions)
    return None if values is None else mean(values)


def _values_of(keys, paths, scorer, positions):
    """Return the raw scores of pairs, shape (n_pairs, n_positions), or None without any."""
    answers, places = read_answers(paths, scorer, positions, pairs=keys)
    if answers.empty:
        return None
    known = pd.Series(np.arange(len(answers)), pd.MultiIndex.from_frame(answers[_KEYS]))
    rows = known.reindex(pd.MultiIndex.from_frame(keys)).to_numpy(dtype=float)
    raw = np.stack(answers["raw"].to_numpy())[:, places].astype(float)
    values = np.full((len(keys), raw.shape[1]), np.nan)
    is_known = np.isfinite(rows)
    values[is_known] = raw[rows[is_known].astype(int)]
    return values
