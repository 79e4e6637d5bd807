"""Measure the open model by batch, with random weights of its class, on this machine.

Random weights take the time and memory of real ones, and need neither a log-in nor a
download. Each row is a process of its own. The exit status is 1 if a batch changes a score
by more than `TOLERANCE`.
"""

import argparse
import concurrent.futures
import importlib
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
import pysam
from bars import peak_mb
from endobench.core.errors import InputError
from endobench.model import weights
from endobench.model.scorer_names import HUMAN
from endobench.model.scorers import model_asker
from questions import variants

SCORER = "DNASE-501-DIFF_LOG2_SUM"
SEED = 20260101
# The model computes with bfloat16, which has eight significant bits. A device may add in
# another order for another batch. This is half of what a canary may differ by.
TOLERANCE = 0.0025
WINDOWS_BP = {"cpu": [16_384], "gpu": [16_384, 131_072, 1_048_576]}
BATCHES = {"cpu": [1, 2], "gpu": [1, 2, 4, 8, 16, 32]}
CHROMOSOME_BP = 4_000_000
# Batches that are timed, after the first.
N_BATCHES = 3


def random_model(genome_path, device):
    """Return the open model with random weights of unit scale.

    Parameters
    ----------
    genome_path : path-like
        Indexed FASTA.
    device : jax.Device
    """
    jax = importlib.import_module("jax")
    package = "alphagenome_research"
    dna_model = importlib.import_module(f"{package}.model.dna_model")
    metadata = importlib.import_module(f"{package}.model.metadata.metadata")
    fasta = importlib.import_module(f"{package}.io.fasta")
    # A checkpoint covers both organisms.
    listed = {organism: metadata.load(organism) for organism in dna_model.Organism}
    initial, apply, apply_junctions = dna_model.create_model(listed)
    shapes = jax.eval_shape(
        initial,
        jax.random.PRNGKey(0),
        jax.ShapeDtypeStruct((1, 2048, 4), np.float32),
        jax.ShapeDtypeStruct((1,), np.int32),
    )
    rng = np.random.default_rng(SEED)

    def drawn(path, leaf):
        name = path[-1].key
        if name in ("scale", "var_ema"):
            return np.ones(leaf.shape, np.float32)
        values = rng.standard_normal(leaf.shape, np.float32)
        n_in = max(int(np.prod(leaf.shape[:-1])), 1) if name == "w" else 2_500
        return values / np.float32(np.sqrt(n_in))

    parameters, state = jax.tree_util.tree_map_with_path(drawn, shapes)
    return dna_model.AlphaGenomeModel(
        params=parameters,
        state=state,
        apply_fn=apply,
        junctions_apply_fn=apply_junctions,
        metadata=listed,
        fasta_extractors={HUMAN: fasta.FastaExtractor(str(genome_path))},
        device=device,
    )


def write_genome(folder):
    """Write a random chromosome with its index; return the path and the sequence."""
    path = pathlib.Path(folder) / "genome.fa"
    letters = np.random.default_rng(SEED).choice(list("ACGT"), CHROMOSOME_BP)
    sequence = "".join(letters)
    path.write_text(f">chr1\n{sequence}\n")
    pysam.faidx(str(path))
    return path, sequence


def rows_of(number, window_bp, sequence):
    """Return variants with the genome's REF; one in four is an insertion."""
    frame = variants(number, window_bp)
    ref = [sequence[pos - 1] for pos in frame["pos"]]
    alt = [
        base + "GATT" if place % 4 == 1 else "ACGT"["TGAC".index(base)]
        for place, base in enumerate(ref)
    ]
    return list(frame.assign(ref=ref, alt=alt).itertuples(index=False))


def measure(window_bp, batch, kind, folder):
    """Return what batches of a size take, and write their scores.

    Parameters
    ----------
    window_bp, batch : int
    kind : {"gpu", "tpu", "cpu"}
    folder : path-like
        With the genome.

    Returns
    -------
    dict
        ``load_s``, ``first_s`` (with compiling), ``rate`` (variants per second of the
        following batches), ``cpu_s`` (CPU time of this machine for each variant), and
        ``peak_mb`` of the device, or of this process on a CPU.
    """
    device = weights.device_of(kind)
    path = pathlib.Path(folder) / "genome.fa"
    with pysam.FastaFile(str(path)) as fasta:
        sequence = fasta.fetch("chr1")
    begun = time.perf_counter()
    model = random_model(path, device)
    load_s = time.perf_counter() - begun
    client, _ = weights.in_batches(model, kind, batch)
    names = client.output_metadata(HUMAN).dnase["name"].tolist()
    ask = weights.isolating(model_asker(client, {SCORER: names}))
    rows = rows_of((1 + N_BATCHES) * batch, window_bp, sequence)

    def answered(some):
        """Return the scores of rows, and their seconds of wall and of CPU time."""
        begun = time.perf_counter(), time.process_time()
        with concurrent.futures.ThreadPoolExecutor(2 * batch) as pool:
            found = [
                answer.raw for [answer] in pool.map(ask, some, [[SCORER]] * len(some))
            ]
        return found, time.perf_counter() - begun[0], time.process_time() - begun[1]

    scores, first_s, _ = answered(rows[:batch])
    others, seconds, cpu_s = answered(rows[batch:])
    np.save(pathlib.Path(folder) / f"{window_bp}.{batch}.npy", scores + others)
    stats = device.memory_stats() or {}
    peak = stats["peak_bytes_in_use"] / 1e6 if stats else peak_mb()
    return {
        "load_s": load_s,
        "first_s": first_s,
        "rate": N_BATCHES * batch / seconds,
        "cpu_s": cpu_s / (N_BATCHES * batch),
        "peak_mb": peak,
    }


def measured_apart(window_bp, batch, kind, folder):
    """Measure in a process of its own; return the same, or why it ended."""
    words = window_bp, batch, kind, folder
    command = [sys.executable, __file__, "--child", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        return lines[-1].removeprefix("ERROR: ")
    return json.loads(done.stdout.splitlines()[-1])


def difference(window_bp, batch, folder):
    """Return the largest difference of a batch's scores from those of single variants."""
    folder = pathlib.Path(folder)
    single, ours = (np.load(folder / f"{window_bp}.{each}.npy") for each in (1, batch))
    return float(np.abs(ours[: len(single)] - single[: len(ours)]).max())


def name_of_device(kind):
    """Return the device's name, the processor's for a CPU, and the load of this machine."""
    device = weights.device_of(kind)
    name = device.device_kind
    if kind == "cpu":
        text = pathlib.Path("/proc/cpuinfo").read_text()
        found = re.search(r"model name\s*: (.*)", text)
        name = (
            f"{found.group(1) if found else platform.machine()}, {os.cpu_count()} cores"
        )
    jax = importlib.import_module("jax")
    load = os.getloadavg()[0]
    return f"{name}; jax {jax.__version__}; load {load:.1f} at the start"


def main():
    """Run all measurements and print them as one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=["gpu", "tpu", "cpu"])
    parser.add_argument("--window-bp", type=int, nargs="+")
    parser.add_argument("--batch", type=int, nargs="+", help="1 is always measured")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        window_bp, batch, kind, folder = options.child
        print(json.dumps(measure(int(window_bp), int(batch), kind, folder)))
        return
    kind = options.device or weights.any_device()
    print(f"{name_of_device(kind)}\n")
    print(
        "| window_bp | batch | variants per second | CPU time of a variant | first batch,"
        " with compiling | peak memory | largest difference from batch 1 |\n"
        "|---|---|---|---|---|---|---|"
    )
    is_same = True
    known = "cpu" if kind == "cpu" else "gpu"
    with tempfile.TemporaryDirectory() as folder:
        write_genome(folder)
        for window_bp in options.window_bp or WINDOWS_BP[known]:
            for batch in sorted({1, *(options.batch or BATCHES[known])}):
                found = measured_apart(window_bp, batch, kind, folder)
                if isinstance(found, str):
                    print(f"| {window_bp:,} | {batch} | {found} | | | | |", flush=True)
                    break
                changed = difference(window_bp, batch, folder)
                is_same &= changed <= TOLERANCE
                print(
                    f"| {window_bp:,} | {batch} | {found['rate']:.3g} |"
                    f" {found['cpu_s']:.3g} s |"
                    f" {found['first_s']:.0f} s | {found['peak_mb'] / 1000:.1f} GB |"
                    f" {changed:.2g} |",
                    flush=True,
                )
    sys.exit(not is_same)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(f"ERROR: {error}")
