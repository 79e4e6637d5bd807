"""Faults that a run survives: of the service, kills, interrupts, a full disk."""

import collections
import itertools
import os
import random
import signal
import time

import grpc
import numpy as np
import pytest
from children import SCORER, shard_of, started
from endobench.core.columns import ANSWERS
from endobench.core.tables import read_frame
from endobench.model.service import Service, list_tracks
from servers import FaultyService, client_of, serving, substitutions, write_genome

N_VARIANTS = 2_000
IN_FLIGHT = 8
S = grpc.StatusCode


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"))


@pytest.fixture(scope="module")
def rows(genome):
    return substitutions(genome[1], range(9_000, 9_000 + N_VARIANTS))


@pytest.fixture
def few(rows):
    return rows.iloc[:400]


@pytest.fixture(scope="module")
def whole(genome, rows, tmp_path_factory):
    """Return the answers of an undisturbed run."""
    folder = tmp_path_factory.mktemp("whole")
    with serving(genome[0]) as (_, address):
        job(rows, address, folder)
    return read_frame(folder / "chr1.parquet", ANSWERS)


def tracks_at(address):
    with client_of(address) as made:
        return list_tracks(made.client, "DNASE", Service("address", address, tls=False))


def job(rows, address, folder, **options):
    """Run a job to its end; return its exit status."""
    with started(rows, tracks_at(address), address, folder, **options) as process:
        process.join()
        return process.exitcode


def said(folder):
    return "".join(path.read_text() for path in folder.glob("*.log"))


def remembered(rows, tracks, folder):
    """Return the ids of the variants whose answers are in the journals."""
    with shard_of(rows, tracks, folder) as shard:
        is_known = shard.places["model"][SCORER]["file"] >= 0
        return set(rows.loc[is_known, "variant_id"])


def assert_same(folder, whole, rows):
    found = read_frame(folder / "chr1.parquet", ANSWERS)
    whole = whole[whole["variant_id"].isin(rows["variant_id"])]
    assert found["variant_id"].tolist() == whole["variant_id"].tolist()
    for name in ("raw", "quantile"):
        assert np.array_equal(np.stack(found[name]), np.stack(whole[name]))


class Slow(FaultyService):
    """Answers with a delay, so that calls are always in flight."""

    def ScoreVariant(self, requests, context):
        time.sleep(0.005)
        yield from super().ScoreVariant(requests, context)


def test_mixed_faults_of_one_call_in_twenty_leave_no_failure(
    genome, rows, whole, tmp_path
):
    kinds = [
        S.UNAVAILABLE,
        S.INTERNAL,
        S.UNKNOWN,
        S.ABORTED,
        S.DEADLINE_EXCEEDED,
        S.CANCELLED,
        S.RESOURCE_EXHAUSTED,
        "cut",
        "empty",
    ]
    chosen = random.Random(1).sample(range(N_VARIANTS), N_VARIANTS // 20)
    faults = dict(zip(chosen, itertools.cycle(kinds), strict=False))
    with serving(genome[0], faults=faults) as (service, address):
        assert job(rows, address, tmp_path) == 0
        assert len(service.calls) == N_VARIANTS + len(faults)
    assert "failed 0" in said(tmp_path)
    # The pace is recorded for the next plan.
    assert len(list((tmp_path / "journal").rglob("*.seconds"))) == 1
    assert_same(tmp_path, whole, rows)


def test_ten_poisoned_variants_are_ten_failures(genome, rows, tmp_path):
    rows = rows.iloc[:1_000]
    poisoned = rows["pos"].sample(10, random_state=1)
    with serving(genome[0], refused=poisoned) as (service, address):
        assert job(rows, address, tmp_path) == 0
        assert len(service.calls) == len(rows)
    assert "answered 990, failed 10" in said(tmp_path)
    found = read_frame(tmp_path / "chr1.parquet", ANSWERS)
    is_poisoned = rows["pos"].isin(poisoned)
    assert set(found["variant_id"]) == set(rows.loc[~is_poisoned, "variant_id"])


def test_twenty_kills_lose_nothing_and_repeat_only_calls_in_flight(
    genome, rows, whole, tmp_path
):
    rows = rows.iloc[:1_000]
    rng = random.Random(2)
    known = set()
    with serving(genome[0], Slow) as (service, address):
        tracks = tracks_at(address)
        for _ in range(20):
            n_before = len(service.calls)
            with started(rows, tracks, address, tmp_path) as process:
                n_more = rng.randrange(10, 60)
                while process.is_alive() and len(service.calls) < n_before + n_more:
                    time.sleep(rng.uniform(0, 0.01))
                process.kill()
                process.join()
            now = remembered(rows, tracks, tmp_path)
            assert known <= now
            known = now
        assert 200 < len(known) < len(rows)
        assert job(rows, address, tmp_path) == 0
        calls = collections.Counter(service.calls)
    assert set(calls) == set(rows["pos"])
    assert calls.total() <= len(rows) + 20 * IN_FLIGHT
    assert_same(tmp_path, whole, rows)


def test_two_jobs_on_one_shard_do_not_disturb_each_other(genome, few, whole, tmp_path):
    with serving(genome[0]) as (_, address):
        tracks = tracks_at(address)
        with (
            started(few, tracks, address, tmp_path) as one,
            started(few, tracks, address, tmp_path) as other,
        ):
            one.join()
            other.join()
            assert (one.exitcode, other.exitcode) == (0, 0)
    assert_same(tmp_path, whole, few)


@pytest.mark.interrupts
@pytest.mark.parametrize(
    ("number", "status", "fault"),
    [
        (signal.SIGINT, 130, "slow"),
        (signal.SIGTERM, 143, "slow"),
        # While a job waits for the next minute's quota.
        (signal.SIGINT, 130, S.RESOURCE_EXHAUSTED),
    ],
)
def test_an_interrupt_ends_a_job_within_five_seconds_and_keeps_the_answers(
    genome, few, tmp_path, number, status, fault
):
    # From the hundredth call on, nothing is answered within the time of the test.
    faults = dict.fromkeys(range(100, 10_000), fault)
    with serving(genome[0], faults=faults) as (service, address):
        tracks = tracks_at(address)
        with started(few, tracks, address, tmp_path) as process:
            while len(service.calls) < 108:
                assert process.is_alive()
                time.sleep(0.05)
            begun = time.monotonic()
            os.kill(process.pid, number)
            process.join()
            # Five seconds, with a margin for a busy machine.
            assert time.monotonic() - begun < 15
        assert process.exitcode == status
        assert len(remembered(few, tracks, tmp_path)) == 100
        assert not service.released.is_set()
    assert "answers received so far are kept" in said(tmp_path)
    assert not (tmp_path / "chr1.parquet").exists()


def test_a_full_disk_is_one_line_and_the_next_run_continues(
    genome, few, whole, tmp_path
):
    with serving(genome[0]) as (service, address):
        assert job(few, address, tmp_path, file_bytes=20_000) == 1
        n_known = len(remembered(few, tracks_at(address), tmp_path))
        assert 0 < n_known < len(few)
        assert "is the disk full?" in said(tmp_path)
        assert "Traceback" not in said(tmp_path)
        assert not (tmp_path / "chr1.parquet").exists()
        assert job(few, address, tmp_path) == 0
        assert len(service.calls) <= len(few) + IN_FLIGHT
    assert_same(tmp_path, whole, few)
