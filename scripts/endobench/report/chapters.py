"""The chapters of a report: a dataset each, in sections that address one question each."""

import json
from typing import NamedTuple

from endobench.design.metrics import words_of
from endobench.report import html_tables
from endobench.report.charts import ranking_chart
from endobench.report.inputs import first_dropped
from endobench.report.packed import pack
from endobench.report.sections import SECTIONS

# Most dropped rows of each reason that a page includes.
N_DROPPED_EACH = 1_000


class PackedTable(NamedTuple):
    """A table that a page unpacks on request.

    Attributes
    ----------
    name : str
        Name of the downloaded file.
    caption, content : str
        `content` is packed, see `packed.pack`.
    """

    name: str
    caption: str
    content: str


class Section(NamedTuple):
    """A section: the figures and tables that address one question.

    Attributes
    ----------
    key, id, title : str
        `key` selects the section's text in the template.
    figures : list of images.Figure
    tables, folded : list of html_tables.Table
        Those that are shown, and those that are shown on request.
    others : list of (str, list of images.Figure)
        The same figures of the dataset's other benchmarks, by protocol.
    chart : dict or None
        Vega-Lite.
    packed : PackedTable or None
    files : list of str
        Files with the complete data, relative to the page's folder.
    counts : str
        How many gates passed; empty in other sections.
    """

    key: str
    id: str
    title: str
    figures: list
    tables: list
    others: list | tuple = ()
    chart: dict | None = None
    packed: PackedTable | None = None
    files: list | tuple = ()
    counts: str = ""
    folded: list | tuple = ()


class Chapter(NamedTuple):
    """A dataset: the findings of its benchmarks, their summary, and its sections."""

    dataset: str
    findings: list
    summary: html_tables.Table
    sections: list


def rows_of(frame, dataset, protocol=None):
    """Return the rows of a dataset, or of one of its benchmarks."""
    is_wanted = frame["dataset"] == dataset
    if protocol is not None:
        is_wanted &= frame["protocol"] == protocol
    return frame[is_wanted]


def chapter_of(dataset, inputs, findings, images, room):
    """Return a dataset's chapter, with the figures of its first benchmark.

    Parameters
    ----------
    dataset : str
    inputs : inputs.Inputs
    findings : dict of (str, str) to findings.Finding
        By dataset and protocol.
    images : images.Images
    room : html_tables.Room

    Returns
    -------
    Chapter
    """
    protocols = inputs.protocols(dataset)
    findings = [findings[dataset, protocol] for protocol in protocols]
    first = protocols[0]
    sections = []
    for plan in SECTIONS:
        protocol = first if plan.is_each else None
        result = findings[0].headline if plan.key == "agreement" else ""
        figures = images.get(dataset, protocol, *plan.figures, result=result)
        tables, folded = [], []
        for each in plan.tables:
            rows = each.choose(inputs.rows(each.name, dataset), first)
            if rows.empty:
                continue
            name = f"{dataset}.{plan.key}.{each.folded_as or each.name}"
            table = html_tables.table(rows, name, each.caption, each.name, room)
            (folded if each.folded_as else tables).append(table)
        chart = _ranking(inputs, dataset) if plan.key == "tracks" else None
        if chart and not room.spend(len(json.dumps(chart))):
            chart = None
        files = []
        if plan.key == "waterfall":
            files = [f"{dataset}/{each}/dropped.tsv.gz" for each in protocols]
            files += inputs.dropped_of_tables(dataset)
        counts = ""
        if plan.key == "gates":
            counts = _counts_of_gates(inputs.rows("gates", dataset), protocols)
        if figures or tables or folded:
            section = Section(
                key=plan.key,
                # Keys hold no hyphen, so the two parts can be separated.
                id=f"{plan.key}-{dataset}",
                title=plan.title,
                figures=figures,
                tables=tables,
                folded=folded,
                chart=chart,
                files=files,
                counts=counts,
            )
            sections.append(section)
    summary = html_tables.table(
        rows_of(inputs.summary, dataset),
        f"{dataset}.summary",
        "Summary of all benchmarks of this dataset",
        "summary",
        room,
    )
    return Chapter(dataset, findings, summary, sections)


def _counts_of_gates(gates, protocols):
    """Return how many gates of each benchmark passed, in words."""
    found = []
    for protocol in protocols:
        counts = gates.loc[gates["protocol"] == protocol, "verdict"].value_counts()
        others = [
            f"{counts[verdict]} {words}"
            for verdict, words in (
                ("fail", "failed"),
                ("warn", "gave a warning"),
                ("not_checked", "had nothing to check"),
            )
            if verdict in counts
        ]
        passed = f"{counts.get('pass', 0)} of {counts.sum()} gates passed"
        found.append(f"{protocol}: {', '.join([passed, *others])}.")
    return " ".join(found)


def _ranking(inputs, dataset):
    """Return the chart of a dataset's ranked tracks, or None without any."""
    rows = rows_of(inputs.ranking, dataset)
    if rows.empty:
        return None
    task = rows["task"].iloc[0]
    rows = rows[rows["stratum"] == rows["stratum"].iloc[0]]
    rows = rows[rows["metric"] == rows["metric"].iloc[0]]
    name = rows["metric"].iloc[0]
    return ranking_chart(
        rows,
        words_of(task)[name],
        f"{len(rows)} tracks of {dataset} by rank; the table below holds the same data",
    )


def with_others(chapter, inputs, images):
    """Return a `Chapter` with the figures of the dataset's other benchmarks as well."""
    others = inputs.protocols(chapter.dataset)[1:]
    plans = {plan.key: plan for plan in SECTIONS}
    sections = []
    for section in chapter.sections:
        plan = plans[section.key]
        found = [
            (protocol, figures)
            for protocol in (others if plan.is_each else [])
            if (figures := images.get(chapter.dataset, protocol, *plan.figures))
        ]
        sections.append(section._replace(others=found))
    return chapter._replace(sections=sections)


def with_dropped(chapter, inputs, room):
    """Return a `Chapter` with dropped rows of its first benchmark, if there is room."""
    first = inputs.protocols(chapter.dataset)[0]
    path = inputs.dropped.get((chapter.dataset, first))
    if path is None or room.is_full:
        return chapter
    rows, n_rows = first_dropped(path, N_DROPPED_EACH)
    content = room.take(pack(rows.drop(columns="model", errors="ignore")))
    if content is None or rows.empty:
        return chapter
    caption = f"all {n_rows:,} dropped variants and rows"
    if len(rows) < n_rows:
        caption = (
            f"{len(rows):,} of {n_rows:,} dropped variants and rows, at most"
            f" {N_DROPPED_EACH:,} per reason"
        )
    name, caption = f"{chapter.dataset}.dropped", f"{caption}, protocol {first}"
    packed = PackedTable(name, caption, content)
    sections = [
        each._replace(packed=packed) if each.key == "waterfall" else each
        for each in chapter.sections
    ]
    return chapter._replace(sections=sections)
