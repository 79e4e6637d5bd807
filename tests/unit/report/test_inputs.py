import json

import pandas as pd
import pytest
from endobench.core.columns import WATERFALL
from endobench.core.errors import InputError
from endobench.core.tables import write_tsv
from endobench.evaluate.summary import SUMMARY
from endobench.report.inputs import first_dropped, read_inputs


def manifest(folder):
    path = folder / "manifest.json"
    path.write_text(json.dumps({"models": []}))
    return path


def test_tables_of_benchmarks_are_concatenated(tmp_path):
    paths = []
    for name in ("b", "a"):
        frame = pd.DataFrame({"dataset": [name], "n_pairs": [1]})
        write_tsv(frame, paths.append(tmp_path / name) or paths[-1], WATERFALL)
    pairs = {("b", "published"): "p", ("a", "corrected"): "q", ("b", "corrected"): "r"}
    found = read_inputs({"waterfall": paths}, pairs, {}, [], manifest(tmp_path))
    assert found.waterfall["dataset"].tolist() == ["b", "a"]
    assert found.gates.empty
    assert found.datasets == ["b", "a"]
    assert found.protocols("b") == ["corrected", "published"]
    assert found.manifest == {"models": []}


def test_a_table_without_a_column_is_refused(tmp_path):
    write_tsv(pd.DataFrame({"dataset": ["a"]}), tmp_path / "x.tsv", WATERFALL)
    with pytest.raises(InputError, match="x.tsv: missing columns"):
        read_inputs({"summary": [tmp_path / "x.tsv"]}, {}, {}, [], None)
    assert "why" in SUMMARY.names


def test_the_first_rows_of_each_reason_are_read_in_blocks(tmp_path):
    reasons = ["a"] * 7 + ["b"] * 2 + ["a"] * 3
    frame = pd.DataFrame({"stage": "s", "reason": reasons, "value": range(12)})
    frame["source_line"] = [None, *range(11)]
    path = tmp_path / "dropped.tsv.gz"
    frame.to_csv(path, sep="\t", index=False)
    found, n_rows = first_dropped(path, 3, block_bytes=40)
    assert n_rows == 12
    assert found["value"].tolist() == ["0", "1", "2", "7", "8"]
    # Source lines are numbers, so that the page sorts them as such.
    assert found["source_line"].tolist()[1:] == [0, 1, 6, 7]
    found, n_rows = first_dropped(path, 100)
    assert len(found) == n_rows == 12


@pytest.mark.parametrize("n_bytes", [0, 60])
def test_truncated_dropped_rows_are_refused(tmp_path, n_bytes):
    path = tmp_path / "dropped.tsv.gz"
    frame = pd.DataFrame({"stage": "x", "reason": map(str, range(99))})
    frame.to_csv(path, sep="\t", index=False)
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(InputError, match="dropped.tsv.gz: truncated or not a table"):
        first_dropped(path, 3)


def test_a_file_without_dropped_rows_is_empty(tmp_path):
    path = tmp_path / "dropped.tsv.gz"
    frame = pd.DataFrame(columns=["stage", "reason", "source_line"])
    frame.to_csv(path, sep="\t", index=False)
    found, n_rows = first_dropped(path, 3)
    assert n_rows == 0
    assert found.empty


WINDOWS = {"2048": "short", "16384": "mine"}


@pytest.mark.parametrize(
    ("dataset", "config", "expected"),
    [
        ({}, {"service": "standin", "scores": "mine"}, {}),
        ({"control": "other"}, {"service": "standin"}, {"other": "control"}),
        ({}, {"service": "table", "scores": "mine"}, {"mine": "scores"}),
        (
            {"scores": "own", "control": "other"},
            {"service": "table", "scores": "mine", "score_windows": WINDOWS},
            {"own": "scores", "other": "control"},
        ),
        (
            {"scores": None},
            {"service": "table", "scores": "mine", "score_windows": WINDOWS},
            {"short": "scores, 2048 bp", "mine": "scores, 16384 bp"},
        ),
    ],
)
def test_the_tables_of_a_dataset_are_those_of_the_config(
    tmp_path, dataset, config, expected
):
    content = {"config": {**config, "datasets": [{"name": "d", **dataset}]}}
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(content))
    found = read_inputs({}, {}, {}, [], path)
    assert found.tables("d") == expected


def test_the_lost_rows_of_a_replicate_lie_in_a_folder_of_their_own(tmp_path):
    mine = {"name": "d", "control": "other", "replicate": "other"}
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"config": {"service": "standin", "datasets": [mine]}}))
    losses = pd.DataFrame({"table": ["other", "other", "other, by feature"]})
    found = read_inputs({}, {}, {}, [], path)._replace(losses=losses)
    assert found.dropped_of_tables("d") == [
        "tables/other.dropped.tsv",
        "replicates/other.dropped.tsv",
    ]


@pytest.mark.parametrize(
    ("models", "is_measured"),
    [
        ([], False),
        (["assay/a"], True),
        (["assay/a", "assay/b"], True),
        (["assay/a", "table/b"], False),
    ],
)
def test_scores_are_measured_if_all_of_them_are(tmp_path, models, is_measured):
    found = read_inputs({}, {}, {}, [], manifest(tmp_path))
    found = found._replace(summary=pd.DataFrame({"model": models}))
    assert found.is_measured == is_measured
