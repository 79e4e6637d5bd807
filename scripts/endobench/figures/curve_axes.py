"""Axes of curves: that of the bins, and that of their values."""

import math
import textwrap
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from endobench.design.explanations import ACCURACY
from endobench.design.tasks import MAGNITUDE, SIGNED
from endobench.design.units import P_VALUE
from endobench.evaluate.curves import (
    ABSTENTION,
    CALIBRATION,
    MEAN_EFFECT,
    MEAN_SIZE,
    SHARE_OF_POSITIVES,
    SIGN_AGREEMENT,
)
from endobench.figures.captions import power, signed
from endobench.figures.labels import effect_label, score_label

# Values of bins that differ by this factor are drawn on a logarithmic axis.
_MANY_FOLD = 100
# If this share of their range holds half of them, values around 0 are drawn apart.
_NEAR = 0.08
_LOG, _APART = "log scale", "linear near 0, log scale beyond"
NUMBERS = FuncFormatter(lambda value, _: signed(value, ".6g"))


class ValueAxis(NamedTuple):
    """The axis of a curve's values.

    Attributes
    ----------
    label : str
    null : float
        The value of an uninformative score; NaN where that is the mean of all pairs, or
        differs between bins.
    null_words : str
        Name of the line at that value.
    factor : float
        Factor that values are multiplied by; 100 for percentages.
    """

    label: str
    null: float
    null_words: str
    factor: float = 1.0


def kind_of_scale(rows):
    """Return the kind of the axis of bins in words; empty if it is linear."""
    x = rows["x"].to_numpy(dtype=float)
    if rows["curve"].iloc[0] == ABSTENTION:
        return ""
    if x.min() > 0 and x.max() / x.min() > _MANY_FOLD:
        return _LOG
    return _APART if np.median(np.abs(x)) < _NEAR * np.ptp(x) else ""


def set_scale(axes, rows):
    """Set the axis of the bins, see `kind_of_scale`."""
    axes.xaxis.set_major_formatter(NUMBERS)
    if rows["curve"].iloc[0] == ABSTENTION:
        axes.set_xlim(0, 1.04)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda each, _: f"{100 * each:g}"))
        return
    x = rows["x"].to_numpy(dtype=float)
    low, high = x.min(), x.max()
    kind = kind_of_scale(rows)
    if kind == _LOG:
        axes.set_xscale("log")
        margin = (high / low) ** 0.05
        axes.set_xlim(low / margin, high * margin)
        axes.xaxis.set_major_locator(LogLocator(numticks=6))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda each, _: power(each)))
        return
    if kind == _APART:
        _set_apart(axes, x)
        return
    margin = 0.05 * (high - low) or 0.1 * abs(low) or 0.1
    axes.set_xlim(low - margin, high + margin)
    axes.locator_params(axis="x", nbins=6)


def _set_apart(axes, x):
    """Set an axis that is linear around 0 and logarithmic beyond."""
    width = float(np.quantile(np.abs(x), 0.3)) or float(np.abs(x).max())
    axes.set_xscale("asinh", linear_width=width)
    low, high = np.arcsinh([x.min() / width, x.max() / width])
    margin = 0.05 * (high - low)
    ends = width * np.sinh([low - margin, high + margin])
    axes.set_xlim(*ends)
    # Powers of ten from the largest on, as far as their numbers do not touch.
    ticks, last = [0.0], math.inf
    for exponent in range(math.floor(math.log10(np.abs(ends).max())), -300, -1):
        place = np.arcsinh(10.0**exponent / width)
        if place < 0.16 * (high - low):
            break
        if last - place > 0.16 * (high - low):
            ticks += [-(10.0**exponent), 10.0**exponent]
            last = place
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(NUMBERS)


def label_of_bins(first, task):
    """Return the label of the axis that is cut into bins."""
    if first.curve == ABSTENTION:
        return "pairs answered (%), from the largest absolute score on"
    if first.curve == CALIBRATION:
        reduction = "" if pd.isna(first.reduction) else first.reduction
        label = score_label(first.scorer, first.model, task, reduction)
    elif first.unit == P_VALUE:
        # A p value used as an effect is not an effect size.
        label = effect_label(first.unit, SIGNED)
    else:
        label = effect_label(first.unit, MAGNITUDE)
    return f"{label}: median of the bin"


def value_axis(first):
    """Return the axis of a curve's values."""
    measured = effect_label(first.unit, SIGNED)
    return {
        SIGN_AGREEMENT: ValueAxis(
            "pairs with the same sign (%)",
            math.nan,
            "chance, from the signs in the bin",
            100,
        ),
        MEAN_EFFECT: ValueAxis(f"mean {measured}", 0, "no effect"),
        MEAN_SIZE: ValueAxis(
            f"mean {effect_label(first.unit, MAGNITUDE)}", math.nan, "mean of all pairs"
        ),
        SHARE_OF_POSITIVES: ValueAxis(
            "positives among pairs (%)", math.nan, "prevalence", 100
        ),
    }[first.y]


def limits_of_values(rows, axis):
    """Return axis limits that include all bins and the line."""
    names = ["value", "ci_low", "ci_high", "chance"]
    ends = axis.factor * rows[names].to_numpy(dtype=float)
    if rows["curve"].iloc[0] == ABSTENTION:
        ends = np.append(ends, axis.factor * ACCURACY)
    ends = np.append(
        ends[np.isfinite(ends)], [] if math.isnan(axis.null) else axis.null
    )
    if not len(ends):
        return 0.0, axis.factor
    margin = 0.06 * np.ptp(ends) or 0.1 * abs(ends[0]) or 0.1
    return ends.min() - margin, ends.max() + margin


def wrapped_unit(label):
    """Break a label that is longer than a panel is high, preferably before its unit."""
    if len(label) <= 42:
        return label
    what, _, unit = label.partition(" (")
    return "\n".join([*textwrap.wrap(what, 48), *([f"({unit}"] if unit else [])])
