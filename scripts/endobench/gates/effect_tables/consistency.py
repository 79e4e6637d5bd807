"""Gates on a table of effects: do its rows agree with each other and the annotation?

A column that was shuffled, sorted or shifted against the others leaves every single value
plausible. It shows where several rows must have one value: a feature has one place, and a
variant one frequency. The table is read part by part; each variant and each feature takes
some tens of bytes.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.repeated import ALIGNED, ALIGNED_CONFLICT, ALIGNED_OPPOSITE
from endobench.design.units import OF_GENOTYPES
from endobench.gates.effect_tables.feature_places import (
    Places,
    feature_place,
    feature_start,
)
from endobench.gates.effect_tables.rounding import Rounding
from endobench.gates.effect_tables.row_tallies import (
    Extremes,
    keyed,
    name_examples,
    numbers_of,
)
from endobench.gates.verdicts import (
    MIN_ROWS,
    Measured,
    not_checked,
    share_of,
    too_few,
)

# Relative difference allowed between two records of one number, as in text of 6 digits.
_ROUNDING = 1e-4
# Missing genotypes reduce the number of samples of a variant, in GTEx v8 by up to 23 %.
_FEWEST_SAMPLES = 0.5
# Covariates and departures from Hardy-Weinberg proportions raise errors, to at most 1.3 in
# all but 0.002 % of GTEx's rows of Kidney Cortex and Whole Blood, the smallest and a large
# tissue. Its independent signals have 0.7 % above.
_LARGEST_SE = 1.3
_COMMON = 0.5
_OF_FEATURE = ("feature_min_p", "feature_max_p")
_OF_VARIANT = ("maf", "af", "allele_count")


class Sources(NamedTuple):
    """What is known about a table of effects besides its rows.

    Attributes
    ----------
    unit : str, optional
        A key of `units.UNITS`.
    is_prescribed : bool, default False
        Whether the format prescribes that distances are positions minus start sites, and
        that all variants have one cohort.
    starts : pandas.DataFrame or None
        Start sites of genes; see `gtf.gene_starts`.
    """

    unit: str = ""
    is_prescribed: bool = False
    starts: pd.DataFrame | None = None


def measure(effects, sources=Sources()):  # noqa: B008
    """Measure the gates on the consistency of a table, of the stage "effects".

    Parameters
    ----------
    effects : callable
        See `contents.measure`.
    sources : Sources

    Returns
    -------
    dict of str to Measured
    """
    places = Places(effects, sources.is_prescribed)
    return {
        "feature_place": feature_place(places, effects),
        "feature_start": feature_start(places, sources.starts),
        "variant_constants": variant_constants(effects),
        "feature_constants": feature_constants(effects),
        "feature_p_range": feature_p_range(effects),
        "sample_count": sample_count(effects, sources.is_prescribed),
        "se_size": se_size(effects, sources.is_prescribed),
        "se_follows_maf": se_follows_maf(effects, sources.unit),
    }


def variant_constants(effects):
    """Measure the share of variants in several rows with several frequencies."""
    return _constants(effects, "variant_id", _OF_VARIANT, "variants")


def feature_constants(effects):
    """Measure the share of features in several rows with several values of a constant."""
    return _constants(effects, "feature_id", _OF_FEATURE, "features")


def _constants(effects, name, columns, what):
    """Measure the share of variants or features with several values of a constant."""
    extremes = Extremes(len(columns))
    for part in effects([name, *columns]):
        key, *values = keyed(part, name, columns)
        extremes.add(key, values)
    n, bad, counts = 0, [np.zeros(0, dtype=np.uint64)], {}
    for key, *found in extremes.merged():
        is_several, is_bad = (np.zeros(len(key), dtype=bool) for _ in range(2))
        for column, low, high, has_several in zip(columns, *found, strict=True):
            is_wide = has_several & (high - low > _ROUNDING * np.abs(high))
            is_several |= has_several
            is_bad |= is_wide
            if np.isfinite(low).any():
                counts[column] = counts.get(column, 0) + int(is_wide.sum())
        n += int(is_several.sum())
        bad.append(key[is_bad])
    bad = np.concatenate(bad)
    words = [f"{each} in {counts[each]:,}" for each in columns if each in counts]
    if n < MIN_ROWS:
        return too_few(n, f"{what} in several rows with such values")
    found = share_of(
        len(bad), n, f"{what} in several rows have several values ({', '.join(words)})"
    )
    if len(bad):

        def is_one(part):
            key, *_ = keyed(part, name, [])
            return np.isin(key, bad)

        examples = name_examples(effects, [], is_one)
        found = found._replace(evidence=f"{found.evidence}, such as {examples}")
    return found


def feature_p_range(effects):
    """Measure the share of p values outside the range reported for their feature."""

    def is_outside(part):
        p, low, high = (numbers_of(part, each) for each in ("p_value", *_OF_FEATURE))
        return (p < low * (1 - _ROUNDING)) | (p > high * (1 + _ROUNDING))

    n = n_outside = 0
    for part in effects(["p_value", *_OF_FEATURE]):
        p, *limits = (numbers_of(part, each) for each in ("p_value", *_OF_FEATURE))
        n += int((np.isfinite(p) & np.isfinite(limits).any(axis=0)).sum())
        n_outside += int(is_outside(part).sum())
    if n < MIN_ROWS:
        return too_few(n, "p values of features with a reported range")
    found = share_of(n_outside, n, "p values are outside the range of their feature")
    if n_outside:
        examples = name_examples(effects, ["p_value", *_OF_FEATURE], is_outside)
        found = found._replace(evidence=f"{found.evidence}, such as {examples}")
    return found


def sample_count(effects, is_prescribed=False):
    """Measure the share of rows with an impossible number of chromosomes.

    That number is the minor allele count divided by its frequency. Most rows of a table
    have one; missing genotypes only reduce it. If few rows have it, the table may join
    several cohorts, unless its format excludes that. Frequencies of a few digits leave the
    number open.
    """
    counts, rounding = _count_samples(effects), _rounding_of(effects, "maf")
    n = counts.total()
    if n < MIN_ROWS:
        return too_few(n, "rows with an allele count and a frequency")
    most = _commonest(counts)
    if counts[most] < _COMMON * n and not is_prescribed:
        return not_checked(n, "no number of samples is common to most rows")

    def is_off(part):
        ratio = _samples(part)
        is_number = np.isfinite(ratio)
        maf = numbers_of(part, "maf")
        # Twice, since the number of most rows is open, too.
        room = 2 * rounding.halves(maf) / np.where(maf > 0, maf, np.inf)
        slack = 1.5 + (_ROUNDING + room) * most
        return is_number & ((ratio > most + slack) | (ratio < _FEWEST_SAMPLES * most))

    n_off = sum(int(is_off(part).sum()) for part in effects(["allele_count", "maf"]))
    measured = share_of(
        n_off,
        n,
        f"rows have a minor allele count that contradicts its frequency and the {most:,.0f}"
        f" chromosomes of most rows",
    )
    if n_off:
        examples = name_examples(effects, ["allele_count", "maf"], is_off)
        measured = measured._replace(
            evidence=f"{measured.evidence}, such as {examples}"
        )
    return measured


def _samples(part):
    """Return the number of chromosomes that each row's count and frequency imply."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return numbers_of(part, "allele_count") / numbers_of(part, "maf")


def _rounding_of(effects, name):
    rounding = Rounding()
    for part in effects([name]):
        rounding.look(numbers_of(part, name))
    return rounding


def _count_samples(effects):
    counts = Counter()
    for part in effects(["allele_count", "maf"]):
        ratio = _samples(part)
        ratio = np.round(ratio[np.isfinite(ratio)].astype(np.float32))
        values, sizes = np.unique(ratio, return_counts=True)
        counts.update(dict(zip(values.tolist(), sizes.tolist(), strict=True)))
    return counts


def _commonest(counts):
    # The least of several that are as common.
    return min(counts, key=lambda value: (-counts[value], value))


def se_size(effects, is_prescribed=False):
    """Measure the share of standard errors too large for a standardised phenotype.

    The variance of a slope is that of the residuals, at most 1, over the number of samples
    and the variance of genotypes. Effects in another unit, or scaled for some features,
    keep their z scores, but not this bound.

    Parameters
    ----------
    effects : callable
        See `contents.measure`.
    is_prescribed : bool
        Whether the format prescribes standardised phenotypes and one cohort.
    """
    if not is_prescribed:
        return not_checked(0, "the format prescribes no standardised phenotype")
    counts = _count_samples(effects)
    if counts.total() < MIN_ROWS:
        return too_few(counts.total(), "rows with an allele count and a frequency")
    n_chromosomes = _commonest(counts)

    def ratio_of(part):
        se, maf = (numbers_of(part, name) for name in ("effect_se", "maf"))
        with np.errstate(invalid="ignore"):
            return se * np.sqrt(maf * (1 - maf) * n_chromosomes)

    def is_large(part):
        return ratio_of(part) > _LARGEST_SE

    n = n_large = 0
    for part in effects(["effect_se", "maf"]):
        n += int(np.isfinite(ratio_of(part)).sum())
        n_large += int(is_large(part).sum())
    if n < MIN_ROWS:
        return too_few(n, "rows with a standard error and a frequency")
    found = share_of(
        n_large,
        n,
        f"standard errors are more than {_LARGEST_SE:g} times that of a phenotype of"
        f" variance 1 in {n_chromosomes / 2:,.0f} samples",
    )
    if n_large:
        examples = name_examples(effects, ["effect_se", "maf"], is_large)
        found = found._replace(evidence=f"{found.evidence}, such as {examples}")
    return found


def se_follows_maf(effects, unit):
    """Measure how standard errors follow allele frequencies within features.

    Returns
    -------
    Measured
        Correlation within features of log(SE) with -log(maf (1 - maf)) / 2.
    """
    if unit not in OF_GENOTYPES:
        return not_checked(0, "effects are not slopes of a regression on genotypes")
    sums, totals = [np.zeros((0, 4))], np.zeros(3)
    for part in effects(["feature_id", "effect_se", "maf"]):
        key, se, maf = keyed(part, "feature_id", ["effect_se", "maf"])
        is_used = (se > 0) & (maf > 0) & (maf < 1)
        x = -np.log(maf[is_used] * (1 - maf[is_used])) / 2
        y = np.log(se[is_used])
        names, code = np.unique(key[is_used], return_inverse=True)
        terms = np.ones(len(x)), x, y
        sums.append(
            np.column_stack(
                [names.view(np.int64).astype(object)]
                + [np.bincount(code, each, len(names)) for each in terms]
            )
        )
        totals += (x * x).sum(), (y * y).sum(), (x * y).sum()
    frame = pd.DataFrame(np.concatenate(sums), columns=["key", "n", "x", "y"])
    n, x, y = (
        frame.astype({"n": float, "x": float, "y": float})
        .groupby("key")[["n", "x", "y"]]
        .sum()
        .to_numpy()
        .T
    )
    n_free = int(n.sum()) - len(n)
    if n_free < MIN_ROWS:
        return too_few(max(n_free, 0), "further rows of a feature with SE and maf")
    xx, yy, xy = (
        total - (a * b / n).sum()
        for total, a, b in zip(totals, (x, y, x), (x, y, y), strict=True)
    )
    least = _ROUNDING * n_free * 1e-4
    if xx <= least:
        return not_checked(n_free, "frequencies do not vary within features")
    # One error for all variants of a feature follows no frequency.
    r = xy / np.sqrt(xx * yy) if yy > least else 0.0
    return Measured(
        r,
        int(n.sum()),
        f"standard errors of {int(n.sum()):,} rows of {len(n):,} features correlate by"
        f" {r:z.3f} with those that frequencies imply",
    )


def aligned_duplicates(waterfall):
    """Measure the share of pairs that conflict with another after left-alignment.

    Parameters
    ----------
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL`.
    """
    counts = waterfall.groupby("reason")["n_pairs"].sum()
    same, conflict, opposite = (
        int(counts.get(each, 0))
        for each in (ALIGNED, ALIGNED_CONFLICT, ALIGNED_OPPOSITE)
    )
    n = int(waterfall["n_pairs"].iloc[-1]) + same + conflict + opposite
    return share_of(
        conflict + opposite,
        n,
        f"pairs conflict with another pair of the same variant and feature once indels are"
        f" left-aligned, {opposite:,} of them with effects of the opposite sign ({same:,}"
        " others repeat a pair)",
    )
