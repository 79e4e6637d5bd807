"""Gates of a dataset: the value and the verdict of each under each protocol."""

import math
import re
from collections import Counter
from typing import NamedTuple

from matplotlib.lines import Line2D

from endobench.design.gates import GATES
from endobench.figures import palette
from endobench.figures.canvas import (
    WIDTH_IN,
    canvas,
    check_one_dataset,
    describe,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import caption
from endobench.figures.labels import readable
from endobench.figures.text import TEXT, text_width
from endobench.gates.verdicts import FAIL, NOT_CHECKED, PASS, WARN

ACCEPTED = "accepted"
ROW_IN = 0.19
# The width of a mark and its value, in inches.
COLUMN_IN = 0.78
# In points.
SMALL = 6


class Mark(NamedTuple):
    """How a verdict is drawn: its shape says as much as its colour."""

    marker: str
    face: str
    edge: str
    meaning: str


MARKS = {
    PASS: Mark("o", palette.PASS, palette.PASS, "pass"),
    WARN: Mark("^", palette.WARN, palette.INK, "warn"),
    # Without an edge it would be paler in grey than a pass.
    FAIL: Mark("X", palette.FAIL, palette.INK, "fail"),
    ACCEPTED: Mark("P", palette.FAIL, palette.FAIL, "fail, accepted in the config"),
    NOT_CHECKED: Mark("_", palette.NOT_CHECKED, palette.NOT_CHECKED, "not checked"),
}


def gate_figure(gates, title=""):
    """Draw the verdict and the value of every gate under every protocol.

    Parameters
    ----------
    gates : pandas.DataFrame
        In the columns of `columns.GATES`, of one dataset. Stages, gates and protocols
        are drawn in order of first appearance.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        6.9 inches wide, or more if many protocols or long names need it.

    Raises
    ------
    ValueError
        If the gates are of several datasets, a gate has two rows in one protocol, or a
        verdict is unknown.
    """
    with style():
        models = models_of(gates)
        if gates.empty:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models), "no gates")
        _check(gates)
        rows = _by_protocol(gates)
        names = list(rows)
        protocols = [str(protocol) for protocol in gates["protocol"].unique()]
        bounds = {name: _bounds(each.values()) for name, each in rows.items()}
        # Widths of the columns of text, in inches; the protocols share the rest.
        stage_in = _width((stage for stage, _ in names), TEXT) + 0.1
        name_in = _width((readable(gate) for _, gate in names), TEXT) + 0.1
        bounds_in = _width(bounds.values(), SMALL) + 0.1
        left_in = stage_in + name_in + bounds_in
        width = max(WIDTH_IN, left_in + COLUMN_IN * len(protocols) + 0.3)
        column_in = (width - left_in - 0.3) / len(protocols)
        heads = [_head(gates, protocol, column_in) for protocol in protocols]
        head_in = 0.13 * (1 + max(head.count("\n") for head in heads)) + 0.1
        body_in = ROW_IN * len(names)
        figure, add_axes = canvas(width, 0.4 + body_in + head_in, title, models)
        axes = add_axes(0.15, 0.4, width - 0.3, body_in)
        axes.set(xlim=(0, width - 0.3), ylim=(len(names) - 0.5, -0.5))
        axes.axis("off")
        for place, (stage, gate) in enumerate(names):
            is_first = place == 0 or names[place - 1][0] != stage
            if is_first:
                axes.axhline(place - 0.5, color=palette.RULE, linewidth=0.6)
                _write(axes, 0, place, stage, color=palette.FAINT)
            if place % 2:
                axes.axhspan(
                    place - 0.5, place + 0.5, color=palette.BAND, lw=0, zorder=0
                )
            _write(axes, stage_in, place, readable(gate))
            _write(
                axes,
                stage_in + name_in,
                place,
                bounds[stage, gate],
                color=palette.FAINT,
                fontsize=SMALL,
            )
            for column, protocol in enumerate(protocols):
                if row := rows[stage, gate].get(protocol):
                    _draw_cell(axes, left_in + column * column_in, place, row)
        for x, text in ((stage_in, "gate"), (stage_in + name_in, "thresholds")):
            _write(axes, x, -0.6, text, va="bottom", color=palette.FAINT)
        for column, text in enumerate(heads):
            _write(axes, left_in + column * column_in, -0.6, text, va="bottom")
        axes.axhline(len(names) - 0.5, color=palette.RULE, linewidth=0.6)
        found = Counter(_state(row) for each in rows.values() for row in each.values())
        _draw_legend(figure, [state for state in MARKS if found[state]])
        return describe(figure, _caption(found, len(names)))


def _caption(found, n_gates):
    counted = ", ".join(
        f"{found[state]:,} {MARKS[state].meaning}" for state in MARKS if found[state]
    )
    return caption(
        f"value and verdict of {n_gates:,} gates under each protocol, with the"
        f" thresholds of a warning and of a failure: {counted}",
        "blue circle: pass; orange triangle: warning; red cross: failure; red plus: a"
        " failure that the config accepts; dash: not checked",
        "each gate measures its rows as a whole, so that there are no intervals",
    )


def _check(gates):
    check_one_dataset(gates, "gates")
    if unknown := sorted(set(gates["verdict"].astype(str)) - set(MARKS)):
        raise ValueError(
            f"unknown verdicts {', '.join(unknown)}; expected {PASS}, {WARN}, {FAIL} or"
            f" {NOT_CHECKED}"
        )
    is_again = gates.duplicated(["stage", "gate", "protocol"])
    if is_again.any():
        row = gates[is_again].iloc[0]
        raise ValueError(
            f"gate {row['gate']} has two rows in protocol {row['protocol']}; expected"
            " one"
        )


def _by_protocol(gates):
    """Return the rows of each stage and gate by protocol, those of a stage together."""
    stages = {}
    for row in gates.itertuples():
        names, protocol = (str(row.stage), str(row.gate)), str(row.protocol)
        stages.setdefault(names[0], {}).setdefault(names, {})[protocol] = row
    return {names: rows for gates in stages.values() for names, rows in gates.items()}


def _state(row):
    """Return the key of `MARKS` of a row."""
    return ACCEPTED if row.verdict == FAIL and row.is_accepted else row.verdict


def _draw_cell(axes, left, place, row):
    state = _state(row)
    # `axes.plot` takes several times as long.
    axes.add_artist(_mark(state, [left + 0.06], [place], clip_on=False, gid=state))
    if not math.isnan(row.value):
        weight = "bold" if row.verdict == FAIL else "normal"
        text = _short(row.value, (row.warn, row.fail))
        _write(axes, left + 0.16, place, text, weight=weight)


def _mark(state, x=(), y=(), **options):
    """Return the mark of a verdict at some places, as an artist."""
    mark = MARKS[state]
    return Line2D(
        x,
        y,
        linestyle="",
        marker=mark.marker,
        markersize=6,
        markerfacecolor=mark.face,
        markeredgecolor=mark.edge,
        markeredgewidth=1.2 if mark.marker in "X_" else 0.6,
        **options,
    )


def _write(axes, x, place, text, **look):
    axes.text(x, place, text, **{"va": "center_baseline", "fontsize": TEXT, **look})


def _bounds(rows):
    """Return a gate's thresholds in words, with their bad side."""
    texts = []
    for row in rows:
        if math.isnan(row.warn) or math.isnan(row.fail):
            continue
        side = "below" if _is_low_bad(row) else "above"
        warn, fail = _short(row.warn), _short(row.fail)
        text = f"fail {side} {fail}"
        texts.append(text if warn == fail else f"warn {side} {warn}, {text}")
    return "; ".join(dict.fromkeys(texts))


def _is_low_bad(row):
    """Return whether low values are bad; if the thresholds are equal, the gate decides."""
    if row.warn == row.fail:
        return row.gate in GATES and GATES[row.gate].is_low_bad
    return row.fail < row.warn


def _short(value, others=()):
    """Return a number to three digits, or to as many as distinguish it from others."""
    for digits in range(3, 17):
        text = f"{value:.{digits}g}"
        if all((float(text) == other) == (value == other) for other in others):
            break
    if "e+" in text and abs(value) < 1e9:
        text = f"{value:,.0f}"
    return text.replace("-", "−")


def _head(gates, protocol, width_in):
    """Return a protocol's name, broken to a width, and whether its gates are enforced."""
    is_enforced = gates.loc[gates["protocol"] == protocol, "is_enforced"]
    lines = [""]
    for piece in re.findall(r"[^._-]*[._-]?", protocol):
        for part in [piece] if _fits(piece, width_in) else piece:
            if lines[-1] and not _fits(lines[-1] + part, width_in):
                lines.append("")
            lines[-1] += part
    words = "enforced" if is_enforced.astype(bool).all() else "not enforced"
    return "\n".join([*lines, f"({words})"])


def _fits(text, width_in):
    return _width([text], TEXT) <= width_in - 0.06


def _width(texts, size):
    return text_width(texts, size, is_bold=False)


def _draw_legend(figure, states):
    handles = [_mark(state, label=MARKS[state].meaning) for state in states]
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.06 / figure.get_figwidth(), 0.04 / figure.get_figheight()),
        ncols=len(handles),
        frameon=False,
        fontsize=TEXT,
        handletextpad=0.1,
        columnspacing=1.2,
        borderaxespad=0,
    )
