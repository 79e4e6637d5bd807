"""Measure the demonstration's run against an earlier commit.

The exit status is 1 if a bar is missed.
"""

import argparse
import shutil
import sys

from baseline_commit import (
    COMMIT,
    Bar,
    alternate,
    bars_of,
    both_sides,
    print_bars,
    spend,
)

RUN = ["snakemake", "--cores", "2"]
RUN_RATIO = 0.5
# 3 s, where the run of that commit takes 168 s.
NOTHING_RATIO = 3 / 168
MADE = ("results", "resources/downloads", "resources/genomes", "resources/simulated")
MADE += ("resources/journal", ".snakemake")


def run_anew(folder):
    """Run the demonstration from nothing; return what it took."""
    for name in MADE:
        shutil.rmtree(folder / name, ignore_errors=True)
    return spend(RUN, folder)


def run_again(folder):
    """Run the demonstration when there is nothing to do; return what that took."""
    spent = spend(RUN, folder)
    if "Nothing to be done" not in spent.output:
        sys.exit(f"ERROR: the second run in {folder} was not empty:\n{spent.output}")
    return spent


def main():
    """Run both sides and print their bars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commit", default=COMMIT, help="the commit before")
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    with both_sides(options.commit) as sides:
        whole = alternate(run_anew, sides, options.repeats)
        nothing = alternate(run_again, sides, 3 * options.repeats)
    bars = bars_of("the demonstration's run", whole, RUN_RATIO)
    bars += bars_of("a run with nothing to do", nothing, None)
    again, before = nothing["now"].wall_s, whole["before"].wall_s
    bars.append(
        Bar(
            "wall time of a run with nothing to do, relative to the whole run before",
            f"{again:.1f} s of {before:.1f} s",
            again / before,
            NOTHING_RATIO,
        )
    )
    sys.exit(not print_bars(bars))


if __name__ == "__main__":
    main()
