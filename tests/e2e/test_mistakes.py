"""Mistakes of a user, each reported in one line."""

import gzip

import pytest
from endobench.core.columns import GATES
from endobench.core.tables import read_tsv
from endobench.evaluate.summary import SUMMARY
from endobench.model.standin import server as standin
from workflow import SHORTEST, checkout, copy_of, said, snakemake, write_config


def attempts_in(folder):
    """Return a function that runs a small benchmark with a changed config."""

    def run(*arguments, files=(), environment=None, **changes):
        for path, content in files:
            (folder / path).write_text(content)
        write_config(folder, "mine.yaml", SHORTEST, **changes)
        result = snakemake(
            folder,
            *arguments,
            "--configfile",
            "mine.yaml",
            check=False,
            **(environment or {}),
        )
        return result.returncode, said(result), folder

    return run


@pytest.fixture
def attempt(simulated, tmp_path):
    """Run the smallest benchmark, whose inputs are checked, with a changed config.

    Returns the exit code, what was printed, and the folder.
    """
    return attempts_in(copy_of(simulated, tmp_path))


def test_unknown_config_key(attempt):
    code, words, _ = attempt("--dry-run", windw_bp=3)
    assert code != 0
    assert "mine.yaml: key 'windw_bp' is unknown; did you mean 'window_bp'?" in words
    assert "Traceback" not in words


def test_a_limit_of_no_calls(attempt):
    code, words, _ = attempt("--dry-run", "--resources", "api_slots=0")
    assert code != 0
    assert "ERROR: --resources api_slots=0: no call could be made" in words


def test_unknown_row_of_the_sheet(attempt):
    code, words, _ = attempt("--dry-run", genome="demo_genom")
    assert code != 0
    assert "key 'genome': 'demo_genom' is not a row" in words


def test_unknown_track(attempt):
    # Otherwise the gate of the tissue may fail first.
    code, words, folder = attempt(
        track_sets={"K562": ["EFO:9999999"]},
        accept=["tissue"],
        environment={"ALPHAGENOME_API_KEY": ""},
    )
    assert code != 0
    assert "EFO:9999999" in words and "key 'track_sets.K562'" in words
    assert "Traceback" not in words
    assert not (folder / "results/tracks/K562.tsv").exists()
    # Other jobs may have finished, but nothing was predicted.
    assert not list((folder / "results/scores").glob("*/*.parquet"))
    assert not (folder / "resources/journal").exists()


def test_empty_key(attempt):
    code, words, _ = attempt(
        service="alphagenome",
        environment={"ALPHAGENOME_API_KEY": "", "ALPHAGENOME_API_KEY_FILE": ""},
    )
    assert code != 0
    assert "ERROR: ALPHAGENOME_API_KEY is empty or not set" in words
    assert "Traceback" not in words


def test_the_open_model_is_not_installed(attempt):
    code, words, folder = attempt(service="weights")
    assert code != 0
    assert "service weights needs the package alphagenome_research" in words
    assert "pip install" in words
    assert "Traceback" not in words
    assert not (folder / "results/tracks/model.parquet").exists()


def test_the_atlas_only_with_a_window_that_it_lacks(attempt):
    code, words, _ = attempt("--dry-run", route="atlas")
    assert code != 0
    assert (
        "mine.yaml: key 'route': the Atlas holds only scores for windows of 1048576"
        in words
    )


def test_a_dry_run_needs_no_key(attempt):
    code, _, _ = attempt(
        "--dry-run", service="alphagenome", environment={"ALPHAGENOME_API_KEY": ""}
    )
    assert code == 0


def test_the_key_is_needed_before_anything_is_fetched(tmp_path):
    code, words, _ = attempts_in(checkout(tmp_path))(
        "results/tracks/model.parquet",
        "--dry-run",
        service="alphagenome",
    )
    assert code == 0
    assert "rule list_tracks:" in words
    assert "rule fetch:" not in words


def test_the_workflow_runs_in_another_folder(tmp_path):
    ours, theirs = tmp_path / "workflow", tmp_path / "elsewhere"
    for folder in (ours, theirs):
        folder.mkdir()
    checkout(ours)
    plan = said(snakemake(theirs, "--snakefile", ours / "Snakefile", "--dry-run"))
    assert "rule simulate:" in plan
    assert "rule write_manifest:" in plan


def test_a_missing_local_input_is_named_with_its_key(tmp_path):
    attempt = attempts_in(checkout(tmp_path))
    code, words, _ = attempt("--dry-run", local={"demo_pairs": "nowhere.txt.gz"})
    assert code != 0
    assert "mine.yaml: key 'local.demo_pairs': no file nowhere.txt.gz" in words


def test_unreachable_server(attempt):
    code, words, _ = attempt(
        service="address",
        address="127.0.0.1:9",
        tls=False,
        prediction={"connect_timeout_s": 2},
    )
    assert code != 0
    assert "no server answers at 127.0.0.1:9 without TLS within 2 s" in words


def test_renamed_column(attempt, simulated):
    with gzip.open(simulated / "resources/simulated/pairs.txt.gz", "rt") as file:
        text = file.read().replace("\tslope\t", "\tbeta\t", 1)
    code, words, folder = attempt(
        files=[("renamed.txt", text)], local={"demo_pairs": "renamed.txt"}
    )
    assert code != 0
    assert "line 1: column 'slope' is missing" in words
    assert "Traceback" not in words
    assert not (folder / "results/demo/corrected/variants.parquet").exists()


def gates_of(folder, stage, protocol="corrected"):
    path = folder / f"results/demo/{protocol}/gates/{stage}.tsv"
    return read_tsv(path, GATES).set_index("gate")


def test_variants_on_another_build(attempt, simulated):
    genome = simulated / "resources/simulated/genome_hg19.fa"
    code, words, folder = attempt(local={"demo_genome": str(genome)})
    assert code != 0
    # The job tells it, and the run again as its last line.
    said_by_job, line = [
        line for line in words.splitlines() if line.startswith("ERROR: ")
    ]
    assert line == words.splitlines()[-1] and line.startswith(said_by_job)
    row = gates_of(folder, "sequences").loc["ref_match"]
    assert row["verdict"] == "fail"
    for part in (
        "reference alleles do not match",
        "(all verdicts: results/demo/corrected/gates/sequences.tsv)",
        f"gate ref_match fails: share of REFs that match the genome is"
        f" {row['value']:.4g}, at least 0.98 required",
        "'accept: [ref_match",
    ):
        assert part in line
    assert "Traceback" not in words
    assert not (folder / "results/demo/corrected/shards").exists()


def test_a_gate_that_fails_stops_the_run_until_it_is_accepted(attempt):
    strict = {"ref_match": {"warn": 1, "fail": 1}}
    code, words, folder = attempt("results/summary.tsv", gates=strict)
    assert code != 0
    assert "gate ref_match fails: share of REFs that match the genome is" in words
    assert "at least 1 required" in words
    assert "continue anyway with 'accept: [ref_match]' in the config" in words
    assert "Traceback" not in words
    row = gates_of(folder, "sequences").loc["ref_match"]
    assert (row["verdict"], row["is_accepted"], row["is_enforced"]) == (
        "fail",
        False,
        True,
    )
    # Nothing was predicted.
    assert not (folder / "resources/journal").exists()

    code, words, folder = attempt(
        "results/summary.tsv", gates=strict, accept="ref_match"
    )
    assert code == 0, words
    row = gates_of(folder, "sequences").loc["ref_match"]
    assert (row["verdict"], row["is_accepted"]) == ("fail", True)
    log = folder / "results/logs/prepare_sequences/demo.corrected.16384bp.log"
    assert "gate ref_match fails and is accepted" in log.read_text()
    summary = read_tsv(folder / "results/summary.tsv", SUMMARY)
    assert set(summary["is_reportable"]) == {"with exceptions"}
    for why in summary["why"]:
        assert "exception: failing gates that are accepted: ref_match" in why


def test_scores_of_a_stand_in_are_not_taken_for_real_ones(attempt, simulated):
    with standin.running(simulated / "resources/simulated/genome.fa") as address:
        code, words, folder = attempt(
            "results/demo/corrected/metrics.tsv",
            service="address",
            address=address,
            tls=False,
        )
    assert code != 0
    assert (
        "standin_scores fails: share of stand-in scores presented as real is 1" in words
    )
    assert "'accept: [score_model, standin_scores]'" in words
    assert "Traceback" not in words
    failed = gates_of(folder, "scores").query("verdict == 'fail'")
    assert set(failed.index) == {"score_model", "standin_scores"}
    assert not (folder / "results/demo/corrected/metrics.tsv").exists()


def test_an_unknown_gate_cannot_be_accepted(attempt):
    code, words, _ = attempt("--dry-run", accept="ref_mach")
    assert code != 0
    assert "mine.yaml: key 'accept.0': 'ref_mach' is not one of" in words


@pytest.mark.parametrize(
    ("peak", "accept", "words_expected"),
    [
        (
            "scaffold_1\t100\t200\n",
            [],
            "none of 1 intervals can be lifted: unmapped 1 (such as line 1"
            " 'chrscaffold_1:100-200')",
        ),
        (
            "chr1\t9000\t9010\n",
            [],
            "peaks are missing on whole chromosomes",
        ),
        # Accepting the gate does not make peaks with variants.
        ("chr1\t9000\t9010\n", ["peak_chromosomes"], "demo_peaks: none of"),
    ],
)
def test_peaks_without_any_variant(attempt, peak, accept, words_expected):
    code, words, folder = attempt(
        "results/demo/corrected/in_peaks.parquet",
        files=[("peaks.bed", peak)],
        local={"demo_peaks": "peaks.bed"},
        accept=accept,
    )
    assert code != 0
    last = words.splitlines()[-1]
    assert last.startswith("ERROR: ") and words_expected in last
    assert "Traceback" not in words
    assert not (folder / "results/demo/corrected/in_peaks.parquet").exists()


@pytest.mark.parametrize(
    ("path", "why"),
    [("nowhere", "no file nowhere/summary.tsv"), ("results", "this run's own folder")],
)
def test_a_missing_run_to_compare_with(attempt, path, why):
    code, words, _ = attempt("--dry-run", compare={"first": path})
    assert code != 0
    assert "Traceback" not in words
    assert "mine.yaml: key 'compare.first': " in words
    assert why in words
