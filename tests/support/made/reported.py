"""The inputs of a report of a small run."""

import functools

import pandas as pd
from drawings import REAL, gates_of, ladder_of, ranking_of, sweep_of, waterfall_of
from endobench.core.columns import (
    CONCLUSIONS,
    CONTROLS,
    COST,
    CURVES,
    DIFFERENCES,
    EXPLANATION_TESTS,
    GATES,
    LADDER,
    LEADERBOARD,
    LOCI,
    LOSSES,
    METRICS,
    PAIRS,
    RUNS,
    WATERFALL,
)
from endobench.core.tables import write_table
from endobench.design.reasons import REASONS
from endobench.evaluate.conclusion import conclude
from endobench.evaluate.explanations.table import Tables, explain
from endobench.evaluate.measure import measure
from endobench.evaluate.summary import summarise
from endobench.report.content import report
from endobench.report.inputs import Inputs
from frames import benchmark, choices_of
from PIL import Image

KEY = ("demo", "corrected")
# Tables of sections that take half of the time of a page.
_LONG = ("ladder", "sweep", "ranking", "explanations")


@functools.cache
def _measured():
    """Return pairs, metrics and differences of one benchmark."""
    pairs, annotations = benchmark()
    pairs = pairs.assign(model=REAL)
    names = {"dataset": KEY[0], "protocol": KEY[1]}
    choices = choices_of(strata=("lead_per_feature", "all_pairs", "snv"))
    metrics, differences = measure(pairs, annotations, None, choices, **names)
    return pairs, metrics, differences


@functools.cache
def _tables_of(model):
    """Return the pairs of one benchmark of a model, and its tables by name."""
    pairs, metrics, differences = (each.assign(model=model) for each in _measured())
    gates = gates_of(["corrected"])
    conclusions, controls = conclude(metrics, gates, differences)
    names = {"dataset": KEY[0], "protocol": KEY[1]}
    waterfall = waterfall_of(3, model).assign(**names)
    waterfall["reason"] = ["all rows", *list(REASONS)[:3], "scored pairs"]
    benchmark_tables = Tables(
        metrics,
        differences,
        LADDER.empty_table().to_pandas(),
        EXPLANATION_TESTS.empty_table().to_pandas(),
    )
    return pairs, {
        "explanations": explain(benchmark_tables, *KEY),
        "summary": summarise(metrics, waterfall, conclusions),
        "conclusions": conclusions,
        "controls": controls,
        "metrics": metrics,
        "waterfall": waterfall,
        "differences": differences,
        "gates": gates,
        "ladder": ladder_of(model=model),
        "sweep": sweep_of(model=model),
        "ranking": ranking_of(model=model),
    }


def inputs_of(folder, model=REAL, *, is_short=False, **changes):
    """Return the inputs of one benchmark, whose files are written to a folder.

    Short ones lack the rows of some sections. Changes are made to the others.
    """
    pairs, tables = _tables_of(model)
    if is_short:
        tables = tables | {name: tables[name].iloc[:0] for name in _LONG}
    paths = folder / "pairs.parquet", folder / "dropped.tsv.gz"
    write_table(pairs, paths[0], PAIRS)
    dropped = pd.DataFrame({"stage": "peaks", "reason": ["a", "b", "a"], "value": "x"})
    dropped["source_line"] = [2, 3, 4]
    dropped.to_csv(paths[1], sep="\t", index=False)
    figure = folder / "demo/corrected/figures/scatter.png"
    figure.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (300, 200), "white").save(figure)
    manifest = {
        "config": {"seed": 1, "ld_blocks": "none"},
        "git_revision": "ab12+changes",
        "inputs": {"demo": {"location": "here", "sha256": "0" * 64}},
        "models": [model],
        "n_model_tracks": 8,
        "versions": {"python": "3.11"},
    }
    content = tables | {
        "curves": pd.DataFrame(columns=CURVES.names),
        "runs": pd.DataFrame(columns=RUNS.names),
        "cost": pd.DataFrame([{"kind": "rule", "name": "merge", "n_jobs": 2}]).reindex(
            columns=COST.names
        ),
        "leaderboard": pd.DataFrame(columns=LEADERBOARD.names),
        "loci": pd.DataFrame(columns=LOCI.names),
        "losses": pd.DataFrame(columns=LOSSES.names),
        "pairs": {KEY: paths[0]},
        "dropped": {KEY: paths[1]},
        "figures": [figure],
        "manifest": manifest,
    }
    return Inputs(**content | changes)


def reported(folder, **changes):
    """Return a report without the sections that take longest."""
    return report(inputs_of(folder, is_short=True, **changes), folder, classes={})


def sections(found):
    """Return the sections of a report's first chapter by key."""
    return {each.key: each for each in found.chapters[0].sections}


def one_benchmark(value=0.5, low=0.4, high=0.6, p=1e-9, model=REAL, **differs):
    """Return the tables that the finding of a benchmark is described from."""
    row = {
        "dataset": "demo",
        "protocol": "corrected",
        "model": model,
        "track_set": "K562",
        "scorer": "DNASE-501-DIFF_LOG2_SUM",
        "window_bp": 16384,
        "task": "signed",
        "predictor": "model",
        "metric": "spearman",
        "value": value,
        "ci_low": low,
        "ci_high": high,
        "p": p,
        "n": 700,
        "n_variants": 600,
        "n_blocks": 300,
    }
    strata = ("lead_per_feature", "all_pairs")
    metrics = pd.DataFrame([row | {"stratum": each} for each in strata])
    conclusion = {
        "finding": "agreement",
        "is_reportable": "yes",
        "why": "no gate fails",
    }
    difference = {
        "comparison": "baseline",
        "task": "signed",
        "a": "motif_change",
        "b": "model",
        "stratum": "lead_per_feature",
        "metric": "spearman",
        "value_a": 0.45,
        "value_b": 0.5,
        "difference": 0.05,
        "ci_low": 0.01,
        "ci_high": 0.09,
        "p_adjusted": 0.01,
    }
    gates = pd.DataFrame(columns=GATES.names)
    waterfall = pd.DataFrame(
        [
            ("input", "all rows", 1000),
            ("peaks", "outside_peaks", 300),
            ("kept", "x", 700),
        ],
        columns=["stage", "reason", "n_pairs"],
    )
    return (
        metrics.assign(**conclusion).reindex(columns=CONCLUSIONS.names),
        metrics.reindex(columns=METRICS.names),
        pd.DataFrame([difference | differs]).reindex(columns=DIFFERENCES.names),
        gates,
        waterfall.reindex(columns=WATERFALL.names),
        pd.DataFrame(columns=CONTROLS.names),
    )
