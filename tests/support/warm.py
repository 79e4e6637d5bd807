"""Runs of Snakemake whose packages are imported once, rather than at each start.

As a program, this is a server: it imports Snakemake, and for each request, a line of JSON
on its standard input, it forks a process that runs Snakemake as its command would.
"""

import contextlib
import importlib
import json
import os
import queue
import subprocess
import sys
import tempfile

# What the workflow imports at parse time, apart from its own modules: a run imports
# these from its own folder.
IMPORTED = (
    "snakemake.cli",
    "snakemake.executors.local",
    "snakemake.profiles",
    "snakemake.report.html_reporter",
    "snakemake.script",
    "snakemake.storage",
    "snakemake_executor_plugin_slurm",
    "graphlib",
    "jsonschema",
    "smart_open",
)
_idle = queue.LifoQueue()


class Server:
    """A process that has imported Snakemake."""

    def __init__(self):
        # Ctrl-C has its default effect in it, as in all processes of the tests.
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, **request):
        """Run Snakemake as `_run` does; return its exit status."""
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self):
        """End the process, and wait for it."""
        self._process.communicate()


def snakemake(arguments, folder, environment):
    """Run Snakemake in a folder.

    Parameters
    ----------
    arguments : list of str
    folder : path-like
    environment : dict of str to str

    Returns
    -------
    subprocess.CompletedProcess
        With its output as text.
    """
    try:
        server = _idle.get_nowait()
    except queue.Empty:
        server = Server()
    with tempfile.TemporaryDirectory() as outputs:
        paths = [f"{outputs}/{name}" for name in ("stdout", "stderr")]
        status = server.run(
            arguments=arguments,
            folder=str(folder),
            environment=environment,
            paths=paths,
        )
        _idle.put(server)
        texts = []
        for path in paths:
            with open(path, newline=None) as file:
                texts.append(file.read())
    return subprocess.CompletedProcess(arguments, status, *texts)


def close():
    """End all servers, so that what they took counts as time of the tests."""
    with contextlib.suppress(queue.Empty):
        while True:
            _idle.get_nowait().close()


def _serve():
    """Answer each request with the exit status of its run, until the input ends."""
    # Packages of the tests are no part of a run.
    sys.path.pop(0)
    for name in IMPORTED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run(**json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(arguments, folder, environment, paths):
    """Run Snakemake like ``python -m snakemake`` in a folder, and exit with its status."""
    from snakemake.cli import main

    for number, path in enumerate([os.devnull, *paths]):
        file = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, folder)
    sys.argv = ["snakemake", *arguments]
    sys.exit(main())


if __name__ == "__main__":
    _serve()
