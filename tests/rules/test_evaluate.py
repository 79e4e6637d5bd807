"""Rules that measure and compare, run one by one on small inputs."""

import numpy as np
import pandas as pd
import pytest
import yaml
from drawings import gates_of, sweep_of
from endobench.core.columns import (
    ANSWERS,
    CONCLUSIONS,
    CONTROLS,
    COST,
    CURVES,
    DIFFERENCES,
    EXPLANATION_TESTS,
    EXPLANATIONS,
    GATES,
    LADDER,
    LEADERBOARD,
    METRICS,
    PAIRS,
    RUNS,
    SWEEP,
    TRACK_METRICS,
    TRACKS,
    WATERFALL,
    WINDOWS,
)
from endobench.core.tables import read_tsv, write_table, write_tsv
from endobench.evaluate.conclusion import conclusions_of
from endobench.evaluate.summary import SUMMARY, summarise
from frames import benchmark
from one_rule import (
    check_drawn,
    run,
    write_benchmark,
    write_gates,
)
from workflow import SMALL, said, write_config, write_sheet

SCORER = "DNASE-501-DIFF_LOG2_SUM"
SETS = ["K562", "HepG2"]
STEPS = ["column", "build", "tracks", "mask"]
CONFIG = ("--configfile", "small.yaml")
VERDICTS = {"published": "no", "corrected": "yes"}


def test_measure_writes_metrics_differences_and_a_conclusion_unless_a_gate_fails(
    folder,
):
    pairs = write_benchmark(folder)
    results = folder / "results/demo/corrected"
    path = results / "gates/scores.tsv"
    gates = read_tsv(path, GATES)
    write_tsv(gates.assign(verdict="fail"), path, GATES)
    target = "results/demo/corrected/metrics.tsv"
    words = said(run(folder, "measure", target, check=False))
    where = "results/demo/corrected/gates/scores.tsv"
    # Once from the job, and once at the end of the run with the path of the log.
    lines = [each for each in words.splitlines() if each.startswith("ERROR")]
    assert lines
    for line in lines:
        assert "the origin of scores is unknown: " in line
        assert "gate score_provenance fails: " in line
        assert f"all verdicts: {where}" in line
    assert "Traceback" not in words
    assert not (folder / target).exists()
    write_tsv(gates, path, GATES)
    run(folder, "measure", target)
    metrics = read_tsv(results / "metrics.tsv", METRICS)
    is_models = (metrics["task"] == "signed") & (metrics["predictor"] == "model")
    rho = metrics[is_models].set_index(["stratum", "metric"]).sort_index()
    row = rho.loc[("all_pairs", "spearman")]
    assert (row["n"], row["n_variants"]) == (120, pairs["variant_id"].nunique())
    assert row["value"] == pytest.approx(
        pairs["raw"].corr(pairs["effect"], method="spearman")
    )
    assert row["ci_low"] < row["value"] < row["ci_high"]
    is_control = (metrics["predictor"] == "x") & (metrics["metric"] == "spearman")
    control = metrics[is_control & (metrics["task"] == "control")]
    assert control["stratum"].tolist() == ["all_effects"]
    assert control["value"].item() > 0.9
    differences = read_tsv(results / "differences.tsv", DIFFERENCES)
    assert set(differences["comparison"]) >= {"baseline"}
    conclusion = read_tsv(results / "conclusion.tsv", CONCLUSIONS).set_index("stratum")
    assert conclusion.loc["all_pairs", "value"] == row["value"]
    assert conclusion.loc["all_pairs", "finding"] == "agreement"
    # Its scores of another tissue are as good.
    assert set(conclusion["is_reportable"]) == {"with exceptions"}
    controls = read_tsv(results / "controls.tsv", CONTROLS)
    assert set(controls["stratum"]) == set(conclusion.index)
    states = controls.drop_duplicates("control").set_index("control")["state"]
    assert states["positive_control"] == states["sequence"] == "pass"
    assert states["mismatched_tracks"] == "not_judged"


def test_compare_protocols_compares_shared_pairs_only(folder):
    pairs = write_benchmark(folder)
    other = pairs.iloc[:90].assign(raw=-pairs["raw"])
    write_table(other, folder / "results/demo/published/pairs.parquet", PAIRS)
    for protocol in ("corrected", "published"):
        within = pd.DataFrame({"comparison": ["baseline"], "protocol": protocol})
        path = folder / f"results/demo/{protocol}/differences.tsv"
        write_tsv(within, path, DIFFERENCES)
    run(folder, "compare_protocols", "results/demo/differences.tsv")
    found = read_tsv(folder / "results/demo/differences.tsv", DIFFERENCES)
    assert set(found["comparison"]) == {"baseline", "protocol"}
    assert (found["comparison"] == "baseline").sum() == 2
    rho = found[(found["comparison"] == "protocol") & (found["metric"] == "spearman")]
    rho = rho.set_index("stratum").loc["all_pairs"]
    assert {rho["a"], rho["b"]} == {"corrected", "published"}
    assert rho["n_shared"] == 90
    assert rho["value_a"] == -rho["value_b"]
    assert rho["difference"] == pytest.approx(rho["value_b"] - rho["value_a"])


def test_compare_protocols_compares_the_windows_of_a_table(folder):
    pairs = write_benchmark(folder)
    rows = []
    for name in ("short", "long"):
        row = {"name": name, "kind": "scores", "format": "scores", "build": "GRCh38"}
        rows.append(row | {"location": f"{name}.tsv", "effect_allele": "ALT"})
        (folder / f"{name}.tsv").write_text("variant_id\tscore\n")
    changes = {
        "service": "table",
        "scores": "short",
        "score_windows": {2048: "short", 131_072: "long"},
    }
    write_config(folder, "mine.yaml", SMALL, **changes, **write_sheet(folder, *rows))
    scores = pairs[["variant_id", "raw"]].drop_duplicates("variant_id")
    windows = scores.assign(other_raw=-scores["raw"], window_bp=2048)
    windows = windows.assign(other_window_bp=131_072)
    path = folder / "results/tables/short.windows.tsv"
    write_tsv(windows.reindex(columns=WINDOWS.names), path, WINDOWS)
    within = pd.DataFrame({"comparison": ["baseline"], "protocol": "corrected"})
    path = folder / "results/demo/corrected/differences.tsv"
    write_tsv(within, path, DIFFERENCES)
    target = "results/demo/differences.tsv"
    run(folder, "compare_protocols", target, "--configfile", "mine.yaml")
    found = read_tsv(folder / target, DIFFERENCES)
    assert set(found["comparison"]) == {"baseline", "window"}
    found = found[(found["comparison"] == "window") & (found["metric"] == "spearman")]
    found = found.set_index("stratum").loc["all_pairs"]
    assert [found["protocol"], found["a"], found["b"]] == [
        "corrected",
        "131072bp",
        "2048bp",
    ]
    assert found["value_a"] == pytest.approx(-found["value_b"])
    assert found["n_shared"] == len(pairs)


def test_climb_ladder_and_draw_dataset_measure_and_draw_each_step(folder):
    names = ["published", *(f"ladder.{each}" for each in STEPS), "corrected"]
    for place, name in enumerate(names):
        pairs = write_benchmark(folder, name)
        noise = np.random.default_rng(place).normal(size=len(pairs))
        effect = pairs["p_value"] if place == 0 else pairs["effect"]
        pairs = pairs.assign(raw=pairs["raw"] + (5 - place) * noise, effect=effect)
        write_table(pairs, folder / f"results/demo/{name}/pairs.parquet", PAIRS)
    for name in (names[0], names[-1]):
        conclusion = {"stratum": ["lead_per_feature", "all_pairs"], "protocol": name}
        conclusion = pd.DataFrame(conclusion).assign(is_reportable=VERDICTS[name])
        write_tsv(
            conclusion, folder / f"results/demo/{name}/conclusion.tsv", CONCLUSIONS
        )
    figures = [f"results/demo/figures/{name}.png" for name in ("ladder", "sweep")]
    sweep = sweep_of((16_384,), ["K562"], ["corrected"])
    write_tsv(sweep, folder / "results/sweep.tsv", SWEEP)
    write_tsv(gates_of(["corrected"]), folder / "results/demo/gates.tsv", GATES)
    rules = "climb_ladder draw_dataset_with_ladder"
    run(folder, rules, "results/demo/ladder.tsv", *figures)
    ladder = read_tsv(folder / "results/demo/ladder.tsv", LADDER)
    # Here every REF is correct, and each variant has one feature.
    steps = ["published", *STEPS, "flanks", "lead", "indels"]
    assert ladder["name"].unique().tolist() == steps
    reportable = ladder.drop_duplicates("name")["is_reportable"]
    assert reportable.iloc[[0, -1]].tolist() == ["no", "yes"]
    assert reportable.iloc[1:-1].isna().all()
    rho = ladder[ladder["metric"] == "spearman"].set_index("name")
    assert rho["n"].iloc[:6].unique() == [120]
    # One variant per feature.
    assert rho.loc["lead", "n"] == rho.loc["lead", "n_variants"] == 40
    sums = read_tsv(folder / "results/demo/ladder_sums.tsv", EXPLANATION_TESTS)
    assert sums["test"].tolist() == ["handling", "handling_against_rest"]
    first = rho["difference"].isna()
    assert first.tolist() == [True] + [False] * (len(steps) - 1)
    check_drawn(folder, *figures)


def test_rank_tracks_and_draw_tracks_measure_every_track_by_itself(folder):
    pairs = write_benchmark(folder)
    tracks = pd.DataFrame(
        {
            "track": ["other", "own", "unknown"],
            "ontology_curie": ["EFO:0001187", "EFO:0002067", "EFO:0002784"],
            "biosample": ["HepG2", "K562", "GM12878"],
            "output": "DNASE",
            "position": [0, 1, 2],
            "model": "standin/x",
        }
    )
    write_table(tracks, folder / "results/tracks/model.parquet", TRACKS)
    write_tsv(tracks.iloc[1:2], folder / "results/tracks/K562.tsv", TRACKS)
    unique = pairs.drop_duplicates("variant_id")
    raw = np.float32([-unique["raw"], unique["raw"], unique["raw"]]).T
    # A track with a missing score of one variant is not measured.
    raw[0, 2] = np.nan
    answers = unique[["variant_id"]].assign(
        model="standin/x", route="model", scorer=SCORER, window_bp=16_384, raw=list(raw)
    )
    for chrom in ("chr1", "chr2", "chr3"):
        rows = answers[answers["variant_id"].str.startswith(f"{chrom}_")]
        write_table(rows, folder / f"results/scores/16384bp/{chrom}.parquet", ANSWERS)
    target, figure = "results/demo/corrected/tracks.tsv", "results/demo/figures/tracks"
    run(folder, "rank_tracks draw_tracks", target, f"{figure}.png")
    found = read_tsv(folder / target, TRACK_METRICS)
    found = found[found["stratum"] == "all_pairs"].set_index("track")
    rho = pairs["raw"].corr(pairs["effect"], method="spearman")
    assert found.loc["own", "value"] == pytest.approx(rho, abs=1e-6)
    assert found.loc["other", "value"] == pytest.approx(-rho, abs=1e-6)
    assert np.isnan(found.loc["unknown", "value"])
    is_in_set = {"own": True, "other": False, "unknown": False}
    assert found["is_in_set"].to_dict() == is_in_set
    assert found["is_exploratory"].all()
    ranks = read_tsv(
        folder / target.replace("tracks", "tissue_rank"), EXPLANATION_TESTS
    )
    # The track with a missing score has no rank where that score counts.
    assert (ranks["value"] == 1).all()
    assert dict(zip(ranks["stratum"], ranks["null"], strict=True)) == {
        "lead_per_feature": 2.0,
        "all_pairs": 1.5,
    }
    for suffix in ("png", "pdf"):
        assert (folder / f"{figure}.{suffix}").stat().st_size > 5_000


def test_gather_sweep_and_draw_dataset_compare_benchmarks_with_the_first(folder):
    write_config(folder, "mine.yaml", SMALL, window_bp=[16_384, 2_048])
    expected = sweep_of((16_384, 2_048), ["K562"], ["corrected"])
    for name, rows in expected.groupby("protocol"):
        metrics = rows.assign(predictor="model").reindex(columns=METRICS.names)
        # Baselines are not part of the sweep.
        metrics = pd.concat([metrics, metrics.assign(predictor="distance")])
        write_tsv(metrics, folder / f"results/demo/{name}/metrics.tsv", METRICS)
    compared = expected[expected["reference"].notna()]
    differences = compared.assign(
        comparison="protocol",
        protocol="corrected",
        a=compared["protocol"],
        b="corrected",
        # The reference minus the other benchmark.
        difference=-compared["difference"],
        ci_low=-compared["difference_high"],
        ci_high=-compared["difference_low"],
        p=compared["difference_p"],
        p_adjusted=compared["difference_p_adjusted"],
    ).reindex(columns=DIFFERENCES.names)
    write_tsv(differences, folder / "results/demo/differences.tsv", DIFFERENCES)
    write_gates(folder, gates_of(expected["protocol"].unique()))
    names = ("gates", "sweep", "strata")
    figures = [f"results/demo/figures/{name}.png" for name in names]
    config = ("--configfile", "mine.yaml")
    rules = "gather_sweep gather_gates draw_dataset"
    run(folder, rules, "results/sweep.tsv", *figures, *config)
    write_tsv(expected, folder / "expected.tsv", SWEEP)
    found, expected = (
        read_tsv(folder / path, SWEEP).sort_values(["protocol", "stratum"])
        for path in ("results/sweep.tsv", "expected.tsv")
    )
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True), expected.reset_index(drop=True)
    )
    check_drawn(folder, *figures)


def test_measure_and_compare_protocols_ignore_signs_that_are_unknown(folder):
    row = {"name": "unsigned", "kind": "effects", "format": "gtex_pairs"}
    row |= {"location": "x", "build": "GRCh38", "effect_allele": "unknown"}
    sheet = write_sheet(folder, row | {"unit": "slope", "null": "0"})
    (folder / "x").touch()
    datasets = [SMALL["datasets"][0] | {"effects": "unsigned"}]
    sets = {"track_set": SETS, "track_sets": {"K562": ["EFO:0002067"], "HepG2": "all"}}
    write_config(folder, "mine.yaml", SMALL, datasets=datasets, **sets, **sheet)
    other = f"corrected.{SCORER}.16384bp.HepG2"
    pairs = write_benchmark(folder)
    write_benchmark(folder, other, raw=2 * pairs["raw"])
    config = ("--configfile", "mine.yaml")
    target = "results/demo/differences.tsv"
    run(folder, "measure compare_protocols", target, *config)
    for protocol in ("corrected", other):
        results = folder / f"results/demo/{protocol}"
        tasks = set(read_tsv(results / "metrics.tsv", METRICS)["task"])
        assert "magnitude" in tasks and not {"signed", "ceiling"} & tasks
        conclusion = read_tsv(results / "conclusion.tsv", CONCLUSIONS)
        assert conclusion["task"].unique() == ["magnitude"]
        assert conclusion["why"].str.contains("signed tasks are left out").all()
    differences = read_tsv(folder / target, DIFFERENCES)
    differences = differences[differences["comparison"] == "protocol"]
    assert differences["task"].unique() == ["magnitude"]
    assert differences["metric"].unique() == ["spearman"]
    assert differences["a"].unique() == [other]
    # Doubled scores have the same ranks.
    assert (differences["difference"] == 0).all()
    sizes = pairs[["raw", "effect"]].abs().corr(method="spearman").iloc[0, 1]
    value = differences.set_index("stratum").loc["all_pairs", "value_b"]
    assert value == pytest.approx(sizes)


def test_measure_puts_every_pair_into_each_curve(folder):
    pairs = write_benchmark(folder)
    results = folder / "results/demo/corrected"
    run(folder, "measure", "results/demo/corrected/curves.tsv")
    curves = read_tsv(results / "curves.tsv", CURVES)
    assert set(curves["curve"]) == {"sign_agreement", "calibration", "abstention"}
    by_curve = curves[curves["stratum"] == "all_pairs"].groupby("curve")["n"]
    n = by_curve.sum()
    # Its bins are nested.
    n["abstention"] = by_curve.max()["abstention"]
    assert (n == len(pairs)).all()


def test_explain_puts_the_pairs_and_the_tables_of_a_run_to_tests(measured):
    folder = measured
    mismatched = {"comparison": "baseline", "protocol": "corrected", "dataset": "demo"}
    mismatched |= {"a": "mismatched_tracks", "b": "model", "task": "signed"}
    mismatched |= {"stratum": "lead_per_feature", "metric": "spearman"}
    mismatched |= {"difference": 0.2, "ci_low": 0.1, "ci_high": 0.3, "p": 1e-4}
    frame = pd.DataFrame([mismatched]).reindex(columns=DIFFERENCES.names)
    write_tsv(frame, folder / "results/demo/differences.tsv", DIFFERENCES)
    config = {**SMALL["datasets"][0], "control": "demo_dsqtls"}
    config |= {"replicate": "demo_replicate"}
    write_config(folder, "mine.yaml", SMALL, datasets=[config])
    given = ("--configfile", "mine.yaml")
    target = "results/explanations.tsv"
    index = folder / "resources/genomes/demo_genome.fa.fai"
    index.parent.mkdir(parents=True)
    index.write_text("chr1\t1000000\t6\t60\t61\nchr2\t700000\t9\t60\t61\n")
    run(folder, "try_explanations explain", target, *given)
    found = read_tsv(folder / target, EXPLANATIONS).set_index("test")
    assert found.loc["tissue", "verdict"] == "supported"
    assert found.loc["handling", "verdict"] == "not tested"
    assert "ladder: true" in found.loc["handling", "config"]
    # The longest window would not fit into these chromosomes.
    assert found.loc["window", "config"] == "window_bp: [16384, 524288]"
    # The control and the replicate are the effects with some of the score.
    assert found.loc["accessibility", "value"] > 0
    assert found.loc["replicate", "verdict"] == "contradicted"
    assert found.loc["accessibility", "n"] == found.loc["replicate", "n"] == 40
    assert found["is_primary"].sum() == 5


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
    board = pd.DataFrame(columns=LEADERBOARD.names)
    write_tsv(board, measured / "results/leaderboard.tsv", LEADERBOARD)
    names = ("runs", "cost", "leaderboard")
    figures = [f"results/figures/{name}.png" for name in names]
    run(measured, "compare_runs draw_run", *figures, *CONFIG)
    check_drawn(measured, *figures)
    runs = read_tsv(measured / "results/runs.tsv", RUNS)
    assert runs["run"].unique().tolist() == ["here", "other"]
    rows = runs.query("run == 'other' and metric == 'spearman'")
    row = rows.set_index("stratum").loc["all_pairs"]
    assert (row["n_shared"], row["n_other_effects"]) == (90, 0)
    assert row["difference"] < 0


def test_models_stand_beside_each_other_and_beside_published_values(measured):
    place = measured / "results/demo"
    # A second model, a table with half of the pairs and the opposite sign.
    models = [
        {"name": "first", "service": "standin"},
        {"name": "mine", "service": "table", "scores": "my_scores"},
    ]
    rows = [
        {"name": "my_scores", "kind": "scores", "format": "scores", "unit": "score"},
        {
            "name": "my_pairs",
            "kind": "effects",
            "format": "gtex_pairs",
            "unit": "slope",
        },
    ]
    common = {"build": "GRCh38", "effect_allele": "ALT"}
    rows = [row | common | {"location": f"{row['name']}.txt"} for row in rows]
    rows[1] |= {"null": "0", "published": "Enformer: spearman=0.3 [0.2, 0.4] n=99"}
    datasets = [SMALL["datasets"][0] | {"effects": "my_pairs", "blacklist": "none"}]
    changes = {"models": models, "datasets": datasets, **write_sheet(measured, *rows)}
    write_config(measured, "small.yaml", SMALL, **changes)
    config = yaml.safe_load((measured / "small.yaml").read_text())
    del config["service"]
    (measured / "small.yaml").write_text(yaml.safe_dump(config))
    for row in rows:
        (measured / row["location"]).touch()
    names = {"dataset": "demo", "protocol": "corrected@mine"}
    for file, schema in (("metrics.tsv", METRICS), ("conclusion.tsv", CONCLUSIONS)):
        table = read_tsv(place / "corrected" / file, schema)
        write_tsv(table.assign(**names), place / "corrected@mine" / file, schema)
    pairs, _ = benchmark()
    other = pairs.assign(raw=-pairs["raw"], model="table/my_scores").iloc[:60]
    write_table(other, place / "corrected@mine/pairs.parquet", PAIRS)
    board = "results/leaderboard.tsv"
    run(measured, "rank_models", board, *CONFIG)
    found = read_tsv(measured / board, LEADERBOARD)
    found = found[(found["metric"] == "spearman") & (found["stratum"] == "all_pairs")]
    found = found.set_index(["scope", "name"])
    assert found.loc[("shared", "first"), "n"] == 60
    assert found.loc[("own", "first"), "n"] == 120
    assert found.loc[("shared", "mine"), "compared"] == "worse"
    assert found.loc[("published", "Enformer"), "n"] == 99
