"""One rule each, on input small enough to be read."""

import gzip
import itertools
import json

import numpy as np
import pandas as pd
import pysam
import pytest
from drawings import gates_of as gates_frame
from endobench.bed import write_bed
from endobench.columns import (
    ANSWERS,
    BUDGET,
    DIFFERENCES,
    DROPPED,
    EFFECTS,
    FAILURES,
    FEATURES,
    GATES,
    IN_PEAKS,
    LADDER,
    METRICS,
    PAIRS,
    SCORE_TABLE,
    SCORED_VARIANTS,
    SHARDS,
    TRACKS,
    VARIANTS,
    VERDICTS,
    WATERFALL,
    WINDOWS,
)
from endobench.gate_list import gates_of
from endobench.tables import read_frame, read_tsv, write_table, write_tsv
from frames import benchmark, blocks_of
from workflow import checkout, said, snakemake

# A genome in which the variants below have their REF.
SEQUENCE = "ACGTTGCA" * 3_000
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


@pytest.fixture
def folder(tmp_path):
    return checkout(tmp_path)


def run(folder, rules, *targets, **options):
    """Run one rule, or a few divided by blanks, taking their input as it lies there."""
    only = ("--allowed-rules", *rules.split(), "--rerun-triggers", "mtime")
    return snakemake(folder, *targets, *only, **options)


def write_genome(folder, sequence=SEQUENCE):
    """Write the indexed genome of the demonstration's config, and its record."""
    genome = folder / "resources/genomes/demo_genome.fa"
    genome.parent.mkdir(parents=True)
    genome.write_text("".join(f">chr{n}\n{sequence}\n" for n in (1, 2, 3)))
    length = len(sequence)
    lines, offset = [], 0
    for number in (1, 2, 3):
        offset += 6
        lines.append(f"chr{number}\t{length}\t{offset}\t{length}\t{length + 1}\n")
        offset += length + 1
    genome.with_name("demo_genome.fa.fai").write_text("".join(lines))
    record = folder / "resources/downloads/demo_genome.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps({"sha256": "0" * 64}))
    return genome


def write_intervals(folder, name, *rows):
    path = folder / f"results/intervals/{name}.lifted.bed"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    return path


def write_gates(folder, gates, dataset="demo"):
    """Write verdicts where the gates of each stage would."""
    for (protocol, stage), rows in gates.groupby(["protocol", "stage"]):
        path = folder / f"results/{dataset}/{protocol}/gates/{stage}.tsv"
        write_tsv(rows, path, GATES)


def write_benchmark(folder, protocol="corrected", **changes):
    """Write a benchmark with all that it is measured with; return its pairs."""
    pairs, features = benchmark()
    pairs = pairs.assign(model="standin/x", **changes)
    results = folder / f"results/demo/{protocol}"
    write_table(pairs, results / "pairs.parquet", PAIRS)
    window_bp = 2_048 if protocol == "published" else 16_384
    write_table(features, results / f"features.{window_bp}bp.parquet", FEATURES)
    control = pairs.assign(raw=pairs["effect"] + pairs["raw"] / 9, model="control/x")
    write_table(control, results / "control.parquet", PAIRS)
    path = folder / "results/intervals/demo_ld_blocks.lifted.bed"
    write_bed(blocks_of(), path)
    gates = gates_frame([protocol]).assign(verdict="pass", is_accepted=False)
    write_gates(folder, gates.assign(model="standin/x"))
    return pairs


def variants(*rows):
    frame = pd.DataFrame(rows, columns=["chrom", "pos", "ref", "alt"])
    parts = [frame[name].astype(str) for name in frame]
    frame["variant_id"] = [f"{'_'.join(each)}_b38" for each in zip(*parts, strict=True)]
    return frame


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


def test_select_in_peaks_keeps_what_overlaps(folder):
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


def test_plan_requests_says_what_a_run_will_ask_for_and_asks_nothing(folder):
    rows = variants(("chr1", 9001, "A", "G"), ("chr1", 9009, "A", "T"))
    rows = rows.assign(window_start=0, shift_bp=0)
    # Two datasets share their variants, which are asked for once.
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
    assert "16384bp: 2 unique variants, 0 remembered, 2 to ask" in said(result)
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
    # Another scorer's answers and failures are in the same files.
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
    # The second track is K562's.
    first = pairs.set_index("feature_id")["raw"]
    assert first["GENE5"] == 5 and first["GENE8"] == 0
    assert pairs["route"].unique() == ["model"]
    # The first is that of another tissue.
    assert pairs["raw_mismatched"].unique() == [9]
    failures = read_tsv(results / "failures.tsv", FAILURES)
    assert failures["variant_id"].tolist() == [ids[7]]
    waterfall = read_tsv(results / "waterfall.tsv", WATERFALL)
    counts = dict(zip(waterfall["reason"], waterfall["n_pairs"], strict=True))
    assert counts == {
        **{"all rows": 9, "outside_peaks": 1, "prediction_failed": 1},
        "scored pairs": 7,
    }


def test_read_scores_takes_one_score_a_variant_and_says_what_it_leaves_out(folder):
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


def test_check_effects_measures_every_gate_and_stops_nothing_itself(folder):
    effects = benchmark()[0].reindex(columns=EFFECTS.names)
    nothing = pd.DataFrame(columns=DROPPED.names)
    as_p_value = effects.assign(effect=effects["p_value"])
    paths = []
    for protocol, frame in (("corrected", effects), ("published", as_p_value)):
        results = folder / f"results/demo/{protocol}"
        write_table(frame, results / "effects.parquet", EFFECTS)
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


def test_check_peaks_compares_peaks_with_shifted_ones(folder):
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


def test_check_sequences_reads_ref_as_declared_and_as_another_build(folder):
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


def test_check_scores_knows_whose_scores_of_which_tracks_they_are(folder):
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
            # Diluted over the window.
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
    # One more than K562's.
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
    # Protocol by protocol, in the order of the stages.
    keys = ["protocol", "stage", "gate", "verdict", "value", "evidence"]
    assert found[keys].fillna(-1).values.tolist() == (
        expected[keys].fillna(-1).values.tolist()
    )
    assert found["is_accepted"].tolist() == expected["is_accepted"].tolist()
    for suffix in ("png", "pdf"):
        path = folder / f"results/demo/figures/gates.{suffix}"
        assert path.stat().st_size > 5_000


def test_describe_variants_needs_no_model(folder):
    write_genome(folder)
    rows = variants(("chr1", 9001, "A", "G"), ("chr2", 9003, "G", "T"))
    rows = rows.assign(source_id=rows["variant_id"])
    for chrom in ("chr1", "chr2", "chr3"):
        path = folder / f"results/demo/corrected/shards/16384bp/{chrom}.parquet"
        write_table(rows[rows["chrom"] == chrom], path, SHARDS)
    run(folder, "describe_variants", "results/demo/corrected/features.16384bp.parquet")
    path = folder / "results/demo/corrected/features.16384bp.parquet"
    features = read_frame(path, FEATURES)
    assert features["variant_id"].tolist() == rows["variant_id"].tolist()
    assert features["gc_change"].tolist() == [1, -1]
    assert features["gc_content"].between(0.45, 0.55).all()
    assert features["motif_change"].notna().all() and features["fold"].isna().all()


def test_join_control_puts_another_assays_effects_in_the_scores_place(folder):
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


def test_measure_writes_metrics_differences_and_a_verdict_unless_a_gate_fails(folder):
    pairs = write_benchmark(folder)
    results = folder / "results/demo/corrected"
    path = results / "gates/scores.tsv"
    gates = read_tsv(path, GATES)
    write_tsv(gates.assign(verdict="fail"), path, GATES)
    target = "results/demo/corrected/metrics.tsv"
    words = said(run(folder, "measure", target, check=False))
    where = "results/demo/corrected/gates/scores.tsv"
    assert f"ERROR: {where}: gates score_provenance fails: " in words
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
    verdict = read_tsv(results / "verdict.tsv", VERDICTS).set_index("stratum")
    assert verdict.loc["all_pairs", "value"] == row["value"]
    assert verdict.loc["all_pairs", "answer"] == "agreement"
    assert verdict["is_reportable"].all()


def test_compare_protocols_compares_on_shared_pairs_alone(folder):
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


def test_climb_ladder_and_draw_ladder_go_step_by_step(folder):
    names = ["published", *(f"ladder.{each}" for each in STEPS), "corrected"]
    for place, name in enumerate(names):
        pairs = write_benchmark(folder, name)
        noise = np.random.default_rng(place).normal(size=len(pairs))
        effect = pairs["p_value"] if place == 0 else pairs["effect"]
        pairs = pairs.assign(raw=pairs["raw"] + (5 - place) * noise, effect=effect)
        write_table(pairs, folder / f"results/demo/{name}/pairs.parquet", PAIRS)
    for name in (names[0], names[-1]):
        verdict = {"stratum": ["lead_per_feature", "all_pairs"], "protocol": name}
        verdict = pd.DataFrame(verdict).assign(is_reportable=name == "corrected")
        write_tsv(verdict, folder / f"results/demo/{name}/verdict.tsv", VERDICTS)
    figure = "results/demo/figures/ladder.png"
    run(folder, "climb_ladder draw_ladder", "results/demo/ladder.tsv", figure)
    ladder = read_tsv(folder / "results/demo/ladder.tsv", LADDER)
    # Here all REFs are right, and a variant has one feature.
    steps = ["published", *STEPS, "flanks", "lead", "indels"]
    assert ladder["name"].unique().tolist() == steps
    told = ladder.drop_duplicates("name")["is_reportable"]
    assert told.iloc[[0, -1]].tolist() == [False, True]
    assert told.iloc[1:-1].isna().all()
    rho = ladder[ladder["metric"] == "spearman"].set_index("name")
    assert rho["n"].iloc[:6].unique() == [120]
    # One variant a feature.
    assert rho.loc["lead", "n"] == rho.loc["lead", "n_variants"] == 40
    first = rho["difference"].isna()
    assert first.tolist() == [True] + [False] * (len(steps) - 1)
    assert (folder / figure).stat().st_size > 5_000


def test_compare_windows_asks_for_a_sample_at_another_window(folder):
    write_genome(folder, SEQUENCE * 8)
    rng = np.random.default_rng(1)
    positions = 80_001 + 8 * rng.choice(1_000, 40, replace=False)
    rows = variants(*(("chr1", pos, "A", "G") for pos in positions))
    # Too near to an end for a longer window to be centred.
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
    # A score of a centre mask is local.
    assert windows["raw"].abs().gt(0).any()
    assert windows["other_raw"].tolist() == pytest.approx(windows["raw"].tolist())


def test_export_scores_writes_what_bcftools_and_browsers_read(folder):
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
