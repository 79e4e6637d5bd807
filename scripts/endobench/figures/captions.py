"""Text in figures: metrics, and why a result is not reportable.

The report has the same texts, without Matplotlib, which is loaded only where it draws.
"""

import logging
import textwrap

import numpy as np

from endobench.design.conclusions import EXCEPTIONS, YES, exceptions_of
from endobench.design.metrics import metric_named, words_of
from endobench.design.models import MODEL
from endobench.figures import palette

log = logging.getLogger(__name__)

# The width of a note and the height of its lines, in inches.
NOTE_IN, _LINE_IN = 6.4, 0.15
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def conclusion_note(conclusion, metrics, stratum):
    """Return the note that says why a stratum is not reportable, or with what exceptions.

    It is empty if the stratum is reportable without exceptions.

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
        If the conclusion does not have exactly one row for the stratum.
    """
    if conclusion is None or (conclusion.empty and metrics.empty):
        return ""
    rows = conclusion[conclusion["stratum"] == stratum]
    if len(rows) != 1:
        raise ValueError(
            f"{len(rows)} conclusions of stratum {stratum!r}; expected one; strata with"
            f" a conclusion: {sorted(conclusion['stratum'].unique())}"
        )
    row = next(rows.itertuples())
    if row.is_reportable == YES:
        return ""
    if row.is_reportable == EXCEPTIONS:
        found = "; ".join(exceptions_of(row.why))
        return wrapped(f"REPORTABLE WITH EXCEPTIONS: {found}")
    return wrapped(f"NOT REPORTABLE: {row.why}")


def wrapped(note):
    """Break a note into lines that fit the width of a figure."""
    from endobench.figures.canvas import text_width

    for n_letters in range(110, 10, -10):
        lines = textwrap.wrap(note, n_letters)
        if text_width(lines) <= NOTE_IN:
            break
    return "\n".join(lines)


def noted_canvas(width_in, height_in, title, models, note):
    """Make a canvas with a framed note, if any, under its title.

    Parameters and returns are those of `canvas.canvas`. The note takes room above
    `height_in`.
    """
    from endobench.figures.canvas import canvas

    note_in = _LINE_IN * (note.count("\n") + 1) + 0.3 if note else 0
    figure, add_axes = canvas(width_in, height_in + note_in, title, models)
    if note:
        _write(add_axes(0.12, height_in, width_in - 0.24, note_in - 0.05), note)
    return figure, add_axes


def _write(axes, note):
    """Write a note in a frame as wide as the axes."""
    axes.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1), facecolor=palette.NOTE)
    for spine in axes.spines.values():
        spine.set(visible=True, color=palette.STAMP, linewidth=1.5)
    axes.text(
        0.5,
        0.5,
        note,
        ha="center",
        va="center",
        fontsize=8,
        weight="bold",
        linespacing=1.3,
        gid="conclusion",
    )


def numbers(metrics, stratum, n_drawn, task, words):
    """Return lines of text with all metrics of the model in a task.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark; may be empty.
    stratum : str
    n_drawn : int
        Pairs that the figure shows.
    task : str
        One of `tasks.TASKS`.
    words : str
        Name of the stratum in words.

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
                f"{task} metrics of the {MODEL} in stratum {stratum!r}:"
                f" {sorted(rows['metric'])}; expected one each of {', '.join(names)};"
                f" strata with metrics: {sorted(of_model['stratum'].unique())}"
            )
    rows = {row.metric: row for row in rows.itertuples(index=False)}
    first = rows.get(next(iter(names)))
    blocks = f", {first.n_blocks:,.0f} blocks" if first else ""
    lines = [f"{words} [95 % CI{blocks}]"]
    for metric, name in names.items():
        row = rows.get(metric)
        if row is None or np.isnan(row.value):
            lines.append(f"{name}: not defined")
            continue
        lines.append(f"{name} {with_interval(row)}")
        if metric_named(metric).null is None and not np.isnan(row.chance):
            lines.append(f"  by chance {_chance(row)}")
        tested = "" if np.isnan(row.p) else f"{p_value(row.p)}, "
        n_eff = "" if np.isnan(row.n_eff) else f", n_eff = {row.n_eff:,.0f}"
        lines.append(f"  {tested}n = {row.n:,.0f}{n_eff}")
    if first:
        lines.append(f"{first.n:,.0f} pairs of {first.n_variants:,.0f} unique variants")
        if first.n != n_drawn:
            log.warning(
                "the figure shows %d pairs, but its metrics cover %d", n_drawn, first.n
            )
    return [line.replace("-", "−") for line in lines]


def with_interval(row):
    """Return a value and its interval, to as many decimals as the width justifies.

    Parameters
    ----------
    row : object
        With ``metric, value, ci_low`` and ``ci_high``.
    """
    factor, unit = (100, " %") if metric_named(row.metric).is_percent else (1, "")
    value, low, high = (factor * each for each in (row.value, row.ci_low, row.ci_high))
    # Without an interval, more digits of a percentage would not be justified.
    digits = 1 if unit and np.isnan(high - low) else decimals(high - low)
    form = f".{digits}f"
    interval = f"[{rounded(low, form)}, {rounded(high, form)}]"
    if np.isnan(high - low):
        interval = "(no interval)"
    return f"{rounded(value, form)}{unit} {interval}"


def _chance(row):
    """Return the chance of a metric, where it depends on the pairs."""
    if metric_named(row.metric).is_percent:
        return f"{100 * row.chance:.1f} %"
    return f"{row.chance:.3f}"


def rounded(value, form):
    """Return a number in a format, without a minus sign if it reads 0."""
    text = f"{value:{form}}"
    return text.replace("-", "") if float(text) == 0 else text


def decimals(width):
    """Return how many decimals an interval of this width justifies."""
    if not width > 0:
        return 3
    return int(np.clip(np.ceil(-np.log10(width / 2)) + 1, 1, 5))


def p_value(p):
    """Return a p value as text, such as `p = 0.012` or `p = 3.4 × 10⁻⁷`."""
    if p >= 0.001:
        # Rounded to 0.050, a p value of 0.0499 would read as not significant.
        return f"p = {p:#.3g}" if f"{p:.2f}" == "0.05" else f"p = {p:#.2g}"
    if p < 1e-300:
        return "p < 10⁻³⁰⁰"
    digits, exponent = f"{p:.1e}".split("e")
    return f"p = {digits} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
