"""Gates on scores: are they plausible by themselves?

`measure` and `measure_parts` measure all gates of the stage, whose other modules ask where
scores are from and how they agree with effects, parts and controls.
"""

from typing import NamedTuple

import numpy as np

from endobench.benchmark.divisions import Labels
from endobench.benchmark.gene_pairs import scores_of
from endobench.design.models import is_assay
from endobench.gates import blocks, models, parts, signs
from endobench.gates.alleles import (
    NO_SIGN,
    allele_copies,
    allele_exchange,
    score_recheck,
)
from endobench.gates.control import control_scores
from endobench.gates.effect_tables.consistency import aligned_duplicates
from endobench.gates.effect_tables.selection import one_sign
from endobench.gates.leaks import (
    neighbour_scores,
    neighbour_ties,
    score_effect_ratio,
)
from endobench.gates.linkage import linked_agreement, linked_effects
from endobench.gates.missing_values import (
    allele_lengths,
    effect_ties,
    missing_scores,
    score_ties,
)
from endobench.gates.outliers import effect_decimals, score_codes, score_decimals
from endobench.gates.runs import control_runs, run_agreement
from endobench.gates.scales import part_scales, score_scales
from endobench.gates.score_agreement import above_ceiling, orientation
from endobench.gates.score_origin import (
    score_model,
    score_provenance,
    standin_scores,
    track_count,
)
from endobench.gates.tissues import tissue_copies
from endobench.gates.verdicts import (
    MIN_ROWS,
    Measured,
    not_checked,
    rarer_sign,
    share_of,
    too_few,
)

# Scores of at least this fraction of the largest count as saturated.
_NEAR_LARGEST = 0.999
_MIN_LARGEST = 100
_MIN_WINDOWS = 10


class Expected(NamedTuple):
    """What was requested.

    Attributes
    ----------
    service : {"alphagenome", "address", "standin", "weights", "table"}
    members : "all" or list of str
        Members of the track set; see `tracks.select`.
    scorer : str
    """

    service: str
    members: str | list
    scorer: str


def measure(
    pairs,
    tracks,
    expected,
    windows,
    exchanged=None,
    again=(None, None),
    *,
    is_signed=True,
    has_signed_scores=True,
):
    """Measure every gate of the stage "scores".

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one benchmark.
    tracks : pandas.DataFrame or None
        All or the selected tracks of the model, in the columns of `columns.TRACKS`;
        None for a table of scores.
    expected : Expected
    windows : pandas.DataFrame or None
        In the columns of `columns.WINDOWS`.
    exchanged : pandas.DataFrame, optional
        In the columns of `columns.EXCHANGED`.
    again : tuple, optional
        Answers to the same sample (`columns.ANSWERS`), and the `scores.TrackSet` of the
        benchmark; see `alleles.score_recheck`.
    is_signed : bool, default True
        Whether the source of the effects states the effect allele.
    has_signed_scores : bool, default True
        Whether scores have a sign; a table may hold absolute scores.

    Returns
    -------
    dict of str to Measured
    """
    scored = pairs[np.isfinite(pairs["raw"].to_numpy(dtype=float))]
    unique = scored.iloc[np.sort(np.unique(scores_of(scored), return_index=True)[1])]
    raw = unique["raw"].to_numpy(dtype=float)
    is_measured = len(pairs) > 0 and all(map(is_assay, pairs["model"].unique()))
    return {
        "score_provenance": score_provenance(pairs),
        "score_model": score_model(pairs, expected.service),
        "standin_scores": standin_scores(pairs, expected.service),
        "track_count": track_count(pairs, tracks, expected),
        "scores_per_variant": scores_per_variant(scored),
        "score_ties": score_ties(unique),
        "score_codes": score_codes(unique),
        "score_decimals": score_decimals(unique),
        "score_signs": score_signs(raw, has_signed_scores),
        "score_saturation": score_saturation(raw),
        "neighbour_scores": neighbour_scores(unique, has_signed_scores, is_measured),
        "neighbour_ties": neighbour_ties(unique),
        "allele_exchange": allele_exchange(exchanged, expected, has_signed_scores),
        "score_recheck": score_recheck(pairs, *again, has_signed_scores),
        "window_dilution": window_dilution(windows, expected.scorer),
        "indel_scale": indel_scale(unique),
        "above_ceiling": above_ceiling(scored),
        "linked_agreement": linked_agreement(scored, is_signed, is_measured),
        "linked_effects": linked_effects(pairs),
        "effect_ties": effect_ties(pairs),
        "effect_decimals": effect_decimals(pairs),
        "score_effect_ratio": score_effect_ratio(scored),
        "orientation": orientation(scored, is_signed, has_signed_scores),
    }


class Beside(NamedTuple):
    """What else is known of a benchmark whose parts are measured.

    Attributes
    ----------
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL`.
    control : pandas.DataFrame or None
        Effects joined with the positive control, in the columns of `columns.PAIRS`.
    replicates : pandas.DataFrame or None
        In the columns of `columns.REPLICATES`.
    motif_change : pandas.Series of float or None
        By variant; all missing without a genome.
    blocks : pandas.DataFrame or None
        LD blocks: ``chrom, start, end``.
    strands : pandas.Series of str or None
        See `divisions.described`.
    models : dict of str to pandas.DataFrame or None
        The same pairs with the scores of other models, by their names.
    """

    waterfall: object
    control: object = None
    replicates: object = None
    motif_change: object = None
    blocks: object = None
    strands: object = None
    models: object = None


class OfControl(NamedTuple):
    """What the parts of the effects and the positive control show, without any score.

    Attributes
    ----------
    measured : dict of str to Measured
    table : pandas.DataFrame
        See `parts.parts_with_control`.
    """

    measured: dict
    table: object


def measure_control(beside, *, is_signed=True, null=0.0):
    """Measure the gates of the stage "scores" that read the positive control alone.

    Parameters
    ----------
    beside : Beside
        Its control, blocks and strands are read.
    is_signed, null
        See `measure_parts`.

    Returns
    -------
    OfControl
    """
    control = beside.control
    near = {"is_signed": is_signed, "null": null, "blocks": beside.blocks}
    table = parts.parts_with_control(control, strands=beside.strands, **near)
    measured = {
        "control_signs": signs.control_signs(control, null, is_signed),
        "control_runs": control_runs(control, **near),
    }
    return OfControl(measured, table)


def measure_parts(pairs, beside, *, is_signed=True, null=0.0, of_control=None):
    """Measure the gates of the stage "scores" on parts of a benchmark and on LD blocks.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one benchmark.
    beside : Beside
    is_signed : bool
        Whether effects and scores have signs.
    null : float
        Value of no effect.
    of_control : OfControl, optional
        If it is known already; see `measure_control`.

    Returns
    -------
    measured : dict of str to Measured
    table : pandas.DataFrame
        See `parts.parts_of_benchmark`.
    """
    motif_change = beside.motif_change
    if motif_change is not None and motif_change.isna().all():
        motif_change = None
    options = {"is_signed": is_signed, "null": null}
    near = options | {"blocks": beside.blocks}
    labels = Labels(pairs, beside.strands, null)
    if of_control is None:
        of_control = measure_control(beside, **options)
    table = parts.stacked(
        parts.parts_with_scores(pairs, labels, strands=beside.strands, **near),
        of_control.table,
        parts.parts_with_sequence(pairs, motif_change, strands=beside.strands, **near),
    )
    measured = parts.measure(table) | of_control.measured
    measured |= signs.measure(pairs, beside.replicates, **options)
    measured |= models.measure(pairs, beside.models or {}, **options)
    unsigned = not_checked(len(pairs), NO_SIGN)
    measured |= {
        "one_sign": one_sign(pairs, null) if is_signed else unsigned,
        "aligned_duplicates": aligned_duplicates(beside.waterfall),
        "allele_copies": allele_copies(pairs),
        "tissue_copies": tissue_copies(pairs),
        "run_agreement": run_agreement(pairs, motif_change, **near),
        "part_scales": part_scales(pairs, labels, null),
        "score_scales": score_scales(pairs, labels),
        "control_scores": control_scores(pairs, beside.control),
        "missing_scores": missing_scores(pairs, beside.waterfall),
    }
    return measured | blocks.measure(pairs, beside.blocks, null), table


def scores_per_variant(scored):
    """Measure the largest number of different scores of one variant, or of a gene of it.

    A model gives one. Several result from a join by row, or from scores that were made
    from the effects.
    """
    counts = scored.groupby(scores_of(scored))["raw"].agg(["size", "nunique"])
    repeated = counts[counts["size"] > 1]
    if repeated.empty:
        return not_checked(len(counts), "no score is in more than one pair")
    n_several = (repeated["nunique"] > 1).sum()
    return Measured(
        repeated["nunique"].max(),
        len(repeated),
        f"{n_several:,} of {len(repeated):,} variants in several pairs have several"
        " scores",
    )


def score_signs(raw, has_signed_scores):
    """Measure the share of the rarer sign among scores that are not 0."""
    if not has_signed_scores:
        return not_checked(len(raw), NO_SIGN)
    return rarer_sign(int((raw > 0).sum()), int((raw < 0).sum()), "scores")


def score_saturation(raw):
    """Measure the share of further variants within 0.1 % of the largest size.

    Parameters
    ----------
    raw : numpy.ndarray of float, shape (n_variants,)
    """
    n = len(raw)
    if n < _MIN_LARGEST:
        return too_few(n, "variants with a score", _MIN_LARGEST)
    size = np.abs(raw)
    n_near = int((size >= _NEAR_LARGEST * size.max()).sum()) - 1
    return share_of(
        n_near, n, f"variants tie with the largest absolute score, {size.max():.5g}"
    )


def window_dilution(windows, scorer):
    """Measure the median exponent of scores in the window length.

    Parameters
    ----------
    windows : pandas.DataFrame or None
        In the columns of `columns.WINDOWS`.
    scorer : str

    Returns
    -------
    Measured
        About 0 for a local score, about -1 for a mean over the window.
    """
    if windows is None:
        return not_checked(0, "no second window was requested")
    rows = windows[windows["scorer"].astype(str) == scorer]
    raw, other = (
        np.abs(rows[name].to_numpy(dtype=float)) for name in ("raw", "other_raw")
    )
    bp, other_bp = (
        rows[name].to_numpy(dtype=float) for name in ("window_bp", "other_window_bp")
    )
    is_known = (raw > 0) & (other > 0) & (bp != other_bp)
    # A variant of several tables has a row for each other window.
    n = rows["variant_id"][is_known].nunique()
    if n < _MIN_WINDOWS:
        return too_few(n, "variants with scores at two windows", _MIN_WINDOWS)
    ratio = np.log(raw[is_known] / other[is_known])
    exponent = np.median(ratio / np.log(bp[is_known] / other_bp[is_known]))
    bps = np.unique(np.concatenate([bp[is_known], other_bp[is_known]])).astype(int)
    lengths = ", ".join(f"{each:,}" for each in bps)
    return Measured(exponent, n, f"{n:,} variants scored at windows of {lengths} bp")


def indel_scale(unique):
    """Measure the median absolute score of indels over that of SNVs.

    Parameters
    ----------
    unique : pandas.DataFrame
        ``variant_id`` and ``raw``, one row per variant.
    """
    ref, alt = allele_lengths(unique["variant_id"])
    size = unique["raw"].abs().to_numpy(dtype=float)
    indels, snvs = size[ref != alt], size[(ref == 1) & (alt == 1)]
    n = min(len(indels), len(snvs))
    if n < MIN_ROWS:
        return too_few(n, "indels or SNVs")
    of_indels, of_snvs = np.median(indels), np.median(snvs)
    if of_snvs == 0:
        return not_checked(n, "the median absolute score of SNVs is 0")
    return Measured(
        of_indels / of_snvs,
        len(indels),
        f"median absolute score {of_indels:.4g} of {len(indels):,} indels, {of_snvs:.4g}"
        f" of {len(snvs):,} SNVs",
    )
