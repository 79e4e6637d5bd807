import importlib.metadata
import json
import platform
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from endobench.export.manifest import git_revision, manifest, versions

WATERFALL = pd.DataFrame(
    {
        "dataset": ["a", "a", "b"],
        "protocol": ["corrected", "corrected", "published"],
        "stage": ["input", "kept", "input"],
        "reason": ["all rows", "scored pairs", "all rows"],
        "n_pairs": np.array([9, 7, 5]),
        "n_variants": np.array([3, 2, 1]),
        "model": ["alphagenome", "alphagenome", "standin-1"],
    }
)


@pytest.fixture
def records(tmp_path):
    path = tmp_path / "demo_pairs.json"
    path.write_text(json.dumps({"sha256": "ab", "bytes": 5}))
    return [path]


def git(folder, *arguments):
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments],
        check=True,
        capture_output=True,
    )


@pytest.mark.services
def test_a_folder_outside_of_a_checkout_has_no_revision(tmp_path):
    assert git_revision(tmp_path) is None
    assert git_revision(tmp_path / "none") is None


def test_without_git_there_is_no_revision(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_revision(tmp_path) is None


@pytest.mark.services
@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_modified_checkout_is_marked(tmp_path):
    git(tmp_path, "init")
    assert git_revision(tmp_path) is None
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-m", "one")
    revision = git_revision(tmp_path)
    assert len(revision) == 40
    (tmp_path / "results").write_text("not tracked")
    assert git_revision(tmp_path) == revision
    (tmp_path / "file").write_text("two")
    assert git_revision(tmp_path) == f"{revision}+changes"


def test_versions_are_the_installed_ones():
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["pandas"] == importlib.metadata.version("pandas")
    assert all(found.values())


@pytest.mark.services
def test_a_manifest_is_json_and_counts_each_benchmark(records):
    config = {"chromosomes": ["chr1"], "limits": {"max_n_fraction": 0.5}}
    tracks = pd.DataFrame({"track": ["t1", "t2"]})
    found = manifest(config, records, WATERFALL, tracks)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["config"] == config
    assert found["inputs"] == {"demo_pairs": {"sha256": "ab", "bytes": 5}}
    assert found["n_model_tracks"] == 2
    assert [row["n_pairs"] for row in found["counts"]["a/corrected"]] == [9, 7]
    assert found["counts"]["b/published"] == [
        {"stage": "input", "reason": "all rows", "n_pairs": 5, "n_variants": 1}
    ]


@pytest.mark.services
def test_a_stand_in_is_marked():
    assert manifest({}, [], WATERFALL, None)["is_standin"] is True
    found = manifest({}, [], WATERFALL[:2], None)
    assert (found["is_standin"], found["models"]) == (False, ["alphagenome"])
    assert found["n_model_tracks"] is None
