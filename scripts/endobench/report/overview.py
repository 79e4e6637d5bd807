"""The top of a report: the answer, and the figure that shows it."""

import textwrap
from typing import NamedTuple

import pandas as pd

from endobench.core.columns import PAIRS
from endobench.core.tables import read_frame
from endobench.design.benchmark_names import base_of
from endobench.design.metrics import PRIMARY, words_of
from endobench.design.protocol import PUBLISHED
from endobench.design.scorers import is_by_gene
from endobench.design.tasks import ALL_PAIRS, LEADS, SIGNED, UNSIGNED
from endobench.figures.captions import with_interval
from endobench.figures.labels import effect_label, score_label
from endobench.report.explorer import (
    READ,
    density_of,
    extent_of,
    numbers_of,
    unit_null,
)
from endobench.report.panels import density_panel, estimates_panel, svg_uri

# Characters of a line of words beside a mark.
_LINE = 36
# Cells of a small density along each axis.
_N_BINS = 36


class Panel(NamedTuple):
    """A part of the figure at the top.

    Attributes
    ----------
    name : str
        Name of the downloaded file.
    title, result : str
        What it shows, and its number.
    uri : str
        An SVG image as a data URI.
    alt : str
        Alternative text.
    """

    name: str
    title: str
    result: str
    uri: str
    alt: str


class Answer(NamedTuple):
    """The finding of another dataset, as the top has it.

    Attributes
    ----------
    finding : findings.Finding
        Of its main benchmark.
    readouts : dict of str to str
        The number of each further scorer by gene, by the scorer.
    """

    finding: tuple
    readouts: dict


class Overview(NamedTuple):
    """What a reader sees first.

    Attributes
    ----------
    finding : findings.Finding
        Of the main benchmark of the first dataset.
    contrast : str
        What the published analysis finds in the same data; empty without one.
    panels : list of Panel
    others : list of Answer
        Of the other datasets.
    """

    finding: tuple
    contrast: str
    panels: list
    others: list


def overview(inputs, findings, options, room):
    """Return the top of a report.

    Parameters
    ----------
    inputs : inputs.Inputs
    findings : dict of (str, str) to findings.Finding
        By dataset and protocol, the main benchmark of the first dataset first.
    options : dict of (str, str) to explorer.PairOptions
    room : html_tables.Room

    Returns
    -------
    Overview
    """
    (dataset, protocol), finding = next(iter(findings.items()))
    names = [each for owner, each in findings if owner == dataset]
    published = next((each for each in names if base_of(each) == PUBLISHED), None)
    task = options[dataset, protocol].task
    panels, contrast = [], ""
    if published not in (None, protocol):
        row = _row(inputs, dataset, published, ALL_PAIRS)
        if row is not None:
            contrast = (
                "Analysed as in the published study, the same data give"
                f" {words_of(task)[row.metric]} {with_interval(row)} for all"
                f" {row.n:,.0f} pairs."
            )
            title = f"As published: all {row.n:,.0f} pairs"
            panels += _density(inputs, row, options, ALL_PAIRS, title)
    row = _row(inputs, dataset, protocol, PRIMARY[task].strata[0])
    how = "As published" if protocol == published else "Corrected"
    title = f"{how}: {row.n:,.0f} pairs, one variant per feature"
    panels += _density(inputs, row, options, LEADS, title)
    panels += _ladder(inputs.rows("ladder", dataset), task)
    others = _others(inputs, findings)
    return Overview(
        finding, contrast, [each for each in panels if room.take(each.uri)], others
    )


def _others(inputs, findings):
    """Return the answers of all datasets but the first."""
    mains = {}
    for (dataset, _), finding in findings.items():
        mains.setdefault(dataset, finding)
    (_, *others) = mains
    return [Answer(mains[each], _readouts(inputs, each)) for each in others]


def _readouts(inputs, dataset):
    """Return the number of each scorer by gene that is not a dataset's main scorer."""
    scorers = inputs.rows("metrics", dataset).drop_duplicates("protocol")
    scorers = scorers.set_index("protocol")["scorer"].astype(str)
    # The first benchmark is the main one.
    scorers = scorers.reindex(inputs.protocols(dataset)).dropna()
    found = {}
    for protocol, scorer in scorers.drop_duplicates().iloc[1:].items():
        row = _row(inputs, dataset, protocol, LEADS)
        if is_by_gene(scorer) and row is not None:
            words = words_of(row.task)[row.metric]
            found[scorer] = f"{words} {with_interval(row)}, {row.n:,.0f} pairs"
    return found


def _row(inputs, dataset, protocol, stratum):
    """Return the conclusion of a benchmark in a stratum, or None."""
    rows = inputs.rows("conclusions", dataset)
    rows = rows[(rows["protocol"] == protocol) & (rows["stratum"] == stratum)]
    return next(rows.itertuples(index=False), None)


def _density(inputs, row, options, stratum, title):
    """Return the panel of a benchmark's pairs, or none for effects without a size."""
    key = row.dataset, row.protocol
    task = options[key].task
    pairs = read_frame(inputs.pairs[key], PAIRS, READ)
    if task == UNSIGNED or pairs.empty:
        return []
    head = pairs.iloc[0]
    _, points = numbers_of(pairs, options[key], unit_null(str(head["unit"])))
    if stratum == LEADS:
        points = points[points["lead"]]
    labels = (
        effect_label(str(head["unit"]), task),
        score_label(str(head["scorer"]), row.model, task, str(head["reduction"])),
    )
    bins = density_of(points, _N_BINS)
    chart = density_panel(bins, *labels, extent_of(bins))
    result = f"{words_of(task)[row.metric]} {with_interval(row)}"
    what = "Measured and predicted effects"
    alt = f"{what} of {row.dataset}, {row.protocol}. {title}: {result}"
    name = f"{row.dataset}.{row.protocol}.overview"
    return [Panel(name, title, result, svg_uri(chart), alt)]


def _ladder(rows, task):
    """Return the panel of the steps from the published to the corrected protocol."""
    rows = rows[rows["metric"] == PRIMARY[task].metric].sort_values(
        "step", kind="stable"
    )
    rows = rows.dropna(subset=["value"])
    if len(rows) < 2 or task != SIGNED:
        return []
    changes = rows["change"].fillna(rows["name"]).astype(str)
    frame = pd.DataFrame(
        {
            "step": ["\n".join(textwrap.wrap(each, _LINE)) for each in changes],
            "value": rows["value"].astype(float),
            "low": rows["ci_low"].astype(float),
            "high": rows["ci_high"].astype(float),
            "text": [with_interval(row) for row in rows.itertuples(index=False)],
        }
    )
    name = words_of(task)[PRIMARY[task].metric]
    first, last = frame["text"].iloc[[0, -1]]
    title = f"From one to the other in {len(frame) - 1} steps"
    result = f"{name} after each change"
    alt = f"{title}: {name} rises or falls from {first} to {last}"
    chart = estimates_panel(frame, name)
    dataset = rows["dataset"].iloc[0]
    return [Panel(f"{dataset}.ladder", title, result, svg_uri(chart), alt)]
