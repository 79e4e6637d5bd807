"""The content of a report, section by section, ready for a template.

Every number comes from a table of the run; this module selects and orders them.
"""

import datetime
import logging
from typing import NamedTuple

import pandas as pd
import yaml

from endobench.design.models import is_standin
from endobench.design.tasks import SIGNED
from endobench.design.terms import notice
from endobench.loci.choose import locus_names
from endobench.report import html_tables
from endobench.report.chapters import (
    Section,
    chapter_of,
    rows_of,
    with_dropped,
    with_others,
)
from endobench.report.explained import explained
from endobench.report.explorer import FEWER, PairOptions, explorers
from endobench.report.findings import describe_finding
from endobench.report.images import Figure, Images
from endobench.report.next_steps import next_steps
from endobench.report.overview import overview
from endobench.report.sections import FIGURES, MEASURED

log = logging.getLogger(__name__)

# Bytes of a page for images, tables and data; libraries and texts take another megabyte.
ROOM_BYTES = 8_800_000


class Locus(NamedTuple):
    """A variant whose tracks are drawn, or the reason why they are not.

    Attributes
    ----------
    variant_id : str
        With the gene of its score, if scores are of genes.
    variant : str
        Without it.
    figure : images.Figure or None
    table : html_tables.Table
    failure : str
    """

    variant_id: str
    variant: str
    figure: Figure | None
    table: html_tables.Table
    failure: str


class Report(NamedTuple):
    """The content of a report.

    Attributes
    ----------
    overview : overview.Overview
    written : str
        Date of the page.
    next_steps : list of next_steps.Step
    is_standin, is_simulated, is_measured : bool
        Whether a stand-in gave the scores, whether any input is simulated, and whether
        another assay measured all scores.
    blocks : str
        What intervals resample.
    models : list of str
    terms : str
        The notice that the models' output must carry; may be empty.
    explanations : list of explained.Explained
    chapters : list of chapters.Chapter
    explorers : list of explorer.Explorer
    unexplored : list of str
        Files of pairs that the page has no room for.
    loci : list of Locus
    leaderboard, runs, cost : chapters.Section
    manifest : dict
    inputs, versions : html_tables.Table
    config : str
        YAML.
    """

    overview: tuple
    written: str
    next_steps: list
    is_standin: bool
    is_simulated: bool
    is_measured: bool
    blocks: str
    models: list
    terms: str
    explanations: list
    chapters: list
    explorers: list
    unexplored: list
    loci: list
    leaderboard: Section
    runs: Section
    cost: Section
    manifest: dict
    inputs: html_tables.Table
    versions: html_tables.Table
    config: str


def report(inputs, folder, *, classes, gene_names=None, written=None):
    """Gather the content of a report.

    Parameters
    ----------
    inputs : inputs.Inputs
    folder : path-like
        Folder of the page, which its links are relative to.
    classes : dict of str to list
        By dataset, as for `matching.classify`.
    gene_names : pandas.Series, optional
        Gene names by feature.
    written : datetime.date, optional
        Date of the page; by default today.

    Returns
    -------
    Report
    """
    room = html_tables.Room(ROOM_BYTES)
    alts = MEASURED if inputs.is_measured else FIGURES
    folded = {
        (dataset, protocol)
        for dataset in inputs.datasets
        for protocol in inputs.protocols(dataset)[1:]
    }
    images = Images(inputs.figures, folder, room, alts, folded)
    first, *rest = _by_importance(inputs)
    options = {
        (dataset, protocol): PairOptions(
            _task(inputs, dataset, protocol), classes.get(dataset, ()), gene_names
        )
        for dataset, protocol in (first, *rest)
    }
    findings = {
        (dataset, protocol): _finding(inputs, dataset, protocol)
        for dataset, protocol in (first, *rest)
    }
    # What readers see first gets room first.
    top = overview(inputs, findings, options, room)
    answered = [
        explained(inputs.rows("explanations", dataset), dataset, room)
        for dataset in inputs.datasets
    ]
    made = explorers([first], inputs.pairs, options, room)
    board = _leaderboard(inputs, images, room)
    runs, cost = _runs(inputs, images, room), _cost(inputs, images, room)
    loci = _loci(inputs, images, room)
    chapters = [
        chapter_of(each, inputs, findings, images, room) for each in inputs.datasets
    ]
    chapters = [with_others(each, inputs, images) for each in chapters]
    made += explorers(rest, inputs.pairs, options, room, most=FEWER)
    chapters = [with_dropped(each, inputs, room) for each in chapters]
    made_ids = {each.id for each in made}
    unexplored = [
        f"{dataset}/{protocol}/pairs.tsv.gz"
        for dataset, protocol in (first, *rest)
        if f"{dataset}.{protocol}" not in made_ids
    ]
    log.info("%s bytes of the page remain free", f"{room.left:,}")
    manifest = inputs.manifest
    answered = [each for each in answered if each is not None]
    return Report(
        overview=top,
        written=(written or datetime.date.today()).isoformat(),
        next_steps=next_steps(findings, answered, inputs.is_simulated),
        is_standin=is_standin(*inputs.models),
        is_simulated=inputs.is_simulated,
        is_measured=inputs.is_measured,
        blocks=inputs.blocks,
        models=inputs.models,
        terms=notice(inputs.models),
        explanations=answered,
        chapters=chapters,
        explorers=made,
        unexplored=unexplored,
        loci=loci,
        leaderboard=board,
        runs=runs,
        cost=cost,
        manifest=manifest,
        inputs=_inputs_table(manifest),
        versions=_versions_table(manifest),
        config=yaml.safe_dump(manifest["config"], sort_keys=False, allow_unicode=True),
    )


def _by_importance(inputs):
    """Return all benchmarks: first the main one of each dataset, then the others."""
    protocols = {dataset: inputs.protocols(dataset) for dataset in inputs.datasets}
    return [
        (dataset, protocol)
        for place in range(max(map(len, protocols.values())))
        for dataset in inputs.datasets
        for protocol in protocols[dataset][place : place + 1]
    ]


def _task(inputs, dataset, protocol):
    """Return the primary task of a benchmark."""
    return next(iter(rows_of(inputs.conclusions, dataset, protocol)["task"]), SIGNED)


def _finding(inputs, dataset, protocol):
    """Return the finding of a benchmark."""
    names = ("conclusions", "metrics", "differences", "gates", "waterfall", "controls")
    frames = {name: rows_of(getattr(inputs, name), dataset, protocol) for name in names}
    return describe_finding(**frames, blocks=inputs.blocks)


def _loci(inputs, images, room):
    """Return the drawn variants, each with its rows as a table and its figure."""
    found = []
    names = locus_names(inputs.loci)
    for variant_id, rows in inputs.loci.groupby(names, sort=False):
        name = rows["figure"].dropna()
        failure = "; ".join(sorted(set(rows["failure"].dropna())))
        figure = images.locus(name.iloc[0], variant_id) if len(name) else None
        table = html_tables.table(
            rows,
            f"locus.{variant_id}",
            f"Measured effects and score of {variant_id}",
            "loci",
            room,
        )
        variant = str(rows["variant_id"].iloc[0])
        found.append(Locus(variant_id, variant, figure, table, failure))
    return found


def _leaderboard(inputs, images, room):
    """Return the section that puts models side by side."""
    table = html_tables.table(
        inputs.leaderboard,
        "leaderboard",
        "All models of every benchmark, on the pairs of all and on their own",
        "leaderboard",
        room,
    )
    # One model alone is drawn among the runs.
    is_compared = len(inputs.leaderboard["name"].unique()) > 1
    figures = images.get(None, None, "leaderboard") if is_compared else []
    return Section("leaderboard", "leaderboard", "Leaderboard", figures, [table])


def _runs(inputs, images, room):
    """Return the section with the benchmarks of this run, and of others beside them."""
    has_others = len(inputs.runs["run"].unique()) > 1
    title = "Comparison with other runs" if has_others else "All benchmarks of this run"
    table = html_tables.table(
        inputs.runs,
        "runs",
        "Every benchmark of this run"
        + (" and of the runs that it is compared with" if has_others else ""),
        "runs",
        room,
    )
    figures = images.get(None, None, "runs")
    key = "runs" if has_others else "benchmarks"
    return Section(key, "runs", title, figures, [table])


def _cost(inputs, images, room):
    """Return the section on requests, time and memory."""
    tables = [
        html_tables.table(
            inputs.cost[inputs.cost["kind"] == kind],
            f"cost.{kind}",
            caption,
            kind,
            room,
        )
        for kind, caption in (
            ("scoring", "Requests to the model"),
            ("rule", "Time and memory of the jobs"),
        )
    ]
    figures = images.get(None, None, "cost")
    return Section("cost", "cost", "Cost and time", figures, tables)


def _inputs_table(manifest):
    """Return the table of the run's inputs."""
    records = manifest["inputs"].items()
    inputs = pd.DataFrame([{"name": name, **record} for name, record in records])
    caption = "All inputs, with their digests"
    return html_tables.table(inputs, "inputs", caption, "inputs")


def _versions_table(manifest):
    """Return the table of package versions."""
    versions = pd.DataFrame(
        manifest["versions"].items(), columns=["package", "version"]
    )
    return html_tables.table(versions, "versions", "Versions of the packages used")
