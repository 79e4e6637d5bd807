"""Rules that write files for other tools, run one by one on small inputs."""

import json

import numpy as np
import pandas as pd
import pysam
from endobench.core.columns import (
    EFFECTS,
    METRICS,
    PAIRS,
    SCORED_VARIANTS,
    TRACKS,
    VARIANTS,
)
from endobench.core.tables import read_frame, write_table, write_tsv
from endobench.evaluate.measure import measure
from endobench.evaluate.summary import SUMMARY
from frames import benchmark, blocks_of, choices_of
from one_rule import (
    run,
    write_benchmark,
    write_genome,
)
from PIL import Image

CONFIG = ("--configfile", "small.yaml")
INPUTS = ("pairs", "peaks", "blacklist", "ld_blocks", "genome", "genes", "chain")
STUDY = (
    "gtex_eqtls.bed",
    "filtered_eqtls_in_k562_dhs.bed",
    "alphagenome_eqtl_predictions.csv",
    "alphagenome_vs_gtex_benchmark.txt",
)


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


def test_write_manifest_names_the_inputs_the_model_and_the_counts(measured):
    summary = SUMMARY.empty_table()
    write_tsv(summary, measured / "results/summary.tsv", SUMMARY)
    tracks = pd.DataFrame({"track": ["a", "b"]}).reindex(columns=TRACKS.names)
    tracks = tracks.astype({"position": "Int32"})
    write_table(tracks, measured / "results/tracks/model.parquet", TRACKS)
    for name in INPUTS:
        path = measured / f"resources/downloads/demo_{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        record = {"location": f"{name}.txt", "sha256": "ab" * 32, "licence": "CC0-1.0"}
        path.write_text(json.dumps(record | {"build": "GRCh38", "bytes": 1}))
    run(measured, "write_manifest", "results/manifest.json", *CONFIG)
    manifest = json.loads((measured / "results/manifest.json").read_text())
    assert set(manifest["inputs"]) == {f"demo_{name}" for name in INPUTS}
    assert manifest["models"] == ["standin/x"]
    assert manifest["is_standin"]
    assert manifest["n_model_tracks"] == 2
    assert manifest["counts"]["demo/corrected"][-1]["n_pairs"] == 7
    assert manifest["config"]["statistics"]["n_resamples"] == 100
    card = json.loads((measured / "results/card.json").read_text())
    assert card["workflow"]["versions"] == manifest["versions"]


def write_source(results, pairs):
    """Write the variants and the effects that the pairs of a benchmark come from."""
    ids = pairs["variant_id"].drop_duplicates()
    parts = ids.str.split("_", expand=True).iloc[:, :4]
    rows = parts.set_axis(["chrom", "pos", "ref", "alt"], axis=1).assign(variant_id=ids)
    rows = rows.astype({"pos": "int64"})
    write_table(rows, results / "variants.parquet", VARIANTS)
    write_table(rows.iloc[:50], results / "in_peaks.parquet", VARIANTS)
    effects = pairs.reindex(columns=EFFECTS.names)
    effects = effects.assign(source_line=np.arange(2, len(pairs) + 2))
    write_table(effects, results / "effects.parquet", EFFECTS)


def test_write_study_files_writes_the_files_that_the_study_published(folder):
    pairs = write_benchmark(folder, "published")
    results = folder / "results/demo/published"
    write_source(results, pairs)
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


def test_study_files_of_classes_state_and_draw_the_positives(folder):
    pairs, annotations = benchmark(n_features=300, per_feature=1)
    pairs = pairs.assign(model="standin/x")
    results = folder / "results/demo_dsqtls/published"
    write_table(pairs, results / "pairs.parquet", PAIRS)
    write_source(results, pairs)
    # The classes are those of the config.
    choices = choices_of(classes=["p_value", 1e-4, 0.5])
    names = {"dataset": "demo_dsqtls", "protocol": "published"}
    metrics, _ = measure(pairs, annotations, blocks_of(), choices, **names)
    write_tsv(metrics, results / "metrics.tsv", METRICS)
    wanted = f"results/demo_dsqtls/published/study/{STUDY[0]}"
    run(folder, "write_study_files", wanted)
    n_positives = int((pairs["p_value"] <= 1e-4).sum())
    assert 0 < n_positives < len(pairs)
    text = (results / "study" / STUDY[3]).read_text()
    assert f"\nn\t{n_positives}\n" in text and "positives only" in text
    with Image.open(results / "study/scatter_plot.png") as image:
        caption = image.info["Description"]
    assert "All positives: " in caption and f"n = {n_positives}," in caption
