import contextlib
import os
import signal
import socket
import time

import numpy as np
import pytest
from children import shard_of, started
from endobench.core.columns import ANSWERS
from endobench.core.tables import read_frame
from endobench.model.answer import Answer
from endobench.predict.journal import Journal
from endobench.predict.sharing import BLOCK, Announcements, Shared
from frames import variants_of
from liars import Liar, counts
from servers import serving, substitutions, tracks_at

N, IN_FLIGHT = 1_500, 50
IDS = [f"chr1_{position}_A_G_b38" for position in range(1, 101)]


@pytest.fixture(scope="module")
def rows(genome):
    return substitutions(genome[1], range(12_000, 12_000 + N))


def is_complete(rows, tracks, folder):
    shard = shard_of(rows, tracks, folder)
    return not shard.n_missing("model")


@pytest.mark.services
def test_two_runs_on_one_journal_ask_hardly_anything_twice(genome, rows, tmp_path):
    with serving(genome[0], Liar) as (service, address), contextlib.ExitStack() as both:
        tracks = tracks_at(address)
        arguments = rows, tracks, address, tmp_path
        jobs = [
            both.enter_context(started(*arguments, concurrency=IN_FLIGHT))
            for _ in range(2)
        ]
        for job in jobs:
            job.join(300)
        assert [job.exitcode for job in jobs] == [0, 0]
        asked = counts(service)
    assert sorted(asked) == rows["pos"].tolist()
    assert sum(asked.values()) < 1.05 * N
    assert is_complete(rows, tracks, tmp_path)
    # Both have asked: neither waited for the other to end.
    assert len(list(tmp_path.rglob("*.journal"))) == 2
    assert not list(tmp_path.rglob("*.asking"))
    answers = read_frame(tmp_path / "chr1.parquet", ANSWERS)
    assert sorted(answers["variant_id"]) == sorted(rows["variant_id"])


@pytest.mark.services
def test_a_run_that_is_killed_leaves_its_questions_to_the_other(genome, rows, tmp_path):
    rows = rows.iloc[:600]
    with serving(genome[0], Liar) as (service, address):
        tracks = tracks_at(address)
        arguments = rows, tracks, address, tmp_path
        with started(*arguments, concurrency=IN_FLIGHT) as other:
            with started(*arguments, concurrency=IN_FLIGHT) as killed:
                while len(service.journal) < 150:
                    time.sleep(0.01)
                killed.kill()
            other.join(300)
            assert other.exitcode == 0
    assert is_complete(rows, tracks, tmp_path)


@pytest.mark.services
@pytest.mark.interrupts
def test_a_run_that_is_paused_keeps_nobody_waiting_and_asks_little_again(
    genome, rows, tmp_path
):
    rows = rows.iloc[:600]
    with serving(genome[0], Liar) as (service, address):
        tracks = tracks_at(address)
        arguments = rows, tracks, address, tmp_path
        with (
            started(*arguments, concurrency=IN_FLIGHT) as other,
            started(*arguments, concurrency=IN_FLIGHT) as paused,
        ):
            while len(service.journal) < 150:
                time.sleep(0.01)
            os.kill(paused.pid, signal.SIGSTOP)
            other.join(300)
            assert other.exitcode == 0
            assert is_complete(rows, tracks, tmp_path)
            os.kill(paused.pid, signal.SIGCONT)
            paused.join(300)
            assert paused.exitcode == 0
        asked = counts(service)
    # What was in flight, and what had been announced, may have been asked twice.
    assert sum(asked.values()) - len(asked) <= IN_FLIGHT + 2 * BLOCK


@pytest.fixture
def shared(tmp_path):
    """Return a function that starts a run's view of the same hundred variants."""
    rows = variants_of(*IDS).assign(window_start=0)

    def start():
        journal = Journal(tmp_path / "journal")
        is_missing = journal.find(rows)["file"][:, None] < 0
        return Shared(rows, {"s": journal}, is_missing), journal

    return start


def answer(journal, position):
    with journal:
        journal.append(Answer(IDS[position], 0, np.zeros(1)))


def test_what_one_run_announces_the_other_puts_off(shared):
    (one, _), (other, _) = shared(), shared()
    block = np.arange(BLOCK)
    assert one.claim(block).tolist() == block.tolist()
    assert other.claim(np.arange(BLOCK + 4)).tolist() == [BLOCK + at for at in range(4)]
    one.close()


def test_what_one_run_answers_the_other_does_not_ask(shared):
    (_, journal), (other, _) = shared(), shared()
    for position in (3, 7):
        answer(journal, position)
    assert other.claim(np.arange(10)).tolist() == [0, 1, 2, 4, 5, 6, 8, 9]
    assert np.flatnonzero(~other.is_missing[:, 0]).tolist() == [3, 7]
    # It has answered before this run began.
    late, _ = shared()
    assert np.flatnonzero(~late.is_missing[:, 0]).tolist() == [3, 7]


def test_an_answer_for_another_window_is_no_answer(shared):
    (_, journal), (other, _) = shared(), shared()
    with journal:
        journal.append(Answer(IDS[3], 5, np.zeros(1)))
    assert other.claim(np.arange(10)).tolist() == list(range(10))


def test_of_two_simultaneous_announcements_one_goes_first(tmp_path):
    one, other = Announcements(tmp_path), Announcements(tmp_path)
    one.add(IDS[:2])
    other.add(IDS[:2])
    [(seen_by_one, is_other_first)] = one.new()
    [(seen_by_other, is_one_first)] = other.new()
    assert seen_by_one == seen_by_other == IDS[:2]
    assert is_other_first != is_one_first
    assert not list(one.new())
    other.close()
    one.close()
    assert not list(tmp_path.iterdir())


def test_the_announcements_of_a_process_that_has_ended_do_not_count(tmp_path):
    one, left_over = Announcements(tmp_path), Announcements(tmp_path)
    left_over.add(IDS)
    [path] = tmp_path.iterdir()
    host, _, part = path.stem.rsplit("-", 2)
    # No process has this number.
    path.rename(path.with_stem(f"{host}-{2**22 + 1}-{part}"))
    assert not list(one.new())


@pytest.mark.parametrize("name", ["x", "a-b-c", "host-notes-1a2b", f"-{2**70}-1a2b"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\n", b"v1", None])
def test_what_no_run_has_announced_disturbs_none(tmp_path, name, content):
    path = tmp_path / f"{name.replace('host', socket.gethostname())}.asking"
    path.mkdir() if content is None else path.write_bytes(content)
    one = Announcements(tmp_path)
    assert "v1" not in [each for ids, _ in one.new() for each in ids]
