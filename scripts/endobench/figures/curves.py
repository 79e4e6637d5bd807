"""Curves: sign agreement by size of effect or score, and measured by predicted effect."""

import logging
import math
import textwrap
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, NullFormatter

from endobench.design.conclusions import NO
from endobench.design.explanations import ACCURACY
from endobench.design.metrics import PRIMARY
from endobench.design.tasks import MAGNITUDE, SIGNED, UNSIGNED
from endobench.design.units import P_VALUE
from endobench.evaluate.curves import (
    ABSTENTION,
    CALIBRATION,
    MEAN_EFFECT,
    MEAN_SIZE,
    SHARE_OF_POSITIVES,
    SIGN_AGREEMENT,
)
from endobench.figures import palette
from endobench.figures.canvas import (
    TEXT,
    WIDTH_IN,
    canvas,
    check_one_benchmark,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import conclusion_note, noted_canvas
from endobench.figures.forest import LINE_IN, wrapped
from endobench.figures.labels import CI, effect_label, score_label, stratum_words

log = logging.getLogger(__name__)

# In inches: two panels side by side, with their names above.
_LEFT_IN, _PANEL_IN, _GAP_IN = 1.0, (2.7, 2.3), 0.3
_NAME_IN, _KEY_IN, _TICKS_IN = 0.4, 0.3, 0.75
# Why there are no signs to compare.
_NO_SIGNS = {
    SIGNED: "no pairs in which score and effect both have a sign",
    MAGNITUDE: "no signs: the effect allele is not known",
    UNSIGNED: "no signs: effects are labels",
}


class _Axis(NamedTuple):
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


def sign_agreement_figure(curves, title="", conclusion=None):
    """Draw how often score and effect have the same sign, by effect size.

    Parameters
    ----------
    curves : pandas.DataFrame
        In the columns of `columns.CURVES`, of one benchmark.
    title : str
    conclusion : pandas.DataFrame, optional
        In the columns of `columns.CONCLUSIONS`, of the same benchmark. If it is not
        reportable, a note under the title says why.

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide, with a panel for each stratum. A bin is labelled with its median,
        and open if it has no interval. If effects have no sign, the figure says so.

    Raises
    ------
    ValueError
        If the curves are of several benchmarks.
    """
    return _figure(curves, SIGN_AGREEMENT, title, conclusion)


def calibration_figure(curves, title="", conclusion=None):
    """Draw measured effects, effect sizes or classes by the predicted effect.

    Parameters and errors are those of `sign_agreement_figure`.

    Returns
    -------
    matplotlib.figure.Figure
        As for `sign_agreement_figure`. The line is at no effect or, for effect sizes and
        classes, at the mean of all pairs.
    """
    return _figure(curves, CALIBRATION, title, conclusion)


def abstention_figure(curves, title="", conclusion=None):
    """Draw how many signs are right by the share of pairs that is answered.

    Pairs are answered from the largest absolute score on. Parameters and errors are those
    of `sign_agreement_figure`.

    Returns
    -------
    matplotlib.figure.Figure
        As for `sign_agreement_figure`; a dotted line is at the accuracy that is asked
        for.
    """
    return _figure(curves, ABSTENTION, title, conclusion)


def _figure(curves, curve, title, conclusion):
    with style():
        models = models_of(curves, *([] if conclusion is None else [conclusion]))
        task = curves["task"].iloc[0] if len(curves) else SIGNED
        check_one_benchmark(curves, "curves")
        rows = curves[curves["curve"] == curve] if len(curves) else curves
        if rows.empty:
            is_signs = curve != CALIBRATION and len(curves)
            text = _NO_SIGNS[task] if is_signs else "no pairs"
            return say_nothing(*canvas(WIDTH_IN, 2, title, models), text)
        strata = PRIMARY[task].strata
        note = conclusion_note(conclusion, rows, strata[0])
        below = wrapped(_x_label(rows.iloc[0], task), WIDTH_IN - 1)
        below_in = _TICKS_IN + LINE_IN * len(below)
        body_in = below_in + _PANEL_IN[1] + _NAME_IN + _KEY_IN
        figure, add_axes = noted_canvas(WIDTH_IN, body_in, title, models, note)
        whole = add_axes(0, 0, WIDTH_IN, body_in)
        whole.set(xlim=(0, WIDTH_IN), ylim=(0, body_in))
        whole.axis("off")
        axis = _axis(rows.iloc[0])
        _write_key(whole, rows, axis, body_in - 0.2)
        limits = _limits(rows, axis)
        number = FuncFormatter(lambda value, _: _number(value, 6))
        for place, stratum in enumerate(strata):
            left = _LEFT_IN + place * (_PANEL_IN[0] + _GAP_IN)
            axes = add_axes(left, below_in, *_PANEL_IN)
            axes.set(xlim=(0, 1), ylim=limits, xticks=[])
            axes.locator_params(axis="y", nbins=6)
            axes.yaxis.set_major_formatter(NullFormatter() if place else number)
            of_stratum = rows[rows["stratum"] == stratum]
            _draw(axes, of_stratum, axis)
            top = below_in + _PANEL_IN[1]
            _write_head(whole, left, top, _named(stratum, conclusion), of_stratum)
        whole.text(
            0.17,
            below_in + _PANEL_IN[1] / 2,
            _wrapped_unit(axis.label),
            rotation=90,
            va="center",
            multialignment="center",
            fontsize=TEXT,
        )
        for place, line in enumerate(reversed(below)):
            middle = (_LEFT_IN + WIDTH_IN) / 2
            whole.text(middle, 0.08 + LINE_IN * place, line, ha="center", fontsize=TEXT)
        log.info("drew %d bins of %s", len(rows), curve)
        return figure


def _x_label(first, task):
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


def _axis(first):
    """Return the axis of a curve's values."""
    measured = effect_label(first.unit, SIGNED)
    return {
        SIGN_AGREEMENT: _Axis(
            "pairs with the same sign (%)",
            math.nan,
            "chance, from the signs in the bin",
            100,
        ),
        MEAN_EFFECT: _Axis(f"mean {measured}", 0, "no effect"),
        MEAN_SIZE: _Axis(
            f"mean {effect_label(first.unit, MAGNITUDE)}", math.nan, "mean of all pairs"
        ),
        SHARE_OF_POSITIVES: _Axis(
            "positives among pairs (%)", math.nan, "prevalence", 100
        ),
    }[first.y]


def _limits(rows, axis):
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


def _number(value, n_digits):
    return f"{value:.{n_digits}g}".replace("-", "−")


def _wrapped_unit(label):
    """Break a label that is longer than a panel is high, preferably before its unit."""
    if len(label) <= 42:
        return label
    what, _, unit = label.partition(" (")
    return "\n".join([*textwrap.wrap(what, 48), *([f"({unit}"] if unit else [])])


def _draw(axes, rows, axis):
    """Draw the bins of a stratum with their intervals, and the line.

    Each bin is as wide as its share of the pairs, so that bins of similar values do not
    overlap.
    """
    if rows.empty:
        look = {"ha": "center", "va": "center", "color": palette.FAINT}
        axes.text(0.5, 0.5, "no pairs", transform=axes.transAxes, **look)
        return
    rows = rows.sort_values("x")
    names = ["value", "ci_low", "ci_high"]
    value, low, high = axis.factor * rows[names].to_numpy(dtype=float).T
    if rows["curve"].iloc[0] == ABSTENTION:
        x = rows["x"].to_numpy(dtype=float)
        axes.set_xlim(0, 1.04)
        axes.set_xticks(x, [f"{100 * each:.0f}" for each in x], rotation=90)
        look = {"color": palette.FAINT, "linewidth": 0.8, "linestyle": ":"}
        axes.axhline(axis.factor * ACCURACY, zorder=0.5, gid="asked", **look)
    else:
        x = (rows["n"].cumsum() - rows["n"] / 2).to_numpy() / rows["n"].sum()
        axes.set_xticks(x, [_number(each, 3) for each in rows["x"]], rotation=90)
    _draw_chance(axes, rows, axis)
    color = palette.MODEL
    axes.vlines(x, low, high, color=color, linewidth=1.2)
    axes.plot(x, value, "-", color=color, linewidth=0.6, alpha=0.5)
    has_interval = np.isfinite(high - low)
    for mask, face, name in (
        (has_interval, color, "bins"),
        (~has_interval, palette.PAPER, "bins without interval"),
    ):
        axes.plot(
            x[mask],
            value[mask],
            "o",
            color=color,
            markerfacecolor=face,
            markersize=4.5,
            clip_on=False,
            gid=name,
        )


def _draw_chance(axes, rows, axis):
    """Draw the value of an uninformative score, in each bin where it differs."""
    line = {"color": palette.INK, "linewidth": 0.8, "linestyle": "--", "zorder": 0.5}
    if rows["curve"].iloc[0] == ABSTENTION:
        chance = axis.factor * rows["chance"].to_numpy(dtype=float)
        axes.plot(rows["x"].to_numpy(dtype=float), chance, gid="null", **line)
        return
    if rows["curve"].iloc[0] == SIGN_AGREEMENT:
        edges = np.append(0, rows["n"].cumsum()) / rows["n"].sum()
        chance = axis.factor * rows["chance"].to_numpy(dtype=float)
        axes.plot(np.repeat(edges, 2)[1:-1], np.repeat(chance, 2), gid="null", **line)
        return
    null = axis.null
    if math.isnan(null):
        null = axis.factor * np.average(rows["value"], weights=rows["n"])
    axes.axhline(null, gid="null", **line)


def _write_head(whole, left, top, name, rows):
    """Write the name of a panel, and its counts below."""
    bold = {"fontsize": TEXT, "weight": "bold", "color": palette.INK}
    whole.text(left, top + 0.2, name, **bold)
    whole.text(left, top + 0.07, _counted(rows), fontsize=6, color=palette.FAINT)


def _write_key(whole, rows, axis, y):
    """Write the key of the marks and the line."""
    texts = [f"● bin [{CI}]"]
    if rows["ci_low"].isna().any():
        texts.append("○ no interval")
    if rows["curve"].iloc[0] == ABSTENTION:
        texts[0] = f"● pairs answered [{CI}]"
        texts += ["- - chance, from their signs", f"···· {100 * ACCURACY:.0f} %"]
    else:
        texts.append(f"- - {axis.null_words}")
    whole.text(_LEFT_IN, y, "      ".join(texts), fontsize=TEXT, color=palette.FAINT)


def _named(stratum, conclusion):
    """Return a stratum in words; say if its conclusion is not reportable."""
    words = stratum_words(stratum)
    if conclusion is None:
        return words
    here = conclusion.loc[conclusion["stratum"] == stratum, "is_reportable"]
    return f"{words} (not reportable)" if (here == NO).any() else words


def _counted(rows):
    if rows.empty:
        return ""
    n, low, high = rows["n"].sum(), rows["n"].min(), rows["n"].max()
    if rows["curve"].iloc[0] == ABSTENTION:
        # Its bins are nested.
        return f"{high:,} pairs"
    each = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    bins = f"{len(rows)} bins of {each}" if len(rows) > 1 else "one bin"
    return f"{n:,} pairs, {bins}"
