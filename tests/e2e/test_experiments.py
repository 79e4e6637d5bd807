"""Experiments: sweeps, fine-mapping, published predictions, and the mouse."""

import csv
import itertools
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pysam
import pytest
import yaml
from endobench.core.columns import (
    ANSWERS,
    CONCLUSIONS,
    DIFFERENCES,
    METRICS,
    PAIRS,
    SWEEP,
    TRACK_METRICS,
    TRACKS,
    WATERFALL,
)
from endobench.core.tables import read_frame, read_tsv
from endobench.evaluate.summary import SUMMARY
from endobench.model.standin.motif_model import ASSAYS, MOUSE
from servers import serving
from workflow import (
    ROOT,
    SHORTEST,
    checkout,
    copy_of,
    said,
    snakemake,
    with_simulated,
    write_config,
    write_sheet,
)

SCORER = "DNASE-501-DIFF_LOG2_SUM"
WINDOWS_BP = [16_384, 2_048]
BLOOD = ["EFO:0002067", "EFO:0002784", "CL:0001054", "CL:0000624"]
TRACK_SETS = {
    "K562": ["EFO:0002067"],
    "blood": BLOOD,
    "blood_pc1": {"tracks": BLOOD, "reduction": "pc1"},
    "blood_max": {"tracks": BLOOD, "reduction": "max_abs"},
}
LISTED = ["K562", "blood_pc1"]
ADDED, UNLISTED = ["spleen", "tissue"], ["blood", "blood_max", "all"]
CONFIGS = sorted((ROOT / "config").glob("*.yaml"))
EXPERIMENTS = sorted((ROOT / "config/experiments").glob("*.yaml"))
DEMONSTRATION = ROOT / "config/config.yaml"
PLANS = {path.stem: [path] for path in CONFIGS}
PLANS |= {path.stem: [DEMONSTRATION, path] for path in EXPERIMENTS}


def run(folder, *targets, **options):
    return snakemake(folder, *targets, "--configfile", "mine.yaml", **options)


def refusal(folder):
    """Return the one line with which a dry run is refused."""
    result = run(folder, "--dry-run", check=False)
    assert result.returncode != 0
    words = said(result)
    assert "Traceback" not in words
    (line,) = [each for each in words.splitlines() if each.startswith("ERROR")]
    return line


def name_of(window_bp, track_set):
    if (window_bp, track_set) == (WINDOWS_BP[0], LISTED[0]):
        return "corrected"
    return f"corrected.{SCORER}.{window_bp}bp.{track_set}"


def pairs_of(folder, name, dataset="demo"):
    return read_frame(folder / f"results/{dataset}/{name}/pairs.parquet", PAIRS)


def metrics_of(folder, dataset, name="corrected"):
    return read_tsv(folder / f"results/{dataset}/{name}/metrics.tsv", METRICS)


def reasons_of(folder, dataset):
    """Return the number of pairs by reason, after checking that they add up."""
    path = folder / f"results/{dataset}/corrected/waterfall.tsv"
    waterfall = read_tsv(path, WATERFALL)
    assert waterfall["n_pairs"].iloc[1:].sum() == waterfall["n_pairs"].iloc[0]
    return waterfall.set_index("reason")["n_pairs"]


@pytest.fixture(scope="module")
def substitutions(simulated):
    """The simulated substitutions on the shortest chromosome."""
    path = simulated / "resources/simulated/true_changes.tsv"
    rows = pd.read_csv(path, sep="\t")
    parts = rows["variant_id"].str.split("_", expand=True)
    rows[["chrom", "pos", "ref", "alt"]] = parts[[0, 1, 2, 3]]
    is_one = (rows["ref"].str.len() == 1) & (rows["alt"].str.len() == 1)
    return rows[is_one & (rows["chrom"] == "chr3")].reset_index(drop=True)


@pytest.fixture(scope="module")
def swept(simulated, tmp_path_factory):
    """Two windows by two sets of tracks, for few genes; folder, server and config."""
    folder = copy_of(simulated, tmp_path_factory.mktemp("swept"))
    path = folder / "resources/simulated/pairs.txt.gz"
    rows = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    rows = rows[rows["variant_id"].str.startswith("chr3_")]
    genes = sorted(rows["gene_id"].unique())[::2]
    few = rows[rows["gene_id"].isin(genes)]
    few.to_csv(folder / "few_pairs.txt", sep="\t", index=False)
    with serving(folder / "resources/simulated/genome.fa") as (service, address):
        changes = {
            "service": "address",
            "address": address,
            "tls": False,
            "accept": ["score_model", "standin_scores"],
            "local": {"demo_pairs": "few_pairs.txt"},
            "window_bp": WINDOWS_BP,
            "track_sets": TRACK_SETS,
            "track_set": LISTED,
            "rank_tracks": True,
        }
        write_config(folder, "mine.yaml", SHORTEST, **changes)
        figures = [f"results/demo/figures/{each}.png" for each in ("sweep", "tracks")]
        scores = "results/demo/corrected/scores/variants.vcf.gz"
        run(folder, "results/sweep.tsv", *figures, scores)
        yield folder, service, changes


def calls_and_journal(folder, service):
    """Return the numbers of calls and sequences so far, and the journal's files."""
    files = sorted(
        each for each in (folder / "resources/journal").rglob("*") if each.is_file()
    )
    journal = {each: each.read_bytes() for each in files}
    return len(service.calls), service.n_sequences, journal


def test_a_sweep_compares_every_combination_with_the_first(swept):
    folder, *_ = swept
    sweep = read_tsv(folder / "results/sweep.tsv", SWEEP)
    keys = ["protocol", "task", "stratum", "metric"]
    assert not sweep.duplicated(keys).any()
    listed = list(itertools.product(WINDOWS_BP, LISTED))
    found = sweep[["protocol", "window_bp", "track_set"]].drop_duplicates()
    assert set(found.itertuples(index=False, name=None)) == {
        (name_of(*each), *each) for each in listed
    }
    for name in found["protocol"]:
        assert (folder / f"results/demo/{name}/metrics.tsv").exists()
    asked = sweep[(sweep["task"] == "signed") & (sweep["metric"] == "spearman")]
    # All benchmarks hold the same pairs, so differences are those of the metrics.
    others = asked[asked["reference"].notna()]
    reference = asked[asked["protocol"] == "corrected"].set_index("stratum")
    assert reference["difference"].isna().all()
    assert {"all_pairs", "lead_per_feature", "effect_tertile_3"} <= set(
        others["stratum"]
    )
    assert set(others["protocol"]) == {name_of(*each) for each in listed[1:]}
    expected = others["value"] - reference.loc[others["stratum"], "value"].to_numpy()
    assert others["difference"].to_numpy() == pytest.approx(expected, abs=1e-9)
    assert (others["n_shared"] == others["n"]).all()
    assert (
        others["difference"]
        .between(others["difference_low"], others["difference_high"])
        .all()
    )
    for each in ("sweep", "strata", "tracks"):
        assert (folder / f"results/demo/figures/{each}.pdf").stat().st_size > 5_000


def test_a_local_score_hardly_depends_on_the_window(swept):
    folder, *_ = swept
    long, short = (pairs_of(folder, name_of(each, "K562")) for each in WINDOWS_BP)
    assert long["window_bp"].unique() == [16_384]
    assert short["window_bp"].unique() == [2_048]
    assert (long["variant_id"] == short["variant_id"]).all()
    assert short["raw"].to_numpy() == pytest.approx(long["raw"].to_numpy(), abs=1e-3)


def test_the_track_of_the_simulated_cell_type_is_the_best(swept):
    folder, *_ = swept
    tracks = read_tsv(folder / "results/demo/corrected/tracks.tsv", TRACK_METRICS)
    n_tracks = len(read_frame(folder / "results/tracks/model.parquet", TRACKS))
    assert set(tracks["stratum"]) == {"all_pairs", "lead_per_feature"}
    metrics = metrics_of(folder, "demo")
    is_models = (metrics["predictor"] == "model") & (metrics["task"] == "signed")
    metrics = metrics[is_models & (metrics["metric"] == "spearman")]
    rho = metrics.set_index("stratum")["value"]
    for stratum, rows in tracks.groupby("stratum"):
        best = rows.iloc[0]
        assert 1 < len(rows) <= n_tracks
        assert best["biosample"] == "K562" and best["is_in_set"]
        # The benchmark's own set consists of this track.
        assert best["value"] == pytest.approx(rho[stratum])
        assert best["value"] == rows["value"].max()
    assert (tracks["p_adjusted"] >= tracks["p"]).all()
    assert tracks["is_exploratory"].all()


def test_bcftools_and_tabix_read_the_scores_of_a_run(swept):
    folder, *_ = swept
    path = folder / "results/demo/corrected/scores/variants.vcf.gz"
    pairs = pairs_of(folder, "corrected").drop_duplicates("variant_id")
    text = pysam.bcftools.view("--no-header", str(path))
    records = [line.split("\t") for line in text.splitlines()]
    assert {each[2] for each in records} == set(pairs["variant_id"])
    assert len(records) == len(pairs)
    assert {each[6] for each in records} == {"PASS"}
    header = pysam.bcftools.view("--header-only", str(path))
    assert "STAND-IN" in header
    first = pairs.iloc[0]
    pos = int(first["variant_id"].split("_")[1])
    with pysam.TabixFile(str(path)) as file:
        found = [line.split("\t") for line in file.fetch("chr3", pos - 1, pos)]
    assert first["variant_id"] in [each[2] for each in found]
    (info,) = [each[7] for each in found if each[2] == first["variant_id"]]
    score = dict(each.split("=") for each in info.split(";") if "=" in each)["SCORE"]
    assert float(score) == pytest.approx(first["raw"], rel=1e-6)


def test_other_sets_of_tracks_cost_no_call_whether_or_not_they_are_listed(swept):
    folder, service, changes = swept
    sets = {"track_sets": TRACK_SETS | {"spleen": ["UBERON:0002106"]}}
    sets["track_set"] = [*LISTED, *ADDED]
    write_config(folder, "mine.yaml", SHORTEST, **(changes | sets))
    before = calls_and_journal(folder, service)
    names = {each: name_of(16_384, each) for each in (*ADDED, *UNLISTED)}
    paths = [f"results/demo/{name}/pairs.parquet" for name in names.values()]
    metrics = f"results/demo/{name_of(2_048, 'all')}/metrics.tsv"
    words = said(run(folder, *paths, metrics))
    assert "are remembered, no call" in words
    assert calls_and_journal(folder, service) == before
    rows = metrics_of(folder, "demo", name_of(2_048, "all"))
    assert rows["track_set"].unique() == ["all"]
    assert rows["window_bp"].unique() == [2_048]
    tracks = read_frame(folder / "results/tracks/model.parquet", TRACKS)
    tracks = tracks[tracks["output"] == "DNASE"].set_index("ontology_curie")
    path = folder / "results/scores/16384bp/chr3.parquet"
    answers = read_frame(path, ANSWERS).set_index("variant_id")["raw"]
    pairs = {each: pairs_of(folder, name) for each, name in names.items()}
    values = np.stack(answers[pairs["all"]["variant_id"]]).astype(float)
    of_track = {curie: values[:, at] for curie, at in tracks["position"].items()}
    blood = np.stack([of_track[curie] for curie in BLOOD], axis=1)
    largest = np.abs(blood).argmax(axis=1)
    expected = {
        "blood": blood.mean(axis=1),
        "blood_max": blood[np.arange(len(blood)), largest],
        # The sheet declares K562 as the simulated tissue.
        "tissue": of_track["EFO:0002067"],
        "all": values[:, tracks["position"]].mean(axis=1),
        "spleen": of_track["UBERON:0002106"],
    }
    for each, raw in expected.items():
        assert pairs[each]["raw"].to_numpy() == pytest.approx(raw, abs=1e-6), each
    # For tracks that agree, the first component is close to their mean.
    component = pairs_of(folder, name_of(16_384, "blood_pc1"))
    assert component["reduction"].unique() == ["pc1"]
    assert np.corrcoef(component["raw"], expected["blood"])[0, 1] > 0.9


def test_no_rule_makes_an_unknown_combination(swept):
    folder, *_ = swept
    path = f"results/demo/{name_of(16_384, 'brain')}/metrics.tsv"
    result = run(folder, "--dry-run", path, check=False)
    assert result.returncode != 0
    assert "MissingRuleException" in said(result) and path in said(result)


@pytest.fixture(scope="module")
def begun(swept, tmp_path_factory):
    """Return a function that makes a folder with the same inputs prepared."""

    def make(name):
        return shutil.copytree(
            swept[0], tmp_path_factory.mktemp(name) / "folder", symlinks=True
        )

    return make


@pytest.fixture(scope="module")
def finemapped(begun):
    """A run with few surely causal variants, and surely non-causal ones of other genes."""
    folder = begun("finemapped")
    path = folder / "resources/simulated/finemapped.txt"
    rows = pd.read_csv(path, sep="\t", header=None, float_precision="round_trip")
    rows.columns = ["tissue", "gene", "cluster", "cluster_pip", "variant_id", "pip"]
    rows = rows[rows["variant_id"].str.startswith("chr3_")]
    positives = rows[rows["pip"] >= 0.9].drop_duplicates("gene").iloc[::16]
    others = rows[(rows["pip"] <= 0.01) & ~rows["gene"].isin(positives["gene"])]
    negatives = others.drop_duplicates("gene")
    # A gene that the eQTLs do not have.
    unknown = negatives.iloc[:5].assign(gene="ENSG1.1")
    table = pd.concat([positives, negatives, unknown])
    table.to_csv(folder / "few.txt", sep="\t", index=False, header=False)
    config = yaml.safe_load((folder / "config/demo_finemapped.yaml").read_text())
    config |= {
        "local": {"demo_finemapped": "few.txt"},
        "chromosomes": SHORTEST["chromosomes"],
        "statistics": SHORTEST["statistics"],
        "prediction": SHORTEST["prediction"],
    }
    (folder / "mine.yaml").write_text(yaml.safe_dump(config))
    figure = "results/demo_finemapped/corrected/figures/precision_recall.png"
    run(folder, "results/summary.tsv", figure)
    return folder, len(table), len(unknown)


def test_fine_mapped_variants_take_the_effects_of_the_pairs(finemapped):
    folder, n_rows, n_unknown = finemapped
    reasons = reasons_of(folder, "demo_finemapped")
    assert reasons["all rows"] == n_rows
    assert reasons["not_in_effects_from"] == n_unknown
    found = pairs_of(folder, "corrected", "demo_finemapped")
    assert found["pip"].notna().all()
    path = folder / "resources/simulated/pairs.txt.gz"
    source = pd.read_csv(path, sep="\t", float_precision="round_trip")
    source = source.dropna(subset="slope").set_index(["variant_id", "gene_id"])
    keys = list(zip(found["source_id"], found["feature_id"], strict=True))
    for ours, theirs in (("effect", "slope"), ("p_value", "pval_nominal")):
        assert found[ours].tolist() == source.loc[keys, theirs].tolist()


def test_causal_variants_are_separated_from_matched_negatives(finemapped):
    folder, *_ = finemapped
    metrics = metrics_of(folder, "demo_finemapped")
    metrics = metrics[metrics["predictor"] == "model"]
    rows = metrics[metrics["stratum"] == "matched_negatives"]
    counts = rows[rows["task"] == "count"].set_index("metric")["value"]
    assert counts["prevalence"] == pytest.approx(0.1, abs=0.02)
    unsigned = rows[rows["task"] == "unsigned"].set_index("metric")["value"]
    assert unsigned["auprc"] > counts["prevalence"]
    assert unsigned["auroc"] > 0.5
    # The signed task uses positives only.
    conclusion = read_tsv(
        folder / "results/demo_finemapped/corrected/conclusion.tsv", CONCLUSIONS
    )
    assert conclusion["task"].unique() == ["signed"]
    n_positives = (pairs_of(folder, "corrected", "demo_finemapped")["pip"] >= 0.9).sum()
    assert (conclusion["n"] == n_positives).all()
    figures = folder / "results/demo_finemapped/corrected/figures"
    for suffix in ("png", "pdf"):
        assert (figures / f"precision_recall.{suffix}").stat().st_size > 5_000


def write_published(folder, truth):
    """Write tables in AlphaGenome's published layout, and a sheet for them."""
    rng = np.random.default_rng(2)
    # The alleles are in no fixed order; values are the second minus the first.
    sign = rng.choice([1, -1], len(truth))
    first = truth["ref"].where(sign == 1, truth["alt"])
    second = truth["alt"].where(sign == 1, truth["ref"])
    place = truth["chrom"] + "_" + truth["pos"] + "_"
    values = truth[["target", "prediction"]].mul(sign, axis=0)
    table = values.assign(variant_id=place + first + "_" + second + "_hg38")
    # Four more variants have neither allele of the genome.
    third = [min(set("ACGT") - {*each}) for each in zip(first, second, strict=True)]
    unknown = table.assign(variant_id=place + truth["alt"] + "_" + third + "_hg38")
    coefficients = pd.concat([table, unknown.iloc[:4]], ignore_index=True)
    coefficients.to_feather(folder / "coefficients.feather")
    is_causal = truth["delta"].abs().rank(ascending=False) <= 40
    causality = table.assign(target=is_causal.astype(float))
    causality.to_feather(folder / "causality.feather")

    row = {"format": "alphagenome_qtl", "build": "GRCh38", "effect_allele": "allele2"}
    row["location"] = "coefficients.feather"
    effects = row | {"kind": "effects", "null": "0", "unit": "beta"}
    scores = row | {"kind": "scores", "unit": "score", "columns": "effect=prediction"}
    of_causality = {"location": "causality.feather", "effect_allele": "unknown"}
    label = {"unit": "label", "columns": "label=target", "published": "auprc=0.5"}
    pearson = truth["target"].corr(truth["prediction"])
    return write_sheet(
        folder,
        effects | {"name": "targets", "published": f"pearson={pearson:.6f}"},
        effects | {"name": "sizes", "effect_allele": "unknown"},
        effects | of_causality | label | {"name": "labels"},
        scores | {"name": "predictions"},
        scores | of_causality | {"name": "label_predictions"},
    )


@pytest.fixture(scope="module")
def published(begun, substitutions):
    """A run of published predictions, without a model; folder, truth and config."""
    folder = begun("published")
    rng = np.random.default_rng(1)
    delta, n = substitutions["delta"], len(substitutions)
    truth = substitutions.assign(
        prediction=delta + rng.normal(0, 0.1, n),
        target=2 * delta + rng.normal(0, 0.2, n),
    )
    signed = {"name": "signed", "effects": "targets", "scores": "predictions"}
    unsigned = signed | {"name": "unsigned", "effects": "sizes"}
    classes = {"name": "classes", "effects": "labels", "scores": "label_predictions"}
    classes["classes"] = {"by": "label", "positive": 1, "negative": 0}
    config = {
        **write_published(folder, truth),
        "datasets": [each | {"peaks": "none"} for each in (signed, unsigned, classes)],
        "service": "table",
    }
    write_config(folder, "mine.yaml", SHORTEST, **config)
    differences = [f"results/{each}/differences.tsv" for each in ("signed", "classes")]
    run(folder, "results/summary.tsv", *differences)
    return folder, truth, config


def published_row(folder, dataset):
    path = folder / f"results/{dataset}/differences.tsv"
    rows = read_tsv(path, DIFFERENCES)
    (row,) = rows[rows["comparison"] == "published"].itertuples()
    return row


def test_signs_are_right_whichever_allele_is_first(published):
    folder, truth, _ = published
    pairs = pairs_of(folder, "corrected", "signed").set_index("variant_id")
    assert set(pairs.index) == set(truth["variant_id"])
    expected = truth.set_index("variant_id").loc[pairs.index]
    for ours, theirs in (("effect", "target"), ("raw", "prediction")):
        assert pairs[ours].to_numpy() == pytest.approx(expected[theirs], abs=1e-6)
    assert pairs["model"].unique() == ["table/predictions"]
    assert reasons_of(folder, "signed")["neither_allele_is_reference"] == 4


def test_a_published_value_is_compared_with_the_recomputed_one(published):
    folder, truth, _ = published
    pearson = np.corrcoef(truth["target"], truth["prediction"])[0, 1]
    row = published_row(folder, "signed")
    assert (row.task, row.metric, row.stratum) == ("signed", "pearson", "all_pairs")
    assert row.value_b == pytest.approx(pearson, abs=1e-6)
    assert row.value_a == pytest.approx(pearson, abs=1e-5)
    assert row.ci_low < 0 < row.ci_high
    row = published_row(folder, "classes")
    assert (row.task, row.metric, row.value_a) == ("unsigned", "auprc", 0.5)
    metrics = metrics_of(folder, "classes")
    is_models = (metrics["task"] == "unsigned") & (metrics["predictor"] == "model")
    found = metrics[is_models & (metrics["stratum"] == "all_pairs")]
    assert row.value_b == found.set_index("metric").loc["auprc", "value"]


@pytest.mark.parametrize(
    ("dataset", "task", "why"),
    [
        ("unsigned", "magnitude", "the source does not state the effect allele"),
        ("classes", "unsigned", "effects are labels"),
    ],
)
def test_tasks_that_a_table_does_not_support_are_left_out(
    published, dataset, task, why
):
    folder, truth, _ = published
    tasks = set(metrics_of(folder, dataset)["task"])
    assert task in tasks and "signed" not in tasks
    assert ("magnitude" in tasks) == (dataset == "unsigned")
    conclusion = read_tsv(
        folder / f"results/{dataset}/corrected/conclusion.tsv", CONCLUSIONS
    )
    summary = read_tsv(folder / "results/summary.tsv", SUMMARY)
    summary = summary[summary["dataset"] == dataset]
    for table in (conclusion, summary):
        assert table["task"].unique() == [task]
        assert table["why"].str.contains(why).all()
        assert (table["finding"] == "agreement").all()
    assert summary["sign_agreement"].isna().all()
    assert summary["auroc"].isna().all() == (dataset == "unsigned")
    assert reasons_of(folder, dataset)["scored pairs"] == len(truth)


def test_the_published_protocol_needs_a_sign(published):
    folder, _, config = published
    write_config(
        folder, "mine.yaml", SHORTEST, **config, protocol=["corrected", "published"]
    )
    line = refusal(folder)
    assert "mine.yaml: key 'protocol': published needs the sign of effects" in line
    assert "'sizes'" in line and "run corrected only" in line


def test_mouse_variants_are_scored_with_the_mouse_tracks(
    simulated, substitutions, tmp_path
):
    folder = with_simulated(simulated, tmp_path)
    rows = substitutions[["chrom", "pos", "ref", "alt"]].iloc[::8]
    rows = rows.rename(columns={"chrom": "chr"}).assign(enhancer="e", ref_rna_dna=1)
    rows["alt_rna_dna"] = 2 ** np.random.default_rng(1).normal(size=len(rows))
    rows.to_csv(folder / "variants.tsv", sep="\t", index=False)
    mouse = {"build": "mm10", "organism": "mouse"}
    sheet = write_sheet(
        folder,
        mouse
        | {"name": "mouse", "kind": "genome"}
        | {"location": "resources/simulated/genome.fa"},
        mouse
        | {"name": "enhancers", "kind": "effects", "format": "mpra_activity"}
        | {"location": "variants.tsv", "effect_allele": "ALT"}
        | {"unit": "log2FC", "null": "0"},
    )
    config = {
        **sheet,
        "datasets": [{"name": "enhancers", "effects": "enhancers", "peaks": "none"}],
        "genome": "mouse",
        "chains": {},
        "genes": "none",
        "ld_blocks": "none",
        "track_sets": {"neutrophil": ["CL:0000775"]},
        "track_set": "neutrophil",
    }
    write_config(folder, "mine.yaml", SHORTEST, **config)
    run(folder, "results/enhancers/corrected/pairs.parquet")
    tracks = read_frame(folder / "results/tracks/model.parquet", TRACKS)
    offered = [each for each in ASSAYS if each.organism == MOUSE]
    assert tracks["ontology_curie"].tolist() == [
        curie for assay in offered for curie, *_ in assay.tracks
    ]
    pairs = pairs_of(folder, "corrected", "enhancers")
    assert len(pairs) == len(rows)
    assert pairs["raw"].abs().gt(0).any()

    human = {"datasets": [{"name": "demo", "effects": "demo_pairs", "peaks": "none"}]}
    write_config(folder, "mine.yaml", SHORTEST, **(config | human))
    assert (
        "mine.yaml: key 'datasets.effects': 'demo_pairs' is on GRCh38 (human), but the"
        " genome is mm10 (mouse)"
    ) in refusal(folder)


def placeholders():
    """Yield all paths that the sheets and configs expect in the data folder."""
    for name in ("datasets", "gtex"):
        with open(ROOT / f"config/{name}.tsv", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            yield from (row["location"] for row in rows if "://" not in row["location"])
    for path in CONFIGS:
        yield from yaml.safe_load(path.read_text()).get("local", {}).values()


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """The output of dry runs of all configs, with empty files in place of the data."""
    folder = checkout(tmp_path_factory.mktemp("plans"))
    for location in placeholders():
        path = folder / "resources/data" / location
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def plan(paths):
        options = ("--dry-run", "--nolock", "--configfile")
        names = [path.relative_to(ROOT) for path in paths]
        return said(snakemake(folder, *options, *names, check=False))

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(PLANS, pool.map(plan, PLANS.values()), strict=True))


@pytest.mark.parametrize("name", PLANS)
def test_every_shipped_config_gives_a_complete_plan(plans, name):
    assert "rule write_manifest:" in plans[name], plans[name]
