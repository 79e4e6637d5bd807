import grpc
import pytest
from endobench.core import logs
from endobench.core.errors import NotAnswered
from endobench.model.faults import Fault, fault_of


def status(code, details):
    """Return a gRPC error."""
    nothing = grpc.aio.Metadata()
    return grpc.aio.AioRpcError(code, nothing, nothing, details)


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
