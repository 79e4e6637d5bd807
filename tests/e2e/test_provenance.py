"""The provenance of a whole run, read with another tool."""

import hashlib
import json

import pytest
from rocrate.rocrate import ROCrate


@pytest.fixture(scope="module")
def crate(demonstration):
    return ROCrate(demonstration / "results")


def test_every_file_of_the_run_matches_its_description(demonstration, crate):
    made = crate.get("#run")["result"]
    for each in made:
        content = (demonstration / "results" / each.id).read_bytes()
        assert each["sha256"] == hashlib.sha256(content).hexdigest(), each.id
    names = {each.id for each in made}
    assert {"report.html", "summary.tsv", "manifest.json", "cost.tsv"} <= names
    for name in ("scatter.png", "scatter.pdf"):
        assert f"demo/corrected/figures/{name}" in names


def test_inputs_are_those_of_the_manifest(demonstration, crate):
    manifest = json.loads((demonstration / "results/manifest.json").read_text())
    inputs = {
        each["name"]: each["sha256"]
        for each in crate.get("#run")["object"]
        if each.get("sha256")
    }
    recorded = manifest["inputs"].items()
    assert inputs == {name: record["sha256"] for name, record in recorded}


def test_the_workflow_and_the_stand_in_are_named(demonstration, crate):
    snakefile = demonstration / "results" / crate.mainEntity.id
    assert snakefile.read_text() == (demonstration / "Snakefile").read_text()
    assert "stand-in" in crate.description


def test_no_path_of_the_machine_is_in_the_crate(demonstration):
    text = (demonstration / "results/ro-crate-metadata.json").read_text()
    assert str(demonstration) not in text
    for word in ("/home/", "/root", "/tmp"):
        assert word not in text
