"""Rules that join effects with scores, run one by one on small inputs."""

import json

import numpy as np
import pandas as pd
from endobench.core.columns import (
    ANNOTATIONS,
    ANSWERS,
    CONTROL_PAIRS,
    DROPPED,
    EFFECTS,
    FAILURES,
    GENES,
    MEASURED_TABLE,
    PAIRS,
    REPLICATE_TABLE,
    REPLICATES,
    SHARDS,
    TRACKS,
    VARIANTS,
    WATERFALL,
)
from endobench.core.tables import read_frame, read_tsv, write_table, write_tsv
from one_rule import (
    run,
    variants,
    write_genome,
)
from workflow import said

SETS = ["K562", "HepG2"]


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
    write_table(GENES.empty_table(), folder / "results/intervals/genes.parquet", GENES)
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
            "feature_id": ["ENSG00000000001.1", "g2", "g1"],
            "effect": [0.5, -0.5, 0.25],
            "source_line": [2, 3, 4],
        }
    )
    write_table(effects, results / "effects.parquet", EFFECTS)
    # With REF and ALT exchanged.
    table = variants(("chr1", 9001, "G", "A")).assign(score=0.75)
    path = folder / "results/tables/demo_dsqtls.parquet"
    write_table(table, path, MEASURED_TABLE)
    # Another version of the gene; the same alleles.
    other = rows[:1].assign(
        source_id=rows["variant_id"], feature_id="ENSG00000000001.9", score=0.5
    )
    path = folder / "results/replicates/demo_replicate.parquet"
    write_table(other, path, REPLICATE_TABLE)
    records = folder / "resources/downloads"
    records.mkdir(parents=True, exist_ok=True)
    for place, name in enumerate(("demo_pairs", "demo_dsqtls")):
        (records / f"{name}.json").write_text(json.dumps({"sha256": str(place)}))
    target = "results/demo/corrected/control.parquet"
    run(folder, "join_control", target)
    control = read_frame(results / "control.parquet", CONTROL_PAIRS)
    assert control["feature_id"].tolist() == ["ENSG00000000001.1", "g2"]
    assert control["effect"].tolist() == [0.5, -0.5]
    assert control["raw"].tolist() == [-0.75, -0.75]
    assert control["model"].unique() == ["control/demo_dsqtls"]
    found = read_frame(results / "replicates.parquet", REPLICATES)
    assert found["feature_id"].tolist() == ["ENSG00000000001.1"]
    assert found["replicate_effect"].tolist() == [0.5]
    assert found["replicate"].unique() == ["demo_replicate"]
    # The same file under another name.
    (records / "demo_dsqtls.json").write_text(json.dumps({"sha256": "0"}))
    (folder / target).unlink()
    words = said(run(folder, "join_control", target, check=False))
    assert "ERROR: control demo_dsqtls: its file is a copy of that of the" in words
    assert "Traceback" not in words and not (folder / target).exists()
