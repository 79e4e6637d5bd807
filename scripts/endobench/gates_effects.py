"""Gates on a table of effects: is it what its format says, and in its unit?"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.optimize
import scipy.special

from endobench.gates import MIN_ROWS, Measured, not_checked, rarer_sign, too_few
from endobench.orient import count_unoriented
from endobench.tasks import NO_ALLELE

# The p values of a table follow from effect and standard error up to rounding, here
# as a fraction of their logarithm.
_TOLERANCE = 0.1
_FIT_ROWS = 2_000
# Of a p value that is written twice.
_ROUNDING = 1e-3
_FREEDOM = (2.0, 1e5)
# Below it a double is zero, or has lost digits.
_SMALLEST_P = 1e-300
_PALINDROMES = pa.array(["AT", "TA", "CG", "GC"])
_OUT_OF_RANGE = "effect_out_of_range"
_DUPLICATES = ("duplicate", "conflicting_duplicate")
# Those of `columns.EFFECTS` that are looked at.
COLUMNS = [
    *("variant_id", "feature_id", "effect", "effect_se", "p_value", "maf"),
    "feature_min_p",
]


def measure(
    effects,
    dropped,
    unit,
    curies=(),
    tissue_curies=(),
    *,
    is_signed=True,
    is_unordered=False,
):
    """Measure every gate of the stage "effects".

    Parameters
    ----------
    effects : pandas.DataFrame
        With `COLUMNS`.
    dropped : pandas.DataFrame
        ``reason`` and ``value`` of what reading them dropped.
    unit : formats.Unit
        The declared unit, whatever column was taken for the effect.
    curies : list of str
        Members of the sets of tracks that are to be asked for (`tracks.select`); none
        for all of them.
    tissue_curies : list of str
        Those that are of the dataset's tissue; none if it declares none.
    is_signed : bool, default True
        Whether the source says which allele its effects are of.
    is_unordered : bool, default False
        Whether either allele of the source may be the genome's; see `orient.orient`.

    Returns
    -------
    dict of str to gates.Measured
    """
    from_null = effects["effect"].to_numpy(dtype=float) - unit.null
    variants = effects["variant_id"].dropna().unique()
    changes = _substitutions(variants)
    signs = rarer_sign(from_null, "effects")
    return {
        "effect_signs": signs if is_signed else not_checked(signs.n, NO_ALLELE),
        "effect_p_agreement": p_agreement(
            from_null,
            effects["effect_se"].to_numpy(dtype=float),
            effects["p_value"].to_numpy(dtype=float),
        ),
        "effect_range": range_share(effects, dropped, unit),
        "effect_scale": scale(from_null, unit),
        "effect_duplicates": duplicate_share(effects, dropped),
        "missing_leads": missing_leads(effects),
        "pairs_per_variant": pairs_per_variant(effects, len(variants)),
        "maf_range": maf_range(effects["maf"].to_numpy(dtype=float)),
        "palindromic_share": palindromic_share(changes),
        "commonest_change": commonest_change(changes),
        "unoriented": unoriented(effects, dropped, is_unordered),
        "tissue": tissue(curies, tissue_curies),
    }


def p_agreement(from_null, effect_se, p_value):
    """Measure the share of rows whose p is not that of effect over standard error.

    The p is two-sided, of a normal or of a t with one number of degrees of freedom for
    the whole table, which is fitted. It is compared on the log10 scale.

    Parameters
    ----------
    from_null : numpy.ndarray of float
        Effect minus its null.
    effect_se, p_value : numpy.ndarray of float

    Returns
    -------
    gates.Measured
    """
    z = np.abs(from_null / np.where(effect_se > 0, effect_se, np.nan))
    is_known = np.isfinite(z) & np.isfinite(p_value)
    n = int(is_known.sum())
    if n < MIN_ROWS:
        return too_few(n, "rows with effect, standard error and p value")
    z, p_value = z[is_known], p_value[is_known]
    # A p value that is none, such as a logarithm, is that of no effect.
    is_possible = (p_value >= 0) & (p_value <= 1)
    given = np.log10(np.clip(p_value, _SMALLEST_P, 1))
    # Ranks choose the sample, so that the order of rows decides nothing.
    sample = np.lexsort((given, z))[
        np.linspace(0, n - 1, min(n, _FIT_ROWS)).astype(int)
    ]

    def misfit(log_freedom):
        implied = _log10_p(z[sample], np.exp(log_freedom))
        return np.median(_difference(implied, given[sample]))

    grid = np.linspace(*np.log(_FREEDOM), 25)
    best = int(np.argmin([misfit(each) for each in grid]))
    bounds = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = scipy.optimize.minimize_scalar(misfit, bounds=bounds, method="bounded")
    freedom = np.exp(found.x)
    implied = _log10_p(z, freedom)
    is_unlike = _difference(implied, given) > _TOLERANCE
    is_unlike |= ~is_possible
    middle = np.median(given)
    return Measured(
        is_unlike.mean(),
        n,
        f"{is_unlike.sum():,} of {n:,} p values differ from those of abs(effect)/se"
        f" under a t with {freedom:,.0f} degrees of freedom; median p 1e{middle:.1f}"
        f" given, 1e{np.median(implied):.1f} implied",
    )


def _log10_p(z, freedom):
    p = 2 * scipy.special.stdtr(freedom, -z)
    log = np.log10(np.maximum(p, _SMALLEST_P))
    return np.minimum(log, 0)


def _difference(implied, given):
    return np.abs(implied - given) / np.maximum(np.abs(given), 1)


def range_share(effects, dropped, unit):
    """Measure the share of effects that are impossible in the declared unit.

    Those that were dropped for it count, too.
    """
    effect = effects["effect"].to_numpy(dtype=float)
    gone = dropped.loc[dropped["reason"].astype(str) == _OUT_OF_RANGE, "value"]
    effect = np.concatenate([effect, gone.to_numpy(dtype=float)])
    n = len(effect)
    if n == 0:
        return too_few(n, "effects")
    is_outside = (effect < unit.low) | (effect > unit.high)
    return Measured(
        is_outside.mean(),
        n,
        f"{is_outside.sum():,} of {n:,} effects outside {unit.low:g} to {unit.high:g};"
        f" smallest {effect.min():.4g}, largest {effect.max():.4g}",
    )


def scale(from_null, unit):
    """Measure by which factor the median effect lies out of its unit's usual band.

    Parameters
    ----------
    from_null : numpy.ndarray of float
        Effect minus its null.
    unit : formats.Unit

    Returns
    -------
    gates.Measured
        1 within the band.
    """
    n = len(from_null)
    if n < MIN_ROWS:
        return too_few(n, "effects")
    middle = np.median(np.abs(from_null))
    low, high = unit.usual_low, unit.usual_high
    if middle > 0:
        fold = max(low / middle, middle / high, 1.0)
    else:
        fold = np.inf if low > 0 else 1.0
    return Measured(
        fold, n, f"median size {middle:.4g}, usually between {low:g} and {high:g}"
    )


def duplicate_share(effects, dropped):
    """Measure the share of rows that were dropped since they repeat a pair."""
    counts = dropped["reason"].astype(str).value_counts()
    found = {name: int(counts.get(name, 0)) for name in _DUPLICATES}
    n_duplicates = sum(found.values())
    n = len(effects) + n_duplicates
    if n == 0:
        return too_few(n, "rows")
    told = ", ".join(f"{name} {count:,}" for name, count in found.items())
    # A table of pairs that is read without its features conflicts with itself.
    if found["conflicting_duplicate"] and effects["feature_id"].nunique() == 1:
        told += "; no feature_id is declared: is one variant there with several?"
    return Measured(n_duplicates / n, n, f"of {n:,} rows: {told}")


def missing_leads(effects):
    """Measure the share of features whose smallest p is not the one that the table says.

    Rows that are missing take leads with them, wherever a table was cut.
    """
    known = effects[["feature_id", "p_value", "feature_min_p"]]
    known = known.dropna(subset="feature_min_p")
    if known.empty:
        return not_checked(0, "the table does not tell the smallest p of a feature")
    smallest = known.groupby("feature_id", observed=True).min()
    is_missing = smallest["p_value"] > smallest["feature_min_p"] * (1 + _ROUNDING)
    n = len(smallest)
    if n < MIN_ROWS:
        return too_few(n, "features")
    return Measured(
        is_missing.mean(),
        n,
        f"{is_missing.sum():,} of {n:,} features lack the pair with their smallest p",
    )


def pairs_per_variant(effects, n_variants):
    """Measure how many pairs there are for each of the unique variants."""
    n_pairs = len(effects)
    if n_pairs == 0:
        return too_few(n_pairs, "pairs")
    return Measured(
        n_pairs / n_variants,
        n_pairs,
        f"{n_pairs:,} pairs of {n_variants:,} unique variants and"
        f" {effects['feature_id'].nunique():,} features",
    )


def maf_range(maf):
    """Measure the share of minor allele frequencies that are none: not in 0 to 0.5."""
    maf = maf[np.isfinite(maf)]
    n = len(maf)
    if n < MIN_ROWS:
        return too_few(n, "minor allele frequencies")
    is_none = (maf < 0) | (maf > 0.5)
    told = f"smallest {maf.min():.4g}, largest {maf.max():.4g}"
    return Measured(is_none.mean(), n, f"{is_none.sum():,} of {n:,} beyond; {told}")


def _substitutions(variants):
    """Return REF and ALT of those variants that are substitutions, as in "AG"."""
    ids = pa.array(variants, type=pa.string())
    parts = pc.extract_regex(ids, r"_(?P<ref>[ACGT])_(?P<alt>[ACGT])(?:_b\d+)?$")
    parts = parts.drop_null()
    if len(parts) == 0:
        return pa.array([], type=pa.string())
    ref, alt = (pc.struct_field(parts, name) for name in ("ref", "alt"))
    return pc.binary_join_element_wise(ref, alt, "")


def palindromic_share(changes):
    """Measure the share of substitutions that read the same on both strands.

    No strand can be told from the alleles of these.

    Parameters
    ----------
    changes : pyarrow.Array of str
        REF and ALT of unique substitutions, as in "AT".
    """
    n = len(changes)
    if n < MIN_ROWS:
        return too_few(n, "substitutions")
    n_found = pc.sum(pc.is_in(changes, _PALINDROMES)).as_py()
    return Measured(n_found / n, n, f"{n_found:,} of {n:,} substitutions")


def commonest_change(changes):
    """Measure the share of the commonest substitution, which placeholders raise.

    Parameters
    ----------
    changes : pyarrow.Array of str
        REF and ALT of unique substitutions, as in "AT".
    """
    n = len(changes)
    if n < MIN_ROWS:
        return too_few(n, "substitutions")
    counts = pc.value_counts(changes).to_pylist()
    most = max(counts, key=lambda each: (each["counts"], each["values"]))
    ref, alt = most["values"]
    return Measured(
        most["counts"] / n, n, f"{most['counts']:,} of {n:,} are {ref} to {alt}"
    )


def unoriented(effects, dropped, is_unordered):
    """Measure the share of rows neither of whose alleles is the genome's.

    The genome makes the other rows' REF, which agrees with it whatever the build: what
    is left over is all that tells wrong positions.
    """
    if not is_unordered:
        return not_checked(0, "the table says which allele is REF")
    n_lost, n = count_unoriented(effects, dropped)
    if n == 0:
        return too_few(n, "rows")
    return Measured(
        n_lost / n, n, f"neither allele of {n_lost:,} of {n:,} rows is the genome's"
    )


def tissue(curies, tissue_curies):
    """Measure the share of the tracks' CURIEs that are of the dataset's tissue.

    It is known before anything is predicted.
    """
    if not tissue_curies:
        return not_checked(0, "the dataset declares no tissue, or there are no tracks")
    if not curies:
        return not_checked(0, "all tracks are asked for, which are of no tissue")
    chosen, own = (
        {each.split("/")[0] for each in members} for members in (curies, tissue_curies)
    )
    return Measured(
        len(chosen & own) / len(chosen),
        len(chosen),
        f"set {', '.join(sorted(chosen))}, tissue {', '.join(tissue_curies)}",
    )
