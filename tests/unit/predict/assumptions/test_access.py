import grpc
import pytest
from endobench.predict.assumptions.access import ASSUMPTIONS

[WRONG_KEY] = ASSUMPTIONS


class Refusal(grpc.RpcError):
    def __init__(self, status, message):
        super().__init__()
        self._status, self._message = status, message

    def code(self):
        return self._status

    def details(self):
        return self._message

    def trailing_metadata(self):
        return ()


class Refusing:
    """Stands for a probe of a service that answers a wrong key with an error."""

    has_key = True

    def __init__(self, error):
        self._error = error

    def refusal_of_tracks(self):
        return self._error


@pytest.mark.parametrize(
    ("status", "message", "is_as_assumed"),
    [
        ("UNAUTHENTICATED", "no", True),
        ("PERMISSION_DENIED", "no", True),
        ("INVALID_ARGUMENT", "API key not valid", True),
        ("INVALID_ARGUMENT", "bad", False),
        ("UNAVAILABLE", "busy", False),
    ],
)
def test_the_status_of_a_refusal_is_told(status, message, is_as_assumed):
    found = WRONG_KEY.check(Refusing(Refusal(grpc.StatusCode[status], message)))
    assert found == (is_as_assumed, f"{status}: {message}")


def test_a_service_that_takes_any_key_differs():
    assert WRONG_KEY.check(Refusing(None)).is_as_assumed is False
