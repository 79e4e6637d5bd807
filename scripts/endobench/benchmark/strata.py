"""Strata: the named subsets of a benchmark for which metrics are reported.

A family of strata is one entry of `STRATA`.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.design.tasks import ALL_PAIRS, HELD_OUT, LEADS, SOURCE_LEADS
from endobench.sources.published_formats import UNNAMED

IN_GENE, OUTSIDE_GENE = "in_gene", "outside_gene"
PROMOTER, DISTAL = "promoter_within_2kb", "distal_beyond_2kb"
# Beyond it, ENCODE calls an element distal (Moore 2020, doi:10.1038/s41586-020-2493-4).
PROMOTER_BP = 2_000
# Bounds of the bins of minor allele frequency.
MAF_BINS = (0.05, 0.2)
# The fold on which a version of the model was neither trained nor validated, the test
# subset of `alphagenome.data.fold_intervals`. ALL_FOLDS has none: it was trained on all
# eight folds, although that module lists a test fold for it.
TEST_FOLD = {"FOLD_0": "fold1", "FOLD_1": "fold4", "FOLD_2": "fold5", "FOLD_3": "fold7"}


def features_of(pairs):
    """Return the feature of each pair, or its variant if the table names no features.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.

    Returns
    -------
    pandas.Series of object
        Indexed from 0.
    """
    feature = pairs["feature_id"].astype(object).reset_index(drop=True)
    has_no_name = feature.isin(UNNAMED)
    return feature.mask(has_no_name, pairs["variant_id"].astype(object).to_numpy())


def is_unnamed(features):
    """Return whether a table names no features, given its column of them."""
    return bool(features.isin(UNNAMED).all())


def is_lead(pairs, null=0.0):
    """Return which pairs are leads: the best variant of each feature among these.

    The lead has the highest posterior inclusion probability if the table has any, else
    the smallest p value. Ties are broken by the smaller p value, the effect further
    from its null in standard errors and then in its unit, then by the ids, so that the
    order of rows has no effect. Of p values too small for a float, z tells the smaller.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    null : float, default 0
        Value of no effect: 0 for a slope, 0.5 for a Pi.

    Returns
    -------
    numpy.ndarray of bool, shape (n_pairs,)
    """
    feature, names = pd.factorize(features_of(pairs))
    pip, p_value, effect, error = (
        pairs[name].to_numpy(dtype=float)
        for name in ("pip", "p_value", "effect", "effect_se")
    )
    # The last key is the first one to sort by.
    size = np.abs(effect - null)
    keys = np.stack([-size, -size / error, p_value, -pip])
    # Missing values rank last. Only ties are compared by their ids, which is slow.
    order = np.lexsort(keys)
    keys = keys[:, order]
    is_equal = keys[:, 1:] == keys[:, :-1]
    is_equal |= np.isnan(keys[:, 1:]) & np.isnan(keys[:, :-1])
    rank = np.zeros(len(pairs), dtype=np.intp)
    rank[order[1:]] = np.cumsum(~is_equal.all(axis=0))
    least = np.full(len(names), len(pairs))
    np.minimum.at(least, feature, rank)
    best = np.flatnonzero(rank == least[feature])
    ids = pairs[["variant_id", "source_id"]].iloc[best].astype(str)
    best = best[np.lexsort([ids["source_id"], ids["variant_id"]])]
    result = np.zeros(len(pairs), dtype=bool)
    result[best[np.unique(feature[best], return_index=True)[1]]] = True
    return result


class Given(NamedTuple):
    """The inputs of strata.

    Attributes
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    annotations : pandas.DataFrame or None
        In the columns of `columns.ANNOTATIONS`.
    cutoffs : iterable of float
    null : float
    model_version : str or None
        See `strata`.
    """

    pairs: pd.DataFrame
    annotations: pd.DataFrame | None
    cutoffs: object
    null: float
    model_version: str | None


class Bins(NamedTuple):
    """Three strata of a column: below, between and above two bounds.

    The bounds belong to the bin between them; missing values are in no bin.

    Attributes
    ----------
    column : str
        Column of the pairs; begins the names of the strata.
    low, high : float
    is_distance : bool
        Whether values are distances in bp: their absolute values are binned, and names
        give the bounds in kb.
    """

    column: str
    low: float
    high: float
    is_distance: bool = False

    def __call__(self, given):
        """Return the mask of each bin, by the name of its stratum."""
        values = given.pairs[self.column].astype(float)
        unit, scale = "", 1
        if self.is_distance:
            values, unit, scale = values.abs(), "kb", 1_000
        low, high = (f"{bound / scale:g}{unit}" for bound in (self.low, self.high))
        return {
            f"{self.column}_under_{low}": values < self.low,
            f"{self.column}_{low}_to_{high}": (values >= self.low)
            & (values <= self.high),
            f"{self.column}_over_{high}": values > self.high,
        }


def _whole(given):
    leads = is_lead(given.pairs, given.null)
    found = {ALL_PAIRS: np.ones(len(given.pairs), dtype=bool), LEADS: leads}
    of_source = given.pairs["is_source_lead"].astype("boolean")
    if of_source.notna().any():
        found[SOURCE_LEADS] = leads & of_source.fillna(False).to_numpy(dtype=bool)
    return found


def _alleles(given):
    """Separate SNVs from indels; a substitution of several bases is neither."""
    _, ref_bp, alt_bp = _parts(given.pairs["variant_id"])
    return {"snv": (ref_bp == 1) & (alt_bp == 1), "indel": ref_bp != alt_bp}


def _sizes(given):
    size = (given.pairs["effect"] - given.null).abs()
    return strata_of_size(size, given.cutoffs)


def _peaks(given):
    """Separate pairs inside and outside of peaks, if there are both."""
    in_peak = given.pairs["in_peak"].astype("boolean")
    inside, outside = in_peak.fillna(False), ~in_peak.fillna(True)
    if not (inside.any() and outside.any()):
        return {}
    return {"in_peak": inside, "outside_peak": outside}


def _genes(given):
    """Separate pairs by where the variant lies: in its own gene, at the start, or distal.

    Only of features that are genes, which an annotation or their scores show.
    """
    pairs = given.pairs
    inside = pairs["in_gene"].astype("boolean")
    masks = {IN_GENE: inside.fillna(False), OUTSIDE_GENE: ~inside.fillna(True)}
    is_gene = inside.notna() | pairs["scored_gene"].notna()
    distance = pairs["distance"].astype(float).abs().where(is_gene)
    return masks | {
        PROMOTER: distance <= PROMOTER_BP,
        DISTAL: distance > PROMOTER_BP,
    }


def _chromosomes(given):
    chrom, _, _ = _parts(given.pairs["variant_id"])
    return _each("chromosome", chrom)


def _folds(given):
    if given.annotations is None:
        return {}
    fold = _by_variant(given.pairs, given.annotations, "fold")
    is_held_out = fold == TEST_FOLD.get(given.model_version, "")
    held_out = {HELD_OUT: is_held_out, "seen": fold.notna() & ~is_held_out}
    return _each("fold", fold) | held_out


# Each takes `Given` and returns masks by stratum, in the order of the reports.
STRATA = (
    _whole,
    _alleles,
    _sizes,
    Bins("pip", 0.1, 0.9),
    Bins("maf", *MAF_BINS),
    Bins("distance", 10_000, 100_000, is_distance=True),
    _peaks,
    _genes,
    _chromosomes,
    _folds,
)


def strata(pairs, annotations=None, cutoffs=(), *, null=0.0, model_version=None):
    """Return the strata that are reported.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    annotations : pandas.DataFrame, optional
        In the columns of `columns.ANNOTATIONS`; gives the folds.
    cutoffs : iterable of float
        Cut-offs of the effect size, which is the distance from the null.
    null : float, default 0
        See `is_lead`.
    model_version : str, optional
        Version of the model, such as "FOLD_1"; the default model was trained on all
        folds.

    Returns
    -------
    dict of str to numpy.ndarray of bool, shape (n_pairs,)
        The mask of each stratum that is not empty: ``all_pairs``; ``lead_per_feature``,
        the best pair of each feature among these; ``source_lead``, those of them that no
        row of the source exceeds (see `source_leads.is_source_lead`);
        ``snv`` and ``indel`` (a substitution of several bases is neither);
        ``effect_over_{cutoff}``; ``effect_tertile_1`` to ``_3``, with ties in one
        tertile; ``pip_*``, ``maf_*`` and ``distance_*``, see `Bins`; ``in_peak``
        and ``outside_peak``, if there are both; for features that are genes ``in_gene``
        and ``outside_gene``, by the body of the pair's own gene, and
        ``promoter_within_2kb`` and ``distal_beyond_2kb``, by the distance to its
        transcription start; ``chromosome_{chrom}``;
        ``fold_{fold}``; ``held_out``, the pairs in the test fold of the model's
        version, and ``seen``, the pairs in any other fold. Pairs outside of all folds
        are in neither.

    Raises
    ------
    ValueError
        If a variant appears twice in `annotations`.
    """
    if pairs.empty:
        return {}
    given = Given(pairs, annotations, cutoffs, null, model_version)
    masks = {}
    for make in STRATA:
        masks |= make(given)
    masks = {name: np.asarray(mask, dtype=bool) for name, mask in masks.items()}
    return {name: mask for name, mask in masks.items() if mask.any()}


def is_substitution(variant_id):
    """Return which variants have alleles of one length, by their ids; shape (n,) bool."""
    _, ref_bp, alt_bp = _parts(variant_id)
    return ref_bp == alt_bp


def _parts(variant_id):
    """Return the chromosomes and the lengths of REF and ALT in bp, from variant ids."""
    ids = pa.array(variant_id.astype(object), pa.string())
    # The name of a chromosome may contain the separator.
    parts = pc.extract_regex(
        ids, "^(?P<chrom>.+)_[0-9]+_(?P<ref>[^_]+)_(?P<alt>[^_]+)_"
    )
    chrom = pc.struct_field(parts, "chrom").dictionary_encode().to_pandas()
    lengths = [
        pc.utf8_length(pc.struct_field(parts, name)).to_numpy(zero_copy_only=False)
        for name in ("ref", "alt")
    ]
    return chrom, *lengths


def strata_of_size(size, cutoffs=()):
    """Return the strata by effect size: over each cut-off, and tertiles.

    Parameters
    ----------
    size : pandas.Series of float
        Distance from the null.
    cutoffs : iterable of float

    Returns
    -------
    dict of str to pandas.Series of bool
    """
    low, high = bounds_of_thirds(size)
    return {
        **{f"effect_over_{cutoff:g}": size > cutoff for cutoff in cutoffs},
        "effect_tertile_1": size <= low,
        "effect_tertile_2": (size > low) & (size <= high),
        "effect_tertile_3": size > high,
    }


def bounds_of_thirds(size):
    """Return the largest sizes of the smallest and of the middle third.

    Where a third of the pairs is a whole number, rounding of an interpolated quantile
    would decide where the pair at the bound belongs.

    Parameters
    ----------
    size : array-like of float, shape (n_pairs,)

    Returns
    -------
    low, high : float
    """
    ordered = np.sort(np.asarray(size, dtype=float))
    return tuple(ordered[[(len(ordered) - 1) * third // 3 for third in (1, 2)]])


def _each(name, values):
    """Return a mask per value, by name; chr2 comes before chr10."""
    values = values.astype("category")
    found = sorted(values.cat.categories, key=lambda each: (len(each), each))
    return {f"{name}_{each}": values == each for each in found}


def _by_variant(pairs, annotations, column):
    """Return an annotation of each pair's variant, or missing."""
    if annotations["variant_id"].duplicated().any():
        twice = annotations.loc[
            annotations["variant_id"].duplicated(), "variant_id"
        ].iloc[0]
        raise ValueError(f"annotations: variant {twice} appears twice")
    values = annotations.set_index("variant_id")[column].astype(object)
    return pairs["variant_id"].astype(object).map(values)
