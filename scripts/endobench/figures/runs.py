"""The benchmarks of several runs as a forest, by dataset."""

import logging

import pandas as pd

from endobench.design.benchmark_names import base_of
from endobench.design.conclusions import EXCEPTIONS, YES
from endobench.design.metrics import PRIMARY, axis_of
from endobench.design.protocol import CORRECTED
from endobench.design.tasks import ALL_PAIRS, UNSIGNED
from endobench.evaluate.runs import CHANGES, HERE
from endobench.figures import palette
from endobench.figures.canvas import (
    WIDTH_IN,
    canvas,
    describe,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import caption
from endobench.figures.forest.layout import Forest
from endobench.figures.forest.page import stacked_figure
from endobench.figures.forest.rows import NOT_DEFINED, Estimate, Panel, Row
from endobench.figures.labels import BARS, OPEN, how_done

log = logging.getLogger(__name__)

_KEYS = ["run", "dataset", "protocol"]


def runs_figure(runs, title=""):
    """Draw every benchmark of every run, with differences from this run.

    Parameters
    ----------
    runs : pandas.DataFrame
        In the columns of `columns.RUNS`. The prespecified stratum of each
        benchmark is drawn. The unsigned task is compared over all pairs only, and its
        row says so.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
        One forest per task, grouped by dataset; the corrected protocol comes before the
        published one, this run before others. A value that is not reportable, or with
        exceptions only, has a note. A comparison whose shared pairs have different
        measured effects has a note.

    Raises
    ------
    ValueError
        If a run has two rows for one benchmark.
    """
    with style():
        models = models_of(runs)
        is_first = [
            stratum == PRIMARY[task].strata[0]
            for stratum, task in zip(runs["stratum"], runs["task"], strict=True)
        ]
        rows = runs[pd.Series(is_first, runs.index, dtype=bool)]
        if rows.empty:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models), "no benchmarks")
        if rows.duplicated(_KEYS).any():
            twice = "/".join(rows.loc[rows.duplicated(_KEYS), _KEYS].iloc[0])
            raise ValueError(f"benchmark {twice!r} has two rows; expected one")
        rows = _with_compared(rows, runs)
        has_others = (rows["run"] != HERE).any()
        forests = [
            _forest(part, task, has_others)
            for task in PRIMARY
            if len(part := rows[rows["task"] == task])
        ]
        figure = stacked_figure(forests, title, models)
        describe(figure, _caption(has_others))
        log.info(
            "drew %d benchmarks of %d runs, %d of them compared",
            len(rows),
            rows["run"].nunique(),
            rows["n_shared"].notna().sum(),
        )
        return figure


def _caption(has_others):
    what = "Primary metric of every benchmark in the prespecified stratum, by dataset"
    if not has_others:
        return caption(what, "each row states its number of pairs", BARS, OPEN)
    return caption(
        f"{what}, in this run and in others",
        "blue circles: this run; black squares: other runs; diamonds: their paired"
        " difference from this run, on shared pairs",
        "each row states its numbers of pairs and of shared pairs",
        BARS,
        OPEN,
    )


def _with_compared(rows, runs):
    """Return rows with the difference in the stratum in which their task is compared."""
    compared = rows["stratum"].mask(rows["task"] == UNSIGNED, ALL_PAIRS)
    rows = rows.drop(columns=CHANGES).assign(compared=compared)
    changes = runs[[*_KEYS, "stratum", *CHANGES]]
    changes = changes.rename(columns={"stratum": "compared"})
    return rows.merge(changes, on=[*_KEYS, "compared"], how="left", validate="1:1")


def _forest(rows, task, has_others):
    panels = [
        Panel(
            "value",
            "agreement",
            axis_of(task),
            null=PRIMARY[task].null,
        ),
        Panel(
            "change",
            "paired difference",
            "minus this run",
            is_difference=True,
        ),
    ]
    counts = ("pairs", "shared")
    if not has_others:
        panels, counts = panels[:1], counts[:1]
    n = len(panels)
    settings = _shared_settings(rows)
    found = []
    for dataset, part in rows.groupby("dataset", sort=False):
        found.append(Row(str(dataset)))
        for row in _in_order(part).itertuples(index=False):
            estimates, numbers = _estimates(row), (row.n, row.n_shared)
            note = _note(row, is_set=_named(row) in settings)
            found.append(Row(_named(row), note, estimates[:n], numbers[:n]))
    key = "; ".join(f"{name}: {setting}" for name, setting in settings.items())
    return Forest(found, panels, "dataset; run and protocol", counts, key)


def _shared_settings(rows):
    """Return the setting of each protocol of a run that is the same in all datasets."""
    found = {}
    for row in rows.itertuples(index=False):
        found.setdefault(_named(row), []).append(_setting(row))
    return {
        name: each[0]
        for name, each in found.items()
        if len(each) > 1 and len(set(each)) == 1
    }


def _in_order(rows):
    """Sort the benchmarks of a dataset by protocol, with this run before others."""
    bases = rows["protocol"].map(base_of)
    keys = pd.DataFrame(
        {
            "base": (bases != CORRECTED).astype(str) + bases,
            "protocol": pd.factorize(rows["protocol"])[0],
            "is_other": rows["run"] != HERE,
            "run": pd.factorize(rows["run"])[0],
        },
        index=rows.index,
    )
    return rows.loc[keys.sort_values(list(keys), kind="stable").index]


def _named(row):
    return f"{'this run' if row.run == HERE else row.run}: {base_of(row.protocol)}"


def _note(row, *, is_set):
    """Return the limitations of a benchmark, and its setting unless the key has it."""
    words = {YES: [], EXCEPTIONS: ["REPORTABLE WITH EXCEPTIONS"]}
    notes = [*words.get(row.is_reportable, ["NOT REPORTABLE"])]
    if pd.notna(row.n_shared) and row.compared != row.stratum:
        notes.append("compared over all pairs only")
    if pd.notna(row.n_shared) and row.n_other_effects > 0:
        notes.append(
            f"{row.n_other_effects:,.0f} of {row.n_shared:,.0f} shared pairs have"
            " DIFFERENT MEASURED EFFECTS, not only different scores"
        )
    return "; ".join([*notes, *([] if is_set else [_setting(row)])])


def _setting(row):
    """Return how a benchmark was done, and by which model."""
    how = how_done(row).removeprefix(base_of(row.protocol)).strip(",: ")
    if row.window_bp > 0:
        how += f", {row.window_bp:,.0f} bp, {row.track_set}"
    return f"{how}, by {row.model}"


def _estimates(row):
    is_here = row.run == HERE
    ends = row.difference_low, row.difference_high
    value = Estimate(
        row.value,
        row.ci_low,
        row.ci_high,
        color=palette.MODEL if is_here else palette.OTHER,
        mark="o" if is_here else "s",
    )
    missing = NOT_DEFINED if pd.notna(row.n_shared) else "not compared"
    change = Estimate(
        row.difference,
        *ends,
        color=palette.DIFFERENCE,
        mark="D",
        missing="this run" if is_here else missing,
    )
    return value, change
