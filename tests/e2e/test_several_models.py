"""Several models in one run: a stand-in, another version of it, and two tables."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml
from endobench.core.columns import DIFFERENCES, LEADERBOARD, PAIRS
from endobench.core.tables import read_frame, read_tsv
from workflow import SMALL, copy_of, said, snakemake, write_config, write_sheet

BOARD = "results/leaderboard.tsv"
FIGURE = "results/figures/leaderboard.png"
OWN = [BOARD, "results/sweep.tsv", "results/explanations.tsv"]
ALONE = ("--configfile", "alone.yaml")
SEVERAL = ("--configfile", "several.yaml")
NAMES = ["first", "FOLD_0", "noisy", "unsigned"]


def write_models(folder, *models):
    config = yaml.safe_load((folder / "alone.yaml").read_text())
    del config["service"]
    config["models"] = list(models)
    config["sheet"] = write_sheet(folder, *tables(folder))["sheet"]
    (folder / "several.yaml").write_text(yaml.safe_dump(config))


def tables(folder):
    """Write tables of scores with noise, one of most variants, and return their rows."""
    pairs = read_frame(folder / "results/demo/corrected/pairs.parquet", PAIRS)
    pairs = pairs.drop_duplicates("variant_id")[["variant_id", "raw"]]
    pairs = pairs.astype({"variant_id": str}).sort_values("variant_id")
    noise = np.random.default_rng(1).normal(size=len(pairs)) * pairs["raw"].std()
    pairs.assign(score=pairs["raw"] + 3 * noise)[::2].to_csv(
        folder / "noisy.tsv", sep="\t", index=False, columns=["variant_id", "score"]
    )
    pairs.assign(score=pairs["raw"].abs()).to_csv(
        folder / "unsigned.tsv", sep="\t", index=False, columns=["variant_id", "score"]
    )
    row = {"kind": "scores", "format": "scores", "build": "GRCh38"}
    return [
        row | {"name": "noisy", "location": "noisy.tsv", "effect_allele": "ALT"},
        row
        | {"name": "unsigned", "location": "unsigned.tsv", "effect_allele": "unknown"},
    ]


@pytest.fixture(scope="module")
def several(simulated, tmp_path_factory):
    """Return a folder in which one model ran, then four, and the plan of the second run."""
    folder = copy_of(simulated, tmp_path_factory.mktemp("several") / "run")
    write_config(folder, "alone.yaml", SMALL)
    snakemake(folder, *OWN, *ALONE)
    write_models(
        folder,
        {"name": "first", "service": "standin"},
        {"name": "FOLD_0", "service": "standin", "model_version": "FOLD_0"},
        {"name": "noisy", "service": "table", "scores": {"demo": "noisy"}},
        {"name": "unsigned", "service": "table", "scores": "unsigned"},
    )
    planned = said(snakemake(folder, "-n", *OWN, FIGURE, *SEVERAL))
    snakemake(folder, *OWN, FIGURE, *SEVERAL)
    return folder, planned


def test_adding_models_makes_nothing_of_the_first_one_again(several):
    _, planned = several
    outputs = re.findall(r"^    output: (.*)$", planned, re.M)
    predicted = {
        each.split(",")[0] for each in outputs if each.startswith("results/scores/")
    }
    assert predicted == {
        "results/scores/table.noisy/chr1.parquet",
        "results/scores/table.unsigned/chr1.parquet",
        *(f"results/scores/16384bp@FOLD_0/chr{n}.parquet" for n in (1, 2, 3)),
    }
    # Of the first model, nothing is made but what gathers all models.
    of_first = {
        each.split(",")[0]
        for each in outputs
        if each.startswith("results/demo/corrected/") and "0bp" not in each
    }
    assert of_first == set()


def test_every_model_has_its_row_in_the_leaderboard(several):
    folder, _ = several
    board = read_tsv(folder / BOARD, LEADERBOARD)
    assert set(board["name"]) == set(NAMES)
    needed = ["value", "ci_low", "ci_high", "n", "is_reportable", "why"]
    assert board[needed].notna().all(axis=None)
    signed = board[(board["task"] == "signed") & (board["metric"] == "spearman")]
    shared = signed[(signed["scope"] == "shared") & (signed["stratum"] == "all_pairs")]
    # Without signs, a model is compared by size alone.
    assert set(shared["name"]) == {"first", "FOLD_0", "noisy"}
    sizes = board[(board["task"] == "magnitude") & (board["scope"] == "shared")]
    assert set(sizes["name"]) == set(NAMES)
    own = signed[(signed["scope"] == "own") & (signed["stratum"] == "all_pairs")]
    n = own.set_index("name")["n"]
    assert n["first"] == n["FOLD_0"] > n["noisy"]
    assert set(shared["n"]) == {n["noisy"]}
    found = shared.set_index("name")
    assert found.loc["noisy", "compared"] == "worse"
    assert found.loc["noisy", "difference_high"] < 0
    assert (folder / FIGURE).stat().st_size > 10_000


def test_shared_values_are_those_of_the_pairs_of_all(several):
    folder, _ = several
    frames = {
        name: read_frame(folder / f"results/demo/{protocol}/pairs.parquet", PAIRS)
        .astype({"source_id": str, "feature_id": str})
        .set_index(["source_id", "feature_id"])
        for name, protocol in (
            ("first", "corrected"),
            ("FOLD_0", "corrected@FOLD_0"),
            ("noisy", "corrected@noisy"),
        )
    }
    index = frames["first"].index
    for each in frames.values():
        index = index.intersection(each.index)
    board = read_tsv(folder / BOARD, LEADERBOARD)
    rows = board[
        (board["scope"] == "shared")
        & (board["task"] == "signed")
        & (board["stratum"] == "all_pairs")
        & (board["metric"] == "spearman")
    ].set_index("name")
    for name, frame in frames.items():
        here = frame.loc[index]
        expected = here["effect"].corr(here["raw"], "spearman")
        assert rows.loc[name, "value"] == pytest.approx(expected, abs=1e-9)
    differences = read_tsv(folder / "results/model_differences.tsv", DIFFERENCES)
    pairs = set(zip(differences["a"], differences["b"], strict=True))
    assert ("first", "FOLD_0") in pairs and ("FOLD_0", "noisy") in pairs


def test_the_models_keep_their_names_and_answers_apart(several):
    folder, _ = several
    names = set()
    for protocol in ("corrected", "corrected@FOLD_0", "corrected@noisy"):
        path = folder / f"results/demo/{protocol}/pairs.parquet"
        names |= set(read_frame(path, PAIRS, ["model"])["model"])
    assert len(names) == 3
    assert {name.split("/")[0] for name in names} == {"standin", "table"}
    assert any(name.startswith("standin/FOLD_0/") for name in names)


def test_two_datasets_with_the_same_effects_and_other_scores_are_compared(several):
    folder, _ = several
    config = yaml.safe_load((folder / "several.yaml").read_text())
    del config["models"]
    first = config["datasets"][0]
    config["datasets"] = [
        first | {"name": "a", "scores": "noisy"},
        first | {"name": "b", "scores": "unsigned_as_signed"},
    ]
    config["service"] = "table"
    rows = tables(folder)
    rows[1] |= {"name": "unsigned_as_signed", "effect_allele": "ALT"}
    config["sheet"] = write_sheet(folder, *rows)["sheet"]
    (folder / "datasets.yaml").write_text(yaml.safe_dump(config))
    accept = ["score_model", "allele_symmetry"]
    (folder / "datasets.yaml").write_text(
        yaml.safe_dump(config | {"accept": accept[:1]})
    )
    snakemake(folder, BOARD, "--configfile", "datasets.yaml")
    board = read_tsv(folder / BOARD, LEADERBOARD)
    shared = board[board["scope"] == "shared"]
    assert set(shared["name"]) == {"noisy", "unsigned_as_signed"}
    assert set(shared["dataset"]) == {"a", "b"}
    is_first = (shared["name"] == "noisy").to_numpy()
    assert (shared.loc[is_first, "compared"] == "reference").all()
    assert pd.notna(shared.loc[~is_first, "difference"]).all()
