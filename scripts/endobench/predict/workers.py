"""Threads that send questions at a pace that the service accepts, and save answers."""

import contextlib
import logging
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import grpc

from endobench.core.errors import InputError, NotAnswered, WrongAnswer
from endobench.model.faults import fault_of
from endobench.model.retries import attempt, calling, is_refusal
from endobench.predict.call_budget import LimitReached
from endobench.predict.missing_numbers import MissingNumbers
from endobench.predict.pace import Pace

log = logging.getLogger(__name__)

_TICK_S = 1.0
_POLL_S = 0.1
# How often a question is asked until each track has a number.
_TRIES_FOR_NUMBERS = 3
_END = object()
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
        Empty if another run has answered the question.
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
    places : dict of str to dict
        Where the journals hold them, by scorer; see `journal.Journal.append`.
    error : Exception or None
        Why a scorer has no answer.
    attempts : int
    """

    question: Question | None
    answers: dict
    places: dict
    error: Exception | None
    attempts: int


class _NoNumber(WrongAnswer):
    """An answer with tracks that have no number."""


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
        self._numbers = MissingNumbers()
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
                    question = next(questions, _END)
                if question is _END:
                    return
                # There may be questions later.
                if question is None:
                    self._stop.wait(_POLL_S)
                else:
                    result = self._attempt(question)
                    # Others need not pay for answers until the reader has seen it.
                    if _ends_the_job(result.error):
                        self._stop.set()
                    self._results.put(result)
        except Exception as error:
            self._results.put(Result(None, {}, {}, error, 0))
        finally:
            self._results.put(None)

    def _attempt(self, question):
        if not question.scorers:
            return Result(question, {}, {}, None, 0)
        answers, places, error = {}, {}, None
        try:
            for scorer, answer in self._answers(question).items():
                if not answer.is_complete():
                    answer = answer.with_nan()
                if answer.has_no_score():
                    error = NotAnswered("no track has a score that is a finite number")
                    continue
                # Written on the thread that received it, so that an answer that arrives
                # while the job is being stopped is kept, too.
                if not question.is_canary:
                    places[scorer] = self._keep(scorer, answer)
                answers[scorer] = answer
        except Exception as caught:
            error = caught
        attempts = self._retrying.statistics.get("attempt_number", 1)
        return Result(question, answers, places, error, attempts)

    def _keep(self, scorer, answer):
        try:
            return self._journals[scorer].append(answer)
        except OSError as error:
            raise InputError(
                f"key 'prediction.journal': an answer cannot be saved ({error}); earlier"
                " answers are kept"
            ) from error

    def _answers(self, question):
        """Return the answers by scorer, those with the most numbers of several tries."""
        tries = []

        def ask():
            found = self._call(question)
            found = {
                scorer: self._journals[scorer].kept(answer)
                for scorer, answer in zip(question.scorers, found, strict=True)
            }
            if all(answer.is_complete() for answer in found.values()):
                return found
            tries.append((self._numbers.n_hoped(found), found))
            if tries[-1][0] and len(tries) < _TRIES_FOR_NUMBERS:
                raise _NoNumber(
                    f"{question.row.variant_id}: values that are not finite numbers"
                    f" came, in {tries[-1][0]} of the tracks"
                )
            return None

        with contextlib.suppress(_NoNumber):
            if complete := attempt(self._retrying, ask):
                return complete
        _, best = min(tries, key=lambda each: each[0])
        self._numbers.give_up(best)
        return best

    def _call(self, question):
        with self._pace.slot():
            self._call_budget.spend(self._asker.n_calls)
            return self._asker.ask(question.row, question.scorers)


def _ends_the_job(error):
    """Return whether no other question can be answered well; see `engine.ask_all`."""
    return isinstance(error, InputError | WrongAnswer) or is_refusal(error)
