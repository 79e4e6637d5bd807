"""Curves: how agreement depends on the size of what is measured, or predicted.

``sign_agreement``: do larger effects have the sign of their score more often?
``calibration``: is more measured where more is predicted?
"""

import logging

import numpy as np
import pandas as pd

from endobench.benchmark.matching import classes_and_matched, classify
from endobench.benchmark.strata import is_lead
from endobench.core.columns import CURVES
from endobench.design.tasks import ALL_PAIRS, LEADS, MATCHED, SIGNED, UNSIGNED, task_of
from endobench.stats.agreement import dot
from endobench.stats.analytic import MIN_PAIRS
from endobench.stats.bootstrap import bootstrap, difference, interval
from endobench.stats.ld_blocks import blocks_of_pairs

log = logging.getLogger(__name__)

SIGN_AGREEMENT, CALIBRATION = "sign_agreement", "calibration"
MEAN_EFFECT, MEAN_SIZE = "mean_effect", "mean_size"
SHARE_OF_POSITIVES = "share_of_positives"
N_BINS = 10
# Fewer pairs in a bin tell little of a share.
LEAST_PAIRS = 20
_SHARES = (SIGN_AGREEMENT, SHARE_OF_POSITIVES)


class Means:
    """The mean of each bin, of the data and of a resample.

    Calling the object with `counts`, how often each block was drawn, shape
    (n_blocks,), returns the means of that resample, shape (n_bins,); missing below
    `analytic.MIN_PAIRS` pairs.

    Parameters
    ----------
    values : array-like of float or bool, shape (n_pairs,)
    bins : numpy.ndarray of int, shape (n_pairs,)
        From 0; see `bins_of`.
    block : numpy.ndarray of int, shape (n_pairs,)
        From 0 to `n_blocks` - 1.
    n_blocks : int

    Attributes
    ----------
    sizes : numpy.ndarray of int, shape (n_bins, n_blocks)
        The number of pairs in each.
    """

    def __init__(self, values, bins, block, n_blocks):
        shape = (bins.max() + 1, n_blocks)
        cell = np.ravel_multi_index((bins, block), shape)
        n_cells = np.prod(shape)
        self.sizes = np.bincount(cell, minlength=n_cells).reshape(shape)
        values = np.asarray(values, dtype=float)
        self._sums = np.bincount(cell, values, n_cells).reshape(shape)

    def __call__(self, counts):
        """Return the means of a resample, given how often it holds each block."""
        n = dot(self.sizes, counts)
        means = dot(self._sums, counts) / np.maximum(n, 1)
        return np.where(n >= MIN_PAIRS, means, np.nan)


def bins_of(values, n_bins=N_BINS):
    """Cut values into bins of equally many, as far as equal values allow it.

    Equal values share a bin. No bin holds less than half of what it should.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (n_pairs,)
    n_bins : int
        At most; fewer where a bin would hold fewer than `LEAST_PAIRS`.

    Returns
    -------
    numpy.ndarray of int, shape (n_pairs,)
        From 0, in the order of the values; none is left out.
    """
    n = len(values)
    n_bins = int(np.clip(n // LEAST_PAIRS, 1, n_bins))
    ordered = np.sort(values)
    uppers = np.unique(ordered[np.arange(1, n_bins + 1) * n // n_bins - 1])
    kept, n_below = [], 0
    for upper, n_up_to in zip(
        uppers, np.searchsorted(ordered, uppers, side="right"), strict=True
    ):
        if 2 * n_bins * (n_up_to - n_below) >= n:
            kept.append(upper)
            n_below = n_up_to
    # The last bin takes what is above it, too.
    return np.searchsorted(kept[:-1], values)


def curves(
    pairs,
    blocks,
    *,
    dataset,
    protocol,
    null,
    is_signed,
    classes,
    negatives_per_positive,
    n_resamples,
    seed,
    n_bins=N_BINS,
):
    """Compute the curves of a benchmark, in the strata that its answer is told of.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    dataset, protocol : str
    null : float
        The effect of an allele that does nothing, which every effect is taken from.
    is_signed : bool
        Whether the source says which allele its effects are of.
    classes : list
        Nothing, or `by`, `positive` and `negative` of `matching.classify`. Curves are
        of positives, but for those of the unsigned task.
    negatives_per_positive, n_resamples, seed : int
    n_bins : int
        See `bins_of`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.CURVES`. By task (see `tasks.task_of`) the value of
        a calibration is the mean effect by the score, the mean size of effects by that
        of the score, or the share of positives by the size of the score. The share of
        equal signs is of the signed task alone, and of the pairs in which neither the
        score nor the effect is at its null. Intervals resample blocks, as
        `resampling.interval` does. A stratum without pairs has no rows, and labels
        without classes have none at all.
    """
    task = task_of(pairs, is_signed)
    names = blocks_of_pairs(pairs, blocks)
    parts = [
        _stratum(pairs[mask], names[mask], asked, n_resamples, seed, n_bins).assign(
            stratum=stratum
        )
        for stratum, mask, asked in _asked(
            pairs, task, null, classes, negatives_per_positive, seed
        )
        if mask.any()
    ]
    frame = pd.concat(parts) if parts else pd.DataFrame()
    frame = frame.assign(task=task, dataset=dataset, protocol=protocol)
    if len(frame):
        # All pairs of a benchmark are alike in these.
        alike = ("model", "track_set", "scorer", "window_bp", "reduction", "unit")
        frame = frame.assign(**{name: pairs[name].iloc[0] for name in alike})
    log.info("%d bins of %d pairs", len(frame), len(pairs))
    return frame.reindex(columns=CURVES.names).reset_index(drop=True)


def _asked(pairs, task, null, classes, negatives_per_positive, seed):
    """Yield each stratum's name and mask, and what is asked of it.

    That is a list of what the curve and the value are called, and of the vectors
    `x` and `values` of the stratum's pairs; missing where a pair is not used.
    """
    effect = pairs["effect"].to_numpy(dtype=float) - null
    score = pairs["raw"].to_numpy(dtype=float)
    if task == UNSIGNED and not classes:
        return
    if task == UNSIGNED:
        known, matched = classes_and_matched(
            pairs, classes, negatives_per_positive, seed, null
        )
        asked = [(CALIBRATION, SHARE_OF_POSITIVES, np.abs(score), known)]
        masks = {MATCHED: matched.mask, ALL_PAIRS: ~np.isnan(known)}
    else:
        is_used = np.ones(len(pairs), dtype=bool)
        if classes:
            is_used = classify(pairs, *classes) == 1
        is_first = np.zeros(len(pairs), dtype=bool)
        is_first[is_used] = is_lead(pairs[is_used], null)
        masks = {LEADS: is_first, ALL_PAIRS: is_used}
        if task == SIGNED:
            has_sign = (effect != 0) & (score != 0)
            size = np.where(has_sign, np.abs(effect), np.nan)
            asked = [
                (SIGN_AGREEMENT, SIGN_AGREEMENT, size, (effect > 0) == (score > 0)),
                (CALIBRATION, MEAN_EFFECT, score, effect),
            ]
        else:
            asked = [(CALIBRATION, MEAN_SIZE, np.abs(score), np.abs(effect))]
    for stratum, mask in masks.items():
        vectors = [
            (curve, y, x[mask], values[mask].astype(float))
            for curve, y, x, values in asked
        ]
        yield stratum, mask, vectors


def _stratum(rows, names, asked, n_resamples, seed, n_bins):
    """Return the curves of one stratum, on the same resamples."""
    known, block = np.unique(names, return_inverse=True)
    variant = pd.factorize(rows["variant_id"].astype(str))[0]
    drawn = []
    for curve, y, x, values in asked:
        is_used = np.isfinite(x)
        if not is_used.any():
            continue
        frame = pd.DataFrame({"x": x, "variant": variant})[is_used]
        frame["bin"] = bins_of(x[is_used], n_bins)
        means = Means(
            values[is_used], frame["bin"].to_numpy(), block[is_used], len(known)
        )
        drawn.append((curve, y, frame, means))
    found = bootstrap(
        [means for *_, means in drawn], len(known), n_resamples=n_resamples, seed=seed
    )
    parts = [
        _curve(frame, y, means, values, replicates).assign(curve=curve, y=y)
        for (curve, y, frame, means), values, replicates in zip(
            drawn, *found, strict=True
        )
    ]
    return pd.concat(parts) if parts else pd.DataFrame()


def _curve(frame, y, means, values, replicates):
    """Return the bins of one curve, with the interval of each value."""
    table = frame.groupby("bin").agg(
        x_low=("x", "min"),
        x_high=("x", "max"),
        x=("x", "median"),
        n=("x", "size"),
        n_variants=("variant", "nunique"),
    )
    intervals = [
        _interval(y, value, replicates[:, place], means.sizes[place])
        for place, value in enumerate(values)
    ]
    return table.assign(
        value=values,
        ci_low=[each.ci_low for each in intervals],
        ci_high=[each.ci_high for each in intervals],
        n_blocks=(means.sizes > 0).sum(axis=1),
    ).reset_index()


def _interval(y, value, replicates, block_sizes):
    if y in _SHARES:
        # All shares have the scale of this one.
        return interval(value, replicates, block_sizes, "sign_agreement")
    return difference(0.0, np.zeros(len(replicates)), value, replicates, block_sizes)
