"""All benchmarks of a run and their differences from the reference, as a forest."""

import logging
import math

import pandas as pd

from endobench.design.benchmark_names import base_of
from endobench.design.metrics import PRIMARY, axis_of
from endobench.design.protocol import CORRECTED
from endobench.figures import palette
from endobench.figures.canvas import WIDTH_IN, canvas, models_of, say_nothing, style
from endobench.figures.captions import caption
from endobench.figures.forest.layout import Forest
from endobench.figures.forest.page import forest_figure
from endobench.figures.forest.rows import NOT_DEFINED, Estimate, Panel, Row
from endobench.figures.labels import BARS, OPEN, how_done, primary_rows, stratum_words

log = logging.getLogger(__name__)


def sweep_figure(sweep, title="", stratum=None):
    """Draw every benchmark's agreement, and its difference from the reference.

    Parameters
    ----------
    sweep : pandas.DataFrame
        In the columns of `columns.SWEEP`, of one dataset. Its primary metric (see
        `metrics.PRIMARY`) is drawn.
    title : str
    stratum : str, optional
        By default the prespecified stratum.

    Returns
    -------
    matplotlib.figure.Figure
        The reference is on top; the corrected protocol comes before the published one,
        short windows before long ones, scorers and track sets as in the table. The mark
        of a difference takes the p value adjusted for all differences of the dataset.

    Raises
    ------
    ValueError
        If the sweep is of several datasets, or a benchmark has two rows.
    """
    with style():
        models = models_of(sweep)
        rows, task = primary_rows(sweep)
        if not rows.empty:
            rows = rows[rows["stratum"] == (stratum or PRIMARY[task].strata[0])]
        if rows.empty:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models))
        if rows["protocol"].duplicated().any():
            twice = rows["protocol"][rows["protocol"].duplicated()].iloc[0]
            raise ValueError(f"benchmark {twice!r} has two rows; expected one")
        reference = _reference(rows)
        benchmarks = list(_in_order(rows, reference).itertuples(index=False))
        values = rows.loc[rows["protocol"] == reference, "value"]
        panels = [
            Panel(
                "value",
                "agreement",
                axis_of(task),
                null=PRIMARY[task].null,
                guide=next(iter(values.astype(float)), math.nan),
            ),
            Panel(
                "change",
                "paired difference",
                "minus the reference",
                is_difference=True,
            ),
        ]
        log.info(
            "drew %d benchmarks, %d of them with a value",
            len(rows),
            rows["value"].notna().sum(),
        )
        counts, key = ("pairs", "shared"), "dotted line: the reference"
        of = stratum_words(rows["stratum"].iloc[0])
        said = [
            f"Agreement of every combination of scorer, window, track set and protocol"
            f" with the effects: {of}",
            "circles: the value; diamonds: its paired difference from the reference, on"
            " shared pairs",
            "each row states its numbers of pairs and of shared pairs",
            BARS,
            key,
        ]
        if len(benchmarks) == 1:
            # There is nothing to compare.
            panels = [panels[0]._replace(guide=math.nan)]
            counts, reference, key = counts[:1], None, ""
            said = [
                f"Agreement of the only benchmark with the effects: {of}",
                "the row states its number of pairs",
                BARS,
            ]
        drawn = [_row(each, reference) for each in benchmarks]
        forest = Forest(drawn, panels, "window, tracks; protocol, scorer", counts, key)
        said = caption(*said, OPEN)
        return forest_figure(forest, title, models, caption=said)


def _reference(rows):
    """Return the name of the benchmark that others are compared with."""
    named = rows["reference"].dropna()
    return named.iloc[0] if len(named) else rows["protocol"].iloc[0]


def _in_order(rows, reference):
    """Sort benchmarks: the reference, then by protocol, scorer, window and track set."""
    bases = rows["protocol"].map(base_of)
    keys = pd.DataFrame(
        {
            "is_other": rows["protocol"] != reference,
            "base": (bases != CORRECTED).astype(str) + bases,
            "scorer": pd.factorize(rows["scorer"])[0],
            "window_bp": rows["window_bp"],
            "track_set": pd.factorize(rows["track_set"])[0],
        },
        index=rows.index,
    )
    return rows.loc[keys.sort_values(list(keys), kind="stable").index]


def _row(row, reference):
    is_reference = row.protocol == reference
    ends = row.difference_low, row.difference_high
    change = Estimate(
        row.difference,
        *ends,
        p=row.difference_p_adjusted,
        color=palette.DIFFERENCE,
        mark="D",
        missing="reference" if is_reference else _not_compared(row),
    )
    value = Estimate(row.value, row.ci_low, row.ci_high)
    window = f"{row.window_bp:,.0f} bp, " if row.window_bp > 0 else ""
    name = f"{window}{row.track_set}{' (reference)' if is_reference else ''}"
    counts = row.n, None if is_reference else row.n_shared
    return Row(name, how_done(row), (value, change), counts)


def _not_compared(row):
    return "not compared" if pd.isna(row.n_shared) else NOT_DEFINED
