"""Servers of the real protocol for tests, and a small genome for them."""

import contextlib
import threading
import time

import grpc
import numpy as np
import pandas as pd
import pysam
import signals
from endobench.genome.reference import centred_windows
from endobench.model.client import Endpoint, connected
from endobench.model.service import Service, connection, list_tracks
from endobench.model.standin import server as standin
from endobench.model.standin.atlas_service import AtlasService
from endobench.model.standin.model_service import ModelService
from google.protobuf import any_pb2, duration_pb2

WINDOW_BP = 16_384


def random_bases(rng, length):
    """Return a random sequence of A, C, G and T."""
    return (
        np.frombuffer(b"ACGT", np.uint8)[rng.integers(4, size=length)]
        .tobytes()
        .decode()
    )


def write_genome(folder, length=40_000, seed=3):
    """Write a random, indexed chromosome; return its path and its sequence."""
    sequence = random_bases(np.random.default_rng(seed), length)
    path = folder / "genome.fa"
    path.write_text(f">chr1\n{sequence}\n")
    pysam.faidx(str(path))
    return path, sequence


def substitutions(sequence, positions):
    """Return substitutions in the columns of a shard."""
    positions = np.asarray(positions)
    refs = [sequence[position - 1] for position in positions]
    alts = ["ACGT"["ACGT".index(ref) - 1] for ref in refs]
    start, shift = centred_windows(
        positions, np.ones_like(positions), WINDOW_BP, len(sequence)
    )
    rows = pd.DataFrame(
        {
            "chrom": "chr1",
            "pos": positions,
            "ref": refs,
            "alt": alts,
            "window_start": start,
            "window_end": start + WINDOW_BP,
            "shift_bp": shift,
            "n_fraction": 0.0,
        }
    )
    rows["variant_id"] = [
        f"chr1_{row.pos}_{row.ref}_{row.alt}_b38" for row in rows.itertuples()
    ]
    return rows.assign(source_id=rows["variant_id"])


def asking_to_wait(seconds):
    """Return the metadata of a status with ``google.rpc.RetryInfo``."""
    wait = duration_pb2.Duration(seconds=seconds).SerializeToString()
    info = any_pb2.Any(
        type_url="type.googleapis.com/google.rpc.RetryInfo",
        value=bytes([0x0A, len(wait)]) + wait,
    ).SerializeToString()
    # The fields code and details of ``google.rpc.Status``.
    details = bytes([0x08, 8, 0x1A, len(info)]) + info
    return [("grpc-status-details-bin", details)]


class FaultyService(ModelService):
    """A model service that counts its calls and fails on demand.

    `faults` maps the number of a call, from 0, to a gRPC status, "cut" (the stream ends
    before its chunks), "empty", "nan", "infinite" or "slow" (half a minute of silence).
    For `outage_s` after the tenth call, every call is refused and counted in
    `n_refused`. `calls` are the positions of the scored variants; `n_sequences` is the
    number of predicted sequences. All values come in chunks, which can get lost.
    """

    within_bytes = 0

    def __init__(
        self,
        model,
        faults=None,
        late=None,
        refused=(),
        keys=None,
        metadata_faults=0,
        outage_s=0,
        retry_s=0,
    ):
        super().__init__(model)
        self.retry_s = retry_s
        self._outage_s = outage_s
        self._outage_ends = None
        self.n_refused = 0
        self.metadata_faults = metadata_faults
        self.faults, self.late = faults or {}, late or {}
        self.refused = set(refused)
        self.keys = keys
        self.calls = []
        self.n_sequences = 0
        self.released = threading.Event()
        self._lock = threading.Lock()

    def GetMetadata(self, request, context):
        if self.metadata_faults:
            self.metadata_faults -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "injected")
        yield from super().GetMetadata(request, context)

    def _refuse_in_outage(self, number, context):
        if not self._outage_s or number < 10:
            return
        with self._lock:
            if self._outage_ends is None:
                self._outage_ends = time.monotonic() + self._outage_s
            is_out = time.monotonic() < self._outage_ends
            self.n_refused += is_out
        if is_out:
            context.abort(grpc.StatusCode.UNAVAILABLE, "out")

    def PredictSequence(self, requests, context):
        with self._lock:
            self.n_sequences += 1
        yield from super().PredictSequence(requests, context)

    def ScoreVariant(self, requests, context):
        requests = list(requests)
        position = requests[0].variant.position
        with self._lock:
            number = len(self.calls)
            self.calls.append(position)
        self._refuse_in_outage(number, context)
        if self.keys is not None:
            given = dict(context.invocation_metadata()).get("x-goog-api-key")
            if given not in self.keys:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "API key not valid")
        if position in self.refused:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "poisoned variant")
        fault = self.faults.get(number)
        if fault == "slow":
            self.released.wait(30)
        if self.retry_s:
            context.set_trailing_metadata(asking_to_wait(self.retry_s))
        if isinstance(fault, grpc.StatusCode):
            context.abort(fault, "injected")
        for count, response in enumerate(super().ScoreVariant(requests, context)):
            if fault == "empty" or (fault == "cut" and count > 0):
                return
            if fault in ("nan", "infinite") and count > 0:
                n_bytes = len(response.tensor_chunk.data)
                value = np.nan if fault == "nan" else np.inf
                values = np.full(n_bytes // 4, value, dtype=np.float32)
                response.tensor_chunk.data = values.tobytes()
            yield response
        if fault == "endless":
            self.released.wait(30)
        if number in self.late:
            context.abort(self.late[number], "injected after the answer")


class CrowdedService(FaultyService):
    """Answers some calls at a time, each after a while, and refuses the others.

    `n_at_once` are answered in `while_s` seconds. `in_flight` has the number of calls that
    were being answered at the end of each; `n_refused` counts the others.
    """

    def __init__(self, model, n_at_once=10, while_s=0.05, **options):
        super().__init__(model, **options)
        self._n_at_once, self._while_s = n_at_once, while_s
        self._n = 0
        self.in_flight = []

    def ScoreVariant(self, requests, context):
        with self._lock:
            is_refused = self._n >= self._n_at_once
            self.n_refused += is_refused
            self._n += not is_refused
        if is_refused:
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many calls")
        try:
            responses = list(super().ScoreVariant(requests, context))
            time.sleep(self._while_s)
            yield from responses
        finally:
            with self._lock:
                self.in_flight.append(self._n)
                self._n -= 1


@contextlib.contextmanager
def serving(genome_path, kind=FaultyService, max_workers=8, **faults):
    """Serve a `FaultyService` in this process; yield it and its address."""
    model = signals.model_of(genome_path)
    service = kind(model, **faults)
    server, port = standin.start_server(
        model,
        max_workers=max_workers,
        services=(service, AtlasService(model)),
    )
    try:
        yield service, f"127.0.0.1:{port}"
    finally:
        service.released.set()
        server.stop(grace=0).wait()


@contextlib.contextmanager
def client_of(address, key="", deadline_s=30, connect_timeout_s=10):
    """Connect without TLS; yield the `client.Connection`."""
    endpoint = Endpoint(address, False, key, None, deadline_s, connect_timeout_s)
    with connected(endpoint) as made:
        yield made


def service_at(address, name=None):
    """Return the `Service` for a server of this machine."""
    return Service("address", address, tls=False, model_name=name)


def tracks_at(address, output="DNASE", name=None):
    """Return the tracks that a server lists."""
    service = service_at(address, name)
    with connection(service, None, deadline_s=10, connect_timeout_s=10) as made:
        return list_tracks(made.client, output, service)
