"""Runs of Snakemake whose packages are imported once, rather than at each start."""

import contextlib
import json
import os
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading

_SERVERS = pathlib.Path(__file__).with_name("warm_servers.py")
_idle = queue.LifoQueue()
_lock = threading.Lock()
_jobs = None


class Server:
    """A process that has imported Snakemake."""

    def __init__(self):
        # Ctrl-C has its default effect in it, as in all processes of the tests.
        self._process = subprocess.Popen(
            [sys.executable, _SERVERS, "runs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, **request):
        """Run Snakemake as a request says; return its exit status."""
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self):
        """End the process, and wait for it."""
        self._process.communicate()


class Jobs:
    """A process that has imported the packages of jobs."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.address = f"{self._folder.name}/jobs"
        self._process = subprocess.Popen(
            [sys.executable, _SERVERS, "jobs", self.address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # As Snakemake sets it for a job of one thread: it holds from the import on.
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        self._process.stdout.readline()

    def close(self):
        """End the process, and wait for it."""
        self._process.communicate()
        self._folder.cleanup()


def snakemake(arguments, folder, environment, has_own_jobs=False):
    """Run Snakemake in a folder.

    Parameters
    ----------
    arguments : list of str
    folder : path-like
    environment : dict of str to str
    has_own_jobs : bool
        Whether each job starts Python, as in a run of a user.

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
            jobs=None if has_own_jobs else _address_of_jobs(),
            news=f"{outputs}/news",
        )
        _idle.put(server)
        texts = []
        for path in paths:
            with open(path, newline=None) as file:
                texts.append(file.read())
    return subprocess.CompletedProcess(arguments, status, *texts)


def _address_of_jobs():
    """Return the address of the server of jobs, which runs from the first request on."""
    global _jobs
    with _lock:
        _jobs = _jobs or Jobs()
        return _jobs.address


def close():
    """End all servers, so that what they took counts as time of the tests."""
    global _jobs
    with contextlib.suppress(queue.Empty):
        while True:
            _idle.get_nowait().close()
    if _jobs:
        _jobs.close()
        _jobs = None
