"""Benchmark the prediction engine against the client's own batch call.

Each threshold is a ratio within one run; the exit status is 1 if one is not met.
"""

import argparse
import contextlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd
from alphagenome.data import genome
from endobench.core.columns import ANSWERS
from endobench.core.tables import read_frame
from endobench.model.client import Endpoint, connected
from endobench.model.scorer_names import parse_scorer
from endobench.model.service import Service, list_tracks
from endobench.model.tracks import lone_positions, select
from endobench.predict.answers import write_answers
from endobench.predict.call_budget import CallBudget
from endobench.predict.calls import Calls
from endobench.predict.chromosome import Access, predict
from endobench.predict.shard import Request, Shard

HERE = pathlib.Path(__file__).parent
SCORER = "DNASE-501-DIFF_LOG2_SUM"
WINDOW_BP = 16_384
K562 = ["EFO:0002067"]
LATENCY_S = 0.7
IN_FLIGHT = 50
GRANTED = 10


@contextlib.contextmanager
def serving(latency_s=0.0, **options):
    """Run the benchmark's server in its own process; yield its address."""
    command = [sys.executable, str(HERE / "server.py"), "--latency-s", str(latency_s)]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def variants(number):
    """Return substitutions in the columns of a shard."""
    pos = np.arange(1_000_000, 1_000_000 + 3 * number, 3)
    frame = pd.DataFrame({"chrom": "chr1", "pos": pos, "ref": "A", "alt": "C"})
    start = pos - 1 - WINDOW_BP // 2
    frame["variant_id"] = [f"chr1_{each}_A_C_b38" for each in pos]
    frame = frame.assign(window_start=start, window_end=start + WINDOW_BP, shift_bp=0)
    return frame.assign(source_id=frame["variant_id"])


@contextlib.contextmanager
def client_of(address):
    """Connect the client; yield it."""
    with connected(Endpoint(address, False, "", None, 60, 20)) as made:
        yield made.client


def ask_engine(address, n_variants, folder, concurrency):
    """Predict with the engine, from a shard to its file.

    Returns
    -------
    seconds : float
        Without the time to write the file.
    path : pathlib.Path
    positions : numpy.ndarray of int
        K562's tracks.
    """
    service = Service("address", address, tls=False)
    with client_of(address) as client:
        tracks = list_tracks(client, "DNASE", service)
    begun = time.perf_counter()
    calls = Calls(concurrency, 5, 60, 20, journal=str(folder))
    with Shard(
        variants(n_variants),
        tracks,
        Request([SCORER], WINDOW_BP, "model"),
        journal=folder,
        name="chr1",
        genome_digest="",
    ) as shard:
        access = Access(service, None, calls, CallBudget(folder, None))
        predict(shard, access, max_failed_fraction=0, label="chr1")
        asked_s = time.perf_counter() - begun
        path = pathlib.Path(folder) / "chr1.parquet"
        write_answers(shard, path, lone_positions([select(tracks, K562, "K562")]))
    return asked_s, path, select(tracks, K562, "K562")["position"].to_numpy()


def ask_client(address, n_variants, max_workers):
    """Predict with the client's own batch call; return seconds and K562's scores."""
    rows = variants(n_variants)
    scorer = parse_scorer(SCORER)
    with client_of(address) as client:
        begun = time.perf_counter()
        found = client.score_variants(
            [
                genome.Interval(row.chrom, row.window_start, row.window_end)
                for row in rows.itertuples()
            ],
            [
                genome.Variant(row.chrom, row.pos, row.ref, row.alt)
                for row in rows.itertuples()
            ],
            [scorer],
            progress_bar=False,
            max_workers=max_workers,
        )
        seconds = time.perf_counter() - begun
    is_k562 = (found[0][0].var["ontology_curie"] == K562[0]).to_numpy()
    return seconds, np.array(
        [
            [scores.X[0][is_k562], scores.layers["quantiles"][0][is_k562]]
            for (scores,) in found
        ]
    )[..., 0]


def bench_latency(n_calls):
    """Return the calls per second at a latency, and the highest possible rate."""
    with serving(LATENCY_S) as address, tempfile.TemporaryDirectory() as folder:
        seconds, *_ = ask_engine(address, n_calls, folder, IN_FLIGHT)
    return n_calls / seconds, IN_FLIGHT / LATENCY_S


def bench_quota(n_calls):
    """Return the calls per second with fewer in flight granted than asked for.

    Returns
    -------
    rate, possible : float
    """
    with (
        serving(LATENCY_S, at_once=GRANTED) as address,
        tempfile.TemporaryDirectory() as folder,
    ):
        seconds, *_ = ask_engine(address, n_calls, folder, IN_FLIGHT)
    return n_calls / seconds, GRANTED / LATENCY_S


def bench_two_runs(n_variants):
    """Return the calls of two runs that begin together on one journal."""
    with tempfile.TemporaryDirectory() as folder:
        counter = pathlib.Path(folder) / "calls"
        with serving(LATENCY_S, counter=counter) as address:
            command = [sys.executable, __file__, "--child", address, str(n_variants)]
            runs = [
                subprocess.Popen(
                    [*command, folder, str(IN_FLIGHT)], stdout=subprocess.DEVNULL
                )
                for _ in range(2)
            ]
            if sum(run.wait() for run in runs):
                raise RuntimeError("a run failed")
        return counter.stat().st_size


def bench_client(n_engine, n_client):
    """Compare the engine with the client at its best number of workers, without latency.

    Returns
    -------
    engine, client : float
        Calls per second.
    is_same : bool
        Whether the scores are equal, bit by bit.
    """
    with serving() as address, tempfile.TemporaryDirectory() as folder:
        rates = {}
        for max_workers in (2, 5, 10, 20):
            seconds, theirs = ask_client(address, n_client, max_workers)
            rates[max_workers] = n_client / seconds
        seconds, path, k562 = ask_engine(address, n_engine, folder, 8)
        ours = read_frame(path, ANSWERS).set_index("variant_id")
        ours = ours.loc[variants(n_client)["variant_id"]]
        ours = np.stack(
            [np.stack(ours[name])[:, k562[0]] for name in ("raw", "quantile")], axis=1
        )
        is_same = ours.tobytes() == theirs.astype("<f4").tobytes()
    return n_engine / seconds, max(rates.values()), is_same


def peak_mb():
    """Return the peak memory of this process alone.

    `resource.getrusage` would start at the peak of the parent process.
    """
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024


def peak_rss_mb(n_variants):
    """Return the peak memory of a process that predicts a number of variants."""
    with serving() as address, tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            [
                sys.executable,
                __file__,
                "--child",
                address,
                str(n_variants),
                folder,
                "8",
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    return json.loads(result.stdout)


def main():
    """Run all benchmarks and print them as one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=6_000)
    parser.add_argument("--memory", type=int, nargs=2, default=[10_000, 100_000])
    parser.add_argument("--shared", type=int, default=10_000)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        address, n_variants, folder, concurrency = options.child
        ask_engine(address, int(n_variants), folder, int(concurrency))
        print(peak_mb())
        return
    rate, possible = bench_latency(options.calls)
    under_quota, granted = bench_quota(options.calls // 8)
    n_shared = bench_two_runs(options.shared)
    engine, client, is_same = bench_client(options.calls, options.calls // 6)
    small, large = (peak_rss_mb(number) for number in options.memory)
    bars = [
        (
            f"calls per second at {LATENCY_S * 1000:.0f} ms latency and {IN_FLIGHT} in"
            " flight, relative to the possible rate",
            f"{rate:.1f} of {possible:.1f}",
            rate / possible,
            ">=",
            0.95,
        ),
        (
            f"calls per second with {GRANTED} of {IN_FLIGHT} calls in flight granted,"
            " relative to the possible rate",
            f"{under_quota:.1f} of {granted:.1f}",
            under_quota / granted,
            ">=",
            0.9,
        ),
        (
            f"calls of two runs on one journal, {IN_FLIGHT} in flight each, relative to"
            " the variants",
            f"{n_shared} of {options.shared}",
            n_shared / options.shared,
            "<=",
            1.05,
        ),
        (
            "calls per second without latency, relative to the client's score_variants",
            f"{engine:.0f} of {client:.0f}",
            engine / client,
            ">=",
            4.0,
        ),
        ("scores equal to the client's, bit by bit", "", float(is_same), ">=", 1.0),
        (
            f"peak memory at {options.memory[1]:,} variants, relative to"
            f" {options.memory[0]:,} variants",
            f"{large:.0f} MB of {small:.0f} MB",
            large / small,
            "<=",
            1.2,
        ),
    ]
    print("| quantity | measured | ratio | threshold |\n|---|---|---|---|")
    is_met = True
    for what, measured, ratio, sign, bar in bars:
        print(f"| {what} | {measured} | {ratio:.2f} | {sign} {bar:g} |")
        is_met &= ratio >= bar if sign == ">=" else ratio <= bar
    sys.exit(not is_met)


if __name__ == "__main__":
    main()
