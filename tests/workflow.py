"""Running the workflow in a folder of its own, as a user would."""

import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
PARTS = ("Snakefile", "config", "rules", "envs", "scripts", "profiles", "resources")


def checkout(folder):
    """Copy the workflow's tracked parts, without inputs or results of other runs."""
    ignore = shutil.ignore_patterns(
        "__pycache__", "downloads", "genomes", "simulated", "journal", "data"
    )
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=ignore)
        else:
            shutil.copy(source, folder / part)
    return folder


def snakemake(folder, *arguments, check=True, **environment):
    """Run Snakemake there on two cores; return the finished process."""
    result = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if check and result.returncode != 0:
        raise AssertionError(f"snakemake failed:\n{result.stdout}\n{result.stderr}")
    return result


def said(result):
    """Return all that a process printed."""
    return result.stdout + result.stderr
