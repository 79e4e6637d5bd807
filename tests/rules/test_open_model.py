"""Rules that load the open model, with packages that behave like its own."""

import itertools
import re

import pytest
from endobench.core.columns import ANSWERS, SHARDS
from endobench.core.tables import read_frame, write_table
from one_rule import SEQUENCE, run, variants, write_genome
from open_model.checkpoints import PACKAGES, TOKENS, write_checkpoint
from workflow import SMALL, said, write_config

CHROMS = ("chr1", "chr2", "chr3")
RULES = "list_tracks select_tracks find_track_sets plan_requests predict"
ANSWER = "results/scores/16384bp/chr1.parquet"


@pytest.fixture
def ask(folder, monkeypatch):
    """Predict two variants with the open model; return what the run printed."""
    for name in TOKENS:
        monkeypatch.delenv(name, raising=False)
    for name in ("HF_HOME", "KAGGLEHUB_CACHE"):
        monkeypatch.setenv(name, str(folder / "hub"))
    write_genome(folder, SEQUENCE * 2)
    rows = variants(("chr1", 20_001, "A", "G"), ("chr1", 20_009, "A", "T"))
    start = rows["pos"] - 1 - 8_192
    rows = rows.assign(
        source_id=rows["variant_id"],
        window_start=start,
        window_end=start + 16_384,
        shift_bp=0,
    )
    for chrom in CHROMS:
        path = folder / f"results/demo/corrected/shards/16384bp/{chrom}.parquet"
        write_table(rows[rows["chrom"] == chrom], path, SHARDS)

    def ask(config=(), *arguments, target=ANSWER, **environment):
        changes = {"service": "weights", "weights": "models/checkpoint", **dict(config)}
        write_config(folder, "mine.yaml", SMALL, **changes)
        options = {"check": False, "PYTHONPATH": str(PACKAGES), **environment}
        arguments = ("--configfile", "mine.yaml", *arguments)
        return run(folder, RULES, target, *arguments, **options)

    return ask


def test_a_checkpoint_predicts_in_jobs_that_have_its_device_alone(folder, ask):
    write_checkpoint(folder / "models/checkpoint")
    result = ask()
    assert result.returncode == 0, said(result)
    answers = read_frame(folder / ANSWER, ANSWERS)
    assert len(answers) == 2
    [model] = set(answers["model"])
    assert re.fullmatch("weights/default/[0-9a-f]{12}/[0-9a-f]{12}", model)
    words = said(result)
    assert "(1 s per call of weights)" in words
    asked = {
        name: dict(each.split("=") for each in resources.split(", "))
        for name, resources in re.findall(
            r"rule (\w+):\n(?:    .*\n)*?    resources: (.*)\n", words
        )
    }
    assert asked["predict"]["gpu"] == "1"
    assert asked["predict"]["api_slots"] == "1"
    assert int(asked["predict"]["mem_mb"]) >= 8_000
    # Tracks are listed without loading anything.
    assert asked["list_tracks"].get("gpu", "0") == "0"
    # The log names the folder, whose digest the name of the model holds.
    log = (folder / "results/logs/predict/16384bp.chr1.log").read_text()
    assert "models/checkpoint on " in log


@pytest.mark.parametrize(
    ("changes", "environment", "words"),
    [
        ({}, {"TOY_DEVICES": "cpu"}, "jax finds no gpu on this machine"),
        ({}, {"TOY_MEMORY_BP": "9999"}, "the open model ran out of memory (JaxRun"),
        ({"weights": "huggingface"}, {}, "run hf auth login or set HF_TOKEN"),
        ({"weights": "no/where"}, {}, "key 'weights': no/where does not exist"),
    ],
    ids=["device", "memory", "token", "folder"],
)
def test_what_is_missing_is_told_in_one_line(folder, ask, changes, environment, words):
    write_checkpoint(folder / "models/checkpoint")
    result = ask(changes, **environment)
    assert result.returncode != 0
    lines = [each for each in said(result).splitlines() if each.startswith("ERROR: ")]
    # The job says it, and the run repeats it at its end, with the log.
    line, last = lines[0], lines[-1]
    assert words in line
    assert last.startswith(line) and last.endswith(".log)"), last
    assert {each.partition(" (log: ")[0] for each in lines} == {line}
    assert "Traceback" not in said(result)
    assert not (folder / ANSWER).exists()


def test_a_cpu_has_one_job_at_a_time_and_no_gpu(folder, ask):
    write_checkpoint(folder / "models/checkpoint")
    # Other limits on the command line replace those of the profile.
    limits = ("--resources", "api_slots=4")
    result = ask({"weights_device": "cpu"}, *limits, TOY_DEVICES="cpu")
    assert result.returncode == 0, said(result)
    words = said(result)
    [provided] = re.findall("Provided resources: (.*)", words)
    found = dict(re.findall(r'(\w+)"?[=,] ?(\d+)', provided))
    assert found == {"api_slots": "4", "gpu": "1", "in_turn": "1"}
    [asked] = re.findall(r"rule predict:\n(?:    .*\n)*?    resources: (.*)\n", words)
    assert "gpu=0" in asked and "in_turn=1" in asked
    # Two minutes a variant, and half an hour at least.
    assert "(120 s per call of weights)" in words
    assert int(re.search(r"runtime=(\d+)", asked).group(1)) > 30


def test_scorers_by_gene_read_the_annotation_of_the_configs_folder(folder, ask):
    write_checkpoint(folder / "models/checkpoint")
    answer = "results/scores/131072bp/chr1.parquet"
    for chrom in CHROMS:
        shards = "results/demo/corrected/shards/{}bp/{}.parquet"
        rows = read_frame(folder / shards.format(16_384, chrom), SHARDS)
        write_table(rows, folder / shards.format(131_072, chrom), SHARDS)
    changes = {
        "scorer": ["DNASE-501-DIFF_LOG2_SUM", "RNA_SEQ"],
        "window_bp": 131_072,
        "weights_annotation": "models/annotation",
    }
    result = ask(changes, target=answer)
    assert result.returncode != 0
    lines = [each for each in said(result).splitlines() if each.startswith("ERROR: ")]
    missing = "models/annotation/gtf_feather_path does not exist"
    expected = f"key 'weights_annotation': {missing}; expected a copy of https://"
    assert lines and all(expected in line for line in lines), said(result)


def test_every_rule_that_loads_the_model_asks_for_its_device(folder):
    texts = "".join(
        (folder / f"rules/{name}.smk").read_text() for name in ("predict", "loci")
    )
    blocks = re.split(r"^rule ", texts, flags=re.MULTILINE)[1:]
    loading = [each for each in blocks if "api_slots=" in each]
    names = {each.split(":")[0] for each in loading}
    assert names == {
        "list_tracks",
        "predict",
        "compare_routes",
        "compare_windows",
        "predict_loci",
    }
    for each, line in itertools.product(
        loading,
        (
            r"gpu=.*get_gpus\(",
            r"in_turn=.*get_turns\(",
            r"mem_mb=get_memory_of_calls\(",
        ),
    ):
        assert bool(re.search(line, each)) != each.startswith("list_tracks:")
