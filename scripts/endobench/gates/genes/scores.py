"""Gates on scores of genes: are they of the right gene, tissue and strand?"""

import numpy as np
import pandas as pd

from endobench.benchmark.gene_pairs import (
    NO_GENE,
    NOT_A_NUMBER,
    NOT_ANNOTATED,
    NOT_ANSWERED,
    NOT_IN_TABLE,
    NOT_IN_WINDOW,
    OUTSIDE_GENE,
    REASONS,
    RETIRED,
)
from endobench.gates.genes.agreement import Z, gain, leads_of, spearman
from endobench.gates.genes.annotated import distances, placed_pairs
from endobench.gates.verdicts import (
    MIN_ROWS,
    Measured,
    not_checked,
    share_of,
    too_few,
)
from endobench.genome.gene_ids import genes_of, without_tissue

# The pseudocount of the scorer is 0.001; a change of a mean coverage of ten times as much
# is shrunk by a tenth.
LEAST_COVERAGE = 0.01
NO_SIGN = "effects or scores have no sign"
_ELSEWHERE = (NOT_IN_WINDOW, OUTSIDE_GENE)
_UNKNOWN = (RETIRED, NOT_ANNOTATED, NOT_ANSWERED, NO_GENE, NOT_IN_TABLE)
# Two-sided 95 % over the 53 other tissues of GTEx.
_Z_OF_TISSUES = 3.50


def measure(evidence):
    """Measure every gate of the stage "genes".

    Parameters
    ----------
    evidence : evidence.Evidence

    Returns
    -------
    dict of str to Measured
    """
    pairs, reason = evidence.pairs, evidence.dropped["reason"].astype(str)
    lost = evidence.dropped[reason.isin(REASONS)]
    unscored = evidence.dropped[reason.isin([*REASONS, NOT_A_NUMBER])]
    placed = placed_pairs(evidence.pairs, evidence.genes)
    return {
        "gene_coverage": gene_coverage(pairs, lost, evidence.in_table),
        "gene_annotation": gene_annotation(pairs, lost, evidence.in_table),
        "equal_gene_scores": equal_gene_scores(pairs),
        "own_gene": own_gene(evidence, placed),
        "gene_tracks": gene_tracks(evidence.tracks, evidence.tissues),
        "own_tissue": own_tissue(evidence),
        "strand_coverage": strand_coverage(placed, unscored, evidence.genes),
        "strand_orientation": strand_orientation(placed, evidence.is_signed),
        "cut_genes": cut_genes(placed),
        "silent_genes": silent_genes(pairs),
        "low_expression": low_expression(evidence.activity),
    }


def gene_coverage(pairs, lost, in_table=frozenset()):
    """Measure the share of pairs whose gene starts in the window.

    A table of scores does not say why it lacks a gene of a variant. If it has the gene of
    another variant, the gene is known and was out of reach.

    Parameters
    ----------
    pairs, lost : pandas.DataFrame
        Pairs with a score, and without one (`columns.DROPPED`).
    in_table : frozenset of str
        See `evidence.Evidence`.
    """
    n = len(pairs) + len(lost)
    if n < MIN_ROWS:
        return too_few(n, "pairs of answered variants")
    reason = lost["reason"].astype(str)
    is_elsewhere = reason.isin(_ELSEWHERE) | _is_of_table(lost, in_table)
    n_elsewhere = int(is_elsewhere.sum())
    return share_of(n - n_elsewhere, n, "pairs have their gene within reach")


def _is_of_table(lost, in_table):
    """Return which lost pairs have a gene that the table has of another variant."""
    genes = pd.Series(genes_of(without_tissue(lost["value"])), index=lost.index)
    return lost["reason"].astype(str).eq(NOT_IN_TABLE) & genes.isin(in_table)


def gene_annotation(pairs, lost, in_table=frozenset()):
    """Measure the share of pairs whose gene the model does not know.

    Parameters are those of `gene_coverage`.
    """
    n = len(pairs) + len(lost)
    if n < MIN_ROWS:
        return too_few(n, "pairs of answered variants")
    reason = lost.loc[~_is_of_table(lost, in_table), "reason"].astype(str)
    counts = reason.value_counts().reindex(_UNKNOWN).dropna()
    reasons = ", ".join(f"{each} {count:,.0f}" for each, count in counts.items())
    found = share_of(int(counts.sum()), n, "pairs have a gene that no answer knows")
    return found._replace(
        evidence=found.evidence + (f" ({reasons})" if reasons else "")
    )


def equal_gene_scores(pairs):
    """Measure the share of variants whose genes all have one score other than 0.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``variant_id``, ``scored_gene`` and ``raw``.
    """
    genes = pairs[pairs["raw"] != 0]
    # A table of several tissues scores a gene in each of them.
    genes = genes.assign(scored_gene=without_tissue(genes["scored_gene"]))
    genes = genes.drop_duplicates(["variant_id", "scored_gene"])
    counts = genes.groupby("variant_id", observed=True)["raw"].agg(["size", "nunique"])
    several = counts[counts["size"] > 1]
    if len(several) < MIN_ROWS:
        return too_few(len(several), "variants with scores of several genes")
    n_equal = int((several["nunique"] == 1).sum())
    return share_of(
        n_equal, len(several), "variants have one score for all their genes"
    )


def own_gene(evidence, placed):
    """Measure the gain in agreement by the score of a pair's own gene.

    Each variant counts once, with its smallest p value.

    Parameters
    ----------
    evidence : evidence.Evidence
    placed : pandas.DataFrame or None
        See `annotated.placed_pairs`.
    """
    if not evidence.is_signed:
        return not_checked(len(evidence.pairs), NO_SIGN)
    leads = leads_of(evidence.pairs)[["variant_id", "scored_gene", "effect", "raw"]]
    others = evidence.scores.rename(columns={"raw": "other"}).merge(
        leads[["variant_id", "scored_gene"]], on="variant_id"
    )
    is_other = without_tissue(others["feature_id"]) != without_tissue(
        others["scored_gene"]
    )
    others = others[is_other]
    found = {"strongest": others.assign(rank=-others["other"].abs())}
    if placed is not None:
        near = distances(others, evidence.genes)
        found["nearest"] = others.assign(rank=near).dropna(subset="rank")
    gains = {}
    for name, rows in found.items():
        rows = rows.sort_values(["variant_id", "rank", "feature_id"])
        rows = rows.drop_duplicates("variant_id")
        both = leads.merge(rows[["variant_id", "other"]], on="variant_id")
        found_gain = gain(both["effect"], both["raw"], both["other"])
        if found_gain is not None:
            gains[name] = (*found_gain, len(both))
    if not gains:
        return too_few(len(others["variant_id"].unique()), "variants with other genes")
    name = min(gains, key=lambda each: gains[each][-2])
    own, other, high, n = gains[name]
    return Measured(
        high,
        n,
        f"Spearman {own:z.3f} with the own gene's score, {other:z.3f} with the {name} other"
        f" gene's, of {n:,} variants",
    )


def gene_tracks(tracks, tissues):
    """Measure the share of the scored tracks that are the dataset's tissues.

    Parameters
    ----------
    tracks : pandas.DataFrame or None
        In the columns of `columns.TRACKS`.
    tissues : sequence of str
    """
    if tracks is None or not tissues:
        return not_checked(
            0, "the sheet names no tissue of GTEx, or there are no tracks"
        )
    found = tracks["gtex_tissue"].fillna("").astype(str)
    if not found.ne("").any():
        return not_checked(len(tracks), "the tracks belong to no tissue of GTEx")
    names = ", ".join(sorted(set(found) - {""})[:3])
    return share_of(
        int(found.isin(tissues).sum()),
        len(found),
        f"scored tracks are of {', '.join(tissues)} (found: {names or 'none of GTEx'})",
    )


def own_tissue(evidence):
    """Measure the gain in agreement by the dataset's tissue over the best other one.

    Of several tissues, scores are means.

    Parameters
    ----------
    evidence : evidence.Evidence
    """
    scores, tissues = evidence.by_tissue, list(evidence.tissues)
    if scores is None or not tissues or not set(tissues) <= set(scores):
        return not_checked(0, "the tracks of other tissues are not known")
    if not evidence.is_signed:
        return not_checked(len(scores), NO_SIGN)
    leads = leads_of(evidence.pairs)
    scores = scores.iloc[leads.index]
    of_own = scores[tissues].mean(axis=1)
    gains = {
        name: found
        for name in scores
        if name not in tissues
        if (found := gain(leads["effect"], of_own, scores[name], _Z_OF_TISSUES))
    }
    if not gains:
        return too_few(len(leads), "variants scored in several tissues")
    name = min(gains, key=lambda each: gains[each][-1])
    own, other, high = gains[name]
    return Measured(
        high,
        len(leads),
        f"Spearman {own:z.3f} with {', '.join(tissues)}, {other:z.3f} with {name}, of"
        f" {len(leads):,} variants and {len(gains)} other tissues",
    )


def strand_coverage(placed, lost, genes):
    """Measure the difference between strands in the share of pairs with a score.

    Parameters
    ----------
    placed : pandas.DataFrame or None
        See `annotated.placed_pairs`.
    lost : pandas.DataFrame
        Pairs without a score, or with one that is not a number.
    genes : pandas.DataFrame or None
    """
    if placed is None:
        return _without_annotation(0)
    strand_of = genes.drop_duplicates("gene_id").set_index("gene_id")["strand"]
    missing = pd.Series(genes_of(without_tissue(lost["value"]))).map(strand_of)
    kept, gone = (
        each.value_counts().reindex(["+", "-"], fill_value=0)
        for each in (placed["strand"], missing)
    )
    n = kept + gone
    if n.min() < MIN_ROWS:
        return too_few(int(n.min()), "pairs of one strand")
    share = kept / n
    return Measured(
        abs(share["+"] - share["-"]),
        int(n.sum()),
        f"{share['+']:z.3f} of {n['+']:,} pairs of the forward strand and {share['-']:z.3f}"
        f" of {n['-']:,} of the reverse strand have a score",
    )


def strand_orientation(placed, is_signed):
    """Measure the upper end of Spearman's interval, of the strand that agrees less.

    Parameters
    ----------
    placed : pandas.DataFrame or None
        See `annotated.placed_pairs`.
    is_signed : bool
    """
    if placed is None:
        return _without_annotation(0)
    if not is_signed:
        return not_checked(len(placed), NO_SIGN)
    ends = {}
    for strand, rows in leads_of(placed).groupby("strand"):
        rho = spearman(rows["effect"], rows["raw"])
        if np.isfinite(rho):
            half = Z * np.sqrt((1 + rho**2 / 2) / (len(rows) - 3))
            high = np.tanh(np.arctanh(np.clip(rho, -1 + 1e-12, 1 - 1e-12)) + half)
            ends[strand] = high, rho, len(rows)
    if len(ends) < 2:
        return too_few(len(placed), "variants of both strands")
    words = ", ".join(
        f"{rho:z.3f} of {n:,} variants of strand {strand}"
        for strand, (_, rho, n) in ends.items()
    )
    return Measured(min(ends.values())[0], len(placed), f"Spearman {words}")


def cut_genes(placed):
    """Measure the share of pairs whose gene has most of its exons outside the window.

    Parameters
    ----------
    placed : pandas.DataFrame or None
        See `annotated.placed_pairs`.
    """
    if placed is None:
        return _without_annotation(0)
    known = placed["exonic_share"][placed["window_bp"] > 0].dropna()
    if placed["window_bp"].eq(0).all():
        return not_checked(len(placed), "a table of scores names no window")
    if len(known) < MIN_ROWS:
        return too_few(len(known), "pairs of genes with exons")
    return share_of(
        int((known < 0.5).sum()),
        len(known),
        "pairs have less than half of their gene's exons in the window",
    )


def silent_genes(pairs):
    """Measure the share of pairs with a score of exactly 0.

    Parameters
    ----------
    pairs : pandas.DataFrame
        Column ``raw``.
    """
    if len(pairs) < MIN_ROWS:
        return too_few(len(pairs), "scored pairs")
    return share_of(
        int((pairs["raw"] == 0).sum()), len(pairs), "pairs have a score of exactly 0"
    )


def low_expression(activity):
    """Measure the share of pairs whose gene is hardly expressed in the scored tracks.

    Parameters
    ----------
    activity : numpy.ndarray of float or None
    """
    if activity is None:
        return not_checked(0, "RNA_SEQ_ACTIVE is not among the scorers of this window")
    known = activity[np.isfinite(activity)]
    if len(known) < MIN_ROWS:
        return too_few(len(known), "pairs with the activity of their gene")
    return share_of(
        int((known < LEAST_COVERAGE).sum()),
        len(known),
        f"pairs have a gene of a mean coverage below {LEAST_COVERAGE:g} (median"
        f" {np.median(known):.3g})",
    )


def _without_annotation(n):
    return not_checked(n, "no annotation ('genes') is named, or it has no exons")
