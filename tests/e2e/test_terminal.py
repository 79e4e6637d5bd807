"""What a run shows on the terminal, as a user sees it: with the default profile alone."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys

import pytest
import yaml
from workflow import (
    SHORTEST,
    checkout,
    copy_of,
    said,
    snakemake,
    with_simulated,
    write_config,
)

AS_A_USER = ("--cores", "2")


@pytest.fixture(scope="module")
def again(demonstration, tmp_path_factory):
    """The lines of a run that makes the report of the demonstration again."""
    folder = copy_of(demonstration, tmp_path_factory.mktemp("again") / "folder")
    result = snakemake(folder, "--forcerun", "write_report", options=AS_A_USER)
    return said(result).splitlines()


def test_a_run_ends_with_its_answers_and_the_path_of_the_report(again):
    first = next(n for n, line in enumerate(again) if line.startswith("demo: "))
    ending = again[first:]
    assert len(ending) == 3 * 2 + 1 + 3
    assert re.match(
        r"demo: agreement; Spearman 0\.744 \[0\.70\d, 0\.78\d\], 754 pairs", ending[0]
    )
    assert ending[1].startswith("  Reportable: yes")
    assert ending[2].startswith("demo_dsqtls: agreement; ")
    assert ending[4].startswith("demo_expression: agreement; ")
    # Only the report was made again.
    assert re.fullmatch(
        r"Calls to the model: none; these scores took [\d,]+ before", ending[7]
    )
    # The other readout of the last dataset.
    assert ending[6].startswith("  RNA_SEQ: agreement; ")
    assert re.fullmatch(r"Time: (\d+ min )?\d+ s", ending[8])
    assert ending[9] == "Report: results/report.html"


def test_paths_are_those_that_the_user_sees_from_another_folder(copied, tmp_path):
    away = tmp_path / "away"
    away.mkdir()
    place = ("--snakefile", copied / "Snakefile", "--directory", copied)
    lines = said(snakemake(away, *place, options=AS_A_USER)).splitlines()
    assert lines[-1] == "Report: ../copied/results/report.html"


def test_a_run_says_if_it_could_not_see_a_changed_config(again, copied):
    shutil.rmtree(copied / ".snakemake")
    result = snakemake(copied, "--config", "statistics={seed: 2}", options=AS_A_USER)
    lines = said(result).splitlines()
    [warning] = [line for line in lines if line.startswith("WARNING")]
    assert re.search(r"files of \d+ jobs .* run once with --forceall", warning)
    assert lines[-1] == "Report: results/report.html"
    assert not any(line.startswith("WARNING") for line in again)


def test_a_run_shows_its_stages_and_not_its_jobs(again):
    stages = [line.split()[0] for line in again if re.search(r" jobs?  ", line)]
    assert stages == ["report", "export"]
    assert not any("rule " in line or "jobid" in line for line in again)
    assert len(again) < 25


def test_a_dry_run_ends_with_jobs_and_their_cost(tmp_path):
    checkout(tmp_path)
    lines = said(snakemake(tmp_path, "--dry-run", options=AS_A_USER)).splitlines()
    at = next(n for n, line in enumerate(lines) if re.fullmatch(r"demo +1", line))
    counts = dict(re.fullmatch(r"(.+?) +(\d+)", line).groups() for line in lines[at:-1])
    total = int(counts.pop("all jobs"))
    assert total == sum(map(int, counts.values())) > 100
    assert list(counts)[:4] == ["demo", "sources", "genome", "predict"]
    command = lines[-1].removeprefix("Calls to the model: counted by: snakemake ")
    assert "results/budget/16384bp.tsv" in command
    # The command is one that works.
    assert "Nothing" not in said(snakemake(tmp_path, "--dry-run", *command.split()[2:]))


@pytest.mark.parametrize(
    ("changes", "is_predicted", "words"),
    [
        ({"statistics": {"seed": 2}}, False, "none"),
        # Another pace requests nothing else.
        ({"prediction": {"concurrency": 4}}, False, "none"),
        ({"loci": {"top": 2}}, False, "one for each new locus"),
        ({"limits": {"max_failed_fraction": 0.02}}, True, "at most [0-9,]+"),
        # The old plan is that of fewer variants.
        ({"limits": {"max_n_fraction": 0.4}}, True, "counted by: snakemake .*"),
    ],
)
def test_a_dry_run_tells_what_a_changed_config_costs(
    demonstration, tmp_path, changes, is_predicted, words
):
    path = tmp_path / "changed.yaml"
    path.write_text(yaml.safe_dump(changes))
    configs = ("--configfile", "config/config.yaml", path)
    result = snakemake(demonstration, "--dry-run", *configs, options=AS_A_USER)
    lines = said(result).splitlines()
    calls = lines[-1].removeprefix("Calls to the model: ").split(", and one for")[0]
    assert re.fullmatch(words, calls)
    assert any(re.fullmatch(r"predict +\d+", line) for line in lines) == is_predicted


def test_the_command_that_counts_calls_works_in_the_folder_of_the_user(tmp_path):
    (tmp_path / "flow").mkdir()
    checkout(tmp_path / "flow")
    away = tmp_path / "my runs"
    away.mkdir()
    config = tmp_path / "flow/config/config.yaml"
    (away / "mine.yaml").write_text(config.read_text())
    given = ("-s", "../flow/Snakefile", "--directory", "here", "--dry-run")
    given += ("--configfile", "mine.yaml", "--config", "loci={top: 0}")
    lines = said(snakemake(away, *given, options=AS_A_USER)).splitlines()
    command = shlex.split(lines[-1].partition("counted by: snakemake ")[2])
    found = said(snakemake(away, "--dry-run", *command, options=()))
    counts = dict(re.findall(r"^(\w+) +(\d+)$", found, re.MULTILINE))
    assert counts["plan_requests"] == "3" and "write_report" not in counts


def test_a_run_without_a_key_or_files_says_so_before_it_starts(tmp_path):
    checkout(tmp_path)
    config = ("--configfile", "config/finemapped_eqtls.yaml")
    result = snakemake(
        tmp_path,
        "--dry-run",
        *config,
        options=AS_A_USER,
        ALPHAGENOME_API_KEY="",
        ALPHAGENOME_API_KEY_FILE="",
    )
    lines = said(result).splitlines()
    assert any(re.match(r"Downloads: \d+ files, \d", line) for line in lines)
    assert "API key: none; set ALPHAGENOME_API_KEY or ALPHAGENOME_API_KEY_FILE" in lines


def test_a_failure_ends_with_its_reason_and_the_log(simulated, tmp_path):
    with_simulated(simulated, tmp_path)
    write_config(tmp_path, "mine.yaml", SHORTEST, chromosomes=["chr7"])
    run = ("results/demo/corrected/pairs.parquet", "--configfile", "mine.yaml")
    result = snakemake(tmp_path, *run, check=False, options=AS_A_USER)
    assert result.returncode != 0
    last = result.stderr.splitlines()[-1]
    found = re.fullmatch(
        r"ERROR: (.*chromosome_not_requested.*) \(log: (results/logs/\S+)\)", last
    )
    assert found, last
    assert found[1] in (tmp_path / found[2]).read_text()
    # Nor does Snakemake tell the command of the job, which says nothing to a user.
    assert "CalledProcessError" not in said(result)


def test_a_run_without_a_processor_ends_instead_of_waiting_for_one(tmp_path):
    checkout(tmp_path)
    result = snakemake(tmp_path, check=False, options=("--cores", "0"))
    assert result.returncode != 0
    last = result.stderr.splitlines()[-1]
    assert last == "ERROR: --cores 0 runs no job; to see what would run, use -n"


@pytest.mark.interrupts
def test_an_interrupted_run_says_that_it_goes_on(simulated, tmp_path):
    with_simulated(simulated, tmp_path)
    write_config(tmp_path, "mine.yaml", SHORTEST)
    command = [sys.executable, "-m", "snakemake", "--configfile", "mine.yaml"]
    command += AS_A_USER
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        lines = []
        for line in process.stderr:
            lines.append(line)
            if line.startswith("sources "):
                # A terminal sends it to the jobs as well.
                os.killpg(process.pid, signal.SIGINT)
    assert process.returncode != 0
    assert re.fullmatch(
        r"Stopped after \d+ of \d+ jobs; the same command goes on from there",
        lines[-1].strip(),
    )
    # Jobs that were still importing tell no traceback.
    assert not re.search("Traceback|CalledProcessError", "".join(lines))
