"""The predictions of one chromosome: missing answers are requested, route by route."""

import contextlib
import functools
import logging
from typing import NamedTuple

import grpc
import pandas as pd

from endobench.core.columns import FAILURES
from endobench.core.errors import InputError
from endobench.core.logs import tell
from endobench.design.routes import ATLAS, why_not_atlas
from endobench.design.scorers import LEAST_SENT_BP
from endobench.genome.alleles import padded_fetch
from endobench.genome.fasta import open_genome
from endobench.model.atlas import atlas_asker
from endobench.model.retries import opening, patiently
from endobench.model.scorers import model_asker, sequence_asker
from endobench.model.service import (
    ORGANISMS,
    WEIGHTS,
    Service,
    checkpoint_of,
    connection,
    list_tracks,
)
from endobench.model.weights import batch_size, isolating
from endobench.model.wire import sequence_predictor, wire_asker
from endobench.predict import plan
from endobench.predict.backlog import Backlog
from endobench.predict.call_budget import CallBudget
from endobench.predict.calls import Calls
from endobench.predict.canaries import kinds_of, sample_canaries, sample_unchecked
from endobench.predict.engine import Terms, ask_all
from endobench.predict.progress import Progress
from endobench.predict.workers import Asker, Limits

log = logging.getLogger(__name__)

# With fewer variants, failures and the start of the job would dominate the pace.
_MIN_TIMED = 100
# The part, and the number, of variants that the Atlas may lack without a word.
_MOST_LACKING, _LEAST_LACKING = 0.05, 10


class Access(NamedTuple):
    """A service and how a job calls it.

    Attributes
    ----------
    service : service.Service
    genome_path : path-like or None
        The indexed genome; the service decides whether it is needed.
    calls : Calls
    call_budget : call_budget.CallBudget
    """

    service: Service
    genome_path: str | None
    calls: Calls
    call_budget: CallBudget

    @classmethod
    def of_job(cls, run, config, files, params, **changes):
        """Return the access of a job of the named run, as its config describes it.

        Parameters
        ----------
        run : str
            Its jobs share one budget of calls.
        config : dict
        files : object
            With ``genome``, the paths of the genome and of its index.
        params : object
            With ``service``, the values of a `Service`.
        **changes
            Of `Calls`, such as a job's own ``concurrency``.
        """
        calls = Calls.of_config(config)._replace(**changes)
        service = Service(*params.service)
        return cls(service, files.genome[0], calls, calls.call_budget(run))

    def limits(self, n_variants, max_failed_fraction, window_bp):
        """Return the `workers.Limits` of a job with a number of variants at a window."""
        concurrency = self.calls.concurrency
        if self.service.kind == WEIGHTS:
            length_bp = max(window_bp, LEAST_SENT_BP)
            batch = batch_size(length_bp, self.service.device, self.calls.batch)
            # While one batch is predicted, the questions of the next are prepared and the
            # answers of the last are written.
            concurrency = 2 * batch
        return Limits(
            concurrency=concurrency,
            attempts=self.calls.attempts,
            max_failures=max_failed_fraction * n_variants,
            n_variants=n_variants,
        )


@contextlib.contextmanager
def connecting(access):
    """Yield a function that connects when it is first called, and then keeps that.

    It takes a shard, whose tracks must be those of the service, and returns a
    `client.Connection`. Starting the stand-in takes longer than a few answers.
    """
    with contextlib.ExitStack() as stack:
        made = []

        def connect(shard):
            if not made:
                made.append(_connect(stack, shard, access))
            return made[0]

        yield connect


@contextlib.contextmanager
def asking(access, terminal=None):
    """Yield a function that requests what a shard lacks, whichever variants fail.

    Spot checks use it: it takes a shard and ``label``, as `predict` does. All shards
    share a connection.
    """
    with connecting(access) as connect:
        yield functools.partial(
            predict,
            access=access,
            connect=connect,
            max_failed_fraction=1,
            terminal=terminal,
        )


def predict(shard, access, connect=None, *, max_failed_fraction, label, terminal=None):
    """Request all scores of a shard that the journals do not hold.

    If the journals hold every answer, nothing is requested and no server is started.

    Parameters
    ----------
    shard : shard.Shard
    access : Access
    connect : callable, optional
        Shared by shards of one list of tracks; see `connecting`. By default, the shard
        has its own.
    max_failed_fraction : float
    label : str
        Name of the job in its progress.
    terminal : file-like, optional
        Shows what will be requested, and the progress.

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
    limits = access.limits(len(shard.rows), max_failed_fraction, request.window_bp)
    failures = []
    with contextlib.ExitStack() as stack:
        connect = connect or stack.enter_context(connecting(access))
        for route in shard.journals:
            _announce(shard, route, limits, label, terminal)
            progress = Progress(shard.n_missing(route), f"{label} {route}", terminal)
            open_asker = functools.partial(_opened, route, connect, shard, access)
            failed = _ask_route(shard, route, open_asker, access, limits, progress)
            failures.append(failed.assign(route=route))
            n_failed = limits.n_failed + failed["variant_id"].nunique()
            limits = limits._replace(n_failed=n_failed)
            if route == ATLAS:
                _tell_lacking(shard, label)
    if request.policy == ATLAS:
        failures.append(shard.not_in_atlas().assign(route=ATLAS))
    failures = pd.concat(failures, ignore_index=True)
    models = failures["scorer"].map(shard.model_of)
    failures = failures.assign(model=models, window_bp=request.window_bp)
    return failures.reindex(columns=FAILURES.names)


def _announce(shard, route, limits, label, terminal):
    """Report how many variants a route will answer, before anything is requested."""
    n_variants, n_missing = len(shard.positions(route)), shard.n_missing(route)
    if n_missing and terminal:
        # The plan of a run that was interrupted is not made again.
        line = (
            f"{label}: {n_variants:,} variants, {n_variants - n_missing:,} remembered,"
        )
        line += f" {n_missing:,} to request from {plan.SOURCES[route]}"
        print(line, file=terminal, flush=True)
    if n_unchecked := shard.n_unchecked(route):
        log.warning("%s", plan.unchecked_in_words(label, n_unchecked))
    log.info(
        "%s: %d variants, %d remembered, %d to request with up to %d calls in flight",
        route,
        n_variants,
        n_variants - n_missing,
        n_missing,
        limits.concurrency,
    )


def _tell_lacking(shard, label):
    """Show that the Atlas lacks many variants, before the model is paid for them."""
    n_lacking, n_first = shard.n_not_held()
    if n_lacking < max(_MOST_LACKING * n_first, _LEAST_LACKING):
        return
    others = "the model is asked for them"
    if shard.request.policy == ATLAS:
        others = "they have no score"
    tell(
        log,
        "%s: the Atlas does not hold %d of %d substitutions, though it should hold all of"
        " GRCh38; %s",
        label,
        n_lacking,
        n_first,
        others,
    )


def _ask_route(shard, route, open_asker, access, limits, progress):
    """Request what a route has not answered yet; return the failures of `ask_all`."""
    positions = shard.positions(route)
    places = shard.places_of(route, positions)
    rows = shard.rows.iloc[positions]
    backlog = Backlog(
        rows,
        places,
        shard.journals[route],
        sample_canaries(places, access.calls.canary_fraction, kinds_of(rows)),
        sample_unchecked(places, access.calls.recheck),
    )
    terms = Terms(
        limits,
        access.call_budget,
        progress,
        access.service.name,
        canary_fraction=access.calls.canary_fraction,
        track_names=shard.track_names,
    )
    n_missing = shard.n_missing(route)
    try:
        progress.begin()
        _, failed = ask_all(backlog, open_asker, terms)
    finally:
        progress.close()
        _note_pace(shard.timing(route), progress)
    if n_missing:
        shard.look()
    return failed


def _note_pace(path, progress):
    """Record the pace for later plans, if enough variants were finished."""
    if progress.n_done >= _MIN_TIMED:
        # A job should not fail because its pace cannot be recorded.
        with contextlib.suppress(OSError):
            plan.note(path, progress.elapsed_s / progress.n_done)


def _opened(route, connect, shard, access):
    """Return a route's `Asker`, after retries while the service is not available."""
    return opening(access.calls.attempts)(
        lambda: _asker(route, connect(shard), shard, access)
    )


def _connect(stack, shard, access):
    """Return a connection to the model that the shard's tracks were listed for."""
    with contextlib.ExitStack() as own:
        made = own.enter_context(
            connection(
                access.service,
                access.genome_path,
                deadline_s=access.calls.deadline_s,
                connect_timeout_s=access.calls.connect_timeout_s,
                tls_ca=access.calls.tls_ca,
                scorers=shard.request.scorers,
                batch=access.calls.batch,
                compiled=access.calls.compiled,
            )
        )
        check_models(made.client, shard.models, access.service)
        stack.push(own.pop_all())
    return made


def check_models(client, models, service):
    """Raise `InputError` if the service's tracks differ from those listed before.

    Parameters
    ----------
    client : alphagenome.models.v1.dna_model.DnaModel
    models : dict of str to str
        The model by output, as it was when its tracks were listed.
    service : service.Service

    Raises
    ------
    InputError
    """
    checkpoint = checkpoint_of(service)
    for output, model in models.items():
        served = list_tracks(client, output, service, checkpoint)["model"].iloc[0]
        if served != model:
            raise InputError(
                f"service {service.name} now serves {served}, but its tracks were listed"
                f" for {model}; remove results/tracks/model.parquet and run again"
            )


def _asker(route, made, shard, access):
    """Return the `Asker` that sends a route's questions over a connection."""

    def is_up():
        try:
            return bool(patiently(made.client.output_metadata)())
        except grpc.RpcError:
            return False

    if route == ATLAS:
        is_strict = shard.request.policy == ATLAS
        rows = shard.missing_rows(ATLAS)
        ask = atlas_asker(made, shard.track_names, is_strict, rows)
        return Asker(ask, made.hang_up, 1, is_up)
    request, organism = shard.request, ORGANISMS[access.service.organism]
    if request.sends_bases:
        fetch = padded_fetch(open_genome(access.genome_path))
        ask = sequence_asker(
            made.client,
            fetch,
            shard.track_names,
            request.window_bp,
            organism,
            predict=None if made.channel is None else sequence_predictor(made),
        )
    elif made.channel is None:
        ask = model_asker(made.client, shard.track_names, organism)
    else:
        ask = wire_asker(made, shard.track_names, organism)
    if made.channel is None:
        ask = isolating(ask)
    return Asker(ask, made.hang_up, request.n_calls, is_up)
