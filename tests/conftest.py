import compileall
import fcntl
import functools
import gc
import os
import pathlib
import shutil

import hypothesis
import pytest
import warm
from authority import Authority
from interrupts import interruptible
from skips import report_skips
from workflow import (
    INPUTS,
    ROOT,
    SHARED_DATA,
    SHORTEST,
    checkout,
    copy_of,
    snakemake,
    write_config,
)

# The same examples in every run, and nothing kept between runs.
hypothesis.settings.register_profile(
    "repeatable", derandomize=True, database=None, deadline=None, max_examples=30
)
hypothesis.settings.load_profile("repeatable")

# What is imported and collected stays, so that a search for garbage finds none.
gc.disable()

# Files that compute with floats, whose last digits depend on the processor; in KERNELS,
# BLAS, SIMD and threads decide most.
NUMERIC = (
    "unit/benchmark/",
    "unit/demo/",
    "unit/evaluate/",
    "unit/gates/",
    "unit/genome/test_expression.py",
    "unit/genome/test_motifs.py",
    "unit/model/standin/",
    "unit/model/test_aggregation.py",
    "unit/model/test_scorers.py",
    "unit/predict/spot_checks/",
    "unit/stats/",
)
KERNELS = (
    "unit/demo/",
    "unit/genome/test_expression.py",
    "unit/genome/test_motifs.py",
    "unit/model/standin/",
)

# Files that take longest, first, so that no process ends long after the others. While the
# first one makes the demonstration, the next ones do without it.
LONGEST = (
    "e2e/gauntlet/test_effects.py",
    "slurm/",
    "e2e/test_experiments.py",
    "unit/predict/",
    "unit/model/",
    "e2e/gauntlet/",
    "e2e/test_demonstration.py",
    "e2e/test_clean_data.py",
    "e2e/test_study.py",
    "e2e/test_terminal.py",
    "browser/test_reading.py",
    "browser/test_exploring.py",
    "e2e/test_predictions.py",
    "e2e/",
    "browser/",
    "rules/",
    "unit/evaluate/test_measure.py",
    "unit/sources/test_read.py",
    "unit/figures/",
    "unit/stats/test_coverage_quick.py",
    "unit/evaluate/",
    "unit/report/",
)


def pytest_sessionstart(session):
    """Compile the library before any folder with a copy of it is made."""
    if not hasattr(session.config, "workerinput"):
        compileall.compile_dir(ROOT / "scripts", quiet=2)


@functools.cache
def place_of(path):
    """Return the place of a file of tests in `LONGEST`."""
    found = (place for place, part in enumerate(LONGEST) if is_below(path, part))
    return next(found, len(LONGEST))


@functools.cache
def markers_of(path):
    """Return the markers of a file whose tests depend on the processor."""
    kinds = {"numeric": NUMERIC, "kernels": KERNELS}
    return [
        name
        for name, parts in kinds.items()
        if any(is_below(path, part) for part in parts)
    ]


def is_below(path, part):
    return f"/tests/{part}" in path.as_posix()


def pytest_collection_modifyitems(items):
    """Start with the longest files, and mark tests that depend on the processor."""
    items.sort(key=lambda item: place_of(item.path))
    for item in items:
        for marker in markers_of(item.path):
            item.add_marker(marker)


def pytest_collection_finish():
    """Exempt what all tests share from garbage collection, which takes a sixth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter):
    report_skips(terminalreporter)


@pytest.fixture(scope="session", autouse=True)
def processes():
    """Let Ctrl-C reach the processes of all tests, also when they run in the background."""
    with interruptible():
        yield
    warm.close()


@pytest.fixture(scope="session")
def shared_data():
    """From a name in ../shared/data to its path; the test is skipped without it."""

    def path_of(name):
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"needs ../shared/data/{name}, which is no part of the project")
        return path

    return path_of


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A made certificate authority; skips the test where openssl is missing."""
    return Authority(tmp_path_factory.mktemp("authority"))


def made_once(tmp_path_factory, name, make):
    """Return a folder that one worker makes for all of them; no test may change it.

    The folders are made in ENDOBENCH_TEST_RUNS, if that is set, and used again by a
    further run of the tests on the same code.
    """
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    base = pathlib.Path(os.environ.get("ENDOBENCH_TEST_RUNS", base))
    base.mkdir(parents=True, exist_ok=True)
    master, done = base / name, base / f"{name}.done"
    with open(base / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(master, ignore_errors=True)
            master.mkdir()
            make(master)
            done.touch()
    return master


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory):
    """From a name and a function that fills a folder to the folder; see `made_once`."""
    return functools.partial(made_once, tmp_path_factory)


@pytest.fixture(scope="session")
def run_once(tmp_path_factory, shared_folder):
    """From a name and a run to a copy of a checkout in which one worker ran it for all.

    The demonstration's inputs are there: they are drawn once for all such runs.
    """

    def draw(folder):
        genome = "resources/simulated/genome.fa"
        # As a user's: the tests that let jobs start Python find the inputs made.
        snakemake(checkout(folder), genome, has_own_jobs=True)

    def folder_of(name, run):
        drawn = shared_folder("drawn", draw)
        master = shared_folder(name, lambda folder: run(copy_of(drawn, folder)))
        return copy_of(master, tmp_path_factory.mktemp(name) / "folder")

    return folder_of


@pytest.fixture(scope="session")
def demonstration(run_once):
    """The folder of a checkout in which the demonstration has run once."""

    def run(folder):
        snakemake(folder, ALPHAGENOME_API_KEY="")

    return run_once("demonstration", run)


@pytest.fixture
def copied(demonstration, tmp_path):
    """The demonstration copied, results and all, where a detour spoils nothing."""
    return copy_of(demonstration, tmp_path / "copied")


@pytest.fixture(scope="session")
def simulated(run_once):
    """The folder of a checkout in which `SHORTEST` has its inputs checked.

    `workflow.with_simulated` takes the simulated files alone to another folder, and
    `workflow.copy_of` also what was made of them.
    """

    def run(folder):
        write_config(folder, "mine.yaml", SHORTEST)
        snakemake(folder, *INPUTS, "--configfile", "mine.yaml")

    return run_once("simulated", run)
