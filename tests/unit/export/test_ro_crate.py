import copy
import hashlib
import json
import os
import re

import pytest
from endobench.export.ro_crate import run_crate, write_crate
from rocrate.rocrate import ROCrate

STANDIN = "standin/default/ab12"
URL = "https://example.org/genome.fa.gz"
CONFIG = {
    "datasets": [{"name": "demo"}, {"name": "demo_dsqtls"}],
    "service": "address",
    "address": "example.org:443",
    "route": "auto",
    "model_version": None,
    "protocol": ["corrected", "published"],
    "scorer": ["DNASE-501-DIFF_LOG2_SUM"],
    "window_bp": [2048, 16384],
    "study_window_bp": [2048],
    "track_set": ["K562"],
    "chromosomes": ["chr1"],
    "genome": "grch38",
    "ld_blocks": "none",
    "data_dir": "/home/someone/data",
    "local": {"grch38": "/home/someone/genome.fa"},
}


def record(location, **changes):
    return {
        "location": location,
        "sha256": "ab" * 32,
        "bytes": 5,
        "build": "GRCh38",
        "licence": "CC0-1.0",
        "retrieved": "2026-01-01T00:00:00+00:00",
        **changes,
    }


MANIFEST = {
    "config": CONFIG,
    "models": [STANDIN],
    "is_standin": True,
    "inputs": {
        "grch38": record(URL),
        "mine": record("/home/someone/mine.tsv", sha256="cd" * 32),
    },
    "git_revision": "f" * 40,
    "versions": {"python": "3.11.7", "snakemake": "9.27.1", "pandas": "2.3.3"},
}


@pytest.fixture
def results(tmp_path):
    """A folder of results, whose files all have the same time."""
    files = ("summary.tsv", "report.html", "loci/figures/b.png", "loci/figures/a.pdf")
    for name in (*files, "workflow/Snakefile", "loci/figures/.snakemake_timestamp"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}")
        os.utime(path, (1_700_000_000, 1_700_000_000.5))
    return tmp_path


def write(results, **changes):
    """Write the crate of these results, and read it back."""
    paths = [results / name for name in ("summary.tsv", "report.html", "loci/figures")]
    manifest = {**copy.deepcopy(MANIFEST), **changes}
    crate = run_crate(results, paths, results / "workflow/Snakefile", manifest)
    write_crate(crate, results / "ro-crate-metadata.json")
    return ROCrate(results)


def text_of(results):
    return (results / "ro-crate-metadata.json").read_text()


def test_every_file_of_the_run_has_its_digest_and_size(results):
    crate = write(results)
    made = crate.get("#run")["result"]
    assert [each.id for each in made] == [
        "loci/figures/a.pdf",
        "loci/figures/b.png",
        "report.html",
        "summary.tsv",
    ]
    for each in made:
        content = (results / each.id).read_bytes()
        assert each["sha256"] == hashlib.sha256(content).hexdigest()
        assert each["contentSize"] == str(len(content))
    assert crate.get("summary.tsv")["encodingFormat"] == "text/tab-separated-values"


def test_the_run_names_the_workflow_and_its_revision(results):
    crate = write(results)
    assert crate.mainEntity.id == "workflow/Snakefile"
    assert "ComputationalWorkflow" in crate.mainEntity.type
    assert crate.mainEntity["version"] == "f" * 40
    assert crate.get("#run")["instrument"] is crate.mainEntity
    assert crate.root_dataset["mentions"].id == "#run"
    profiles = {each.id for each in crate.root_dataset["conformsTo"]}
    assert "https://w3id.org/ro/wfrun/workflow/0.5" in profiles
    software = crate.mainEntity["softwareRequirements"]
    named = {each["name"]: each.get("softwareVersion") for each in software}
    assert named == {**MANIFEST["versions"], STANDIN: None}


def test_without_a_checkout_there_is_no_version(results):
    crate = write(results, git_revision=None)
    assert crate.mainEntity.get("version") is None


def test_inputs_have_an_address_or_name_and_a_digest(results):
    crate = write(results)
    inputs = {each["name"]: each for each in crate.get("#run")["object"]}
    assert inputs["grch38"].id == URL
    assert inputs["grch38"]["sha256"] == "ab" * 32
    assert inputs["mine"].id == "#input-mine"
    assert inputs["mine"]["sha256"] == "cd" * 32
    # Only inputs with an address are parts of the crate.
    parts = {each.id for each in crate.root_dataset["hasPart"]}
    assert URL in parts
    assert "#input-mine" not in parts


def test_a_member_of_an_archive_differs_from_the_archive(results):
    member = record(URL, member="folder/pairs.txt.gz")
    crate = write(results, inputs={"pairs": member, "other": record(URL)})
    assert crate.get("#input-pairs")["alternateName"] == "folder/pairs.txt.gz"
    assert crate.get(URL)["name"] == "other"


def test_config_values_fill_the_parameters_of_the_workflow(results):
    crate = write(results)
    values = {
        each["name"]: each["value"]
        for each in crate.get("#run")["object"]
        if each.type == "PropertyValue"
    }
    assert values["datasets"] == "demo, demo_dsqtls"
    assert values["window_bp"] == "2048, 16384"
    assert "model_version" not in values
    assert {slot["name"] for slot in crate.mainEntity["input"]} == set(values)


def test_no_path_of_the_machine_is_in_the_crate(results):
    write(results)
    assert "/home/" not in text_of(results)
    assert str(results) not in text_of(results)


@pytest.mark.parametrize("is_standin", [True, False])
def test_a_stand_in_is_mentioned(results, is_standin):
    crate = write(results, is_standin=is_standin)
    assert ("stand-in" in crate.description) == is_standin


def test_equal_files_give_equal_bytes(results):
    write(results)
    first = text_of(results)
    write(results)
    assert text_of(results) == first
    assert "2023-11-14T22:13:20+00:00" in first
    (results / "summary.tsv").write_text("else")
    write(results)
    assert text_of(results) != first


def test_identifiers_are_valid_for_any_name_of_a_model(results):
    write(results, models=['mine <b> "1"/ü'])
    graph = json.loads(text_of(results))["@graph"]
    assert len({each["@id"] for each in graph}) == len(graph)
    for each in graph:
        assert re.fullmatch(r"[!-~]+", each["@id"])
        assert not set('<>"{}|^`') & set(each["@id"])


def test_a_file_outside_of_the_folder_is_refused(results, tmp_path_factory):
    path = tmp_path_factory.mktemp("elsewhere") / "file.tsv"
    path.write_text("")
    with pytest.raises(ValueError, match=r"file\.tsv"):
        run_crate(results, [path], results / "workflow/Snakefile", MANIFEST)
