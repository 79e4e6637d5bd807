"""The gates on single values far from all others: codes, and lost decimal points.

A few of them decide Pearson's correlation, and hardly change ranks.
"""

import numpy as np

from endobench.benchmark.strata import features_of
from endobench.gates.verdicts import MIN_ROWS, share_of, too_few

# Fewer may be chance.
_LEAST = 3
# A score that several variants share, and that is so many times as large as the next one,
# is a code for missing scores.
_APART = 1.5
# Without its decimal point, 0.25 is so many times as large as the largest fraction.
_FAR = 10
# A table of whole numbers has few others.
_MOST_WHOLE = 0.95


def score_codes(unique):
    """Measure the share of variants with the largest score, if it is like a code.

    Parameters
    ----------
    unique : pandas.DataFrame
        In the columns of `columns.PAIRS`, one row per variant, all with a score.
    """
    n = unique["variant_id"].nunique()
    if n < MIN_ROWS:
        return too_few(n, "variants with a score")
    raw = unique["raw"].to_numpy(dtype=float)
    # If alleles were exchanged to match the genome, their code changed its sign.
    size = np.abs(raw)
    is_largest = size == size.max()
    n_largest = unique["variant_id"][is_largest].nunique()
    others = size[~is_largest].max(initial=0)
    if n_largest < _LEAST or not size.max() > _APART * others > 0:
        return share_of(0, n, "variants have a score that stands apart from all others")
    largest = raw[size.argmax()]
    return share_of(
        n_largest,
        n,
        f"variants have the score {largest:.5g}, and all others are up to {others:.5g}",
    )


def score_decimals(unique):
    """Measure the share of scores that are far larger than the others, and whole numbers.

    Parameters
    ----------
    unique : pandas.DataFrame
        In the columns of `columns.PAIRS`, one row per variant, or per variant and gene if
        scores are of genes; all with a score.
    """
    return _whole_and_far(unique["raw"], "scores")


def effect_decimals(pairs):
    """Measure the share of effects that are far larger than the others, and whole numbers.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    """
    # Once for each feature: variants in perfect LD have one effect.
    feature = features_of(pairs).to_numpy(object)
    unique = pairs.assign(feature_id=feature).drop_duplicates(["feature_id", "effect"])
    return _whole_and_far(unique["effect"], "effects")


def _whole_and_far(values, what):
    """Measure the share of whole numbers beyond all values that have decimals."""
    size = np.abs(values.to_numpy(dtype=float))
    n = len(size)
    if n < MIN_ROWS:
        return too_few(n, what)
    is_whole = size == np.round(size)
    largest = size[~is_whole].max(initial=0)
    is_found = is_whole & (size > _FAR * largest)
    if largest == 0 or is_found.sum() < _LEAST or is_whole.mean() > _MOST_WHOLE:
        return share_of(
            0, n, f"{what} are whole numbers far beyond those with decimals"
        )
    example = values.to_numpy(dtype=float)[is_found][0]
    return share_of(
        int(is_found.sum()),
        n,
        f"{what} are whole numbers, such as {example:.10g}, and those with decimals are up"
        f" to {largest:.5g}",
    )
