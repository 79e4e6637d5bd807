"""Predict a chromosome with Snakemake, from a server in place of the hosted service."""

import json
import os
import pathlib
import resource
import subprocess
import time

from endobench.core.columns import FAILURES, SHARDS
from endobench.core.tables import read_tsv, write_table

ROOT = pathlib.Path(__file__).parents[2]
_ANSWERS = "results/scores/16384bp/chr1.parquet"
_RULES = ("list_tracks", "select_tracks", "find_track_sets", "plan_requests", "predict")
_SHEET = """name\tkind\tformat\tlocation\tbuild\teffect_allele\tunit\tnull\tlicence
pairs\teffects\tgtex_pairs\tpairs.txt.gz\tGRCh38\tALT\tslope\t0\tCC0-1.0
peaks\tpeaks\t\tpeaks.narrowPeak\tGRCh38\t\t\t\tCC0-1.0
genome\tgenome\t\tgenome.fa\tGRCh38\t\t\t\tCC0-1.0
"""


def run_s(rows, address, folder, in_flight):
    """Return the seconds of wall and of CPU time of a run that predicts a chromosome.

    Snakemake starts, lists the tracks, plans the requests and runs the job. What comes
    before is there already.

    Parameters
    ----------
    rows : pandas.DataFrame
        Variants in the columns of a shard.
    address : str
        Server without TLS.
    folder : path-like
        An empty folder.
    in_flight : int
        Calls at a time.
    """
    folder = pathlib.Path(folder)
    _write_inputs(rows, address, folder, in_flight)
    command = ["snakemake", _ANSWERS, "--cores", "2", "--directory", folder]
    command += ["--configfile", folder / "config.json", "--rerun-triggers", "mtime"]
    command += ["--resources", f"api_slots={in_flight}", "--allowed-rules", *_RULES]
    begun = time.perf_counter(), _cpu_s()
    done = subprocess.run(
        command,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    spent = time.perf_counter() - begun[0], _cpu_s() - begun[1]
    if done.returncode:
        raise RuntimeError(f"the run failed:\n{done.stdout}{done.stderr}")
    failures = folder / _ANSWERS.replace(".parquet", ".failures.tsv")
    if len(read_tsv(failures, FAILURES)):
        raise RuntimeError("variants failed")
    return spent


def _cpu_s():
    """Return the CPU time of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _write_inputs(rows, address, folder, in_flight):
    """Write a config and the files that earlier jobs would have written."""
    (folder / "sheet.tsv").write_text(_SHEET)
    config = {
        "sheet": [str(folder / "sheet.tsv")],
        "data_dir": str(folder),
        "datasets": [{"name": "blood", "effects": "pairs", "peaks": "peaks"}],
        "genome": "genome",
        "chromosomes": ["chr1"],
        "protocol": "corrected",
        "service": "address",
        "address": address,
        "tls": False,
        "track_set": "k562",
        "track_sets": {"k562": ["EFO:0002067"]},
        "mismatched_track_set": "none",
        "prediction": {"concurrency": in_flight, "window_sample": 0},
    }
    (folder / "config.json").write_text(json.dumps(config))
    for name in ("pairs.txt.gz", "peaks.narrowPeak", "genome.fa"):
        (folder / name).touch()
    genome = folder / "resources/genomes/genome.fa"
    genome.parent.mkdir(parents=True)
    genome.write_text(">chr1\nA\n")
    genome.with_name("genome.fa.fai").write_text("chr1\t1\t6\t1\t2\n")
    record = folder / "resources/downloads/genome.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"sha256": "0" * 64}))
    shard = folder / "results/blood/corrected/shards/16384bp/chr1.parquet"
    write_table(rows.reindex(columns=SHARDS.names), shard, SHARDS)
