"""What a run does once, before its first job."""

import subprocess
import sys

import pytest
from workflow import checkout, said, snakemake

# Longer than any run of one job takes; a run that waits for itself never ends.
_PATIENCE_S = 300

PROBE = """

rule probe:
    output:
        touch("probed.txt"),


onsuccess:
    limit = workflow.scheduler.job_rate_limiter
    print("limit:", limit and f"{limit.max_jobs} in {limit.timespan:g} s")
"""


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    """From a hook's change and options to the limit of jobs that a run has at its end."""

    def run(*options, snakefile=lambda text: text):
        folder = checkout(tmp_path_factory.mktemp("probed"))
        path = folder / "Snakefile"
        path.write_text(snakefile(path.read_text()) + PROBE)
        lines = said(snakemake(folder, "probed.txt", *options)).splitlines()
        return next(line for line in lines if line.startswith("limit: "))

    return run


def test_a_local_run_has_no_limit_of_jobs_per_second(probed):
    assert probed() == "limit: None"


def test_a_limit_that_a_user_sets_stays(probed):
    assert probed("--max-jobs-per-timespan", "7/2s") == "limit: 7 in 2 s"


def test_snakemake_itself_has_the_limit_that_is_taken_away(probed):
    def without(text):
        return text.replace('include: "rules/common/start.smk"\n', "")

    assert probed(snakefile=without) == "limit: 100 in 1 s"


ASKED_TO_END = """

import signal


def ask_to_end():
    os.kill(os.getpid(), signal.SIGTERM)


def ask_while_a_job_is_finished():
    finish = workflow.scheduler._finish_jobs

    def asked():
        workflow.scheduler._finish_jobs = finish
        ask_to_end()
        finish()

    workflow.scheduler._finish_jobs = asked
"""


def test_a_run_that_is_asked_to_end_while_a_job_is_finished_ends(tmp_path):
    folder = checkout(tmp_path)
    with open(folder / "Snakefile", "a") as file:
        file.write(PROBE + ASKED_TO_END)
    with open(folder / "rules/common/start.smk", "a") as file:
        file.write("    ask_while_a_job_is_finished()\n")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "probed.txt"]
    result = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE_S
    )
    assert result.returncode == 1, said(result)
