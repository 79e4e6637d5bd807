import collections
import random
import threading

import grpc
import pytest
from endobench.predict.pace import Pace

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


@pytest.mark.parametrize("n_granted", [1, 4, 10, 49])
def test_a_quota_of_calls_in_flight_is_used_nearly_in_full(n_granted):
    """Fifty calls are asked for; those granted take equally long and end in turn."""
    pace, granted, n_refused, used = Pace(50), collections.deque(), 0, []
    for _ in range(2_000):
        # Calls are in flight together before the first of them is refused.
        while begun := [pace.slot() for _ in range(int(pace.limit) - len(granted))]:
            for slot in begun:
                slot.__enter__()
            for slot in begun:
                if len(granted) < n_granted:
                    granted.append(slot)
                else:
                    assert not slot.__exit__(type(QUOTA), QUOTA, None)
                    n_refused += 1
        used.append(len(granted))
        assert not granted.popleft().__exit__(None, None, None)
    assert sum(used) / len(used) >= 0.9 * n_granted
    # A refused call is paid, too.
    assert n_refused <= 0.15 * len(used)
