"""Measure resampling LD blocks against an earlier commit, and its memory.

The exit status is 1 if a bar is missed.
"""

import argparse
import pathlib
import sys

import numpy as np
from bars import Bar, peak_mb, print_bars
from baseline_commit import (
    COMMIT,
    alternate,
    bars_of,
    both_sides,
    spend,
)

RATIO = 1 / 3
BAR_MB = 1024


def resample(n_pairs, n_blocks, n_resamples):
    """Resample random pairs without ties; print the peak memory of this process in MB.

    The library is that of the current folder.
    """
    sys.path.insert(0, "scripts")
    from endobench.stats.agreement import Signed
    from endobench.stats.bootstrap import bootstrap

    generator = np.random.default_rng(1)
    score = generator.normal(size=n_pairs)
    effect = 0.1 * score + generator.normal(size=n_pairs)
    block = generator.integers(0, n_blocks, n_pairs)
    statistic = Signed(effect, score, block, n_blocks)
    bootstrap([statistic], n_blocks, n_resamples=n_resamples, seed=1)
    print(peak_mb())


def main():
    """Resample with the code of both sides, and print their bars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=107_229)
    parser.add_argument("--blocks", type=int, default=1_700)
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--commit", default=COMMIT, help="the commit before")
    parser.add_argument(
        "--alone", action="store_true", help="with the library of the current folder"
    )
    options = parser.parse_args()
    sizes = options.pairs, options.blocks, options.resamples
    if options.alone:
        resample(*sizes)
        return
    command = [sys.executable, str(pathlib.Path(__file__).resolve()), "--alone"]
    for name, size in zip(("pairs", "blocks", "resamples"), sizes, strict=True):
        command += [f"--{name}", str(size)]
    with both_sides(options.commit) as sides:
        # The first run of a copy compiles, as that of an installation does.
        spent = alternate(lambda code: spend(command, code), sides, repeats=3)
    task = f"{options.resamples:,} resamples of {options.pairs:,} pairs"
    peak_mb = float(spent["now"].output)
    memory = f"{peak_mb:.0f} MB of {BAR_MB} MB"
    bars = bars_of(task, spent, RATIO)
    bars.append(Bar(f"peak memory of {task}", memory, peak_mb / BAR_MB, 1))
    sys.exit(not print_bars(bars))


if __name__ == "__main__":
    main()
