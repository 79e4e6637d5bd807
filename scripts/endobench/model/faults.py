"""The wording of errors that calls raise, the same in all messages and logs."""

from typing import NamedTuple

import grpc

from endobench.core.logs import redacted


class Fault(NamedTuple):
    """Why a call failed; `str` gives both parts, such as ``UNAVAILABLE: no route``.

    Attributes
    ----------
    status : str
        Name of the gRPC status, or of the exception's class.
    message : str
        On one line, without secrets.
    """

    status: str
    message: str

    def __str__(self):
        """Return status and message, as messages and log lines quote them."""
        return f"{self.status}: {self.message}".rstrip()


def fault_of(error):
    """Return the `Fault` that describes an exception of a call."""
    if isinstance(error, grpc.RpcError):
        status, message = error.code().name, error.details()
    else:
        status, message = type(error).__name__, error
    return Fault(status, redacted(" ".join(str(message).split())))
