"""Benchmark the workflow at the full size of the study.

Times are compared with that of ``zcat`` on the same machine. The exit status is 1 if a
limit is exceeded.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import pysam
from cohort import N_PAIRS, make_cohort
from stages import GATES, run_stages

ROOT = pathlib.Path(__file__).parents[2]
STAGES_OF_ZCAT = 5
PEAK_MB = 600
WHOLE_S, PLAN_S = 90, 5
TEN_TIMES = 11
TEN_TIMES_MEMORY = 1.2


def unpack_s(path):
    """Return the seconds of ``zcat file | wc -c``."""
    begun = time.perf_counter()
    subprocess.run(f"zcat {path} | wc -c", shell=True, check=True, capture_output=True)
    return time.perf_counter() - begun


def measure_stages(cohort, repeats):
    """Return the best of several runs: of ``zcat``, and the `stages.Cost` of each stage.

    The two alternate, so that other load on the machine slows both.
    """
    unpacked, runs = [], []
    for _ in range(repeats):
        unpacked.append(unpack_s(cohort / "pairs.txt.gz"))
        with tempfile.TemporaryDirectory(dir=cohort) as folder:
            runs.append(run_stages(cohort, folder))
    best = {name: min(run[name] for run in runs) for name in runs[0]}
    return min(unpacked), best


def run_workflow(cohort, folder, *options):
    """Run the whole workflow of a cohort on two cores; return seconds and output."""
    environment = os.environ | {
        "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    }
    begun = time.perf_counter()
    command = ["snakemake", "--cores", "2", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", folder, "--configfile", cohort / "config.json"]
    done = subprocess.run(
        [*command, *options],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return time.perf_counter() - begun, done.stdout + done.stderr


def measure_workflow(cohort, folder):
    """Return the seconds of a dry run, a full run and a repeated run, and the jobs."""
    plan_s, _ = run_workflow(cohort, folder, "--dry-run")
    whole_s, told = run_workflow(cohort, folder)
    nothing_s, again = run_workflow(cohort, folder)
    if "Nothing to be done" not in again:
        sys.exit("the second run was not empty")
    n_jobs = int(re.search(r"(\d+) of \1 steps", told).group(1))
    return plan_s, whole_s, nothing_s, n_jobs


def print_costs(unpacked_s, costs):
    """Print the cost of each stage."""
    print("\n| stage | seconds | CPU seconds | peak MB |\n|---|---|---|---|")
    print(f"| `zcat` | {unpacked_s:.2f} | | |")
    for name, cost in costs.items():
        print(
            f"| `{name}` | {cost.wall_s:.2f} | {cost.cpu_s:.2f} | {cost.peak_mb:.0f} |"
        )


def stage_limits(scale, unpacked_s, costs):
    """Return a line for each limit of the stages, and for values without one."""
    of_gates = sum(costs[name].wall_s for name in GATES)
    total_s = sum(cost.wall_s for cost in costs.values())
    largest = max(costs, key=lambda name: costs[name].peak_mb)
    rest = max(
        (name for name in costs if name not in GATES), key=lambda n: costs[n].peak_mb
    )
    size = f"{round(N_PAIRS * scale):,} pairs"
    return [
        (
            f"seconds of the stages from {size} to variants in peaks, relative to zcat",
            f"{total_s - of_gates:.1f} of {unpacked_s:.2f}",
            (total_s - of_gates) / unpacked_s,
            STAGES_OF_ZCAT,
        ),
        (
            "the same, with the gates between the stages",
            f"{total_s:.1f} of {unpacked_s:.2f}",
            total_s / unpacked_s,
            None,
        ),
        (
            f"peak memory of a stage ({rest})",
            f"{costs[rest].peak_mb:.0f} of {PEAK_MB} MB",
            costs[rest].peak_mb / PEAK_MB,
            1,
        ),
        (
            f"peak memory of a stage or gate ({largest})",
            f"{costs[largest].peak_mb:.0f} of {PEAK_MB} MB",
            costs[largest].peak_mb / PEAK_MB,
            1,
        ),
    ]


def scaling_limits(small, large):
    """Return the limits at ten times the pairs."""
    names = [name for name in small if name not in GATES]
    seconds = [sum(costs[name].wall_s for name in names) for costs in (small, large)]
    peaks = [max(costs[name].peak_mb for name in names) for costs in (small, large)]
    return [
        (
            "seconds of the stages at ten times the pairs, relative to the full size",
            f"{seconds[1]:.1f} of {seconds[0]:.1f}",
            seconds[1] / seconds[0],
            TEN_TIMES,
        ),
        (
            "peak memory at ten times the pairs, relative to the full size",
            f"{peaks[1]:.0f} MB of {peaks[0]:.0f} MB",
            peaks[1] / peaks[0],
            TEN_TIMES_MEMORY,
        ),
    ]


def workflow_limits(plan_s, whole_s, nothing_s, n_jobs):
    """Return the limits of the whole workflow."""
    return [
        (f"seconds of the whole workflow, {n_jobs} jobs", whole_s, WHOLE_S),
        ("seconds of a dry run", plan_s, PLAN_S),
        ("seconds of a repeated run with nothing to do", nothing_s, PLAN_S),
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
    parser.add_argument(
        "--folder", type=pathlib.Path, help="folder in which to keep the inputs"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or pathlib.Path(temporary)).resolve()
        cohort = prepared(folder / "full", options.scale, options.whole_genome)
        unpacked_s, costs = measure_stages(cohort, options.repeats)
        print_costs(unpacked_s, costs)
        limits = stage_limits(options.scale, unpacked_s, costs)
        if options.ten_times:
            tenfold = prepared(
                folder / "tenfold", 10 * options.scale, options.whole_genome
            )
            tenfold_unpacked_s, tenfold_costs = measure_stages(tenfold, 1)
            print_costs(tenfold_unpacked_s, tenfold_costs)
            limits += scaling_limits(costs, tenfold_costs)
        if options.workflow:
            with tempfile.TemporaryDirectory(dir=folder) as run:
                found = workflow_limits(*measure_workflow(cohort, run))
            limits += [
                (what, f"{seconds:.1f} of {limit}", seconds / limit, 1)
                for what, seconds, limit in found
            ]
    print("\n| quantity | measured | ratio | limit |\n|---|---|---|---|")
    for what, measured, ratio, limit in limits:
        most = f"<= {limit:g}" if limit else ""
        print(f"| {what} | {measured} | {ratio:.2f} | {most} |")
    sys.exit(any(limit and ratio > limit for *_, ratio, limit in limits))


if __name__ == "__main__":
    main()
