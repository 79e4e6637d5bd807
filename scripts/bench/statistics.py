"""Measure the time and memory of resampling LD blocks against their bars.

The exit status is 1 if a bar is missed.
"""

import argparse
import pathlib
import re
import sys
import time

import numpy as np
from endobench.stats.agreement import Signed
from endobench.stats.bootstrap import bootstrap

BAR_S = 60
BAR_MB = 1024


def signed(n_pairs, n_blocks):
    """Return the `Signed` of random pairs without ties."""
    generator = np.random.default_rng(1)
    score = generator.normal(size=n_pairs)
    effect = 0.1 * score + generator.normal(size=n_pairs)
    return Signed(effect, score, generator.integers(0, n_blocks, n_pairs), n_blocks)


def peak_mb():
    """Return the peak memory of this process, in MB."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024


def main():
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=107_229)
    parser.add_argument("--blocks", type=int, default=1_700)
    parser.add_argument("--resamples", type=int, default=10_000)
    options = parser.parse_args()
    begun = time.perf_counter()
    statistic = signed(options.pairs, options.blocks)
    bootstrap([statistic], options.blocks, n_resamples=options.resamples, seed=1)
    seconds = time.perf_counter() - begun
    memory = peak_mb()
    task = f"{options.resamples:,} resamples of {options.pairs:,} pairs"
    rows = [
        (f"seconds for {task}", f"{seconds:.1f} of {BAR_S}", seconds / BAR_S),
        (
            f"peak memory of {task}",
            f"{memory:.0f} MB of {BAR_MB} MB",
            memory / BAR_MB,
        ),
    ]
    print("| what | measured | ratio | bar |\n|---|---|---|---|")
    for what, measured, ratio in rows:
        print(f"| {what} | {measured} | {ratio:.2f} | <= 1 |")
    sys.exit(any(ratio > 1 for *_, ratio in rows))


if __name__ == "__main__":
    main()
