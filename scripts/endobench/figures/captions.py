"""What figures say in words: the numbers, and why a result is not reportable."""

import logging
import textwrap

import numpy as np

from endobench.design.metrics import metric_named, words_of
from endobench.design.models import MODEL
from endobench.figures.canvas import STAMP, canvas, text_width

log = logging.getLogger(__name__)

# The width of a note, and the height of its lines, in inches.
NOTE_IN, _LINE_IN = 6.4, 0.15
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def conclusion_note(conclusion, metrics, stratum):
    """Return the lines that say why a stratum is not reportable, or none.

    Parameters
    ----------
    conclusion : pandas.DataFrame or None
        In the columns of `columns.CONCLUSIONS`.
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of the same benchmark.
    stratum : str

    Raises
    ------
    ValueError
        If a conclusion is given without one row for the stratum.
    """
    if conclusion is None or (conclusion.empty and metrics.empty):
        return ""
    rows = conclusion[conclusion["stratum"] == stratum]
    if len(rows) != 1:
        raise ValueError(
            f"{len(rows)} conclusions of stratum {stratum!r}; expected one; there are the"
            f" strata {sorted(conclusion['stratum'].unique())}"
        )
    row = next(rows.itertuples())
    return "" if row.is_reportable else wrapped(f"NOT REPORTABLE: {row.why}")


def wrapped(note):
    """Break a note into lines that are as wide as a figure at most."""
    for n_letters in range(110, 10, -10):
        lines = textwrap.wrap(note, n_letters)
        if text_width(lines) <= NOTE_IN:
            break
    return "\n".join(lines)


def noted_canvas(width_in, height_in, title, models, note):
    """Make a canvas with a note under its title, or without one.

    Parameters and returns are those of `canvas.canvas`; the note takes room above
    `height_in`.
    """
    note_in = _LINE_IN * (note.count("\n") + 1) + 0.3 if note else 0
    figure, add_axes = canvas(width_in, height_in + note_in, title, models)
    if note:
        _write(add_axes(0.12, height_in, width_in - 0.24, note_in - 0.05), note)
    return figure, add_axes


def _write(axes, note):
    """Write a note in a frame as wide as the axes."""
    axes.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1), facecolor="#FFF3EC")
    for spine in axes.spines.values():
        spine.set(visible=True, color=STAMP, linewidth=1.5)
    axes.text(
        0.5,
        0.5,
        note,
        ha="center",
        va="center",
        fontsize=8,
        weight="bold",
        linespacing=1.3,
        gid="verdict",
    )


def numbers(metrics, stratum, n_drawn, task):
    """Return the lines of text that tell a task's metrics of the model.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark; may be empty.
    stratum : str
    n_drawn : int
        Pairs that the figure shows.
    task : str
        One of `tasks.TASKS`.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If the metrics have rows, but not one per metric of the task.
    """
    rows, names = metrics, words_of(task)
    if not metrics.empty:
        is_models = (metrics["task"] == task) & (metrics["predictor"] == MODEL)
        of_model = metrics[is_models]
        rows = of_model[of_model["stratum"] == stratum]
        if not set(names) <= set(rows["metric"]) or rows["metric"].duplicated().any():
            raise ValueError(
                f"{task} metrics of the {MODEL} for stratum {stratum!r}:"
                f" {sorted(rows['metric'])}; expected one each of"
                f" {', '.join(names)}; there are the strata"
                f" {sorted(of_model['stratum'].unique())}"
            )
    rows = {row.metric: row for row in rows.itertuples(index=False)}
    first = rows.get(next(iter(names)))
    blocks = f", {first.n_blocks:,.0f} blocks" if first else ""
    lines = [f"{stratum.replace('_', ' ')} [95 % interval{blocks}]"]
    for metric, name in names.items():
        row = rows.get(metric)
        if row is None or np.isnan(row.value):
            lines.append(f"{name}: not defined")
            continue
        lines.append(f"{name} {with_interval(row)}")
        told = "" if np.isnan(row.p) else f"{p_value(row.p)}, "
        n_eff = "" if np.isnan(row.n_eff) else f", n_eff = {row.n_eff:,.0f}"
        lines.append(f"  {told}n = {row.n:,.0f}{n_eff}")
    if first:
        lines.append(f"{first.n:,.0f} pairs of {first.n_variants:,.0f} unique variants")
        if first.n != n_drawn:
            log.warning("%d pairs are drawn, the metrics are of %d", n_drawn, first.n)
    return [line.replace("-", "−") for line in lines]


def with_interval(row):
    """Return a number and its interval, with as many decimals as that deserves.

    Parameters
    ----------
    row : object
        With ``metric, value, ci_low`` and ``ci_high``.
    """
    factor, unit = (100, " %") if metric_named(row.metric).is_percent else (1, "")
    value, low, high = (factor * each for each in (row.value, row.ci_low, row.ci_high))
    # A share in percent is written without digits that nothing bears out.
    digits = 1 if unit and np.isnan(high - low) else decimals(high - low)
    interval = f"[{low:.{digits}f}, {high:.{digits}f}]"
    if np.isnan(high - low):
        interval = "(no interval)"
    return f"{value:.{digits}f}{unit} {interval}"


def decimals(width):
    """Return how many decimals an interval of this width deserves."""
    if not width > 0:
        return 3
    return int(np.clip(np.ceil(-np.log10(width / 2)) + 1, 1, 5))


def p_value(p):
    """Return a p value in words, as `p = 0.012` or `p = 3.4×10⁻⁷`."""
    if p >= 0.001:
        # 0.0499 is not written as 0.050, which another would call not significant.
        return f"p = {p:#.3g}" if f"{p:.2f}" == "0.05" else f"p = {p:#.2g}"
    if p < 1e-300:
        return "p < 10⁻³⁰⁰"
    digits, exponent = f"{p:.1e}".split("e")
    return f"p = {digits}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
