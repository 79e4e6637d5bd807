"""Asking a model for many variants: in parallel, with retries, forgetting nothing."""

import contextlib
import itertools
import logging

import grpc
import numpy as np
import pandas as pd

from endobench.core.columns import FAILURES
from endobench.core.errors import InputError, NotAnswered
from endobench.core.logs import redacted
from endobench.model.client import refusal
from endobench.model.retries import (
    is_away,
    is_exhausted,
    is_refusal,
    is_transient,
    pause,
)
from endobench.predict.call_budget import LimitReached
from endobench.predict.canaries import check_canary
from endobench.predict.workers import Question, Workers

log = logging.getLogger(__name__)


def ask_all(
    rows,
    places,
    journals,
    open_asker,
    *,
    limits,
    call_budget,
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
        Connects, where anything is to be asked, and returns a `workers.Asker`.
    limits : Limits
    call_budget : call_budget.CallBudget
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
            yield Question(position, row, names[is_missing[position]].tolist(), False)

    def again():
        for position, row in _rows_at(rows, canaries):
            yield Question(position, row, list(journals), True)

    # One for one, so that a limit of calls leaves some for what is new.
    pairs = itertools.zip_longest(new(), again())
    questions = (each for pair in pairs for each in pair if each is not None)

    workers = Workers(asker, journals, limits, call_budget, wait)
    failures, n_answered, n_away, n_held, last_away = [], 0, 0, 0, None
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
            # A quota is no variant's fault; a variant may break a service that is up.
            if is_exhausted(error) or (is_away(error) and not asker.is_up()):
                n_away += 1
                last_away = last_away if question.is_canary else error
                if n_away > limits.concurrency:
                    raise _silence(error, address)
                continue
            n_away = 0
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
    if last_away is not None:
        raise _silence(last_away, address)
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
