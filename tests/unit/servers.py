"""Servers of the real protocol for tests, and a small genome for them to read."""

import contextlib
import threading

import grpc
import numpy as np
import pandas as pd
import pysam
from endobench import motif_model, standin, standin_services
from endobench.client import Endpoint, connected
from endobench.sequence import centred_windows

WINDOW_BP = 16_384


def write_genome(folder, length=40_000, seed=3):
    """Write one indexed, random chromosome; return the path and the sequence."""
    rng = np.random.default_rng(seed)
    sequence = "".join(rng.choice(list("ACGT"), length))
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


class FaultyService(standin_services.ModelService):
    """A model service that counts its calls and fails as it is told.

    `faults` maps the number of a call, from 0, to a gRPC status, "cut" (the stream ends
    before its chunks), "empty", "nan" or "slow" (half a minute of silence).
    """

    def __init__(self, model, faults=None, refused=(), keys=None, metadata_faults=0):
        super().__init__(model)
        self.metadata_faults = metadata_faults
        self.faults = faults or {}
        self.refused = set(refused)
        self.keys = keys
        self.calls = []
        self.released = threading.Event()
        self._lock = threading.Lock()

    def GetMetadata(self, request, context):
        if self.metadata_faults:
            self.metadata_faults -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "injected")
        yield from super().GetMetadata(request, context)

    def ScoreVariant(self, requests, context):
        requests = list(requests)
        position = requests[0].variant.position
        with self._lock:
            number = len(self.calls)
            self.calls.append(position)
        if self.keys is not None:
            given = dict(context.invocation_metadata()).get("x-goog-api-key")
            if given not in self.keys:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "API key not valid")
        if position in self.refused:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "poisoned variant")
        fault = self.faults.get(number)
        if fault == "slow":
            self.released.wait(30)
        if isinstance(fault, grpc.StatusCode):
            context.abort(fault, "injected")
        for count, response in enumerate(super().ScoreVariant(requests, context)):
            if fault == "empty" or (fault == "cut" and count > 0):
                return
            if fault == "nan" and count > 0:
                n_bytes = len(response.tensor_chunk.data)
                values = np.full(n_bytes // 4, np.nan, dtype=np.float32)
                response.tensor_chunk.data = values.tobytes()
            yield response


@contextlib.contextmanager
def serving(genome_path, kind=FaultyService, **faults):
    """Serve a `FaultyService` in this process; give it and an address."""
    model = motif_model.MotifModel(genome_path)
    service = kind(model, **faults)
    server, port = standin.start_server(
        model, services=(service, standin_services.AtlasService(model))
    )
    try:
        yield service, f"127.0.0.1:{port}"
    finally:
        service.released.set()
        server.stop(grace=0).wait()


@contextlib.contextmanager
def client_of(address, key="", deadline_s=30, connect_timeout_s=10):
    """Give the real client on a plain channel."""
    endpoint = Endpoint(address, False, key, None, deadline_s, connect_timeout_s)
    with connected(endpoint) as (client, hang_up):
        yield client, hang_up
