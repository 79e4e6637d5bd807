"""A table of scores in place of a model, in a run that is compared with another one."""

import pandas as pd
import pytest
from endobench.core.columns import COST, LADDER, PAIRS, RUNS, WATERFALL
from endobench.core.tables import read_frame, read_tsv
from endobench.evaluate.summary import SUMMARY
from workflow import SMALL, snakemake, with_simulated, write_config, write_sheet

PROTOCOLS = ["corrected", "published"]


@pytest.fixture(scope="module")
def tabled(demonstration, tmp_path_factory):
    """A run with the demonstration's scores as a table, compared with the demonstration."""
    folder = with_simulated(demonstration, tmp_path_factory.mktemp("tabled"))
    pairs = read_frame(demonstration / "results/demo/corrected/pairs.parquet", PAIRS)
    # Variants are written as in the source: indels of scores and of effects are both
    # normalised by the workflow.
    source = pd.read_csv(folder / "resources/simulated/pairs.txt.gz", sep="\t")
    raw = pairs.drop_duplicates("source_id").set_index("source_id")["raw"]
    scores = pd.DataFrame({"variant_id": source["variant_id"].unique()})
    scores["score"] = scores["variant_id"].map(raw).fillna(0)
    scores.to_csv(folder / "scores.tsv", sep="\t", index=False)
    row = {"name": "mine", "kind": "scores", "format": "scores", "build": "GRCh38"}
    row |= {"location": "scores.tsv", "effect_allele": "ALT"}
    changes = {"service": "table", "scores": "mine", **write_sheet(folder, row)}
    changes["datasets"] = [{**SMALL["datasets"][0], "ladder": True}]
    changes["protocol"] = PROTOCOLS
    changes["compare"] = {"first_model": str(demonstration / "results")}
    write_config(folder, "table.yaml", SMALL, **changes)
    snakemake(folder, "--configfile", "table.yaml")
    return folder


def whole(folder):
    summary = read_tsv(folder / "results/summary.tsv", SUMMARY)
    is_whole = (summary["stratum"] == "all_pairs") & (summary["dataset"] == "demo")
    return summary[is_whole].set_index("protocol")


def test_a_table_of_scores_joins_like_a_model(demonstration, tabled):
    ours, theirs = whole(tabled), whole(demonstration)
    assert ours.loc["corrected", "n_pairs"] == theirs.loc["corrected", "n_pairs"]
    assert ours.loc["corrected", "spearman"] == pytest.approx(
        theirs.loc["corrected", "spearman"], abs=1e-6
    )
    assert ours.loc["corrected", "model"] == "table/mine"
    for protocol in PROTOCOLS:
        path = tabled / f"results/demo/{protocol}/waterfall.tsv"
        assert "not_in_table" not in set(read_tsv(path, WATERFALL)["reason"])
    # Scores of a table are fixed: no step changes tracks, mask, flanks or indels.
    ladder = read_tsv(tabled / "results/demo/ladder.tsv", LADDER)
    names = ["published", "column", "build", "checks", "unique", "lead"]
    assert ladder["name"].unique().tolist() == names


def test_two_runs_are_compared(tabled):
    runs = read_tsv(tabled / "results/runs.tsv", RUNS)
    keys = ["run", "dataset", "protocol"]
    # The other run has two datasets with two protocols, and one with two readouts, of
    # which one has two windows.
    assert len(runs[keys].drop_duplicates()) == 2 + 2 * 2 + 3
    assert set(runs.loc[runs["run"] == "here", "model"]) == {"table/mine"}
    theirs = runs[runs["run"] == "first_model"].set_index(keys[1:])
    same = theirs.loc[[("demo", "corrected")]]
    # Both runs have the same scores of the same pairs.
    assert same["difference"].abs().max() == pytest.approx(0, abs=1e-9)
    assert (same["n_shared"] == same["n"]).all()
    assert (same["n_other_effects"] == 0).all()
    shared = theirs.index[theirs["n_shared"].notna()]
    assert set(shared) == {("demo", protocol) for protocol in PROTOCOLS}
    cost = read_tsv(tabled / "results/cost.tsv", COST)
    # A table needs no requests, and every job is timed.
    assert set(cost["kind"]) == {"rule"}
    assert (cost["total_s"] > 0).all()
    text = (tabled / "results/report.html").read_text()
    assert "first_model" in text
    assert "The scores of mine agree with measured effects" in text
    # A table has no tracks.
    assert not (tabled / "results/loci.html").exists()
    assert 'id="loci"' not in text
