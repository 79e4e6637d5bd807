"""One chromosome's predictions: the right one is asked for what is not remembered."""

import contextlib
import functools
import logging
import pathlib
from typing import NamedTuple

import grpc
import pandas as pd
import tenacity

from endobench.core.columns import FAILURES
from endobench.core.errors import InputError, Unavailable
from endobench.design.routes import ATLAS, why_not_atlas
from endobench.genome.alleles import padded_fetch
from endobench.genome.fasta import open_genome
from endobench.model.atlas import atlas_asker
from endobench.model.retries import patiently, pause
from endobench.model.scorers import model_asker, sequence_asker
from endobench.model.service import ORGANISMS, WEIGHTS, connection, list_tracks
from endobench.model.weights import isolating
from endobench.model.wire import wire_asker
from endobench.predict import plan
from endobench.predict.call_budget import CallBudget
from endobench.predict.canaries import sample_canaries
from endobench.predict.engine import ask_all
from endobench.predict.progress import Progress
from endobench.predict.workers import Asker, Limits

log = logging.getLogger(__name__)

# The pace of fewer variants is that of their failures, or of the start.
_MIN_TIMED = 100


class Calls(NamedTuple):
    """How the service is called: nothing here changes a score.

    Attributes
    ----------
    concurrency, attempts : int
        See `workers.Limits`.
    deadline_s, connect_timeout_s : float
        See `client.Endpoint`.
    journal : path-like
        Folder of all journals.
    canary_fraction : float
        See `canaries.sample_canaries`.
    max_requests : int or None
        Calls that the jobs of a run may make together.
    route_sample : int
        Variants that both the Atlas and the model are asked for.
    window_sample : int
        Variants that are asked for at another window, too.
    """

    concurrency: int
    attempts: int
    deadline_s: float
    connect_timeout_s: float
    journal: str
    canary_fraction: float = 0.0
    max_requests: int | None = None
    route_sample: int = 0
    window_sample: int = 0

    def call_budget(self, run):
        """Return the calls that are left to the run of this name."""
        folder = pathlib.Path(self.journal) / "requests" / run
        return CallBudget(folder, self.max_requests)


def predict(
    shard,
    *,
    service,
    genome_path,
    calls,
    call_budget,
    max_failed_fraction,
    label,
    terminal=None,
):
    """Ask for all scores of a shard that are not remembered.

    Nothing is asked, and no server started, where the journals remember every answer.

    Parameters
    ----------
    shard : Shard
    service : service.Service
    genome_path : path-like
    calls : Calls
    call_budget : call_budget.CallBudget
    max_failed_fraction : float
    label : str
        What the progress is called.
    terminal : file-like, optional
        For what is to be asked, and the progress.

    Returns
    -------
    pandas.DataFrame
        Variants without a score, in the columns of `columns.FAILURES`.

    Raises
    ------
    InputError
        See `engine.ask_all`.
    """
    request = shard.request
    if request.policy == ATLAS and (
        reason := why_not_atlas(request.scorers, request.window_bp)
    ):
        raise InputError(f"key 'route': {reason}")
    limits = Limits(
        # A model on this machine uses all of it for one question.
        concurrency=1 if service.kind == WEIGHTS else calls.concurrency,
        attempts=calls.attempts,
        max_failures=max_failed_fraction * len(shard.rows),
        n_variants=len(shard.rows),
    )
    # Other jobs may be using the minute's quota up just now.
    opening = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Unavailable),
        stop=tenacity.stop_after_attempt(calls.attempts),
        wait=pause,
        before_sleep=tenacity.before_sleep_log(log, logging.WARNING),
        reraise=True,
    )
    failures = []
    with contextlib.ExitStack() as stack:
        connect = functools.cache(
            lambda: _connect(stack, shard, service, genome_path, calls)
        )
        for route, journals in shard.journals.items():
            positions, n_missing = shard.positions(route), shard.n_missing(route)
            if n_missing and terminal:
                words = f"{label}: {n_missing} of {len(positions)} variants to ask of"
                print(f"{words} the {route}", file=terminal, flush=True)
            log.info(
                "%s: %d variants, %d remembered, %d to ask with %d calls in flight",
                route,
                len(positions),
                len(positions) - n_missing,
                n_missing,
                limits.concurrency,
            )
            places = shard.places_of(route, positions)
            progress = Progress(n_missing, f"{label} {route}", terminal)
            try:
                _, failed = ask_all(
                    shard.rows.iloc[positions],
                    places,
                    journals,
                    lambda route=route: opening(
                        lambda: _asker(route, connect(), shard, service, genome_path)
                    ),
                    limits=limits,
                    call_budget=call_budget,
                    progress=progress,
                    address=service.name,
                    canaries=sample_canaries(places, calls.canary_fraction),
                )
            finally:
                progress.close()
                if progress.n_done >= _MIN_TIMED:
                    seconds = progress.elapsed_s / progress.n_done
                    # A budget is not worth a run.
                    with contextlib.suppress(OSError):
                        plan.note(shard.timing(route), seconds)
            failures.append(failed.assign(route=route))
            n_failed = limits.n_failed + failed["variant_id"].nunique()
            limits = limits._replace(n_failed=n_failed)
            if n_missing:
                shard.look()
    if request.policy == ATLAS:
        failures.append(shard.not_in_atlas().assign(route=ATLAS))
    failures = pd.concat(failures, ignore_index=True)
    models = failures["scorer"].map(shard.model_of)
    failures = failures.assign(model=models, window_bp=request.window_bp)
    return failures.reindex(columns=FAILURES.names)


def _connect(stack, shard, service, genome_path, calls):
    with contextlib.ExitStack() as mine:
        made = mine.enter_context(
            connection(
                service,
                genome_path,
                deadline_s=calls.deadline_s,
                connect_timeout_s=calls.connect_timeout_s,
            )
        )
        check_models(made.client, shard.models, service)
        stack.push(mine.pop_all())
    return made


def check_models(client, models, service):
    """Raise where the service has other tracks than when they were listed.

    Parameters
    ----------
    client : dna_model.DnaModel
    models : dict of str to str
        The model by output, as its tracks were listed.
    service : service.Service

    Raises
    ------
    InputError
    """
    for output, model in models.items():
        served = list_tracks(client, output, service)["model"].iloc[0]
        if served != model:
            raise InputError(
                f"service {service.name} now serves {served}, not {model} as when its"
                " tracks were listed; remove the table of its tracks"
                " (results/tracks/model.parquet) and run again"
            )


def _asker(route, made, shard, service, genome_path):
    request = shard.request

    def is_up():
        try:
            return bool(patiently(made.client.output_metadata)())
        except grpc.RpcError:
            return False

    if route == ATLAS:
        return Asker(atlas_asker(made, shard.track_names), made.hang_up, 1, is_up)
    organism = ORGANISMS[service.organism]
    if request.sends_bases:
        fetch = padded_fetch(open_genome(genome_path))
        ask = sequence_asker(
            made.client, fetch, shard.track_names, request.window_bp, organism
        )
    elif made.channel is None:
        ask = model_asker(made.client, shard.track_names, organism)
    else:
        ask = wire_asker(made, shard.track_names, organism)
    if made.channel is None:
        ask = isolating(ask)
    return Asker(ask, made.hang_up, request.n_calls, is_up)
