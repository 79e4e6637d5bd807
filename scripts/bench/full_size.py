"""Measures the workflow at the study's full size against its bars, as ratios in one run.

The exit status is 1 where one is not met.
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
    """Return the best of some runs: of ``zcat``, and the `stages.Cost` of each stage.

    They alternate, so that a machine that others use slows both.
    """
    unpacked, runs = [], []
    for _ in range(repeats):
        unpacked.append(unpack_s(cohort / "pairs.txt.gz"))
        with tempfile.TemporaryDirectory(dir=cohort) as folder:
            runs.append(run_stages(cohort, folder))
    best = {name: min(run[name] for run in runs) for name in runs[0]}
    return min(unpacked), best


def run_workflow(cohort, folder, *options):
    """Run the whole workflow of a cohort with two cores, and return its seconds."""
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
    """Return the seconds of a dry run, of a whole run, and of one with nothing to do."""
    plan_s, _ = run_workflow(cohort, folder, "--dry-run")
    whole_s, told = run_workflow(cohort, folder)
    nothing_s, again = run_workflow(cohort, folder)
    if "Nothing to be done" not in again:
        sys.exit("a second run has something to do")
    n_jobs = int(re.search(r"(\d+) of \1 steps", told).group(1))
    return plan_s, whole_s, nothing_s, n_jobs


def print_costs(unpacked_s, costs):
    """Print what each stage took."""
    print("\n| stage | seconds | of all cores | peak MB |\n|---|---|---|---|")
    print(f"| `zcat` | {unpacked_s:.2f} | | |")
    for name, cost in costs.items():
        print(
            f"| `{name}` | {cost.wall_s:.2f} | {cost.cpu_s:.2f} | {cost.peak_mb:.0f} |"
        )


def stage_bars(scale, unpacked_s, costs):
    """Return a line for each bar of the stages, and what has none."""
    of_gates = sum(costs[name].wall_s for name in GATES)
    total_s = sum(cost.wall_s for cost in costs.values())
    largest = max(costs, key=lambda name: costs[name].peak_mb)
    rest = max(
        (name for name in costs if name not in GATES), key=lambda n: costs[n].peak_mb
    )
    size = f"{round(N_PAIRS * scale):,} pairs"
    return [
        (
            f"seconds of the stages from {size} to variants in peaks, of zcat",
            f"{total_s - of_gates:.1f} of {unpacked_s:.2f}",
            (total_s - of_gates) / unpacked_s,
            STAGES_OF_ZCAT,
        ),
        (
            "the same with the gates between the stages",
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


def scaling_bars(small, large):
    """Return the bars of ten times the pairs."""
    names = [name for name in small if name not in GATES]
    seconds = [sum(costs[name].wall_s for name in names) for costs in (small, large)]
    peaks = [max(costs[name].peak_mb for name in names) for costs in (small, large)]
    return [
        (
            "seconds of the stages at ten times the pairs, of those at the full size",
            f"{seconds[1]:.1f} of {seconds[0]:.1f}",
            seconds[1] / seconds[0],
            TEN_TIMES,
        ),
        (
            "peak memory at ten times the pairs, of that at the full size",
            f"{peaks[1]:.0f} MB of {peaks[0]:.0f} MB",
            peaks[1] / peaks[0],
            TEN_TIMES_MEMORY,
        ),
    ]


def workflow_bars(plan_s, whole_s, nothing_s, n_jobs):
    """Return the bars of the whole workflow."""
    return [
        (f"seconds of the whole workflow, {n_jobs} jobs", whole_s, WHOLE_S),
        ("seconds of a dry run", plan_s, PLAN_S),
        ("seconds with nothing to be done", nothing_s, PLAN_S),
    ]


def prepared(folder, scale, is_whole_genome):
    """Make a cohort, or take the one that is there."""
    if not (folder / "counts.json").exists():
        counts = make_cohort(folder, scale, is_whole_genome)
        pysam.faidx(str(folder / "genome.fa"))
        (folder / "counts.json").write_text(json.dumps(counts))
    counts = json.loads((folder / "counts.json").read_text())
    print(", ".join(f"{name} {n:,}" for name, n in counts.items()), file=sys.stderr)
    return folder


def main():
    """Run all benchmarks and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="of the study's pairs")
    parser.add_argument(
        "--ten-times", action=argparse.BooleanOptionalAction, default=True
    )
    parser.add_argument(
        "--workflow", action=argparse.BooleanOptionalAction, default=True
    )
    parser.add_argument("--whole-genome", action="store_true", help="of 3.1 Gb")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=pathlib.Path, help="keeps the inputs there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or pathlib.Path(temporary)).resolve()
        cohort = prepared(folder / "full", options.scale, options.whole_genome)
        unpacked_s, costs = measure_stages(cohort, options.repeats)
        print_costs(unpacked_s, costs)
        bars = stage_bars(options.scale, unpacked_s, costs)
        if options.ten_times:
            tenfold = prepared(
                folder / "tenfold", 10 * options.scale, options.whole_genome
            )
            tenfold_unpacked_s, tenfold_costs = measure_stages(tenfold, 1)
            print_costs(tenfold_unpacked_s, tenfold_costs)
            bars += scaling_bars(costs, tenfold_costs)
        if options.workflow:
            with tempfile.TemporaryDirectory(dir=folder) as run:
                found = workflow_bars(*measure_workflow(cohort, run))
            bars += [(what, f"{s:.1f} of {bar}", s / bar, 1) for what, s, bar in found]
    print("\n| what | measured | ratio | bar |\n|---|---|---|---|")
    for what, measured, ratio, bar in bars:
        print(f"| {what} | {measured} | {ratio:.2f} | {f'<= {bar:g}' if bar else ''} |")
    sys.exit(any(bar and ratio > bar for *_, ratio, bar in bars))


if __name__ == "__main__":
    main()
