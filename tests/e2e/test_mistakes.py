"""What a user gets wrong, and the one line that says so."""

import shutil

import pytest
import yaml
from workflow import checkout, said, snakemake


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = checkout(tmp_path_factory.mktemp("mistakes"))
    snakemake(folder, "simulate", "resources/genomes/demo_genome.fa")
    return folder


@pytest.fixture
def attempt(simulated, tmp_path):
    """Run the demonstration with a changed config; return its exit code and words."""
    folder = checkout(tmp_path)
    for part in ("simulated",):
        shutil.copytree(simulated / "resources" / part, folder / "resources" / part)

    def run(*arguments, files=(), environment=None, **changes):
        config = yaml.safe_load((folder / "config/config.yaml").read_text())
        config |= {"protocol": "corrected"} | changes
        for path, content in files:
            (folder / path).write_text(content)
        (folder / "mine.yaml").write_text(yaml.safe_dump(config))
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


def test_unknown_config_key(attempt):
    code, words, _ = attempt("--dry-run", windw_bp=3)
    assert code != 0
    assert "mine.yaml: key 'windw_bp' is unknown; did you mean 'window_bp'?" in words
    assert "Traceback" not in words


def test_unknown_row_of_the_sheet(attempt):
    code, words, _ = attempt("--dry-run", genome="demo_genom")
    assert code != 0
    assert "key 'genome': 'demo_genom' is no row" in words


def test_unknown_track(attempt):
    code, words, folder = attempt(
        track_sets={"K562": ["EFO:9999999"]}, environment={"ALPHAGENOME_API_KEY": ""}
    )
    assert code != 0
    assert "EFO:9999999" in words and "key 'track_sets.K562'" in words
    assert "Traceback" not in words
    assert not (folder / "results/tracks/K562.tsv").exists()
    # Whatever else is ready by then, nothing was predicted.
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


def test_the_atlas_alone_with_a_window_that_it_lacks(attempt):
    code, words, _ = attempt("--dry-run", route="atlas")
    assert code != 0
    assert (
        "mine.yaml: key 'route': the Atlas holds scores of windows of 1048576" in words
    )


def test_a_dry_run_needs_no_key(attempt):
    code, _, _ = attempt(
        "--dry-run", service="alphagenome", environment={"ALPHAGENOME_API_KEY": ""}
    )
    assert code == 0


def test_the_key_is_needed_before_anything_is_fetched(attempt):
    code, words, _ = attempt(
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


def test_a_local_input_that_is_not_there_is_named_with_its_key(attempt):
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
    import gzip

    with gzip.open(simulated / "resources/simulated/pairs.txt.gz", "rt") as file:
        text = file.read().replace("\tslope\t", "\tbeta\t", 1)
    code, words, folder = attempt(
        files=[("renamed.txt", text)], local={"demo_pairs": "renamed.txt"}
    )
    assert code != 0
    assert "line 1: column 'slope' is missing" in words
    assert "Traceback" not in words
    assert not (folder / "results/demo/corrected/variants.parquet").exists()


def test_variants_on_another_build(attempt, simulated):
    genome = simulated / "resources/simulated/genome_hg19.fa"
    code, words, _ = attempt(
        local={"demo_genome": str(genome)},
    )
    assert code != 0
    assert "min_ref_match" in words and "another build" in words


@pytest.mark.parametrize(
    ("peak", "words_expected"),
    [
        ("1\t100\t200\n", "none of 1 intervals can be lifted (their chromosomes: 1)"),
        ("chr1\t9000\t9010\n", "demo_peaks: none of"),
    ],
)
def test_peaks_that_fit_nothing(attempt, peak, words_expected):
    code, words, folder = attempt(
        files=[("peaks.bed", peak)], local={"demo_peaks": "peaks.bed"}
    )
    assert code != 0
    assert words_expected in words
    assert "Traceback" not in words
    assert not (folder / "results/demo/corrected/in_peaks.parquet").exists()
