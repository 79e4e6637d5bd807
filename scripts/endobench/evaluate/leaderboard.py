"""Models side by side: each on its own pairs, and all on the pairs that all have."""

import itertools
import logging
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.strata import is_lead
from endobench.core.columns import DIFFERENCES, LEADERBOARD
from endobench.design.conclusions import NO
from endobench.design.metrics import BY_TISSUE, NAMES, OF_TISSUES, PRIMARY, names_of
from endobench.design.models import MODEL
from endobench.design.tasks import ALL_PAIRS, LEADS, SIGNED, TASKS, UNSIGNED, task_in
from endobench.evaluate.contrasts import statistic_of
from endobench.evaluate.doubts import gap_of, restrained
from endobench.evaluate.model_differences import PLACE, with_comparisons
from endobench.evaluate.model_pairs import (
    few_of,
    of_task,
    shared_by_all,
    tell_of_none,
)
from endobench.evaluate.options import estimate
from endobench.stats.analytic import MIN_PAIRS
from endobench.stats.estimates import adjust_p_values
from endobench.stats.ld_blocks import blocks_of_pairs

log = logging.getLogger(__name__)

# On which pairs a value is measured, in the order of the table.
SHARED, OWN, PUBLISHED = "shared", "own", "published"
SCOPES = (SHARED, OWN, PUBLISHED)
# What the interval of a value is.
OF_BLOCKS, OF_PAIRS = "resampled blocks", "independent pairs"
_SETTING = ("scorer", "window_bp", "track_set")
_COMPARISON = "model"


class Entry(NamedTuple):
    """A benchmark, and what it is compared with.

    Attributes
    ----------
    group : str
        Benchmarks of one group have the same effects, and scores of other models.
    dataset, protocol : str
        Where its files are.
    benchmark : str
        Its name by the primary model.
    name : str
        The model's name in the config.
    effects, context, species, measurement : str
        The row of the sheet with the effects, where they were measured, and their unit.
    """

    group: str
    dataset: str
    protocol: str
    benchmark: str
    name: str
    effects: str
    context: str
    species: str
    measurement: str

    @property
    def place(self):
        """What its metrics, conclusions and pairs are found by."""
        return self.dataset, self.protocol


class Leaderboard(NamedTuple):
    """What is found of all models.

    Attributes
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.LEADERBOARD`.
    differences : pandas.DataFrame
        Between each two models of a group, in the columns of `columns.DIFFERENCES`.
    """

    rows: pd.DataFrame
    differences: pd.DataFrame


def leaderboard(entries, metrics, conclusions, pairs, published, blocks, options):
    """Put the models of all benchmarks side by side.

    Every row has an interval: of resampled blocks, or else, if there are too few, that of
    independent pairs, which is not reportable. Values with neither are left out. Published
    values are shown unchanged.

    Parameters
    ----------
    entries : list of Entry
        The first one of a group is its reference. A benchmark may belong to several
        groups, as a table does that is compared with several scorers.
    metrics, conclusions : pandas.DataFrame
        In the columns of `columns.METRICS` and `columns.CONCLUSIONS`, of all entries.
    pairs : dict of (str, str) to pandas.DataFrame
        By `Entry.place`, in the columns of `columns.PAIRS`: those of groups with several
        entries.
    published : dict of str to list of sources.cells.Published
        By dataset.
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    options : dict of str to AgreementOptions
        By dataset.

    Returns
    -------
    Leaderboard
    """
    of_model = metrics[metrics["predictor"] == MODEL]
    measured = dict(list(of_model.groupby(["dataset", "protocol"], sort=False)))
    concluded = dict(list(conclusions.groupby(["dataset", "protocol"], sort=False)))
    groups = {}
    for entry in entries:
        groups.setdefault(entry.group, []).append(entry)
    rows, differences = [], []
    for members in groups.values():
        tasks = {each: tasks_in(measured[each.place]) for each in members}
        asked = [task for task in TASKS if task in {*itertools.chain(*tasks.values())}]
        for each in members:
            rows += _own_rows(
                each, measured[each.place], concluded[each.place], tasks[each]
            )
        for task in asked if len(members) > 1 else ():
            having = [each for each in members if _has(measured[each.place], task)]
            found = _shared(having, pairs, task, blocks, options[members[0].dataset])
            rows += [
                row
                | _setting(measured[row["dataset"], row["protocol"]])
                | restrained(
                    _judged(row, concluded[row["dataset"], row["protocol"]]),
                    _judged(row, concluded[having[0].place]),
                    row,
                )
                for row in found[0]
            ]
            differences += found[1]
    frame = pd.DataFrame(differences, columns=["group", *DIFFERENCES.names])
    frame = frame.assign(p_adjusted=adjust_p_values(frame["p"]))
    rows += _published_rows(entries, measured, published)
    board = pd.DataFrame(rows, columns=["group", *LEADERBOARD.names])
    # A benchmark of several groups has its own values once.
    is_repeated = board.duplicated(["dataset", "protocol", *PLACE[1:], "scope"])
    board = board[~(is_repeated & (board["scope"] == OWN))]
    board = _in_order(with_comparisons(board, frame))
    return Leaderboard(board.drop(columns="group"), frame.drop(columns="group"))


def tasks_in(metrics):
    """Return the tasks of a benchmark that a leaderboard shows.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of the model's scores in one benchmark.

    Returns
    -------
    list of str
        That of its conclusion, and the unsigned one if there are classes.
    """
    task = task_in(metrics)
    return [task, UNSIGNED] if _has(metrics, UNSIGNED) and task != UNSIGNED else [task]


def _has(metrics, task):
    return bool((metrics["task"] == task).any())


def _described(entry):
    """Return the columns that say what an entry is, and its group."""
    return entry._asdict()


def _setting(metrics):
    """Return the columns that say how a benchmark was scored."""
    return {name: metrics[name].iloc[0] for name in _SETTING}


def _own_rows(entry, metrics, conclusions, tasks):
    """Return the values of an entry on its own pairs."""
    rows = []
    for task in tasks:
        is_asked = metrics["stratum"].isin(PRIMARY[task].strata)
        here = metrics[is_asked & (metrics["task"] == task)]
        for found in here.to_dict("records"):
            row = _described(entry) | _setting(metrics) | {"scope": OWN, "task": task}
            row |= {name: found[name] for name in ("model", "stratum", "metric")}
            if row_of := _estimated(found):
                row |= row_of
                rows.append(row | _judged(row, conclusions))
            else:
                log.info(
                    "%s/%s: %s of %s (%s) has no interval and is left out",
                    *entry.place,
                    row["metric"],
                    row["stratum"],
                    task,
                )
    return rows


def _estimated(found):
    """Return a value with its interval, or None if it has neither kind of interval."""
    kinds = {
        OF_BLOCKS: ("ci_low", "ci_high"),
        OF_PAIRS: ("analytic_low", "analytic_high"),
    }
    row = {name: found[name] for name in ("value", "n", "n_blocks")}
    for kind, (low, high) in kinds.items():
        if pd.notna(found[low]) and pd.notna(found[high]):
            return row | {
                "ci_low": found[low],
                "ci_high": found[high],
                "interval": kind,
            }
    return None


def _judged(row, conclusions):
    """Return the finding of a row, and whether its benchmark is reportable.

    The finding is that of the conclusion itself; another metric has none. Without resampled
    blocks, nothing is reportable.
    """
    here = conclusions[conclusions["stratum"] == row["stratum"]]
    judged = (here if len(here) else conclusions).iloc[0]
    is_itself = len(here) > 0 and row["scope"] == OWN
    is_itself &= (judged["task"], judged["metric"]) == (row["task"], row["metric"])
    is_reportable, why = judged["is_reportable"], judged["why"]
    if not is_itself:
        # Such as an interval that excludes zero, which need not be that of this row.
        why = f"its benchmark: {why}"
    if row["interval"] != OF_BLOCKS and is_reportable != NO:
        is_reportable = NO
        why = "its interval takes pairs for independent, without resampled blocks"
    return {
        "finding": judged["finding"] if is_itself else None,
        "is_reportable": is_reportable,
        "why": why,
    }


def _shared(members, pairs, task, blocks, options):
    """Measure several models on the pairs that all of them have.

    Returns
    -------
    rows : list of dict
        In the columns of `columns.LEADERBOARD`.
    differences : list of dict
        In the columns of `columns.DIFFERENCES`.
    """
    own = [pairs[each.place] for each in members]
    frames = shared_by_all(own, task, options.classes)
    if len(members) < 2:
        return [], []
    labels = _labels(members)
    first = frames[0]
    counts = {
        label: len(of_task(each, task, options.classes))
        for label, each in zip(labels, own, strict=True)
    }
    where = f"{members[0].dataset}/{members[0].benchmark}"
    if len(first) < MIN_PAIRS:
        tell_of_none(where, task, len(first), counts)
        return [], []
    names = blocks_of_pairs(first, blocks)
    gaps = {
        label: gap_of(each, first, task, options.null)
        for label, each in zip(labels, own, strict=True)
    }
    rows, differences = [], []
    for stratum, mask in _strata(first, task, options.null).items():
        known, code = np.unique(names[mask], return_inverse=True)
        statistics = {
            label: statistic_of(
                each[mask], first[mask], (code, len(known)), task, options
            )
            for label, each in zip(labels, frames, strict=True)
        }
        estimates = estimate(statistics, options)
        place = {"task": task, "stratum": stratum}
        found = estimates.rows()
        found = found[found["metric"].isin(names_of(task))].to_dict("records")
        by_label = dict(zip(labels, members, strict=True))
        models = dict(zip(labels, map(_model_of, frames), strict=True))
        for each in found:
            label = each["predictor"]
            if row := _estimated(each):
                named = {"scope": SHARED, "model": models[label], "name": label}
                named |= {"metric": each["metric"], "reference": labels[0]}
                named |= {"gap": gaps[label]}
                named |= {"few": few_of(len(first), counts, label)}
                rows.append(_described(by_label[label]) | place | named | row)
        differences += [
            place
            | estimates.difference(a, b, metric)
            | {"group": members[0].group}
            | {"dataset": members[0].dataset, "protocol": members[0].benchmark}
            | {"comparison": _COMPARISON, "a": a, "b": b, "model": models[b]}
            | {"n_shared": int(mask.sum())}
            for a, b in itertools.combinations(labels, 2)
            for metric in names_of(task)
        ]
    if not rows:
        tell_of_none(where, task, len(first), counts)
    return rows, differences


def _strata(pairs, task, null):
    """Return the masks of the strata of shared pairs, by name."""
    whole = {ALL_PAIRS: np.ones(len(pairs), dtype=bool)}
    return whole if task == UNSIGNED else {LEADS: is_lead(pairs, null)} | whole


def _labels(members):
    """Return the names of the models of a group, with the dataset where one repeats."""
    names = [each.name for each in members]
    return [
        f"{each.name} ({each.dataset})" if names.count(each.name) > 1 else each.name
        for each in members
    ]


def _model_of(pairs):
    """Return the name that all tables give the model of some pairs."""
    return str(pairs["model"].iloc[0])


def _published_rows(entries, measured, published):
    """Return a row for each published value, on the pairs of its source."""
    first = {}
    for entry in entries:
        first.setdefault(entry.dataset, entry)
    rows = []
    for dataset, values in published.items():
        entry = first[dataset]
        for each in values:
            task = task_in(measured[entry.place])
            if each.metric.removesuffix(BY_TISSUE) in names_of(UNSIGNED):
                task = UNSIGNED
            elif task == UNSIGNED:
                task = SIGNED
            has_interval = each.ci_low is not None
            rows.append(
                _described(entry)
                | {"protocol": None, "task": task, "stratum": ALL_PAIRS}
                | {"metric": each.metric, "scope": PUBLISHED}
                | {"name": each.model or "as published", "value": each.value}
                | {"ci_low": each.ci_low, "ci_high": each.ci_high, "n": each.n}
                | {"interval": "as published" if has_interval else None}
            )
    return rows


def _in_order(board):
    """Sort rows by benchmark, task, stratum, metric and scope, the highest value first."""
    ranks = {
        "group": pd.factorize(board["group"])[0],
        "task": board["task"].map(TASKS.index),
        "stratum": [
            PRIMARY[task].strata.index(stratum)
            for task, stratum in zip(board["task"], board["stratum"], strict=True)
        ],
        "metric": board["metric"].map([*NAMES, *OF_TISSUES].index),
        "scope": board["scope"].map(SCOPES.index),
        "value": -board["value"].astype(float),
    }
    keys = pd.DataFrame(ranks, index=board.index)
    board = board.loc[keys.sort_values(list(ranks), kind="stable").index]
    counts = dict.fromkeys(("n", "n_blocks", "window_bp"), "Int64")
    return board.reset_index(drop=True).astype(counts)
