"""The gates on missing scores and effects: absent ones, and those written as a value."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import lambertw, pdtrc

from endobench.benchmark.gene_pairs import NOT_IN_TABLE, REASONS
from endobench.benchmark.strata import features_of
from endobench.design.models import is_assay
from endobench.design.routes import NOT_IN_ATLAS
from endobench.design.units import P_VALUE
from endobench.gates.leaks import at_resolution
from endobench.gates.verdicts import MIN_ROWS, Measured, not_checked, share_of, too_few
from endobench.stats.ld_blocks import loci_of

# Fewer equal scores may be chance, where scores are rounded.
_LEAST_TIES = 5
# The most common of rounded scores may be this many times as frequent as those beside it:
# scores of a model peak at 0.
_PEAK = 3
# So many values on either side tell how common a value may be by chance.
_AROUND = 10
_CHANCE = 1e-3
# A part differs from the rest if its share exceeds that of all by more standard errors.
_Z = 3.0
# No effects are rounded so much.
_FEW_VALUES = 5
_ALL = "variants"
# Ratios of few reads are often 1/2, 1/3 or 2/3.
_OF_READS = "Pi"
# P values in place of effects, as the published protocol has them, are often 0.
_OF_FEW_VALUES = ("label", "sign", P_VALUE)
_STAGE = "predict"
# The gates of genes count these, but whoever made a table may have chosen its genes. Which
# variants the Atlas holds depends on no effect.
_NOT_COUNTED = ({*REASONS} - {NOT_IN_TABLE}) | {NOT_IN_ATLAS.lower()}


def missing_scores(pairs, waterfall):
    """Measure the share of pairs whose variant, or gene in a table, has no score.

    Whoever made a table of scores may have chosen its variants or genes, even by their
    effects. Then the rest agrees better than all would.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one benchmark.
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL`.
    """
    n_kept = len(pairs)
    if n_kept and all(map(is_assay, pairs["model"].unique())):
        return not_checked(n_kept, "an assay measures variants of its own")
    lost = waterfall[waterfall["stage"] == _STAGE]
    lost = lost[~lost["reason"].isin(_NOT_COUNTED)]
    counts = lost.groupby("reason", observed=True)["n_pairs"].sum().astype(int)
    n_lost = int(counts.sum())
    if n_lost + n_kept == 0:
        return too_few(0, "pairs", 1)
    reasons = ", ".join(f"{name} {n:,}" for name, n in counts[counts > 0].items())
    found = f" ({reasons})" if reasons else ""
    return share_of(n_lost, n_lost + n_kept, f"pairs have no score{found}")


def score_ties(unique):
    """Measure the largest share of one score, among all variants or those of a part.

    A missing score may be written as 0, as a mean or as any other value: for all variants,
    or for those of one chromosome, kind, route or window. Rounded scores are equal too, so
    that only what exceeds three times the mean of the two adjacent values is counted.
    Scores of 0 outside peaks, where a sparse model finds nothing, are not counted as long
    as other variants of the part have other scores.

    Parameters
    ----------
    unique : pandas.DataFrame
        In the columns of `columns.PAIRS`, one row per variant, or per variant and gene if
        scores are of genes; all with a score.
    """
    n = len(unique)
    if n < MIN_ROWS:
        return too_few(n, "variants with a score")
    raw = unique["raw"].to_numpy(dtype=float)
    steps = at_resolution(raw)
    is_inside = unique["in_peak"].astype("boolean")
    is_outside = (~is_inside).fillna(False).to_numpy(bool)
    is_inside = is_inside.fillna(False).to_numpy(bool)
    is_sparse = (steps == 0) & is_outside & is_inside.any()
    found = []
    for part, is_here in _parts(unique, is_inside, is_outside).items():
        n_here = int(is_here.sum())
        if n_here < MIN_ROWS:
            continue
        share, step, n_tied = _commonest(steps[is_here])
        if step == 0 and n_tied < n_here:
            share, step, n_tied = _commonest(steps[is_here & ~is_sparse])
        if n_tied < _LEAST_TIES:
            share = 0.0
        # The first is that of all variants. Some parts have more by chance.
        of_all = found[0][0] if found else 0.0
        chance = _Z * np.sqrt(of_all * (1 - of_all) / n_here)
        if not found or share > of_all + chance:
            found.append((share, part, step, n_tied, n_here))
    share, part, step, n_tied, n_here = max(found, key=lambda each: each[0])
    if unique["variant_id"].duplicated().any():
        # Scores of genes, of which a variant may have several.
        part = part.replace(_ALL, "pairs")
    value = raw[steps == step][0]
    return Measured(
        share,
        n_here,
        f"{n_tied:,} of {n_here:,} {part} have the most common score, {value:.5g}"
        f" ({len(np.unique(raw)):,} different scores)",
    )


def effect_ties(pairs):
    """Measure the largest share of one effect, among all features or on a chromosome.

    A missing effect may be written as 0 or as any other value, and signs may be taken for
    effects. As of scores, only what exceeds three times the mean of the two adjacent values
    is counted, since effects may be rounded. Allelic ratios are compared with the third
    most common one, since those of few reads are simple fractions.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    """
    # Once for each feature: variants in perfect LD have one effect.
    feature = features_of(pairs).to_numpy(object)
    unique = pairs.assign(feature_id=feature).drop_duplicates(["feature_id", "effect"])
    n = len(unique)
    if n < MIN_ROWS:
        return too_few(n, "effects")
    if unique["unit"].astype(object).isin(_OF_FEW_VALUES).all():
        return Measured(0.0, n, "effects of this unit have few values")
    effect = unique["effect"].to_numpy(dtype=float)
    chrom, _ = loci_of(unique["variant_id"])
    is_ratio = bool(unique["unit"].astype(object).eq(_OF_READS).all())
    parts = {f"effects on {name}": chrom == name for name in dict.fromkeys(chrom)}
    parts = {"effects": np.ones(n, dtype=bool)} | parts
    found = []
    for part, is_here in parts.items():
        if (n_here := int(is_here.sum())) >= MIN_ROWS:
            share, value, n_tied = _commonest(effect[is_here], is_ratio)
            if n_tied < _LEAST_TIES:
                share = 0.0
            elif len(np.unique(effect[is_here])) <= _FEW_VALUES:
                # Such as signs, each of which is as common as those beside it.
                share = n_tied / n_here
            of_all = found[0][0] if found else share
            chance = _Z * np.sqrt(of_all * (1 - of_all) / n_here) if found else 0.0
            # Some chromosomes have more by chance.
            found.append((share if share > of_all + chance else of_all, part))
            found[-1] += value, n_tied, n_here
    share, part, value, n_tied, n_here = max(found, key=lambda each: each[0])
    return Measured(
        share,
        n_here,
        f"{n_tied:,} of {n_here:,} {part} are {value:.5g}, the most common",
    )


def _commonest(steps, is_ratio=False):
    """Return the excess share of the most common value, the value and its number."""
    values, counts = np.unique(steps, return_counts=True)
    most = int(counts.argmax())
    beside = np.delete(counts[max(most - 1, 0) : most + 2], min(most, 1))
    # Of scores that are not rounded, each has another value.
    is_rounded = beside.sum() > 2 * len(beside)
    usual = _PEAK * beside.mean() if is_rounded else 0
    if is_ratio and len(counts) > 2:
        usual = max(usual, _PEAK * np.sort(counts)[-3])
    if _is_chance(counts, most):
        usual = counts[most]
    excess = max(counts[most] - usual, 0) / len(steps)
    return excess, values[most], int(counts[most])


def _is_chance(counts, most):
    """Return whether rounding may give the most common value its number by chance.

    The mean number of a value comes from those around it. As only values that occur are
    seen, the numbers have a Poisson distribution without zeros.
    """
    near = counts[max(most - _AROUND, 0) : most + _AROUND + 1]
    seen = (near.sum() - counts[most]) / max(len(near) - 1, 1)
    if seen <= 1:
        return False
    mean = seen + lambertw(-seen * np.exp(-seen)).real
    return pdtrc(counts[most] - 1, mean) * len(counts) > _CHANCE


def _parts(unique, is_inside, is_outside):
    """Return masks of the parts of the variants, by their names in the evidence."""
    chrom, _ = loci_of(unique["variant_id"])
    ref, alt = allele_lengths(unique["variant_id"])
    is_moved = unique["shift_bp"].fillna(0).to_numpy(dtype=float) != 0
    route = unique["route"].astype(object).to_numpy()
    parts = {
        _ALL: np.ones(len(unique), dtype=bool),
        "substitutions": ref == alt,
        "insertions": ref < alt,
        "deletions": ref > alt,
        "variants in peaks": is_inside,
        "variants outside peaks": is_outside,
        "variants with moved windows": is_moved,
    }
    for words, values in (("variants on", chrom), ("variants of route", route)):
        for name in dict.fromkeys(values):
            if isinstance(name, str):
                parts[f"{words} {name}"] = values == name
    return parts


def allele_lengths(variant_ids):
    """Return the lengths of the alleles in the ids of variants.

    Parameters
    ----------
    variant_ids : pandas.Series of str, shape (n_variants,)

    Returns
    -------
    ref, alt : numpy.ndarray of float, shape (n_variants,)
        Missing where an allele is not written in bases.
    """
    ids = pa.array(variant_ids, type=pa.string())
    parts = pc.extract_regex(ids, r"_(?P<ref>[ACGT]+)_(?P<alt>[ACGT]+)(?:_b\d+)?$")
    return tuple(
        pc.utf8_length(pc.struct_field(parts, name))
        .cast(pa.float64())
        .to_numpy(zero_copy_only=False)
        for name in ("ref", "alt")
    )
