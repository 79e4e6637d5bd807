"""Gates on a table of effects: is it what its format says, and in its unit?

The table is read part by part, each gate its own columns, so that memory hardly grows
with the number of rows, and by 8 bytes with each feature.
"""

from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.columns import EFFECTS
from endobench.design.tasks import NO_ALLELE
from endobench.gates import p_values
from endobench.gates.verdicts import MIN_ROWS, Measured, not_checked, rarer_of, too_few
from endobench.stats.streaming import Bounds, Median

# Of a p value that is written twice.
_ROUNDING = 1e-3
_BASES = pa.array(["A", "C", "G", "T"])
_PALINDROMES = ("AT", "TA", "CG", "GC")
# The largest minor allele frequency.
_MAX_MAF = 0.5
_OUT_OF_RANGE = "effect_out_of_range"
_NEITHER = "neither_allele_is_reference"
_DUPLICATES = ("duplicate", "conflicting_duplicate")
_FEATURES = pa.schema(map(EFFECTS.field, ["feature_id", "p_value", "feature_min_p"]))
_MANY_FEATURES = 1 << 17


def measure(
    effects,
    variants,
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
    effects, variants, dropped : callable
        Each returns, as often as it is called with names of columns, the parts of its
        table as Arrow tables: `columns.EFFECTS`, the unique variants of these rows in
        `columns.VARIANTS`, and in `columns.DROPPED` what reading them dropped.
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
    reasons = count_reasons(dropped)
    n_pairs, n_features, leads = summarise_features(effects)
    n_variants, changes = count_changes(variants)
    signs = effect_signs(effects, unit)
    return {
        "effect_signs": signs if is_signed else not_checked(signs.n, NO_ALLELE),
        "effect_p_agreement": p_values.agreement(effects, unit.null),
        "effect_range": range_share(effects, dropped, unit),
        "effect_scale": scale(effects, unit),
        "effect_duplicates": duplicate_share(n_pairs, n_features, reasons),
        "missing_leads": missing_leads(leads),
        "pairs_per_variant": pairs_per_variant(n_pairs, n_variants, n_features),
        "maf_range": maf_range(effects),
        "palindromic_share": palindromic_share(changes),
        "commonest_change": commonest_change(changes),
        "unoriented": unoriented(n_pairs, reasons, is_unordered),
        "tissue": tissue(curies, tissue_curies),
    }


def count_reasons(dropped):
    """Count the rows that were dropped, by their reason."""
    reasons = Counter()
    for part in dropped(["reason"]):
        for each in pc.value_counts(part["reason"]).to_pylist():
            reasons[each["values"]] += each["counts"]
    return reasons


def summarise_features(effects):
    """Count pairs and features, and find the smallest p value of each feature.

    Returns
    -------
    n_pairs, n_features : int
    leads : pyarrow.Table
        ``feature_id``, ``p_value`` and ``feature_min_p``: the smallest that is there,
        and the smallest that the table says, of the features of which it says it.
    """
    n_pairs, hashes = 0, [np.empty(0, dtype=np.uint64)]
    found = [pa.table([[]] * 3, _FEATURES)]
    for part in effects(_FEATURES.names):
        n_pairs += part.num_rows
        names = pc.unique(part["feature_id"]).cast(pa.string()).drop_null()
        hashes.append(pd.util.hash_array(names.to_numpy(zero_copy_only=False)))
        told = part.filter(pc.is_valid(part["feature_min_p"]))
        found.append(_smallest(told).cast(_FEATURES))
        # Features may be few, or stand together, or be in all parts.
        if sum(map(len, found)) > 2 * len(found[0]) + _MANY_FEATURES:
            found = [_smallest(pa.concat_tables(found))]
    n_features = len(np.unique(np.concatenate(hashes)))
    return n_pairs, n_features, _smallest(pa.concat_tables(found))


def _smallest(table):
    key, *values = table.column_names
    table = table.filter(pc.is_valid(table[key]))
    groups = table.group_by(key, use_threads=False)
    found = groups.aggregate([(name, "min") for name in values])
    return found.rename_columns([key, *values])


def count_changes(variants):
    """Count the unique variants, and those that are substitutions by their alleles.

    Returns
    -------
    n_variants : int
    changes : collections.Counter
        By REF and ALT, as in "AG".
    """
    n_variants, changes = 0, Counter()
    for part in variants(["ref", "alt"]):
        n_variants += part.num_rows
        counts = part.group_by(["ref", "alt"]).aggregate([([], "count_all")])
        for name in ("ref", "alt"):
            is_base = pc.is_in(counts[name].cast(pa.string()), _BASES)
            counts = counts.filter(is_base)
        for ref, alt, n in zip(*(each.to_pylist() for each in counts), strict=True):
            changes[ref + alt] += n
    return n_variants, changes


def effect_signs(effects, unit):
    """Measure the share of the rarer sign among effects that are not null."""
    counts = np.zeros(2, dtype=int)
    for (effect,) in _numbers(effects, "effect"):
        counts += (effect > unit.null).sum(), (effect < unit.null).sum()
    return rarer_of(*counts.tolist(), "effects")


def range_share(effects, dropped, unit):
    """Measure the share of effects that are impossible in the declared unit.

    Those that were dropped for it count, too.
    """
    found = Bounds(unit.low, unit.high)
    for (effect,) in _numbers(effects, "effect"):
        found.add(effect)
    for part in dropped(["reason", "value"]):
        is_gone = pc.equal(part["reason"].cast(pa.string()), _OUT_OF_RANGE)
        gone = part["value"].filter(is_gone)
        found.add(gone.cast(pa.float64()).to_numpy())
    if found.n == 0:
        return too_few(found.n, "effects")
    return Measured(
        found.n_beyond / found.n,
        found.n,
        f"{found.n_beyond:,} of {found.n:,} effects outside {unit.low:g} to"
        f" {unit.high:g}; {found}",
    )


def scale(effects, unit):
    """Measure by which factor the median effect lies out of its unit's usual band.

    Returns
    -------
    gates.Measured
        1 within the band.
    """

    def sizes():
        for (effect,) in _numbers(effects, "effect"):
            yield np.abs(effect - unit.null)

    median = Median()
    for each in sizes():
        median.count(each)
    n = median.n
    if n < MIN_ROWS:
        return too_few(n, "effects")
    for each in sizes():
        median.gather(each)
    middle = median.middle().mean()
    low, high = unit.usual_low, unit.usual_high
    if middle > 0:
        fold = max(low / middle, middle / high, 1.0)
    else:
        fold = np.inf if low > 0 else 1.0
    return Measured(
        fold, n, f"median size {middle:.4g}, usually between {low:g} and {high:g}"
    )


def _numbers(parts, *names):
    """Yield some columns of numbers, part by part."""
    for part in parts(list(names)):
        yield [part[name].to_numpy() for name in names]


def duplicate_share(n_pairs, n_features, reasons):
    """Measure the share of rows that were dropped since they repeat a pair."""
    found = {name: reasons[name] for name in _DUPLICATES}
    n_duplicates = sum(found.values())
    n = n_pairs + n_duplicates
    if n == 0:
        return too_few(n, "rows")
    told = ", ".join(f"{name} {count:,}" for name, count in found.items())
    # A table of pairs that is read without its features conflicts with itself.
    if found["conflicting_duplicate"] and n_features == 1:
        told += "; no feature_id is declared: is one variant there with several?"
    return Measured(n_duplicates / n, n, f"of {n:,} rows: {told}")


def missing_leads(leads):
    """Measure the share of features whose smallest p is not the one that the table says.

    Rows that are missing take leads with them, wherever a table was cut.

    Parameters
    ----------
    leads : pyarrow.Table
        See `summarise_features`.
    """
    n = leads.num_rows
    if n == 0:
        return not_checked(0, "the table does not tell the smallest p of a feature")
    if n < MIN_ROWS:
        return too_few(n, "features")
    limit = leads["feature_min_p"].to_numpy() * (1 + _ROUNDING)
    n_missing = int((leads["p_value"].to_numpy() > limit).sum())
    return Measured(
        n_missing / n,
        n,
        f"{n_missing:,} of {n:,} features lack the pair with their smallest p",
    )


def pairs_per_variant(n_pairs, n_variants, n_features):
    """Measure how many pairs there are for each of the unique variants."""
    if n_pairs == 0:
        return too_few(n_pairs, "pairs")
    return Measured(
        n_pairs / n_variants,
        n_pairs,
        f"{n_pairs:,} pairs of {n_variants:,} unique variants and"
        f" {n_features:,} features",
    )


def maf_range(effects):
    """Measure the share of minor allele frequencies that are none: not in 0 to 0.5."""
    found = Bounds(0, _MAX_MAF)
    for (maf,) in _numbers(effects, "maf"):
        found.add(maf[np.isfinite(maf)])
    n = found.n
    if n < MIN_ROWS:
        return too_few(n, "minor allele frequencies")
    return Measured(
        found.n_beyond / n, n, f"{found.n_beyond:,} of {n:,} beyond; {found}"
    )


def palindromic_share(changes):
    """Measure the share of substitutions that read the same on both strands.

    No strand can be told from the alleles of these.

    Parameters
    ----------
    changes : collections.Counter
        See `count_changes`.
    """
    n = changes.total()
    if n < MIN_ROWS:
        return too_few(n, "substitutions")
    n_found = sum(changes[each] for each in _PALINDROMES)
    return Measured(n_found / n, n, f"{n_found:,} of {n:,} substitutions")


def commonest_change(changes):
    """Measure the share of the commonest substitution, which placeholders raise.

    Parameters
    ----------
    changes : collections.Counter
        See `count_changes`.
    """
    n = changes.total()
    if n < MIN_ROWS:
        return too_few(n, "substitutions")
    (ref, alt), most = max(changes.items(), key=lambda each: each[::-1])
    return Measured(most / n, n, f"{most:,} of {n:,} are {ref} to {alt}")


def unoriented(n_pairs, reasons, is_unordered):
    """Measure the share of rows neither of whose alleles is the genome's.

    The genome makes the other rows' REF, which agrees with it whatever the build: what
    is left over is all that tells wrong positions.
    """
    if not is_unordered:
        return not_checked(0, "the table says which allele is REF")
    n_lost = reasons[_NEITHER]
    n = n_pairs + n_lost
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
