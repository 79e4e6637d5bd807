"""Compare the cost of a command in the work tree with that in an earlier commit.

Both sides run in the environment of this Python.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

from bars import Bar

ROOT = pathlib.Path(__file__).parents[2]
# The commit before the demonstration and the tests were made faster.
COMMIT = "a25619f"


class Spent(NamedTuple):
    """What a command took: wall time, CPU time of all its processes, and its output."""

    wall_s: float
    cpu_s: float
    output: str


def _git(*arguments):
    """Run Git on this repository; return what it prints, or exit with its message."""
    done = subprocess.run(
        ["git", "-C", ROOT, *arguments], capture_output=True, check=False
    )
    if done.returncode:
        sys.exit(f"ERROR: git {' '.join(arguments)}: {done.stderr.decode().strip()}")
    return done.stdout


def copy_commit(commit, folder):
    """Write the files of a commit into a folder; return the folder.

    Exits if Git does not know the commit, as in a shallow clone.
    """
    archive = _git("archive", "--format=tar", commit)
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    # `tarfile` lacks its safe filter in the first releases of Python 3.11.
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
    return pathlib.Path(folder)


def copy_work_tree(folder):
    """Copy the files of the work tree that Git does not ignore; return the folder."""
    listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.decode().split("\0")):
        # A file that was deleted but not yet committed is still listed.
        if (ROOT / name).is_file():
            target = pathlib.Path(folder, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    return pathlib.Path(folder)


@contextlib.contextmanager
def both_sides(commit=COMMIT):
    """Yield temporary folders with the files of a commit and those of the work tree.

    Parameters
    ----------
    commit : str
        Any name of a commit that Git knows.

    Yields
    ------
    dict of str to pathlib.Path
        Under "before" and "now". Both are removed afterwards.
    """
    with tempfile.TemporaryDirectory() as folder:
        before, now = pathlib.Path(folder, "before"), pathlib.Path(folder, "now")
        yield {"before": copy_commit(commit, before), "now": copy_work_tree(now)}


def spend(command, folder):
    """Run a command in a folder and measure it; exit with its output if it fails.

    The environment is that of this Python, so that `python`, `snakemake` and `pytest`
    are those of its installation. The library is not on the path: each side uses its own.

    Parameters
    ----------
    command : list of str
    folder : path-like

    Returns
    -------
    Spent
        The CPU time includes all descendants that ended before the command.
    """
    environment = os.environ | {
        "PATH": f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    }
    for name in ("PYTHONPATH", "ENDOBENCH_RUN", "ENDOBENCH_API_SLOTS"):
        environment.pop(name, None)
    with tempfile.TemporaryFile("w+") as told:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=told, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        output = told.read()
    if process.returncode:
        sys.exit(f"ERROR: {' '.join(command)} in {folder}:\n{output[-3000:]}")
    return Spent(wall_s, usage.ru_utime + usage.ru_stime, output)


def least(runs):
    """Return the least wall time and the least CPU time of several runs.

    Other load on the machine only adds to both. The output is that of the last run.
    """
    return Spent(
        min(each.wall_s for each in runs),
        min(each.cpu_s for each in runs),
        runs[-1].output,
    )


def alternate(measure, sides, repeats=1):
    """Measure both sides in turn, so that other load on the machine slows both.

    Parameters
    ----------
    measure : callable
        From a folder to a `Spent`.
    sides : dict of str to pathlib.Path
        As from `both_sides`.
    repeats : int

    Returns
    -------
    dict of str to Spent
        The least of each side.
    """
    runs = {name: [] for name in sides}
    for _ in range(repeats):
        for name, folder in sides.items():
            runs[name].append(measure(folder))
    return {name: least(each) for name, each in runs.items()}


def bars_of(what, spent, most):
    """Return the bars of wall time and CPU time of a command, now relative to before."""
    before, now = spent["before"], spent["now"]
    return [
        Bar(
            f"{kind} of {what}, relative to the commit before",
            f"{ours:.1f} s of {theirs:.1f} s",
            ours / theirs,
            most,
        )
        for kind, ours, theirs in (
            ("wall time", now.wall_s, before.wall_s),
            ("CPU time", now.cpu_s, before.cpu_s),
        )
    ]
