"""Gates on the scale of parts: are effects, their errors and scores in one unit throughout?

A part whose effects and errors were divided by a constant keeps its z scores and p values,
and one whose scores were keeps their signs and ranks.
"""

import itertools

import numpy as np
import pandas as pd

from endobench.benchmark.divisions import DIVISIONS, Labels
from endobench.benchmark.strata import features_of
from endobench.design.units import OF_GENOTYPES
from endobench.gates.verdicts import MIN_ROWS, Measured, too_few

# Neither alleles nor places decide on the size of an effect. Frequencies and distances do.
_DIVISIONS = (
    "chromosome",
    "region",
    "lines of the table",
    "kind of variant",
    "substitution",
    "palindromic alleles",
    "order of the alleles",
    "strand of the gene",
)
_OF_SCORES = ("chromosome", "lines of the table", "strand of the gene", "route")
# Standard errors of the fold, for the largest of some hundred parts.
_Z = 4.0
_LEAST_SPREAD = 1e-9
# The standard error of a median, in median absolute deviations of normal values.
_ERROR_OF_MEDIAN = 1.2533 * 1.4826


def part_scales(pairs, labels=None, null=0.0):
    """Measure the fold by which effects or errors of a part differ in scale, at least.

    Effects are also compared about the mean of their feature, since a part in another unit
    may differ in that spread alone. Standard errors are compared as they would be at one
    allele frequency, if effects are slopes of a regression on genotypes: their unit is then
    the same in all parts. Each feature counts once, with its median.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    labels : divisions.Labels, optional
        Of the pairs, if they are known.
    null : float
        Value of no effect.

    Returns
    -------
    Measured
        The lower bound of the fold between the medians of a part and of the rest, for the
        part where it is largest: 1 if no part differs.
    """
    effect = pairs["effect"].to_numpy(dtype=float) - null
    feature = pd.factorize(features_of(pairs))[0] + 1
    mean = np.bincount(feature, effect) / np.maximum(np.bincount(feature), 1)
    about = np.abs(effect - mean[feature])
    values = {
        "effects": np.abs(effect),
        # Equal effects differ from their mean by the error of a float alone.
        "effects about the mean of their feature": np.where(
            about > _LEAST_SPREAD * np.abs(effect), about, 0.0
        ),
        "standard errors": _errors(pairs),
    }
    return _largest_fold(pairs, values, "median", _DIVISIONS, labels)


def score_scales(pairs, labels=None):
    """Measure the fold by which scores of a part differ in size, at least.

    As `part_scales`, for the largest absolute score of each feature: those of a model are
    next to 0 for most variants.
    """
    values = {"scores": np.abs(pairs["raw"].to_numpy(dtype=float))}
    return _largest_fold(pairs, values, "max", _OF_SCORES, labels)


def _errors(pairs):
    """Return standard errors, at one allele frequency if effects are slopes."""
    se, maf = (pairs[name].to_numpy(dtype=float) for name in ("effect_se", "maf"))
    if not pairs["unit"].astype(object).isin(OF_GENOTYPES).all():
        return se
    # Without a frequency, errors depend on one that is not known.
    with np.errstate(invalid="ignore"):
        return se * np.sqrt(2 * maf * (1 - maf))


def _largest_fold(pairs, values, summary, divisions, labels):
    labels = labels or Labels(pairs)
    unit = pd.factorize(features_of(pairs))[0] + 1
    chosen = [each for each in DIVISIONS if each.name in divisions]
    parts = [labels[each] for each in chosen]
    found, most = [], 0
    for words, value in values.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            log = np.log(value)
        order = np.lexsort((log, unit))
        order = order[np.isfinite(log[order])]
        for division, (part, names) in zip(chosen, parts, strict=True):
            rows = order[part[order] >= 0]
            rows = part[rows], unit[rows], log[rows]
            most = max(most, np.count_nonzero(np.bincount(rows[1])))
            for code, low, fold, n in _folds(*rows, summary):
                name = f"{words} of {division.name} {names[code]}"
                found.append((low, name, fold, n))
    if not found:
        return too_few(most, "features in two parts", 2 * MIN_ROWS)
    low, words, fold, n = max(found)
    return Measured(
        low,
        len(found),
        f"{words} have {fold:.3g} times the median size of all others ({n:,} features), at"
        f" least {low:.3g}-fold apart",
    )


def _folds(part, unit, log, summary):
    """Yield each part with the lower bound of its fold, its ratio and its features.

    Parameters
    ----------
    part, unit : numpy.ndarray of int, shape (n_pairs,)
        Codes from 0, in order of units.
    log : numpy.ndarray of float, shape (n_pairs,)
        In ascending order within each unit.
    summary : {"median", "max"}
        Of the pairs of a feature in a part.
    """
    part, unit, size = _sizes(part, unit, log, summary)
    n_parts = np.bincount(unit)
    n_all = np.count_nonzero(n_parts)
    starts = np.searchsorted(part, np.arange(part[-1] + 2 if len(part) else 1))
    for code, (first, end) in enumerate(itertools.pairwise(starts.tolist())):
        n_here = end - first
        # A feature may have pairs in several parts of the rest.
        n_units = n_here, n_all - np.count_nonzero(n_parts[unit[first:end]] == 1)
        if min(n_units) < MIN_ROWS:
            continue
        sizes = size[first:end], np.concatenate([size[:first], size[end:]])
        middles = [_median(each) for each in sizes]
        error = np.sqrt(
            sum(
                (_ERROR_OF_MEDIAN * _median(np.abs(each - middle))) ** 2 / n
                for each, middle, n in zip(sizes, middles, n_units, strict=True)
            )
        )
        gap = middles[0] - middles[1]
        low = np.exp(max(abs(gap) - _Z * error, 0.0))
        yield code, float(low), float(np.exp(gap)), n_here


def _median(values):
    """Return the median of finite values; `numpy.median` takes thrice as long for few."""
    half = len(values) // 2
    if len(values) % 2:
        return np.partition(values, half)[half]
    low, high = np.partition(values, (half - 1, half))[half - 1 : half + 1]
    return (low + high) / 2


def _sizes(part, unit, log, summary):
    """Return the part, the feature and the summary of each feature in each part."""
    order = np.argsort(part, kind="stable")
    part, unit, log = part[order], unit[order], log[order]
    is_first = np.r_[True, (np.diff(part) != 0) | (np.diff(unit) != 0)][: len(part)]
    start = np.flatnonzero(is_first)
    n = np.diff(start, append=len(log))
    if summary == "max":
        size = log[start + n - 1]
    else:
        size = (log[start + (n - 1) // 2] + log[start + n // 2]) / 2
    return part[start], unit[start], size
