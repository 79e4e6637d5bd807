import logging
import re
import shutil
import threading
import time

import grpc
import numpy as np
import pandas as pd
import pytest
from asking import SCORER, ask, backlog_of, remembered, run
from endobench.core import logs
from endobench.core.errors import InputError
from endobench.model.answer import Answer
from endobench.model.retries import pause
from endobench.predict.call_budget import CallBudget, LimitReached
from endobench.predict.engine import Terms, ask_all
from endobench.predict.progress import Progress
from endobench.predict.workers import Asker, Limits
from servers import CrowdedService, FaultyService, serving, substitutions

OTHER = "DNASE-501-DIFF_MEAN"
S = grpc.StatusCode


@pytest.fixture(scope="module")
def rows(genome):
    return substitutions(genome[1], range(9_000, 9_040))


def assert_same(one, other):
    assert one.keys() == other.keys()
    for key, answer in one.items():
        assert np.array_equal(answer.raw, other[key].raw)


@pytest.mark.services
def test_each_variant_takes_one_call_and_none_the_second_time(genome, rows, tmp_path):
    with serving(genome[0]) as (service, address):
        first = run(rows, address, tmp_path)
        assert sorted(service.calls) == sorted(rows["pos"])
        second = run(rows, address, tmp_path)
        assert len(service.calls) == len(rows)
    assert (first.n_answered, second.n_answered) == (len(rows), 0)
    assert_same(first.answers, second.answers)


@pytest.mark.services
def test_several_scorers_share_a_call_and_a_new_one_is_requested_alone(
    genome, rows, tmp_path
):
    with serving(genome[0]) as (service, address):
        one = run(rows, address, tmp_path / "one", scorers=[SCORER])
        both = run(rows, address, tmp_path / "two", scorers=[SCORER, OTHER])
        assert len(service.calls) == 2 * len(rows)
        more = run(rows, address, tmp_path / "one", scorers=[SCORER, OTHER])
        assert len(service.calls) == 3 * len(rows)
        run(rows, address, tmp_path / "one", scorers=[OTHER, SCORER])
        assert len(service.calls) == 3 * len(rows)
    assert len(one.answers) == len(rows)
    assert_same(both.answers, more.answers)


@pytest.mark.services
def test_every_transient_fault_is_survived(genome, rows, tmp_path):
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
    faults = {4 * number: kind for number, kind in enumerate(kinds)}
    with serving(genome[0]) as (_, address):
        whole = run(rows, address, tmp_path / "whole")
    with serving(genome[0], faults=faults) as (service, address):
        outcome = run(rows, address, tmp_path / "faulty")
        assert len(service.calls) == len(rows) + len(kinds)
    assert outcome.failures.empty
    assert_same(whole.answers, outcome.answers)


@pytest.mark.services
def test_a_poisoned_variant_is_one_failure_and_the_rest_continues(
    genome, rows, tmp_path
):
    bad = rows["pos"].iloc[[3, 17]]
    with serving(genome[0], refused=bad) as (service, address):
        outcome = run(rows, address, tmp_path, max_failures=2)
        assert len(service.calls) == len(rows)
    assert outcome.n_answered == len(outcome.answers) == len(rows) - 2
    assert set(outcome.failures["variant_id"]) == set(rows["variant_id"].iloc[[3, 17]])
    assert set(outcome.failures["grpc_status"]) == {"INVALID_ARGUMENT"}
    assert set(outcome.failures["message"]) == {"poisoned variant"}
    assert set(outcome.failures["attempts"]) == {1}
    assert set(outcome.failures["scorer"]) == {SCORER}


@pytest.mark.services
def test_a_failure_is_a_row_for_each_scorer(genome, rows, tmp_path):
    with serving(genome[0], refused=rows["pos"].iloc[:1]) as (_, address):
        outcome = run(rows, address, tmp_path, max_failures=1, scorers=[SCORER, OTHER])
    assert sorted(outcome.failures["scorer"]) == sorted([SCORER, OTHER])


@pytest.mark.services
def test_too_many_failures_end_the_job_at_once_with_the_first_reasons(
    genome, rows, tmp_path
):
    with serving(genome[0], refused=rows["pos"]) as (service, address):
        with pytest.raises(InputError, match="3 of 40 .*max_failed_fraction") as caught:
            run(rows, address, tmp_path, max_failures=2)
        # Calls in flight, and those started before the third failure was known.
        assert len(service.calls) <= 3 + 3 * 4
    assert str(caught.value).count("poisoned variant") == 3


@pytest.mark.services
def test_a_refused_key_stops_at_once_with_one_line(genome, rows, tmp_path):
    with serving(genome[0], keys={"right"}) as (service, address):
        with pytest.raises(InputError, match="refuses the API key") as caught:
            run(rows, address, tmp_path, key="wrong", wait=pause)
        assert len(service.calls) <= 3 * 4
    assert "\n" not in str(caught.value)
    assert "wrong" not in str(caught.value)


@pytest.mark.services
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


@pytest.mark.services
def test_a_hung_call_costs_its_deadline_and_is_repeated(genome, rows, tmp_path):
    with serving(genome[0], faults={7: "slow"}) as (service, address):
        outcome = run(rows, address, tmp_path, deadline_s=1)
        # The server would have been silent for half a minute.
        assert not service.released.is_set()
        assert len(service.calls) == len(rows) + 1
    assert outcome.failures.empty and len(outcome.answers) == len(rows)


@pytest.mark.services
def test_a_service_that_stops_answering_ends_the_job_and_fails_no_variant(
    genome, rows, tmp_path
):
    faults = dict.fromkeys(range(20, 1000), S.RESOURCE_EXHAUSTED)
    with serving(genome[0], faults=faults) as (_, address):
        with pytest.raises(InputError, match="no longer answers: RESOURCE_EXHAUSTED"):
            run(rows, address, tmp_path, attempts=2, max_failures=len(rows))
        n_answered = len(remembered(rows, tmp_path))
        # The other three calls may be in flight when the job ends.
        assert 20 - 3 <= n_answered <= 20
    with serving(genome[0]) as (service, address):
        run(rows, address, tmp_path)
        assert len(service.calls) == len(rows) - n_answered


@pytest.mark.services
@pytest.mark.parametrize("code", [S.RESOURCE_EXHAUSTED, S.UNAVAILABLE])
def test_the_last_variants_do_not_fail_if_the_service_is_away(
    genome, rows, tmp_path, code
):
    # With several calls in flight, an earlier answer may arrive after these refusals.
    for n_answered, concurrency, said in (
        (39, 1, "no longer answers"),
        (38, 4, "(no longer answers|left 2 of 40 variants without an answer .*)"),
    ):
        faults = dict.fromkeys(range(n_answered, 1_000), code)
        folder = tmp_path / str(concurrency)
        with serving(genome[0], faults=faults) as (_, address):
            with pytest.raises(InputError, match=f"{said}: {code.name}"):
                run(
                    rows,
                    address,
                    folder,
                    concurrency=concurrency,
                    attempts=2,
                    max_failures=len(rows),
                )
            assert len(remembered(rows, folder)) == n_answered


def test_a_variant_that_breaks_a_service_fails_if_the_service_is_up(rows, tmp_path):
    class Broken(grpc.RpcError):
        def code(self):
            return S.UNAVAILABLE

        def details(self):
            return "Socket closed"

        def trailing_metadata(self):
            return ()

    def put(row, _):
        if row.pos == rows["pos"].iloc[5]:
            raise Broken
        return [Answer(row.variant_id, row.window_start, raw=np.zeros(1))]

    asker = Asker(put, lambda: None, is_up=lambda: True)
    outcome = ask(rows, tmp_path, lambda: asker, max_failures=1)
    assert outcome.failures["variant_id"].tolist() == [rows["variant_id"].iloc[5]]
    assert outcome.n_answered == len(rows) - 1


@pytest.mark.services
def test_a_quota_that_is_renewed_in_an_hour_ends_the_job_at_once(
    genome, rows, tmp_path
):
    """It may count the calls that it refuses."""
    faults = dict.fromkeys(range(5, 1_000), S.RESOURCE_EXHAUSTED)
    with serving(genome[0], faults=faults, retry_s=3_600) as (service, address):
        with pytest.raises(InputError, match="no longer answers: R.* wait 3,600 s"):
            run(rows, address, tmp_path, attempts=12)
        # One attempt of each call in flight, and of those begun meanwhile.
        assert len(service.calls) <= 5 + 3 * 4
    assert len(remembered(rows, tmp_path)) == 5


@pytest.mark.services
def test_a_service_that_is_slower_than_the_deadline_is_not_paid_on(
    genome, rows, tmp_path
):
    faults = dict.fromkeys(range(1_000), "slow")
    words = "here no longer answers: DEADLINE.*key 'prediction.deadline_s'"
    with serving(genome[0], max_workers=64, faults=faults) as (service, address):
        with pytest.raises(InputError, match=words):
            run(rows, address, tmp_path, attempts=12, deadline_s=0.3, max_failures=40)
        # Three attempts of each call in flight, and of those begun meanwhile.
        assert len(service.calls) <= 3 * 3 * 4


@pytest.mark.services
def test_a_limit_of_calls_ends_the_job_cleanly_and_the_next_continues(
    genome, rows, tmp_path
):
    with serving(genome[0], faults={3: S.UNAVAILABLE}) as (service, address):
        for run_name, left in (("one", 25), ("two", 10)):
            call_budget = CallBudget(tmp_path / run_name, 15 if left == 10 else 16)
            with pytest.raises(LimitReached, match="are kept; run again to continue"):
                run(rows, address, tmp_path, call_budget=call_budget)
            assert len(rows) - len(remembered(rows, tmp_path)) == left
        # The failed attempt was a call, too.
        assert len(service.calls) == 16 + 15
        run(rows, address, tmp_path, call_budget=CallBudget(tmp_path / "three", 16))
        assert sorted(set(service.calls)) == sorted(rows["pos"])
        assert len(service.calls) == len(rows) + 1


@pytest.mark.services
def test_canaries_are_known_answers_requested_again(genome, rows, tmp_path):
    with serving(genome[0]) as (service, address):
        run(rows.iloc[:30], address, tmp_path)
        outcome = run(rows, address, tmp_path, canary_fraction=0.1)
        # Twenty of 30 known answers, and all of 10 new ones.
        assert len(service.calls) == 40 + 20 + 10
        assert len(set(service.calls)) == 40
        # Canaries alone are no reason for a request.
        run(rows, address, tmp_path, canary_fraction=1)
        assert len(service.calls) == 70
    assert outcome.n_answered == 10


def test_a_changed_answer_ends_the_job(rows, tmp_path):
    def asker_of(value):
        def put(row, _):
            raw = np.full(3, value, np.float32)
            return [Answer(row.variant_id, row.window_start, raw=raw)]

        return lambda: Asker(put, lambda: None)

    ask(rows.iloc[:30], tmp_path, asker_of(0.5))
    # Hardware may differ in the last digits.
    ask(rows.iloc[:31], tmp_path, asker_of(0.5001), canary_fraction=1)
    with pytest.raises(InputError, match="now scores .* prediction.journal"):
        ask(rows.iloc[:32], tmp_path, asker_of(0.6), canary_fraction=0.01)


@pytest.mark.services
def test_canaries_leave_calls_for_new_questions(genome, rows, tmp_path):
    with serving(genome[0]) as (_, address):
        run(rows.iloc[:30], address, tmp_path)
        for n_known in (34, 38):
            with pytest.raises(LimitReached):
                run(
                    rows,
                    address,
                    tmp_path,
                    concurrency=1,
                    canary_fraction=1,
                    call_budget=CallBudget(tmp_path / f"{n_known}", 8),
                )
            assert len(remembered(rows, tmp_path)) == n_known


@pytest.mark.services
def test_canaries_that_find_the_service_away_end_the_job(genome, rows, tmp_path):
    with serving(genome[0]) as (_, address):
        run(rows.iloc[:-1], address, tmp_path)
    faults = dict.fromkeys(range(1_000), S.UNAVAILABLE)
    with serving(genome[0], faults=faults) as (service, address):
        with pytest.raises(InputError, match="no longer answers: UNAVAILABLE"):
            run(rows, address, tmp_path, attempts=2, canary_fraction=1, max_failures=9)
        assert len(service.calls) <= 2 * 3 * 4


def test_failures_on_an_earlier_route_count(rows, tmp_path):
    class Refused(grpc.RpcError):
        def code(self):
            return S.INVALID_ARGUMENT

        def details(self):
            return "poisoned"

        def trailing_metadata(self):
            return ()

    def put(row, _):
        raise Refused

    backlog = backlog_of(rows, tmp_path, {SCORER: []})
    limits = Limits(1, 1, 3, len(rows), n_failed=2)
    progress = Progress(len(rows), "test")
    terms = Terms(limits, CallBudget(tmp_path, None), progress, "here")
    with pytest.raises(InputError, match="^4 of 40 variants have failed"):
        ask_all(backlog, lambda: Asker(put, lambda: None), terms)
    # The one that ends the job is not counted any more.
    assert progress.n_failed == 1


@pytest.mark.services
def test_canaries_are_not_written_again(genome, rows, tmp_path):
    with serving(genome[0]) as (_, address):
        run(rows.iloc[:-1], address, tmp_path)
        size = sum(path.stat().st_size for path in tmp_path.rglob("*.journal"))
        run(rows, address, tmp_path, canary_fraction=1)
    sizes = [path.stat().st_size for path in tmp_path.rglob("*.journal")]
    assert sum(sizes) < size * 1.1


def test_an_error_among_the_questions_ends_the_job(rows, tmp_path):
    class Broken(pd.DataFrame):
        @property
        def iloc(self):
            raise MemoryError("no room for a thousand rows")

    def put(row, _):
        return [Answer(row.variant_id, row.window_start, raw=np.zeros(1))]

    with pytest.raises(MemoryError, match="a thousand rows"):
        ask(Broken(rows), tmp_path, lambda: Asker(put, lambda: None))


@pytest.mark.services
def test_no_failure_contains_the_key_whatever_the_server_repeats(
    genome, rows, tmp_path, monkeypatch
):
    monkeypatch.setattr(logs, "_secrets", {"poisoned"})
    with serving(genome[0], refused=rows["pos"].iloc[:1]) as (_, address):
        outcome = run(rows, address, tmp_path, max_failures=1)
    assert outcome.failures["message"].tolist() == ["[API key] variant"]


@pytest.mark.services
def test_a_canary_without_an_answer_is_not_a_failure(genome, rows, tmp_path):
    with serving(genome[0]) as (_, address):
        run(rows.iloc[:1], address, tmp_path)
    with serving(genome[0], refused=rows["pos"].iloc[:1]) as (_, address):
        outcome = run(rows, address, tmp_path, canary_fraction=1)
    assert outcome.failures.empty and len(outcome.answers) == len(rows)


def test_answers_that_come_while_a_job_is_stopped_are_kept(rows, tmp_path):
    released = threading.Event()

    def put(row, _):
        if row.pos == rows["pos"].iloc[0]:
            raise RuntimeError("never to be answered")
        released.wait(10)
        return [Answer(row.variant_id, row.window_start, raw=np.zeros(1))]

    # Stopping the job hangs up, which ends the calls in flight.
    with pytest.raises(RuntimeError, match="never to be answered"):
        ask(rows, tmp_path, lambda: Asker(put, released.set))
    kept = {name for _, name in remembered(rows, tmp_path)}
    assert kept >= set(rows["variant_id"].iloc[1:4])


@pytest.mark.services
def test_a_journal_that_cannot_be_written_is_told_before_the_first_call(
    genome, rows, tmp_path
):
    (tmp_path / SCORER).write_text("not a folder")
    with serving(genome[0]) as (service, address):
        with pytest.raises(InputError, match=f"prediction.journal.*{SCORER}.*no call"):
            run(rows, address, tmp_path, canary_fraction=0.01)
        assert not service.calls


def test_a_write_error_ends_the_job(rows, tmp_path):
    def put(row, _):
        # The folder of the journal goes away while the job runs.
        if (tmp_path / SCORER).is_dir():
            shutil.rmtree(tmp_path / SCORER)
            (tmp_path / SCORER).write_text("not a folder")
        return [Answer(row.variant_id, row.window_start, raw=np.zeros(1))]

    with pytest.raises(InputError, match=f"cannot be saved .*{SCORER}"):
        ask(rows, tmp_path, lambda: Asker(put, lambda: None), concurrency=1)


@pytest.mark.services
def test_a_moved_window_is_requested_anew(genome, rows, tmp_path):
    moved = rows.assign(
        window_start=rows["window_start"] + 8, window_end=rows["window_end"] + 8
    )
    with serving(genome[0]) as (service, address):
        run(rows, address, tmp_path)
        run(moved, address, tmp_path)
        assert len(service.calls) == 2 * len(rows)


def test_no_connection_is_made_without_questions(rows, tmp_path):
    def never():
        raise AssertionError("connected")

    outcome = ask(rows.iloc[:0], tmp_path, never)
    assert outcome.n_answered == 0 and outcome.failures.empty


class Quota(FaultyService):
    """Answers a number of calls, then refuses all for a while after the first of them.

    How fast the calls come does not matter, as they do on a busy machine.
    """

    n_calls, while_s = 12, 0.2

    def __init__(self, model, **options):
        super().__init__(model, **options)
        self._n_given, self._is_over_until = 0, None

    def ScoreVariant(self, requests, context):
        with self._lock:
            now = time.monotonic()
            if self._is_over_until is not None and now >= self._is_over_until:
                self._n_given, self._is_over_until = 0, None
            is_over = self._n_given == self.n_calls
            if is_over and self._is_over_until is None:
                self._is_over_until = now + self.while_s
            self._n_given += not is_over
            self.n_refused += is_over
        if is_over:
            context.abort(S.RESOURCE_EXHAUSTED, "quota of the minute")
        yield from super().ScoreVariant(requests, context)


@pytest.mark.services
def test_a_job_waits_for_quota_with_fewer_calls_in_flight(
    genome, rows, tmp_path, caplog
):
    caplog.set_level(logging.INFO)
    with serving(genome[0], Quota) as (service, address):
        outcome = run(
            rows,
            address,
            tmp_path,
            concurrency=8,
            attempts=12,
            wait=lambda state: pause(state) / 240,
        )
        assert service.n_refused > 0
    assert outcome.failures.empty and len(outcome.answers) == len(rows)
    assert re.search("quota: at most [4-7] calls in flight", caplog.text)


@pytest.mark.services
def test_a_quota_of_calls_in_flight_is_found_and_seldom_exceeded(genome, tmp_path):
    """Fifty calls are asked for and ten granted; `test_pace` counts how many are used."""
    rows = substitutions(genome[1], range(9_000, 9_400))
    with serving(genome[0], CrowdedService, max_workers=60) as (service, address):
        outcome = run(
            rows,
            address,
            tmp_path,
            concurrency=50,
            attempts=12,
            wait=lambda state: pause(state) / 20,
        )
    assert outcome.failures.empty and len(outcome.answers) == len(rows)
    assert max(service.in_flight) == 10
    # A refused call is paid, too. Forty are refused before anything is known.
    assert service.n_refused < 0.4 * len(rows)


@pytest.mark.services
def test_a_job_survives_an_outage_of_two_minutes(genome, rows, tmp_path):
    """The waits and the outage are 120 times shorter than in reality."""
    with serving(genome[0], outage_s=1) as (service, address):
        outcome = run(
            rows, address, tmp_path, attempts=12, wait=lambda state: pause(state) / 120
        )
        assert service.n_refused > 0
    assert outcome.failures.empty and len(outcome.answers) == len(rows)


@pytest.mark.services
def test_a_variant_that_a_full_quota_left_is_told_though_the_service_answers(
    genome, rows, tmp_path
):
    class Full(FaultyService):
        """Has no quota left whenever it is asked for one variant."""

        def ScoreVariant(self, requests, context):
            [request] = requests
            if request.variant.position == rows["pos"].iloc[1]:
                context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "no quota")
            yield from super().ScoreVariant(iter([request]), context)

    with (
        serving(genome[0], Full) as (_, address),
        pytest.raises(InputError, match=f"left 1 of {len(rows)} variants") as told,
    ):
        run(rows, address, tmp_path, attempts=3, concurrency=1)
    assert "no longer answers" not in str(told.value)
    assert len(remembered(rows, tmp_path)) == len(rows) - 1
