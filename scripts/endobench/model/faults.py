"""The wording of errors that calls raise, the same in all messages and logs."""

import re
from typing import NamedTuple

import grpc
from google.protobuf import duration_pb2, message

from endobench.core.logs import redacted

# What gRPC says of an answer that is none of its protocol, with a status of its own choice.
_HTTP = re.compile(
    r"Received http2 header with status: (\d+)|Data frame with END_STREAM",
    re.IGNORECASE,
)
# What gRPC says if this machine's deadline has passed.
_LATE = "Deadline Exceeded"
# Where a server of Google's puts details of a status, and what precedes a wait there.
_DETAILS = "grpc-status-details-bin"
_RETRY_INFO = b"type.googleapis.com/google.rpc.RetryInfo\x12"


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
        status, text = error.code().name, error.details()
        if what := http_answer(error):
            text = f"{what} came, as from a proxy or gateway before the service"
        if _LATE in (text or ""):
            text = f"{text} (key 'prediction.deadline_s')"
        if wait_s := advised_wait_s(error):
            text = f"{text} (it asks to wait {wait_s:,.0f} s)"
    else:
        status, text = type(error).__name__, error
    return Fault(status, redacted(" ".join(str(text).split())))


def http_answer(error):
    """Return what came in place of an answer of gRPC, in words, or None.

    gRPC derives a status from it: HTTP's 403 becomes PERMISSION_DENIED, though the service
    refuses no key.
    """
    if found := _HTTP.search(error.details() or ""):
        return f"HTTP status {found[1]}" if found[1] else "an HTTP page"
    return None


def advised_wait_s(error):
    """Return how long a gRPC error asks to wait, in seconds; 0 if it does not say so.

    Servers of Google's attach this to a used-up quota (``google.rpc.RetryInfo``).
    """
    details = dict(error.trailing_metadata() or ()).get(_DETAILS, b"")
    _, _, info = details.partition(_RETRY_INFO)
    # The length of the message, and within it the tag and the length of a duration.
    if len(info) < 3:
        return 0
    try:
        return duration_pb2.Duration.FromString(info[3 : 1 + info[0]]).ToSeconds()
    except message.DecodeError:
        return 0
