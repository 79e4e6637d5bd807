"""Measure the demonstration's run against an earlier commit.

Since then, the demonstration has grown: a dataset with scores of genes, `demo_expression`,
at two windows, a second cohort, and tracks of GTEx. Three things are therefore measured:

- Like for like: the code of now on that commit's `config/config.yaml`, with at most half
  of that commit's time and CPU.
- The whole demonstration of now. Its bar is a time of 100 s on two quiet cores, where the
  run of that commit took 152 s. As seconds depend on the machine, it is stated as the
  ratio of the two.
- A run with nothing to do.

The exit status is 1 if a bar is missed.
"""

import argparse
import shutil
import sys

from bars import Bar, print_bars
from baseline_commit import (
    COMMIT,
    alternate,
    bars_of,
    both_sides,
    spend,
)

RUN = ["snakemake", "--cores", "2"]
CONFIG = "config/config.yaml"
RUN_RATIO = 0.5
WHOLE_RATIO = 100 / 152
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


def copy_with_config(sides):
    """Return a copy of the code of now whose demonstration is that of before."""
    folder = sides["now"].with_name("now_as_before")
    shutil.copytree(sides["now"], folder)
    shutil.copy2(sides["before"] / CONFIG, folder / CONFIG)
    return folder


def main():
    """Run both sides and print their bars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commit", default=COMMIT, help="the commit before")
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    with both_sides(options.commit) as sides:
        like = sides | {"now": copy_with_config(sides)}
        same = alternate(run_anew, like, options.repeats)
        whole = same | alternate(run_anew, {"now": sides["now"]}, options.repeats)
        nothing = alternate(run_again, sides, 3 * options.repeats)
    bars = bars_of("the run of that commit's demonstration", same, RUN_RATIO)
    wall, cpu = bars_of("the whole demonstration's run", whole, WHOLE_RATIO)
    bars += [wall, cpu._replace(most=None)]
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
