"""Benchmark the workflow at the full size of the study.

The stages are compared with ``zcat``, and the whole workflow with an earlier commit, on
the same machine in the same run. The exit status is 1 if a bar is missed.
"""

import argparse
import csv
import json
import pathlib
import sys
import tempfile

import pysam
from bars import Bar, print_bars
from baseline_commit import (
    COMMIT,
    alternate,
    bars_of,
    both_sides,
    least,
    spend,
)
from cohort import N_PAIRS, make_cohort
from stages import GATES, Cost, run_stages

STAGES_OF_ZCAT = 4.5
PEAK_MB = 600
WHOLE_RATIO = 1 / 3
# Between two runs of one commit, the peak memory differs by some percent.
SAME_MEMORY = 1.05
# So does the time of a run without jobs, which is a matter of seconds.
SAME_TIME = 1.1
REPORT_S, REPORT_MB = 10, 600
TEN_TIMES = 11
TEN_TIMES_MEMORY = 1.2


def measure_stages(cohort, repeats):
    """Return the least of several runs: of ``zcat``, and the `stages.Cost` of each stage.

    The two alternate, so that other load on the machine slows both.
    """
    unpacked, runs = [], []
    for _ in range(repeats):
        command = f"zcat {cohort / 'pairs.txt.gz'} | wc -c"
        unpacked.append(spend(["sh", "-c", command], cohort))
        with tempfile.TemporaryDirectory(dir=cohort) as folder:
            runs.append(run_stages(cohort, folder))
    best = {
        name: Cost(*map(min, zip(*(run[name] for run in runs), strict=True)))
        for name in runs[0]
    }
    return least(unpacked), best


class Workflow:
    """The whole workflow of a cohort, on two cores, with the code of any folder.

    Parameters
    ----------
    cohort : pathlib.Path
        Folder written by `cohort.make_cohort`, with an index of the genome.
    folder : pathlib.Path
        Each folder of code has its results in a folder of its name below this one.
    """

    def __init__(self, cohort, folder):
        self._config, self._folder = cohort / "config.json", folder

    def results(self, code):
        """Return the working directory of a folder of code."""
        return self._folder / code.name

    def run(self, code, *options):
        """Run the workflow; return what it took."""
        command = ["snakemake", "--cores", "2", "--configfile", self._config]
        return spend([*command, "--directory", self.results(code), *options], code)

    def plan(self, code):
        """Run the workflow dry; return what that took."""
        return self.run(code, "--dry-run")

    def run_again(self, code):
        """Run the workflow when there is nothing to do; return what that took."""
        spent = self.run(code)
        if "Nothing to be done" not in spent.output:
            sys.exit(f"ERROR: the second run in {code} was not empty:\n{spent.output}")
        return spent

    def costs(self, code):
        """Return the `stages.Cost` of each job, by name."""
        folder = self.results(code) / "results/benchmarks"
        return {
            str(path.relative_to(folder).with_suffix("")): _cost_of_job(path)
            for path in sorted(folder.rglob("*.tsv"))
        }


def _cost_of_job(path):
    """Return the `stages.Cost` in a benchmark of Snakemake."""
    with open(path) as file:
        (row,) = csv.DictReader(file, delimiter="\t")
    # Snakemake writes NA for a job that ended before it looked.
    values = [row[name] for name in ("s", "cpu_time", "max_rss")]
    return Cost(*(float(each) if each[0].isdigit() else 0.0 for each in values))


def print_jobs(costs):
    """Print the cost of each job of both sides, the longest first."""
    rules = sorted(
        {name for jobs in costs.values() for name in jobs},
        key=lambda name: (
            -max(jobs[name].wall_s for jobs in costs.values() if name in jobs)
        ),
    )
    print(
        "\n| job | seconds before | now | CPU s before | now | peak MB before | now |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in rules:
        before, now = (costs[side].get(name) for side in ("before", "now"))
        cells = [
            "" if each is None else f"{each[field]:.1f}"
            for field in range(len(Cost._fields))
            for each in (before, now)
        ]
        print(f"| `{name}` | {' | '.join(cells)} |")


def workflow_bars(cohort, folder, commit):
    """Run the workflow of a commit and of the work tree; return the bars.

    The bar of the whole workflow is on wall time, for which users wait. Both sides have
    the same cores; the ratio of CPU time is printed beside it.
    """
    workflow = Workflow(cohort, folder)
    with both_sides(commit) as sides:
        planned = alternate(workflow.plan, sides)
        whole = alternate(workflow.run, sides)
        nothing = alternate(workflow.run_again, sides)
        costs = {name: workflow.costs(code) for name, code in sides.items()}
    print_jobs(costs)
    n_jobs = len(costs["now"])
    peaks = {
        name: max(each.peak_mb for each in jobs.values())
        for name, jobs in costs.items()
    }
    report = costs["now"]["write_report"]
    wall, cpu = bars_of(f"the whole workflow, {n_jobs} jobs", whole, WHOLE_RATIO)
    return [
        wall,
        cpu._replace(most=None),
        Bar(
            "peak memory of a job of the workflow, relative to the commit before",
            f"{peaks['now']:.0f} MB of {peaks['before']:.0f} MB",
            peaks["now"] / peaks["before"],
            SAME_MEMORY,
        ),
        *bars_of("a dry run", planned, SAME_TIME),
        *bars_of("a repeated run with nothing to do", nothing, SAME_TIME),
        Bar(
            "seconds of the report's job, on two quiet cores",
            f"{report.wall_s:.1f} of {REPORT_S} ({report.cpu_s:.1f} of CPU time)",
            report.wall_s / REPORT_S,
            1,
        ),
        Bar(
            "peak memory of the report's job",
            f"{report.peak_mb:.0f} of {REPORT_MB} MB",
            report.peak_mb / REPORT_MB,
            1,
        ),
    ]


def print_costs(unpacked, costs):
    """Print the cost of each stage."""
    print("\n| stage | seconds | CPU seconds | peak MB |\n|---|---|---|---|")
    print(f"| `zcat` | {unpacked.wall_s:.2f} | {unpacked.cpu_s:.2f} | |")
    for name, cost in costs.items():
        print(
            f"| `{name}` | {cost.wall_s:.2f} | {cost.cpu_s:.2f} | {cost.peak_mb:.0f} |"
        )


def stage_bars(scale, unpacked, costs):
    """Return the bars of the stages, and values without a bar.

    The bar is on wall time, since a stage may work on two cores; on a busy machine, CPU
    time tells whether the stages or other programs are slow.
    """
    stages = [cost for name, cost in costs.items() if name not in GATES]
    largest = max(costs, key=lambda name: costs[name].peak_mb)
    rest = max(
        (name for name in costs if name not in GATES), key=lambda n: costs[n].peak_mb
    )
    size = f"{round(N_PAIRS * scale):,} pairs"
    return [
        *_relative_to_zcat(
            f"the stages from {size} to variants in peaks",
            stages,
            unpacked,
            STAGES_OF_ZCAT,
        ),
        *_relative_to_zcat(
            "the same, with the gates between the stages",
            costs.values(),
            unpacked,
            None,
        ),
        Bar(
            f"peak memory of a stage ({rest})",
            f"{costs[rest].peak_mb:.0f} of {PEAK_MB} MB",
            costs[rest].peak_mb / PEAK_MB,
            1,
        ),
        Bar(
            f"peak memory of a stage or gate ({largest})",
            f"{costs[largest].peak_mb:.0f} of {PEAK_MB} MB",
            costs[largest].peak_mb / PEAK_MB,
            1,
        ),
    ]


def _relative_to_zcat(what, costs, unpacked, most):
    """Return the bar of the wall time of some stages, and their CPU time."""
    bars = []
    for kind, name, limit in (
        ("wall time", "wall_s", most),
        ("CPU time", "cpu_s", None),
    ):
        ours = sum(getattr(cost, name) for cost in costs)
        theirs = getattr(unpacked, name)
        measured = f"{ours:.1f} s of {theirs:.2f} s"
        quantity = f"{kind} of {what}, relative to zcat"
        bars.append(Bar(quantity, measured, ours / theirs, limit))
    return bars


def scaling_bars(small, large):
    """Return the bars at ten times the pairs."""
    names = [name for name in small if name not in GATES]
    seconds = [sum(costs[name].wall_s for name in names) for costs in (small, large)]
    peaks = [max(costs[name].peak_mb for name in names) for costs in (small, large)]
    return [
        Bar(
            "seconds of the stages at ten times the pairs, relative to the full size",
            f"{seconds[1]:.1f} of {seconds[0]:.1f}",
            seconds[1] / seconds[0],
            TEN_TIMES,
        ),
        Bar(
            "peak memory at ten times the pairs, relative to the full size",
            f"{peaks[1]:.0f} MB of {peaks[0]:.0f} MB",
            peaks[1] / peaks[0],
            TEN_TIMES_MEMORY,
        ),
    ]


def prepared(folder, scale, is_whole_genome):
    """Simulate a cohort, or use the one in the folder."""
    if not (folder / "counts.json").exists():
        counts = make_cohort(folder, scale, is_whole_genome)
        pysam.faidx(str(folder / "genome.fa"))
        (folder / "counts.json").write_text(json.dumps(counts))
    counts = json.loads((folder / "counts.json").read_text())
    print(", ".join(f"{name} {n:,}" for name, n in counts.items()), file=sys.stderr)
    return folder


def main():
    """Run all benchmarks and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        help="number of pairs, relative to the study",
    )
    parser.add_argument(
        "--ten-times", action=argparse.BooleanOptionalAction, default=True
    )
    parser.add_argument(
        "--workflow", action=argparse.BooleanOptionalAction, default=True
    )
    parser.add_argument(
        "--whole-genome", action="store_true", help="use chromosomes of full length"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--commit", default=COMMIT, help="the commit before")
    parser.add_argument(
        "--folder", type=pathlib.Path, help="folder in which to keep the inputs"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or pathlib.Path(temporary)).resolve()
        cohort = prepared(folder / "full", options.scale, options.whole_genome)
        unpacked, costs = measure_stages(cohort, options.repeats)
        print_costs(unpacked, costs)
        bars = stage_bars(options.scale, unpacked, costs)
        if options.ten_times:
            tenfold = prepared(
                folder / "tenfold", 10 * options.scale, options.whole_genome
            )
            tenfold_unpacked, tenfold_costs = measure_stages(tenfold, 1)
            print_costs(tenfold_unpacked, tenfold_costs)
            bars += scaling_bars(costs, tenfold_costs)
        if options.workflow:
            with tempfile.TemporaryDirectory(dir=folder) as results:
                bars += workflow_bars(cohort, pathlib.Path(results), options.commit)
    sys.exit(not print_bars(bars))


if __name__ == "__main__":
    main()
