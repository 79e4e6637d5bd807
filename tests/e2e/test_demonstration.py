import gzip
import json
import shutil

import pandas as pd
import psutil
import pytest
import yaml
from endobench import standin
from endobench.columns import METRICS, PAIRS, SUMMARY, WATERFALL
from endobench.tables import read_frame, read_tsv
from workflow import checkout, said, snakemake

pytestmark = pytest.mark.xdist_group("demonstration")

BENCHMARKS = [("demo", "corrected"), ("demo", "published")]


def whole(folder, stratum="all_pairs"):
    summary = read_tsv(folder / "results/summary.tsv", SUMMARY)
    return summary[summary["stratum"] == stratum].set_index("protocol")


def test_corrected_finds_what_was_planted_and_published_finds_nothing(demonstration):
    summary = whole(demonstration)
    assert summary.loc["corrected", "spearman_ci_low"] > 0.3
    assert abs(summary.loc["published", "spearman"]) < 0.1
    assert summary.loc["corrected", "sign_agreement"] > 0.6
    truth = json.loads((demonstration / "resources/simulated/truth.json").read_text())
    planted = truth["spearman_of_true_change_and_slope"]
    # The stand-in sees the genome and no answers, so it stays below the truth.
    assert summary.loc["corrected", "spearman"] < planted + 0.1


def test_simulated_table_is_large_enough_and_holds_indels(demonstration):
    pairs = pd.read_csv(demonstration / "resources/simulated/pairs.txt.gz", sep="\t")
    alleles = pairs.drop_duplicates("variant_id")["variant_id"].str.split("_")
    is_indel = alleles.map(lambda parts: len(parts[2]) != len(parts[3]))
    assert len(alleles) >= 1_500
    assert is_indel.sum() >= 50
    assert pairs.groupby("variant_id")["gene_id"].nunique().max() > 1


@pytest.mark.parametrize(("dataset", "protocol"), BENCHMARKS)
def test_kept_and_dropped_add_up_to_the_source(demonstration, dataset, protocol):
    waterfall = read_tsv(
        demonstration / f"results/{dataset}/{protocol}/waterfall.tsv", WATERFALL
    )
    with gzip.open(demonstration / "resources/simulated/pairs.txt.gz", "rt") as file:
        n_rows = sum(1 for _ in file) - 1
    assert waterfall["stage"].iloc[0] == "input"
    assert waterfall["n_pairs"].iloc[0] == n_rows
    assert waterfall["n_pairs"].iloc[1:].sum() == n_rows


def test_faults_of_the_table_are_dropped_with_a_reason(demonstration):
    reasons = read_tsv(
        demonstration / "results/demo/corrected/waterfall.tsv", WATERFALL
    ).set_index("reason")["n_pairs"]
    assert reasons["ref_mismatch"] >= 1
    assert reasons["effect_missing"] == 5
    assert reasons["chromosome_not_requested"] == 5
    lifted = pd.read_csv(
        demonstration / "results/intervals/demo_peaks.GRCh38.dropped.tsv", sep="\t"
    )
    assert set(lifted["reason"]) >= {"unmapped"}


def test_everything_the_stand_in_touched_says_so(demonstration):
    for protocol in ("corrected", "published"):
        folder = demonstration / "results/demo" / protocol
        pairs = read_frame(folder / "pairs.parquet", PAIRS)
        assert pairs["model"].str.startswith("standin").all()
        for name, schema in (("metrics.tsv", METRICS), ("waterfall.tsv", WATERFALL)):
            assert (
                read_tsv(folder / name, schema)["model"].str.startswith("standin").all()
            )
    assert whole(demonstration)["model"].str.startswith("standin").all()
    manifest = json.loads((demonstration / "results/manifest.json").read_text())
    assert manifest["is_standin"]


def test_the_studys_five_files_are_there(demonstration):
    folder = demonstration / "results/demo/published/study"
    predictions = pd.read_csv(folder / "alphagenome_eqtl_predictions.csv")
    assert list(predictions.columns)[:6] == [
        "variant_id",
        "gene_id",
        "slope",
        "ref_score",
        "alt_score",
        "delta_pred",
    ]
    # The study's "slope" is the p value.
    assert predictions["slope"].between(0, 1).all()
    delta = predictions["alt_score"] - predictions["ref_score"]
    assert (delta - predictions["delta_pred"]).abs().max() < 1e-5
    names = pd.read_csv(folder / "gtex_eqtls.bed", sep="\t", header=None)[3]
    assert (names.str.count(":") == 4).all()
    assert "spearman" in (folder / "alphagenome_vs_gtex_benchmark.txt").read_text()
    assert (folder / "scatter_plot.png").stat().st_size > 10_000
    assert (folder / "filtered_eqtls_in_k562_dhs.bed").stat().st_size


def test_manifest_names_inputs_versions_config_and_counts(demonstration):
    manifest = json.loads((demonstration / "results/manifest.json").read_text())
    inputs = manifest["inputs"]
    assert len(inputs["demo_pairs"]["sha256"]) == 64
    assert manifest["versions"]["alphagenome"]
    assert manifest["config"]["window_bp"] == 16384
    assert manifest["counts"]["demo/corrected"][-1]["stage"] == "kept"


def test_second_run_has_nothing_to_do(demonstration):
    assert "Nothing to be done" in said(snakemake(demonstration))


def test_touching_every_script_reruns_nothing(demonstration):
    for path in (demonstration / "scripts").rglob("*.py"):
        path.touch()
    for path in (demonstration / "rules").glob("*.smk"):
        path.touch()
    assert "Nothing to be done" in said(snakemake(demonstration, "--dry-run"))


def test_a_changed_module_reruns_what_imports_it_and_asks_nothing_again(demonstration):
    module = demonstration / "scripts/endobench/engine.py"
    source = module.read_text()
    journals = sorted((demonstration / "resources/journal").rglob("*.journal"))
    sizes = [path.stat().st_size for path in journals]
    try:
        module.write_text(source + "\n# changed\n")
        plan = said(snakemake(demonstration, "--dry-run", "--quiet", "rules"))
        plan += said(snakemake(demonstration, "--dry-run"))
        assert "predict" in plan
        assert "rule read_effects:" not in plan
        snakemake(demonstration)
        again = sorted((demonstration / "resources/journal").rglob("*.journal"))
        assert again == journals
        assert [path.stat().st_size for path in again] == sizes
    finally:
        module.write_text(source)
        snakemake(demonstration)


def test_another_server_of_the_protocol_changes_nothing_else(demonstration, tmp_path):
    folder = checkout(tmp_path)
    for part in ("simulated",):
        shutil.copytree(demonstration / "resources" / part, folder / "resources" / part)
    with standin.running(folder / "resources/simulated/genome.fa") as address:
        config = yaml.safe_load((folder / "config/config.yaml").read_text())
        config |= {"service": "address", "address": address, "tls": False}
        config["protocol"] = "corrected"
        (folder / "address.yaml").write_text(yaml.safe_dump(config))
        snakemake(folder, "--configfile", "address.yaml")
    pairs = [
        read_frame(each / "results/demo/corrected/pairs.parquet", PAIRS)
        for each in (demonstration, folder)
    ]
    pd.testing.assert_frame_equal(*pairs)


def test_a_table_of_scores_joins_like_a_model(demonstration, tmp_path):
    folder = checkout(tmp_path)
    shutil.copytree(
        demonstration / "resources/simulated", folder / "resources/simulated"
    )
    pairs = read_frame(demonstration / "results/demo/corrected/pairs.parquet", PAIRS)
    scores = pairs.drop_duplicates("variant_id")[["variant_id", "raw"]]
    scores.columns = ["variant_id", "score"]
    scores.to_csv(folder / "scores.tsv", sep="\t", index=False)
    sheet = folder / "config/datasets.tsv"
    header = sheet.read_text().splitlines()[0].split("\t")
    row = dict.fromkeys(header, "") | {
        **{"name": "mine", "kind": "scores", "format": "scores", "build": "GRCh38"},
        **{"location": "scores.tsv", "sign": "ALT minus REF", "licence": "none"},
    }
    sheet.write_text(sheet.read_text() + "\t".join(row[key] for key in header) + "\n")
    config = yaml.safe_load((folder / "config/config.yaml").read_text())
    config |= {"service": "table", "scores": "mine", "protocol": "corrected"}
    (folder / "table.yaml").write_text(yaml.safe_dump(config))
    snakemake(folder, "--configfile", "table.yaml")
    ours, theirs = whole(folder), whole(demonstration)
    assert ours.loc["corrected", "n_pairs"] == theirs.loc["corrected", "n_pairs"]
    assert ours.loc["corrected", "spearman"] == pytest.approx(
        theirs.loc["corrected", "spearman"], abs=1e-6
    )
    assert ours.loc["corrected", "model"] == "table/mine"


def test_the_report_is_made_offline(demonstration):
    snakemake(demonstration, "--report", "report.html")
    assert (demonstration / "report.html").stat().st_size > 100_000


def test_the_stand_in_leaves_no_process_behind(demonstration):
    left = [
        process.info["cmdline"]
        for process in psutil.process_iter(["cmdline", "cwd"])
        if "endobench.standin" in (process.info["cmdline"] or [])
        and process.info["cwd"] == str(demonstration)
    ]
    assert left == []
