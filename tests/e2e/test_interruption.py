"""What is left to do after a run that was interrupted or that failed."""

import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest
from workflow import PAIRS, RUN, SHORTEST, copy_of, said, snakemake, write_config

TARGETS = ("results/summary.tsv", "results/demo/gates.tsv")
OPTIONS = ("--configfile", "mine.yaml")


@pytest.fixture
def folder(simulated, tmp_path):
    copy_of(simulated, tmp_path)
    write_config(tmp_path, "mine.yaml", SHORTEST)
    return tmp_path


def n_left(words):
    """Return the jobs of a run that had not finished when it ended, from its output."""
    total = int(re.search(r"^total +(\d+)", words, re.MULTILINE).group(1))
    return total - len(re.findall(r"^Finished jobid: ", words, re.MULTILINE))


def n_planned(folder):
    """Return the jobs of another run."""
    words = said(snakemake(folder, *TARGETS, *OPTIONS, "--dry-run"))
    if "Nothing to be done" in words:
        return 0
    return int(re.search(r"^total +(\d+)", words, re.MULTILINE).group(1))


def test_a_failed_run_leaves_no_more_to_do_than_it_had_left(folder):
    limits = {"max_requests": 100, "canary_fraction": 0}
    write_config(folder, "mine.yaml", SHORTEST, prediction=limits)
    result = snakemake(folder, *TARGETS, *OPTIONS, check=False)
    assert "prediction.max_requests 100 is reached" in said(result)
    assert 0 < n_planned(folder) <= n_left(said(result))


def press_when_begun(process, log):
    """Press Ctrl-C in a run once a job writes its log.

    Not when the run shows the job: Snakemake ignores Ctrl-C while it writes a line.
    """
    while process.poll() is None:
        if log.exists():
            os.killpg(process.pid, signal.SIGINT)
            return
        time.sleep(0.01)


# One while requests are sent, one after all predictions, which an earlier run has made.
@pytest.mark.parametrize(
    ("log", "made"),
    [("predict/16384bp.chr3.log", []), ("measure/demo.corrected.log", [PAIRS])],
    ids=["predict", "measure"],
)
def test_an_interrupted_run_leaves_no_more_to_do_than_it_had_left(folder, log, made):
    if made:
        snakemake(folder, *made, *OPTIONS)
    command = [sys.executable, "-m", "snakemake", *RUN, *TARGETS, *OPTIONS]
    with subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # Where the shell is in the background, SIGINT would be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        pressing = threading.Thread(
            target=press_when_begun, args=(process, folder / "results/logs" / log)
        )
        pressing.start()
        words = process.stdout.read()
    pressing.join()
    assert process.returncode != 0
    assert "Finished jobid: " in words
    assert 0 < n_planned(folder) <= n_left(words)
