"""Requesting answers for many variants: in parallel, with retries, losing none."""

import contextlib
import itertools
import logging
from typing import NamedTuple

import grpc
import numpy as np
import pandas as pd

from endobench.core.columns import FAILURES
from endobench.core.errors import InputError, NotAnswered
from endobench.model.client import refusal
from endobench.model.faults import fault_of
from endobench.model.retries import (
    is_away,
    is_exhausted,
    is_refusal,
    is_transient,
    pause,
)
from endobench.predict.call_budget import CallBudget, LimitReached
from endobench.predict.canaries import check_canary
from endobench.predict.progress import Progress
from endobench.predict.workers import Limits, Question, Workers

log = logging.getLogger(__name__)

_BATCH = 1000
_N_REASONS = 3


class Backlog(NamedTuple):
    """The pending requests: everything that the journals do not hold, and canaries.

    Attributes
    ----------
    rows : pandas.DataFrame
        Unique variants in the columns of `columns.SHARDS`.
    places : dict of str to numpy.ndarray of journal.PLACE
        For each scorer, where its journal holds the answers for the rows.
    journals : dict of str to journal.Journal
        By scorer, in the order in which one request names them.
    canaries : sequence of int
        Positions of answered rows that are requested again.
    """

    rows: pd.DataFrame
    places: dict
    journals: dict
    canaries: tuple = ()

    def is_missing(self):
        """Return whether answers are missing, shape (n_rows, n_scorers)."""
        return np.stack([each["file"] < 0 for each in self.places.values()], axis=1)

    def questions(self):
        """Yield new questions and canaries in turn.

        Canaries alone thus cannot use up a limit on calls.
        """
        pairs = itertools.zip_longest(self._new(), self._again())
        return (each for pair in pairs for each in pair if each is not None)

    def _new(self):
        is_missing = self.is_missing()
        names = np.array(list(self.journals))
        for position, row in self._rows_at(np.flatnonzero(is_missing.any(axis=1))):
            yield Question(position, row, names[is_missing[position]].tolist(), False)

    def _again(self):
        for position, row in self._rows_at(self.canaries):
            yield Question(position, row, list(self.journals), True)

    def _rows_at(self, positions):
        """Yield positions with their rows, which are looked up in batches."""
        positions = list(positions)
        for first in range(0, len(positions), _BATCH):
            batch = positions[first : first + _BATCH]
            rows = self.rows.iloc[batch].itertuples(index=False)
            yield from zip(batch, rows, strict=True)

    def held(self, scorer, position):
        """Return the answer that a journal holds for a row."""
        return self.journals[scorer].read(self.places[scorer][position])


class Terms(NamedTuple):
    """The conditions under which a job sends its requests.

    Attributes
    ----------
    limits : workers.Limits
    call_budget : call_budget.CallBudget
    progress : progress.Progress
    address : str
        Name of the server in error messages.
    wait : callable
        See `retries.calling`.
    """

    limits: Limits
    call_budget: CallBudget
    progress: Progress
    address: str
    wait: object = pause


def ask_all(backlog, open_asker, terms):
    """Request every score that the journals do not hold.

    Parameters
    ----------
    backlog : Backlog
    open_asker : callable
        Connects and returns a `workers.Asker`; called only if a score is missing.
    terms : Terms

    Returns
    -------
    n_answered : int
        Variants answered by this call.
    failures : pandas.DataFrame
        In the columns of `columns.FAILURES` without the model, the window and the
        route; one row for each scorer of a variant that failed.

    Raises
    ------
    InputError
        If the key is refused, too many variants fail, the service stops answering, or a
        canary's answer has changed.
    LimitReached
        If the run has made as many calls as it may.
    """
    tally = _Tally(backlog, terms)
    if not backlog.is_missing().any():
        return 0, tally.failures()
    asker = open_asker()
    workers = Workers(
        asker, backlog.journals, terms.limits, terms.call_budget, terms.wait
    )
    with contextlib.closing(workers.results(backlog.questions())) as results:
        for result in results:
            if result is None:
                terms.progress.tick()
            else:
                tally.take(result, asker.is_up)
    tally.finish()
    return tally.n_answered, tally.failures()


class _Tally:
    """Counts the results of a job, and raises as soon as one of them ends the job."""

    def __init__(self, backlog, terms):
        self._backlog = backlog
        self._terms = terms
        self.n_answered = 0
        # Variants may have failed on another route before.
        self._n_failed = terms.limits.n_failed
        self._failures = []
        self._n_held = 0
        self._n_away = 0
        self._last_away = None

    def take(self, result, is_up):
        """Count a result, or raise the error that ends the job.

        Parameters
        ----------
        result : workers.Result
        is_up : callable
            See `workers.Asker`.
        """
        self._raise_if_final(result)
        if _is_services_fault(result.error, is_up):
            self._count_away(result)
            return
        self._n_away = 0
        if result.question.is_canary:
            self._compare_canary(result)
            return
        if result.error is None:
            self.n_answered += 1
        else:
            self._count_failure(result)
        self._terms.progress.advance(has_failed=result.error is not None)

    def finish(self):
        """Log the counts; raise if the service was away for the last new questions."""
        if self._last_away is not None:
            raise self._silence(self._last_away)
        n_failed = self._n_failed - self._terms.limits.n_failed
        log.info("answered %d, failed %d", self.n_answered, n_failed)
        if self._n_held:
            log.info("%d canaries got the same answers as before", self._n_held)

    def failures(self):
        """Return the scores that failed, in the columns of `columns.FAILURES`."""
        return pd.DataFrame(self._failures, columns=FAILURES.names)

    def _raise_if_final(self, result):
        """Raise an error after which no other question can succeed."""
        error = result.error
        if error is None:
            return
        if result.question is None:
            raise error
        if isinstance(error, LimitReached):
            raise LimitReached(
                f"{error}; the answers for {self.n_answered} variants of this job are"
                " kept; run again to continue"
            )
        if is_refusal(error):
            raise refusal(error, self._terms.address)
        if not isinstance(error, grpc.RpcError | NotAnswered) and not is_transient(
            error
        ):
            raise error

    def _count_away(self, result):
        """Count a question that found the service away; raise if too many did in a row."""
        self._n_away += 1
        if not result.question.is_canary:
            self._last_away = result.error
        if self._n_away > self._terms.limits.concurrency:
            raise self._silence(result.error)

    def _silence(self, error):
        """Return the error for a service that is away, or whose quota is used up."""
        return InputError(
            f"{self._terms.address} no longer answers: {fault_of(error)}. The answers so"
            " far are kept; run again later to continue"
        )

    def _compare_canary(self, result):
        """Raise if a canary's answer has changed."""
        question = result.question
        if result.error is not None:
            log.warning("%s: the canary was not answered", question.row.variant_id)
        for scorer, now in result.answers.items():
            then = self._backlog.held(scorer, question.position)
            check_canary(then, now, scorer, self._terms.address)
        self._n_held += result.error is None

    def _count_failure(self, result):
        """Note a variant's failed scores; raise if too many variants have failed."""
        fault = fault_of(result.error)
        self._n_failed += 1
        self._failures += [
            {
                "variant_id": result.question.row.variant_id,
                "scorer": scorer,
                "attempts": result.attempts,
                "grpc_status": fault.status,
                "message": fault.message,
            }
            for scorer in result.question.scorers
            if scorer not in result.answers
        ]
        limits = self._terms.limits
        if self._n_failed > limits.max_failures:
            reasons = "; ".join(
                f"{each['variant_id']}: {each['grpc_status']}: {each['message']}"
                for each in self._failures[:_N_REASONS]
            )
            raise InputError(
                f"{self._n_failed} of {limits.n_variants} variants have failed, more"
                f" than limits.max_failed_fraction allows; the first: {reasons}"
            )


def _is_services_fault(error, is_up):
    """Return whether an error is the service's, not the variant's.

    A used-up quota never depends on the variant; a variant may crash a service that is
    up again afterwards.
    """
    return is_exhausted(error) or (is_away(error) and not is_up())
