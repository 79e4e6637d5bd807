"""Block bootstrap: intervals, tests and differences from resampled LD blocks."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy

from endobench.design.metrics import CORRELATION, SHARE, metric_named
from endobench.stats.analytic import CONFIDENCE
from endobench.stats.tails import Spread, towards, with_heavy_tails

# Each chunk of resamples has a seed of its own, so that a draw depends on its number only.
_CHUNK = 100
LEVEL = 0.05
MIN_BLOCKS = 3
MIN_USABLE = 0.9
# A larger correlation is 1 but for rounding.
_ALMOST_ONE = 1 - 1e-12
# A standard error of a metric below this is one of rounding.
ROUNDING = 1e-10


class _Scale(NamedTuple):
    """A scale on which an interval is symmetric.

    Attributes
    ----------
    forward, inverse : callable
        From the value to the scale, and back.
    slope : callable
        Derivative of `forward` at a value.
    """

    forward: Callable
    inverse: Callable
    slope: Callable


_ATANH = _Scale(np.arctanh, np.tanh, lambda value: 1 / (1 - value**2))
# `scipy.special` is loaded only where it computes. `scipy.stats` has the same values of a
# distribution, but takes half a second to load.
_LOGIT = _Scale(
    lambda value: scipy.special.logit(value),
    lambda value: scipy.special.expit(value),
    lambda value: 1 / (value * (1 - value)),
)
_IDENTITY = _Scale(lambda value: value, lambda value: value, lambda value: 1.0)
_SCALES = {CORRELATION: _ATANH, SHARE: _LOGIT}


class Resampled(NamedTuple):
    """Statistics of the data and of its resamples; all statistics share the draws.

    Attributes
    ----------
    values : list of numpy.ndarray, shape (k,) each
        Of the data, which hold every block once.
    replicates : list of numpy.ndarray, shape (n_resamples, k) each
    """

    values: list
    replicates: list


class Interval(NamedTuple):
    """A 95 % interval and the matching test: p < 0.05 if the null is outside.

    Attributes
    ----------
    ci_low, ci_high : float
    se : float
        Standard error of the value, on its own scale.
    p : float
        Two-sided.
    """

    ci_low: float
    ci_high: float
    se: float
    p: float


_MISSING = Interval(np.nan, np.nan, np.nan, np.nan)


def bootstrap(statistics, n_blocks, *, n_resamples, seed):
    """Resample blocks with replacement, and compute every statistic of every resample.

    Each resample draws `n_blocks` blocks. All statistics see the same draws, so that
    their differences are paired. A draw depends on the seed and its number only, so that
    a smaller number of resamples is the beginning of a larger one.

    Parameters
    ----------
    statistics : list of callable
        Each maps how often every block was drawn, shape (..., n_blocks), to values,
        shape (..., k).
    n_blocks, n_resamples, seed : int

    Returns
    -------
    Resampled
    """
    values = [statistic(np.ones(n_blocks)) for statistic in statistics]
    replicates = [np.empty((n_resamples, len(each))) for each in values]
    n_chunks = -(-n_resamples // _CHUNK)
    for chunk, each in enumerate(np.random.SeedSequence(seed).spawn(n_chunks)):
        generator = np.random.default_rng(each)
        first = chunk * _CHUNK
        n = min(_CHUNK, n_resamples - first)
        drawn = generator.integers(n_blocks, size=(n, n_blocks))
        drawn += np.arange(n)[:, None] * n_blocks
        counts = np.bincount(drawn.ravel(), minlength=n * n_blocks).astype(float)
        for statistic, result in zip(statistics, replicates, strict=True):
            result[first : first + n] = statistic(counts.reshape(n, n_blocks))
    return Resampled(values, replicates)


def effective_blocks(block_sizes):
    """Return the effective number of blocks of sizes n: (sum n)^2 / sum n^2."""
    sizes = np.asarray(block_sizes, dtype=float)
    return sizes.sum() ** 2 / (sizes**2).sum() if sizes.any() else 0.0


def is_limiting(is_positive):
    """Return which pairs of two classes limit how well an area is known.

    However many negatives there are, an area is known no better than its positives, and
    these may be in few blocks.

    Parameters
    ----------
    is_positive : numpy.ndarray of bool, shape (n_pairs,)

    Returns
    -------
    numpy.ndarray of bool, shape (n_pairs,)
        Those of the rarer class.
    """
    return is_positive == (2 * is_positive.sum() <= len(is_positive))


def interval(
    value,
    replicates,
    block_sizes,
    metric,
    *,
    confidence=CONFIDENCE,
    null=None,
    chances=None,
    left_out=None,
):
    """Compute the interval of one statistic from its resamples, and test it.

    The interval is Student's t on a variance-stabilising scale: the inverse hyperbolic
    tangent for correlations, the logit for shares and areas. The standard deviation of
    the resamples is brought to that scale by the slope at the value (delta method), so
    that resamples at the limit of the range do no harm. G is the effective number of
    blocks, (sum n)^2 / sum n^2 for blocks of n pairs (Carter, Schnepel and Steigerwald
    2017, doi:10.1162/REST_a_00639, with equal variances). The standard error is
    multiplied by sqrt(G / (G - 1)), to correct for resampling around an estimated mean,
    and t has G - 1 degrees of freedom. Of two classes, the pairs of the rarer one count
    (`is_limiting`).

    Where chance depends on the pairs, it differs between resamples, and the value with
    it. What chance explains of the value is subtracted from each resample: interval and
    test then hold for the shares of positive signs, or of positives, that the data have.

    With heavy tails a few pairs decide a value, and resamples without them vary too
    little. If values without each block are given, see
    `tails.with_heavy_tails`.

    An average precision near chance varies less the lower it is. The end of the interval
    on the side of the skewness of its resamples is moved outwards (`tails.towards`).

    The method was chosen on simulated data with LD (`make coverage`, which writes
    `resources/docs/coverage.tsv`). With 22 chromosomes its coverage is 94 to 96 %, that
    of percentile and BCa intervals (Efron 1987, doi:10.1080/01621459.1987.10478410) 90
    to 94 %; with 400 blocks all three agree.

    Parameters
    ----------
    value : float
    replicates : array-like of float, shape (n_resamples,)
        Missing where the metric is undefined in a resample.
    block_sizes : array-like of int, shape (n_blocks,)
        Number of pairs in each block, or of those of the rarer class.
    metric : str
        A name of `design.metrics`.
    confidence : float, optional
    null : float, optional
        What the value is tested against; by default the metric's own null. A metric
        whose chance depends on the pairs has no test without it.
    chances : array-like of float, shape (n_resamples,), optional
        The chance of each resample. Then nothing is returned without `null`.
    left_out : array-like of float, shape (n_blocks,), optional
        The value without each of the blocks.

    Returns
    -------
    Interval
        Missing if fewer than `MIN_BLOCKS` blocks hold pairs, if less than `MIN_USABLE`
        of the resamples have a value, if all of them have the same, or if the value is at
        the limit of its range.
    """
    if null is None:
        null = metric_named(metric).null
    null = np.nan if null is None else null
    scale = _SCALES[metric_named(metric).scale]
    if chances is not None:
        if not 0 < null < 1 or not 0 < value < 1:
            return _MISSING
        weight = scale.slope(null) / scale.slope(value)
        replicates = np.asarray(replicates) - weight * np.asarray(chances)
    sample = _Sample(value, replicates, block_sizes, left_out)
    is_skewed = metric_named(metric).is_skewed
    return _student(sample, scale, null, confidence, is_skewed=is_skewed)


def difference(
    value_a,
    replicates_a,
    value_b,
    replicates_b,
    block_sizes,
    *,
    confidence=CONFIDENCE,
    left_out=None,
    metric=None,
    rounding=0.0,
):
    """Compute the interval of b minus a, paired by resample, and test it against zero.

    Parameters
    ----------
    value_a, value_b : float
    replicates_a, replicates_b : array-like of float, shape (n_resamples,)
        From one call of `bootstrap`.
    block_sizes, confidence
        As for `interval`; sizes count the pairs of either.
    left_out : array-like of float, shape (n_blocks,), optional
        The difference without each of the blocks; see `interval`.
    metric : str, optional
        A name of `design.metrics`, if the values are of one. Two values at the same limit
        of its range have no interval: that neither errs among these pairs does not make
        them equal.
    rounding : float, optional
        A standard error up to this is one of rounding: `ROUNDING` for metrics, while
        effects may be of any size.

    Returns
    -------
    Interval
        On the scale of the values themselves. Missing as for `interval`, except that a
        difference has no limits, and that one of zero in every resample is zero.
    """
    if metric and value_a == value_b and metric_named(metric).is_limit(value_a):
        return _MISSING
    replicates = np.subtract(replicates_b, replicates_a)
    sample = _Sample(value_b - value_a, replicates, block_sizes, left_out)
    return _student(sample, _IDENTITY, 0.0, confidence, rounding=rounding)


class _Sample(NamedTuple):
    """A value, and how it varies; see `interval`."""

    value: float
    replicates: np.ndarray
    block_sizes: np.ndarray
    left_out: np.ndarray | None


def _student(sample, scale, null, confidence, *, is_skewed=False, rounding=ROUNDING):
    """Return Student's t interval of a value on a scale, and its test against a null."""
    value, replicates, block_sizes, left_out = sample
    replicates = np.asarray(replicates, dtype=float)
    usable = replicates[np.isfinite(replicates)]
    n_blocks = effective_blocks(block_sizes)
    if (
        np.count_nonzero(block_sizes) < MIN_BLOCKS
        or len(usable) < max(2, MIN_USABLE * len(replicates))
        or not np.isfinite(value)
        or (scale is _ATANH and abs(value) > _ALMOST_ONE)
        or (scale is _LOGIT and not 0 < value < 1)
    ):
        return _MISSING
    se = usable.std(ddof=1) * np.sqrt(n_blocks / (n_blocks - 1))
    spread = Spread(se * scale.slope(value), n_blocks - 1)
    if left_out is not None:
        left_out = np.asarray(left_out, dtype=float)[np.asarray(block_sizes) > 0]
        if scale is _ATANH:
            left_out = np.clip(left_out, -_ALMOST_ONE, _ALMOST_ONE)
        spread = with_heavy_tails(spread, scale.forward(left_out), confidence)
        se = spread.se / scale.slope(value)
    if is_skewed and se > rounding:
        skewness = ((usable - usable.mean()) ** 3).mean() / usable.std() ** 3
        below, above = towards(skewness, spread.degrees, spread.degrees, confidence)
        spread = spread._replace(below=below, above=above)
    centre = scale.forward(value)
    half = scipy.special.stdtrit(spread.degrees, 0.5 + confidence / 2) * spread.se
    below, above = half * spread.below, half * spread.above
    distance = centre - scale.forward(null)
    if se <= rounding:
        # Resamples that are all the same know nothing of the error of their value. Only
        # two predictors with the same values surely have no difference.
        is_nothing = scale is _IDENTITY and abs(value) <= rounding
        return Interval(0.0, 0.0, 0.0, 1.0) if is_nothing else _MISSING
    # The side of the null is stretched as the end of the interval there.
    stretch = spread.below if distance > 0 else spread.above
    t = abs(distance) / stretch / spread.se
    p = 2 * scipy.special.stdtr(spread.degrees, -t)
    low, high = scale.inverse(centre - below), scale.inverse(centre + above)
    return Interval(float(low), float(high), float(se), float(p))


def design_effect(value, se, analytic_low, analytic_high, metric):
    """Return the variance of the resamples over that of independent pairs.

    Above 1, pairs carry less information than independent ones. Both variances are on
    the scale of `interval`; the second follows from the width of the analytic interval.

    Parameters
    ----------
    value, se : float
        The value, and the standard error that `interval` returns.
    analytic_low, analytic_high : float
    metric : str

    Returns
    -------
    float
        Missing if one of them is missing or at the limit of the range.
    """
    scale = _SCALES[metric_named(metric).scale]
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (
            scale.forward(np.float64(each)) for each in (analytic_low, analytic_high)
        )
        analytic_se = (high - low) / (2 * scipy.special.ndtri(0.5 + CONFIDENCE / 2))
        ratio = se * scale.slope(np.float64(value)) / analytic_se
    return float(ratio**2) if np.isfinite(ratio) and ratio > 0 else np.nan
