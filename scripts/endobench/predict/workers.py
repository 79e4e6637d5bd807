"""Threads that send questions at a pace that the service accepts, and save answers."""

import contextlib
import logging
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import grpc
import numpy as np

from endobench.core.errors import NotAnswered
from endobench.model.answer import ARRAYS
from endobench.model.faults import fault_of
from endobench.model.retries import calling, is_exhausted
from endobench.predict.call_budget import LimitReached

log = logging.getLogger(__name__)

_TICK_S = 1.0
_LOG_RETRIES_EVERY_S = 15.0


class Asker(NamedTuple):
    """How a question is sent.

    Attributes
    ----------
    ask : callable
        From a row of `columns.SHARDS` and a list of scorer names to a list of
        `Answer`. Runs on several threads.
    hang_up : callable
        Ends the calls in flight.
    n_calls : int
        Calls that one question takes.
    is_up : callable
        Returns whether the service answers anything at all.
    """

    ask: object
    hang_up: object
    n_calls: int = 1
    is_up: object = lambda: False


class Limits(NamedTuple):
    """Limits of a job.

    Attributes
    ----------
    concurrency : int
        Maximum number of calls in flight.
    attempts : int
        Maximum number of attempts for one question.
    max_failures : float
        The job ends as soon as more variants than this have failed.
    n_variants : int
        Number of variants of the job.
    n_failed : int
        How many of them have failed on another route.
    """

    concurrency: int
    attempts: int
    max_failures: float
    n_variants: int
    n_failed: int = 0


class Question(NamedTuple):
    """A variant and the scores that are requested for it.

    Attributes
    ----------
    position : int
        Position of the row among all rows.
    row : named tuple
        Row of `columns.SHARDS`.
    scorers : list of str
    is_canary : bool
        Whether the variant has been answered before and is sent again as a check.
    """

    position: int
    row: object
    scorers: list
    is_canary: bool


class Result(NamedTuple):
    """The outcome of a question.

    Attributes
    ----------
    question : Question or None
        None for an error that does not belong to a question.
    answers : dict of str to Answer
        By scorer.
    error : Exception or None
        Why a scorer has no answer.
    attempts : int
    """

    question: Question | None
    answers: dict
    error: Exception | None
    attempts: int


class Pace:
    """Limits the calls in flight: additive increase, multiplicative decrease.

    A refusal for quota halves the limit, but calls that were in flight together halve it
    only once; a round of answers raises it by one (Chiu and Jain, Computer Networks and
    ISDN Systems 17:1, 1989, doi:10.1016/0169-7552(89)90019-6).

    Parameters
    ----------
    maximum : int
        Initial limit, which is never exceeded.
    """

    def __init__(self, maximum):
        self._maximum = maximum
        self._in_flight = 0
        self._lowered = float("-inf")
        self._free = threading.Condition()
        self.limit = float(maximum)

    @contextlib.contextmanager
    def slot(self):
        """Hold the slot of one call; wait while all slots are taken."""
        with self._free:
            self._free.wait_for(lambda: self._in_flight < int(self.limit))
            self._in_flight += 1
        begun = time.monotonic()
        try:
            yield
        except Exception as error:
            if is_exhausted(error):
                self._lower(begun)
            raise
        else:
            with self._free:
                self.limit = min(self._maximum, self.limit + 1 / self.limit)
        finally:
            with self._free:
                self._in_flight -= 1
                self._free.notify(2)

    def _lower(self, begun):
        with self._free:
            if begun <= self._lowered:
                return
            self._lowered = time.monotonic()
            self.limit = max(1.0, self.limit / 2)
        log.info("quota: at most %d calls in flight", self.limit)


class Workers:
    """Threads that send questions and write the answers to the journals.

    Parameters
    ----------
    asker : Asker
    journals : dict of str to journal.Journal
        By scorer.
    limits : Limits
    call_budget : call_budget.CallBudget
    wait : callable
        See `retries.calling`.
    """

    def __init__(self, asker, journals, limits, call_budget, wait):
        self._asker = asker
        self._journals = journals
        self._n_threads = limits.concurrency
        self._call_budget = call_budget
        self._pace = Pace(limits.concurrency)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._results = queue.SimpleQueue()
        self._retrying = calling(
            limits.attempts, wait, self._stop, log_every_s=_LOG_RETRIES_EVERY_S
        )

    def results(self, questions):
        """Yield the result of each question once it is known, and None at each pause.

        If the reader stops early, calls in flight are ended, and answers that have
        arrived are kept. If the run's call budget is used up, calls in flight are
        waited for.
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
                        log.error("%s", fault_of(result.error))
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
            self._results.put(Result(None, {}, error, 0))
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
                # Written on the thread that received it, so that an answer that arrives
                # while the job is being stopped is kept, too.
                if not question.is_canary:
                    self._journals[scorer].append(answer)
                answers[scorer] = answer
        except Exception as caught:
            error = caught
        attempts = self._retrying.statistics.get("attempt_number", 1)
        return Result(question, answers, error, attempts)

    def _call(self, question):
        with self._pace.slot():
            self._call_budget.spend(self._asker.n_calls)
            return self._asker.ask(question.row, question.scorers)


def _is_finite(answer):
    arrays = (getattr(answer, name) for name in ARRAYS if name != "quantile")
    return all(np.isfinite(array).all() for array in arrays if array is not None)
