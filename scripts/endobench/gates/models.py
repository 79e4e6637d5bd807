"""Gates on scores beside others: of the models before, and of another tissue's tracks.

Are they a model's own, or the tissue's own, and are they of like pairs?
"""

import numpy as np
import pandas as pd

from endobench.core.columns import PAIRS
from endobench.core.tables import read_frame
from endobench.gates.alleles import NO_SIGN
from endobench.gates.leaks import common_ratio
from endobench.gates.verdicts import MIN_ROWS, Measured, not_checked, too_few
from endobench.stats.gaps import gap_between
from endobench.stats.rank_correlation import spearman

# Different models, tracks and windows correlate by 0.88 at most.
_SAME_ORDER = 0.999
# One chance ratio of two scores is then at most a hundredth of them.
_LEAST_COPIES = 100
_KEYS = ["source_id", "feature_id"]
_ALONE = "no other model with the same effects comes before this one"


def measure(pairs, others, *, is_signed=True, null=0.0):
    """Measure the gates on a model and those before it in the config.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one benchmark.
    others : dict of str to pandas.DataFrame
        Such pairs of the same effects, by the name of their model.
    is_signed : bool
        Whether effects and scores have signs.
    null : float
        Value of no effect.

    Returns
    -------
    dict of str to Measured
    """
    return {
        "mismatched_copies": mismatched_copies(pairs),
        "model_copies": model_copies(pairs, others),
        "model_gaps": model_gaps(pairs, others, is_signed, null),
    }


def read(paths):
    """Return what the gates on a model need of the pairs of others.

    Parameters
    ----------
    paths : dict of str to path-like
        Files in the columns of `columns.PAIRS`, by the name of the model.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``source_id, feature_id, effect, raw``.
    """
    names = [*_KEYS, "effect", "raw"]
    return {name: read_frame(path, PAIRS, names) for name, path in paths.items()}


def mismatched_copies(pairs):
    """Measure the share of scores that the tracks of another tissue have, too.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one benchmark.

    Returns
    -------
    Measured
        As `model_copies`: a tissue that repeats the own one compares nothing.
    """
    known = pairs.assign(other=pairs["raw_mismatched"])
    if known["other"].isna().all():
        return not_checked(len(pairs), "no tracks of another tissue are chosen")
    both = _unique(known)
    if len(both) < _LEAST_COPIES:
        return too_few(len(both), "scores of both tissues", _LEAST_COPIES)
    share, words = _shared_scores(both["raw"], both["other"])
    return Measured(
        share,
        len(both),
        f"{share * len(both):,.0f} of {len(both):,} scores have {words} with those of the"
        " tracks of another tissue",
    )


def model_copies(pairs, others):
    """Measure the share of scores that another model has, too, beyond chance.

    Scores are the same if many have one ratio, as copies in another unit do, or if all are
    in one order, as quantiles of each other are.

    Parameters are those of `measure`.
    """
    found = [
        (*_shared_scores(both["raw"], both["other"]), len(both), name)
        for name, each in others.items()
        if len(both := _of_both(pairs, each)) >= _LEAST_COPIES
    ]
    if not found:
        return _unknown(pairs, others, "scores of both models", _LEAST_COPIES)
    share, words, n, name = max(found)
    return Measured(
        share, n, f"{share * n:,.0f} of {n:,} scores have {words} with those of {name}"
    )


def model_gaps(pairs, others, is_signed=True, null=0.0):
    """Measure how much better another model agrees where this one has scores.

    Models agree with each other, so that pairs that were left out because scores disagreed
    with the effects are those on which another model disagrees, too.

    Parameters are those of `measure`.

    Returns
    -------
    Measured
        Lower end of the 95 % interval of the difference in Spearman's correlation of the
        other model, between pairs that this one has and those that it lacks.
    """
    if not is_signed:
        return not_checked(len(pairs), NO_SIGN)
    here = pd.MultiIndex.from_frame(pairs[_KEYS].astype(str))
    found = []
    for name, each in others.items():
        known = each.dropna(subset="raw")
        is_here = pd.MultiIndex.from_frame(known[_KEYS].astype(str)).isin(here)
        gap = gap_between(known["effect"] - null, known["raw"], is_here)
        if gap is not None:
            found.append((*gap, int((~is_here).sum()), name))
    if not found:
        return _unknown(pairs, others, "pairs that this model lacks", MIN_ROWS)
    low, kept, lacking, n, name = max(found)
    return Measured(
        low,
        n,
        f"Spearman of {name} {lacking:z.3f} in {n:,} pairs that this model lacks,"
        f" {kept:z.3f} in those that it has",
    )


def _of_both(pairs, other):
    """Return the scores of both models, ``raw`` and ``other``, those of a variant once."""
    first, second = (
        each[[*_KEYS, "raw"]].astype(dict.fromkeys(_KEYS, str))
        for each in (pairs, other)
    )
    return _unique(first.merge(second.rename(columns={"raw": "other"}), on=_KEYS))


def _unique(both):
    """Return each pair of scores once, without those that are 0.

    Scores of genes without coverage are one number in each tissue.
    """
    both = both[["raw", "other"]].dropna()
    both = both[(both["raw"] != 0) & (both["other"] != 0)]
    return both.drop_duplicates()


def _shared_scores(raw, other):
    """Return the share of scores that are the same, beyond chance, and in what."""
    raw, other = (each.to_numpy(dtype=float) for each in (raw, other))
    rho = abs(spearman(raw, other))
    if rho >= _SAME_ORDER:
        return rho, "one order"
    shuffled = np.random.default_rng(0).permutation(other)
    rows, n = np.arange(len(raw)), len(raw)
    own, chance = (common_ratio(rows, raw, each, n)[0] for each in (other, shuffled))
    return max(own - chance, 0.0), "one ratio"


def _unknown(pairs, others, what, needed):
    if not others:
        return not_checked(len(pairs), _ALONE)
    return too_few(0, what, needed)
