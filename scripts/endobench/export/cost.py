"""The cost of a run: time and memory of each rule, and requests to the model."""

import logging
import pathlib

import pandas as pd

from endobench.core.columns import COST
from endobench.core.files import DAMAGED
from endobench.design.routes import ATLAS

log = logging.getLogger(__name__)

RULE, SCORING = "rule", "scoring"
PREDICT = "predict"
# Seconds; shorter jobs may end before Snakemake samples their memory.
_LEAST_S = 1.0
# Columns of a benchmark file: wall and CPU time in seconds, memory in MB.
_MEASURED = ["s", "cpu_time", "max_rss"]
_JOB = ["rule", "job", *_MEASURED]


def read_benchmarks(folder):
    """Read Snakemake's benchmark files.

    Parameters
    ----------
    folder : str or path-like
        Holds ``{rule}/{wildcards}.tsv``, or ``{rule}.tsv`` for a rule without wildcards.

    Returns
    -------
    pandas.DataFrame
        One row per job: ``rule``, ``job`` (its wildcards), ``s``, ``cpu_time`` (both in
        seconds) and ``max_rss`` (MB). Values that a job was too short to measure are
        missing, such as the memory of a job of less than a second. Damaged files are
        left out with a warning.
    """
    folder = pathlib.Path(folder)
    paths = sorted([*folder.glob("*.tsv"), *folder.glob("*/*.tsv")])
    if not paths:
        log.warning("%s: no benchmark files of any job", folder)
    parts = []
    for path in paths:
        try:
            part = pd.read_csv(path, sep="\t", usecols=_MEASURED)
        except (*DAMAGED, OSError, ValueError) as error:
            log.warning("%s: damaged, left out (%s)", path, error)
            continue
        part = part.apply(pd.to_numeric, errors="coerce")
        if part["s"].isna().any() or part.empty:
            log.warning("%s: damaged, left out (no run time)", path)
            continue
        part["max_rss"] = part["max_rss"].where(part["s"] >= _LEAST_S)
        is_alone = path.parent == folder
        rule, job = (path.stem, "") if is_alone else (path.parent.name, path.stem)
        parts.append(part.assign(rule=rule, job=job))
    if not parts:
        return pd.DataFrame(columns=_JOB)
    return pd.concat(parts, ignore_index=True)[_JOB]


def cost(jobs, budget, failures, answers):
    """Return the cost of each scoring and of each rule.

    Parameters
    ----------
    jobs : pandas.DataFrame
        As `read_benchmarks` returns it.
    budget : pandas.DataFrame
        In the columns of `columns.BUDGET`, of all scorings: the requests that the
        predicting run planned.
    failures, answers : pandas.DataFrame
        Columns ``scoring``, ``variant_id`` and ``attempts`` or ``route``, respectively.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.COST`: the scorings in the order of the budget, with
        the time of their predictions, then the rules by decreasing time. Times are sums
        over jobs, which may have run in parallel.
    """
    of_predict = jobs[jobs["rule"] == PREDICT]
    # Its jobs are named {scoring}.{chrom}, and neither part contains a dot.
    scoring = of_predict["job"].str.rpartition(".")[0] if len(of_predict) else []
    of_predict = of_predict.assign(scoring=scoring)
    n_failed = _n_variants(failures[failures["attempts"] > 0])
    n_from_atlas = _n_variants(answers[answers["route"] == ATLAS])
    rows = []
    for name, part in budget.groupby("scoring", sort=False):
        timed = of_predict[of_predict["scoring"] == name]
        if timed.empty:
            log.warning("%s: no benchmark files of its predictions", name)
        rows.append(
            {
                "kind": SCORING,
                "name": name,
                **_time_and_memory(timed),
                "n_variants": part["n_variants"].sum(),
                "n_remembered": part["n_remembered"].sum(),
                "n_asked": part["n_to_ask"].sum(),
                "n_calls": part["n_calls"].sum(),
                "n_failed": n_failed.get(name, 0),
                "n_from_atlas": n_from_atlas.get(name, 0),
            }
        )
    rules = [
        {"kind": RULE, "name": name, **_time_and_memory(part)}
        for name, part in jobs.groupby("rule")
    ]
    rows += sorted(rules, key=lambda row: -row["total_s"])
    models = sorted(budget["model"].dropna().unique())
    frame = pd.DataFrame(rows, columns=COST.names)
    log.info(
        "%d jobs of %d rules took %.0f s in total",
        len(jobs),
        len(rules),
        jobs["s"].sum(),
    )
    return frame.assign(model="; ".join(models) or None)


def _n_variants(frame):
    """Return the number of unique variants of each scoring."""
    return frame.groupby("scoring", observed=True)["variant_id"].nunique().to_dict()


def _time_and_memory(jobs):
    """Return time and memory of jobs; values that no job has are missing."""
    return {
        "n_jobs": len(jobs),
        "total_s": round(jobs["s"].sum(min_count=1), 2),
        "longest_s": jobs["s"].max(),
        "cpu_s": round(jobs["cpu_time"].sum(min_count=1), 2),
        "peak_rss_mb": jobs["max_rss"].max(),
    }
