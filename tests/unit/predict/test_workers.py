import collections
import contextlib
import itertools
import logging
import random
import threading

import grpc
import numpy as np
import pytest
import tenacity
from endobench.model.answer import Answer
from endobench.predict.call_budget import CallBudget, LimitReached
from endobench.predict.journal import Journal
from endobench.predict.workers import Asker, Limits, Pace, Question, Workers
from frames import rows_of, variants_of

SCORER = "s"
IDS = [f"chr1_{position}_A_G_b38" for position in range(1, 41)]


def questions():
    rows = variants_of(*IDS).assign(window_start=0)
    for position, row in enumerate(rows.itertuples(index=False)):
        yield Question(position, row, [SCORER], False)


def answer(row, _=None):
    return [Answer(row.variant_id, row.window_start, np.float32([row.pos]))]


@pytest.fixture
def journal(tmp_path):
    with Journal(tmp_path / "journal") as each:
        yield each


@pytest.fixture
def start(journal, tmp_path):
    def make(asker, attempts=3, limit=None):
        return Workers(
            asker,
            {SCORER: journal},
            Limits(4, attempts, 0, len(IDS)),
            CallBudget(tmp_path / "requests", limit),
            tenacity.wait_none(),
        )

    return make


def asker_of(put, hang_up=lambda: None):
    return Asker(put, hang_up)


def remembered(journal):
    rows = variants_of(*IDS).assign(window_start=0)
    is_known = journal.find(rows)["file"] >= 0
    return [name for (name,) in rows_of(rows[is_known], "variant_id")]


def test_each_question_has_one_result_and_its_answer_is_written(start, journal):
    results = list(start(asker_of(answer)).results(questions()))
    found = collections.Counter(result.question.row.variant_id for result in results)
    assert found == collections.Counter(IDS)
    for result in results:
        row = result.question.row
        assert result.answers[SCORER].raw.tolist() == [row.pos]
        assert (result.error, result.attempts) == (None, 1)
    assert remembered(journal) == IDS


def test_attempts_are_counted_and_logged_now_and_then(start, caplog):
    tries = collections.Counter()

    def put(row, _):
        tries[row.pos] += 1
        if tries[row.pos] < 3:
            raise ValueError("the stream ended")
        return answer(row)

    with caplog.at_level(logging.WARNING):
        results = list(start(asker_of(put)).results(questions()))
    assert {result.attempts for result in results} == {3}
    assert len(caplog.messages) == 1
    assert "the stream ended" in caplog.text and "trying again" in caplog.text


def test_a_reader_that_stops_ends_the_calls_in_flight(start, journal):
    hung_up = threading.Event()

    def put(row, _):
        if row.pos > 10:
            hung_up.wait(30)
        return answer(row)

    with contextlib.closing(
        start(asker_of(put, hung_up.set)).results(questions())
    ) as results:
        list(itertools.islice(results, 5))
    assert hung_up.is_set()
    # Answers to calls in flight are kept, and no call is started afterwards.
    assert 5 <= len(remembered(journal)) <= 10 + 2 * 4


def test_a_limit_is_the_last_result_and_calls_in_flight_are_waited_for(start, journal):
    results = list(start(asker_of(answer), limit=17).results(questions()))
    assert isinstance(results[-1].error, LimitReached)
    assert sum(result.error is None for result in results) == 17
    assert len(remembered(journal)) == 17


def test_an_error_among_the_questions_is_a_result(start):
    def broken():
        yield from itertools.islice(questions(), 10)
        raise MemoryError("no room")

    results = list(start(asker_of(answer)).results(broken()))
    (last,) = [result for result in results if result.question is None]
    assert isinstance(last.error, MemoryError)
    assert len(results) == 11


S = grpc.StatusCode


def status(code):
    """Return a gRPC error."""
    nothing = grpc.aio.Metadata()
    return grpc.aio.AioRpcError(code, nothing, nothing, "injected")


QUOTA = status(S.RESOURCE_EXHAUSTED)


def call(pace, error=None):
    """Make a call that ends with a given error, or with none."""
    try:
        with pace.slot():
            if error is not None:
                raise error
    except BaseException as caught:
        assert caught is error


def call_together(pace, errors):
    """Make calls that are all in flight before the first of them ends."""
    slots = [pace.slot() for _ in errors]
    for slot in slots:
        slot.__enter__()
    for slot, error in zip(slots, errors, strict=True):
        assert not slot.__exit__(error and type(error), error, None)


def run_threads(function, n_threads):
    """Run a function on threads; a call that waits for ever fails the test."""
    threads = [threading.Thread(target=function, daemon=True) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()


class Counter:
    """Counts calls in flight, as the service would see them."""

    def __init__(self):
        self.most = 0
        self._n = 0
        self._lock = threading.Lock()

    def __enter__(self):
        with self._lock:
            self._n += 1
            self.most = max(self.most, self._n)

    def __exit__(self, *_):
        with self._lock:
            self._n -= 1


def test_as_many_calls_as_the_limit_are_in_flight_and_never_more():
    pace, counter = Pace(3), Counter()
    # Opens only if three calls are in flight at once.
    meeting = threading.Barrier(3)

    def work():
        for _ in range(6):
            with pace.slot(), counter:
                meeting.wait(timeout=60)

    run_threads(work, 9)
    assert counter.most == 3


def test_calls_in_flight_together_halve_the_limit_once():
    pace = Pace(8)
    call_together(pace, [QUOTA] * 8)
    assert pace.limit == 4
    call_together(pace, [QUOTA] * 4)
    assert pace.limit == 2


def test_an_answer_between_refusals_in_flight_together_changes_little():
    pace = Pace(8)
    call_together(pace, [QUOTA, None, QUOTA, None])
    assert 4 < pace.limit < 5


def test_a_halved_limit_holds():
    pace, counter = Pace(8), Counter()
    call(pace, QUOTA)
    meeting = threading.Barrier(4)

    def work():
        with pace.slot(), counter:
            meeting.wait(timeout=60)

    # A round of four answers raises the limit at most to five.
    run_threads(work, 4)
    assert counter.most == 4
    call(pace, QUOTA)
    assert int(pace.limit) == 2


def test_of_calls_in_flight_together_as_many_are_allowed_as_were_granted():
    pace = Pace(16)
    call_together(pace, [QUOTA] * 6 + [None] * 10)
    assert 10 <= pace.limit <= 11
    # One more is tried only after several rounds of answers, and refused once.
    n_rounds = 0
    while int(pace.limit) == 10:
        call_together(pace, [None] * 10)
        n_rounds += 1
    assert 4 <= n_rounds <= 9
    call_together(pace, [QUOTA] + [None] * 10)
    assert 10 <= pace.limit < 11


def test_a_quota_that_has_grown_is_found():
    pace = Pace(16)
    call_together(pace, [QUOTA] * 6 + [None] * 10)
    for _ in range(30):
        call_together(pace, [None] * int(pace.limit))
    assert pace.limit == 16


def test_one_call_is_always_allowed():
    pace = Pace(5)

    def work():
        for _ in range(10):
            call(pace, QUOTA)

    run_threads(work, 1)
    assert pace.limit == 1


def test_a_round_of_answers_raises_the_limit_by_about_one():
    pace = Pace(64)
    while pace.limit > 1:
        call(pace, QUOTA)
    for _ in range(20):
        before = pace.limit
        call_together(pace, [None] * int(before))
        # Less than one because a limit of 2.9 gives rounds of two.
        assert 0.6 <= pace.limit - before <= 1
    assert pace.limit >= 16


def test_the_maximum_is_reached_again_and_not_passed():
    pace = Pace(4)
    call(pace, QUOTA)
    for _ in range(20):
        call(pace)
    assert pace.limit == 4


@pytest.mark.parametrize(
    "error",
    [status(S.UNAVAILABLE), status(S.INVALID_ARGUMENT), ValueError("cut")],
    ids=repr,
)
def test_other_errors_leave_the_limit_alone(error):
    pace = Pace(4)
    call_together(pace, [error] * 4)
    assert pace.limit == 4


@pytest.mark.parametrize(
    "error", [QUOTA, ValueError("cut"), KeyboardInterrupt(), SystemExit(1)], ids=repr
)
def test_a_slot_is_given_back_after_any_error(error):
    pace = Pace(1)

    def work():
        for _ in range(5):
            call(pace, error)
        call(pace)

    run_threads(work, 2)


def test_no_call_is_left_waiting_while_the_limit_goes_up_and_down():
    pace, counter = Pace(6), Counter()
    done = []

    def work():
        chance = random.Random(len(done))
        for _ in range(100):
            error = QUOTA if chance.random() < 0.1 else None
            try:
                with pace.slot(), counter:
                    if error is not None:
                        raise error
            except grpc.RpcError:
                pass
            done.append(error)

    run_threads(work, 12)
    assert len(done) == 1_200
    assert counter.most <= 6
    assert 1 <= pace.limit <= 6
