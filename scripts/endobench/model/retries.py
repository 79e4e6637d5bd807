"""The retry policy: which calls are retried, how often, and after which waits.

Nothing else decides any of these. There are three policies: `patiently` for requests at
the start of a connection, `opening` for the start of a job, and `calling` for the calls
that a job makes. `without_retries` switches off the client's own retries.
"""

import functools
import inspect
import logging
import time

import grpc
import tenacity

from endobench.core.errors import InputError, Unavailable, WrongAnswer
from endobench.model.faults import advised_wait_s, fault_of, http_answer

log = logging.getLogger(__name__)

TRANSIENT = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DATA_LOSS,
    }
)
_REFUSED = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
_AWAY = (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE)
_MAY_BE_REFUSED = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.FAILED_PRECONDITION,
)

_START_ATTEMPTS = 4
_START_WAIT = tenacity.wait_random_exponential(multiplier=0.5, max=8)
# Half of each wait is fixed and half is random, so that calls which failed together do
# not return together. Twelve attempts span at least three minutes.
_SOON = tenacity.wait_exponential(
    multiplier=0.5, max=30
) + tenacity.wait_random_exponential(multiplier=0.5, max=30)
# A server that gave a wrong answer is there, and need not be waited for.
_AT_ONCE = tenacity.wait_exponential(
    multiplier=0.1, max=1
) + tenacity.wait_random_exponential(multiplier=0.1, max=1)
# Quotas are counted per minute, so these waits grow to one minute and more.
# A call that ran into its deadline has probably been paid for, and another one takes as
# long.
_MOST_DEADLINES = 3
# A quota that a server wants to renew later than this is not waited for.
_LONGEST_S = 120
_NEXT_MINUTE = tenacity.wait_exponential(
    multiplier=2, max=60
) + tenacity.wait_random_exponential(multiplier=2, max=60)


def has_status(error, *codes):
    """Return whether an error is a gRPC error with one of the given statuses."""
    return isinstance(error, grpc.RpcError) and error.code() in codes


def is_refusal(error):
    """Return whether the service refuses the key, so that no call can succeed."""
    if _is_http(error):
        return False
    if has_status(error, *_REFUSED):
        return True
    # A message about a quota may mention the key, too.
    return has_status(error, *_MAY_BE_REFUSED) and (
        "api key" in (error.details() or "").lower()
    )


def _is_http(error):
    """Return whether a proxy or a gateway answered in place of the service."""
    return isinstance(error, grpc.RpcError) and http_answer(error) is not None


def is_exhausted(error):
    """Return whether a call was refused because the quota is used up for now."""
    return has_status(error, grpc.StatusCode.RESOURCE_EXHAUSTED)


def is_late(error):
    """Return whether a call ran into its deadline."""
    return has_status(error, grpc.StatusCode.DEADLINE_EXCEEDED)


def is_away(error):
    """Return whether an error concerns the service rather than the variant."""
    return has_status(error, *_AWAY) or _is_http(error)


def _is_for_later(error):
    """Return whether a server wants to renew a quota later than anyone waits."""
    return is_exhausted(error) and advised_wait_s(error) > _LONGEST_S


def _may_open(error):
    return isinstance(error, Unavailable) and not _is_for_later(error.__cause__)


def is_transient(error):
    """Return whether the same call may succeed later.

    The client raises ValueError for a stream that ends early and IndexError for an
    empty one; `WrongAnswer` is a ValueError, too. A quota that the server renews much
    later is not waited for: it may count the calls that it refuses.
    """
    if _is_for_later(error):
        return False
    if _is_http(error):
        return True
    if isinstance(error, grpc.RpcError):
        return error.code() in TRANSIENT and not is_refusal(error)
    return isinstance(error, ValueError | IndexError) and not isinstance(
        error, InputError
    )


def pause(state):
    """Return the wait before the next attempt, in seconds.

    Parameters
    ----------
    state : tenacity.RetryCallState
        After a failed attempt.
    """
    error = state.outcome.exception()
    if isinstance(error, WrongAnswer):
        return _AT_ONCE(state)
    is_quota = is_exhausted(error) or is_exhausted(error.__cause__)
    wait_s = (_NEXT_MINUTE if is_quota else _SOON)(state)
    if not isinstance(error, grpc.RpcError):
        return wait_s
    advised_s = min(advised_wait_s(error), _LONGEST_S)
    # Calls that failed together do not return together.
    return max(wait_s, advised_s and advised_s + _AT_ONCE(state))


def patiently(function):
    """Wrap a request at the start of a connection: four attempts within seconds."""
    return tenacity.retry(
        retry=tenacity.retry_if_exception(is_transient),
        stop=tenacity.stop_after_attempt(_START_ATTEMPTS),
        wait=_START_WAIT,
        reraise=True,
    )(function)


def opening(attempts):
    """Return the policy for a job's start, when other jobs may have spent the quota.

    Parameters
    ----------
    attempts : int

    Returns
    -------
    tenacity.Retrying
        Retries while the service is `Unavailable`, but for a quota that the server
        renews much later.
    """
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(_may_open),
        stop=tenacity.stop_after_attempt(attempts),
        wait=pause,
        before_sleep=_log_retries(),
        reraise=True,
    )


def calling(attempts, wait=pause, stop=None, log_every_s=0.0):
    """Return the policy for the calls of a job.

    Parameters
    ----------
    attempts : int
    wait : callable, optional
        From a `tenacity.RetryCallState` to seconds.
    stop : threading.Event, optional
        Ends waits, and further attempts, once it is set.
    log_every_s : float
        Shortest time between two logged retries, in seconds.

    Returns
    -------
    tenacity.Retrying
        For any number of threads; retries after transient errors, up to twice after the
        deadline of a call.
    """
    limit = tenacity.stop_any(_is_too_slow, tenacity.stop_after_attempt(attempts))
    sleep = tenacity.nap.sleep
    if stop is not None:
        limit |= tenacity.stop_when_event_set(stop)
        sleep = tenacity.sleep_using_event(stop)
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(is_transient),
        stop=limit,
        wait=wait,
        before_sleep=_log_retries(log_every_s),
        sleep=sleep,
        reraise=True,
    )


def _is_too_slow(state):
    """Return whether a question has run into its deadline too often, in any attempts."""
    if not is_late(state.outcome.exception()):
        return False
    state.n_deadlines = getattr(state, "n_deadlines", 0) + 1
    return state.n_deadlines >= _MOST_DEADLINES


def attempt(policy, function):
    """Call a function under a policy, at little cost if the first attempt succeeds.

    The policy's bookkeeping takes longer than to send a request, so that it begins with
    the first failure, which counts as its first attempt.

    Parameters
    ----------
    policy : tenacity.Retrying
        Its ``statistics`` are empty afterwards if there was one attempt.
    function : callable
        Without arguments.
    """
    try:
        found = function()
    except Exception as error:
        failures = [error]
    else:
        policy.statistics.clear()
        return found

    def again():
        if failures:
            raise failures.pop()
        return function()

    return policy(again)


def without_retries(client, name):
    """Return a method of a client without the retries that the client adds to it.

    The policies above know more statuses, and count and pace every call.
    """
    return functools.partial(inspect.unwrap(getattr(type(client), name)), client)


def _log_retries(every_s=0.0):
    """Return a function that logs why a call is retried."""
    last = float("-inf")

    def log_retry(state):
        nonlocal last
        now = time.monotonic()
        if now - last >= every_s:
            last = now
            error = fault_of(state.outcome.exception())
            log.warning("attempt %d: %s; trying again", state.attempt_number, error)

    return log_retry
