"""Curves: sign agreement by size of effect or score, and measured by predicted effect."""

import logging
import math

import numpy as np
from matplotlib.ticker import NullFormatter

from endobench.design.conclusions import NO
from endobench.design.explanations import ACCURACY
from endobench.design.metrics import PRIMARY
from endobench.design.tasks import MAGNITUDE, SIGNED, UNSIGNED
from endobench.evaluate.curves import ABSTENTION, CALIBRATION, SIGN_AGREEMENT
from endobench.figures import palette
from endobench.figures.canvas import (
    WIDTH_IN,
    canvas,
    check_one_benchmark,
    describe,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import caption, conclusion_note, is_open, noted_canvas
from endobench.figures.curve_axes import (
    NUMBERS,
    kind_of_scale,
    label_of_bins,
    limits_of_values,
    set_scale,
    value_axis,
    wrapped_unit,
)
from endobench.figures.labels import BARS, CI, OPEN, stratum_words
from endobench.figures.text import LINE_IN, TEXT, wrapped, write_head

log = logging.getLogger(__name__)

# In inches: two panels side by side, with their names above.
_LEFT_IN, _PANEL_IN, _GAP_IN = 1.0, (2.7, 2.3), 0.3
_NAME_IN, _KEY_IN, _TICKS_IN, _EDGE_IN = 0.4, 0.3, 0.24, 0.15
_NO_INTERVAL = (
    "cross: no interval (all pairs of the bin agree or disagree; all effects or all"
    " scores have one sign; or too few blocks)"
)
# Why there are no signs to compare.
_NO_SIGNS = {
    SIGNED: "no pairs in which score and effect both have a sign",
    MAGNITUDE: "no signs: the effect allele is not known, or scores have no sign",
    UNSIGNED: "no signs: effects are labels",
}


def sign_agreement_figure(curves, title="", conclusion=None, *, has_classes=False):
    """Draw how often score and effect have the same sign, by effect size.

    Parameters
    ----------
    curves : pandas.DataFrame
        In the columns of `columns.CURVES`, of one benchmark.
    title : str
    conclusion : pandas.DataFrame, optional
        In the columns of `columns.CONCLUSIONS`, of the same benchmark. If it is not
        reportable, a note under the title says why.
    has_classes : bool, default False
        Whether the effects have classes. All pairs are then the positives, unless effects
        are labels.

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide, with a panel for each stratum; strata with the same bins share
        one. A bin is at its median. If effects have no sign, the figure says so.

    Raises
    ------
    ValueError
        If the curves are of several benchmarks.
    """
    return _figure(curves, SIGN_AGREEMENT, title, conclusion, has_classes)


def calibration_figure(curves, title="", conclusion=None, *, has_classes=False):
    """Draw measured effects, effect sizes or classes by the predicted effect.

    Parameters and errors are those of `sign_agreement_figure`.

    Returns
    -------
    matplotlib.figure.Figure
        As for `sign_agreement_figure`. The line is at no effect or, for effect sizes and
        classes, at the mean of all pairs.
    """
    return _figure(curves, CALIBRATION, title, conclusion, has_classes)


def abstention_figure(curves, title="", conclusion=None, *, has_classes=False):
    """Draw how many signs are right by the share of pairs that is answered.

    Pairs are answered from the largest absolute score on. Parameters and errors are those
    of `sign_agreement_figure`.

    Returns
    -------
    matplotlib.figure.Figure
        As for `sign_agreement_figure`; a dotted line is at the accuracy that is asked
        for.
    """
    return _figure(curves, ABSTENTION, title, conclusion, has_classes)


def _figure(curves, curve, title, conclusion, has_classes):
    with style():
        models = models_of(curves, *([] if conclusion is None else [conclusion]))
        task = curves["task"].iloc[0] if len(curves) else SIGNED
        check_one_benchmark(curves, "curves")
        rows = curves[curves["curve"] == curve] if len(curves) else curves
        if rows.empty:
            is_signs = curve != CALIBRATION and len(curves)
            text = _NO_SIGNS[task] if is_signs else "no pairs"
            return say_nothing(*canvas(WIDTH_IN, 2, title, models), text)
        only_positives = has_classes and task != UNSIGNED
        strata = _distinct(rows, PRIMARY[task].strata)
        note = conclusion_note(conclusion, rows, next(iter(strata)))
        below = label_of_bins(rows.iloc[0], task)
        kind = kind_of_scale(rows)
        below = wrapped(f"{below} ({kind})" if kind else below, WIDTH_IN - 1)
        axis = value_axis(rows.iloc[0])
        rows = _judged(rows, axis)
        notes = _notes_on_marks(rows)
        foot = [line for text in notes for line in wrapped(text, WIDTH_IN - 0.3)]
        foot_in = 0.1 + LINE_IN * len(foot)
        below_in = foot_in + _TICKS_IN + LINE_IN * len(below)
        body_in = below_in + _PANEL_IN[1] + _NAME_IN + _KEY_IN
        figure, add_axes = noted_canvas(WIDTH_IN, body_in, title, models, note)
        whole = add_axes(0, 0, WIDTH_IN, body_in)
        whole.set(xlim=(0, WIDTH_IN), ylim=(0, body_in))
        whole.axis("off")
        _write_key(whole, rows, axis, body_in - 0.2)
        limits, found = limits_of_values(rows, axis), []
        for place, (stratum, same) in enumerate(strata.items()):
            left = _LEFT_IN + place * (_PANEL_IN[0] + _GAP_IN)
            axes = add_axes(left, below_in, *_PANEL_IN)
            axes.set(ylim=limits)
            axes.locator_params(axis="y", nbins=6)
            axes.yaxis.set_major_formatter(NullFormatter() if place else NUMBERS)
            set_scale(axes, rows)
            of_stratum = rows[rows["stratum"] == stratum]
            _draw(axes, of_stratum, axis)
            top = below_in + _PANEL_IN[1]
            name = _named(stratum, conclusion, only_positives)
            for each in same:
                words = stratum_words(each, only_positives=only_positives)
                name += f" ({words}: the same)"
            _write_head(whole, left, top, name, of_stratum)
            found.append(f"{name}: {_counted(of_stratum) or 'no pairs'}")
        whole.text(
            0.17,
            below_in + _PANEL_IN[1] / 2,
            wrapped_unit(axis.label),
            rotation=90,
            va="center",
            multialignment="center",
            fontsize=TEXT,
        )
        for place, line in enumerate(reversed(below)):
            middle = _LEFT_IN + (len(strata) * (_PANEL_IN[0] + _GAP_IN) - _GAP_IN) / 2
            y = foot_in + 0.02 + LINE_IN * place
            whole.text(middle, y, line, ha="center", fontsize=TEXT)
        for place, line in enumerate(reversed(foot)):
            write_head(whole, _EDGE_IN, 0.08 + LINE_IN * place, line)
        log.info("drew %d bins of %s", len(rows), curve)
        said = caption(
            f"{axis.label} by {label_of_bins(rows.iloc[0], task)}",
            *found,
            BARS,
            *_keys(rows, axis),
            *notes,
        )
        return describe(figure, said)


def _notes_on_marks(rows):
    """Return what the marks mean that are not those of significant bins."""
    has_value, has_interval = rows["value"].notna(), rows["ci_low"].notna()
    notes = []
    if (rows["is_open"] & has_interval).any():
        notes.append(OPEN)
    if (has_value & ~has_interval).any():
        notes.append(_NO_INTERVAL)
    return notes


def _distinct(rows, strata):
    """Return the strata to draw, each with the later ones that have the same bins."""
    bins, found = {}, {}
    for name in strata:
        here = rows[rows["stratum"] == name].drop(columns="stratum")
        here = here.reset_index(drop=True)
        same = [each for each in found if len(here) and here.equals(bins[each])]
        if same:
            found[same[0]].append(name)
        else:
            bins[name], found[name] = here, []
    return found


def _judged(rows, axis):
    """Add the value of an uninformative score in each bin, and whether its mark is open."""
    if rows["curve"].iloc[0] != CALIBRATION:
        nulls = axis.factor * rows["chance"].to_numpy(dtype=float)
    elif not math.isnan(axis.null):
        nulls = np.full(len(rows), float(axis.null))
    else:
        of_stratum = rows["stratum"].astype(str)
        weighted = rows["value"].astype(float) * rows["n"]
        sums, counts = (
            each.groupby(of_stratum).transform("sum") for each in (weighted, rows["n"])
        )
        nulls = (axis.factor * sums / counts).to_numpy()
    ends = axis.factor * rows[["ci_low", "ci_high"]].to_numpy(dtype=float)
    opens = [is_open(*pair, null) for pair, null in zip(ends, nulls, strict=True)]
    return rows.assign(null=nulls, is_open=np.array(opens, dtype=bool))


def _draw(axes, rows, axis):
    """Draw the bins of a stratum with their intervals, and the line."""
    if rows.empty:
        look = {"ha": "center", "va": "center", "color": palette.FAINT}
        axes.text(0.5, 0.5, "no pairs", transform=axes.transAxes, **look)
        return
    rows = rows.sort_values("x", kind="stable")
    names = ["value", "ci_low", "ci_high"]
    value, low, high = axis.factor * rows[names].to_numpy(dtype=float).T
    x, opens = rows["x"].to_numpy(dtype=float), rows["is_open"].to_numpy()
    if rows["curve"].iloc[0] == ABSTENTION:
        look = {"color": palette.FAINT, "linewidth": 0.8, "linestyle": ":"}
        axes.axhline(axis.factor * ACCURACY, zorder=0.5, gid="asked", **look)
    _draw_chance(axes, rows)
    color = palette.MODEL
    axes.vlines(x, low, high, color=color, linewidth=1.2)
    axes.plot(x, value, "-", color=color, linewidth=0.6, alpha=0.5)
    without = np.isnan(low)
    for mask, mark, face, name in (
        (~opens & ~without, "o", color, "bins"),
        (opens & ~without, "o", palette.PAPER, "open bins"),
        (without, "x", color, "bins without interval"),
    ):
        axes.plot(
            x[mask],
            value[mask],
            mark,
            color=color,
            markerfacecolor=face,
            markersize=4.5,
            clip_on=False,
            gid=name,
        )


def _draw_chance(axes, rows):
    """Draw the value of an uninformative score, in each bin where it differs."""
    line = {"color": palette.INK, "linewidth": 0.8, "linestyle": "--", "zorder": 0.5}
    curve, null = rows["curve"].iloc[0], rows["null"].to_numpy(dtype=float)
    if curve == CALIBRATION:
        axes.axhline(null[0], gid="null", **line)
    elif curve == SIGN_AGREEMENT:
        edges = rows[["x_low", "x_high"]].to_numpy(dtype=float).ravel()
        axes.plot(edges, np.repeat(null, 2), gid="null", **line)
    else:
        axes.plot(rows["x"].to_numpy(dtype=float), null, gid="null", **line)


def _write_head(whole, left, top, name, rows):
    """Write the name of a panel, and its counts below."""
    bold = {"fontsize": TEXT, "weight": "bold", "color": palette.INK}
    whole.text(left, top + 0.2, name, **bold)
    whole.text(left, top + 0.07, _counted(rows), fontsize=6, color=palette.FAINT)


def _write_key(whole, rows, axis, y):
    """Write the key of the marks and the line."""
    is_abstention = rows["curve"].iloc[0] == ABSTENTION
    texts = [f"● {'pairs answered' if is_abstention else 'bin'} [{CI}]"]
    for mark, words in zip(("- -", "····"), _keys(rows, axis)[1:], strict=False):
        texts.append(f"{mark} {words.split(': ')[1]}")
    whole.text(_LEFT_IN, y, "      ".join(texts), fontsize=TEXT, color=palette.FAINT)


def _keys(rows, axis):
    """Return what the point and the lines are, in words."""
    if rows["curve"].iloc[0] == ABSTENTION:
        return [
            "points: pairs answered, each with those of all points to its left",
            "dashed line: chance, from their signs",
            f"dotted line: {100 * ACCURACY:.0f} %",
        ]
    return [
        "points: bins with equal numbers of pairs",
        f"dashed line: {axis.null_words}",
    ]


def _named(stratum, conclusion, only_positives):
    """Return a stratum in words; say if its conclusion is not reportable."""
    words = stratum_words(stratum, only_positives=only_positives)
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
