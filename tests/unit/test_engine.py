import threading

import grpc
import numpy as np
import pytest
import tenacity
from endobench.engine import ask_all
from endobench.errors import InputError
from endobench.journal import Answer, Journal
from endobench.scorers import score_variant_asker
from servers import client_of, serving, substitutions, write_genome

SCORER = "DNASE-501-DIFF_LOG2_SUM"
S = grpc.StatusCode


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"))


def run(rows, address, folder, key="", attempts=6, max_failed_fraction=0.0):
    """Ask for all rows through the real client; return the outcome."""
    with client_of(address, key) as (client, hang_up), Journal(folder) as journal:
        names = client.output_metadata().dnase["name"].tolist()
        asker = score_variant_asker(client, SCORER, names)
        return ask_all(
            rows,
            lambda: (asker, hang_up),
            journal,
            scorer=SCORER,
            window_bp=16_384,
            address=address,
            concurrency=4,
            attempts=attempts,
            max_failed_fraction=max_failed_fraction,
            wait=tenacity.wait_none(),
        )


@pytest.fixture(scope="module")
def rows(genome):
    return substitutions(genome[1], range(9_000, 9_040))


def test_one_call_for_each_variant_and_none_the_second_time(genome, rows, tmp_path):
    with serving(genome[0]) as (service, address):
        first = run(rows, address, tmp_path)
        assert sorted(service.calls) == sorted(rows["pos"])
        second = run(rows, address, tmp_path)
        assert len(service.calls) == len(rows)
    assert (first.n_asked, second.n_asked) == (len(rows), 0)
    for name, answer in first.answers.items():
        assert np.array_equal(answer.raw, second.answers[name].raw)


def test_every_transient_fault_is_ridden_out(genome, rows, tmp_path):
    kinds = [
        S.UNAVAILABLE,
        S.INTERNAL,
        S.UNKNOWN,
        S.ABORTED,
        S.RESOURCE_EXHAUSTED,
        S.DEADLINE_EXCEEDED,
        S.CANCELLED,
        "cut",
        "empty",
    ]
    # The client itself pauses a second after the statuses that it knows.
    faults = {4 * number: kind for number, kind in enumerate(kinds)}
    with serving(genome[0]) as (_, address):
        whole = run(rows, address, tmp_path / "whole")
    with serving(genome[0], faults=faults) as (service, address):
        outcome = run(rows, address, tmp_path / "faulty")
        assert len(service.calls) == len(rows) + len(kinds)
    assert outcome.failures.empty
    for name, answer in whole.answers.items():
        assert np.array_equal(answer.raw, outcome.answers[name].raw)


def test_a_poisoned_variant_is_one_failure_and_the_rest_goes_on(genome, rows, tmp_path):
    bad = rows["pos"].iloc[[3, 17]]
    with serving(genome[0], refused=bad) as (service, address):
        outcome = run(rows, address, tmp_path, max_failed_fraction=0.1)
        assert len(service.calls) == len(rows)
    assert len(outcome.answers) == len(rows) - 2
    assert set(outcome.failures["variant_id"]) == set(rows["variant_id"].iloc[[3, 17]])
    assert set(outcome.failures["grpc_status"]) == {"INVALID_ARGUMENT"}
    assert set(outcome.failures["message"]) == {"poisoned variant"}
    assert set(outcome.failures["attempts"]) == {1}


def test_too_many_failures_end_the_job_at_once_with_the_first_reason(
    genome, rows, tmp_path
):
    with serving(genome[0], refused=rows["pos"]) as (service, address):
        with pytest.raises(InputError, match="3 of 40 .*max_failed_fraction.*poisoned"):
            run(rows, address, tmp_path, max_failed_fraction=0.05)
        # What was in flight or waiting, and no more.
        assert len(service.calls) <= 3 + 2 * 4


def test_a_score_that_is_no_number_is_a_failure(genome, rows, tmp_path):
    with serving(genome[0], faults={5: "nan"}) as (_, address):
        outcome = run(rows, address, tmp_path, max_failed_fraction=0.1)
    assert len(outcome.failures) == 1
    assert "finite" in outcome.failures["message"].iloc[0]


def test_a_refused_key_stops_at_once_with_one_line(genome, rows, tmp_path):
    with (
        serving(genome[0], keys={"right"}) as (service, address),
        pytest.raises(InputError, match="refuses the API key") as caught,
    ):
        run(rows, address, tmp_path, key="wrong")
    assert "\n" not in str(caught.value)
    assert "wrong" not in str(caught.value)
    assert len(service.calls) <= 2 * 4 + 4


def test_answers_before_a_breakdown_are_kept(genome, rows, tmp_path):
    with (
        serving(genome[0], refused=rows["pos"].iloc[30:]) as (_, address),
        pytest.raises(InputError),
    ):
        run(rows, address, tmp_path)
    with serving(genome[0]) as (service, address):
        outcome = run(rows, address, tmp_path)
        assert set(service.calls) >= set(rows["pos"].iloc[30:])
        assert len(service.calls) < len(rows)
    assert len(outcome.answers) == len(rows)


def test_answers_that_come_while_a_job_is_stopped_are_kept(rows, tmp_path):
    released = threading.Event()

    def ask(row):
        if row.pos == rows["pos"].iloc[0]:
            raise RuntimeError("never to be answered")
        released.wait(10)
        return Answer(row.variant_id, row.window_start, raw=np.zeros(1))

    with Journal(tmp_path) as journal:
        with pytest.raises(InputError, match="never to be answered"):
            ask_all(
                rows,
                # Hanging up is what stops the job; the calls in flight end then.
                lambda: (ask, released.set),
                journal,
                scorer=SCORER,
                window_bp=16_384,
                address="here",
                concurrency=4,
                attempts=1,
                max_failed_fraction=0,
            )
        kept = {answer.variant_id for answer in journal.answers()}
    assert kept >= set(rows["variant_id"].iloc[1:4])


def test_a_moved_window_is_asked_anew(genome, rows, tmp_path):
    moved = rows.assign(
        window_start=rows["window_start"] + 8, window_end=rows["window_end"] + 8
    )
    with serving(genome[0]) as (service, address):
        run(rows, address, tmp_path)
        run(moved, address, tmp_path)
        assert len(service.calls) == 2 * len(rows)


def test_nothing_to_ask_connects_to_nothing(genome, rows, tmp_path):
    def never():
        raise AssertionError("connected")

    with Journal(tmp_path) as journal:
        outcome = ask_all(
            rows.iloc[:0],
            never,
            journal,
            scorer=SCORER,
            window_bp=16_384,
            address="nowhere",
            concurrency=1,
            attempts=1,
            max_failed_fraction=0,
        )
    assert not outcome.answers
