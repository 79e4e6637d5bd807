"""Each rule by itself, on input small enough to read."""

import gzip
import itertools
import json

import numpy as np
import pandas as pd
import pysam
import pytest
from drawings import gates_of as gates_frame
from drawings import sweep_of
from endobench.core.columns import (
    ANNOTATIONS,
    ANSWERS,
    BUDGET,
    CONCLUSIONS,
    CURVES,
    DIFFERENCES,
    DROPPED,
    EFFECTS,
    FAILURES,
    GATES,
    IN_PEAKS,
    LADDER,
    LOCI,
    LOCUS_TRACKS,
    METRICS,
    PAIRS,
    SCORE_TABLE,
    SCORED_VARIANTS,
    SHARDS,
    SWEEP,
    TRACK_METRICS,
    TRACKS,
    VARIANTS,
    WATERFALL,
    WINDOWS,
)
from endobench.core.tables import read_frame, read_tsv, write_table, write_tsv
from endobench.design.gates import gates_of
from endobench.evaluate.conclusion import conclusions_of
from endobench.evaluate.measure import measure
from frames import benchmark, blocks_of, choices_of, variants_of
from one_rule import (
    SEQUENCE,
    run,
    variants,
    write_benchmark,
    write_gates,
    write_genome,
    write_intervals,
)
from workflow import SMALL, said, write_config, write_sheet

SCORER = "DNASE-501-DIFF_LOG2_SUM"
DATASETS = ["demo", "demo_dsqtls"]
SETS = ["K562", "HepG2"]
STEPS = ["column", "build", "tracks", "mask"]
HEADER = "variant_id\tgene_id\ttss_distance\tmaf\tpval_nominal\tslope\tslope_se\n"
PAIR_ROWS = (
    "chr1_9001_A_G_b38\tGENE1\t10\t0.1\t1e-6\t0.5\t0.1\n"
    "chr1_9001_A_G_b38\tGENE2\t20\t0.1\t1e-5\t-0.4\t0.1\n"
    "chr2_9002_C_T_b38\tGENE3\t30\t0.2\t1e-7\tNA\t0.1\n"
    "chr2_9003_G_GA_b38\tGENE3\t31\t0.2\t1e-7\t0.7\t0.1\n"
    "chrX_9003_G_A_b38\tGENE4\t31\t0.2\t1e-7\t0.7\t0.1\n"
)


def test_fetch_links_a_local_file_and_records_its_digest(folder):
    source = folder / "resources/simulated/blacklist.bed"
    source.parent.mkdir(parents=True)
    source.write_text("chr1\t1\t2\n")
    run(folder, "fetch", "resources/downloads/demo_blacklist")
    record = json.loads(
        (folder / "resources/downloads/demo_blacklist.json").read_text()
    )
    assert record["bytes"] == 9
    assert record["build"] == "GRCh38"
    assert len(record["sha256"]) == 64
    target = folder / "resources/downloads/demo_blacklist"
    assert target.read_text() == "chr1\t1\t2\n"


def test_index_genome_unpacks_and_indexes(folder):
    source = folder / "resources/downloads/demo_genome"
    source.parent.mkdir(parents=True)
    source.write_bytes(gzip.compress(b">chr1\nACGT\nAC\n", mtime=0))
    run(folder, "index_genome", "resources/genomes/demo_genome.fa")
    index = folder / "resources/genomes/demo_genome.fa.fai"
    assert index.read_text().split() == ["chr1", "6", "6", "4", "5"]


def test_read_effects_splits_pairs_variants_and_dropped(folder):
    source = folder / "resources/downloads/demo_pairs"
    source.parent.mkdir(parents=True)
    source.write_text(HEADER + PAIR_ROWS)
    results = folder / "results/demo/corrected"
    run(folder, "read_effects", "results/demo/corrected/variants.parquet")
    effects = read_frame(results / "effects.parquet", EFFECTS)
    assert effects["source_line"].tolist() == [2, 3, 5]
    assert effects["effect"].tolist() == [0.5, -0.4, 0.7]
    assert len(read_frame(results / "variants.parquet", VARIANTS)) == 2
    dropped = read_frame(results / "dropped/variants.parquet", DROPPED)
    reasons = dict(zip(dropped["source_line"], dropped["reason"], strict=True))
    assert reasons == {4: "effect_missing", 6: "chromosome_not_requested"}


def test_read_effects_of_the_published_protocol_takes_the_p_value(folder):
    source = folder / "resources/downloads/demo_pairs"
    source.parent.mkdir(parents=True)
    source.write_text(HEADER + PAIR_ROWS)
    run(folder, "read_effects", "results/demo/published/effects.parquet")
    effects = read_frame(folder / "results/demo/published/effects.parquet", EFFECTS)
    assert effects["effect"].tolist() == [1e-6, 1e-5, 1e-7]
    assert effects["unit"].unique() == ["p_value"]


def test_select_in_peaks_keeps_variants_that_overlap_peaks(folder):
    results = folder / "results/demo/corrected"
    rows = variants(("chr1", 101, "A", "G"), ("chr1", 100, "A", "G"))
    write_table(rows, results / "variants.parquet", VARIANTS)
    write_intervals(folder, "demo_peaks", ("chr1", 100, 200))
    write_intervals(folder, "demo_blacklist", ("chr9", 1, 2))
    write_gates(folder, gates_frame(["corrected"]).assign(verdict="pass"))
    run(folder, "select_in_peaks", "results/demo/corrected/in_peaks.parquet")
    kept = read_frame(results / "in_peaks.parquet", VARIANTS)
    assert kept["pos"].tolist() == [101]
    dropped = read_frame(results / "dropped/peaks.parquet", DROPPED)
    assert dropped["reason"].tolist() == ["outside_peaks"]


def test_prepare_sequences_checks_and_shards_with_an_empty_chromosome(folder):
    write_genome(folder)
    write_gates(folder, gates_frame(["corrected"]).assign(verdict="pass"))
    rows = variants(("chr1", 9001, "A", "G"), ("chr2", 9003, "G", "GA"))
    many = [("chr1", 8001 + 8 * number, "A", "T") for number in range(60)]
    rows = pd.concat([rows, variants(*many), variants(("chr2", 9002, "G", "T"))])
    results = folder / "results/demo/corrected"
    rows = rows.assign(in_peak=True)
    write_table(rows, results / "in_peaks.parquet", IN_PEAKS)
    run(
        folder,
        "prepare_sequences",
        "results/demo/corrected/shards/16384bp/chr1.parquet",
    )
    shards = [
        read_frame(results / f"shards/16384bp/chr{n}.parquet", SHARDS)
        for n in (1, 2, 3)
    ]
    assert [len(shard) for shard in shards] == [61, 1, 0]
    window = shards[0]["window_end"] - shards[0]["window_start"]
    assert window.unique() == [16_384]
    assert shards[0]["in_peak"].all()
    dropped = read_frame(results / "dropped/sequences.16384bp.parquet", DROPPED)
    assert dropped["variant_id"].tolist() == ["chr2_9002_G_T_b38"]


def test_plan_requests_announces_the_calls_of_a_run_and_makes_none(folder):
    rows = variants(("chr1", 9001, "A", "G"), ("chr1", 9009, "A", "T"))
    rows = rows.assign(window_start=0, shift_bp=0)
    # Two datasets share their variants, so each is asked once.
    for dataset, chrom in itertools.product(DATASETS, ("chr1", "chr2", "chr3")):
        path = folder / f"results/{dataset}/corrected/shards/16384bp/{chrom}.parquet"
        write_table(rows[rows["chrom"] == chrom], path, SHARDS)
    tracks = {"track": ["one"], "output": ["DNASE"], "model": ["standin/x"]}
    path = folder / "results/tracks/model.parquet"
    write_table(pd.DataFrame(tracks), path, TRACKS)
    (folder / "results/tracks/found").touch()
    record = folder / "resources/downloads/demo_genome.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"sha256": "0" * 64}))
    result = run(folder, "plan_requests", "results/budget/16384bp.tsv", "--notemp")
    assert "16384bp: 2 unique variants, 0 remembered, 2 to request" in said(result)
    budget = read_tsv(folder / "results/budget/16384bp.tsv", BUDGET)
    assert budget["chrom"].tolist() == ["chr1", "chr2", "chr3"]
    assert budget["n_calls"].tolist() == [2, 0, 0]
    assert budget["model"].unique() == ["standin/x"]


def test_merge_accounts_for_every_row(folder):
    results = folder / "results/demo/corrected"
    ids = [f"chr1_{9_000 + number}_A_G_b38" for number in range(8)]
    effects = pd.DataFrame(
        {
            "variant_id": [*ids, ids[0]],
            "feature_id": [f"GENE{number}" for number in range(9)],
            "effect": [*np.linspace(-1, 1, 8), 0.5],
            "p_value": 1e-6,
            "unit": "slope",
            "source_line": range(2, 11),
        }
    )
    write_table(effects, results / "effects.parquet", EFFECTS)
    outside = pd.DataFrame(
        {"stage": "peaks", "reason": "outside_peaks", "variant_id": ids[6:7]}
    )
    nothing = outside.iloc[:0]
    for stage, frame in (
        ("variants", nothing),
        ("peaks", outside),
        ("sequences.16384bp", nothing),
    ):
        write_table(frame, results / f"dropped/{stage}.parquet", DROPPED)
    asked = pd.DataFrame(
        {"variant_id": ids[:6] + ids[7:], "source_id": ids[:6] + ids[7:]}
    )
    tracks = pd.DataFrame(
        {
            "track": ["one", "two"],
            "ontology_curie": ["EFO:0001187", "EFO:0002067"],
            "output": "DNASE",
            "position": [0, 1],
            "model": "standin/x",
        }
    )
    write_table(tracks, folder / "results/tracks/model.parquet", TRACKS)
    run(folder, "select_tracks", *(f"results/tracks/{each}.tsv" for each in SETS))
    scorer, other = "DNASE-501-DIFF_LOG2_SUM", "DNASE-501-DIFF_MEAN"
    answers = asked.iloc[:6][["variant_id"]].assign(
        model="standin/x",
        route="model",
        scorer=scorer,
        window_bp=16_384,
        raw=[np.array([9, value], dtype=np.float32) for value in range(6)],
    )
    # The same files hold answers and failures of another scorer.
    others = answers.iloc[2:].assign(
        scorer=other, raw=[np.array([7, 7], dtype=np.float32)] * 4
    )
    answers = pd.concat([answers, others])
    failure = {
        "variant_id": [ids[7], ids[0], ids[7]],
        "scorer": [scorer, other, other],
        "grpc_status": "INTERNAL",
        "message": "x",
    }
    scores = folder / "results/scores/16384bp"
    for chrom in ("chr1", "chr2", "chr3"):
        is_first = chrom == "chr1"
        write_table(
            asked if is_first else asked.iloc[:0],
            results / f"shards/16384bp/{chrom}.parquet",
            SHARDS,
        )
        write_table(
            answers if is_first else answers.iloc[:0],
            scores / f"{chrom}.parquet",
            ANSWERS,
        )
        failures = pd.DataFrame(failure if is_first else {})
        write_tsv(failures, scores / f"{chrom}.failures.tsv", FAILURES)
    run(folder, "merge", "results/demo/corrected/pairs.parquet")
    pairs = read_frame(results / "pairs.parquet", PAIRS)
    # The second track is that of K562.
    first = pairs.set_index("feature_id")["raw"]
    assert first["GENE5"] == 5 and first["GENE8"] == 0
    assert pairs["route"].unique() == ["model"]
    # The first track is that of another tissue.
    assert pairs["raw_mismatched"].unique() == [9]
    failures = read_tsv(results / "failures.tsv", FAILURES)
    assert failures["variant_id"].tolist() == [ids[7]]
    waterfall = read_tsv(results / "waterfall.tsv", WATERFALL)
    counts = dict(zip(waterfall["reason"], waterfall["n_pairs"], strict=True))
    dropped = {"outside_peaks": 1, "prediction_failed": 1}
    assert counts == {"all rows": 9, "scored pairs": 7} | dropped


def test_read_scores_takes_one_score_per_variant_and_lists_dropped_rows(folder):
    write_genome(folder)
    source = folder / "resources/downloads/demo_pairs"
    source.write_text(HEADER + PAIR_ROWS)
    run(folder, "read_scores", "results/tables/demo_pairs.parquet")
    tables = folder / "results/tables"
    table = read_frame(tables / "demo_pairs.parquet", SCORE_TABLE)
    scores = dict(zip(table["variant_id"], table["score"], strict=True))
    assert scores == {"chr2_9003_G_GA_b38": 0.7, "chrX_9003_G_A_b38": 0.7}
    dropped = read_tsv(tables / "demo_pairs.dropped.tsv", DROPPED)
    assert dropped["reason"].value_counts().to_dict() == {
        "several_scores": 2,
        "effect_missing": 1,
    }


def test_check_effects_measures_every_gate_without_ending_the_run(folder):
    effects = benchmark()[0].reindex(columns=EFFECTS.names)
    nothing = pd.DataFrame(columns=DROPPED.names)
    as_p_value = effects.assign(effect=effects["p_value"])
    paths = []
    for protocol, frame in (("corrected", effects), ("published", as_p_value)):
        results = folder / f"results/demo/{protocol}"
        write_table(frame, results / "effects.parquet", EFFECTS)
        write_table(
            variants_of(*frame["variant_id"]), results / "variants.parquet", VARIANTS
        )
        write_table(nothing, results / "dropped/variants.parquet", DROPPED)
        paths.append(f"results/demo/{protocol}/gates/effects.tsv")
    run(folder, "check_effects", *paths)
    corrected, published = (
        read_tsv(folder / path, GATES).set_index("gate") for path in paths
    )
    for gates in (corrected, published):
        assert list(gates.index) == [gate.name for gate in gates_of("effects")]
        assert gates["stage"].unique() == ["effects"]
        assert gates.loc["effect_signs", ["warn", "fail"]].tolist() == [0.2, 0.05]
    assert corrected.loc["effect_signs", "verdict"] == "pass"
    assert corrected.loc["effect_p_agreement", "verdict"] == "fail"
    assert published.loc["effect_signs", "verdict"] == "fail"
    assert corrected["is_enforced"].all() and not published["is_enforced"].any()


def test_check_peaks_compares_peaks_with_shifted_peaks(folder):
    positions = np.random.default_rng(1).integers(1_000_000, 2_000_000, 200)
    rows = variants(*(("chr1", pos, "A", "G") for pos in positions))
    write_table(rows, folder / "results/demo/corrected/variants.parquet", VARIANTS)
    peaks = [("chr1", pos - 200, pos + 200) for pos in rows["pos"]]
    write_intervals(folder, "demo_peaks", *peaks)
    path = "results/demo/corrected/gates/peaks.tsv"
    run(folder, "check_peaks", path)
    gates = read_tsv(folder / path, GATES).set_index("gate")
    assert list(gates.index) == [gate.name for gate in gates_of("peaks")]
    assert gates["verdict"].unique() == ["pass"]
    assert gates.loc["peak_enrichment", "value"] > 2
    assert "200 of 200 variants in peaks" in gates.loc["peak_enrichment", "evidence"]


def test_check_sequences_compares_the_declared_build_with_another(folder):
    write_genome(folder)
    length = len(SEQUENCE)
    chain = [
        f"chain 9 chr{n} {length} + 0 {length - 3} chr{n} {length} + 3 {length} {n}\n"
        f"{length - 3}\n\n"
        for n in (1, 2, 3)
    ]
    (folder / "resources/downloads/demo_chain").write_text("".join(chain))
    rows = variants(*(("chr1", 8001 + 8 * n, "A", "G") for n in range(60)))
    rows = pd.concat([rows, variants(("chr2", 9002, "G", "T"))])
    write_table(rows, folder / "results/demo/corrected/in_peaks.parquet", VARIANTS)
    path = "results/demo/corrected/gates/sequences.tsv"
    run(folder, "check_sequences", path)
    gates = read_tsv(folder / path, GATES).set_index("gate")
    assert list(gates.index) == [gate.name for gate in gates_of("sequences")]
    assert gates.loc["ref_match", "value"] == pytest.approx(60 / 61)
    assert gates.loc["ref_match", "verdict"] == "warn"
    assert gates.loc["ref_match_build", "verdict"] == "pass"
    assert "read as hg19 0.0" in gates.loc["ref_match_build", "evidence"]


def test_check_scores_checks_model_tracks_and_windows_of_the_scores(folder):
    pairs = write_benchmark(folder, n_tracks=2)
    tracks = pd.DataFrame(
        {
            "track": ["one", "two"],
            "ontology_curie": ["EFO:0002067", "EFO:0001187"],
            "output": "DNASE",
            "position": [0, 1],
            "model": "standin/x",
        }
    )
    write_table(tracks, folder / "results/tracks/model.parquet", TRACKS)
    raw = np.linspace(0.5, 1, 20)
    windows = pd.DataFrame(
        {
            "variant_id": pairs["variant_id"].unique()[:20],
            "scorer": "DNASE-501-DIFF_LOG2_SUM",
            "window_bp": 16_384,
            "raw": raw,
            "other_window_bp": 131_072,
            # Diluted over the longer window.
            "other_raw": raw / 8,
            "model": "standin/x",
        }
    )
    write_tsv(windows, folder / "results/scores/16384bp.windows.tsv", WINDOWS)
    path = "results/demo/corrected/gates/scores.tsv"
    (folder / path).unlink()
    run(folder, "check_scores", path)
    gates = read_tsv(folder / path, GATES).set_index("gate")
    assert list(gates.index) == [gate.name for gate in gates_of("scores")]
    assert gates["model"].unique() == ["standin/x"]
    assert gates.loc["standin_scores", "verdict"] == "pass"
    # One track more than K562 has.
    assert gates.loc["track_count", ["verdict", "value"]].tolist() == ["fail", 1]
    dilution = gates.loc["window_dilution"]
    assert (dilution["verdict"], dilution["n"]) == ("fail", 20)
    assert dilution["value"] == pytest.approx(-1)


def test_gather_gates_and_draw_gates_show_all_stages_of_all_benchmarks(folder):
    expected = gates_frame(["corrected", "published"])
    write_gates(folder, expected)
    rules = "gather_gates draw_gates"
    run(folder, rules, "results/demo/gates.tsv", "results/demo/figures/gates.png")
    found = read_tsv(folder / "results/demo/gates.tsv", GATES)
    # By protocol, in the order of the stages.
    keys = ["protocol", "stage", "gate", "verdict", "value", "evidence"]
    assert found[keys].fillna(-1).values.tolist() == (
        expected[keys].fillna(-1).values.tolist()
    )
    assert found["is_accepted"].tolist() == expected["is_accepted"].tolist()
    for suffix in ("png", "pdf"):
        path = folder / f"results/demo/figures/gates.{suffix}"
        assert path.stat().st_size > 5_000


def test_annotate_variants_needs_no_model(folder):
    write_genome(folder)
    rows = variants(("chr1", 9001, "A", "G"), ("chr2", 9003, "G", "T"))
    rows = rows.assign(source_id=rows["variant_id"])
    for chrom in ("chr1", "chr2", "chr3"):
        path = folder / f"results/demo/corrected/shards/16384bp/{chrom}.parquet"
        write_table(rows[rows["chrom"] == chrom], path, SHARDS)
    run(
        folder,
        "annotate_variants",
        "results/demo/corrected/annotations.16384bp.parquet",
    )
    path = folder / "results/demo/corrected/annotations.16384bp.parquet"
    annotations = read_frame(path, ANNOTATIONS)
    assert annotations["variant_id"].tolist() == rows["variant_id"].tolist()
    assert annotations["gc_change"].tolist() == [1, -1]
    assert annotations["gc_content"].between(0.45, 0.55).all()
    assert (
        annotations["motif_change"].notna().all() and annotations["fold"].isna().all()
    )


def test_join_control_uses_another_assays_effects_as_scores(folder):
    rows = variants(("chr1", 9001, "A", "G"), ("chr2", 9003, "G", "T"))
    results = folder / "results/demo/corrected"
    write_table(rows, results / "variants.parquet", VARIANTS)
    effects = pd.DataFrame(
        {
            "variant_id": rows["variant_id"].iloc[[0, 0, 1]],
            "feature_id": ["g1", "g2", "g1"],
            "effect": [0.5, -0.5, 0.25],
            "source_line": [2, 3, 4],
        }
    )
    write_table(effects, results / "effects.parquet", EFFECTS)
    # With REF and ALT exchanged.
    table = variants(("chr1", 9001, "G", "A")).assign(score=0.75)
    path = folder / "results/tables/demo_dsqtls.parquet"
    write_table(table, path, SCORE_TABLE)
    run(folder, "join_control", "results/demo/corrected/control.parquet")
    control = read_frame(results / "control.parquet", PAIRS)
    assert control["feature_id"].tolist() == ["g1", "g2"]
    assert control["effect"].tolist() == [0.5, -0.5]
    assert control["raw"].tolist() == [-0.75, -0.75]
    assert control["model"].unique() == ["control/demo_dsqtls"]


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
    assert f"ERROR: {where}: the origin of scores is unknown: " in words
    assert "gate score_provenance fails: " in words
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
    assert conclusion["is_reportable"].all()


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


def test_climb_ladder_and_draw_ladder_measure_and_draw_each_step(folder):
    names = ["published", *(f"ladder.{each}" for each in STEPS), "corrected"]
    for place, name in enumerate(names):
        pairs = write_benchmark(folder, name)
        noise = np.random.default_rng(place).normal(size=len(pairs))
        effect = pairs["p_value"] if place == 0 else pairs["effect"]
        pairs = pairs.assign(raw=pairs["raw"] + (5 - place) * noise, effect=effect)
        write_table(pairs, folder / f"results/demo/{name}/pairs.parquet", PAIRS)
    for name in (names[0], names[-1]):
        conclusion = {"stratum": ["lead_per_feature", "all_pairs"], "protocol": name}
        conclusion = pd.DataFrame(conclusion).assign(is_reportable=name == "corrected")
        write_tsv(
            conclusion, folder / f"results/demo/{name}/conclusion.tsv", CONCLUSIONS
        )
    figure = "results/demo/figures/ladder.png"
    run(folder, "climb_ladder draw_ladder", "results/demo/ladder.tsv", figure)
    ladder = read_tsv(folder / "results/demo/ladder.tsv", LADDER)
    # Here every REF is correct, and each variant has one feature.
    steps = ["published", *STEPS, "flanks", "lead", "indels"]
    assert ladder["name"].unique().tolist() == steps
    reportable = ladder.drop_duplicates("name")["is_reportable"]
    assert reportable.iloc[[0, -1]].tolist() == [False, True]
    assert reportable.iloc[1:-1].isna().all()
    rho = ladder[ladder["metric"] == "spearman"].set_index("name")
    assert rho["n"].iloc[:6].unique() == [120]
    # One variant per feature.
    assert rho.loc["lead", "n"] == rho.loc["lead", "n_variants"] == 40
    first = rho["difference"].isna()
    assert first.tolist() == [True] + [False] * (len(steps) - 1)
    assert (folder / figure).stat().st_size > 5_000


def test_compare_windows_predicts_a_sample_at_another_window(folder):
    write_genome(folder, SEQUENCE * 8)
    rng = np.random.default_rng(1)
    positions = 80_001 + 8 * rng.choice(1_000, 40, replace=False)
    rows = variants(*(("chr1", pos, "A", "G") for pos in positions))
    # Too close to the chromosome's end for a longer window to be centred.
    rows = pd.concat([rows, variants(("chr2", 9_001, "A", "G"))])
    start = rows["pos"] - 1 - 8_192
    rows = rows.assign(
        source_id=rows["variant_id"],
        window_start=start,
        window_end=start + 16_384,
        shift_bp=0,
    )
    for dataset, chrom in itertools.product(DATASETS, ("chr1", "chr2", "chr3")):
        path = folder / f"results/{dataset}/corrected/shards/16384bp/{chrom}.parquet"
        write_table(rows[rows["chrom"] == chrom], path, SHARDS)
    rules = "list_tracks select_tracks find_track_sets plan_requests predict"
    target = "results/scores/16384bp.windows.tsv"
    run(folder, f"{rules} compare_windows", target)
    windows = read_tsv(folder / target, WINDOWS)
    assert len(windows) == 20
    assert set(windows["variant_id"]) <= set(rows["variant_id"])
    assert windows["window_bp"].unique() == [16_384]
    assert windows["other_window_bp"].unique() == [131_072]
    assert windows["model"].str.startswith("standin/").all()
    # The score of a centre mask is local, so the window does not matter.
    assert windows["raw"].abs().gt(0).any()
    assert windows["other_raw"].tolist() == pytest.approx(windows["raw"].tolist())


def test_loci_are_chosen_predicted_and_drawn(folder):
    write_genome(folder)
    ids = ["chr1_9001_A_G_b38", "chr2_9003_GTT_G_b38", "chr3_9001_A_T_b38"]
    pairs = benchmark()[0].iloc[:3].assign(variant_id=ids, source_id=ids, p_value=1e-9)
    pairs = pairs.assign(raw=[0.1, -0.3, 0.2], feature_id=["one", "two", "three"])
    pairs = pairs.assign(model="standin/x")
    for dataset in DATASETS:
        write_table(pairs, folder / f"results/{dataset}/corrected/pairs.parquet", PAIRS)
    intervals = folder / "results/intervals"
    intervals.mkdir(parents=True)
    (intervals / "demo_peaks.lifted.bed").write_text("chr1\t8900\t9100\n")
    (folder / "resources/downloads/demo_genes").write_text(
        'chr1\tx\texon\t8001\t9500\t.\t+\t.\tgene_id "one"; gene_name "GATA1";\n'
    )
    loci = {"top": 2, "variants": ["chr1_9001_A_G", "1:10001:A:C"], "width_bp": 256}
    write_config(folder, "loci.yaml", loci=loci)
    rules = "list_tracks select_tracks find_asked_variants choose_loci predict_loci"
    target = "results/loci/figures"
    run(folder, f"{rules} draw_loci", target, "--configfile", "loci.yaml")
    loci = read_tsv(folder / "results/loci/loci.tsv", LOCI)
    assert loci["variant_id"].unique().tolist() == [
        "chr1_9001_A_G_b38",
        "chr1_10001_A_C_b38",
        "chr2_9003_GTT_G_b38",
        "chr3_9001_A_T_b38",
    ]
    assert loci["why"].tolist() == ["asked"] * 3 + ["top"] * 4
    tracks = read_frame(folder / "results/loci/tracks.parquet", LOCUS_TRACKS)
    assert len(tracks) == 8
    assert {len(values) for values in tracks["values"]} == {256}
    assert tracks["model"].str.startswith("standin/").all()
    figures = {path.name for path in (folder / target).glob("*.p*")}
    assert figures == {
        f"{name}.{suffix}" for name in loci["figure"] for suffix in ("png", "pdf")
    }


def test_export_scores_writes_files_for_bcftools_and_browsers(folder):
    write_genome(folder)
    ids = ["chr1_9001_A_G_b38", "chr1_9001_A_G_b38", "chr2_9003_GTT_G_b38"]
    pairs = benchmark()[0].iloc[:3].assign(variant_id=ids, raw=[1, 1, -2])
    pairs = pairs.assign(feature_id=["one", "two", "three"], model="standin/x")
    write_table(pairs, folder / "results/demo/corrected/pairs.parquet", PAIRS)
    scores = folder / "results/demo/corrected/scores"
    run(folder, "export_scores", "results/demo/corrected/scores/variants.vcf.gz")
    with pysam.VariantFile(str(scores / "variants.vcf.gz")) as file:
        (found,) = file.fetch("chr2", 9000, 9010)
        assert (found.id, found.info["SCORE"]) == (ids[2], -2)
        assert all("STANDIN" in each.info for each in file)
    with pysam.TabixFile(str(scores / "scores.bed.gz")) as file:
        assert list(file.fetch("chr2")) == [f"chr2\t9002\t9005\t{ids[2]}\t-2.0"]
    _, *lines = (scores / "scores.bedgraph").read_text().splitlines()
    assert lines == ["chr1\t9000\t9001\t1.0", "chr2\t9002\t9003\t-2.0"]
    assert (scores / "scores.bw").stat().st_size
    assert len((scores / "chrom.sizes").read_text().splitlines()) == 3
    variants = read_frame(scores / "variants.parquet", SCORED_VARIANTS)
    assert variants["n_features"].tolist() == [2, 1]
    assert variants["ref_matches"].all()


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
    for suffix in ("png", "pdf"):
        assert (folder / f"{figure}.{suffix}").stat().st_size > 5_000


def test_gather_sweep_and_draw_sweep_compare_benchmarks_with_the_first(folder):
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
    figure = "results/demo/figures/sweep.png"
    config = ("--configfile", "mine.yaml")
    run(folder, "gather_sweep draw_sweep", "results/sweep.tsv", figure, *config)
    write_tsv(expected, folder / "expected.tsv", SWEEP)
    found, expected = (
        read_tsv(folder / path, SWEEP).sort_values(["protocol", "stratum"])
        for path in ("results/sweep.tsv", "expected.tsv")
    )
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True), expected.reset_index(drop=True)
    )
    for name in ("sweep", "strata"):
        for suffix in ("png", "pdf"):
            path = folder / f"results/demo/figures/{name}.{suffix}"
            assert path.stat().st_size > 5_000


def test_draw_precision_recall_draws_positives_among_matched_negatives(folder):
    pairs, annotations = benchmark(n_features=300, per_feature=1)
    pairs = pairs.assign(model="standin/x")
    results = folder / "results/demo_dsqtls/corrected"
    write_table(pairs, results / "pairs.parquet", PAIRS)
    write_table(annotations, results / "annotations.16384bp.parquet", ANNOTATIONS)
    # The classes are those of the config.
    choices = choices_of(classes=["p_value", 1e-4, 0.5])
    names = {"dataset": "demo_dsqtls", "protocol": "corrected"}
    metrics, _ = measure(pairs, annotations, blocks_of(), choices, **names)
    write_tsv(metrics, results / "metrics.tsv", METRICS)
    gates = gates_frame(["corrected"]).assign(verdict="pass")
    write_tsv(conclusions_of(metrics, gates), results / "conclusion.tsv", CONCLUSIONS)
    figure = "results/demo_dsqtls/corrected/figures/precision_recall"
    run(folder, "draw_precision_recall", f"{figure}.png")
    for suffix in ("png", "pdf"):
        assert (folder / f"{figure}.{suffix}").stat().st_size > 5_000


def test_read_effects_joins_probabilities_and_effects(folder):
    downloads = folder / "resources/downloads"
    downloads.mkdir(parents=True)
    (downloads / "demo_pairs").write_text(HEADER + PAIR_ROWS)
    (downloads / "demo_finemapped").write_text(
        "Simulated\tGENE1\t1\t1.0\tchr1_9001_A_G_b38\t0.95\n"
        "Simulated\tGENE2\t1\t1.0\tchr1_9001_A_G_b38\t0.002\n"
        # A pair without a slope, and a gene that the pairs do not have.
        "Simulated\tGENE3\t1\t1.0\tchr2_9002_C_T_b38\t0.5\n"
        "Simulated\tGENE9\t1\t1.0\tchr2_9003_G_GA_b38\t0.5\n"
    )
    target = "results/demo_finemapped/corrected/effects.parquet"
    config = ("--configfile", "config/demo_finemapped.yaml")
    run(folder, "read_effects", target, *config)
    effects = read_frame(folder / target, EFFECTS)
    assert effects["feature_id"].tolist() == ["GENE1", "GENE2"]
    assert effects["pip"].tolist() == [0.95, 0.002]
    assert effects["effect"].tolist() == [0.5, -0.4]
    assert effects["p_value"].tolist() == [1e-6, 1e-5]
    path = folder / "results/demo_finemapped/corrected/dropped/variants.parquet"
    dropped = read_frame(path, DROPPED)
    assert dropped["source_line"].tolist() == [3, 4]
    assert dropped["reason"].unique() == ["not_in_effects_from"]


def test_read_effects_takes_ref_from_the_genome(folder):
    write_genome(folder)
    row = {"name": "unordered", "kind": "effects", "format": "alphagenome_qtl"}
    row |= {"location": "x", "build": "GRCh38", "effect_allele": "allele2"}
    sheet = write_sheet(folder, row | {"unit": "beta", "null": "0"})
    (folder / "x").touch()
    (folder / "resources/downloads/unordered").write_text(
        "variant_id\ttarget\n"
        "chr1_9001_A_G_hg38\t0.5\n"
        "chr1_9002_T_C_hg38\t0.25\n"
        "chr1_9003_A_T_hg38\t1\n"
    )
    datasets = [SMALL["datasets"][0] | {"effects": "unordered"}]
    write_config(folder, "mine.yaml", SMALL, datasets=datasets, **sheet)
    target = "results/demo/corrected/effects.parquet"
    run(folder, "read_effects", target, "--configfile", "mine.yaml")
    effects = read_frame(folder / target, EFFECTS).set_index("variant_id")["effect"]
    assert effects.to_dict() == {"chr1_9001_A_G_b38": 0.5, "chr1_9002_C_T_b38": -0.25}
    path = folder / "results/demo/corrected/dropped/variants.parquet"
    dropped = read_frame(path, DROPPED).iloc[0]
    assert dropped["reason"] == "neither_allele_is_reference"
    assert (dropped["source_line"], dropped["value"]) == (4, "A,T")


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


def test_read_scores_refuses_a_table_with_alleles_of_another_genome(folder):
    write_genome(folder)
    row = {"name": "unordered", "kind": "scores", "format": "alphagenome_qtl"}
    row |= {"location": "x", "build": "GRCh38", "effect_allele": "allele2"}
    sheet = write_sheet(folder, row | {"unit": "score", "null": ""})
    (folder / "x").touch()
    (folder / "resources/downloads/unordered").write_text(
        "variant_id\ttarget\nchr1_9001_A_G_hg38\t0.5\nchr1_9003_A_T_hg38\t1\n"
    )
    datasets = [SMALL["datasets"][0] | {"control": "unordered"}]
    write_config(folder, "mine.yaml", SMALL, datasets=datasets, **sheet)
    target = "results/tables/unordered.parquet"
    options = ("--configfile", "mine.yaml")
    result = run(folder, "read_scores", target, *options, check=False)
    assert result.returncode != 0
    assert "neither allele matches the genome in 1 of 2 rows" in result.stderr
    assert not (folder / target).exists()


def test_measure_and_draw_curves_and_baselines(folder):
    pairs = write_benchmark(folder)
    results = folder / "results/demo/corrected"
    figures = [
        f"results/demo/corrected/figures/{name}.png"
        for name in ("sign_agreement", "calibration", "baselines")
    ]
    run(folder, "measure measure_curves draw_curves draw_baselines", *figures)
    curves = read_tsv(results / "curves.tsv", CURVES)
    assert set(curves["curve"]) == {"sign_agreement", "calibration"}
    n = curves[curves["stratum"] == "all_pairs"].groupby("curve")["n"].sum()
    assert (n == len(pairs)).all()
    for path in figures:
        for suffix in (".png", ".pdf"):
            assert (folder / path).with_suffix(suffix).stat().st_size > 5_000
