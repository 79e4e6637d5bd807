"""Text in figures: metrics, and why a result is not reportable.

The report has the same texts, without Matplotlib, which is loaded only where it draws.
"""

import logging
import math
import re

import numpy as np

from endobench.design.conclusions import EXCEPTIONS, SIGNIFICANT, YES, exceptions_of
from endobench.design.gates import GATES
from endobench.design.metrics import PRIMARY, metric_named, words_of
from endobench.design.models import MODEL
from endobench.figures import palette
from endobench.figures.labels import readable

log = logging.getLogger(__name__)

# The width of a note and the height of its lines, in inches.
NOTE_IN, _LINE_IN = 6.4, 0.15
_GATE = re.compile(rf"\b(?:{'|'.join(GATES)})\b")
_NEGATIVE = re.compile(r"(?<![\w.)])-(?=\d)")
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
        return wrapped(f"REPORTABLE WITH EXCEPTIONS: {why_words(found)}")
    return wrapped(f"NOT REPORTABLE: {why_words(row.why)}")


def why_words(why):
    """Return a reason with its gates in words, and with minus signs."""
    return with_minus_signs(_GATE.sub(lambda name: readable(name[0]), why))


def with_minus_signs(text):
    """Return a text with minus signs in place of the hyphens before its numbers."""
    return _NEGATIVE.sub("−", text)


def wrapped(note):
    """Break a note into lines that fit the width of a figure."""
    from endobench.figures.text import wrapped

    return "\n".join(wrapped(note, NOTE_IN, 8, is_bold=True))


def caption(*parts):
    """Return a caption: what is to be seen, n, what intervals are, what marks mean.

    Parameters
    ----------
    *parts : str
        Sentences, or clauses that become one each; empty ones are left out.
    """
    sentences = (part.strip().rstrip(".") for part in parts if part)
    return " ".join(f"{each[0].upper()}{each[1:]}." for each in sentences)


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


def statistics(metrics, stratum, n_drawn, task):
    """Return all metrics of the model in a task, as one sentence of a caption.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark; may be empty.
    stratum : str
    n_drawn : int
        Pairs that the figure shows.
    task : str
        One of `tasks.TASKS`.

    Raises
    ------
    ValueError
        If the metrics have rows, but not one per metric of the task.
    """
    rows, names = _by_metric(metrics, stratum, task), words_of(task)
    found = []
    for metric, name in names.items():
        row = rows.get(metric)
        if row is None or np.isnan(row.value):
            found.append(f"{name} not defined")
            continue
        facts = [f"{name} {with_interval(row)}"]
        if metric_named(metric).null is None and not np.isnan(row.chance):
            facts.append(f"by chance {_chance(row)}")
        facts += [] if np.isnan(row.p) else [p_value(row.p)]
        facts.append(f"n = {row.n:,.0f}")
        facts += [] if np.isnan(row.n_eff) else [f"n_eff = {row.n_eff:,.0f}"]
        found.append(", ".join(facts))
    if first := rows.get(next(iter(names))):
        found.append(
            f"{_counted(first.n, 'pair')} of {_counted(first.n_variants, 'variant')} in"
            f" {_counted(first.n_blocks, 'block')}"
        )
        if first.n != n_drawn:
            log.warning("pairs in the figure: %d; in its metrics: %d", n_drawn, first.n)
    return "; ".join(found)


def primary_words(metrics, stratum, task):
    """Return the model's primary metric in a stratum and its interval, in words."""
    metric = PRIMARY[task].metric
    row = _by_metric(metrics, stratum, task).get(metric)
    name = words_of(task)[metric]
    if row is None or np.isnan(row.value):
        return f"{name} not defined"
    return f"{name} {with_interval(row)}"


def _by_metric(metrics, stratum, task):
    """Return the model's rows of a task in a stratum, by metric."""
    if metrics.empty:
        return {}
    names = words_of(task)
    is_models = (metrics["task"] == task) & (metrics["predictor"] == MODEL)
    of_model = metrics[is_models]
    rows = of_model[of_model["stratum"] == stratum]
    if not set(names) <= set(rows["metric"]) or rows["metric"].duplicated().any():
        raise ValueError(
            f"{task} metrics of the {MODEL} in stratum {stratum!r}:"
            f" {sorted(rows['metric'])}; expected one each of {', '.join(names)};"
            f" strata with metrics: {sorted(of_model['stratum'].unique())}"
        )
    return {row.metric: row for row in rows.itertuples(index=False)}


def _counted(n, noun):
    return f"{n:,.0f} {noun}{'' if n == 1 else 's'}"


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
    interval = f"[{signed(low, form)}, {signed(high, form)}]"
    if np.isnan(high - low):
        interval = "(no interval)"
    return f"{signed(value, form)}{unit} {interval}"


def _chance(row):
    """Return the chance of a metric, where it depends on the pairs."""
    if metric_named(row.metric).is_percent:
        return f"{100 * row.chance:.1f} %"
    return f"{row.chance:.3f}"


def signed(value, form):
    """Return a number in a format, with a minus sign, or without a sign if it reads 0."""
    text = f"{value:{form}}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", "−")


def holds(low, high, null=0.0):
    """Return whether an interval includes the null; a missing one counts as doing so."""
    return not (low > null or high < null)


def is_open(low, high, null=0.0, p=math.nan):
    """Return whether a mark is open: see `labels.OPEN`.

    Parameters
    ----------
    low, high, null : float
        The interval, NaN where missing, and the value of the solid line.
    p : float, optional
        Adjusted p value where many are tested.
    """
    return holds(low, high, null) or p >= SIGNIFICANT


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
    return f"p = {digits} × {power(float(f'1e{exponent}'))}"


def power(value):
    """Return a power of ten as text, such as `10⁻⁷`."""
    return f"10{str(round(math.log10(value))).translate(_SUPERSCRIPTS)}"
