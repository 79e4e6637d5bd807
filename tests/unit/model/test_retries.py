import grpc
import numpy as np
import pytest
import tenacity
from endobench.core.errors import InputError, NotAnswered
from endobench.model.retries import (
    has_status,
    is_away,
    is_exhausted,
    is_refusal,
    is_transient,
    patiently,
    pause,
)
from endobench.predict.call_budget import LimitReached

S = grpc.StatusCode
TRANSIENT = {
    S.UNAVAILABLE,
    S.RESOURCE_EXHAUSTED,
    S.INTERNAL,
    S.DEADLINE_EXCEEDED,
    S.UNKNOWN,
    S.ABORTED,
    S.CANCELLED,
}


def status(code, details="injected"):
    """Return a gRPC error."""
    nothing = grpc.aio.Metadata()
    return grpc.aio.AioRpcError(code, nothing, nothing, details)


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
def test_a_refused_key_is_known_by_its_message(code):
    error = status(code, "API key not valid. Please pass a valid API key.")
    assert is_refusal(error)
    assert not is_transient(error)


@pytest.mark.parametrize("code", [S.RESOURCE_EXHAUSTED, S.UNAVAILABLE])
def test_a_quota_of_a_key_is_no_refused_key(code):
    error = status(code, "Quota exceeded: requests per minute per API key")
    assert not is_refusal(error)
    assert is_transient(error)


def test_a_status_without_details_is_no_refusal():
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
def test_what_no_try_can_change_is_not_tried_again(error):
    assert not (is_transient(error) or is_refusal(error) or is_away(error))


def test_waits_for_a_quota_grow_to_a_minute_and_no_further_than_two():
    samples = [waits(status(S.RESOURCE_EXHAUSTED), attempt) for attempt in range(1, 12)]
    assert np.all(np.diff([each.min() for each in samples[:6]]) > 0)
    for late in samples[5:]:
        assert 60 <= late.min() < late.max() <= 120


def test_ten_tries_ride_out_two_minutes():
    samples = [waits(status(S.UNAVAILABLE), attempt) for attempt in range(1, 10)]
    assert sum(each.min() for each in samples) >= 120
    assert max(each.max() for each in samples) <= 60
    assert samples[0].max() <= 1


@pytest.mark.parametrize(
    "error", [status(S.RESOURCE_EXHAUSTED), status(S.INTERNAL), ValueError("cut")]
)
def test_calls_that_failed_together_do_not_come_back_together(error):
    for attempt in (1, 4, 9):
        sample = waits(error, attempt)
        assert np.ptp(sample) > sample.min() / 2


def asked_in_vain(n_failures, error):
    """Return a question that fails so many times, and the list of its tries."""
    tries = []

    def question():
        tries.append(None)
        if len(tries) <= n_failures:
            raise error
        return "answer"

    return patiently(question).retry_with(sleep=lambda _: None), tries


def test_a_question_of_the_start_is_tried_four_times():
    question, tries = asked_in_vain(3, status(S.UNAVAILABLE))
    assert question() == "answer"
    assert len(tries) == 4
    question, tries = asked_in_vain(4, status(S.UNAVAILABLE))
    with pytest.raises(grpc.RpcError):
        question()
    assert len(tries) == 4


@pytest.mark.parametrize(
    "error",
    [status(S.UNAUTHENTICATED), status(S.UNIMPLEMENTED), InputError("tracks")],
    ids=repr,
)
def test_a_question_of_the_start_that_is_refused_is_asked_once(error):
    question, tries = asked_in_vain(1, error)
    with pytest.raises(type(error)):
        question()
    assert len(tries) == 1
