"""The named subsets of a benchmark that numbers are reported for."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.sources.formats import FORMATS

# What stands for the feature of every row of a table that names none.
_UNNAMED = {each.feature for each in FORMATS.values() if each.feature}
# The fold that a version of the model was neither trained nor chosen on, as the test
# subset of `alphagenome.data.fold_intervals` has it. ALL_FOLDS is not here: it was
# trained on all eight, whatever that module calls its test fold.
TEST_FOLD = {"FOLD_0": "fold1", "FOLD_1": "fold4", "FOLD_2": "fold5", "FOLD_3": "fold7"}


def features_of(pairs):
    """Return the feature of each pair; of a table that names none, its variant.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.

    Returns
    -------
    pandas.Series of object
        With an index from 0 on.
    """
    feature = pairs["feature_id"].astype(object).reset_index(drop=True)
    is_unnamed = feature.isin(_UNNAMED)
    return feature.mask(is_unnamed, pairs["variant_id"].astype(object).to_numpy())


def is_lead(pairs, null=0.0):
    """Tell which pairs are their feature's lead: one variant per feature.

    It is the one with the highest posterior inclusion probability where the table has
    any, else the one with the smallest p value. Ties go to the smaller p value, the
    effect further from its null, then to the ids, so that the order of rows decides
    nothing.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    null : float, default 0
        The effect of a variant that does nothing: 0 of a slope, 0.5 of a Pi.

    Returns
    -------
    numpy.ndarray of bool, shape (n_pairs,)
    """
    feature = features_of(pairs)
    keys = pd.DataFrame(
        {
            "pip": -pairs["pip"].to_numpy(dtype=float),
            "p_value": pairs["p_value"].to_numpy(dtype=float),
            "size": -np.abs(pairs["effect"].to_numpy(dtype=float) - null),
        }
    )
    # Missing values rank last. Texts are compared where nothing else decides.
    rank = keys.groupby(list(keys), dropna=False).ngroup()
    best = np.flatnonzero(rank == rank.groupby(feature).transform("min"))
    ids = pairs[["variant_id", "source_id"]].iloc[best].astype(str)
    order = best[np.lexsort([ids["source_id"], ids["variant_id"]])]
    result = np.zeros(len(pairs), dtype=bool)
    result[order[~feature[order].duplicated()]] = True
    return result


def strata(pairs, annotations=None, cutoffs=(), *, null=0.0, model_version=None):
    """Name the subsets that are reported.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    annotations : pandas.DataFrame, optional
        In the columns of `columns.ANNOTATIONS`; gives the folds.
    cutoffs : iterable of float
        Of the size of an effect, which is its distance from the null.
    null : float, default 0
        See `is_lead`.
    model_version : str, optional
        The model's, such as "FOLD_1"; the default model was trained on all folds.

    Returns
    -------
    dict of str to numpy.ndarray of bool, shape (n_pairs,)
        Without the strata that hold nothing. ``all_pairs``; ``lead_per_feature``;
        ``snv`` and ``indel`` (a substitution of several bases is neither);
        ``effect_tertile_1`` to ``_3``, equal sizes together; ``effect_over_{cutoff}``;
        ``pip_*``, ``maf_*`` and ``distance_*`` (bp, either side), whose bounds belong
        to the bin between them; ``in_peak`` and ``outside_peak``, where there are both;
        ``chromosome_{chrom}``; ``fold_{fold}``; ``held_out``, the pairs in the test
        fold of the model's version, and ``seen``, those in any other fold. Outside of
        all folds a pair is neither.

    Raises
    ------
    ValueError
        If `annotations` names a variant twice.
    """
    if pairs.empty:
        return {}
    chrom, ref_bp, alt_bp = _parts(pairs["variant_id"])
    size = (pairs["effect"] - null).abs()
    masks = {
        "all_pairs": np.ones(len(pairs), dtype=bool),
        "lead_per_feature": is_lead(pairs, null),
        "snv": (ref_bp == 1) & (alt_bp == 1),
        "indel": ~is_substitution(pairs["variant_id"]),
        **strata_of_size(size, cutoffs),
        **_bins("pip", pairs["pip"], 0.1, 0.9),
        **_bins("maf", pairs["maf"], 0.05, 0.2),
        **_bins(
            "distance",
            pairs["distance"].astype(float).abs(),
            10_000,
            100_000,
            kilo="kb",
        ),
        **_peaks(pairs["in_peak"]),
        **_each("chromosome", chrom),
    }
    if annotations is not None:
        fold = _by_variant(pairs, annotations, "fold")
        masks |= _each("fold", fold)
        is_held_out = fold == TEST_FOLD.get(model_version, "")
        masks |= {"held_out": is_held_out, "seen": fold.notna() & ~is_held_out}
    masks = {name: np.asarray(mask, dtype=bool) for name, mask in masks.items()}
    return {name: mask for name, mask in masks.items() if mask.any()}


def is_substitution(variant_id):
    """Tell which variants' alleles are of one length, by their ids; shape (n,) bool."""
    _, ref_bp, alt_bp = _parts(variant_id)
    return ref_bp == alt_bp


def _parts(variant_id):
    """Return the chromosomes of variant ids, and the lengths of REF and ALT in bp."""
    ids = pa.array(variant_id.astype(object), pa.string())
    # A chromosome's name may hold the separator.
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
    """Name the subsets by the size of effects: tertiles, and what is over a cut-off.

    Parameters
    ----------
    size : pandas.Series of float
        Distance from the null.
    cutoffs : iterable of float

    Returns
    -------
    dict of str to pandas.Series of bool
    """
    low, high = size.quantile([1 / 3, 2 / 3])
    return {
        **{f"effect_over_{cutoff:g}": size > cutoff for cutoff in cutoffs},
        "effect_tertile_1": size <= low,
        "effect_tertile_2": (size > low) & (size <= high),
        "effect_tertile_3": size > high,
    }


def _bins(name, values, low, high, kilo=""):
    """Return three bins' masks; missing values are in none."""
    values = values.astype(float)
    scale = 1_000 if kilo else 1
    lower, upper = (f"{bound / scale:g}{kilo}" for bound in (low, high))
    return {
        f"{name}_under_{lower}": values < low,
        f"{name}_{lower}_to_{upper}": (values >= low) & (values <= high),
        f"{name}_over_{upper}": values > high,
    }


def _peaks(in_peak):
    in_peak = in_peak.astype("boolean")
    inside, outside = in_peak.fillna(False), ~in_peak.fillna(True)
    if not (inside.any() and outside.any()):
        return {}
    return {"in_peak": inside, "outside_peak": outside}


def _each(name, values):
    """Return a mask for each value, by name; chr2 comes before chr10."""
    values = values.astype("category")
    found = sorted(values.cat.categories, key=lambda each: (len(each), each))
    return {f"{name}_{each}": values == each for each in found}


def _by_variant(pairs, annotations, column):
    """Return an annotation of each pair's variant, missing where it is not known."""
    if annotations["variant_id"].duplicated().any():
        twice = annotations.loc[
            annotations["variant_id"].duplicated(), "variant_id"
        ].iloc[0]
        raise ValueError(f"annotations: variant {twice} stands there twice")
    values = annotations.set_index("variant_id")[column].astype(object)
    return pairs["variant_id"].astype(object).map(values)
