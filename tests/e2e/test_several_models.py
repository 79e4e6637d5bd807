"""Several models in one run: a stand-in, another version of it, and two tables."""

import re

import numpy as np
import pytest
import yaml
from endobench.core.columns import DIFFERENCES, LEADERBOARD, PAIRS
from endobench.core.tables import read_frame, read_tsv
from workflow import SHORTEST, copy_of, said, snakemake, write_config, write_sheet

BOARD = "results/leaderboard.tsv"
TARGETS = [BOARD, "results/sweep.tsv", "results/explanations.tsv"]
ALONE = ("--configfile", "alone.yaml")
SEVERAL = ("--configfile", "several.yaml")
NAMES = ["first", "FOLD_0", "noisy", "unsigned"]
ALLELES = {"noisy": "ALT", "unsigned": "unknown", "plain": "ALT"}


def write_tables(folder):
    """Write tables of noisy, unsigned and plain scores; return the config's key."""
    pairs = read_frame(folder / "results/demo/corrected/pairs.parquet", PAIRS)
    pairs = pairs.drop_duplicates("variant_id")[["variant_id", "raw"]]
    pairs = pairs.astype({"variant_id": str}).sort_values("variant_id")
    raw = pairs["raw"]
    noise = np.random.default_rng(1).normal(size=len(pairs)) * raw.std()
    # The noisy one has half of the variants.
    scores = {"noisy": (raw + 3 * noise)[::2], "unsigned": raw.abs(), "plain": raw}
    row = {"kind": "scores", "format": "scores", "build": "GRCh38"}
    rows = []
    for name, score in scores.items():
        table = pairs.loc[score.index, ["variant_id"]].assign(score=score)
        table.to_csv(folder / f"{name}.tsv", sep="\t", index=False)
        named = {"name": name, "location": f"{name}.tsv"}
        rows.append(row | named | {"effect_allele": ALLELES[name]})
    return write_sheet(folder, *rows)


def write_changed(folder, name, **changes):
    """Write the config of one model with the tables and changes, and without service."""
    config = yaml.safe_load((folder / "alone.yaml").read_text())
    del config["service"]
    config |= write_tables(folder) | changes
    (folder / name).write_text(yaml.safe_dump(config))


@pytest.fixture(scope="module")
def several(simulated, tmp_path_factory):
    """A folder in which one model ran, then four, and the plan of the second run."""
    folder = copy_of(simulated, tmp_path_factory.mktemp("several") / "run")
    write_config(folder, "alone.yaml", SHORTEST)
    snakemake(folder, *TARGETS, *ALONE)
    models = [
        {"name": "first", "service": "standin"},
        {"name": "FOLD_0", "service": "standin", "model_version": "FOLD_0"},
        {"name": "noisy", "service": "table", "scores": {"demo": "noisy"}},
        {"name": "unsigned", "service": "table", "scores": "unsigned"},
    ]
    write_changed(folder, "several.yaml", models=models)
    planned = said(snakemake(folder, "-n", *TARGETS, *SEVERAL))
    snakemake(folder, *TARGETS, *SEVERAL)
    return folder, planned


def chosen(board, **values):
    """Return the rows of a leaderboard with some values, by the model's name."""
    for column, value in values.items():
        board = board[board[column] == value]
    return board.set_index("name")


def test_adding_models_makes_nothing_of_the_first_one_again(several):
    _, planned = several
    outputs = re.findall(r"^    output: ([^,\n]*)", planned, re.M)
    assert {each for each in outputs if each.startswith("results/scores/")} == {
        "results/scores/table.noisy/chr3.parquet",
        "results/scores/table.unsigned/chr3.parquet",
        "results/scores/16384bp@FOLD_0/chr3.parquet",
    }
    # A table needs the variants without windows, which no model was asked about.
    of_first = [each for each in outputs if each.startswith("results/demo/corrected/")]
    assert [each for each in of_first if "0bp" not in each] == []
    assert BOARD in outputs


def test_every_model_has_its_row_in_the_leaderboard(several):
    folder, _ = several
    board = read_tsv(folder / BOARD, LEADERBOARD)
    assert set(board["name"]) == set(NAMES)
    needed = ["value", "ci_low", "ci_high", "n", "is_reportable", "why"]
    assert board[needed].notna().all(axis=None)
    board = board[board["metric"] == "spearman"]
    shared = chosen(board, task="signed", scope="shared", stratum="all_pairs")
    # Without signs, a model is compared by size alone.
    assert set(shared.index) == {"first", "FOLD_0", "noisy"}
    sizes = chosen(board, task="magnitude", scope="shared")
    assert set(sizes.index) == set(NAMES)
    n = chosen(board, task="signed", scope="own", stratum="all_pairs")["n"]
    assert n["first"] == n["FOLD_0"] > n["noisy"]
    assert set(shared["n"]) == {n["noisy"]}
    assert shared.loc["noisy", "compared"] == "worse"
    assert shared.loc["noisy", "difference_high"] < 0


def test_shared_values_are_those_of_the_pairs_of_all(several):
    folder, _ = several
    protocols = {"first": "corrected", "FOLD_0": "corrected@FOLD_0"}
    protocols["noisy"] = "corrected@noisy"
    frames = {
        name: read_frame(folder / f"results/demo/{protocol}/pairs.parquet", PAIRS)
        .astype({"source_id": str, "feature_id": str})
        .set_index(["source_id", "feature_id"])
        for name, protocol in protocols.items()
    }
    index = frames["first"].index
    for each in frames.values():
        index = index.intersection(each.index)
    board = read_tsv(folder / BOARD, LEADERBOARD)
    keys = {"task": "signed", "stratum": "all_pairs", "metric": "spearman"}
    rows = chosen(board, scope="shared", **keys)
    for name, frame in frames.items():
        here = frame.loc[index]
        expected = here["effect"].corr(here["raw"], "spearman")
        assert rows.loc[name, "value"] == pytest.approx(expected, abs=1e-9)
    differences = read_tsv(folder / "results/model_differences.tsv", DIFFERENCES)
    pairs = set(zip(differences["a"], differences["b"], strict=True))
    assert {("first", "FOLD_0"), ("FOLD_0", "noisy"), ("noisy", "unsigned")} <= pairs


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
    first = SHORTEST["datasets"][0]
    datasets = [
        {**first, "name": "a", "scores": "noisy"},
        {**first, "name": "b", "scores": "plain"},
    ]
    write_changed(folder, "two.yaml", service="table", datasets=datasets)
    snakemake(folder, BOARD, "--configfile", "two.yaml")
    board = read_tsv(folder / BOARD, LEADERBOARD)
    board = chosen(board, scope="shared", metric="spearman")
    assert set(board["dataset"]) == {"a", "b"}
    assert set(board.loc["noisy", "compared"]) == {"reference"}
    assert set(board.loc["plain", "compared"]) == {"better"}
    assert (board.loc["plain", "difference_low"] > 0).all()
