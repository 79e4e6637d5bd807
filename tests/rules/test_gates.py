"""Rules that check every input, run one by one on small inputs."""

import numpy as np
import pandas as pd
import pytest
from drawings import gates_of as gates_frame
from endobench.core.columns import (
    ANSWERS,
    BENCHMARK_DROPPED,
    CONTROL_PAIRS,
    DROPPED,
    EFFECTS,
    EXCHANGED,
    GATES,
    GENES,
    ORIGINALS,
    PAIRS,
    PARTS,
    TRACKS,
    VARIANTS,
    WINDOWS,
)
from endobench.core.tables import read_tsv, write_table, write_tsv
from endobench.design.gates import gates_of
from frames import benchmark, variants_of
from one_rule import (
    SEQUENCE,
    run,
    variants,
    write_benchmark,
    write_gates,
    write_genes,
    write_genome,
)
from workflow import SMALL, said, snakemake, write_config


def write_tables(folder, effects, peaks, protocol="corrected", **tables):
    """Write what the rule `check_tables` reads; return the folder of its verdicts."""
    results = folder / f"results/demo/{protocol}"
    pairs = benchmark()[0]
    where = variants_of(*effects["variant_id"])
    write_table(
        effects.reindex(columns=EFFECTS.names), results / "effects.parquet", EFFECTS
    )
    write_table(tables.get("variants", where), results / "variants.parquet", VARIANTS)
    nothing = pd.DataFrame(columns=DROPPED.names)
    write_table(nothing, results / "dropped/variants.parquet", DROPPED)
    control = tables.get("control", pairs.assign(control_feature="peak"))
    write_table(control, results / "control.parquet", CONTROL_PAIRS)
    for placement in ("lifted", "as_given"):
        path = folder / f"results/intervals/demo_peaks.{placement}.bed"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join("\t".join(map(str, row)) + "\n" for row in peaks))
    write_genes(folder)
    return f"results/demo/{protocol}/gates"


PEAK = [("chr1", 100, 200)]


def test_check_tables_measures_every_gate_without_ending_the_run(folder):
    effects = benchmark()[0]
    as_p_value = effects.assign(effect=effects["p_value"])
    paths = [
        write_tables(folder, frame, PEAK, protocol)
        for protocol, frame in (("corrected", effects), ("published", as_p_value))
    ]
    run(folder, "check_tables", *(f"{path}/effects.tsv" for path in paths))
    corrected, published = (
        read_tsv(folder / path / "effects.tsv", GATES).set_index("gate")
        for path in paths
    )
    for gates in (corrected, published):
        assert list(gates.index) == [gate.name for gate in gates_of("effects")]
        assert gates["stage"].unique() == ["effects"]
        assert gates.loc["effect_signs", ["warn", "fail"]].tolist() == [0.2, 0.05]
    assert corrected.loc["effect_signs", "verdict"] == "pass"
    assert corrected.loc["effect_p_agreement", "verdict"] == "fail"
    assert published.loc["effect_signs", "verdict"] == "fail"
    assert corrected["is_enforced"].all() and not published["is_enforced"].any()


def test_check_original_lists_what_every_effect_is_in_the_original(folder):
    effects = benchmark()[0].reindex(columns=EFFECTS.names)
    effects = effects.assign(p_value=effects["p_value"].round(9))
    where = variants_of(*effects["variant_id"])
    theirs = folder / "results/originals/demo_replicate"
    write_table(effects, f"{theirs}.effects.parquet", EFFECTS)
    write_table(where, f"{theirs}.variants.parquet", VARIANTS)
    ours = effects.assign(effect=effects["p_value"])
    results = folder / "results/demo/corrected"
    write_table(ours, results / "effects.parquet", EFFECTS)
    write_table(where, results / "variants.parquet", VARIANTS)
    datasets = [SMALL["datasets"][0] | {"original": "demo_replicate"}]
    write_config(folder, "mine.yaml", SMALL, datasets=datasets)
    path = "results/demo/corrected/gates/original.tsv"
    config = ("--configfile", "mine.yaml")
    run(folder, "check_original", path, *config)
    gates = read_tsv(folder / path, GATES).set_index("gate")
    assert list(gates.index) == [gate.name for gate in gates_of("original")]
    assert gates.loc["original_effects", "verdict"] == "fail"
    assert "but its p value" in gates.loc["original_effects", "evidence"]
    rows = read_tsv(results / "original.tsv.gz", ORIGINALS)
    assert len(rows) == len(effects)
    assert rows["original"].unique() == ["demo_replicate"]
    assert (rows["effect"] == rows["original_p_value"]).all()
    assert (rows["equals"] == "p value").mean() > 0.95
    # The gate stops a run before any call, and other datasets have no such stage.
    for base, is_asked in (((), False), (config, True)):
        plan = snakemake(folder, "-n", "results/demo/corrected/in_peaks.parquet", *base)
        assert ("check_original" in said(plan)) == is_asked


def test_check_tables_compares_peaks_with_shifted_peaks(folder):
    positions = np.random.default_rng(1).integers(1_000_000, 2_000_000, 200)
    rows = variants(*(("chr1", pos, "A", "G") for pos in positions))
    peaks = [("chr1", pos - 200, pos + 200) for pos in rows["pos"]]
    path = write_tables(folder, benchmark()[0], peaks, variants=rows)
    run(folder, "check_tables", f"{path}/peaks.tsv")
    gates = read_tsv(folder / path / "peaks.tsv", GATES).set_index("gate")
    assert list(gates.index) == [gate.name for gate in gates_of("peaks")]
    # A single chromosome cannot be compared with others.
    assert gates.pop("verdict").drop("peak_parts").unique() == ["pass"]
    assert gates.loc["peak_enrichment", "value"] > 2
    assert "200 of 200 variants in peaks" in gates.loc["peak_enrichment", "evidence"]


def test_check_tables_compares_a_control_with_the_effects(folder):
    pairs = benchmark()[0]
    control = pairs.assign(raw=-2 * pairs["effect"], control_feature="peak")
    path = write_tables(folder, pairs, PEAK, control=control)
    run(folder, "check_tables", f"{path}/control.tsv")
    gates = read_tsv(folder / path / "control.tsv", GATES).set_index("gate")
    assert list(gates.index) == [gate.name for gate in gates_of("control")]
    assert gates.loc["control_values", "verdict"] == "fail"
    assert gates.loc["control_features", "verdict"] == "pass"


def test_without_a_control_no_gate_of_one_is_judged(folder):
    path = write_tables(folder, benchmark()[0], PEAK)
    (folder / "results/demo/corrected/control.parquet").unlink()
    write_config(folder, "mine.yaml", SMALL)
    config = ("--configfile", "mine.yaml")
    run(folder, "check_tables", f"{path}/control.tsv", *config)
    assert read_tsv(folder / path / "control.tsv", GATES).empty
    assert len(read_tsv(folder / path / "peaks.tsv", GATES))


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


def test_check_scores_checks_model_tracks_and_samples_of_the_scores(folder):
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
    # Scores that stay when REF and ALT are exchanged.
    exchanged = windows.assign(exchanged_raw=raw).reindex(columns=EXCHANGED.names)
    write_tsv(exchanged, folder / "results/scores/16384bp.exchanged.tsv", EXCHANGED)
    write_tsv(tracks.iloc[:1], folder / "results/tracks/K562.tsv", TRACKS)
    # The model answers again what it answered, but for two of 20 variants.
    pairs = pairs.assign(reduction="mean")
    write_table(pairs, folder / "results/demo/corrected/pairs.parquet", PAIRS)
    scored = pairs.drop_duplicates("variant_id").head(20)
    again = scored[["variant_id", "scorer", "model"]].assign(
        raw=[[value, 0.0] for value in [9.0, 9.0, *scored["raw"].iloc[2:]]]
    )
    path = folder / "results/scores/16384bp.again.parquet"
    write_table(again.reindex(columns=ANSWERS.names), path, ANSWERS)
    path = "results/demo/corrected/gates/scores.tsv"
    (folder / path).unlink()
    (folder / "results/demo/corrected/parts.tsv").unlink()
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
    exchange = gates.loc["allele_exchange"]
    assert exchange[["verdict", "value", "n"]].tolist() == ["fail", 1, 20]
    recheck = gates.loc["score_recheck"]
    assert recheck[["verdict", "value", "n"]].tolist() == ["fail", 0.1, 20]
    parts = read_tsv(folder / "results/demo/corrected/parts.tsv", PARTS)
    assert set(parts["against"]) == {"scores", "control", "sequence"}
    assert {"chromosome", "kind of variant"} <= set(parts["division"])
    assert gates.loc["part_agreement", "n"] == (parts["against"] == "scores").sum()


def test_gather_gates_shows_all_stages_of_all_benchmarks(folder):
    expected = gates_frame(["corrected", "published"])
    # Only scores of genes have verdicts of that stage, and only effects with an original.
    expected = expected[~expected["stage"].isin(["original", "genes"])]
    expected = expected.reset_index(drop=True)
    write_gates(folder, expected)
    run(folder, "gather_gates", "results/demo/gates.tsv")
    found = read_tsv(folder / "results/demo/gates.tsv", GATES)
    # By protocol, in the order of the stages.
    keys = ["protocol", "stage", "gate", "verdict", "value", "evidence"]
    assert found[keys].fillna(-1).values.tolist() == (
        expected[keys].fillna(-1).values.tolist()
    )
    assert found["is_accepted"].tolist() == expected["is_accepted"].tolist()


GENE_CONFIG = {
    "datasets": [{"name": "genes", "effects": "demo_expression", "peaks": "none"}],
    "protocol": "corrected",
    "scorer": ["RNA_SEQ", "RNA_SEQ_ACTIVE"],
    "window_bp": 131_072,
    "track_set": "tissue",
    "track_sets": {"liver": ["gtex:Liver"]},
    "mismatched_track_set": "none",
}


def write_gene_benchmark(folder, n_variants=60):
    """Write a benchmark of variants with two genes each, whose pairs are of the first."""
    rng = np.random.default_rng(7)
    tissues = ["Liver", "Whole_Blood"]
    ids = [f"chr1_{1_000_000 + 9_000 * n}_A_G_b38" for n in range(n_variants)]
    genes = [
        [f"ENSG{2 * n + which:05d}" for which in (0, 1)] for n in range(n_variants)
    ]
    raw = rng.normal(size=(n_variants, 2, 2)).astype("f4")
    first = pd.DataFrame({"variant_id": ids, "feature_id": [each[0] for each in genes]})
    pairs = first.assign(
        source_id=ids,
        source_line=range(n_variants),
        scored_gene=first["feature_id"],
        effect=raw[:, 0, 1].astype(float),
        raw=raw[:, 0, 1].astype(float),
        p_value=rng.uniform(size=n_variants),
        window_bp=131_072,
        shift_bp=0,
        scorer="RNA_SEQ",
        model="standin/x",
    )
    results = folder / "results/genes/corrected"
    write_table(pairs, results / "pairs.parquet", PAIRS)
    lost = pd.DataFrame([{"stage": "predict", "reason": "gene_not_in_window"}] * 20)
    lost = lost.assign(variant_id=ids[0], value="ENSG99999", model="standin/x")
    write_tsv(lost, results / "dropped.tsv.gz", BENCHMARK_DROPPED)
    answers = pd.concat(
        pd.DataFrame(
            {
                "variant_id": np.repeat(ids, 2),
                "feature_id": np.ravel(genes),
                "scorer": scorer,
                "raw": list(values.reshape(-1, 2)),
            }
        )
        for scorer, values in (("RNA_SEQ", raw), ("RNA_SEQ_ACTIVE", np.abs(raw) / 99))
    )
    answers = answers.assign(model="standin/x", route="model", window_bp=131_072)
    for chrom in ("chr1", "chr2", "chr3"):
        rows = answers if chrom == "chr1" else answers.iloc[:0]
        rows = rows.reindex(columns=ANSWERS.names)
        write_table(rows, folder / f"results/scores/131072bp/{chrom}.parquet", ANSWERS)
    tracks = pd.DataFrame(
        {
            "track": tissues,
            "gtex_tissue": tissues,
            "output": "RNA_SEQ.genes",
            "position": [0, 1],
            "model": "standin/x",
        }
    )
    write_table(tracks, folder / "results/tracks/model.parquet", TRACKS)
    write_tsv(tracks.iloc[1:], folder / "results/tracks/tissue.genes.tsv", TRACKS)
    places = [
        1_000_000 + 9_000 * n + 500 * which
        for n in range(n_variants)
        for which in (0, 1)
    ]
    annotation = pd.DataFrame(
        {
            "gene_id": np.ravel(genes),
            "chrom": "chr1",
            "strand": np.tile(["+", "-", "-", "+"], n_variants // 2),
            "start": places,
            "end": [each + 200 for each in places],
            "tss": [[each] for each in places],
            "exon_start": [[each] for each in places],
            "exon_end": [[each + 200] for each in places],
        }
    )
    write_table(annotation, folder / "results/intervals/genes.parquet", GENES)
    return pairs, raw


def check_genes(folder):
    path = "results/genes/corrected/gates/genes.tsv"
    (folder / path).unlink(missing_ok=True)
    run(folder, "check_genes", path, "--configfile", "genes.yaml")
    return read_tsv(folder / path, GATES).set_index("gate")


def test_check_genes_tells_the_own_gene_and_tissue_from_others(folder):
    write_config(folder, "genes.yaml", **GENE_CONFIG)
    pairs, raw = write_gene_benchmark(folder)
    gates = check_genes(folder)
    assert list(gates.index) == [gate.name for gate in gates_of("genes")]
    verdicts = gates["verdict"]
    for gate in ("own_gene", "own_tissue", "gene_tracks", "strand_orientation"):
        assert verdicts[gate] == "pass", gates.loc[gate, "evidence"]
    # 20 of 80 pairs have their gene elsewhere.
    assert gates.loc["gene_coverage", "value"] == 0.75
    # A hundredth of a mean coverage is little.
    assert gates.loc["low_expression", "value"] > 0.5
    # Effects that follow the other gene, and those that follow the other tissue.
    path = folder / "results/genes/corrected/pairs.parquet"
    of_other = pairs.assign(effect=raw[:, 1, 1].astype(float))
    write_table(of_other, path, PAIRS)
    assert check_genes(folder).loc["own_gene", "verdict"] == "fail"
    of_liver = pairs.assign(effect=raw[:, 0, 0].astype(float))
    write_table(of_liver, path, PAIRS)
    assert check_genes(folder).loc["own_tissue", "verdict"] == "fail"
