"""The last lines of a run: its answers, or what ended it, or what it would cost."""

import contextlib
import json
import os
import pathlib
import re
import shlex
import shutil

import numpy as np
import pandas as pd

from endobench.core.columns import BUDGET, COST, GATES
from endobench.core.logs import INTERRUPTED, TERMINATED
from endobench.core.tables import read_tsv
from endobench.design.metrics import PRIMARY, words_of
from endobench.design.protocol import CORRECTED
from endobench.design.scorers import is_by_gene
from endobench.figures.captions import signed
from endobench.report.stages import duration

_ERROR = re.compile(r"^(?:\S+ \S+ )?(?:ERROR|CRITICAL)[ :](?:\S+: )?(.*)$")
_MAX_SHOWN = 3
# With less room than this, a job cannot even write why it failed.
_FULL_BYTES = 1_000_000


def answers(results, datasets, seconds, has_asked=True):
    """Return the answers of a finished run: two lines a dataset, and three more.

    A score of genes beside one of variants, the matched readout, has a line of its own.

    Parameters
    ----------
    results : path-like
        The folder of results.
    datasets : list of str
        In the order in which they are told.
    seconds : float
        Duration of the run.
    has_asked : bool
        Whether the run itself predicted. Otherwise `columns.COST` has the calls of the one
        that did.

    Returns
    -------
    list of str
    """
    results = pathlib.Path(results)
    summary = pd.read_csv(results / "summary.tsv", sep="\t")
    lines = []
    for dataset in datasets:
        rows = summary[summary["dataset"] == dataset]
        rows = _primary_first(rows)
        row = next(rows.itertuples(index=False))
        gates = read_tsv(results / dataset / "gates.tsv", GATES)
        lines += _lines_of(row, gates[gates["protocol"] == row.protocol])
        lines += [f"  {each.scorer}: {_answer_of(each)}" for each in _readouts(rows)]
    cost = read_tsv(results / "cost.tsv", COST)
    asked = cost[cost["kind"] == "scoring"]
    if len(asked):
        n_calls, n_remembered = asked[["n_calls", "n_remembered"]].sum()
        lines.append(
            f"Calls to the model: {n_calls:,.0f} made;"
            f" {n_remembered:,.0f} answers were remembered"
            if has_asked
            else f"Calls to the model: none; these scores took {n_calls:,.0f} before"
        )
    return [*lines, f"Time: {duration(seconds)}", *where(results)]


def where(results):
    """Return a line with the path of the report, if there is one."""
    path = pathlib.Path(results, "report.html")
    return [f"Report: {path}"] if path.exists() else []


def unrecorded(n_jobs):
    """Return a line about jobs whose settings Snakemake has no record of.

    Parameters
    ----------
    n_jobs : int
        Jobs that were not run again.

    Returns
    -------
    str
    """
    return (
        f"WARNING: nothing in .snakemake tells how the files of {n_jobs:,}"
        f" job{'s' * (n_jobs != 1)} were made, so that a changed config or changed code"
        " reruns none of them; if either may have changed, run once with --forceall"
    )


def _primary_first(rows):
    """Sort conclusions: those of the corrected protocol, in its primary stratum, first."""
    is_primary = [
        row.stratum == PRIMARY[row.task].strata[0] for row in rows.itertuples()
    ]
    is_other = rows["protocol"] != CORRECTED
    order = pd.DataFrame({"other": is_other, "secondary": ~np.array(is_primary)})
    return rows.loc[order.sort_values(["other", "secondary"], kind="stable").index]


def _readouts(rows):
    """Return a row for each further scorer by gene, given the main row first."""
    scorers = rows["scorer"].astype(str)
    others = rows[scorers.map(is_by_gene) & (scorers != scorers.iloc[0])]
    return others.drop_duplicates("scorer").itertuples(index=False)


def _answer_of(row):
    metric = PRIMARY[row.task].metric
    name = words_of(row.task)[metric]
    estimate = f"{name} {signed(getattr(row, metric), '.3f')}"
    low, high = (getattr(row, f"{metric}_{end}") for end in ("ci_low", "ci_high"))
    interval = "without interval"
    if not pd.isna(low):
        interval = f"[{signed(low, '.3f')}, {signed(high, '.3f')}]"
    finding = str(row.finding).replace("_", " ")
    return (
        f"{finding}; {estimate} {interval}, {row.n_pairs:,.0f} pairs of"
        f" {row.n_variants:,.0f} variants"
    )


def _lines_of(row, gates):
    first = f"{row.dataset}: {_answer_of(row)} ({row.protocol} protocol)"
    reportable = {"True": "yes", "False": "no"}.get(
        str(row.is_reportable), str(row.is_reportable)
    )
    second = f"  Reportable: {reportable} ({_main_reasons(row.why)})"
    for verdict in ("fail", "warn"):
        names = gates.loc[gates["verdict"] == verdict, "gate"].unique()
        if len(names):
            second += f"; gates that {verdict}: {', '.join(names)}"
    return [first, second]


def _main_reasons(why):
    """Return why a conclusion holds, without what only adds to it (see `summary.tsv`)."""
    kept = [
        part
        for part in str(why).split("; ")
        if not part.startswith("positive control ")
        and not part.endswith("had nothing to check")
    ]
    return "; ".join(kept)


def failures(jobs, is_interrupted=False):
    """Return a line for each job that failed, with the reason and the path of its log.

    Parameters
    ----------
    jobs : list of (str, list of str)
        Rule of each job, and its logs.
    is_interrupted : bool
        Whether the user ended the run. Jobs that ended with it have not failed.

    Returns
    -------
    list of str
    """
    found = []
    for rule, logs in jobs:
        path = next(iter(logs), None)
        why = path and _last_error(path)
        if not (is_interrupted and why in (None, INTERRUPTED, TERMINATED)):
            found.append((rule, path, why))
    lines = []
    for rule, path, why in found[:_MAX_SHOWN]:
        if why:
            lines.append(f"ERROR: {why} (log: {path})")
        else:
            what = _silent_end(path)
            lines.append(f"ERROR: a job of rule {rule} {what} (log: {path or 'none'})")
    if len(found) > _MAX_SHOWN:
        n_more = len(found) - _MAX_SHOWN
        lines.append(f"ERROR: {n_more} more jobs failed; see results/logs")
    return lines


def _silent_end(path):
    """Return in words how a job ended whose log holds no error."""
    with contextlib.suppress(OSError):
        if path and shutil.disk_usage(pathlib.Path(path).parent).free < _FULL_BYTES:
            return "failed without a message, because the disk of its log is full"
    return "was killed, or ended without a message"


def _last_error(path):
    """Return the message of the last error in a log, or None."""
    try:
        text = pathlib.Path(path).read_text(errors="replace")
    except OSError:
        return None
    found = [match[1] for line in text.splitlines() if (match := _ERROR.match(line))]
    return found[-1] if found else None


def forecast(n_jobs, downloads, key, n_calls, command, has_loci=False):
    """Return what a dry run says at its end: jobs by stage, and what they will cost.

    Parameters
    ----------
    n_jobs : dict of str to int
        By stage.
    downloads : list of int or None
        Bytes of each file that will be downloaded, None where they are not known.
    key : bool or None
        Whether there is an API key; None if none is needed.
    n_calls : int or None
        Largest number of calls to the model, beside those of loci. None if they have not
        been counted.
    command : str or None
        Counts the calls; None if no model is asked.
    has_loci : bool
        Whether loci are predicted, whose calls no plan counts.

    Returns
    -------
    list of str
    """
    counts = {stage: n for stage, n in n_jobs.items() if n}
    counts["all jobs"] = sum(counts.values())
    width = max(map(len, counts))
    lines = [f"{name:<{width}}  {n:>4}" for name, n in counts.items()]
    if downloads:
        known = [each for each in downloads if each is not None]
        size = f"{_size(sum(known))}" if known else "size not known"
        unknown = len(downloads) - len(known)
        more = f", and {unknown} of unknown size" if known and unknown else ""
        lines.append(f"Downloads: {len(downloads)} files, {size}{more}")
    if key is not None:
        lines.append(
            "API key: found"
            if key
            else "API key: none; set ALPHAGENOME_API_KEY or ALPHAGENOME_API_KEY_FILE"
        )
    if command is not None:
        lines.append(f"Calls to the model: {_calls(n_calls, command, has_loci)}")
    return lines


def _calls(n_calls, command, has_loci):
    if n_calls is None:
        return f"counted by: {command}"
    # Answers that came since the plan was made are not requested again.
    counted = [f"at most {n_calls:,}"] if n_calls else []
    loci = ["one for each new locus"] if has_loci else []
    return ", and ".join(counted + loci) or "none"


def command(targets, snakefile, folder, config_files, config):
    """Return the command that makes some files of a run, for the user's present folder.

    Parameters
    ----------
    targets : list of str
        Relative to the folder of the run.
    snakefile, folder : path-like
        The Snakefile and the folder of the run.
    config_files : list of path-like
    config : dict
        Keys that were given on the command line.

    Returns
    -------
    str
    """
    words = ["snakemake", "--cores", "2", *targets]
    # Snakemake finds a Snakefile of the present folder by itself.
    if pathlib.Path(snakefile).resolve() != pathlib.Path("Snakefile").resolve():
        words += ["-s", os.path.relpath(snakefile)]
    if pathlib.Path(folder).resolve() != pathlib.Path.cwd():
        words += ["--directory", os.path.relpath(folder)]
    # Both take every word that follows, so that targets must come first.
    if config_files:
        words += ["--configfile", *map(os.path.relpath, config_files)]
    if config:
        values = {
            key: each if isinstance(each, str) else json.dumps(each)
            for key, each in config.items()
        }
        words += ["--config", *(f"{key}={each}" for key, each in values.items())]
    return shlex.join(words)


def n_planned(paths):
    """Return the calls that the plans of all scorings count (`columns.BUDGET`)."""
    return int(pd.concat(read_tsv(path, BUDGET) for path in paths)["n_calls"].sum())


def _size(n_bytes):
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= size:
            return f"{n_bytes / size:.3g} {unit}"
    return f"{n_bytes} bytes"
