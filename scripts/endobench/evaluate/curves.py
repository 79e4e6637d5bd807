"""Curves: agreement as a function of the measured or the predicted effect size.

``sign_agreement``: do larger effects agree in sign with their score more often?
``calibration``: are measured effects larger where predictions are larger?
``abstention``: how many signs are right if only the largest scores are answered?
"""

import logging
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.matching import classes_and_matched, classify
from endobench.benchmark.strata import is_lead
from endobench.core.columns import CURVES
from endobench.design.tasks import ALL_PAIRS, LEADS, MATCHED, SIGNED, UNSIGNED, task_of
from endobench.stats.analytic import MIN_PAIRS, agreement_by_chance
from endobench.stats.bootstrap import bootstrap, difference, interval
from endobench.stats.ld_blocks import blocks_of_pairs
from endobench.stats.metrics import dot

log = logging.getLogger(__name__)

SIGN_AGREEMENT, CALIBRATION = "sign_agreement", "calibration"
ABSTENTION = "abstention"
MEAN_EFFECT, MEAN_SIZE = "mean_effect", "mean_size"
SHARE_OF_POSITIVES = "share_of_positives"
N_BINS = 10
# A share of fewer pairs is too uncertain to show.
LEAST_PAIRS = 20
_SHARES = (SIGN_AGREEMENT, SHARE_OF_POSITIVES)


class Means:
    """The mean of each bin, for the data and for a resample.

    Calling the object with `counts`, the number of times that each block was drawn,
    shape (..., n_blocks), returns the means of each resample, shape (..., n_bins);
    missing with fewer than `analytic.MIN_PAIRS` pairs.

    Parameters
    ----------
    values : array-like of float or bool, shape (n_pairs,)
    bins : numpy.ndarray of int, shape (n_pairs,)
        From 0; see `bins_of`.
    block : numpy.ndarray of int, shape (n_pairs,)
        From 0 to `n_blocks` - 1.
    n_blocks : int
    is_cumulative : bool, optional
        Whether each bin also holds the pairs of those before it.

    Attributes
    ----------
    sizes : numpy.ndarray of int, shape (n_bins, n_blocks)
        Number of pairs in each.
    """

    def __init__(self, values, bins, block, n_blocks, is_cumulative=False):
        shape = (bins.max() + 1, n_blocks)
        cell = np.ravel_multi_index((bins, block), shape)
        n_cells = np.prod(shape)
        self.sizes = np.bincount(cell, minlength=n_cells).reshape(shape)
        values = np.asarray(values, dtype=float)
        self._sums = np.bincount(cell, values, n_cells).reshape(shape)
        if is_cumulative:
            self.sizes, self._sums = (
                each.cumsum(axis=0) for each in (self.sizes, self._sums)
            )

    def __call__(self, counts):
        """Return the means of a resample, given how often it holds each block."""
        counts = np.expand_dims(counts, -2)
        n = dot(self.sizes, counts)
        means = dot(self._sums, counts) / np.maximum(n, 1)
        return np.where(n >= MIN_PAIRS, means, np.nan)


def bins_of(values, n_bins=N_BINS):
    """Return the bin of each value, for bins of equally many values as far as ties allow.

    Equal values share a bin. Each bin holds at least half of its equal share.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (n_pairs,)
    n_bins : int
        At most; fewer if a bin would hold fewer than `LEAST_PAIRS`.

    Returns
    -------
    numpy.ndarray of int, shape (n_pairs,)
        Consecutive codes from 0, in the order of the values.
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
    # The last bin also takes all values above it.
    return np.searchsorted(kept[:-1], values)


def curves(
    pairs,
    blocks,
    options,
    *,
    dataset,
    protocol,
    negatives_per_positive,
    n_bins=N_BINS,
):
    """Compute the curves of a benchmark, in the strata that have a conclusion.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    options : AgreementOptions
        With classes, curves cover positives only, except for the unsigned task.
    dataset, protocol : str
    negatives_per_positive : int
        Matched negatives of the unsigned task; see `matching.match_negatives`.
    n_bins : int, optional
        Bins of a curve, at most.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.CURVES`. The value of a calibration depends on the
        task (see `tasks.task_of`): the mean effect by score (signed), the mean absolute
        effect by absolute score (magnitude), or the share of positives by absolute score
        (unsigned). The sign agreement belongs to the signed task only, and covers pairs
        in which neither score nor effect is at its null; its chance is that of the bin.
        So does the abstention, whose bins are nested: each holds the pairs with the
        largest absolute scores, down to its ``x_low``, and ``x`` is their share.
        Intervals resample blocks; see `bootstrap.interval`. A stratum without pairs has
        no rows, nor have labels without classes.
    """
    task = task_of(pairs, options.is_signed)
    names = blocks_of_pairs(pairs, blocks)
    masks, vectors = _strata_and_vectors(pairs, task, options, negatives_per_positive)
    parts = [
        _curves_of_stratum(
            pairs[mask],
            names[mask],
            [each.where(mask) for each in vectors],
            options,
            n_bins,
        ).assign(stratum=stratum)
        for stratum, mask in masks.items()
        if mask.any()
    ]
    frame = pd.concat(parts) if parts else pd.DataFrame()
    frame = frame.assign(task=task, dataset=dataset, protocol=protocol)
    if len(frame):
        # These are the same for all pairs of a benchmark.
        same = ("model", "track_set", "scorer", "window_bp", "reduction", "unit")
        frame = frame.assign(**{name: pairs[name].iloc[0] for name in same})
    log.info("%d bins from %d pairs", len(frame), len(pairs))
    return frame.reindex(columns=CURVES.names).reset_index(drop=True)


class _Curve(NamedTuple):
    """The vectors of a curve, of one length.

    Attributes
    ----------
    name, y : str
        Names of the curve and of its value.
    x, values : numpy.ndarray of float, shape (n_pairs,)
        `x` is missing for pairs that are left out.
    margins : tuple of numpy.ndarray of bool, shape (n_pairs,) each
        Vectors whose means in a bin decide the chance of its value; none if it has none.
    is_nested : bool
        Whether bins hold all pairs with a larger `x`, instead of those of about one `x`.
    """

    name: str
    y: str
    x: np.ndarray
    values: np.ndarray
    margins: tuple = ()
    is_nested: bool = False

    def where(self, mask):
        """Return the vectors of the pairs of a mask."""
        return self._replace(
            x=self.x[mask],
            values=self.values[mask],
            margins=tuple(each[mask] for each in self.margins),
        )


def _strata_and_vectors(pairs, task, options, negatives_per_positive):
    """Return the strata's masks, by name, and the `_Curve` of each curve of a task."""
    effect = pairs["effect"].to_numpy(dtype=float) - options.null
    score = pairs["raw"].to_numpy(dtype=float)
    if task != UNSIGNED:
        return _strata_of_positives(pairs, options), _of_effects(effect, score, task)
    if not options.classes:
        return {}, []
    classes, matched = classes_and_matched(
        pairs, options.classes, negatives_per_positive, options.seed, options.null
    )
    masks = {MATCHED: matched.mask, ALL_PAIRS: ~np.isnan(classes)}
    return masks, [_Curve(CALIBRATION, SHARE_OF_POSITIVES, np.abs(score), classes)]


def _strata_of_positives(pairs, options):
    is_used = np.ones(len(pairs), dtype=bool)
    if options.classes:
        is_used = classify(pairs, *options.classes) == 1
    is_first = np.zeros(len(pairs), dtype=bool)
    is_first[is_used] = is_lead(pairs[is_used], options.null)
    return {LEADS: is_first, ALL_PAIRS: is_used}


def _of_effects(effect, score, task):
    if task != SIGNED:
        return [_Curve(CALIBRATION, MEAN_SIZE, np.abs(score), np.abs(effect))]
    has_sign = (effect != 0) & (score != 0)
    size = np.where(has_sign, np.abs(effect), np.nan)
    signs = effect > 0, score > 0
    is_equal = (signs[0] == signs[1]).astype(float)
    return [
        _Curve(SIGN_AGREEMENT, SIGN_AGREEMENT, size, is_equal, signs),
        _Curve(CALIBRATION, MEAN_EFFECT, score, effect),
        _Curve(
            ABSTENTION,
            SIGN_AGREEMENT,
            np.where(has_sign, np.abs(score), np.nan),
            is_equal,
            signs,
            is_nested=True,
        ),
    ]


def _curves_of_stratum(pairs, names, vectors, options, n_bins):
    """Return the curves of one stratum, all on the same resamples."""
    known, block = np.unique(names, return_inverse=True)
    variant = pd.factorize(pairs["variant_id"].astype(str))[0]
    binned = []
    for curve in vectors:
        is_used = np.isfinite(curve.x)
        if not is_used.any():
            continue
        frame = pd.DataFrame({"x": curve.x, "variant": variant})[is_used]
        x = curve.x[is_used]
        frame["bin"] = bins_of(-x if curve.is_nested else x, n_bins)
        bins = frame["bin"].to_numpy()
        means = [
            Means(each[is_used], bins, block[is_used], len(known), curve.is_nested)
            for each in (curve.values, *curve.margins)
        ]
        binned.append((curve, frame, means))
    found = bootstrap(
        [each for *_, means in binned for each in means],
        len(known),
        n_resamples=options.n_resamples,
        seed=options.seed,
    )
    resampled = iter(zip(*found, strict=True))
    parts = []
    for curve, frame, means in binned:
        own, *margins = (next(resampled) for _ in means)
        rows = _bins_of_curve(frame, curve.y, means[0], own, _chances(margins))
        if curve.is_nested:
            rows = rows.assign(**_nested(frame))
        parts.append(rows.assign(curve=curve.name, y=curve.y))
    return pd.concat(parts) if parts else pd.DataFrame()


def _nested(frame):
    """Return the columns of bins that also hold the pairs of those before them."""
    n = frame.groupby("bin").size().cumsum()
    first = frame.groupby("variant")["bin"].min()
    return {
        "x_high": frame["x"].max(),
        "x": (n / n.iloc[-1]).to_numpy(),
        "n": n.to_numpy(),
        "n_variants": np.searchsorted(np.sort(first), n.index, side="right"),
    }


def _chances(margins):
    """Return the chance of each bin, and that of its resamples, or None without margins.

    Parameters
    ----------
    margins : list
        Empty, or the means of each bin and those of its resamples, for the signs of
        effects and of scores.
    """
    if not margins:
        return None
    (effects, effects_drawn), (scores, scores_drawn) = margins
    has_both = (effects * (1 - effects) > 0) & (scores * (1 - scores) > 0)
    of_data = np.where(has_both, agreement_by_chance(effects, scores), np.nan)
    return of_data, agreement_by_chance(effects_drawn, scores_drawn)


def _bins_of_curve(frame, y, means, resampled, chances):
    """Return the bins of one curve, with the interval of each value."""
    values, replicates = resampled
    table = frame.groupby("bin").agg(
        x_low=("x", "min"),
        x_high=("x", "max"),
        x=("x", "median"),
        n=("x", "size"),
        n_variants=("variant", "nunique"),
    )
    intervals = [
        _interval(
            y,
            value,
            replicates[:, place],
            means.sizes[place],
            None if chances is None else (chances[0][place], chances[1][:, place]),
        )
        for place, value in enumerate(values)
    ]
    return table.assign(
        value=values,
        ci_low=[each.ci_low for each in intervals],
        ci_high=[each.ci_high for each in intervals],
        chance=np.nan if chances is None else chances[0],
        n_blocks=(means.sizes > 0).sum(axis=1),
    ).reset_index()


def _interval(y, value, replicates, block_sizes, chances):
    if y in _SHARES:
        # Every share has the scale of this metric.
        null, of_resamples = (None, None) if chances is None else chances
        return interval(
            value,
            replicates,
            block_sizes,
            "sign_agreement",
            null=null,
            chances=of_resamples,
        )
    # A mean is unbounded, as a difference is: this one is a difference from zero.
    return difference(0.0, np.zeros(len(replicates)), value, replicates, block_sizes)
