"""Benchmark requests of the Atlas against the client's own `query_variants`.

Each threshold is a ratio within one run; the exit status is 1 if one is not met.
"""

import argparse
import pathlib
import sys
import tempfile
import time

import numpy as np
from alphagenome.atlas import atlas
from alphagenome.data import genome
from alphagenome.protos import atlas_service_pb2_grpc
from bars import Bar, print_bars
from endobench.design.routes import ATLAS, ATLAS_WINDOW_BP
from endobench.design.scorers import tracks_of
from endobench.model.client import Endpoint, connected
from endobench.model.service import Service, list_tracks
from endobench.predict.call_budget import CallBudget
from endobench.predict.calls import Calls
from endobench.predict.chromosome import Access, predict
from endobench.predict.shard import Request, Shard
from questions import client_of, serving, variants

SCORER = "DNASE-501-DIFF_LOG2_SUM"
LATENCY_S = 0.2
IN_FLIGHT = 50
_WITHOUT_LATENCY = 8
_WORKERS = (2, 5, 10, 20)


def rows_of(number, every_bp):
    """Return substitutions of A, so many bases apart; three at each base for 0."""
    rows = variants(number, ATLAS_WINDOW_BP)
    place = np.arange(number)
    first = 1_000_001
    rows["pos"] = first + (place * every_bp if every_bp else place // 3)
    rows["alt"] = np.array(list("CGT"))[place % 3]
    rows["variant_id"] = [
        f"chr1_{pos}_A_{alt}_b38"
        for pos, alt in zip(rows["pos"], rows["alt"], strict=True)
    ]
    start = rows["pos"] - ATLAS_WINDOW_BP // 2
    return rows.assign(window_start=start, window_end=start + ATLAS_WINDOW_BP)


def ask_engine(address, rows, concurrency=IN_FLIGHT):
    """Request the rows with the engine; return seconds and raw scores in their order."""
    service = Service("address", address, tls=False)
    with client_of(address) as client:
        tracks = list_tracks(client, tracks_of(SCORER), service)
    with tempfile.TemporaryDirectory() as folder:
        calls = Calls(concurrency, 5, 60, 20, folder)
        begun = time.perf_counter()
        with Shard(
            rows,
            tracks,
            Request([SCORER], ATLAS_WINDOW_BP, ATLAS),
            journal=folder,
            name="chr1",
            genome_digest="",
        ) as shard:
            access = Access(service, None, calls, CallBudget(folder, None))
            failures = predict(shard, access, max_failed_fraction=0, label="chr1")
            seconds = time.perf_counter() - begun
            if len(failures):
                raise RuntimeError("variants failed")
            raw = [shard.answer(ATLAS, SCORER, at).raw for at in range(len(rows))]
    return seconds, np.stack(raw)


def ask_client(address, rows, max_workers):
    """Request the rows with `query_variants`; return seconds and raw scores by variant."""
    asked = [
        genome.Variant(row.chrom, row.pos, row.ref, row.alt)
        for row in rows.itertuples()
    ]
    with connected(Endpoint(address, False, "", None, 60, 20)) as made:
        stub = atlas_service_pb2_grpc.AtlasServiceStub(made.channel)
        client = atlas.AtlasClient(stub)
        begun = time.perf_counter()
        found = client.query_variants(
            asked,
            requested_scorers=["DNASE"],
            progress_bar=False,
            max_workers=max_workers,
        )["DNASE"]
        seconds = time.perf_counter() - begun
    return seconds, found


def best_of_client(address, rows):
    """Return the variants per second of the client at its best number of workers."""
    return max(len(rows) / ask_client(address, rows, each)[0] for each in _WORKERS)


def at_latency(rows):
    """Return the rates of engine and client with a latency, and the engine's calls.

    The client has as many workers as the engine has calls in flight.
    """
    with tempfile.TemporaryDirectory() as folder:
        counter = pathlib.Path(folder) / "calls"
        with serving(LATENCY_S, counter=counter) as address:
            seconds, _ = ask_engine(address, rows)
            n_calls = counter.stat().st_size
            theirs, _ = ask_client(address, rows, IN_FLIGHT)
        return len(rows) / seconds, len(rows) / theirs, n_calls


def is_same(address, rows):
    """Return whether the engine has the client's scores, bit by bit."""
    _, found = ask_client(address, rows, 10)
    order = {str(variant): at for at, variant in enumerate(found.obs["variant"])}
    _, ours = ask_engine(address, rows)
    theirs = [
        found.X[order[str(genome.Variant(row.chrom, row.pos, row.ref, row.alt))]]
        for row in rows.itertuples()
    ]
    return ours.tobytes() == np.stack(theirs).astype("<f4").tobytes()


def main():
    """Run all benchmarks and print them as one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", type=int, default=6_000)
    options = parser.parse_args()
    apart, dense = (rows_of(options.variants, every_bp) for every_bp in (200, 0))
    few = apart.head(options.variants // 6)
    with serving() as address:
        ours = len(apart) / ask_engine(address, apart, _WITHOUT_LATENCY)[0]
        theirs = best_of_client(address, few)
        same = [is_same(address, each.head(300)) for each in (apart, dense)]
    rate, their_rate, _ = at_latency(apart)
    dense_rate, their_dense_rate, n_calls = at_latency(dense)
    way = f"at {LATENCY_S * 1000:.0f} ms with {IN_FLIGHT} in flight"
    bars = [
        Bar(
            f"variants per second {way}, relative to query_variants",
            f"{rate:.0f} of {their_rate:.0f}",
            rate / their_rate,
            least=0.9,
        ),
        Bar(
            f"three variants at each base: per second {way}, relative to the same",
            f"{dense_rate:.0f} of {their_dense_rate:.0f}",
            dense_rate / their_dense_rate,
            least=4.0,
        ),
        Bar(
            "three variants at each base: calls, relative to the variants",
            f"{n_calls:,} of {len(dense):,}",
            n_calls / len(dense),
            most=0.02,
        ),
        Bar(
            "variants per second without latency, each checked and saved, relative to"
            " query_variants, which keeps all in memory",
            f"{ours:.0f} of {theirs:.0f}",
            ours / theirs,
            least=0.4,
        ),
        Bar("scores equal to the client's, bit by bit", "", min(same), least=1.0),
    ]
    sys.exit(not print_bars(bars))


if __name__ == "__main__":
    main()
