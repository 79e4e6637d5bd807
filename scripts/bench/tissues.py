"""Run the workflow on simulated tissues of GTEx's size, and compute it for 49 of them.

Each tissue has 1.43 million pairs of 70 % of the genes, as GTEx's 49 tissues have on
average (70 million in total). Tissues share variants, peaks and scores. What each stage
takes is measured for some tissues, and computed for all.
"""

import argparse
import csv
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
from cohort import N_PAIRS, SEED, make_cohort

ROOT = pathlib.Path(__file__).parents[2]
N_TISSUES = 49
PAIRS_OF_TISSUE = 70_000_000 / N_TISSUES
SHARE_OF_GENES = 0.7


class Spent(NamedTuple):
    """What the jobs of a stage took: their number, seconds in total, and MB at most."""

    n_jobs: int = 0
    cpu_s: float = 0.0
    peak_mb: float = 0.0

    def plus(self, cpu_s, peak_mb):
        """Return the same with a further job."""
        return Spent(self.n_jobs + 1, self.cpu_s + cpu_s, max(self.peak_mb, peak_mb))

    def words(self):
        """Return all three in words."""
        if not self.n_jobs:
            return ""
        return f"{self.n_jobs:,}, {self.cpu_s:,.0f} s, {self.peak_mb:,.0f} MB"


def write_tissues(folder, number, size=1.0, n_resamples=10_000):
    """Write the inputs of a run with a number of tissues.

    Parameters
    ----------
    folder : path-like
    number : int
    size : float
        Pairs of a tissue, relative to GTEx's.
    n_resamples : int
        Of the bootstrap.

    Returns
    -------
    int
        Pairs of all tissues.
    """
    folder = pathlib.Path(folder)
    scale = PAIRS_OF_TISSUE / SHARE_OF_GENES / N_PAIRS * size
    make_cohort(folder, scale)
    rows = (folder / "sheet.tsv").read_text().splitlines()
    effects = next(each for each in rows if each.startswith("pairs\t"))
    names, n_pairs = [f"tissue{place}" for place in range(number)], 0
    options = pa.csv.ParseOptions(delimiter="\t")
    # Numbers stay as they are written.
    as_text = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(_columns(folder), pa.string())
    )
    pairs = pa.csv.read_csv(
        folder / "pairs.txt.gz", parse_options=options, convert_options=as_text
    )
    genes = np.array(pa.compute.unique(pairs["gene_id"]).to_pylist())
    rng = np.random.default_rng(SEED)
    way = pa.csv.WriteOptions(delimiter="\t", quoting_style="none")
    for name in names:
        chosen = rng.choice(genes, round(SHARE_OF_GENES * len(genes)), replace=False)
        table = pairs.filter(pa.compute.is_in(pairs["gene_id"], pa.array(chosen)))
        with gzip.open(folder / f"{name}.txt.gz", "wb", compresslevel=1) as file:
            pa.csv.write_csv(table, file, way)
        rows.append(
            effects.replace("pairs", name, 1).replace("pairs.txt", f"{name}.txt")
        )
        n_pairs += len(table)
    (folder / "sheet.tsv").write_text("\n".join(rows) + "\n")
    config = json.loads((folder / "config.json").read_text())
    config["datasets"] = [
        {"name": name, "effects": name, "peaks": "peaks"} for name in names
    ]
    config["statistics"] = {"n_resamples": n_resamples}
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    return n_pairs


def _columns(folder):
    with gzip.open(pathlib.Path(folder) / "pairs.txt.gz", "rt") as file:
        return file.readline().rstrip("\n").split("\t")


def run(cohort, folder, cores):
    """Run the workflow; return the seconds, and what each stage took."""
    command = [
        "snakemake",
        "--cores",
        str(cores),
        "--configfile",
        cohort / "config.json",
    ]
    begun = time.perf_counter()
    done = subprocess.run(
        [*command, "--directory", folder],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        sys.exit(f"ERROR: the run failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return seconds, spent_by_stage(pathlib.Path(folder) / "results/benchmarks")


def spent_by_stage(folder):
    """Return what each stage took, from Snakemake's benchmarks of its jobs.

    Returns
    -------
    dict of str to tuple of Spent
        The jobs of single tissues, and those that tissues share.
    """
    stages = {
        rule: path.stem
        for path in sorted((ROOT / "rules").glob("*.smk"))
        for rule in re.findall(r"^rule (\w+):", path.read_text(), re.MULTILINE)
    }
    found = {}
    for path in sorted(folder.rglob("*.tsv")):
        with open(path) as file:
            (row,) = csv.DictReader(file, delimiter="\t")
        name = path.relative_to(folder)
        stage = stages[name.parts[0].removesuffix(".tsv")]
        # A job that ended before Snakemake looked has NA.
        job = [
            float(row[column]) if row[column][0].isdigit() else 0.0
            for column in ("cpu_time", "max_rss")
        ]
        own, shared = found.get(stage, (Spent(), Spent()))
        if re.search(r"tissue\d", str(name)):
            found[stage] = own.plus(*job), shared
        else:
            found[stage] = own, shared.plus(*job)
    return found


def computed(own, shared, number):
    """Return what a stage takes for all tissues of GTEx, given that for a number of them.

    Jobs of single tissues become more. Those that tissues share are taken as they are; how
    they grow is seen by running more tissues.
    """
    times = N_TISSUES / number
    return Spent(
        round(own.n_jobs * times) + shared.n_jobs,
        own.cpu_s * times + shared.cpu_s,
        max(own.peak_mb, shared.peak_mb),
    )


def print_table(stages, number):
    """Print what each stage took, and takes for all tissues of GTEx."""
    print(
        f"| stage | jobs of {number} tissues, CPU time, peak memory | jobs that they share"
        f" | {N_TISSUES} tissues, computed |\n|---|---|---|---|"
    )
    for stage, (own, shared) in stages.items():
        cells = own.words(), shared.words(), computed(own, shared, number).words()
        print(f"| {stage} | {' | '.join(cells)} |")


def main():
    """Run the tissues and print what each stage takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tissues", type=int, default=10)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--size", type=float, default=1.0, help="of a tissue")
    parser.add_argument("--resamples", type=int, default=10_000)
    options = parser.parse_args()
    print(
        f"load {os.getloadavg()[0]:.1f} at the start, {options.cores} cores", flush=True
    )
    with tempfile.TemporaryDirectory() as name:
        cohort, folder = (pathlib.Path(name) / each for each in ("cohort", "run"))
        n_pairs = write_tissues(
            cohort, options.tissues, options.size, options.resamples
        )
        seconds, stages = run(cohort, folder, options.cores)
        sizes = [each.stat().st_size for each in folder.rglob("*") if each.is_file()]
    print(
        f"{options.tissues} tissues, {n_pairs:,} pairs, {options.resamples:,} resamples:"
        f" {seconds:,.0f} s, {sum(sizes) / 1e9:.2f} GB; load {os.getloadavg()[0]:.1f}\n"
    )
    print_table(stages, options.tissues)


if __name__ == "__main__":
    main()
