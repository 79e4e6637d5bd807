"""Pairs of a variant and a gene: where they lie, and why some have no score."""

import logging
import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.core.errors import InputError
from endobench.core.logs import tell
from endobench.design.scorers import GENE_SCORERS, is_by_gene
from endobench.genome.gene_ids import (
    IN_TISSUE,
    genes_of,
    without_tissue,
    without_versions,
)
from endobench.sources.published_formats import UNNAMED

# Reasons why a pair has no score, although its variant has an answer.
NO_GENE = "feature_is_no_gene"
RETIRED = "gene_id_retired"
NOT_IN_WINDOW = "gene_not_in_window"
OUTSIDE_GENE = "variant_outside_gene"
NOT_ANNOTATED = "gene_not_annotated"
NOT_ANSWERED = "gene_not_in_answer"
NOT_IN_TABLE = "gene_not_in_table"
REASONS = (
    NO_GENE,
    RETIRED,
    NOT_IN_WINDOW,
    OUTSIDE_GENE,
    NOT_ANNOTATED,
    NOT_ANSWERED,
    NOT_IN_TABLE,
)
# Of a gene that has one, as the tracks of the other strand give it.
NOT_A_NUMBER = "score_not_a_number"
EXPRESSION = "RNA_SEQ"
LOG2_AFC, LN_AFC = "log2_aFC", "ln_aFC"
_KEY = ["source_id", "gene"]
# Releases of an annotation differ in a few per cent of the genes.
_MOST_UNKNOWN = 0.1
_ENSEMBL = r"ENS[A-Z]*G\d"

log = logging.getLogger(__name__)


class Gaps(NamedTuple):
    """What explains that a pair has no score.

    Attributes
    ----------
    scorer : str
    windows : pandas.DataFrame
        ``source_id``, ``window_start`` and ``window_end`` of the requested variants.
    genes : pandas.DataFrame or None
        The annotation, in the columns of `columns.GENES`.
    answered : set of str
        Genes of any answer, without version.
    """

    scorer: str
    windows: pd.DataFrame
    genes: pd.DataFrame | None
    answered: set


def is_of_all_tissues(scorer, answered=()):
    """Return whether a gene has one score for all tissues of the effects.

    So do a model's scorers by gene, and tables of scores that name no tissue.

    Parameters
    ----------
    scorer : str
    answered : iterable of str
        Genes of all answers.
    """
    answered = list(answered)
    return is_by_gene(scorer) or (
        bool(answered) and not any(IN_TISSUE in gene for gene in answered)
    )


def asked_pairs(effects, shards, has_all_tissues=False):
    """Return the pairs whose scores a benchmark needs, to read no others.

    Parameters
    ----------
    effects : pandas.DataFrame
        In the columns of `columns.EFFECTS`.
    shards : pandas.DataFrame
        ``variant_id`` and ``source_id`` of the requested variants.
    has_all_tissues : bool, default False
        See `is_of_all_tissues`.

    Returns
    -------
    pandas.DataFrame
        ``variant_id`` as it was requested, and ``feature_id``.
    """
    pairs = effects[["variant_id", "feature_id"]].astype(object)
    if has_all_tissues:
        pairs["feature_id"] = without_tissue(pairs["feature_id"])
    pairs = pairs.rename(columns={"variant_id": "source_id"})
    ids = shards[["variant_id", "source_id"]].astype(object)
    return pairs.merge(ids, on="source_id")[["variant_id", "feature_id"]]


def with_genes(effects, has_all_tissues=False):
    """Add the gene of each pair, without version, as ``gene``.

    Parameters
    ----------
    effects : pandas.DataFrame
        In the columns of `columns.EFFECTS`.
    has_all_tissues : bool, default False
        See `is_of_all_tissues`.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        If a variant has two pairs whose gene ids differ in their version alone. Introns
        of one gene are different features.
    """
    effects = effects.assign(gene=genes_of(effects["feature_id"]))
    if has_all_tissues:
        effects = effects.assign(gene=without_tissue(effects["gene"]))
    is_gene = effects["gene"].to_numpy() == without_versions(effects["feature_id"])
    genes = effects[is_gene & effects["gene"].notna().to_numpy()]
    again = genes.duplicated(["variant_id", "gene"])
    if again.any():
        last = genes[again].iloc[0]
        is_same = genes["variant_id"] == last["variant_id"]
        first = genes[is_same & (genes["gene"] == last["gene"])].iloc[0]
        raise InputError(
            f"lines {first['source_line']:.0f} and {last['source_line']:.0f} of the"
            f" effects: variant {last['variant_id']} has the genes {first['feature_id']}"
            f" and {last['feature_id']}, which differ in their version alone; keep one"
        )
    return effects


def scores_of(pairs):
    """Return the code of the score that each pair has: of its variant, or of a gene of it.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`. Pairs without ``scored_gene`` share the score of
        their variant; introns of a gene share that of the gene.

    Returns
    -------
    numpy.ndarray of int, shape (n_pairs,)
        Consecutive, from 0.
    """
    code = np.zeros(len(pairs), dtype=np.int64)
    for name in ("variant_id", "scored_gene"):
        if name in pairs:
            of_name, names = pd.factorize(pairs[name].astype(object), sort=True)
            # Missing ones have the code -1, and come last.
            code = code * (len(names) + 1) + of_name % (len(names) + 1)
    return np.unique(code, return_inverse=True)[1]


def why_no_score(pairs, gaps):
    """Return why each pair has no score, although its variant has an answer.

    Without an annotation, the distance to the gene says whether its start lies in the
    window.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.EFFECTS`, with ``source_id`` and ``gene``.
    gaps : Gaps

    Returns
    -------
    numpy.ndarray of object
        Of `REASONS`.
    """
    is_gene = pairs["gene"].notna() & ~pairs["gene"].isin(UNNAMED)
    if gaps.scorer not in GENE_SCORERS:
        return np.where(is_gene, NOT_IN_TABLE, NO_GENE).astype(object)
    rows = pairs[["source_id", "gene", "distance"]].merge(
        gaps.windows.drop_duplicates("source_id"), on="source_id", how="left"
    )
    rows["chrom"], rows["pos"] = _places(rows["source_id"])
    is_answered = rows["gene"].isin(gaps.answered).to_numpy()
    if gaps.genes is None or gaps.genes.empty:
        is_near = _near_by_distance(rows)
        reasons = np.select(
            [is_near == 0, is_answered, is_near == 1],
            [NOT_IN_WINDOW, NOT_IN_WINDOW, NOT_ANNOTATED],
            NOT_ANSWERED,
        ).astype(object)
    else:
        is_known, is_inside, is_body = _by_annotation(rows, gaps.genes)
        reached, why_not = is_inside, NOT_IN_WINDOW
        if GENE_SCORERS[gaps.scorer].needs_body:
            reached, why_not = is_body, OUTSIDE_GENE
        reasons = np.select(
            [~is_known, ~reached], [RETIRED, why_not], NOT_ANNOTATED
        ).astype(object)
        is_covered = rows["chrom"].isin(gaps.genes["chrom"].unique()).to_numpy()
        reasons[~is_known & ~is_covered] = NOT_ANSWERED
        reasons[~is_known & is_answered] = NOT_IN_WINDOW
    reasons[~is_gene.to_numpy()] = NO_GENE
    return reasons


def in_gene(pairs, genes):
    """Return whether each variant lies in the body of its pair's gene.

    A warning says so if the annotation lacks many of the genes.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``source_id`` and ``gene``.
    genes : pandas.DataFrame
        In the columns of `columns.GENES`.

    Returns
    -------
    pandas.Series of boolean
        Missing where the annotation lacks the gene.
    """
    rows = pairs[_KEY].reset_index(drop=True)
    rows["chrom"], rows["pos"] = _places(rows["source_id"])
    is_known, _, is_body = _by_annotation(
        rows.assign(window_start=0, window_end=0), genes
    )
    is_lacking = ~is_known & rows["gene"].astype("string").str.match(_ENSEMBL, na=False)
    if not genes.empty and is_lacking.sum() > _MOST_UNKNOWN * len(rows):
        lacking = rows[is_lacking].iloc[0]
        tell(
            log,
            "the annotation ('genes') lacks the genes of %s of %s pairs, such as %s on %s;"
            " it is unknown whether their variants lie in them",
            f"{is_lacking.sum():,}",
            f"{len(rows):,}",
            lacking["gene"],
            lacking["chrom"],
        )
    found = pd.Series(is_body, dtype="boolean", index=pairs.index)
    return found.mask(~is_known)


def _places(variant_ids):
    """Return chromosome and 1-based position from variant ids."""
    parts = variant_ids.astype("string").str.extract(r"^(.+)_([0-9]+)_[^_]+_[^_]+_")
    return parts[0].astype(object), pd.to_numeric(parts[1])


def _near_by_distance(rows):
    """Return 1 where the gene starts in the window, 0 where not, -1 where unknown.

    Tables count distances along the gene or along the chromosome. A start is inside if
    it is at either side.
    """
    distance = rows["distance"].abs().to_numpy(dtype=float)
    pos, start, end = (
        rows[name].to_numpy(dtype=float)
        for name in ("pos", "window_start", "window_end")
    )
    is_inside = np.any(
        [
            (start <= each - 1) & (each - 1 < end)
            for each in (pos - distance, pos + distance)
        ],
        axis=0,
    )
    return np.where(np.isnan(distance), -1, is_inside.astype(int))


def _by_annotation(rows, genes):
    """Return whether a gene is known, starts in the window, and holds the variant."""
    keys = ["chrom", "gene_id"]
    known = genes.astype({"chrom": object}).drop_duplicates(keys)
    # A table of several tissues names them with the gene.
    rows = rows.assign(gene_id=without_tissue(rows["gene"])).reset_index(drop=True)
    found = rows.merge(known, on=keys, how="left", suffixes=("", "_of_gene"))
    is_known = found["start"].notna().to_numpy()
    at = found["pos"].to_numpy(dtype=float) - 1
    start, end = (found[name].to_numpy(dtype=float) for name in ("start", "end"))
    is_body = (start <= at) & (at < end)
    starts = found.loc[is_known, "tss"]
    sizes = starts.map(len).to_numpy(dtype=int)
    of_row = np.repeat(np.flatnonzero(is_known), sizes)
    tss = np.concatenate([np.zeros(0), *starts.to_numpy()])
    low, high = (
        found[name].to_numpy(dtype=float)[of_row]
        for name in ("window_start", "window_end")
    )
    is_inside = np.zeros(len(found), dtype=bool)
    is_inside[of_row[(low <= tss) & (tss < high)]] = True
    return is_known, is_inside, is_body


def on_scale_of_scores(pairs):
    """Return pairs with effects on the scale of their scores, where that is known.

    RNA_SEQ predicts the natural log of a gene's fold change, and an allelic fold change
    in log2 is that but for the base.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.

    Returns
    -------
    pandas.DataFrame
        With other ``effect``, ``effect_se`` and ``unit``, or the pairs as they are.
    """
    if pairs.empty or str(pairs["unit"].iloc[0]) != LOG2_AFC:
        return pairs
    if str(pairs["scorer"].iloc[0]) != EXPRESSION:
        return pairs
    scaled = {name: pairs[name] * math.log(2) for name in ("effect", "effect_se")}
    return pairs.assign(**scaled, unit=LN_AFC)
