"""A run on the cluster that is ended in any way, and the next one that goes on."""

import os
import signal
import time

import cluster
import pandas as pd
import pytest
from submissions import CONCURRENCY, IMPATIENT, KEY, PATIENCE_S, SCORES, ended
from workflow import SMALL, said, snakemake, with_simulated, write_config

PREDICTIONS = "chromosomes"


@pytest.fixture(scope="module")
def undisturbed(prepared):
    """The answers of a run that nobody ended."""
    prepared.run(*SCORES)
    assert len(prepared.service.calls) == len(prepared.variants)
    return prepared.answers


@pytest.fixture
def fresh(undisturbed, prepared):
    """The demonstration without answers."""
    prepared.forget()
    return prepared


def newest():
    """Return the last prediction that was submitted."""
    return cluster.jobs(PREDICTIONS)[-1]


def assert_goes_on(made, undisturbed, n_twice):
    made.run(*SCORES)
    n_again = len(made.service.calls) - len(made.variants)
    assert 0 <= n_again <= n_twice
    pd.testing.assert_frame_equal(made.answers, undisturbed)


def test_ctrl_c_cancels_the_jobs_and_the_next_run_goes_on(fresh, undisturbed):
    with fresh.started(*SCORES) as process:
        fresh.wait_for_calls(200, process)
        os.killpg(process.pid, signal.SIGINT)
        ended(process, status=1)
    assert newest().state in ("CANCELLED", "COMPLETING")
    assert 200 <= len(fresh.service.calls) < len(fresh.variants)
    assert_goes_on(fresh, undisturbed, CONCURRENCY)


def test_after_sigterm_jobs_end_in_their_own_time_and_are_not_made_again(
    fresh, undisturbed
):
    with fresh.started(*SCORES) as process:
        fresh.wait_for_calls(200, process)
        process.terminate()
        process.wait(PATIENCE_S)
    assert newest().state == "COMPLETED"
    assert_goes_on(fresh, undisturbed, 0)


def test_after_a_kill_two_jobs_write_one_shard_and_disturb_each_other_in_nothing(
    fresh, undisturbed
):
    with fresh.started(*SCORES) as process:
        fresh.wait_for_calls(200, process)
        process.kill()
    orphan = newest()
    assert orphan.state == "RUNNING"
    snakemake(fresh.folder, "--unlock", "--configfile", "mine.yaml")
    # Either may ask for all that the other has not yet written.
    assert_goes_on(fresh, undisturbed, len(fresh.variants))
    second = newest()
    assert second.number != orphan.number and second.start < orphan.end
    while newest().state == "RUNNING":
        time.sleep(1)
    again = snakemake(fresh.folder, *SCORES, "--configfile", "mine.yaml")
    assert "Nothing to be done" in said(again)


def test_the_whole_demonstration_runs_there_and_small_rules_do_not(
    slurm, simulated, tmp_path
):
    folder = with_simulated(simulated, tmp_path)
    write_config(folder, "mine.yaml", SMALL)
    n_before = len(cluster.jobs())
    snakemake(
        folder,
        *("--profile", "profiles/slurm", *IMPATIENT, "--configfile", "mine.yaml"),
        ALPHAGENOME_API_KEY=KEY,
    )
    jobs = cluster.jobs()[n_before:]
    # What a job was killed for is memory that it had not asked for.
    assert {job.state for job in jobs} == {"COMPLETED"}
    ran = " ".join(job.comment for job in jobs)
    for rule in ("fetch", "read_effects", "chromosomes", "merge", "measure", "report"):
        assert rule in ran
    for rule in ("select_tracks", "gather_gates", "summarise", "gather_cost"):
        assert rule not in ran
    assert (folder / "results/report.html").exists()
