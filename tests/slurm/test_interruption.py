"""A run on the cluster is interrupted in every way, and the next run continues."""

import os
import signal
import time

import cluster
import pandas as pd
import pytest
from submissions import CONCURRENCY, KEY, ON_CLUSTER, PATIENCE_S, SCORES, ended
from workflow import SMALL, said, snakemake, with_simulated, write_config

PREDICTIONS = "chromosomes"


@pytest.fixture(scope="module")
def undisturbed(prepared):
    """The answers of an uninterrupted run."""
    prepared.run(*SCORES)
    assert len(prepared.service.calls) == len(prepared.variants)
    return prepared.answers


@pytest.fixture
def fresh(undisturbed, prepared):
    """The demonstration without answers."""
    prepared.forget()
    return prepared


def newest():
    """Return the prediction job that was submitted last."""
    return cluster.jobs(PREDICTIONS)[-1]


def assert_continues(made, undisturbed, n_twice):
    """Run to the end; at most `n_twice` variants may be asked a second time."""
    made.run(*SCORES)
    n_again = len(made.service.calls) - len(made.variants)
    assert 0 <= n_again <= n_twice
    pd.testing.assert_frame_equal(made.answers, undisturbed)


@pytest.mark.interrupts
def test_ctrl_c_cancels_the_jobs_and_the_next_run_continues(fresh, undisturbed):
    with fresh.started(*SCORES) as process:
        fresh.wait_for_calls(200, process)
        os.killpg(process.pid, signal.SIGINT)
        ended(process, status=1)
    assert newest().state in ("CANCELLED", "COMPLETING")
    assert 200 <= len(fresh.service.calls) < len(fresh.variants)
    assert_continues(fresh, undisturbed, CONCURRENCY)


def test_after_sigterm_running_jobs_complete_and_are_not_repeated(fresh, undisturbed):
    with fresh.started(*SCORES) as process:
        fresh.wait_for_calls(200, process)
        process.terminate()
        process.wait(PATIENCE_S)
    assert newest().state == "COMPLETED"
    assert_continues(fresh, undisturbed, 0)


def test_after_a_kill_two_jobs_can_write_one_shard_without_interference(
    fresh, undisturbed
):
    with fresh.started(*SCORES) as process:
        fresh.wait_for_calls(200, process)
        process.kill()
    orphan = newest()
    assert orphan.state == "RUNNING"
    snakemake(fresh.folder, "--unlock", "--configfile", "mine.yaml")
    # Each job may ask for all variants that the other has not written yet.
    assert_continues(fresh, undisturbed, len(fresh.variants))
    second = newest()
    assert second.number != orphan.number and second.start < orphan.end
    while newest().state == "RUNNING":
        time.sleep(1)
    again = snakemake(fresh.folder, *SCORES, "--configfile", "mine.yaml")
    assert "Nothing to be done" in said(again)


def test_the_demonstration_runs_on_the_cluster_except_for_its_small_rules(
    slurm, simulated, tmp_path
):
    folder = with_simulated(simulated, tmp_path)
    write_config(folder, "mine.yaml", SMALL)
    n_before = len(cluster.jobs())
    snakemake(
        folder,
        *ON_CLUSTER,
        "--configfile",
        "mine.yaml",
        ALPHAGENOME_API_KEY=KEY,
    )
    jobs = cluster.jobs()[n_before:]
    # A job that used more memory than it requested would have been killed.
    assert {job.state for job in jobs} == {"COMPLETED"}
    ran = " ".join(job.comment for job in jobs)
    for rule in ("fetch", "read_effects", "chromosomes", "merge", "measure", "report"):
        assert rule in ran
    for rule in ("select_tracks", "gather_gates", "summarise", "gather_cost"):
        assert rule not in ran
    assert (folder / "results/report.html").exists()
