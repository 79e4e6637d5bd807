"""Every part of a benchmark and its agreement, with the parts that disagree marked."""

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
from endobench.figures.forest import Estimate, Forest, Panel, Row, forest_figure

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
_LABEL = "rank correlation with effects (red cross: disagrees with the rest)"


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
        Bars are 95 % confidence intervals. A part that disagrees with the rest has a red
        cross, and its row states the agreement in the rest. Parts that disagree with the
        rest in the control, or whose scores do not follow the sequence as those of the
        rest do, come at the end. The dotted line is the median of all parts.

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
            drawn.append(Row(words, ""))
            drawn += [_row(each, is_full=True) for each in rows.itertuples(index=False)]
        panel = Panel(
            first,
            _HEADS[first],
            _LABEL,
            guide=float(np.median(shown["value"])),
            interval="95 % CI, by cluster",
        )
        forest = Forest(drawn, [panel], "part", ("pairs",), is_dense=True)
        return forest_figure(forest, title, models)


def _rows(parts):
    drawn = []
    for division, rows in parts.groupby("division", sort=False, observed=True):
        drawn.append(Row(str(division), ""))
        drawn += [_row(each) for each in rows.itertuples(index=False)]
    return drawn


def _row(row, *, is_full=False):
    text = f"{row.division}: {row.part}" if is_full else str(row.part)
    values = float(row.value), float(row.ci_low), float(row.ci_high)
    if not row.is_disagreeing:
        return Row("", text, (Estimate(*values),), (float(row.n),))
    mark = Estimate(*values, color=palette.FAIL, mark="X", size=6)
    return Row("", f"{text} (rest: {row.rest:.3f})", (mark,), (float(row.n),))
