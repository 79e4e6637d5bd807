"""Rules that plan, request and look up predictions, run one by one on small inputs."""

import itertools
import json

import grpc
import numpy as np
import pandas as pd
import pysam
import pytest
from endobench.core.columns import (
    ANSWERS,
    BUDGET,
    DROPPED,
    EXCHANGED,
    FAILURES,
    SCORE_TABLE,
    SHARDS,
    TRACKS,
    WINDOWS,
)
from endobench.core.tables import read_frame, read_tsv, write_table, write_tsv
from endobench.model.standin import motif_model
from endobench.model.standin import server as standin
from one_rule import (
    SEQUENCE,
    run,
    variants,
    write_genome,
)
from workflow import SMALL, said, snakemake, write_config, write_sheet

# demo_expression has a scoring with this window, too.
DATASETS = ["demo", "demo_dsqtls", "demo_expression"]
SMALL_CHROMS = ("chr1", "chr2", "chr3")


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
    # Each again at the end, as there are fewer than twenty, and each with REF and ALT
    # exchanged.
    assert budget["n_calls"].tolist() == [2 + 2 + 2, 0, 0]
    assert budget["model"].unique() == ["standin/x"]


def test_list_tracks_trusts_the_configured_authority(folder, authority):
    genome = write_genome(folder)
    pysam.faidx(str(genome))
    pair = tuple(path.read_bytes() for path in authority.issue())
    server, port = standin.start_server(
        motif_model.MotifModel(genome),
        "localhost:0",
        credentials=grpc.ssl_server_credentials([pair]),
    )
    service = {"service": "address", "address": f"localhost:{port}"}
    write_config(folder, "untrusting.yaml", SMALL, **service)
    write_config(
        folder, "mine.yaml", SMALL, **service, tls_ca=str(authority.certificate)
    )
    target = "results/tracks/model.parquet"
    try:
        result = run(
            folder,
            "list_tracks",
            target,
            "--configfile",
            "untrusting.yaml",
            check=False,
        )
        assert result.returncode != 0
        assert "over TLS: its certificate is not trusted" in result.stderr
        assert not (folder / target).exists()
        run(folder, "list_tracks", target, "--configfile", "mine.yaml")
    finally:
        server.stop(grace=0).wait()
    assert len(read_frame(folder / target, TRACKS)) == 8


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
    exchanged = read_tsv(folder / "results/scores/16384bp.exchanged.tsv", EXCHANGED)
    assert len(exchanged) == 20
    assert set(exchanged["variant_id"]) <= set(rows["variant_id"])
    assert exchanged["raw"].abs().gt(0).any()
    assert exchanged["exchanged_raw"].tolist() == pytest.approx(-exchanged["raw"])
    # A second run remembers all of it.
    budget = folder / "results/budget/16384bp.tsv"
    budget.unlink()
    run(folder, "plan_requests", "results/budget/16384bp.tsv", "--notemp")
    assert read_tsv(budget, BUDGET)["n_calls"].sum() == 0


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
    lost = [["scores", "several_scores", "chr2_5_A_G_b38", 9, "1.0"]]
    lost = pd.DataFrame(lost, columns=DROPPED.names)
    write_tsv(lost, folder / "results/tables/mine.dropped.tsv", DROPPED)
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
    [missing] = read_tsv(failures, FAILURES).to_dict("records")
    assert missing["variant_id"] == "chr2_5_A_G_b38"
    assert missing["grpc_status"] == "SEVERAL_SCORES"


def test_tables_of_one_model_are_declared_as_its_windows(folder):
    rows, here = [], variants(("chr1", 5, "A", "G"), ("chr2", 7, "C", "T"))
    for window_bp in (2048, 16_384, 131_072):
        name = f"mine_{window_bp}"
        row = {"name": name, "kind": "scores", "format": "scores", "build": "GRCh38"}
        rows.append(row | {"location": f"{name}.tsv", "effect_allele": "ALT"})
        (folder / f"{name}.tsv").write_text("variant_id\tscore\n")
        # Means over the whole window.
        table = here.assign(score=[1 / window_bp, -2 / window_bp], source_id=None)
        write_table(table, folder / f"results/tables/{name}.parquet", SCORE_TABLE)
    changes = {
        "service": "table",
        "scores": "mine_16384",
        "score_windows": {
            131_072: "mine_131072",
            16_384: "mine_16384",
            2048: "mine_2048",
        },
        **write_sheet(folder, *rows),
    }
    write_config(folder, "table.yaml", SMALL, **changes)
    target = "results/tables/mine_16384.windows.tsv"
    run(folder, "compare_tables", target, "--configfile", "table.yaml")
    windows = read_tsv(folder / target, WINDOWS)
    assert windows["window_bp"].unique() == [16_384]
    assert windows["other_window_bp"].tolist() == [2048, 2048, 131_072, 131_072]
    ratio = windows["other_raw"] / windows["raw"]
    assert ratio.tolist() == pytest.approx([8, 8, 1 / 8, 1 / 8])
    # The gate on dilution reads this table.
    plan = snakemake(
        folder,
        "-n",
        "results/demo/corrected/gates/scores.tsv",
        "--configfile",
        "table.yaml",
    )
    assert target in said(plan)
