"""One rule each, on input small enough to be read."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest
from endobench.columns import (
    ANSWERS,
    BUDGET,
    DROPPED,
    EFFECTS,
    FAILURES,
    METRICS,
    PAIRS,
    SHARDS,
    TRACKS,
    VARIANTS,
    WATERFALL,
)
from endobench.tables import read_frame, read_tsv, write_table, write_tsv
from workflow import checkout, said, snakemake

# A genome in which the variants below have their REF.
SEQUENCE = "ACGTTGCA" * 3_000
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


def run(folder, rule, *targets):
    """Run one rule, taking its input as it lies there."""
    only = ("--allowed-rules", rule, "--rerun-triggers", "mtime")
    return snakemake(folder, *targets, *only)


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
    intervals = folder / "results/intervals"
    intervals.mkdir()
    (intervals / "demo_peaks.GRCh38.bed").write_text("chr1\t100\t200\n")
    (intervals / "demo_blacklist.GRCh38.bed").write_text("chr9\t1\t2\n")
    run(folder, "select_in_peaks", "results/demo/corrected/in_peaks.parquet")
    kept = read_frame(results / "in_peaks.parquet", VARIANTS)
    assert kept["pos"].tolist() == [101]
    dropped = read_frame(results / "dropped/peaks.parquet", DROPPED)
    assert dropped["reason"].tolist() == ["outside_peaks"]


def test_prepare_sequences_checks_and_shards_with_an_empty_chromosome(folder):
    genome = folder / "resources/genomes/demo_genome.fa"
    genome.parent.mkdir(parents=True)
    genome.write_text("".join(f">chr{n}\n{SEQUENCE}\n" for n in (1, 2, 3)))
    length = len(SEQUENCE)
    lines, offset = [], 0
    for number in (1, 2, 3):
        offset += 6
        lines.append(f"chr{number}\t{length}\t{offset}\t{length}\t{length + 1}\n")
        offset += length + 1
    genome.with_name("demo_genome.fa.fai").write_text("".join(lines))
    rows = variants(("chr1", 9001, "A", "G"), ("chr2", 9003, "G", "GA"))
    many = [("chr1", 8001 + 8 * number, "A", "T") for number in range(60)]
    rows = pd.concat([rows, variants(*many), variants(("chr2", 9002, "G", "T"))])
    results = folder / "results/demo/corrected"
    write_table(rows, results / "in_peaks.parquet", VARIANTS)
    run(folder, "prepare_sequences", "results/demo/corrected/shards/chr1.parquet")
    shards = [read_frame(results / f"shards/chr{n}.parquet", SHARDS) for n in (1, 2, 3)]
    assert [len(shard) for shard in shards] == [61, 1, 0]
    window = shards[0]["window_end"] - shards[0]["window_start"]
    assert window.unique() == [16_384]
    dropped = read_frame(results / "dropped/sequences.parquet", DROPPED)
    assert dropped["variant_id"].tolist() == ["chr2_9002_G_T_b38"]


def test_plan_requests_says_what_a_run_will_ask_for_and_asks_nothing(folder):
    rows = variants(("chr1", 9001, "A", "G"), ("chr1", 9009, "A", "T"))
    rows = rows.assign(window_start=0, shift_bp=0)
    for chrom in ("chr1", "chr2", "chr3"):
        path = folder / f"results/demo/corrected/shards/{chrom}.parquet"
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


def test_merge_and_measure_account_for_every_row(folder):
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
        ("sequences", nothing),
    ):
        write_table(frame, results / f"dropped/{stage}.parquet", DROPPED)
    asked = pd.DataFrame(
        {"variant_id": ids[:6] + ids[7:], "source_id": ids[:6] + ids[7:]}
    )
    tracks = pd.DataFrame(
        {
            "track": ["one", "two"],
            "ontology_curie": ["CL:0000001", "EFO:0002067"],
            "output": "DNASE",
            "position": [0, 1],
            "model": "standin/x",
        }
    )
    write_table(tracks, folder / "results/tracks/model.parquet", TRACKS)
    run(folder, "select_tracks", "results/tracks/K562.tsv")
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
            results / f"shards/{chrom}.parquet",
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
    failures = read_tsv(results / "failures.tsv", FAILURES)
    assert failures["variant_id"].tolist() == [ids[7]]
    waterfall = read_tsv(results / "waterfall.tsv", WATERFALL)
    counts = dict(zip(waterfall["reason"], waterfall["n_pairs"], strict=True))
    assert counts == {
        **{"all rows": 9, "outside_peaks": 1, "prediction_failed": 1},
        "scored pairs": 7,
    }
    run(folder, "measure", "results/demo/corrected/metrics.tsv")
    metrics = read_tsv(results / "metrics.tsv", METRICS)
    whole = metrics[metrics["stratum"] == "all_pairs"].set_index("metric")
    assert whole.loc["spearman", "n"] == 7
    assert whole.loc["spearman", "n_variants"] == 6
