"""When a call is tried again, and how long to wait before."""

import grpc
import tenacity

from endobench.core.errors import InputError

TRANSIENT = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.CANCELLED,
    }
)
_REFUSED = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
_MAY_BE_REFUSED = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.FAILED_PRECONDITION,
)

# Half of each wait is certain and half is chance, so that calls which failed together
# do not come back together. Twelve tries take three minutes at least.
_SOON = tenacity.wait_exponential(
    multiplier=0.5, max=30
) + tenacity.wait_random_exponential(multiplier=0.5, max=30)
# Quotas are per minute: the waits grow to one minute and more.
_NEXT_MINUTE = tenacity.wait_exponential(
    multiplier=2, max=60
) + tenacity.wait_random_exponential(multiplier=2, max=60)


def has_status(error, *codes):
    """Tell whether an error is a gRPC status of the given ones."""
    return isinstance(error, grpc.RpcError) and error.code() in codes


def is_refusal(error):
    """Tell whether an error means that no call of this run can succeed."""
    if has_status(error, *_REFUSED):
        return True
    # A quota's message may name the key, too.
    return has_status(error, *_MAY_BE_REFUSED) and (
        "api key" in (error.details() or "").lower()
    )


def is_exhausted(error):
    """Tell whether a call was refused because a quota is used up for now."""
    return has_status(error, grpc.StatusCode.RESOURCE_EXHAUSTED)


def is_away(error):
    """Tell whether an error says something of the service and nothing of the variant."""
    return is_exhausted(error) or has_status(error, grpc.StatusCode.UNAVAILABLE)


def is_transient(error):
    """Tell whether the same call may succeed later.

    The client raises ValueError for a stream that ends early and IndexError for an
    empty one.
    """
    if isinstance(error, grpc.RpcError):
        return error.code() in TRANSIENT and not is_refusal(error)
    return isinstance(error, ValueError | IndexError) and not isinstance(
        error, InputError
    )


def patiently(function):
    """Wrap a question of a connection's start: a few tries within some seconds."""
    return tenacity.retry(
        retry=tenacity.retry_if_exception(is_transient),
        stop=tenacity.stop_after_attempt(4),
        wait=tenacity.wait_random_exponential(multiplier=0.5, max=8),
        reraise=True,
    )(function)


def pause(state):
    """Return the seconds to wait before the next try.

    Parameters
    ----------
    state : tenacity.RetryCallState
        After a try that failed.
    """
    error = state.outcome.exception()
    is_quota = is_exhausted(error) or is_exhausted(error.__cause__)
    return (_NEXT_MINUTE if is_quota else _SOON)(state)
