import contextlib
import csv
import gzip
import itertools
import json
import re
import threading

import pandas as pd
import psutil
import pytest
from endobench.core.columns import (
    ANSWERS,
    CONCLUSIONS,
    CONTROLS,
    DIFFERENCES,
    EXPLANATIONS,
    GATES,
    LADDER,
    METRICS,
    PAIRS,
    SWEEP,
    WATERFALL,
)
from endobench.core.tables import read_frame, read_tsv
from endobench.evaluate.summary import SUMMARY
from endobench.model.standin import server as standin
from workflow import (
    SMALL,
    copy_of,
    demonstrated,
    said,
    snakemake,
    with_simulated,
    write_config,
)

KEY = "a-key-that-no-file-may-hold"
SOURCES = {"demo": "pairs.txt.gz", "demo_dsqtls": "dsqtls.tsv"}
PROTOCOLS = ["corrected", "published"]
BENCHMARKS = list(itertools.product(SOURCES, PROTOCOLS))
# The matched readout, with the corrected protocol only.
EXPRESSION = "demo_expression"
BY_GENE = "corrected.RNA_SEQ.131072bp.K562"
# Accessibility at a second window.
NEARBY = "corrected.DNASE-501-DIFF_LOG2_SUM.16384bp.K562"
READOUTS = [(EXPRESSION, each) for each in ("corrected", NEARBY, BY_GENE)]
# The shortest one.
CHROMOSOME = "chr3"
OF_ADDRESS = ["--configfile", "address.yaml"]
BY_ADDRESS = ["results/summary.tsv", *OF_ADDRESS]
# Of these, each job starts Python, also those that ask the server.
STARTED = ["results/demo/corrected/metrics.tsv", *OF_ADDRESS]
# The stand-in sees no further than 2,048 bp, so the step `flanks` changes nothing.
STEPS = ["column", "build", "tracks", "mask", "checks", "unique", "lead", "indels"]
STEPS = ["published", *STEPS]


def whole(folder, stratum="all_pairs", dataset="demo"):
    summary = read_tsv(folder / "results/summary.tsv", SUMMARY)
    is_whole = (summary["stratum"] == stratum) & (summary["dataset"] == dataset)
    return summary[is_whole].set_index("protocol")


def gates_of(folder, dataset, protocol):
    gates = read_tsv(folder / f"results/{dataset}/gates.tsv", GATES)
    return gates[gates["protocol"] == protocol].set_index("gate")


def test_corrected_finds_the_planted_effects_and_published_finds_nothing(demonstration):
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
    # The stand-in reads only the genome: it comes close to the truth, from below.
    assert planted - 0.1 < found < planted + 0.02


def test_the_matched_readout_finds_the_planted_effects_on_genes(demonstration):
    summary = whole(demonstration, dataset=EXPRESSION)
    assert set(summary.index) == {"corrected", NEARBY, BY_GENE}
    assert set(summary["finding"]) == {"agreement"}
    # Nothing is amiss but the lack of another assay.
    assert set(summary["is_reportable"]) == {"with exceptions"}
    for why in summary["why"]:
        assert "no external positive control: the demonstration simulates" in why
    pairs = read_frame(
        demonstration / f"results/{EXPRESSION}/{BY_GENE}/pairs.parquet", PAIRS
    )
    truth = demonstration / "resources/simulated/true_expression_changes.tsv"
    truth = pd.read_csv(truth, sep="\t")
    for frame, ids in ((pairs, "feature_id"), (truth, "gene_id")):
        frame["gene"] = frame[ids].astype(str).str.split(".").str[0]
    pairs = pairs.astype({"source_id": str}).merge(
        truth, left_on=["source_id", "gene"], right_on=["variant_id", "gene"]
    )
    planted = pairs["delta"].corr(pairs["effect"], method="spearman")
    found = summary.loc[BY_GENE, "spearman"]
    # The stand-in's weights of whole blood resemble the planted ones.
    assert planted - 0.2 < found < planted + 0.02
    assert pairs["raw_mismatched"].corr(pairs["effect"], method="spearman") < -0.3


def test_readouts_are_compared_on_the_same_pairs(demonstration):
    differences = read_tsv(
        demonstration / f"results/{EXPRESSION}/differences.tsv", DIFFERENCES
    )
    is_whole = differences["stratum"] == "all_pairs"
    is_asked = is_whole & (differences["metric"] == "spearman")
    rows = differences[is_asked & (differences["comparison"] == "protocol")]
    other, row = rows[rows["task"] == "signed"].itertuples()
    assert (other.a, other.b, other.difference) == (NEARBY, "corrected", 0)
    assert (row.a, row.b) == (BY_GENE, "corrected")
    summary = whole(demonstration, dataset=EXPRESSION)
    # All pairs with a score by gene have one by accessibility, too.
    assert row.n_shared == summary.loc[BY_GENE, "n_pairs"]
    assert row.value_a == pytest.approx(summary.loc[BY_GENE, "spearman"])
    # Accessibility falls short of expression.
    assert row.ci_low < row.difference < row.ci_high < 0
    sweep = read_tsv(demonstration / "results/sweep.tsv", SWEEP)
    sweep = sweep[(sweep["dataset"] == EXPRESSION) & (sweep["stratum"] == "all_pairs")]
    sweep = sweep[(sweep["task"] == "signed") & (sweep["metric"] == "spearman")]
    dnase = "DNASE-501-DIFF_LOG2_SUM"
    assert sweep["scorer"].tolist() == [dnase, dnase, "RNA_SEQ"]
    assert sweep["window_bp"].tolist() == [131_072, 16_384, 131_072]


def test_explanations_of_a_null_result_are_judged_by_the_planted_truth(demonstration):
    found = read_tsv(demonstration / "results/explanations.tsv", EXPLANATIONS)
    rows = found.set_index(["dataset", "test"])
    verdicts = {
        ("demo", "handling"): "supported",
        ("demo", "accessibility"): "supported",
        # The stand-in sees no further than its shortest window.
        ("demo", "step_mask"): "contradicted",
        ("demo", "tissue"): "supported",
        # Small effects are mostly noise, but most variants can be answered.
        ("demo", "sign_by_size"): "supported",
        ("demo", "direction"): "contradicted",
        ("demo", "replicate"): "contradicted",
        (EXPRESSION, "scorer"): "supported",
        (EXPRESSION, "window"): "contradicted",
        ("demo_dsqtls", "handling"): "not tested",
    }
    assert rows.loc[[*verdicts], "verdict"].to_dict() == verdicts
    primary = found[found["is_primary"]]
    assert (primary.groupby("dataset").size() == 5).all()
    ladder = read_tsv(demonstration / "results/demo/ladder.tsv", LADDER)
    rho = ladder[ladder["metric"] == "spearman"].set_index("name")["value"]
    whole_ladder = rho["indels"] - rho["published"]
    handling = rows.loc[("demo", "handling"), "value"]
    rest = handling - rows.loc[("demo", "handling_against_rest"), "value"]
    assert handling + rest == pytest.approx(whole_ladder)


def test_pairs_without_a_score_of_their_gene_have_a_reason(demonstration):
    folder = demonstration / "results" / EXPRESSION
    reasons = {
        name: read_tsv(folder / name / "waterfall.tsv", WATERFALL)
        .set_index("reason")["n_pairs"]
        .to_dict()
        for name in ("corrected", BY_GENE)
    }
    n_all = reasons["corrected"]["all rows"]
    assert reasons["corrected"] == {"all rows": n_all, "scored pairs": n_all}
    assert reasons[BY_GENE] == {
        "all rows": n_all,
        "gene_id_retired": 12,
        "gene_not_in_window": 40,
        "scored pairs": n_all - 52,
    }


def test_a_dataset_with_choices_of_its_own_costs_no_other_call(demonstration):
    scores = demonstration / "results/scores"
    windows = {
        each: read_frame(scores / each / f"{CHROMOSOME}.parquet", ANSWERS)
        for each in ("16384bp", "131072bp")
    }
    assert set(windows["16384bp"]["scorer"]) == {"DNASE-501-DIFF_LOG2_SUM"}
    assert set(windows["131072bp"]["scorer"]) == {"DNASE-501-DIFF_LOG2_SUM", "RNA_SEQ"}
    own = demonstration / f"results/{EXPRESSION}/corrected/pairs.parquet"
    own = read_frame(own, PAIRS)["variant_id"].astype(str)
    own = own[own.str.startswith(f"{CHROMOSOME}_")]
    assert set(windows["131072bp"]["variant_id"].astype(str)) == set(own)


def test_no_gate_of_the_matched_readout_raises_an_alarm(demonstration):
    for protocol in ("corrected", BY_GENE):
        gates = gates_of(demonstration, EXPRESSION, protocol)
        assert set(gates["verdict"]) <= {"pass", "not_checked"}
    effects = gates_of(demonstration, EXPRESSION, "corrected")
    assert effects.loc["feature_start", "verdict"] == "pass"
    unchecked = gates.index[gates["verdict"] == "not_checked"]
    assert set(unchecked[gates.loc[unchecked, "stage"] == "genes"]) == {
        # Activity is not among the scorers.
        "low_expression"
    }


def test_the_simulated_table_is_large_enough_and_holds_indels(demonstration):
    pairs = pd.read_csv(demonstration / "resources/simulated/pairs.txt.gz", sep="\t")
    alleles = pairs.drop_duplicates("variant_id")["variant_id"].str.split("_")
    is_indel = alleles.map(lambda parts: len(parts[2]) != len(parts[3]))
    assert len(alleles) >= 1_500
    assert is_indel.sum() >= 50
    assert pairs.groupby("variant_id")["gene_id"].nunique().max() > 1


@pytest.mark.parametrize(("dataset", "protocol"), [*BENCHMARKS, *READOUTS])
def test_kept_and_dropped_add_up_to_the_source(demonstration, dataset, protocol):
    waterfall = read_tsv(
        demonstration / f"results/{dataset}/{protocol}/waterfall.tsv", WATERFALL
    )
    sources = SOURCES | {EXPRESSION: "expression.txt.gz"}
    source = demonstration / "resources/simulated" / sources[dataset]
    with (gzip.open if source.suffix == ".gz" else open)(source, "rt") as file:
        n_rows = sum(1 for _ in file) - 1
    assert waterfall["stage"].iloc[0] == "input"
    assert waterfall["n_pairs"].iloc[0] == n_rows
    assert waterfall["n_pairs"].iloc[1:].sum() == n_rows


def test_faulty_rows_of_the_table_are_dropped_with_a_reason(demonstration):
    reasons = read_tsv(
        demonstration / "results/demo/corrected/waterfall.tsv", WATERFALL
    ).set_index("reason")["n_pairs"]
    assert reasons["ref_mismatch"] >= 1
    assert reasons["effect_missing"] == 5
    assert reasons["chromosome_not_requested"] == 5
    lifted = pd.read_csv(
        demonstration / "results/intervals/demo_peaks.lifted.dropped.tsv", sep="\t"
    )
    assert set(lifted["reason"]) >= {"unmapped"}


def test_every_file_with_stand_in_scores_is_marked(demonstration):
    tables = [
        *demonstration.glob("results/demo*/differences.tsv"),
        *demonstration.glob("results/demo*/ladder.tsv"),
        *demonstration.glob("results/demo*/*/*.tsv*"),
        *demonstration.glob("results/demo*/*/gates/scores.tsv"),
        *demonstration.glob("results/demo*/*/study/*.csv"),
        *demonstration.glob("results/scores/**/*.tsv"),
        *demonstration.glob("results/tracks/*.tsv"),
    ]
    assert len(tables) >= 4 * 7 + 4 * 4 + 3 + 4 + 2 + 2 * 4 + 3
    for path in tables:
        table = pd.read_csv(path, sep="," if path.suffix == ".csv" else "\t")
        assert "model" in table, path
        assert table["model"].astype(str).str.startswith("standin").all(), path
    for path in (demonstration / "results/scores").rglob("*.parquet"):
        model = read_frame(path, ANSWERS)["model"]
        # A score of two sequences has no alleles to exchange, and is not asked again.
        is_empty = path.name == "study-mean-2048bp.again.parquet"
        assert (len(model) == 0) == is_empty, path
        assert model.astype(str).str.startswith("standin").all(), path
    text = demonstration / "results/demo/published/study"
    text = (text / "alphagenome_vs_gtex_benchmark.txt").read_text()
    assert "model\tstandin" in text
    assert whole(demonstration)["model"].str.startswith("standin").all()
    manifest = json.loads((demonstration / "results/manifest.json").read_text())
    assert manifest["is_standin"]


@pytest.mark.parametrize("dataset", SOURCES)
def test_no_gate_raises_an_alarm_for_the_corrected_protocol(demonstration, dataset):
    gates = gates_of(demonstration, dataset, "corrected")
    assert set(gates["verdict"]) <= {"pass", "not_checked"}
    assert gates["is_enforced"].all() and not gates["is_accepted"].any()
    # Gates that are not checked give the reason.
    assert gates["evidence"].str.len().gt(0).all()
    # In both tables, REF is declared. There are one model and one tissue.
    unknown = {"unoriented", "model_copies", "model_gaps", "tissue_copies"}
    if dataset == "demo_dsqtls":
        # They have one feature per variant, and a row for each.
        unknown |= {"scores_per_variant", "variant_constants", "feature_constants"}
        # They have no frequencies, counts, distances and smallest p values.
        unknown |= {
            "maf_range",
            "se_size",
            "se_follows_maf",
            "sample_count",
            "missing_leads",
        }
        unknown |= {"feature_place", "feature_start", "feature_p_range"}
        # No second cohort is named for them.
        unknown |= {"replicate_signs"}
        # Nor do they have linked variants of one feature.
        unknown |= {"linked_agreement", "linked_effects"}
        unknown |= {"ld_block_length", "ld_block_borders"}
    assert set(gates.index[gates["verdict"] == "not_checked"]) == unknown


def test_gates_detect_every_fault_of_the_published_protocol(demonstration):
    gates = gates_of(demonstration, "demo", "published")
    assert set(gates.index[gates["verdict"] == "fail"]) == {
        "effect_signs",
        "effect_p_agreement",
        "effect_scale",
        "peak_enrichment",
        "track_count",
        "window_dilution",
        "replicate_signs",
    }
    assert not gates["is_enforced"].any()
    # p values of dsQTLs are larger, so that `effect_scale` passes.
    dsqtls = gates_of(demonstration, "demo_dsqtls", "published")
    assert set(dsqtls.index[dsqtls["verdict"] == "fail"]) == {
        "effect_signs",
        "effect_p_agreement",
        "peak_enrichment",
        "track_count",
        "window_dilution",
    }


@pytest.mark.parametrize("dataset", SOURCES)
def test_the_published_protocol_is_never_reportable(demonstration, dataset):
    for stratum in ("all_pairs", "lead_per_feature"):
        summary = whole(demonstration, stratum, dataset)
        assert summary.loc["published", "finding"] == "no_agreement"
        assert summary.loc["published", "is_reportable"] == "no"
        assert "failing gates: effect_signs" in summary.loc["published", "why"]
        assert summary.loc["corrected", "finding"] == "agreement"
        assert summary.loc["corrected", "is_reportable"] == "yes"


def test_no_reader_takes_a_word_of_a_table_for_a_missing_value(demonstration):
    names = ("summary", "runs", "sweep")
    paths = [demonstration / f"results/{name}.tsv" for name in names]
    for name in ("gates", "ladder", "metrics", "conclusion", "controls"):
        paths += (demonstration / "results/demo").rglob(f"{name}.tsv")
    assert len(paths) > 8
    for path in paths:
        as_written = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
        as_read = pd.read_csv(path, sep="\t", dtype=str)
        assert ((as_written == "") == as_read.isna()).all(axis=None), path


@pytest.mark.parametrize(("dataset", "protocol"), BENCHMARKS)
def test_every_control_of_the_corrected_benchmarks_passes(
    demonstration, dataset, protocol
):
    folder = demonstration / f"results/{dataset}/{protocol}"
    controls = read_tsv(folder / "controls.tsv", CONTROLS)
    assert set(controls["stratum"]) == {"lead_per_feature", "all_pairs"}
    failing = set(controls.loc[controls["state"] == "fail", "control"])
    if protocol == "corrected":
        assert set(controls["state"]) == {"pass"}
    else:
        # P values in the place of effects agree with no other assay.
        assert "positive_control" in failing


@pytest.mark.parametrize(("dataset", "protocol"), [*BENCHMARKS, *READOUTS])
def test_the_summary_agrees_with_metrics_and_conclusion(
    demonstration, dataset, protocol
):
    folder = demonstration / f"results/{dataset}/{protocol}"
    conclusions = read_tsv(folder / "conclusion.tsv", CONCLUSIONS).set_index("stratum")
    metrics = signed(folder)
    for stratum, conclusion in conclusions.iterrows():
        row = whole(demonstration, stratum, dataset).loc[protocol]
        for name in ("finding", "is_reportable", "why"):
            assert row[name] == conclusion[name]
        found = metrics.loc[(stratum, "spearman")]
        assert (row["spearman"], row["n_pairs"]) == (found["value"], found["n"])
        assert row["n_eff"] == found["n_eff"]
        # Linkage widens an interval, or hardly narrows it.
        assert found["ci_low"] < found["value"] < found["ci_high"]
        assert found["design_effect"] > 0.5


def signed(folder):
    """Return the model's metrics of the signed task, by stratum and metric."""
    metrics = read_tsv(folder / "metrics.tsv", METRICS)
    is_models = (metrics["task"] == "signed") & (metrics["predictor"] == "model")
    return metrics[is_models].set_index(["stratum", "metric"])


def test_controls_and_baselines_are_measured_on_the_same_pairs(demonstration):
    folder = demonstration / "results/demo/corrected"
    metrics = read_tsv(folder / "metrics.tsv", METRICS)
    tasks = {"signed", "magnitude", "chance", "control", "ceiling", "power", "count"}
    assert tasks <= set(metrics["task"])
    rho = metrics[metrics["metric"] == "spearman"]
    rho = rho.set_index(["task", "stratum", "predictor"])["value"]
    model = rho["signed", "all_pairs", "model"]
    for name in ("permuted_in_strata", "mismatched_variant"):
        assert abs(rho["chance", "all_pairs", name]) < 0.1 < model
    differences = read_tsv(demonstration / "results/demo/differences.tsv", DIFFERENCES)
    against = differences[differences["comparison"] == "baseline"]
    assert len(against) and (against["n_shared"] == against["n_b"]).all()


def test_the_ladder_leads_from_the_published_to_the_corrected_numbers(demonstration):
    ladder = read_tsv(demonstration / "results/demo/ladder.tsv", LADDER)
    assert ladder["name"].unique().tolist() == STEPS
    assert ladder["step"].unique().tolist() == list(range(len(STEPS)))
    value = ladder.set_index(["name", "metric"])["value"]
    ends = (("published", "all_pairs"), ("corrected", "lead_per_feature"))
    for step, (protocol, stratum) in zip((STEPS[0], STEPS[-1]), ends, strict=True):
        metrics = signed(demonstration / f"results/demo/{protocol}").loc[stratum]
        pd.testing.assert_series_equal(
            value[step],
            metrics.loc[value[step].index, "value"],
            check_names=False,
            rtol=1e-12,
        )
    # The first fault hid all agreement: a p value has no sign.
    rho = value.xs("spearman", level="metric")[STEPS]
    assert abs(rho["published"]) < 0.1 < rho["column"]
    changed = ladder[(ladder["metric"] == "spearman") & (ladder["step"] > 0)]
    assert (changed["difference"] - rho.diff().to_numpy()[1:]).abs().max() < 1e-12
    assert changed["n_shared"].gt(0).all()
    others = demonstration / "results/demo_dsqtls"
    assert not (others / "ladder.tsv").exists()
    assert not list(others.glob("ladder.*"))


@pytest.mark.parametrize("name", ["gates", "ladder"])
def test_a_datasets_figures_are_drawn_for_screen_and_print(demonstration, name):
    folder = demonstration / "results/demo/figures"
    for suffix in ("png", "pdf"):
        assert (folder / f"{name}.{suffix}").stat().st_size > 5_000


def test_the_five_files_of_the_study_are_written(demonstration):
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
    # The "slope" of the study is a p value.
    assert predictions["slope"].between(0, 1).all()
    delta = predictions["alt_score"] - predictions["ref_score"]
    assert (delta - predictions["delta_pred"]).abs().max() < 1e-5
    names = pd.read_csv(folder / "gtex_eqtls.bed", sep="\t", header=None)[3]
    assert (names.str.count(":") == 4).all()
    assert "spearman" in (folder / "alphagenome_vs_gtex_benchmark.txt").read_text()
    assert (folder / "scatter_plot.png").stat().st_size > 10_000
    assert (folder / "filtered_eqtls_in_k562_dhs.bed").stat().st_size


def test_the_manifest_names_inputs_versions_config_and_counts(demonstration):
    manifest = json.loads((demonstration / "results/manifest.json").read_text())
    inputs = manifest["inputs"]
    assert len(inputs["demo_pairs"]["sha256"]) == 64
    assert manifest["versions"]["alphagenome"]
    assert manifest["config"]["window_bp"] == [16384]
    for dataset, protocol in BENCHMARKS:
        assert manifest["counts"][f"{dataset}/{protocol}"][-1]["stage"] == "kept"


def test_a_second_run_has_nothing_to_do(demonstration):
    assert "Nothing to be done" in said(snakemake(demonstration))


def test_a_result_that_was_deleted_is_made_again(demonstration, tmp_path):
    folder = copy_of(demonstration, tmp_path / "folder")
    for name, rule in (
        ("metrics.tsv", "measure"),
        ("figures/scatter.pdf", "draw_benchmark"),
    ):
        path = folder / "results/demo/corrected" / name
        kept = path.rename(tmp_path / "kept")
        assert re.search(rf"^{rule} +1$", said(snakemake(folder, "-n")), re.MULTILINE)
        kept.rename(path)


def test_touching_every_script_reruns_nothing(demonstration):
    for path in (demonstration / "scripts").rglob("*.py"):
        path.touch()
    for path in (demonstration / "rules").rglob("*.smk"):
        path.touch()
    assert "Nothing to be done" in said(snakemake(demonstration, "--dry-run"))


def remembered(folder):
    """Return the size of every journal."""
    journals = (folder / "resources/journal").rglob("*.journal")
    return {path.relative_to(folder): path.stat().st_size for path in journals}


def test_another_set_of_tracks_makes_no_call_and_checks_predictions_again(copied):
    write_config(
        copied,
        "other.yaml",
        track_sets={"K562": ["EFO:0002067"], "other": ["EFO:0001187"]},
        track_set="other",
        mismatched_track_set="K562",
        limits={"max_failed_fraction": 0.02},
        accept=["tissue"],
    )
    before = remembered(copied)
    targets = [f"results/demo/{name}/pairs.parquet" for name in PROTOCOLS]
    words = said(snakemake(copied, *targets, "--configfile", "other.yaml"))
    # A changed limit is checked again for all predictions.
    assert words.count("rule predict:") == 6
    assert "variants are remembered, no call" in words
    assert remembered(copied) == before


def plan_of(folder, **changes):
    """Return what a run would do with another config, as Snakemake words it."""
    write_config(folder, "changed.yaml", **changes)
    return said(snakemake(folder, "--dry-run", "--configfile", "changed.yaml"))


def test_keys_that_the_stand_in_ignores_predict_nothing_again(copied):
    ignored = {"weights_device": "cpu", "model_name": "other", "route": "model"}
    plan = plan_of(copied, **ignored)
    assert "rule write_manifest:" in plan
    assert "rule plan_requests:" not in plan and "rule predict:" not in plan


def test_another_order_of_datasets_and_protocols_is_that_of_all_tables(copied):
    datasets = demonstrated(copied)[::-1]
    plan = plan_of(copied, datasets=datasets, protocol=["published", "corrected"])
    for rule in ("summarise", "gather_sweep", "gather_gates", "write_report"):
        assert f"rule {rule}:" in plan
    assert "rule measure:" not in plan and "rule predict:" not in plan


def test_a_changed_module_reruns_what_imports_it_without_a_call(copied):
    module = copied / "scripts/endobench/predict/engine.py"
    module.write_text(module.read_text() + "\n# changed\n")
    before = remembered(copied)
    plan = said(snakemake(copied, "--dry-run"))
    assert "rule predict:" in plan
    assert "rule read_effects:" not in plan
    snakemake(copied, "results/demo/corrected/pairs.parquet")
    assert remembered(copied) == before


@pytest.fixture(scope="module")
def by_address(demonstration, tmp_path_factory):
    """A chromosome's benchmarks with another server, another order of rows, and a key."""
    folder = with_simulated(demonstration, tmp_path_factory.mktemp("address"))
    source = folder / "resources/simulated/pairs.txt.gz"
    rows = pd.read_csv(source, sep="\t", dtype=str, keep_default_na=False)
    rows = rows.sample(frac=1, random_state=1)
    rows.to_csv(folder / "shuffled.txt", sep="\t", index=False)
    simulated = folder / "resources/simulated"
    files = simulated / "genome.fa", simulated / "genes.gtf.gz"
    with standin.running(*files) as address:
        write_config(
            folder,
            "address.yaml",
            service="address",
            address=address,
            tls=False,
            local={"demo_pairs": "shuffled.txt"},
            datasets=[each | {"ladder": False} for each in demonstrated(folder)],
            chromosomes=[CHROMOSOME],
            statistics=SMALL["statistics"],
            # Otherwise a stand-in in place of a real model is refused.
            accept=["score_model", "standin_scores"],
        )
        with command_lines() as seen:
            # Each job with a command line, as in a run of a user.
            snakemake(folder, *STARTED, has_own_jobs=True, ALPHAGENOME_API_KEY=KEY)
        snakemake(folder, *BY_ADDRESS, ALPHAGENOME_API_KEY=KEY)
        snakemake(folder, *BY_ADDRESS, "--report", "report.html")
    (folder / "command_lines.txt").write_text("\n".join(seen))
    return folder


@contextlib.contextmanager
def command_lines():
    """Collect the command lines of all processes, which any user can read."""
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


@pytest.mark.parametrize(("dataset", "protocol"), [*BENCHMARKS, *READOUTS])
def test_another_server_and_another_order_of_rows_change_nothing(
    demonstration, by_address, dataset, protocol
):
    """All numbers of a benchmark follow from its pairs in their order."""
    path = f"results/{dataset}/{protocol}/pairs.parquet"
    theirs, ours = (
        read_frame(folder / path, PAIRS).drop(columns="source_line")
        for folder in (demonstration, by_address)
    )
    is_there = theirs["variant_id"].str.startswith(f"{CHROMOSOME}_")
    theirs = theirs[is_there].reset_index(drop=True)
    assert len(ours) > 20
    pd.testing.assert_frame_equal(ours, theirs)


def outputs_of_rules(folder, *arguments):
    """Return an output of each rule that had jobs in a run."""
    words = snakemake(folder, "--summary", *arguments, ALPHAGENOME_API_KEY=KEY).stdout
    rows = csv.DictReader(words.splitlines(), delimiter="\t")
    return {row["rule"]: row["output_file"] for row in rows if row["date"] != "-"}


def test_a_job_of_each_rule_starts_python_and_writes_the_same(copied, by_address):
    """The jobs of `demonstration` are forked, those that `STARTED` needs are not."""
    outputs = outputs_of_rules(copied)
    started = outputs_of_rules(by_address, *STARTED)
    rest = {rule: outputs[rule] for rule in outputs.keys() - started.keys()}
    assert {"draw_benchmark", "climb_ladder", "write_report"} <= rest.keys()
    # The table of costs has the times of jobs.
    tables = [
        copied / path
        for rule, path in rest.items()
        if path.endswith(".tsv") and rule != "gather_cost"
    ]
    before = [path.read_bytes() for path in tables]
    for path in tables:
        path.unlink()
    only = ["--allowed-rules", *rest, "--force"]
    words = said(snakemake(copied, *rest.values(), *only, has_own_jobs=True))
    for rule in rest:
        assert f"rule {rule}:" in words
    assert len(tables) > 5
    assert [path.read_bytes() for path in tables] == before


@pytest.mark.parametrize(("dataset", "protocol"), BENCHMARKS)
def test_a_stand_in_in_place_of_another_model_is_recognised(
    by_address, dataset, protocol
):
    gates = read_tsv(
        by_address / f"results/{dataset}/{protocol}/gates/scores.tsv", GATES
    )
    verdicts = gates.set_index("gate")
    for name in ("score_model", "standin_scores"):
        assert verdicts.loc[name, "verdict"] == "fail"
        assert verdicts.loc[name, "value"] == 1
        assert verdicts.loc[name, "is_accepted"]
    row = whole(by_address, dataset=dataset).loc[protocol]
    assert "failing gates that are accepted: score_model, standin_scores" in row["why"]


def test_no_file_that_a_run_wrote_and_no_command_line_holds_the_key(by_address):
    assert "predict.py" in (by_address / "command_lines.txt").read_text()
    files = [path for path in by_address.rglob("*") if path.is_file()]
    assert any(".snakemake" in path.parts for path in files)
    assert by_address / "report.html" in files
    for path in files:
        assert KEY.encode() not in path.read_bytes(), path


def test_the_report_is_made_offline(by_address):
    assert (by_address / "report.html").stat().st_size > 100_000


def test_the_stand_in_leaves_no_process_behind(demonstration):
    left = [
        process.info["cmdline"]
        for process in psutil.process_iter(["cmdline", "cwd"])
        if "endobench.model.standin" in (process.info["cmdline"] or [])
        and "demonstration" in (process.info["cwd"] or "")
    ]
    assert left == []


@pytest.mark.parametrize("name", ["sign_agreement", "calibration", "baselines"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_benchmarks_figures_are_drawn(demonstration, protocol, name):
    folder = demonstration / f"results/demo/{protocol}/figures"
    for suffix in ("png", "pdf"):
        assert (folder / f"{name}.{suffix}").stat().st_size > 5_000
