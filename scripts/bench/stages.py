"""The jobs from a file of pairs to variants in peaks, each in a process of its own.

They are the doors that Snakemake runs, without what Snakemake itself adds to each.
"""

import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from types import SimpleNamespace
from typing import NamedTuple

SCRIPTS = pathlib.Path(__file__).parents[1]
SCHEMA = SCRIPTS.parent / "config/schemas/config.schema.yaml"
GATES = ("check_effects", "check_peaks", "check_sequences")


class Cost(NamedTuple):
    """What a process took: seconds, seconds of all cores, and megabytes at its peak."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def run_stages(cohort, folder):
    """Run every stage on a cohort, one after the other.

    Parameters
    ----------
    cohort, folder : path-like
        What `cohort.make_cohort` wrote, with the genome's index, and where results go.

    Returns
    -------
    dict of str to Cost
    """
    return {name: _run(name, job) for name, job in _jobs(cohort, folder).items()}


def _jobs(cohort, folder):
    """Return what each stage's door is given, in their order."""
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

    def gates(stage):
        limits = config["gates"]
        names = [gate.name for gate in gates_of(stage)]
        return {
            "thresholds": [[n, limits[n]["warn"], limits[n]["fail"]] for n in names],
            "accept": [],
            "is_enforced": True,
        }

    verdicts = {
        stage: out(f"{stage}.gates") for stage in ("effects", "peaks", "sequences")
    }
    return {
        "read_effects": {
            "input": {
                **{"table": str(cohort / "pairs.txt.gz"), "chain": [], "genome": []},
                **{"alleles": [], "joined": []},
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
        "check_effects": {
            "input": {name: out(name) for name in ("effects", "variants", "dropped")},
            "output": {"verdicts": verdicts["effects"]},
            "params": {
                **{"unit": "slope", "is_signed": True, "is_unordered": False},
                **{"tissue": [[], []], **gates("effects")},
            },
        },
        "prepare_intervals": {
            "input": {"intervals": str(cohort / "peaks.narrowPeak"), "chain": []},
            "output": {"bed": out("peaks.bed"), "dropped": out("peaks.dropped")},
            "params": {"build": "GRCh38", "kind": "peaks"},
        },
        "check_peaks": {
            "input": {"variants": out("variants"), "peaks": out("peaks.bed")},
            "output": {"verdicts": verdicts["peaks"]},
            "params": gates("peaks"),
        },
        "select_in_peaks": {
            "input": {
                **{"variants": out("variants"), "peaks": out("peaks.bed")},
                **{"blacklist": [], "gates": [verdicts["effects"], verdicts["peaks"]]},
            },
            "output": {"variants": out("in_peaks"), "dropped": out("outside")},
            "params": {
                **{"peaks_name": "peaks", "whole_ref": True, "outside_peaks": "drop"},
            },
        },
        "check_sequences": {
            "input": {"variants": out("in_peaks"), "genome": genome, "chains": []},
            "output": {"verdicts": verdicts["sequences"]},
            "params": {"builds": [], **gates("sequences")},
        },
        "prepare_sequences": {
            "input": {
                **{"variants": out("in_peaks"), "genome": genome},
                **{"gates": [verdicts["sequences"]]},
            },
            "output": {
                "shards": [out(f"{chrom}.parquet") for chrom in chromosomes],
                "dropped": out("mismatched"),
            },
            "params": {
                **{"chromosomes": chromosomes, "window_bp": 0},
                **{"max_n_fraction": 0.5, "correct": True},
            },
        },
    }


def _run(name, job):
    """Run a door in a process of its own."""
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


def peak_mb():
    """Return the peak memory of this process alone.

    The resource usage of a process begins with the peak of the one that started it.
    """
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024


def main(name, job_path):
    """Run one door with what a file says that it is given."""
    job = json.loads(pathlib.Path(job_path).read_text())
    parts = {key: SimpleNamespace(**value) for key, value in job.items()}
    where = SimpleNamespace(dataset="whole_blood", protocol="corrected")
    (path,) = SCRIPTS.glob(f"*/{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    door = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(door)
    door.main(SimpleNamespace(**parts, wildcards=where))
    print(peak_mb())


if __name__ == "__main__":
    main(*sys.argv[1:])
