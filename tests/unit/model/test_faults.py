import grpc
import pytest
from endobench.core import logs
from endobench.core.errors import NotAnswered
from endobench.model.faults import Fault, advised_wait_s, fault_of, http_answer
from servers import asking_to_wait


def status(code, details, trailing=()):
    """Return a gRPC error."""
    nothing, trailing = grpc.aio.Metadata(), grpc.aio.Metadata(*trailing)
    return grpc.aio.AioRpcError(code, nothing, trailing, details)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            status(grpc.StatusCode.UNAVAILABLE, "no route"),
            ("UNAVAILABLE", "no route", "UNAVAILABLE: no route"),
        ),
        (
            status(grpc.StatusCode.INTERNAL, " two\n\tlines "),
            ("INTERNAL", "two lines", "INTERNAL: two lines"),
        ),
        (status(grpc.StatusCode.ABORTED, ""), ("ABORTED", "", "ABORTED:")),
        (status(grpc.StatusCode.ABORTED, None), ("ABORTED", "None", "ABORTED: None")),
        (
            status(grpc.StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded"),
            (
                "DEADLINE_EXCEEDED",
                "Deadline Exceeded (key 'prediction.deadline_s')",
                "DEADLINE_EXCEEDED: Deadline Exceeded (key 'prediction.deadline_s')",
            ),
        ),
        (NotAnswered("nan"), ("NotAnswered", "nan", "NotAnswered: nan")),
        (KeyError("name"), ("KeyError", "'name'", "KeyError: 'name'")),
    ],
    ids=repr,
)
def test_a_fault_has_a_status_and_a_message_on_one_line(error, expected):
    fault = fault_of(error)
    assert (fault.status, fault.message, str(fault)) == expected
    assert f"{fault}" == str(fault)
    assert isinstance(fault, Fault)


@pytest.mark.parametrize("kind", ["rpc", "exception"])
def test_a_fault_holds_no_key_whatever_a_server_repeats(monkeypatch, kind):
    monkeypatch.setattr(logs, "_secrets", {"a-secret"})
    text = "key a-secret\nis unknown"
    error = (
        status(grpc.StatusCode.INTERNAL, text) if kind == "rpc" else ValueError(text)
    )
    assert fault_of(error).message == "key [API key] is unknown"


@pytest.mark.parametrize(
    ("code", "details", "words"),
    [
        (
            "PERMISSION_DENIED",
            "Received http2 header with status: 403",
            "HTTP status 403",
        ),
        ("UNIMPLEMENTED", "Received http2 header with status: 404", "HTTP status 404"),
        (
            "UNKNOWN",
            "Stream removed (Data frame with END_STREAM flag received)",
            "an HTTP page",
        ),
    ],
)
def test_what_comes_from_a_proxy_is_not_said_to_be_the_services(code, details, words):
    error = status(grpc.StatusCode[code], details)
    assert http_answer(error) == words
    assert f"{code}: {words} came, as from a proxy or gateway" in str(fault_of(error))
    assert http_answer(status(grpc.StatusCode[code], "Status 403: no such key")) is None


@pytest.mark.parametrize("wait_s", [1, 90, 3_600, 10**9])
def test_a_wait_that_a_status_asks_for_is_read_and_told(wait_s):
    error = status(grpc.StatusCode.RESOURCE_EXHAUSTED, "quota", asking_to_wait(wait_s))
    assert advised_wait_s(error) == wait_s
    assert str(fault_of(error)).endswith(f"quota (it asks to wait {wait_s:,} s)")


@pytest.mark.parametrize("n_bytes", range(60))
def test_details_that_are_cut_ask_for_no_wait_that_was_not_meant(n_bytes):
    [(name, details)] = asking_to_wait(3_600)
    error = status(
        grpc.StatusCode.RESOURCE_EXHAUSTED, "quota", [(name, details[:n_bytes])]
    )
    assert advised_wait_s(error) in (0, 3_600) or n_bytes == len(details) - 1
