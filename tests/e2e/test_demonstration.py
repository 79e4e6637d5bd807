import contextlib
import gzip
import json
import shutil
import threading

import pandas as pd
import psutil
import pytest
import yaml
from endobench import standin
from endobench.columns import ANSWERS, PAIRS, SUMMARY, WATERFALL
from endobench.tables import read_frame, read_tsv
from workflow import checkout, said, snakemake

KEY = "a-key-that-no-file-may-hold"
BENCHMARKS = [("demo", "corrected"), ("demo", "published")]


def whole(folder, stratum="all_pairs"):
    summary = read_tsv(folder / "results/summary.tsv", SUMMARY)
    return summary[summary["stratum"] == stratum].set_index("protocol")


def test_corrected_finds_what_was_planted_and_published_finds_nothing(demonstration):
    summary = whole(demonstration)
    assert abs(summary.loc["published", "spearman"]) < 0.1
    assert summary.loc["corrected", "sign_agreement"] > 0.6
    pairs = read_frame(demonstration / "results/demo/corrected/pairs.parquet", PAIRS)
    truth = pd.read_csv(
        demonstration / "resources/simulated/true_changes.tsv", sep="\t"
    )
    true_change = pairs["source_id"].map(truth.set_index("variant_id")["delta"])
    planted = true_change.corr(pairs["effect"], method="spearman")
    found = summary.loc["corrected", "spearman"]
    # The stand-in reads the genome and no answers: near the truth, and below it.
    assert planted - 0.1 < found < planted + 0.02


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
    tables = [
        *(demonstration / "results/demo").glob("*/*.tsv*"),
        *(demonstration / "results/demo").glob("*/study/*.csv"),
        *(demonstration / "results/scores").rglob("*.tsv"),
        *(demonstration / "results/tracks").glob("*.tsv"),
    ]
    assert len(tables) >= 2 * 5 + 1 + 2 * 3 + 2
    for path in tables:
        table = pd.read_csv(path, sep="," if path.suffix == ".csv" else "\t")
        assert "model" in table, path
        assert table["model"].str.startswith("standin").all(), path
    for path in (demonstration / "results/scores").rglob("*.parquet"):
        model = read_frame(path, ANSWERS)["model"]
        assert len(model) and model.str.startswith("standin").all(), path
    text = demonstration / "results/demo/published/study"
    text = (text / "alphagenome_vs_gtex_benchmark.txt").read_text()
    assert "model\tstandin" in text
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


def test_another_set_of_tracks_asks_for_nothing_and_hides_no_change(demonstration):
    config = yaml.safe_load((demonstration / "config/config.yaml").read_text())
    config["track_sets"]["other"] = ["EFO:0001187"]
    config["track_set"] = "other"
    config["limits"] = {"max_failed_fraction": 0.02}
    (demonstration / "other.yaml").write_text(yaml.safe_dump(config))
    journals = sorted((demonstration / "resources/journal").rglob("*.journal"))
    sizes = [path.stat().st_size for path in journals]
    try:
        words = said(snakemake(demonstration, "--configfile", "other.yaml"))
        # A limit is checked where the predictions are, whatever else has changed.
        assert words.count("rule predict:") == 6
        assert "variants are remembered, no call" in words
        assert sorted((demonstration / "resources/journal").rglob("*.journal")) == (
            journals
        )
        assert [path.stat().st_size for path in journals] == sizes
    finally:
        snakemake(demonstration)


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


@pytest.fixture(scope="module")
def by_address(demonstration, tmp_path_factory):
    """The demonstration again: another server, rows in another order, and a key."""
    folder = checkout(tmp_path_factory.mktemp("address"))
    shutil.copytree(
        demonstration / "resources/simulated", folder / "resources/simulated"
    )
    source = folder / "resources/simulated/pairs.txt.gz"
    rows = pd.read_csv(source, sep="\t", dtype=str, keep_default_na=False)
    rows = rows.sample(frac=1, random_state=1)
    rows.to_csv(folder / "shuffled.txt", sep="\t", index=False)
    with standin.running(folder / "resources/simulated/genome.fa") as address:
        config = yaml.safe_load((folder / "config/config.yaml").read_text())
        config |= {"service": "address", "address": address, "tls": False}
        config |= {"local": {"demo_pairs": "shuffled.txt"}}
        (folder / "address.yaml").write_text(yaml.safe_dump(config))
        with command_lines() as seen:
            snakemake(folder, "--configfile", "address.yaml", ALPHAGENOME_API_KEY=KEY)
        snakemake(folder, "--configfile", "address.yaml", "--report", "report.html")
    (folder / "command_lines.txt").write_text("\n".join(seen))
    return folder


@contextlib.contextmanager
def command_lines():
    """Collect the command lines of all processes, as any user of the machine can."""
    seen, is_over = set(), threading.Event()

    def watch():
        while not is_over.wait(0.2):
            for process in psutil.process_iter(["cmdline"]):
                seen.add(" ".join(process.info["cmdline"] or []))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        thread.join()


@pytest.mark.parametrize(("dataset", "protocol"), BENCHMARKS)
def test_another_server_and_another_order_of_rows_change_nothing(
    demonstration, by_address, dataset, protocol
):
    for name in ("pairs.parquet", "metrics.tsv", "waterfall.tsv"):
        path = f"results/{dataset}/{protocol}/{name}"
        if name == "pairs.parquet":
            pairs = [
                read_frame(folder / path, PAIRS).drop(columns="source_line")
                for folder in (demonstration, by_address)
            ]
            pd.testing.assert_frame_equal(*pairs)
        else:
            assert (by_address / path).read_bytes() == (
                demonstration / path
            ).read_bytes()


def test_no_file_that_a_run_wrote_and_no_command_line_holds_the_key(by_address):
    assert "predict.py" in (by_address / "command_lines.txt").read_text()
    files = [path for path in by_address.rglob("*") if path.is_file()]
    assert any(".snakemake" in path.parts for path in files)
    assert by_address / "report.html" in files
    for path in files:
        assert KEY.encode() not in path.read_bytes(), path


def test_a_table_of_scores_joins_like_a_model(demonstration, tmp_path):
    folder = checkout(tmp_path)
    shutil.copytree(
        demonstration / "resources/simulated", folder / "resources/simulated"
    )
    pairs = read_frame(demonstration / "results/demo/corrected/pairs.parquet", PAIRS)
    # All variants as the source writes them: indels are normalised on the way, as the
    # effects are.
    source = pd.read_csv(folder / "resources/simulated/pairs.txt.gz", sep="\t")
    raw = pairs.drop_duplicates("source_id").set_index("source_id")["raw"]
    scores = pd.DataFrame({"variant_id": source["variant_id"].unique()})
    scores["score"] = scores["variant_id"].map(raw).fillna(0)
    scores.to_csv(folder / "scores.tsv", sep="\t", index=False)
    sheet = folder / "config/datasets.tsv"
    header = sheet.read_text().splitlines()[0].split("\t")
    row = dict.fromkeys(header, "") | {
        **{"name": "mine", "kind": "scores", "format": "scores", "build": "GRCh38"},
        **{"location": "scores.tsv", "sign": "ALT minus REF", "licence": "none"},
    }
    sheet.write_text(sheet.read_text() + "\t".join(row[key] for key in header) + "\n")
    config = yaml.safe_load((folder / "config/config.yaml").read_text())
    config |= {"service": "table", "scores": "mine"}
    (folder / "table.yaml").write_text(yaml.safe_dump(config))
    snakemake(folder, "--configfile", "table.yaml")
    ours, theirs = whole(folder), whole(demonstration)
    assert ours.loc["corrected", "n_pairs"] == theirs.loc["corrected", "n_pairs"]
    assert ours.loc["corrected", "spearman"] == pytest.approx(
        theirs.loc["corrected", "spearman"], abs=1e-6
    )
    assert ours.loc["corrected", "model"] == "table/mine"
    for protocol in ("corrected", "published"):
        path = folder / f"results/demo/{protocol}/waterfall.tsv"
        assert "not_in_table" not in set(read_tsv(path, WATERFALL)["reason"])


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
