"""Asking a model for many variants: in parallel, with retries, forgetting nothing."""

import contextlib
import itertools
import logging
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import grpc
import numpy as np
import pandas as pd
import tenacity

from endobench.allowance import LimitReached
from endobench.canaries import check_canary
from endobench.client import refusal
from endobench.columns import FAILURES
from endobench.errors import InputError, NotAnswered
from endobench.journal import ARRAYS
from endobench.pace import Pace
from endobench.redaction import redacted
from endobench.retries import is_away, is_refusal, is_transient, pause

log = logging.getLogger(__name__)

_TICK_S = 1.0


class Asker(NamedTuple):
    """How a question is put.

    Attributes
    ----------
    ask : callable
        From a row of `columns.SHARDS` and a list of scorers' names to a list of
        `journal.Answer`. Runs on several threads.
    hang_up : callable
        Ends the calls in flight.
    n_calls : int
        Calls that one question takes.
    """

    ask: object
    hang_up: object
    n_calls: int = 1


class Limits(NamedTuple):
    """How hard a service is asked.

    Attributes
    ----------
    concurrency : int
        Calls in flight, at most.
    attempts : int
        Tries of one question.
    max_failures : float
        The job ends as soon as more of its variants have failed.
    n_variants : int
        All variants of the job.
    n_failed : int
        Those of them that have failed on another route.
    """

    concurrency: int
    attempts: int
    max_failures: float
    n_variants: int
    n_failed: int = 0


class _Question(NamedTuple):
    position: int
    row: object
    scorers: list
    is_canary: bool


class _Result(NamedTuple):
    question: _Question
    answers: dict
    error: Exception | None
    attempts: int


def ask_all(
    rows,
    places,
    journals,
    open_asker,
    *,
    limits,
    allowance,
    progress,
    address,
    canaries=(),
    wait=pause,
):
    """Ask for every score that the journals do not remember.

    Parameters
    ----------
    rows : pandas.DataFrame
        Unique variants in the columns of `columns.SHARDS`.
    places : dict of str to numpy.ndarray of journal.PLACE
        For each scorer, what its journal remembers of the rows.
    journals : dict of str to journal.Journal
        By scorer, in the order in which they are asked for in one request.
    open_asker : callable
        Connects, where anything is to be asked, and returns an `Asker`.
    limits : Limits
    allowance : allowance.Allowance
    progress : progress.Progress
    address : str
        What an error message calls the server.
    canaries : iterable of int
        Positions of rows that are remembered and asked for again.
    wait : tenacity wait, optional
        Pause between tries.

    Returns
    -------
    n_answered : int
        Variants that were answered now.
    failures : pandas.DataFrame
        In the columns of `columns.FAILURES` but for the model, the window and the
        route; one row for each scorer of a variant that has failed.

    Raises
    ------
    InputError
        If the key is refused, if too many variants fail, if the service answers
        nothing any more, or if a remembered answer does not hold any more.
    LimitReached
        If the run has made as many calls as it may.
    """
    is_missing = np.stack([each["file"] < 0 for each in places.values()], axis=1)
    todo = np.flatnonzero(is_missing.any(axis=1))
    if not len(todo):
        return 0, pd.DataFrame(columns=FAILURES.names)
    names = np.array(list(journals))
    asker = open_asker()

    def new():
        for position, row in _rows_at(rows, todo):
            yield _Question(position, row, names[is_missing[position]].tolist(), False)

    def again():
        for position, row in _rows_at(rows, canaries):
            yield _Question(position, row, list(journals), True)

    # One for one, so that a limit of calls leaves some for what is new.
    pairs = itertools.zip_longest(new(), again())
    questions = (each for pair in pairs for each in pair if each is not None)

    workers = _Workers(asker, journals, limits, allowance, wait)
    failures, n_answered, n_away, n_held = [], 0, 0, 0
    n_failed = limits.n_failed
    with contextlib.closing(workers.results(questions)) as results:
        for result in results:
            if result is None:
                progress.tick()
                continue
            question, error = result.question, result.error
            if question is None:
                raise error
            if isinstance(error, LimitReached):
                raise LimitReached(
                    f"{error}; {n_answered} variants of this job were answered and are"
                    " kept, run again to go on"
                )
            _raise_if_final(error, address)
            n_away = n_away + 1 if is_away(error) else 0
            if n_away > limits.concurrency:
                raise _silence(error, address)
            if question.is_canary:
                if error is not None:
                    log.warning("%s: not answered again", question.row.variant_id)
                for scorer, now in result.answers.items():
                    then = journals[scorer].read(places[scorer][question.position])
                    check_canary(then, now, scorer, address)
                n_held += error is None
                continue
            if error is None:
                n_answered += 1
            else:
                n_failed += 1
                failures += _failures(result)
                _refuse_many(n_failed, limits, failures)
            progress.advance(has_failed=error is not None)
    log.info("answered %d, failed %d", n_answered, n_failed - limits.n_failed)
    if n_held:
        log.info("%d remembered answers were asked for again and hold", n_held)
    return n_answered, pd.DataFrame(failures, columns=FAILURES.names)


def _rows_at(rows, positions):
    """Yield (position, row) a thousand at a time."""
    positions = list(positions)
    for first in range(0, len(positions), 1000):
        some = positions[first : first + 1000]
        yield from zip(some, rows.iloc[some].itertuples(index=False), strict=True)


class _Workers:
    """Threads that put questions and write the answers down."""

    def __init__(self, asker, journals, limits, allowance, wait):
        self._asker = asker
        self._journals = journals
        self._n_threads = limits.concurrency
        self._allowance = allowance
        self._pace = Pace(limits.concurrency)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._results = queue.SimpleQueue()
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(is_transient),
            stop=tenacity.stop_after_attempt(limits.attempts)
            | tenacity.stop_when_event_set(self._stop),
            wait=wait,
            sleep=tenacity.sleep_using_event(self._stop),
            reraise=True,
        )

    def results(self, questions):
        """Yield what became of each question, as it becomes known, or None for a pause.

        Where the reader stops early, calls in flight are ended and those that were
        answered are kept; where the run's allowance is used up they are waited for.
        """
        n_at_work = self._n_threads
        reached = None
        with ThreadPoolExecutor(self._n_threads) as pool:
            try:
                for _ in range(self._n_threads):
                    pool.submit(self._work, questions)
                while n_at_work:
                    try:
                        result = self._results.get(timeout=_TICK_S)
                    except queue.Empty:
                        yield None
                        continue
                    if result is None:
                        n_at_work -= 1
                    elif isinstance(result.error, LimitReached):
                        self._stop.set()
                        reached = result
                    elif not (reached and result.error):
                        yield result
                    elif not isinstance(result.error, grpc.RpcError):
                        log.error("%r", result.error)
            except BaseException:
                self._stop.set()
                self._asker.hang_up()
                raise
        if reached:
            yield reached

    def _work(self, questions):
        try:
            while not self._stop.is_set():
                with self._lock:
                    question = next(questions, None)
                if question is None:
                    return
                self._results.put(self._attempt(question))
        except Exception as error:
            self._results.put(_Result(None, {}, error, 0))
        finally:
            self._results.put(None)

    def _attempt(self, question):
        answers, error = {}, None
        try:
            found = self._retrying(self._call, question)
            for scorer, answer in zip(question.scorers, found, strict=True):
                if not _is_finite(answer):
                    error = NotAnswered("score is not a finite number")
                    continue
                # Written on the thread that got it: an answer that comes while the job
                # is being stopped is kept, too.
                if not question.is_canary:
                    self._journals[scorer].append(answer)
                answers[scorer] = answer
        except Exception as caught:
            error = caught
        attempts = self._retrying.statistics.get("attempt_number", 1)
        return _Result(question, answers, error, attempts)

    def _call(self, question):
        with self._pace.slot():
            self._allowance.spend(self._asker.n_calls)
            return self._asker.ask(question.row, question.scorers)


def _is_finite(answer):
    arrays = (getattr(answer, name) for name in ARRAYS if name != "quantile")
    return all(np.isfinite(array).all() for array in arrays if array is not None)


def _raise_if_final(error, address):
    """Raise what no other question can be spared from."""
    if error is None:
        return
    if is_refusal(error):
        raise refusal(error, address)
    if not isinstance(error, grpc.RpcError | NotAnswered) and not is_transient(error):
        raise error


def _silence(error, address):
    """Return the error for a service that is away, or whose quota is spent."""
    return InputError(
        f"{address} answers no more: {error.code().name}: {error.details()}; what was"
        " answered is kept, run again later to go on"
    )


def _refuse_many(n_failed, limits, failures):
    """Raise where so many have failed that no quota should be spent on the rest."""
    if n_failed > limits.max_failures:
        reasons = "; ".join(
            f"{each['variant_id']}: {each['grpc_status']}: {each['message']}"
            for each in itertools.islice(failures, 3)
        )
        raise InputError(
            f"{n_failed} of {limits.n_variants} variants have failed, more than"
            f" limits.max_failed_fraction allows; the first: {reasons}"
        )


def _failures(result):
    """Describe a question's scores that failed, in the columns of `columns.FAILURES`."""
    error = result.error
    is_rpc = isinstance(error, grpc.RpcError)
    message = str(error.details() if is_rpc else error)
    return [
        {
            "variant_id": result.question.row.variant_id,
            "scorer": scorer,
            "attempts": result.attempts,
            "grpc_status": error.code().name if is_rpc else type(error).__name__,
            "message": redacted(" ".join(message.split())),
        }
        for scorer in result.question.scorers
        if scorer not in result.answers
    ]
