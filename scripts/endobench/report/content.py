"""A report: what a run found, section by section, ready for a template.

Every number is one of a table of the run; this module chooses and orders them.
"""

import json
import logging
from typing import NamedTuple

import pandas as pd
import yaml

from endobench.design.models import is_standin
from endobench.design.tasks import SIGNED
from endobench.report import html_tables
from endobench.report.charts import ranking_chart
from endobench.report.explorer import FEWER, explorers
from endobench.report.findings import tell
from endobench.report.headings import HEADS
from endobench.report.images import Pictures
from endobench.report.inputs import first_dropped
from endobench.report.packed import pack
from endobench.report.sections import SECTIONS

log = logging.getLogger(__name__)

# Where the demonstration's inputs lie.
SIMULATED = "resources/simulated/"
# Bytes of a page for its images, tables and data: libraries and words take a megabyte.
ROOM_BYTES = 8_500_000
N_DROPPED_EACH = 1_000


class Section(NamedTuple):
    """A section of a dataset: figures and tables of one question.

    Attributes
    ----------
    key, id, title : str
        `key` names its text in the template.
    figures : list of shown.Figure
    tables : list of shown.Table
    others : list of (str, list of shown.Figure)
        The same figures of other benchmarks.
    chart : dict or None
        Vega-Lite.
    packed : tuple or None
        ``(name, caption, text)`` of a table that is packed.
    files : list of str
        Files that hold all of it, from the page's folder.
    """

    key: str
    id: str
    title: str
    figures: list
    tables: list
    others: list
    chart: dict | None = None
    packed: tuple | None = None
    files: list = []


class Chapter(NamedTuple):
    """A dataset: its answers and its sections."""

    dataset: str
    answers: list
    table: html_tables.Table
    sections: list


class Locus(NamedTuple):
    """A variant of which tracks are drawn, or why they are not."""

    variant_id: str
    figure: html_tables.Figure | None
    table: html_tables.Table
    failure: str


class Report(NamedTuple):
    """A whole report, in the words and numbers of a template."""

    is_standin: bool
    is_simulated: bool
    models: list
    chapters: list
    explorers: list
    unexplored: list
    loci: list
    runs: Section
    cost: Section
    manifest: dict
    inputs: html_tables.Table
    versions: html_tables.Table
    config: str


def report(inputs, folder, *, classes, gene_names=None):
    """Gather a report.

    Parameters
    ----------
    inputs : inputs.Inputs
    folder : path-like
        Where the page will be; paths of files are from there.
    classes : dict of str to list
        By dataset, as for `matching.classify`.
    gene_names : pandas.Series, optional
        Names by feature.

    Returns
    -------
    Report
    """
    room = html_tables.Room(ROOM_BYTES)
    pictures = Pictures(inputs.figures, folder, room)
    tasks = _tasks(inputs)
    # What a reader looks at first has the room first.
    first, *rest = [
        (dataset, protocol)
        for place in range(max(len(inputs.protocols(d)) for d in inputs.datasets))
        for dataset in inputs.datasets
        for protocol in inputs.protocols(dataset)[place : place + 1]
    ]
    chosen = inputs, tasks, classes, gene_names, room
    made = explorers([first], *chosen)
    runs, cost = _runs(inputs, pictures, room), _cost(inputs, pictures, room)
    loci = _loci(inputs, pictures, room)
    chapters = [_chapter(each, inputs, pictures, room) for each in inputs.datasets]
    chapters = [_with_others(each, inputs, pictures) for each in chapters]
    made += explorers(rest, *chosen, most=FEWER)
    chapters = [_with_dropped(each, inputs, room) for each in chapters]
    shown_ids = {each.id for each in made}
    unexplored = [
        f"{dataset}/{protocol}/pairs.tsv.gz"
        for dataset, protocol in (first, *rest)
        if f"{dataset}.{protocol}" not in shown_ids
    ]
    models = sorted({str(model) for model in inputs.summary["model"].dropna()})
    log.info("%s bytes of the page's room are left", f"{room.left:,}")
    return Report(
        is_standin(*models),
        _is_simulated(inputs.manifest),
        models,
        chapters,
        made,
        unexplored,
        loci,
        runs,
        cost,
        inputs.manifest,
        *_provenance(inputs.manifest),
        yaml.safe_dump(inputs.manifest["config"], sort_keys=False, allow_unicode=True),
    )


def _of(frame, dataset, protocol=None):
    is_wanted = frame["dataset"] == dataset
    if protocol is not None:
        is_wanted &= frame["protocol"] == protocol
    return frame[is_wanted]


def _is_simulated(manifest):
    """Tell whether any input is one that the workflow simulates."""
    places = [str(each.get("location")) for each in manifest["inputs"].values()]
    return any(place.startswith(SIMULATED) for place in places)


def _tasks(inputs):
    conclusions = inputs.conclusions
    return {
        key: next(iter(_of(conclusions, *key)["task"]), SIGNED) for key in inputs.pairs
    }


def _chapter(dataset, inputs, pictures, room):
    protocols = inputs.protocols(dataset)
    answers = [
        tell(
            *(
                _of(frame, dataset, protocol)
                for frame in (
                    inputs.conclusions,
                    inputs.metrics,
                    inputs.differences,
                    inputs.gates,
                    inputs.waterfall,
                )
            )
        )
        for protocol in protocols
    ]
    first = protocols[0]
    sections = []
    for asked in SECTIONS:
        protocol = first if asked.is_each else None
        told = answers[0].headline if asked.key == "agreement" else ""
        drawn = pictures.get(dataset, protocol, *asked.figures, told=told)
        laid = [
            html_tables.table(
                rows, f"{dataset}.{asked.key}.{name}", caption, HEADS[name], room
            )
            for name, caption, choose in asked.tables
            if len(rows := choose(_of(getattr(inputs, name), dataset), first))
        ]
        chart = _ranking(inputs, dataset) if asked.key == "tracks" else None
        if chart and not room.spend(len(json.dumps(chart))):
            chart = None
        files = []
        if asked.key == "waterfall":
            files = [f"{dataset}/{each}/dropped.tsv.gz" for each in protocols]
        if drawn or laid:
            # Keys hold no hyphen, so that ids are told apart.
            id_ = f"{asked.key}-{dataset}"
            section = Section(asked.key, id_, asked.title, drawn, laid, [], chart)
            sections.append(section._replace(files=files))
    summary = html_tables.table(
        _of(inputs.summary, dataset),
        f"{dataset}.summary",
        "What every benchmark of this dataset amounts to",
        HEADS["summary"],
        room,
    )
    return Chapter(dataset, answers, summary, sections)


def _ranking(inputs, dataset):
    rows = _of(inputs.ranking, dataset)
    if rows.empty:
        return None
    task = rows["task"].iloc[0]
    rows = rows[rows["stratum"] == rows["stratum"].iloc[0]]
    rows = rows[rows["metric"] == rows["metric"].iloc[0]]
    name = rows["metric"].iloc[0]
    return ranking_chart(
        rows,
        f"{name}, {task} task (no unit)",
        f"{len(rows)} tracks of {dataset} by rank; the table below holds the same",
    )


def _with_others(chapter, inputs, pictures):
    """Add the figures of the dataset's other benchmarks."""
    others = inputs.protocols(chapter.dataset)[1:]
    sections = []
    for section in chapter.sections:
        asked = next(each for each in SECTIONS if each.key == section.key)
        found = [
            (protocol, drawn)
            for protocol in (others if asked.is_each else [])
            if (drawn := pictures.get(chapter.dataset, protocol, *asked.figures))
        ]
        sections.append(section._replace(others=found))
    return chapter._replace(sections=sections)


def _with_dropped(chapter, inputs, room):
    """Add the dropped rows of the dataset's first benchmark, as many as there is room."""
    first = inputs.protocols(chapter.dataset)[0]
    path = inputs.dropped.get((chapter.dataset, first))
    if path is None or room.is_full:
        return chapter
    rows, n_rows = first_dropped(path, N_DROPPED_EACH)
    text = room.take(pack(rows.drop(columns="model", errors="ignore")))
    if text is None or rows.empty:
        return chapter
    caption = f"all {n_rows:,} dropped variants and rows"
    if len(rows) < n_rows:
        caption = (
            f"{len(rows):,} of {n_rows:,} dropped variants and rows, up to"
            f" {N_DROPPED_EACH:,} a reason"
        )
    packed = (f"{chapter.dataset}.dropped", f"{caption}, protocol {first}", text)
    sections = [
        each._replace(packed=packed) if each.key == "waterfall" else each
        for each in chapter.sections
    ]
    return chapter._replace(sections=sections)


def _loci(inputs, pictures, room):
    """Return each variant that is drawn: its rows as a table, and its figure."""
    found = []
    for variant_id, rows in inputs.loci.groupby("variant_id", sort=False):
        name = rows["figure"].dropna()
        why = "; ".join(sorted(set(rows["failure"].dropna())))
        drawn = pictures.locus(name.iloc[0], variant_id) if len(name) else None
        laid = html_tables.table(
            rows,
            f"locus.{variant_id}",
            f"What is measured of {variant_id}",
            HEADS["loci"],
            room,
        )
        found.append(Locus(variant_id, drawn, laid, why))
    return found


def _runs(inputs, pictures, room):
    laid = html_tables.table(
        inputs.runs,
        "runs",
        "Every benchmark of this run and of those that it is compared with",
        HEADS["runs"],
        room,
    )
    title = "Datasets, models, protocols and runs beside one another"
    drawn = pictures.get(None, None, "runs")
    return Section("runs", "runs", title, drawn, [laid], [])


def _cost(inputs, pictures, room):
    tables = [
        html_tables.table(
            inputs.cost[inputs.cost["kind"] == kind],
            f"cost.{kind}",
            caption,
            HEADS[kind],
            room,
        )
        for kind, caption in (
            ("scoring", "What was asked of the model"),
            ("rule", "Time and memory of the jobs"),
        )
    ]
    drawn = pictures.get(None, None, "cost")
    return Section("cost", "cost", "What it cost", drawn, tables, [])


def _provenance(manifest):
    inputs = pd.DataFrame(
        [{"name": name, **record} for name, record in manifest["inputs"].items()]
    )
    versions = pd.DataFrame(
        manifest["versions"].items(), columns=["package", "version"]
    )
    return (
        html_tables.table(
            inputs, "inputs", "Every input, with its digest", HEADS["inputs"]
        ),
        html_tables.table(
            versions, "versions", "Versions of the packages that did the work"
        ),
    )
