"""Gates on a table of effects: are its columns what the sheet declares?

The table is read part by part, and each gate reads its own columns. Memory hardly grows
with the number of rows; each feature takes 8 bytes.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.columns import EFFECTS
from endobench.design.tasks import NO_ALLELE
from endobench.design.units import Unit
from endobench.gates.effect_tables.p_values import effect_p_agreement
from endobench.gates.effect_tables.selection import ONE_SIGN, PALINDROMES, missing_leads
from endobench.gates.verdicts import (
    MIN_ROWS,
    Measured,
    not_checked,
    rarer_sign,
    share_of,
    too_few,
)
from endobench.stats.streaming import Bounds, Median

_BASES = pa.array(["A", "C", "G", "T"])
_MAX_MAF = 0.5
# Largest share of p values that contradict effects, in a sound table.
_LIKE_P = 0.01
# Of logarithms of ratios, one would be below -1 if as many are expected there.
_MANY_ABOVE = 20
_OUT_OF_RANGE = "effect_out_of_range"
_NEITHER = "neither_allele_is_reference"
_DUPLICATES = ("duplicate", "conflicting_duplicate")
_FEATURES = pa.schema(map(EFFECTS.field, ["feature_id", "p_value", "feature_min_p"]))
_MANY_FEATURES = 1 << 17


class Declared(NamedTuple):
    """What the sheet and the config declare about a table of effects.

    Attributes
    ----------
    unit : units.Unit
        The declared unit, whichever column was read as the effect.
    curies : sequence of str
        Members of the requested track set (`tracks.select`); empty for all tracks.
    tissue_curies : sequence of str
        CURIEs of the dataset's tissue; empty if it declares none.
    is_signed : bool, default True
        Whether the source states the effect allele.
    is_unordered : bool, default False
        Whether the alleles of the source have no fixed order (`harmonise`).
    """

    unit: Unit
    curies: tuple = ()
    tissue_curies: tuple = ()
    is_signed: bool = True
    is_unordered: bool = False


def measure(effects, variants, dropped, declared):
    """Measure every gate of the stage "effects".

    Parameters
    ----------
    effects, variants, dropped : callable
        Each takes the names of columns and returns the parts of its table as Arrow
        tables, as often as it is called: `columns.EFFECTS`, their unique variants in
        `columns.VARIANTS`, and the rows that reading dropped, in `columns.DROPPED`.
    declared : Declared

    Returns
    -------
    dict of str to Measured
    """
    unit = declared.unit
    reasons = count_reasons(dropped)
    n_pairs, n_features, leads = summarise_features(effects)
    n_variants, changes = count_changes(variants)
    agreement = effect_p_agreement(effects, unit.null)
    return {
        "effect_signs": effect_signs(effects, unit, declared.is_signed, agreement),
        "effect_p_agreement": agreement,
        "effect_range": effect_range(effects, dropped, unit),
        "effect_scale": effect_scale(effects, unit),
        "effect_duplicates": effect_duplicates(n_pairs, n_features, reasons),
        "missing_leads": missing_leads(leads, n_variants, changes),
        "pairs_per_variant": pairs_per_variant(n_pairs, n_variants, n_features),
        "maf_range": maf_range(effects),
        "palindromic_share": palindromic_share(changes),
        "commonest_change": commonest_change(changes),
        "unoriented": unoriented(n_pairs, reasons, declared.is_unordered),
        "tissue": tissue(declared.curies, declared.tissue_curies),
    }


def count_reasons(dropped):
    """Count the dropped rows by reason."""
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
        Of each feature whose smallest p value the source reports: ``feature_id``,
        ``p_value``, the smallest that was read, and ``feature_min_p``, the reported one.
    """
    n_pairs, hashes = 0, [np.empty(0, dtype=np.uint64)]
    found = [pa.table([[]] * 3, _FEATURES)]
    for part in effects(_FEATURES.names):
        n_pairs += part.num_rows
        names = pc.unique(part["feature_id"]).cast(pa.string()).drop_null()
        hashes.append(pd.util.hash_array(names.to_numpy(zero_copy_only=False)))
        reported = part.filter(pc.is_valid(part["feature_min_p"]))
        found.append(_smallest(reported).cast(_FEATURES))
        # A feature may recur in every part: merge once the parts have doubled in size.
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
    """Count the unique variants, and the single-base substitutions among them.

    Returns
    -------
    n_variants : int
    changes : collections.Counter
        Substitutions by REF and ALT, as in "AG".
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


def effect_signs(effects, unit, is_signed, agreement=None):
    """Measure the share of the rarer sign among effects that differ from the null.

    If p values follow from effects and their errors, effects of one sign are no p values or
    errors. They were chosen by their sign, or have lost it, which their scores tell
    (`selection.one_sign`).

    Parameters
    ----------
    effects : callable
        See `measure`.
    unit : units.Unit
    is_signed : bool
    agreement : Measured, optional
        Of the gate `effect_p_agreement`.
    """
    counts = np.zeros(2, dtype=int)
    for (effect,) in _numbers(effects, "effect"):
        counts += (effect > unit.null).sum(), (effect < unit.null).sum()
    found = rarer_sign(*counts.tolist(), "effects")
    is_effect = agreement is not None and agreement.value <= _LIKE_P
    if found.value < ONE_SIGN and is_effect:
        why = "effects have one sign, but their errors and p values belong to them"
        found = not_checked(found.n, f"{why} ({found.evidence})")
    return found if is_signed else not_checked(found.n, NO_ALLELE)


def effect_range(effects, dropped, unit):
    """Measure the share of effects that are impossible in the declared unit.

    Effects that were dropped for this reason count as well. Where some are above 1 and none
    below -1, those above count: relative changes are never below -1, unlike logarithms.
    """
    bounds, n_below, n_above = Bounds(unit.low, unit.high), 0, 0
    n_negative = n_positive = 0
    for (effect,) in _numbers(effects, "effect"):
        bounds.add(effect)
        n_below += int((effect < -1).sum())
        n_above += int((effect > 1).sum())
        n_negative += int((effect < 0).sum())
        n_positive += int((effect > 0).sum())
    for part in dropped(["reason", "value"]):
        is_beyond = pc.equal(part["reason"].cast(pa.string()), _OUT_OF_RANGE)
        beyond = part["value"].filter(is_beyond)
        bounds.add(beyond.cast(pa.float64()).to_numpy())
    if bounds.n == 0:
        return too_few(0, "effects", 1)
    # Few effects may be negative, if they were chosen by their sign.
    n_expected = n_above * n_negative / max(n_positive, 1)
    is_ratio = unit.low < -1 < unit.null and not n_below and n_expected >= _MANY_ABOVE
    if is_ratio and n_above > bounds.n_beyond:
        words = (
            "effects are above 1 and none below -1, as relative changes (ratio - 1) are"
        )
        return share_of(n_above, bounds.n, words)
    return share_of(
        bounds.n_beyond,
        bounds.n,
        f"effects outside {unit.low:g} to {unit.high:g} ({bounds})",
    )


def effect_scale(effects, unit):
    """Measure the factor by which the median effect lies outside its usual range.

    Returns
    -------
    Measured
        1 within the usual range of the unit.
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
        fold,
        n,
        f"median distance of {n:,} effects from the null {middle:.4g}, usually"
        f" {low:g} to {high:g}",
    )


def _numbers(parts, *names):
    """Yield some numeric columns, part by part."""
    for part in parts(list(names)):
        yield [part[name].to_numpy() for name in names]


def effect_duplicates(n_pairs, n_features, reasons):
    """Measure the share of rows that were dropped because they repeat a pair."""
    counts = {name: reasons[name] for name in _DUPLICATES}
    n_duplicates = sum(counts.values())
    n = n_pairs + n_duplicates
    if n == 0:
        return too_few(0, "rows", 1)
    parts = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    # Without its features, a table of pairs conflicts with itself.
    hint = ""
    if counts["conflicting_duplicate"] and n_features == 1:
        hint = ", and no feature_id is declared"
    return share_of(n_duplicates, n, f"rows repeat a pair ({parts}){hint}")


def pairs_per_variant(n_pairs, n_variants, n_features):
    """Measure the number of pairs per unique variant."""
    if n_pairs == 0:
        return too_few(0, "pairs", 1)
    return Measured(
        n_pairs / n_variants,
        n_pairs,
        f"{n_pairs:,} pairs of {n_variants:,} unique variants and"
        f" {n_features:,} features",
    )


def maf_range(effects):
    """Measure the share of minor allele frequencies outside 0 to 0.5."""
    bounds = Bounds(0, _MAX_MAF)
    for (maf,) in _numbers(effects, "maf"):
        bounds.add(maf[np.isfinite(maf)])
    n = bounds.n
    if n < MIN_ROWS:
        return too_few(n, "minor allele frequencies")
    return share_of(
        bounds.n_beyond,
        n,
        f"minor allele frequencies outside 0 to {_MAX_MAF:g} ({bounds})",
    )


def palindromic_share(changes):
    """Measure the share of substitutions whose alleles are complementary.

    Their alleles do not reveal the strand.

    Parameters
    ----------
    changes : collections.Counter
        See `count_changes`.
    """
    n = changes.total()
    if n < MIN_ROWS:
        return too_few(n, "substitutions")
    n_found = sum(changes[each] for each in PALINDROMES)
    return share_of(n_found, n, "substitutions are A/T or C/G")


def commonest_change(changes):
    """Measure the share of the most common substitution, which placeholders raise.

    Parameters
    ----------
    changes : collections.Counter
        See `count_changes`.
    """
    n = changes.total()
    if n < MIN_ROWS:
        return too_few(n, "substitutions")
    (ref, alt), most = max(changes.items(), key=lambda each: each[::-1])
    return share_of(most, n, f"substitutions are {ref} to {alt}")


def unoriented(n_pairs, reasons, is_unordered):
    """Measure the share of rows in which neither allele matches the genome.

    In all other rows the genome decides which allele is REF, so their REF matches on any
    build. Only these rows reveal wrong positions.
    """
    if not is_unordered:
        return not_checked(0, "the table states which allele is REF")
    n_lost = reasons[_NEITHER]
    n = n_pairs + n_lost
    if n == 0:
        return too_few(0, "rows", 1)
    return share_of(n_lost, n, "rows have no allele that matches the genome")


def tissue(curies, tissue_curies):
    """Measure the share of the track set's CURIEs that belong to the dataset's tissue.

    The gate needs no prediction.
    """
    if not tissue_curies:
        return not_checked(0, "the dataset declares no tissue, or there are no tracks")
    if not curies:
        return not_checked(0, "all tracks are requested, from many tissues")
    chosen, own = (
        {each.split("/")[0] for each in members} for members in (curies, tissue_curies)
    )
    return share_of(
        len(chosen & own),
        len(chosen),
        f"CURIEs of the track set ({', '.join(sorted(chosen))}) belong to the tissue"
        f" ({', '.join(tissue_curies)})",
    )
