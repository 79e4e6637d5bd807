"""Run the jobs from a file of pairs to variants in peaks, each in its own process.

The scripts are those that Snakemake runs, without the overhead of Snakemake.
"""

import json
import os
import pathlib
import runpy
import subprocess
import sys
import tempfile
import time
from types import SimpleNamespace
from typing import NamedTuple

from bars import peak_mb

ROOT = pathlib.Path(__file__).parents[2]
SCHEMA = ROOT / "config/schemas/config.schema.yaml"
GATES = ("check_tables", "check_sequences")


class Cost(NamedTuple):
    """Cost of a process: wall and CPU time in seconds, and peak memory in MB."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def run_stages(cohort, folder):
    """Run all stages on a cohort, one after another.

    Parameters
    ----------
    cohort : path-like
        Folder written by `cohort.make_cohort`, with an index of the genome.
    folder : path-like
        Folder of the results.

    Returns
    -------
    dict of str to Cost
    """
    return {name: run_job(name, job) for name, job in jobs_of(cohort, folder).items()}


def jobs_of(cohort, folder):
    """Return input, output and params of the script of each stage, in order."""
    from endobench.config.settings import check_config
    from endobench.design.gates import gates_of
    from endobench.sources.formats import Source

    cohort, folder = pathlib.Path(cohort), pathlib.Path(folder)
    config = json.loads((cohort / "config.json").read_text())
    check_config(config, SCHEMA, "config.json")
    chromosomes = config["chromosomes"]
    genome = [str(cohort / "genome.fa"), str(cohort / "genome.fa.fai")]

    def out(name):
        return str(folder / name)

    def gates(*stages):
        limits = config["gates"]
        names = [gate.name for stage in stages for gate in gates_of(stage)]
        return {
            "thresholds": [[n, limits[n]["warn"], limits[n]["fail"]] for n in names],
            "accept": [],
            "is_enforced": True,
        }

    verdicts = {
        stage: out(f"{stage}.gates")
        for stage in ("effects", "control", "peaks", "sequences")
    }
    return {
        "read_effects": {
            "input": {
                "table": str(cohort / "pairs.txt.gz"),
                "chain": [],
                "genome": [],
                "alleles": [],
                "joined": [],
            },
            "output": {name: out(name) for name in ("variants", "effects", "dropped")},
            "params": {
                "source": list(Source("gtex_pairs", unit="slope")),
                "joined": [],
                "alleles_build": "",
                "effect_column": "effect",
                "max_q_value": None,
                "chromosomes": chromosomes,
            },
        },
        "prepare_intervals": {
            "input": {"intervals": str(cohort / "peaks.narrowPeak"), "chain": []},
            "output": {"bed": out("peaks.bed"), "dropped": out("peaks.dropped")},
            "params": {"build": "GRCh38", "kind": "peaks"},
        },
        "check_tables": {
            "input": {
                **{name: out(name) for name in ("effects", "variants", "dropped")},
                "starts": [],
                "control": [],
                "peaks": out("peaks.bed"),
            },
            "output": {
                name: verdicts[name] for name in ("effects", "control", "peaks")
            },
            "params": {
                "unit": "slope",
                "is_signed": True,
                "is_unordered": False,
                "is_one_cohort": True,
                "tissue": [[], []],
                **gates("effects", "peaks"),
            },
        },
        "select_in_peaks": {
            "input": {
                "variants": out("variants"),
                "peaks": out("peaks.bed"),
                "blacklist": [],
                "gates": [verdicts["effects"], verdicts["peaks"]],
            },
            "output": {"variants": out("in_peaks"), "dropped": out("outside")},
            "params": {
                "peaks_name": "peaks",
                "whole_ref": True,
                "outside_peaks": "drop",
            },
        },
        "check_sequences": {
            "input": {"variants": out("in_peaks"), "genome": genome, "chains": []},
            "output": {"verdicts": verdicts["sequences"]},
            "params": {"builds": [], **gates("sequences")},
        },
        "prepare_sequences": {
            "input": {
                "variants": out("in_peaks"),
                "genome": genome,
                "gates": [verdicts["sequences"]],
                "pilot": [],
                "ld_blocks": [],
            },
            "output": {
                "shards": [out(f"{chrom}.parquet") for chrom in chromosomes],
                "dropped": out("mismatched"),
            },
            "params": {
                "chromosomes": chromosomes,
                "window_bp": 0,
                "max_n_fraction": 0.5,
                "correct": True,
            },
        },
    }


def run_job(name, job):
    """Run a script in its own process; return its `Cost`."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(job, file)
        file.flush()
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, __file__, name, file.name], stdout=subprocess.PIPE
        )
        told = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.perf_counter() - begun
    if process.returncode:
        sys.exit(f"{name} failed")
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, float(told))


def main(name, job_path):
    """Run one script with the input, output and params given in a file."""
    job = json.loads(pathlib.Path(job_path).read_text())
    parts = {key: SimpleNamespace(**value) for key, value in job.items()}
    where = SimpleNamespace(dataset="whole_blood", protocol="corrected")
    (path,) = ROOT.glob(f"scripts/*/{name}.py")
    run = runpy.run_path(str(path))["main"]
    run(SimpleNamespace(**parts, wildcards=where))
    print(peak_mb())


if __name__ == "__main__":
    main(*sys.argv[1:])
