"""Asking a model for many variants: in parallel, with retries, forgetting nothing."""

import concurrent.futures
import itertools
import logging
import threading
import time
from typing import NamedTuple

import grpc
import numpy as np
import pandas as pd
import tenacity

from endobench.client import is_refusal, refusal
from endobench.columns import FAILURES
from endobench.errors import InputError

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
    }
)
_REPORT_EVERY_S = 60


class Outcome(NamedTuple):
    """What became of a shard's variants.

    Attributes
    ----------
    answers : dict of str to journal.Answer
        By variant id.
    failures : pandas.DataFrame
        In the columns of `columns.FAILURES`.
    n_asked : int
        Calls that were answered now, rather than remembered.
    """

    answers: dict
    failures: pd.DataFrame
    n_asked: int


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


def ask_all(
    rows,
    open_asker,
    journal,
    *,
    scorer,
    window_bp,
    address,
    concurrency,
    attempts,
    max_failed_fraction,
    wait=None,
):
    """Predict every variant that the journal does not remember.

    Parameters
    ----------
    rows : pandas.DataFrame
        Unique variants in the columns of `columns.SHARDS`.
    open_asker : callable
        Connects, where anything is to be asked, and returns two functions: one from a
        row (named tuple) to a `journal.Answer`, which runs on several threads, and one
        that ends the calls in flight.
    journal : journal.Journal
    scorer : str
    window_bp : int
    address : str
        What an error message calls the server.
    concurrency, attempts : int
    max_failed_fraction : float
    wait : tenacity wait, optional
        Pause between tries; 1 s growing to 60 s with full jitter by default.

    Returns
    -------
    Outcome

    Raises
    ------
    InputError
        If the key is refused, or as soon as more than `max_failed_fraction` of the
        variants have failed.
    """
    starts = dict(zip(rows["variant_id"], rows["window_start"], strict=True))
    answers = {
        answer.variant_id: answer
        for answer in journal.answers()
        if starts.get(answer.variant_id) == answer.window_start
    }
    todo = rows[~rows["variant_id"].isin(answers)]
    log.info(
        "%d variants: %d remembered, %d to ask", len(rows), len(answers), len(todo)
    )
    if todo.empty:
        return Outcome(answers, pd.DataFrame(columns=FAILURES.names), 0)
    ask, hang_up = open_asker()
    stop = threading.Event()
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(is_transient),
        stop=tenacity.stop_after_attempt(attempts) | tenacity.stop_when_event_set(stop),
        wait=wait or tenacity.wait_random_exponential(multiplier=1, max=60),
        sleep=tenacity.sleep_using_event(stop),
        reraise=True,
    )
    failures = []
    begun = reported = time.monotonic()
    n_asked = 0
    with concurrent.futures.ThreadPoolExecutor(concurrency) as pool:
        try:
            for row, future in _completed(
                pool, 2 * concurrency, todo, _attempt, retrying, ask, journal
            ):
                answer, error, tries = future.result()
                if error is None:
                    answers[answer.variant_id] = answer
                    n_asked += 1
                elif is_refusal(error):
                    raise refusal(error, address)
                elif isinstance(error, InputError):
                    raise error
                else:
                    failures.append(_failure(row, scorer, window_bp, tries, error))
                    # No quota is spent on a run that cannot succeed any more.
                    _refuse_many(failures, len(rows), max_failed_fraction)
                now = time.monotonic()
                if now - reported > _REPORT_EVERY_S:
                    reported = now
                    done = n_asked + len(failures)
                    rate = done / (now - begun)
                    log.info(
                        "%d of %d asked, %d failed, %.1f per s, %.0f s to go",
                        done,
                        len(todo),
                        len(failures),
                        rate,
                        (len(todo) - done) / rate,
                    )
        except BaseException:
            stop.set()
            hang_up()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    failures = pd.DataFrame(failures, columns=FAILURES.names)
    log.info("answered %d, failed %d", n_asked, len(failures))
    return Outcome(answers, failures, n_asked)


def _attempt(retrying, ask, journal, row):
    """Ask until it is answered or given up; return (answer, error, number of tries).

    An answer is written down here, on the thread that got it, so that one which comes
    while the job is being stopped is kept, too.
    """
    mine = retrying.copy()
    try:
        answer = mine(ask, row)
        if not np.isfinite(answer.raw).all():
            raise ArithmeticError("score is not a finite number")
    except Exception as error:
        return None, error, mine.statistics.get("attempt_number", 1)
    journal.append(answer)
    return answer, None, mine.statistics.get("attempt_number", 1)


def _completed(pool, n_waiting, rows, function, *arguments):
    """Yield (row, future) as they end, with a bounded number of them waiting."""
    waiting = {}
    upcoming = rows.itertuples(index=False)
    while True:
        for row in itertools.islice(upcoming, n_waiting - len(waiting)):
            waiting[pool.submit(function, *arguments, row)] = row
        if not waiting:
            return
        done, _ = concurrent.futures.wait(
            waiting, return_when=concurrent.futures.FIRST_COMPLETED
        )
        for future in done:
            yield waiting.pop(future), future


def _refuse_many(failures, n_rows, max_failed_fraction):
    if len(failures) > max_failed_fraction * n_rows:
        first = failures[0]
        raise InputError(
            f"{len(failures)} of {n_rows} predictions failed, more than"
            f" limits.max_failed_fraction {max_failed_fraction}; first:"
            f" {first['variant_id']}: {first['grpc_status']}: {first['message']}"
        )


def _failure(row, scorer, window_bp, tries, error):
    is_rpc = isinstance(error, grpc.RpcError)
    return {
        "variant_id": row.variant_id,
        "scorer": scorer,
        "window_bp": window_bp,
        "attempts": tries,
        "grpc_status": error.code().name if is_rpc else type(error).__name__,
        "message": " ".join(str(error.details() if is_rpc else error).split()),
    }
