"""The top of a report: the answer, and the figure that shows it."""

import textwrap
from typing import NamedTuple

import pandas as pd

from endobench.core.columns import PAIRS
from endobench.core.tables import read_frame
from endobench.design.metrics import PRIMARY, words_of
from endobench.design.protocol import PUBLISHED, base_of
from endobench.design.scorers import is_by_gene
from endobench.design.tasks import ALL_PAIRS, LEADS, SIGNED, UNSIGNED
from endobench.figures.captions import with_interval
from endobench.figures.labels import effect_label, score_label
from endobench.report.charts import density_panel, estimates_panel, svg_uri
from endobench.report.explorer import (
    READ,
    density_of,
    extent_of,
    numbers_of,
    unit_null,
)

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
    """The finding of another benchmark, and what it is called at the top.

    Attributes
    ----------
    name : str
    finding : findings.Finding
    """

    name: str
    finding: tuple


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
        Of the main benchmarks of the other datasets, and of further scorers by gene.
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
    """Return the answers of each dataset but the first main one, as a run ends with."""
    metrics = inputs.metrics.drop_duplicates(["dataset", "protocol"])
    scorers = metrics.set_index(["dataset", "protocol"])["scorer"].to_dict()
    answers = {}
    for (dataset, protocol), finding in findings.items():
        scorer = str(scorers.get((dataset, protocol), ""))
        known = answers.setdefault(dataset, {})
        # The first benchmark of a dataset is its main one.
        if not known or (is_by_gene(scorer) and scorer not in known):
            known[scorer] = finding
    found = [
        Answer(dataset if place == 0 else f"{dataset}, {scorer}", finding)
        for dataset, known in answers.items()
        for place, (scorer, finding) in enumerate(known.items())
    ]
    return found[1:]


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
    rows = rows[rows["metric"] == PRIMARY[task].metric].sort_values("step")
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
