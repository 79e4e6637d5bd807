"""Measure `make test` and `make unit` against an earlier commit.

The exit status is 1 if a bar is missed. Both sides run on two cores and without the
public files in ../shared/data, and skip what needs them. `make unit` of that commit also
ran the unit tests that start servers and processes, and studies, which today are left to
`make test`.
"""

import argparse
import sys

from bars import print_bars
from baseline_commit import (
    COMMIT,
    alternate,
    bars_of,
    both_sides,
    spend,
)

BY_SIZE = "--dist loadfile --no-loadscope-reorder"
# The recipes of both Makefiles, for two cores.
BEFORE = {
    "test": f"pytest --numprocesses 2 {BY_SIZE}",
    "unit": "pytest --numprocesses 2 tests/unit",
}
NOW = {
    "test": f"pytest --numprocesses 4 {BY_SIZE}".split(),
    "unit": [
        *f"pytest tests/unit --numprocesses 2 {BY_SIZE}".split(),
        *("-m", "not services and not studies"),
    ],
}
# At most 9 of 18 min, and 40 of 90 s.
RATIOS = {"test": 0.5, "unit": 40 / 90}


def measurement(target, before):
    """Return a function from the folder of a side to what its tests of a target took."""

    def measure(folder):
        if folder != before:
            return spend(NOW[target], folder)
        # Tests of that commit fail on some machines, which costs no less.
        return spend(["sh", "-c", f"{BEFORE[target]} || [ $? = 1 ]"], folder)

    return measure


def main():
    """Run the tests of both sides and print their bars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commit", default=COMMIT, help="the commit before")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--target", choices=list(RATIOS), action="append")
    options = parser.parse_args()
    bars = []
    with both_sides(options.commit) as sides:
        for target in options.target or RATIOS:
            measure = measurement(target, sides["before"])
            spent = alternate(measure, sides, options.repeats)
            bars += bars_of(f"make {target}", spent, RATIOS[target])
    sys.exit(not print_bars(bars))


if __name__ == "__main__":
    main()
