"""Benchmark the prediction engine against the client's own batch call.

Each threshold is a ratio within one run; the exit status is 1 if one is not met.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import pandas as pd
from bars import Bar, peak_mb, print_bars
from hosted import run_s
from questions import (
    GENES,
    MASK,
    QUESTIONS,
    ask_client,
    ask_engine,
    scores_of,
    serving,
    variants,
)
from server import GENES_EVERY_BP, N_GENES, N_MERGED

# A config's default.
CANARIES = 0.01
LATENCY_S = 0.7
IN_FLIGHT = 50
GRANTED = 10
# What Snakemake, its jobs and the calls that check the model may add to a run.
ADDED_S = 20


def bench_latency(n_calls):
    """Return the calls per second at a latency, and the highest possible rate."""
    with serving(LATENCY_S) as address, tempfile.TemporaryDirectory() as folder:
        seconds = ask_engine(address, n_calls, folder, IN_FLIGHT).seconds
    return n_calls / seconds, IN_FLIGHT / LATENCY_S


def bench_run(n_variants):
    """Measure a run at a latency.

    Returns
    -------
    whole_s, cpu_s : float
        Wall and CPU time of the run.
    calls_s : float
        Wall time of its variants' calls alone.
    """
    with serving(LATENCY_S) as address, tempfile.TemporaryDirectory() as folder:
        spent = run_s(variants(n_variants), address, folder, IN_FLIGHT)
    return *spent, n_variants * LATENCY_S / IN_FLIGHT


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
        seconds = ask_engine(address, n_calls, folder, IN_FLIGHT).seconds
    return n_calls / seconds, GRANTED / LATENCY_S


def bench_two_runs(n_variants):
    """Return the calls of two runs that begin together on one journal."""
    with tempfile.TemporaryDirectory() as folder:
        counter = pathlib.Path(folder) / "calls"
        with serving(LATENCY_S, counter=counter) as address:
            command = child(n_variants, folder, address=address, concurrency=IN_FLIGHT)
            runs = [
                subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)
            ]
            if sum(run.wait() for run in runs):
                raise RuntimeError("a run failed")
        return counter.stat().st_size


def bench_client(n_engine, n_client, question=MASK):
    """Compare the engine with the client at its best number of workers, without latency.

    Returns
    -------
    engine, client : float
        Calls per second.
    is_same : bool
        Whether the scores are equal, bit by bit.
    journal_bytes, file_bytes : float
        Of a variant.
    """
    with serving() as address, tempfile.TemporaryDirectory() as folder:
        rates = {}
        for max_workers in (2, 5, 10, 20):
            seconds, theirs = ask_client(address, n_client, max_workers, question)
            rates[max_workers] = n_client / seconds
        ours = ask_engine(address, n_engine, folder, 8, question)
        scores = scores_of(ours.path, ours.position, question)
        is_same = scores[: len(theirs)].tobytes() == theirs.astype("<f4").tobytes()
        sizes = ours.journal_bytes, ours.path.stat().st_size
    sizes = [size / n_engine for size in sizes]
    return n_engine / ours.seconds, max(rates.values()), is_same, *sizes


def child(n_variants, folder, question=MASK, *, address="", concurrency=8):
    """Return the command of a job in a process of its own: it predicts, or reads."""
    words = n_variants, folder, question.scorer, address, concurrency
    return [sys.executable, __file__, "--child", *map(str, words)]


def work(n_variants, folder, scorer, address, concurrency):
    """Predict or, without an address, read one gene of each variant, as benchmarks do."""
    question, n_variants = QUESTIONS[scorer], int(n_variants)
    note = pathlib.Path(folder) / "position"
    if address:
        canaries = CANARIES if question == GENES else 0
        options = folder, int(concurrency), question, canaries
        predicted = ask_engine(address, n_variants, *options)
        note.write_text(str(predicted.position))
        return
    ids = variants(n_variants)["variant_id"]
    place = ids.str.split("_").str[1].astype(int) // GENES_EVERY_BP
    genes = [f"ENSG{each * 1_000 + 7:011d}" for each in place]
    pairs = pd.DataFrame({"variant_id": ids, "feature_id": genes})
    path = pathlib.Path(folder) / "chr1.parquet"
    scores = scores_of(path, int(note.read_text()), question, pairs)
    if len(scores) != n_variants:
        raise RuntimeError(f"{len(scores)} of {n_variants} scores were read")


def peaks_mb(n_variants, question=MASK):
    """Return the peak memory of jobs with a number of variants: one predicts, one reads.

    They are processes of their own, as in a run.
    """
    peaks = []
    with serving() as address, tempfile.TemporaryDirectory() as folder:
        for where in (address, ""):
            command = child(n_variants, folder, question, address=where)
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            peaks.append(json.loads(done.stdout))
    return peaks


def gene_bars(options):
    """Measure the scorer by gene, and return its bars."""
    engine, client, is_same, journal, file = bench_client(
        options.gene_calls, options.gene_calls // 10, GENES
    )
    (small, _), (large, reading) = (
        peaks_mb(number, GENES) for number in options.gene_memory
    )
    raw = 4 * N_GENES * N_MERGED
    all_raw_mb = raw * options.gene_memory[1] / 1e6
    return [
        Bar(
            f"calls per second for {N_GENES} genes, relative to the client's"
            " score_variants",
            f"{engine:.0f} of {client:.0f}",
            engine / client,
            least=4.0,
        ),
        Bar(
            "scores of all genes equal to the client's, bit by bit",
            "",
            float(is_same),
            least=1.0,
        ),
        Bar(
            f"bytes of a variant of {N_GENES} genes in the journal, relative to its raw"
            " scores",
            f"{journal:,.0f} of {raw:,}",
            journal / raw,
            most=1.2,
        ),
        Bar(
            "bytes of such a variant in the file of answers, relative to its raw scores",
            f"{file:,.0f} of {raw:,}",
            file / raw,
            most=1.0,
        ),
        Bar(
            f"peak memory at {options.gene_memory[1]:,} variants of {N_GENES} genes,"
            f" relative to {options.gene_memory[0]:,} variants",
            f"{large:.0f} MB of {small:.0f} MB",
            large / small,
            most=1.2,
        ),
        Bar(
            "peak memory of reading one gene of each, relative to the raw scores of all",
            f"{reading:.0f} MB of {all_raw_mb:,.0f} MB",
            reading / all_raw_mb,
            most=0.2,
        ),
    ]


def main():
    """Run all benchmarks and print them as one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=6_000)
    parser.add_argument("--run", type=int, default=10_000)
    parser.add_argument("--memory", type=int, nargs=2, default=[10_000, 100_000])
    parser.add_argument("--shared", type=int, default=10_000)
    parser.add_argument("--gene-calls", type=int, default=4_000)
    parser.add_argument("--gene-memory", type=int, nargs=2, default=[10_000, 100_000])
    parser.add_argument("--only-genes", action="store_true", help="leave out the rest")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        work(*options.child)
        print(peak_mb())
        return
    bars = [] if options.only_genes else mask_bars(options)
    sys.exit(not print_bars([*bars, *gene_bars(options)]))


def mask_bars(options):
    """Measure a centre mask, and return its bars."""
    rate, possible = bench_latency(options.calls)
    whole_s, cpu_s, calls_s = bench_run(options.run)
    under_quota, granted = bench_quota(options.calls // 8)
    n_shared = bench_two_runs(options.shared)
    engine, client, is_same, *_ = bench_client(options.calls, options.calls // 6)
    small, large = (peaks_mb(number)[0] for number in options.memory)
    return [
        Bar(
            f"calls per second at {LATENCY_S * 1000:.0f} ms latency and {IN_FLIGHT} in"
            " flight, relative to the possible rate",
            f"{rate:.1f} of {possible:.1f}",
            rate / possible,
            least=0.95,
        ),
        Bar(
            f"seconds that a run adds to the calls of {options.run:,} variants at"
            f" {LATENCY_S * 1000:.0f} ms and {IN_FLIGHT} in flight, relative to"
            f" {ADDED_S} s",
            f"{whole_s - calls_s:.1f} of {whole_s:.1f} s; CPU {cpu_s:.1f} s",
            (whole_s - calls_s) / ADDED_S,
            most=1.0,
        ),
        Bar(
            f"calls per second with {GRANTED} of {IN_FLIGHT} calls in flight granted,"
            " relative to the possible rate",
            f"{under_quota:.1f} of {granted:.1f}",
            under_quota / granted,
            least=0.9,
        ),
        Bar(
            f"calls of two runs on one journal, {IN_FLIGHT} in flight each, relative to"
            " the variants",
            f"{n_shared} of {options.shared}",
            n_shared / options.shared,
            most=1.05,
        ),
        Bar(
            "calls per second without latency, relative to the client's score_variants",
            f"{engine:.0f} of {client:.0f}",
            engine / client,
            least=4.0,
        ),
        Bar("scores equal to the client's, bit by bit", "", float(is_same), least=1.0),
        Bar(
            f"peak memory at {options.memory[1]:,} variants, relative to"
            f" {options.memory[0]:,} variants",
            f"{large:.0f} MB of {small:.0f} MB",
            large / small,
            most=1.2,
        ),
    ]


if __name__ == "__main__":
    main()
