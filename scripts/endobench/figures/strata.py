"""All strata of one benchmark beside the whole, as a forest."""

import logging

import pandas as pd

from endobench.design.metrics import PRIMARY, axis_of
from endobench.design.models import MODEL
from endobench.design.tasks import ALL_PAIRS, LEADS, MATCHED, task_in
from endobench.figures.canvas import (
    canvas,
    check_one_benchmark,
    models_of,
    say_nothing,
    style,
)
from endobench.figures.captions import conclusion_note
from endobench.figures.forest import (
    SIGNIFICANT,
    WIDTH_IN,
    Estimate,
    Panel,
    Row,
    forest_figure,
)
from endobench.figures.labels import TERTILES, how_done

log = logging.getLogger(__name__)

_WHOLE = {
    LEADS: "one variant per feature",
    MATCHED: "one variant per feature, with matched negatives",
    ALL_PAIRS: "all pairs",
}
# What divides the pairs, in the order of the figure, with the strata's names or their
# beginnings.
_DIVISIONS = {
    "size of the effect": ("effect_",),
    "posterior inclusion probability (PIP)": ("pip_",),
    "minor allele frequency (MAF)": ("maf_",),
    "distance to the feature, either side": ("distance_",),
    "kind of variant": ("snv", "indel"),
    "open chromatin": ("in_peak", "outside_peak"),
    "chromosome": ("chromosome_",),
    "fold of the model’s training": ("fold_", "held_out", "seen"),
}
_OTHER = "other strata"
_WORDS = TERTILES | {
    "snv": "substitutions of one base",
    "indel": "insertions and deletions",
    "in_peak": "in a peak",
    "outside_peak": "outside of all peaks",
    "held_out": "held out: the fold the model was tested on",
    "seen": "seen in training",
}
_FEW = 10
_FEW_SIZE = 2.5


def strata_forest_figure(metrics, title="", conclusion=None):
    """Draw the agreement in every stratum of a benchmark, by what divides them.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark. Drawn are the model's
        metric and task that the benchmark's answer is of (see `tasks`).
    title : str
    conclusion : pandas.DataFrame, optional
        In the columns of `columns.CONCLUSIONS`, of the same benchmark. Where its answer
        is not reportable, a note under the title says so, and why.

    Returns
    -------
    matplotlib.figure.Figure
        The whole is on top, then what divides it, each under its head with the strata
        in the order of the table. A mark is open where the adjusted p value, or of the
        number that was named beforehand the p value itself, is not below 0.05. A
        stratum of fewer than ten pairs, or whose number has no interval, has a small
        open mark and the word "few". The dotted line is the value of all pairs.

    Raises
    ------
    ValueError
        If the metrics are of several benchmarks, or a stratum has two rows.
    """
    with style():
        models = models_of(metrics, *([] if conclusion is None else [conclusion]))
        task = task_in(metrics)
        rows = metrics[
            (metrics["predictor"] == MODEL)
            & (metrics["task"] == task)
            & (metrics["metric"] == PRIMARY[task].metric)
        ]
        if rows.empty:
            return say_nothing(*canvas(WIDTH_IN, 2, title, models), "no strata")
        _check(rows)
        of_stratum = {row.stratum: row for row in rows.itertuples(index=False)}
        drawn = []
        for head, names in _divided(of_stratum).items():
            note = "" if drawn else _benchmark(of_stratum[names[0]])
            drawn.append(Row(head, note))
            drawn += [_row(of_stratum[name], of_stratum) for name in names]
        whole = of_stratum.get(ALL_PAIRS)
        panel = Panel(
            "value",
            "agreement",
            f"{axis_of(task)}\n(filled: adjusted p < 0.05; small: few; dotted: all pairs)",
            null=PRIMARY[task].null,
            guide=float("nan") if whole is None else float(whole.value),
        )
        log.info(
            "%d strata drawn, %d of them with a value",
            len(rows),
            rows["value"].notna().sum(),
        )
        counts = ("pairs", "effective n")
        note = conclusion_note(conclusion, metrics, PRIMARY[task].strata[0])
        return forest_figure(
            drawn, [panel], "stratum", counts, title, models, note, is_dense=True
        )


def _check(rows):
    check_one_benchmark(rows, "metrics")
    if rows["stratum"].duplicated().any():
        twice = rows["stratum"][rows["stratum"].duplicated()].iloc[0]
        raise ValueError(f"stratum {twice!r} has two rows; expected one")


def _divided(strata):
    """Return the names of strata by the head that they stand under."""
    heads = {"the whole": [name for name in _WHOLE if name in strata]}
    heads |= {head: [] for head in (*_DIVISIONS, _OTHER)}
    for name in strata:
        if name not in _WHOLE:
            heads[_head(name)].append(name)
    return {head: names for head, names in heads.items() if names}


def _head(stratum):
    return next(
        (head for head, starts in _DIVISIONS.items() if stratum.startswith(starts)),
        _OTHER,
    )


def _words(stratum):
    """Return what a stratum is called under its head."""
    if words := (_WHOLE | _WORDS).get(stratum):
        return words
    for start in ("chromosome_", "fold_"):
        if stratum.startswith(start):
            return stratum.removeprefix(start)
    for start in ("effect_", "pip_", "maf_", "distance_"):
        stratum = stratum.removeprefix(start)
    return stratum.replace("kb", " kb").replace("_", " ")


def _benchmark(row):
    window = f"{row.window_bp:,.0f} bp, " if row.window_bp > 0 else ""
    return f"{window}{row.track_set}; {how_done(row)}"


def _row(row, strata):
    # The number that was named beforehand stands for itself.
    p = row.p if pd.isna(row.p_adjusted) else row.p_adjusted
    value = Estimate(row.value, row.ci_low, row.ci_high, is_open=not p < SIGNIFICANT)
    words = _words(row.stratum)
    if row.stratum == "seen" and "held_out" in strata:
        words = f"{words}: all other folds"
    if pd.notna(row.is_primary) and bool(row.is_primary):
        words += " (named beforehand: p as it is)"
    has_interval = pd.notna(row.ci_low) and pd.notna(row.ci_high)
    if row.n < _FEW or (pd.notna(row.value) and not has_interval):
        words += " (few)"
        value = value._replace(is_open=True, size=_FEW_SIZE)
    return Row("", words, (value,), (row.n, row.n_eff))
