"""The original study, read again: its own predictions against the tables of GTEx."""

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import (
    CONCLUSIONS,
    DIFFERENCES,
    GATES,
    LADDER,
    METRICS,
    ORIGINALS,
)
from endobench.core.tables import read_tsv
from scipy.stats import pearsonr, spearmanr
from workflow import SHARED_DATA, checkout, snakemake

KEYS = ["variant_id", "gene_id"]
WINDOWS = {2048: "2kb", 16_384: "16kb", 131_072: "131kb"}
# As the study reports them, of 1,000 pairs.
REPORTED = {
    2048: (0.0375, 0.0181),
    16_384: (-0.0125, 0.0224),
    131_072: (0.0100, -0.0110),
}


def read_study():
    """Return the study's pairs, with a column of scores for each window."""
    folder = SHARED_DATA / "study_predictions"
    tables = {bp: pd.read_csv(folder / f"{name}.csv") for bp, name in WINDOWS.items()}
    study = tables[2048][[*KEYS, "slope"]]
    return study.assign(
        **{f"{bp}bp": table["delta_pred"] for bp, table in tables.items()}
    )


def read_gtex(name, study):
    """Return the rows of a table of GTEx that have a variant of the study."""
    table = pd.read_csv(SHARED_DATA / "gtex_v8" / name, sep="\t")
    scores = study.drop(columns=["gene_id", "slope"]).drop_duplicates("variant_id")
    return table.merge(scores, on="variant_id")


def agreement(pairs, effect, window_bp):
    """Return Spearman's and Pearson's correlation of effects with scores."""
    scores = pairs[f"{window_bp}bp"]
    return tuple(
        test(pairs[effect], scores).statistic for test in (spearmanr, pearsonr)
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return the results of the config, on the 1,000 pairs of the study's windows."""
    if not (SHARED_DATA / "study_predictions").exists():
        pytest.skip(
            "needs public files in ../shared/data, which are not part of the project"
        )
    folder = checkout(tmp_path_factory.mktemp("study"))
    snakemake(
        folder,
        *(f"results/{name}/gates.tsv" for name in ("study", "kidney_cortex")),
        "results/study/differences.tsv",
        "results/kidney_cortex/differences.tsv",
        "results/kidney_cortex/ladder.tsv",
        "--configfile",
        "config/study/study_reanalysis.yaml",
        "--config",
        f"data_dir={SHARED_DATA}",
        "statistics={n_resamples: 100, n_permutations: 100}",
    )
    return folder / "results"


def test_the_study_is_reproduced_from_its_own_columns(results):
    study = read_study()
    metrics = read_tsv(results / "study/corrected/metrics.tsv", METRICS)
    metrics = metrics[metrics["stratum"] == "all_pairs"]
    metrics = metrics.set_index(["task", "predictor", "metric"])["value"]
    expected = agreement(study, "slope", 2048)
    for metric, value, reported in zip(
        ("spearman", "pearson"), expected, REPORTED[2048], strict=True
    ):
        assert metrics["signed", "model", metric] == pytest.approx(value)
        assert metrics["published", "published", metric] == reported
        assert value == pytest.approx(reported, abs=5e-5)
    gates = read_tsv(results / "study/gates.tsv", GATES)
    gates = gates[gates["protocol"] == "corrected"].set_index("gate")
    assert gates.loc["effect_signs", ["verdict", "value"]].tolist() == ["fail", 0]
    assert gates.loc["effect_signs", "n"] == len(study) == 1000


def test_its_slope_is_the_p_value_of_gtex(results):
    theirs = read_gtex("Whole_Blood.v8.egenes.txt.gz", read_study())
    expected = read_study().merge(theirs, on=KEYS, suffixes=("", "_of_gtex"))
    found = read_tsv(results / "study/corrected/original.tsv.gz", ORIGINALS)
    assert found["variant_id"].tolist() == expected["variant_id"].tolist()
    assert found["original_effect"].tolist() == expected["slope_of_gtex"].tolist()
    assert expected["slope"].tolist() == expected["pval_nominal"].tolist()
    assert found["equals"].tolist() == ["p value"] * len(expected)
    gates = read_tsv(results / "study/gates.tsv", GATES).set_index("gate")
    gate = gates[gates["protocol"] == "corrected"].loc["original_effects"]
    assert [gate["verdict"], gate["n"]] == ["fail", len(expected)]
    assert "chr16_2686249_G_A_b38 of ENSG00000167977.8" in gate["evidence"]
    assert "1.54058e-07 instead of 0.126269" in gate["evidence"]


@pytest.mark.parametrize("window_bp", [16_384, 131_072])
def test_windows_are_compared_on_the_same_pairs(results, window_bp):
    study = read_study()
    kidney = read_gtex("Kidney_Cortex.v8.signif_variant_gene_pairs.txt.gz", study)
    for dataset, pairs in (("study", study), ("kidney_cortex", kidney)):
        found = read_tsv(results / dataset / "differences.tsv", DIFFERENCES)
        found = found[found["comparison"] == "window"]
        found = found[(found["a"] == f"{window_bp}bp") & (found["b"] == "2048bp")]
        found = found[found["stratum"] == "all_pairs"].set_index("metric")
        here = agreement(pairs, "slope", 2048)
        there = agreement(pairs, "slope", window_bp)
        for place, metric in enumerate(("spearman", "pearson")):
            row = found.loc[metric]
            assert row["n_shared"] == len(pairs)
            assert row["value_b"] == pytest.approx(here[place])
            assert row["value_a"] == pytest.approx(there[place])
            # Here, conclusions are those of tests of differences: none is significant.
            assert row["ci_low"] < 0 < row["ci_high"] and row["p_adjusted"] > 0.05
    assert agreement(study, "slope", window_bp) == pytest.approx(
        REPORTED[window_bp], abs=5e-5
    )


def test_the_ladder_has_every_step_that_needs_no_call(results):
    pairs = read_gtex("Kidney_Cortex.v8.signif_variant_gene_pairs.txt.gz", read_study())
    assert (len(pairs), pairs["variant_id"].nunique()) == (399, 123)
    # The best pair of each variant, and the best variant of each gene.
    best = pairs.assign(size=-pairs["slope"].abs())
    best = best.sort_values(["pval_nominal", "size", "gene_id", "variant_id"])
    steps = {
        "published": (pairs, "pval_nominal"),
        "column": (pairs, "slope"),
        "unique": (best.drop_duplicates("variant_id"), "slope"),
        "lead": (best.drop_duplicates("gene_id"), "slope"),
    }
    ladder = read_tsv(results / "kidney_cortex/ladder.tsv", LADDER)
    rho = ladder[ladder["metric"] == "spearman"].set_index("name")
    assert rho.index.tolist() == list(steps)
    for name, (expected, effect) in steps.items():
        assert rho.loc[name, "n"] == len(expected)
        value, _ = agreement(expected, effect, 2048)
        assert rho.loc[name, "value"] == pytest.approx(value)
    assert rho.loc["lead", "n"] == 82


def test_nothing_of_it_is_reportable(results):
    variants = read_study().drop_duplicates("variant_id")
    sizes = {bp: variants[f"{bp}bp"].abs() for bp in WINDOWS}
    exponents = [
        np.log(sizes[2048] / sizes[bp]) / np.log(2048 / bp) for bp in (16_384, 131_072)
    ]
    exponent = np.median(np.concatenate(exponents))
    # A mean over the window has -1, a local score 0.
    assert exponent == pytest.approx(-0.789, abs=5e-4)
    for dataset in ("study", "kidney_cortex"):
        path = results / dataset / "corrected/conclusion.tsv"
        conclusions = read_tsv(path, CONCLUSIONS)
        assert (conclusions["is_reportable"] == "no").all()
        assert conclusions["why"].str.contains("window_dilution").all()
        gates = read_tsv(results / dataset / "gates.tsv", GATES)
        gates = gates[gates["protocol"] == "corrected"].set_index("gate")
        dilution = gates.loc["window_dilution"]
        assert [dilution["verdict"], dilution["n"]] == ["fail", 985]
        assert dilution["value"] == pytest.approx(exponent)
    # Of GTEx's own slopes, no gate on effects fails.
    assert set(gates.loc[gates["verdict"] == "fail"].index) == {"window_dilution"}
