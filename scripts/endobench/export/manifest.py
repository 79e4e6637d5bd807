"""The manifest of a run: everything needed to repeat it."""

import importlib.metadata
import json
import pathlib
import platform
import re
import shutil
import subprocess

from endobench.design.models import is_standin

PACKAGES = (
    "snakemake",
    "pandas",
    "numpy",
    "scipy",
    "scikit-learn",
    "matplotlib",
    "pyarrow",
    "pysam",
    "pybedtools",
    "liftover",
    "alphagenome",
    "grpcio",
    "tenacity",
)
_LOCK = pathlib.Path(__file__).parents[3] / "envs/requirements.txt"


def git_revision(folder):
    """Return the commit of a checkout, with ``+changes`` if it was modified, or None."""
    if shutil.which("git") is None:
        return None

    def git(*arguments):
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    head = git("rev-parse", "HEAD")
    if head.returncode != 0:
        return None
    # Deleted results do not modify the workflow.
    what = ("--untracked-files=no", "--", ":/", ":(exclude,top)results")
    is_changed = git("status", "--porcelain", *what).stdout.strip()
    return head.stdout.strip() + ("+changes" if is_changed else "")


def versions():
    """Return the versions of Python and of the packages of the workflow.

    Rules may run in different environments. For a package that is not installed in this
    one, the version comes from the lock file that pins all environments.
    """
    found = {"python": platform.python_version()}
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", _LOCK.read_text(), re.MULTILINE))
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = pinned[name]
    if bedtools := shutil.which("bedtools"):
        result = subprocess.run(
            [bedtools, "--version"], capture_output=True, text=True, check=False
        )
        found["bedtools"] = result.stdout.strip().removeprefix("bedtools v")
    return found


def manifest(config, record_paths, waterfall, tracks):
    """Return the manifest of a run.

    Parameters
    ----------
    config : dict
        The validated config, including defaults. It contains no secrets.
    record_paths : iterable of path-like
        JSON records of the inputs, written when these were fetched.
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL`, of all benchmarks.
    tracks : pandas.DataFrame or None
        The model's tracks (`columns.TRACKS`).

    Returns
    -------
    dict
        Serialisable as JSON.
    """
    counts = {}
    for row in waterfall.itertuples(index=False):
        key = f"{row.dataset}/{row.protocol}"
        counts.setdefault(key, []).append(
            {
                "stage": row.stage,
                "reason": row.reason,
                "n_pairs": int(row.n_pairs),
                "n_variants": int(row.n_variants),
            }
        )
    inputs = {}
    for path in map(pathlib.Path, record_paths):
        inputs[path.stem] = json.loads(path.read_text())
    models = sorted(waterfall["model"].dropna().unique())
    return {
        "models": models,
        "is_standin": is_standin(*models),
        "n_model_tracks": None if tracks is None else len(tracks),
        "config": config,
        "counts": counts,
        "inputs": inputs,
        "git_revision": git_revision(pathlib.Path(__file__).parent),
        "versions": versions(),
    }
