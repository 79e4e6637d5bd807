"""Gates on scores: whose are they, of which tracks, and do they behave like scores?"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy

from endobench.design.models import PREFIXES, STANDIN, is_standin
from endobench.design.protocol import ALL, output_of
from endobench.design.tasks import NO_ALLELE
from endobench.gates.verdicts import (
    MIN_ROWS,
    Measured,
    not_checked,
    rarer_sign,
    too_few,
)
from endobench.model.tracks import select
from endobench.stats.reliability import reliability

_NEAR_LARGEST = 0.999
_MIN_LARGEST = 100
_MIN_WINDOWS = 10
_Z = 1.96


class Expected(NamedTuple):
    """What was asked for.

    Attributes
    ----------
    service : {"alphagenome", "address", "standin", "weights", "table"}
    members : "all" or list of str
        Of the set of tracks; see `tracks.select`.
    scorer : str
    """

    service: str
    members: str | list
    scorer: str


def measure(
    pairs, tracks, expected, windows, *, is_signed=True, has_signed_scores=True
):
    """Measure every gate of the stage "scores".

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one benchmark.
    tracks : pandas.DataFrame or None
        The model's tracks or those selected, in the columns of `columns.TRACKS`; None
        for a table of scores.
    expected : Expected
    windows : pandas.DataFrame or None
        In the columns of `columns.WINDOWS`.
    is_signed : bool, default True
        Whether the source says which allele its effects are of.
    has_signed_scores : bool, default True
        Whether scores have a sign; those of a table may be sizes.

    Returns
    -------
    dict of str to gates.Measured
    """
    scored = pairs[np.isfinite(pairs["raw"].to_numpy(dtype=float))]
    unique = scored.drop_duplicates("variant_id")
    raw = unique["raw"].to_numpy(dtype=float)
    return {
        "score_provenance": provenance(pairs),
        "score_model": model_share(pairs, expected.service),
        "standin_scores": standin_share(pairs, expected.service),
        "track_count": track_count(pairs, tracks, expected),
        "scores_per_variant": scores_per_variant(scored),
        "score_ties": ties(raw),
        "score_signs": rarer_sign(raw, "scores")
        if has_signed_scores
        else not_checked(len(raw), "the table says that its scores have no sign"),
        "score_saturation": saturation(raw),
        "window_dilution": window_dilution(windows, expected.scorer),
        "indel_scale": indel_scale(unique),
        "above_ceiling": above_ceiling(scored),
        "orientation": orientation(scored)
        if is_signed
        else not_checked(len(scored), NO_ALLELE),
    }


def provenance(pairs):
    """Measure the share of scores that name no model or no route."""
    n = len(pairs)
    if n == 0:
        return too_few(n, "scores", 1)
    named = [pairs[name].astype("string").fillna("") for name in ("model", "route")]
    is_unknown = (named[0] == "") | (named[1] == "")
    return Measured(
        is_unknown.mean(), n, f"{is_unknown.sum():,} of {n:,} scores of unknown origin"
    )


def model_share(pairs, service):
    """Measure the share of scores by a model that the service asked for has not."""
    models = pairs["model"].dropna().astype(str)
    if service == "address":
        is_other = models.map(is_standin).astype(bool)
    else:
        is_other = ~models.str.startswith(PREFIXES[service])
    return _share_of_models(is_other, models, service)


def standin_share(pairs, service):
    """Measure the share of scores by a stand-in that was not asked for as such."""
    models = pairs["model"].dropna().astype(str)
    is_standin = models.str.contains(STANDIN, regex=False) & (service != STANDIN)
    return _share_of_models(is_standin, models, service)


def _share_of_models(is_bad, models, service):
    n = len(models)
    if n == 0:
        return too_few(n, "scores that name a model", 1)
    names = ", ".join(sorted(models.unique())[:5])
    return Measured(is_bad.mean(), n, f"service {service} was asked, models: {names}")


def track_count(pairs, tracks, expected):
    """Measure how far the number of averaged tracks is from what the set means.

    Parameters
    ----------
    pairs : pandas.DataFrame
        Column ``n_tracks``.
    tracks : pandas.DataFrame or None
        In the columns of `columns.TRACKS`.
    expected : Expected
    """
    counts = np.sort(pairs["n_tracks"].dropna().unique()).astype(int)
    if tracks is None or len(counts) == 0:
        return not_checked(len(pairs), "a table of scores names no tracks")
    chosen = tracks[tracks["output"] == output_of(expected.scorer)]
    declared = expected.members
    if not _is_all(declared):
        chosen = select(chosen, declared, "expected")
        declared = ", ".join(declared)
    names = ", ".join(chosen["biosample"].dropna().astype(str).unique()[:3])
    return Measured(
        np.abs(counts - len(chosen)).max(),
        len(chosen),
        f"scores are of {', '.join(map(str, counts))} tracks, the set {declared}"
        f" means {len(chosen)}" + (f", such as {names}" if names else ""),
    )


def _is_all(members):
    return isinstance(members, str) and members == ALL


def scores_per_variant(scored):
    """Measure the largest number of different scores of one variant.

    A model gives one; more come of a join by the order of rows, or of the effects.
    """
    counts = scored.groupby("variant_id", observed=True)["raw"].agg(["size", "nunique"])
    repeated = counts[counts["size"] > 1]
    if repeated.empty:
        return not_checked(len(counts), "no variant is in more than one pair")
    n_several = (repeated["nunique"] > 1).sum()
    return Measured(
        repeated["nunique"].max(),
        len(repeated),
        f"{n_several:,} of {len(repeated):,} variants in several pairs have several"
        " scores",
    )


def ties(raw):
    """Measure the share of variants, shape (n_variants,), with the commonest score."""
    n = len(raw)
    if n < MIN_ROWS:
        return too_few(n, "variants with a score")
    values, counts = np.unique(raw, return_counts=True)
    most = counts.argmax()
    return Measured(
        counts[most] / n,
        n,
        f"{counts[most]:,} of {n:,} variants score {values[most]:.5g};"
        f" {len(values):,} different scores",
    )


def saturation(raw):
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
    return Measured(
        n_near / n, n, f"{n_near:,} further variants at the largest, {size.max():.5g}"
    )


def window_dilution(windows, scorer):
    """Measure the exponent with which scores change with the window's length.

    Parameters
    ----------
    windows : pandas.DataFrame or None
        In the columns of `columns.WINDOWS`.
    scorer : str

    Returns
    -------
    gates.Measured
        About 0 for a score around the variant, -1 for a mean over the window.
    """
    if windows is None:
        return not_checked(0, "no other window was asked for")
    rows = windows[windows["scorer"].astype(str) == scorer]
    raw, other = (
        np.abs(rows[name].to_numpy(dtype=float)) for name in ("raw", "other_raw")
    )
    bp, other_bp = (
        rows[name].to_numpy(dtype=float) for name in ("window_bp", "other_window_bp")
    )
    is_known = (raw > 0) & (other > 0) & (bp != other_bp)
    n = int(is_known.sum())
    if n < _MIN_WINDOWS:
        return too_few(n, "variants with scores at two windows", _MIN_WINDOWS)
    ratio = np.log(raw[is_known] / other[is_known])
    exponent = np.median(ratio / np.log(bp[is_known] / other_bp[is_known]))
    bps = np.unique(np.concatenate([bp[is_known], other_bp[is_known]])).astype(int)
    return Measured(
        exponent, n, f"{n:,} variants at {', '.join(f'{each:,}' for each in bps)} bp"
    )


def indel_scale(unique):
    """Measure the median size of indels' scores over that of single substitutions.

    Parameters
    ----------
    unique : pandas.DataFrame
        ``variant_id`` and ``raw``, one row per variant.
    """
    ids = pa.array(unique["variant_id"], type=pa.string())
    parts = pc.extract_regex(ids, r"_(?P<ref>[ACGT]+)_(?P<alt>[ACGT]+)(?:_b\d+)?$")
    ref, alt = (
        pc.utf8_length(pc.struct_field(parts, name)).to_numpy(zero_copy_only=False)
        for name in ("ref", "alt")
    )
    size = unique["raw"].abs().to_numpy(dtype=float)
    indels, snvs = size[ref != alt], size[(ref == 1) & (alt == 1)]
    n = min(len(indels), len(snvs))
    if n < MIN_ROWS:
        return too_few(n, "indels or single substitutions")
    middle, of_snvs = np.median(indels), np.median(snvs)
    if of_snvs == 0:
        return not_checked(n, "the median score of single substitutions is 0")
    return Measured(
        middle / of_snvs,
        len(indels),
        f"median size {middle:.4g} of {len(indels):,} indels, {of_snvs:.4g} of"
        f" {len(snvs):,} single substitutions",
    )


def above_ceiling(scored):
    """Measure agreement over the most that noise in the effects allows.

    The ceiling is the root of the effects' `reliability`.

    Parameters
    ----------
    scored : pandas.DataFrame
        ``effect``, ``effect_se``, ``unit`` and ``raw``.
    """
    rho, n = _spearman(scored)
    if np.isnan(rho):
        return too_few(n, "pairs of scores and effects that vary")
    found, _ = reliability(scored)
    if found <= 0:
        return not_checked(n, "effects vary less than their standard errors")
    known = ""
    if np.isnan(found):
        found, known = 1.0, "; no standard errors, so taken as free of noise"
    return Measured(
        abs(rho) / np.sqrt(found),
        n,
        f"Spearman {rho:.3f}, reliability of effects {found:.3f}{known}",
    )


def orientation(scored):
    """Measure the upper end of the 95 % interval of Spearman, one pair per feature.

    The interval is Bonett and Wright's (2000, doi:10.1007/BF02294183).

    Parameters
    ----------
    scored : pandas.DataFrame
        ``variant_id, feature_id, p_value, effect, raw``.

    Returns
    -------
    gates.Measured
        Clearly negative where effects or scores are of the wrong allele.
    """
    # Pairs of a feature are in linkage, and not independent.
    order = scored.sort_values(["p_value", "variant_id"], na_position="last")
    if order["feature_id"].nunique() > 1:
        order = order.drop_duplicates("feature_id")
    rho, n = _spearman(order)
    if np.isnan(rho):
        return too_few(n, "features with scores and effects that vary")
    half = _Z * np.sqrt((1 + rho**2 / 2) / (n - 3))
    bound = np.clip(rho, -1 + 1e-12, 1 - 1e-12)
    low, high = np.tanh(np.arctanh(bound) + np.array([-half, half]))
    return Measured(
        high, n, f"Spearman {rho:.3f}, {low:.3f} to {high:.3f}, of leading variants"
    )


def _spearman(rows):
    effect, raw = (rows[name].to_numpy(dtype=float) for name in ("effect", "raw"))
    n = len(rows)
    if n < MIN_ROWS or np.ptp(effect) == 0 or np.ptp(raw) == 0:
        return np.nan, n
    return scipy.stats.spearmanr(effect, raw).statistic, n
