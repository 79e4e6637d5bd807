"""Rules that compare, draw or describe what other rules have measured."""

import itertools
import json
import re

import numpy as np
import pandas as pd
import pytest
from drawings import conclusion_of, waterfall_of
from endobench.core.columns import (
    ANSWERS,
    CONCLUSIONS,
    COST,
    EFFECTS,
    FAILURES,
    METRICS,
    PAIRS,
    RUNS,
    SCORE_TABLE,
    SHARDS,
    TRACKS,
    VARIANTS,
    WATERFALL,
)
from endobench.core.tables import read_frame, read_tsv, write_table, write_tsv
from endobench.design.metrics import SUMMARY
from endobench.evaluate.conclusion import conclusions_of
from endobench.evaluate.measure import measure
from endobench.evaluate.summary import summarise
from frames import benchmark, blocks_of, choices_of
from one_rule import run, variants, write_benchmark
from workflow import SMALL, write_config, write_sheet

CONFIG = ("--configfile", "small.yaml")
NAMES = {"dataset": "demo", "protocol": "corrected"}
INPUTS = ("pairs", "peaks", "blacklist", "ld_blocks", "genome", "genes", "chain")

SMALL_CHROMS = ("chr1", "chr2", "chr3")
STUDY = (
    "gtex_eqtls.bed",
    "filtered_eqtls_in_k562_dhs.bed",
    "alphagenome_eqtl_predictions.csv",
    "alphagenome_vs_gtex_benchmark.txt",
)


@pytest.fixture
def measured(folder):
    """A folder with one benchmark, its metrics, waterfall and conclusion."""
    write_config(folder, "small.yaml", SMALL)
    pairs = write_benchmark(folder)
    _, annotations = benchmark()
    metrics, _ = measure(pairs, annotations, blocks_of(), choices_of(), **NAMES)
    results = folder / "results/demo/corrected"
    write_tsv(metrics, results / "metrics.tsv", METRICS)
    conclusions = [
        conclusion_of(stratum=each) for each in ("lead_per_feature", "all_pairs")
    ]
    conclusions = pd.concat(conclusions).assign(
        task="signed", metric="spearman", **NAMES
    )
    write_tsv(conclusions, results / "conclusion.tsv", CONCLUSIONS)
    waterfall = waterfall_of(4, "standin/x").assign(**NAMES)
    write_tsv(waterfall, results / "waterfall.tsv", WATERFALL)
    return folder


def check_drawn(folder, *figures):
    for path, suffix in itertools.product(figures, (".png", ".pdf")):
        assert (folder / path).with_suffix(suffix).stat().st_size > 5_000


def test_a_benchmark_has_its_figures_and_its_row_in_the_summary(measured):
    names = ("scatter", "waterfall", "strata")
    figures = [f"results/demo/corrected/figures/{name}.png" for name in names]
    rules = "draw_scatter draw_waterfall draw_strata summarise"
    run(measured, rules, *figures, "results/summary.tsv", *CONFIG)
    check_drawn(measured, *figures)
    summary = read_tsv(measured / "results/summary.tsv", SUMMARY)
    row = summary.set_index("stratum").loc["all_pairs"]
    assert (row["dataset"], row["model"], row["n_pairs"]) == ("demo", "standin/x", 120)
    metrics = read_tsv(measured / "results/demo/corrected/metrics.tsv", METRICS)
    asked = metrics.query("task == 'signed' and predictor == 'model'")
    rho = asked.query("stratum == 'all_pairs' and metric == 'spearman'")["value"].item()
    assert row["spearman"] == rho


def test_write_manifest_names_the_inputs_the_model_and_the_counts(measured):
    (measured / "results/summary.tsv").write_text("")
    tracks = pd.DataFrame({"track": ["a", "b"]}).reindex(columns=TRACKS.names)
    tracks = tracks.astype({"position": "Int32"})
    write_table(tracks, measured / "results/tracks/model.parquet", TRACKS)
    for name in INPUTS:
        path = measured / f"resources/downloads/demo_{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"sha256": "ab"}))
    run(measured, "write_manifest", "results/manifest.json", *CONFIG)
    manifest = json.loads((measured / "results/manifest.json").read_text())
    assert set(manifest["inputs"]) == {f"demo_{name}" for name in INPUTS}
    assert manifest["models"] == ["standin/x"]
    assert manifest["is_standin"]
    assert manifest["n_model_tracks"] == 2
    assert manifest["counts"]["demo/corrected"][-1]["n_pairs"] == 7
    assert manifest["config"]["statistics"]["n_resamples"] == 100


def test_prepare_intervals_lifts_over_peaks_on_another_build(folder):
    downloads = folder / "resources/downloads"
    downloads.mkdir(parents=True)
    (downloads / "demo_peaks").write_text("chr1\t10\t20\nchr1\t95\t120\n")
    # The first hundred bases move by 50; the others are in no block of the chain.
    chain = "chain 100 chr1 1000 + 0 100 chr1 1000 + 50 150 1\n100\n\n"
    (downloads / "demo_chain").write_text(chain)
    beds = [
        f"results/intervals/demo_peaks.{each}.bed" for each in ("as_given", "lifted")
    ]
    run(folder, "prepare_intervals", *beds)
    as_given, lifted = ((folder / path).read_text() for path in beds)
    assert re.findall(r"chr1\t(\d+)\t(\d+)", as_given) == [("10", "20"), ("95", "120")]
    assert re.findall(r"chr1\t(\d+)\t(\d+)", lifted) == [("60", "70")]
    dropped = (folder / "results/intervals/demo_peaks.lifted.dropped.tsv").read_text()
    assert len(dropped.splitlines()) == 2


def test_other_runs_and_the_cost_are_compared_and_drawn(measured):
    other = measured / "other/results"
    write_config(measured, "small.yaml", SMALL, compare={"other": "other/results"})
    results = measured / "results/demo/corrected"
    metrics = read_tsv(results / "metrics.tsv", METRICS)
    waterfall = read_tsv(results / "waterfall.tsv", WATERFALL)
    gates = pd.DataFrame(columns=["protocol", "gate", "verdict", "is_accepted"])
    summary = summarise(metrics, waterfall, conclusions_of(metrics, gates))
    pairs, _ = benchmark()
    pairs = pairs.assign(model="alphagenome/x", raw=-pairs["raw"])
    write_table(pairs.iloc[:90], other / "demo/corrected/pairs.parquet", PAIRS)
    for folder in (measured / "results", other):
        write_tsv(summary, folder / "summary.tsv", SUMMARY)
    (other / "manifest.json").write_text("{}")
    cost = pd.DataFrame(
        {"kind": "rule", "name": ["merge", "measure"], "n_jobs": [2, 1]}
    )
    cost = cost.assign(total_s=[3.0, 90.0], longest_s=[2.0, 90.0], peak_rss_mb=200.0)
    cost = cost.assign(model="standin/x").reindex(columns=COST.names)
    write_tsv(cost, measured / "results/cost.tsv", COST)
    figures = ["results/figures/runs.png", "results/figures/cost.png"]
    run(measured, "compare_runs draw_runs draw_cost", *figures, *CONFIG)
    check_drawn(measured, *figures)
    runs = read_tsv(measured / "results/runs.tsv", RUNS)
    assert runs["run"].unique().tolist() == ["here", "other"]
    rows = runs.query("run == 'other' and metric == 'spearman'")
    row = rows.set_index("stratum").loc["all_pairs"]
    assert (row["n_shared"], row["n_other_effects"]) == (90, 0)
    assert row["difference"] < 0


def test_look_up_answers_all_chromosomes_from_one_table(folder):
    row = {"name": "mine", "kind": "scores", "format": "scores", "build": "GRCh38"}
    row |= {"location": "scores.tsv", "effect_allele": "ALT"}
    (folder / "scores.tsv").write_text("variant_id\tscore\n")
    changes = {"service": "table", "scores": "mine", **write_sheet(folder, row)}
    write_config(folder, "table.yaml", SMALL, **changes)
    here = variants(("chr1", 5, "A", "G"), ("chr1", 7, "C", "T"), ("chr2", 5, "A", "G"))
    for chrom in SMALL_CHROMS:
        rows = here[here["chrom"] == chrom].reindex(columns=SHARDS.names)
        path = folder / f"results/demo/corrected/shards/0bp/{chrom}.parquet"
        write_table(rows.astype(object).where(rows.notna(), None), path, SHARDS)
    # The table has the second variant with REF and ALT exchanged, and lacks the third.
    table = variants(
        ("chr1", 5, "A", "G"), ("chr1", 7, "T", "C"), ("chr2", 5, "A", "C")
    )
    table = table.assign(score=[0.5, 2.0, 9.0], source_id=None)
    write_table(table, folder / "results/tables/mine.parquet", SCORE_TABLE)
    answers = "results/scores/table.mine/{}.parquet"
    run(folder, "look_up", answers.format("chr1"), "--configfile", "table.yaml")
    found = [read_frame(folder / answers.format(c), ANSWERS) for c in SMALL_CHROMS]
    assert found[0].set_index("variant_id")["raw"].map(list).to_dict() == {
        "chr1_5_A_G_b38": [0.5],
        "chr1_7_C_T_b38": [-2.0],
    }
    assert set(found[0]["model"]) == {"table/mine"}
    assert [len(each) for each in found[1:]] == [0] * (len(SMALL_CHROMS) - 1)
    failures = folder / "results/scores/table.mine/chr2.failures.tsv"
    assert read_tsv(failures, FAILURES)["variant_id"].tolist() == ["chr2_5_A_G_b38"]


def test_write_study_files_writes_the_files_that_the_study_published(folder):
    pairs = write_benchmark(folder, "published")
    results = folder / "results/demo/published"
    ids = pairs["variant_id"].drop_duplicates()
    parts = ids.str.split("_", expand=True).iloc[:, :4]
    rows = parts.set_axis(["chrom", "pos", "ref", "alt"], axis=1).assign(variant_id=ids)
    rows = rows.astype({"pos": "int64"})
    write_table(rows, results / "variants.parquet", VARIANTS)
    write_table(rows.iloc[:50], results / "in_peaks.parquet", VARIANTS)
    effects = pairs.reindex(columns=EFFECTS.names)
    effects = effects.assign(source_line=np.arange(2, len(pairs) + 2))
    write_table(effects, results / "effects.parquet", EFFECTS)
    _, annotations = benchmark()
    names = {"dataset": "demo", "protocol": "published"}
    metrics, _ = measure(pairs, annotations, blocks_of(), choices_of(), **names)
    write_tsv(metrics, results / "metrics.tsv", METRICS)
    run(folder, "write_study_files", f"results/demo/published/study/{STUDY[0]}")
    lines = [
        len((results / "study" / name).read_text().splitlines()) for name in STUDY[:3]
    ]
    assert lines == [120, 50, 121]
    assert "\nspearman\t" in (results / "study" / STUDY[3]).read_text()
    assert (results / "study/scatter_plot.png").stat().st_size > 5_000
