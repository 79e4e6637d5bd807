"""Servers of runs of Snakemake and of jobs, which fork instead of starting Python.

As a program, this is one of two servers. A server of runs imports Snakemake, and for each
request, a line of JSON on its standard input, it forks a process that runs Snakemake as
its command would. A server of jobs imports the packages of the scripts, and forks a
process for the job of a script instead of starting Python and its packages once more.
"""

import array
import atexit
import contextlib
import gc
import importlib
import json
import os
import pathlib
import runpy
import select
import shlex
import signal
import socket
import subprocess
import sys
import threading

import learned

# What the workflow imports at parse time, apart from its own modules: a run imports
# these from its own folder.
OF_RUNS = (
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
# What the scripts import, apart from modules of the library. That the packages of each
# environment suffice is tested elsewhere.
OF_JOBS = (
    "snakemake.iocontainers",
    "snakemake.logging",
    "altair",
    "fontTools.subset",
    "google.protobuf.message",
    "grpc",
    "immutabledict",
    "jaxtyping",
    "jinja2",
    "jsonschema",
    "liftover",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_pdf",
    "matplotlib.figure",
    "matplotlib.style",
    "ml_dtypes",
    "pandas",
    "pyBigWig",
    "pyarrow.compute",
    "pyarrow.csv",
    "pyarrow.feather",
    "pyarrow.parquet",
    "pybedtools",
    "pysam.bcftools",
    "requests",
    "rocrate.rocrate",
    "scipy.special",
    "scipy.stats",
    "tenacity",
    "tqdm",
    "vl_convert",
    "yaml",
    "zstandard",
)
# How Snakemake begins a command of Bash: by itself, and with the prefix of
# rules/common/start.smk, for which the fork of a job needs no process of its own.
BEGINNINGS = ("set -euo pipefail;", "env --block-signal=INT")


def _import(names):
    # Packages of the tests are no part of a run.
    sys.path.pop(0)
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    # What all processes share is no garbage: to look at it would copy its pages.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _serve_runs():
    """Answer each request with the exit status of its run, until the input ends."""
    _import(OF_RUNS)
    # Each run would look for Snakemake's plugins among all packages.
    sys.modules["snakemake.cli"].get_argument_parser()
    learned.use()
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _end_after(_run, **request)
        _, status = os.waitpid(child, 0)
        # A run that was killed has left nothing.
        with contextlib.suppress(OSError):
            learned.learn(pathlib.Path(request["news"]).read_text())
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(arguments, folder, environment, paths, jobs, news):
    """Run Snakemake like ``python -m snakemake`` in a folder."""
    from snakemake.cli import main

    for number, path in enumerate([os.devnull, *paths]):
        file = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    if jobs:
        _use(jobs)
    _enter(folder, environment)
    sys.path.insert(0, folder)
    sys.argv = ["snakemake", *arguments]
    known = learned.size()
    try:
        sys.exit(main())
    finally:
        pathlib.Path(news).write_text(learned.news(*known))


def _end_after(function, *arguments, **options):
    """Call a function in a forked process, and end it with the status of a program.

    Python would tidy up every object first, which takes longer than many a job and
    copies the memory that the process shares with its server.
    """
    status = 0
    try:
        function(*arguments, **options)
    except SystemExit as error:
        status = error.code or 0
        if not isinstance(status, int):
            print(status, file=sys.stderr)
            status = 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    finally:
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _enter(folder, environment):
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)


def _use(address):
    """Let Snakemake run the scripts of its jobs at a server of jobs."""
    # As an attribute of the package, the name is that of a class.
    shell = importlib.import_module("snakemake.shell")
    start = subprocess.Popen

    def popen(command, *arguments, env=None, **options):
        begin, found, script = str(command).partition(f"{sys.executable} ")
        if found and begin.strip() in BEGINNINGS:
            (path,) = shlex.split(script)
            return _Job(address, path, env)
        return start(command, *arguments, env=env, **options)

    # Of the module `subprocess`, Snakemake uses more than this.
    shell.sp = learned.Replaced(subprocess, Popen=popen)


class _Job:
    """A job at a server of jobs, with what Snakemake uses of a `subprocess.Popen`."""

    def __init__(self, address, path, environment):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(address)
        request = [path, str(pathlib.Path.cwd()), environment]
        self._socket.sendmsg(
            [b"."],
            [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))],
        )
        self._answers = self._socket.makefile("rw")
        self._answers.write(json.dumps(request) + "\n")
        self._answers.flush()
        self.pid = int(self._answers.readline())

    def wait(self):
        """Wait for its end; return its exit status."""
        status = int(self._answers.readline())
        self._answers.close()
        self._socket.close()
        return status

    def terminate(self):
        os.kill(self.pid, signal.SIGTERM)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)


def _serve_jobs(address):
    """Run each job in a process of its own, until the input ends."""
    _import(OF_JOBS)
    running, (ends, wakes) = {}, os.pipe()
    # The end of a process does not end `select`, but what is then written does.
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen(16)
        print(flush=True)
        while sys.stdin not in (
            ready := select.select([server, ends, sys.stdin], [], [])[0]
        ):
            if ends in ready:
                os.read(ends, 4096)
                _answer(running)
            if server in ready:
                child, answers = _begin(server.accept()[0])
                running[child] = answers


def _answer(running):
    """Answer the requests of the jobs that have ended with their exit statuses."""
    for child in [*running]:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            # A run that was killed has left its job alone.
            with contextlib.suppress(OSError), running.pop(child) as answers:
                answers.write(f"{os.waitstatus_to_exitcode(status)}\n")


def _begin(connection):
    """Start the job of a connection; return its process, and a file for the answer."""
    with connection:
        _, parts, *_ = connection.recvmsg(1, socket.CMSG_SPACE(3 * 4))
        descriptors = array.array("i", parts[0][2])
        answers = connection.makefile("rw")
    path, folder, environment = json.loads(answers.readline())
    child = os.fork()
    if child == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _end_after(_run_script, path, folder, environment, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    answers.write(f"{child}\n")
    answers.flush()
    return child, answers


def _run_script(path, folder, environment, descriptors):
    """Run a script like ``python`` in a folder, with given standard files."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    _enter(folder, environment)
    # What Python does with this variable when it starts.
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    sys.path.insert(0, str(pathlib.Path(path).parent))
    sys.argv = [path]
    runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    {"runs": _serve_runs, "jobs": _serve_jobs}[sys.argv[1]](*sys.argv[2:])
