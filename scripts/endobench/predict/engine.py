"""Requesting answers for many variants: in parallel, with retries, losing none."""

import collections
import contextlib
import logging
from typing import NamedTuple

import grpc
import numpy as np
import pandas as pd

from endobench.core.columns import FAILURES
from endobench.core.errors import InputError, NotAnswered, WrongAnswer
from endobench.design.scorers import is_by_gene
from endobench.model.answer import lacks
from endobench.model.client import refusal
from endobench.model.faults import fault_of
from endobench.model.retries import (
    is_away,
    is_exhausted,
    is_late,
    is_refusal,
    is_transient,
    pause,
)
from endobench.predict.call_budget import CallBudget, LimitReached
from endobench.predict.canaries import (
    ModelChanged,
    OwnCanaries,
    check_canary,
    kinds_of,
)
from endobench.predict.progress import Progress
from endobench.predict.sameness import Sameness
from endobench.predict.workers import Limits, Workers

log = logging.getLogger(__name__)

_N_REASONS = 3
_N_TRACKS_TOLD = 5


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
    canary_fraction : float
        Fraction of this job's own answers that are requested again at its end; see
        `canaries.n_canaries`.
    track_names : dict of str to list of str
        Names for messages, by scorer.
    """

    limits: Limits
    call_budget: CallBudget
    progress: Progress
    address: str
    wait: object = pause
    canary_fraction: float = 0.0
    track_names: dict = {}


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
        If the key is refused, too many variants fail, the service stops answering or
        gives wrong answers, a canary's answer has changed, or the journal cannot be
        written.
    LimitReached
        If the run has made as many calls as it may.
    """
    tally = _Tally(backlog, terms)
    for journal in backlog.journals.values():
        journal.check_undoubted()
    if not (backlog.is_missing().any() or backlog.rechecked):
        return 0, tally.failures()
    for journal in backlog.journals.values():
        journal.try_writing()
    asker = open_asker()
    workers = Workers(
        asker, backlog.journals, terms.limits, terms.call_budget, terms.wait
    )

    def send(questions):
        with (
            contextlib.closing(questions),
            contextlib.closing(workers.results(questions)) as results,
        ):
            for result in results:
                if result is None:
                    terms.progress.tick()
                else:
                    tally.take(result, asker.is_up)

    send(backlog.questions())
    try:
        # When each of them has had its first answer.
        send(tally.again())
    except LimitReached:
        log.warning("no calls are left to request this job's own answers again")
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
        kinds = kinds_of(backlog.rows[backlog.is_missing().any(axis=1)])
        self._own = OwnCanaries(kinds, terms.canary_fraction)
        self._then = {}
        self._sameness = Sameness()
        self._n_without = collections.Counter()
        self._n_elsewhere = 0
        self._n_held = 0
        self._n_away = 0
        self._n_unanswered = 0
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
        # A deadline that no answer has met yet is too short for the service.
        is_too_slow = is_late(result.error) and not self.n_answered
        if is_too_slow or _is_services_fault(result.error, is_up):
            self._count_away(result)
            return
        self._n_away = 0
        if result.question.is_canary:
            self._compare_canary(result)
            return
        if result.error is not None:
            self._count_failure(result)
        elif not result.question.scorers:
            self._n_elsewhere += 1
        else:
            self.n_answered += 1
            self._own.add(result.question, result.places)
        for scorer, answer in result.answers.items():
            if why := self._sameness.add(scorer, answer):
                raise self._doubted(scorer, why)
            if answer.is_complete():
                continue
            is_without = lacks(answer.raw)
            for track in np.flatnonzero(is_without).tolist():
                self._n_without[scorer, "value", track] += 1
            # Beside a score, only a quantile or a mean may be missing.
            for track in np.flatnonzero(answer.is_lacking() & ~is_without).tolist():
                what = "quantile" if answer.quantile is not None else "mean"
                self._n_without[scorer, what, track] += 1
        self._terms.progress.advance(has_failed=result.error is not None)

    def _doubted(self, scorer, why):
        """Return the error for answers that no model gives, after noting the doubt."""
        error = InputError(
            f"{self._terms.address} {why}; it does not answer as a model does. Check the"
            " server, and set another prediction.journal for its answers"
        )
        self._backlog.journals[scorer].doubt(error)
        return error

    def again(self):
        """Yield questions of this job that are sent again, with the scorers reversed.

        A server that answers scorers in an order of its own is thus noticed, too.
        """
        for question, places in self._own:
            self._then[question.position] = places
            yield question._replace(scorers=question.scorers[::-1], is_canary=True)

    def finish(self):
        """Log the counts; raise if the service left new questions unanswered."""
        if self._last_away is not None and self._n_away:
            raise self._silence(self._last_away)
        if self._last_away is not None:
            raise InputError(
                f"{self._terms.address} left {self._n_unanswered} of"
                f" {self._terms.limits.n_variants} variants without an answer in"
                f" {self._terms.limits.attempts} attempts each:"
                f" {fault_of(self._last_away)}. The other answers are kept; run again to"
                " request these"
            )
        n_failed = self._n_failed - self._terms.limits.n_failed
        log.info("answered %d, failed %d", self.n_answered, n_failed)
        if self._n_elsewhere:
            log.info("%d were answered by another run meanwhile", self._n_elsewhere)
        if self._n_held:
            log.info("%d canaries got the same answers as before", self._n_held)
        if self._then:
            log.warning(
                "%d of this job's own answers were not answered again, so that a change"
                " of the model may have gone unnoticed",
                len(self._then),
            )
        self._log_tracks_without_a_value()
        if self._backlog.rechecked:
            for journal in self._backlog.journals.values():
                journal.vouch()

    def _log_tracks_without_a_value(self):
        told = collections.Counter()
        for (scorer, what, track), number in self._n_without.most_common():
            told[scorer, what] += 1
            if told[scorer, what] > _N_TRACKS_TOLD:
                continue
            names = self._terms.track_names.get(scorer)
            log.warning(
                "%s: track %s has no %s for %s%d variants; the rest of their answers is"
                " kept",
                scorer,
                repr(names[track]) if names else track,
                what,
                "genes of " if is_by_gene(scorer) else "",
                number,
            )
        for (scorer, what), n_tracks in told.items():
            if n_tracks > _N_TRACKS_TOLD:
                n_more = n_tracks - _N_TRACKS_TOLD
                log.warning(
                    "%s: %d more tracks have no %s for some variants",
                    scorer,
                    n_more,
                    what,
                )

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
        if isinstance(error, WrongAnswer):
            raise InputError(
                f"{self._terms.address} gave a wrong answer in {result.attempts}"
                f" attempts: {error}. It is discarded; earlier answers are kept"
            ) from error
        if not isinstance(error, grpc.RpcError | NotAnswered) and not is_transient(
            error
        ):
            raise error

    def _count_away(self, result):
        """Count a question that found the service away; raise if too many did in a row."""
        self._n_away += 1
        if not result.question.is_canary:
            self._last_away = result.error
            self._n_unanswered += 1
        if self._n_away > self._terms.limits.concurrency:
            raise self._silence(result.error)

    def _silence(self, error):
        """Return the error for a service that is away, or whose quota is used up."""
        return InputError(
            f"{self._terms.address} no longer answers: {fault_of(error)}. The answers so"
            " far are kept; run again later to continue"
        )

    def _compare_canary(self, result):
        """Raise if a canary's answer has changed, and note it for later runs."""
        question = result.question
        if result.error is not None:
            log.warning("%s: the canary was not answered", question.row.variant_id)
        own = self._then.get(question.position, {})
        for scorer, now in result.answers.items():
            then = self._backlog.held(scorer, question.position, own.get(scorer))
            try:
                check_canary(then, now, scorer, self._terms.address)
            except ModelChanged as error:
                for journal in self._backlog.journals.values():
                    journal.doubt(error)
                raise
        if result.error is None:
            self._n_held += 1
            self._then.pop(question.position, None)

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
