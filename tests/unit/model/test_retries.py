import ast
import logging
import threading
import time

import grpc
import numpy as np
import pytest
import tenacity
from endobench.core.errors import InputError, NotAnswered, Unavailable
from endobench.model import retries
from endobench.model.retries import (
    attempt,
    calling,
    has_status,
    is_away,
    is_exhausted,
    is_refusal,
    is_transient,
    opening,
    patiently,
    pause,
    without_retries,
)
from endobench.predict.call_budget import LimitReached
from servers import asking_to_wait
from workflow import ROOT

S = grpc.StatusCode
TRANSIENT = {
    S.UNAVAILABLE,
    S.RESOURCE_EXHAUSTED,
    S.INTERNAL,
    S.DEADLINE_EXCEEDED,
    S.UNKNOWN,
    S.ABORTED,
    S.CANCELLED,
    S.DATA_LOSS,
}


def status(code, details="injected", wait_s=0):
    """Return a gRPC error, which may ask to wait."""
    trailing = asking_to_wait(wait_s) if wait_s else ()
    nothing, trailing = grpc.aio.Metadata(), grpc.aio.Metadata(*trailing)
    return grpc.aio.AioRpcError(code, nothing, trailing, details)


def waits(error, attempt, n=400):
    """Sample the waits after a try."""
    state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    state.attempt_number = attempt
    state.set_exception((type(error), error, None))
    return np.array([pause(state) for _ in range(n)])


@pytest.mark.parametrize("code", S, ids=lambda code: code.name)
def test_what_a_status_means(code):
    error = status(code)
    assert has_status(error, code)
    assert is_transient(error) == (code in TRANSIENT)
    assert is_refusal(error) == (code in {S.UNAUTHENTICATED, S.PERMISSION_DENIED})
    assert is_exhausted(error) == (code == S.RESOURCE_EXHAUSTED)
    assert is_away(error) == (code in {S.RESOURCE_EXHAUSTED, S.UNAVAILABLE})


@pytest.mark.parametrize("code", [S.INVALID_ARGUMENT, S.FAILED_PRECONDITION])
def test_a_refused_key_is_recognised_by_its_message(code):
    error = status(code, "API key not valid. Please pass a valid API key.")
    assert is_refusal(error)
    assert not is_transient(error)


@pytest.mark.parametrize("code", [S.RESOURCE_EXHAUSTED, S.UNAVAILABLE])
def test_a_keys_quota_is_not_a_refused_key(code):
    error = status(code, "Quota exceeded: requests per minute per API key")
    assert not is_refusal(error)
    assert is_transient(error)


@pytest.mark.parametrize("code", S, ids=lambda code: code.name)
def test_the_status_of_a_proxy_is_no_refused_key_and_may_pass(code):
    error = status(code, "Received http2 header with status: 403")
    assert not is_refusal(error)
    assert is_transient(error) and is_away(error)


@pytest.mark.parametrize("code", [S.RESOURCE_EXHAUSTED, S.UNAVAILABLE])
def test_a_server_is_left_alone_as_long_as_it_asks(code):
    assert waits(status(code, wait_s=45), 1).min() >= 45
    assert waits(status(code, wait_s=45), 1).max() <= 50
    # Never longer than the longest of the own waits for a quota.
    assert waits(status(code, wait_s=3_600), 1).max() <= 125
    assert waits(status(code, wait_s=1), 12).max() > 30


def test_a_deadline_is_met_three_times_at_most():
    """Each of these calls has probably been paid for."""
    late, other = status(S.DEADLINE_EXCEEDED), status(S.INTERNAL)
    faults, n_asked = [late, other, late, other, other, late, other], []

    def ask():
        n_asked.append(1)
        raise faults[len(n_asked) - 1]

    with pytest.raises(grpc.RpcError):
        attempt(calling(12, tenacity.wait_none()), ask)
    assert len(n_asked) == 6


def test_a_quota_that_is_renewed_much_later_is_not_waited_for():
    assert is_transient(status(S.RESOURCE_EXHAUSTED, wait_s=120))
    assert not is_transient(status(S.RESOURCE_EXHAUSTED, wait_s=121))
    assert is_away(status(S.RESOURCE_EXHAUSTED, wait_s=121))
    # What is away may be back earlier.
    assert is_transient(status(S.UNAVAILABLE, wait_s=3_600))


def test_a_status_without_details_is_not_a_refusal():
    assert not is_refusal(status(S.UNAVAILABLE, None))


@pytest.mark.parametrize("error", [ValueError("cut"), IndexError("empty")], ids=repr)
def test_a_stream_that_ended_is_tried_again(error):
    assert is_transient(error)
    assert not is_away(error)


@pytest.mark.parametrize(
    "error",
    [
        InputError("tracks"),
        LimitReached("max_requests"),
        NotAnswered("nan"),
        KeyError("name"),
        OSError("full disk"),
        None,
    ],
    ids=repr,
)
def test_errors_that_no_attempt_can_change_are_not_transient(error):
    assert not (is_transient(error) or is_refusal(error) or is_away(error))


def test_waits_for_a_quota_grow_to_between_one_and_two_minutes():
    samples = [waits(status(S.RESOURCE_EXHAUSTED), attempt) for attempt in range(1, 12)]
    assert np.all(np.diff([each.min() for each in samples[:6]]) > 0)
    for late in samples[5:]:
        assert 60 <= late.min() < late.max() <= 120


def test_ten_attempts_span_two_minutes():
    samples = [waits(status(S.UNAVAILABLE), attempt) for attempt in range(1, 10)]
    assert sum(each.min() for each in samples) >= 120
    assert max(each.max() for each in samples) <= 60
    assert samples[0].max() <= 1


@pytest.mark.parametrize(
    "error", [status(S.RESOURCE_EXHAUSTED), status(S.INTERNAL), ValueError("cut")]
)
def test_calls_that_failed_together_do_not_return_together(error):
    for number in (1, 4, 9):
        sample = waits(error, number)
        assert np.ptp(sample) > sample.min() / 2


def failing(n_failures, error):
    """Return a function that fails so many times, and the list of its attempts."""
    attempts = []

    def function():
        attempts.append(None)
        if len(attempts) <= n_failures:
            raise error
        return "answer"

    return function, attempts


def without_waits(policy):
    """Return a policy that does not sleep, and the list of its waits."""
    waited = []
    return policy.copy(sleep=waited.append), waited


def started(n_failures, error):
    """Return a failing request at the start of a connection, without waits."""
    function, attempts = failing(n_failures, error)
    return patiently(function).retry_with(sleep=lambda _: None), attempts


def test_a_request_at_the_start_has_four_attempts():
    request, attempts = started(3, status(S.UNAVAILABLE))
    assert request() == "answer"
    assert len(attempts) == 4
    request, attempts = started(4, status(S.UNAVAILABLE))
    with pytest.raises(grpc.RpcError):
        request()
    assert len(attempts) == 4


@pytest.mark.parametrize(
    "error",
    [status(S.UNAUTHENTICATED), status(S.UNIMPLEMENTED), InputError("tracks")],
    ids=repr,
)
def test_a_refused_request_at_the_start_has_one_attempt(error):
    request, attempts = started(1, error)
    with pytest.raises(type(error)):
        request()
    assert len(attempts) == 1


@pytest.mark.parametrize("n_failures", [0, 2, 3])
def test_a_call_has_as_many_attempts_as_it_may(n_failures):
    policy, waited = without_waits(calling(3, tenacity.wait_fixed(7)))
    function, attempts = failing(n_failures, status(S.INTERNAL))
    if n_failures < 3:
        assert policy(function) == "answer"
    else:
        with pytest.raises(grpc.RpcError):
            policy(function)
    assert len(attempts) == min(n_failures + 1, 3)
    assert waited == [7] * (len(attempts) - 1)


@pytest.mark.parametrize(
    "error",
    [status(S.INVALID_ARGUMENT), NotAnswered("nan"), Unavailable("away"), KeyError(1)],
    ids=repr,
)
def test_a_call_is_not_repeated_where_that_cannot_help(error):
    policy, waited = without_waits(calling(3))
    function, attempts = failing(1, error)
    with pytest.raises(type(error)):
        policy(function)
    assert (len(attempts), waited) == (1, [])


@pytest.mark.parametrize("error", [status(S.INTERNAL), InputError("tracks")], ids=repr)
@pytest.mark.parametrize("n_failures", [0, 1, 2, 3])
def test_an_attempt_is_as_by_the_policy_alone(n_failures, error, caplog):
    outcomes = []
    for call in (lambda policy, function: policy(function), attempt):
        caplog.clear()
        policy, waited = without_waits(calling(3, tenacity.wait_fixed(7)))
        # An earlier question on this thread needed all attempts.
        with pytest.raises(grpc.RpcError):
            policy(failing(3, status(S.INTERNAL))[0])
        waited.clear()
        function, attempts = failing(n_failures, error)
        try:
            found = call(policy, function)
        except (grpc.RpcError, InputError) as raised:
            found = raised
        n_attempts = policy.statistics.get("attempt_number", 1)
        outcomes.append((found, len(attempts), n_attempts, waited, caplog.messages))
    assert outcomes[0] == outcomes[1]
    assert outcomes[1][1] == outcomes[1][2]


def test_a_call_waits_as_the_policy_says_by_default():
    policy, waited = without_waits(calling(2))
    policy(failing(1, status(S.RESOURCE_EXHAUSTED))[0])
    # Longer than for any other error.
    assert waited[0] >= 2


def test_a_stop_ends_a_wait_and_all_further_attempts():
    stop = threading.Event()
    policy = calling(9, tenacity.wait_fixed(60), stop)
    function, attempts = failing(9, status(S.UNAVAILABLE))
    threading.Timer(0.1, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(grpc.RpcError):
        policy(function)
    assert time.monotonic() - begun < 30
    assert len(attempts) <= 2


def test_a_job_opens_once_the_service_is_available():
    policy, waited = without_waits(opening(5))
    function, attempts = failing(4, Unavailable("no server answers"))
    assert policy(function) == "answer"
    assert len(attempts) == 5
    assert sum(waited) > 4
    for error in (InputError("tracks"), status(S.UNAVAILABLE)):
        function, attempts = failing(1, error)
        with pytest.raises(type(error)):
            policy(function)
        assert len(attempts) == 1


def test_a_job_waits_for_a_quota_that_its_opening_met():
    policy, waited = without_waits(opening(2))
    error = Unavailable("service does not list its tracks")
    error.__cause__ = status(S.RESOURCE_EXHAUSTED)
    policy(failing(1, error)[0])
    assert waited[0] >= 2


def test_a_job_does_not_wait_for_a_quota_that_is_renewed_in_an_hour():
    n_asked = []

    def ask():
        n_asked.append(1)
        raise Unavailable("no tracks") from status(S.RESOURCE_EXHAUSTED, wait_s=3_600)

    with pytest.raises(Unavailable):
        opening(12)(ask)
    assert len(n_asked) == 1


@pytest.mark.parametrize(("every_s", "n_lines"), [(0, 3), (60, 1)])
def test_retries_are_logged_with_their_reason_and_not_too_often(
    caplog, every_s, n_lines
):
    policy, _ = without_waits(calling(4, log_every_s=every_s))
    with caplog.at_level(logging.WARNING):
        policy(failing(3, status(S.INTERNAL, "two\nlines"))[0])
    assert len(caplog.messages) == n_lines
    assert caplog.messages[0] == "attempt 1: INTERNAL: two lines; trying again"


def test_a_method_without_retries_calls_once_on_its_own_client():
    calls = []

    class Client:
        @tenacity.retry(stop=tenacity.stop_after_attempt(3))
        def score_variant(self, variant):
            calls.append((self, variant))
            raise ValueError("cut")

    client = Client()
    with pytest.raises(ValueError, match="cut"):
        without_retries(client, "score_variant")("v1")
    assert calls == [(client, "v1")]


def test_no_other_module_that_calls_a_service_has_a_retry_policy():
    paths = [
        path
        for package in ("model", "predict", "loci")
        for path in (ROOT / "scripts/endobench" / package).rglob("*.py")
    ]
    assert len(paths) >= 30
    importing = {
        path.relative_to(ROOT / "scripts/endobench").as_posix()
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import)
        if "tenacity" in [alias.name for alias in node.names]
    }
    assert importing == {"model/retries.py"}
    assert {*retries.TRANSIENT} == TRANSIENT
