"""Every part of a benchmark and its agreement, with the parts that disagree marked."""

import math
import re

import numpy as np

from endobench.figures import palette
from endobench.figures.canvas import (
    WIDTH_IN,
    canvas,
    check_one_benchmark,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import caption, signed
from endobench.figures.forest.layout import Forest
from endobench.figures.forest.page import forest_figure
from endobench.figures.forest.rows import Estimate, Panel, Row
from endobench.figures.labels import OPEN

SCORES, CONTROL, SEQUENCE = "scores", "control", "sequence"
_OTHERS = {
    CONTROL: "disagreement with the control",
    SEQUENCE: "scores that do not follow the sequence",
}
_HEADS = {
    SCORES: "with scores",
    CONTROL: "with the control",
    SEQUENCE: "of scores with the sequence",
}
# What the correlation is of, by what effects or scores are compared with.
_OF = {
    SCORES: "of effects with scores",
    CONTROL: "of effects with the control",
    SEQUENCE: "of scores with the sequence",
}
_LABEL = "rank correlation"
_KEY = "dotted line: median of the parts; red cross: disagrees with the rest"
# The size that begins the name of a part, by which the parts of a division are ordered.
_SIZE = re.compile(r"(?:lines |more than )?(\d+(?:\.\d+)?)(?: to | bp|$)")
_THIRDS = ("smallest third", "middle third", "largest third")
_STRANDS = {"+": "forward (+)", "-": "reverse (−)"}


def parts_figure(parts, title=""):
    """Draw the agreement in every part of a benchmark as a forest.

    Parameters
    ----------
    parts : pandas.DataFrame
        In the columns of `columns.PARTS`, of one benchmark.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        The agreement of effects with scores or, without any, with the positive control.
        A part that disagrees with the rest has a red cross, and its row states the
        agreement in the rest. Parts that disagree with the rest in the control, or whose
        scores do not follow the sequence as those of the rest do, come at the end. The
        dotted line is the median of all parts.

    Raises
    ------
    ValueError
        If the parts are of several benchmarks.
    """
    with style():
        models = models_of(parts)
        if parts.empty:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models), "no parts")
        check_one_benchmark(parts, "parts")
        found = set(parts["against"])
        first = next(each for each in _HEADS if each in found)
        shown = parts[parts["against"] == first]
        drawn = _rows(shown)
        others = parts[parts["is_disagreeing"].astype(bool)]
        for against, words in _OTHERS.items():
            rows = others[others["against"] == against]
            if against == first or rows.empty:
                continue
            drawn.append(Row(words))
            drawn += [_row(each, is_full=True) for each in rows.itertuples(index=False)]
        panel = Panel(
            first,
            _HEADS[first],
            _LABEL,
            guide=float(np.median(shown["value"])),
        )
        n_disagreeing = int(parts["is_disagreeing"].astype(bool).sum())
        said = caption(
            f"Rank correlation {_OF[first]} in every part of one benchmark"
            f" that should agree with the rest: {_found(n_disagreeing)}",
            "each row states its number of pairs",
            "bars are 95 % confidence intervals that allow for correlation within LD"
            " blocks or, without any, within features and variants",
            _KEY,
            OPEN,
        )
        forest = Forest(drawn, [panel], "part", ("pairs",), _KEY)
        return forest_figure(forest, title, models, caption=said)


def _found(n):
    if not n:
        return "no part disagrees"
    return "one part disagrees" if n == 1 else f"{n:,} parts disagree"


def _rows(parts):
    drawn = []
    for division, rows in parts.groupby("division", sort=False, observed=True):
        drawn.append(Row(str(division)))
        drawn += [
            _row(each) for each in sorted(rows.itertuples(index=False), key=place_of)
        ]
    return drawn


def place_of(row):
    """Return where a part belongs in its division: by size, else as in the table."""
    if row.part in _THIRDS:
        return _THIRDS.index(row.part)
    size = _SIZE.match(str(row.part))
    return float(size[1]) if size else math.inf


def _row(row, *, is_full=False):
    part = _STRANDS.get(str(row.part), str(row.part))
    text = f"{row.division}: {part}" if is_full else part
    values = float(row.value), float(row.ci_low), float(row.ci_high)
    if not row.is_disagreeing:
        return Row(text, "", (Estimate(*values),), (float(row.n),))
    mark = Estimate(*values, color=palette.FAIL, mark="X", size=6)
    rest = f"rest: {signed(row.rest, '.3f')}"
    return Row(text, rest, (mark,), (float(row.n),))
