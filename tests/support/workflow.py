"""Running the workflow in a separate folder, as a user would."""

import csv
import os
import pathlib
import shutil

import warm
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"
PARTS = ("Snakefile", "config", "rules", "envs", "scripts", "profiles", "resources")


def checkout(folder):
    """Copy the tracked parts of the workflow, without inputs or results of other runs.

    Compiled modules are copied too, so that the jobs of each checkout need not compile
    the library. Python makes them again where a test changes a module.
    """
    # The last two are written while tests run.
    ignore = shutil.ignore_patterns(
        *("downloads", "genomes", "simulated", "journal", "data"),
        *("*.pyc.*", "*.nb*"),
    )
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=ignore)
        else:
            shutil.copy(source, folder / part)
    return folder


def with_simulated(source, folder):
    """Make and return a checkout with the simulated inputs of another one."""
    checkout(folder)
    part = "resources/simulated"
    shutil.copytree(source / part, folder / part)
    return folder


def copy_of(source, folder):
    """Copy a folder in which the workflow has run; a run in it makes only what is stale."""
    return shutil.copytree(source, folder, symlinks=True, dirs_exist_ok=True)


# The smallest benchmark of the demonstration: one dataset, one protocol, no ladder, no
# second window, no loci, and as few resamples as allowed.
SMALL = {
    "datasets": [
        {
            "name": "demo",
            "effects": "demo_pairs",
            "peaks": "demo_peaks",
            "blacklist": "demo_blacklist",
        }
    ],
    "protocol": "corrected",
    "mismatched_track_set": "none",
    "statistics": {"n_resamples": 100, "n_permutations": 100},
    "prediction": {"window_sample": 0},
    "loci": {"top": 0},
}
# The same on the shortest chromosome, which has a fifth of the variants.
SHORTEST = SMALL | {"chromosomes": ["chr3"]}
# Target of runs that test predictions rather than their evaluation.
PAIRS = "results/demo/corrected/pairs.parquet"
# All inputs of the smallest benchmark, before they are joined.
INPUTS = [
    "results/demo/corrected/gates/effects.tsv",
    "results/demo/corrected/gates/peaks.tsv",
    "results/intervals/demo_blacklist.lifted.bed",
    "results/intervals/demo_ld_blocks.lifted.bed",
]


def demonstrated(folder, *names):
    """Return the datasets of the demonstration, or those of some names."""
    config = yaml.safe_load((folder / "config/config.yaml").read_text())
    return [each for each in config["datasets"] if each["name"] in names or not names]


def write_config(folder, name, *bases, **changes):
    """Write the config of the demonstration with changes; `prediction` is merged."""
    config = yaml.safe_load((folder / "config/config.yaml").read_text())
    for each in (*bases, changes):
        prediction = config.get("prediction", {}) | each.get("prediction", {})
        config |= each | {"prediction": prediction}
    (folder / name).write_text(yaml.safe_dump(config))


def write_sheet(folder, *rows):
    """Write a sheet of further inputs; return the key of the config that adds it."""
    header = (folder / "config/datasets.tsv").read_text().splitlines()[0].split("\t")
    with open(folder / "mine.tsv", "w", newline="") as file:
        writer = csv.DictWriter(file, header, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows({"licence": "none", **row} for row in rows)
    return {"sheet": ["config/datasets.tsv", "mine.tsv"]}


# Runs on two cores that show Snakemake's own lines of each job, which the profile hides.
RUN = ("--quiet", "host", "--cores", "2")


def snakemake(
    folder, *arguments, check=True, options=RUN, has_own_jobs=False, **environment
):
    """Run Snakemake in a folder as `warm.snakemake` does; return the finished process."""
    result = warm.snakemake(
        [*options, *map(str, arguments)],
        folder,
        {**os.environ, **environment},
        has_own_jobs,
    )
    if check and result.returncode != 0:
        raise AssertionError(f"snakemake failed:\n{result.stdout}\n{result.stderr}")
    return result


def said(result):
    """Return everything that a process printed."""
    return result.stdout + result.stderr
