import fcntl
import os
import shutil

import hypothesis
import pytest
from authority import Authority
from workflow import SHARED_DATA, checkout, snakemake

# The same examples in every run, and nothing kept between runs.
hypothesis.settings.register_profile(
    "repeatable", derandomize=True, database=None, deadline=None, max_examples=30
)
hypothesis.settings.load_profile("repeatable")


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
    """Return a copy of a folder that one worker makes for all of them."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    master, done = base / name, base / f"{name}.done"
    with open(base / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(master, ignore_errors=True)
            master.mkdir()
            make(checkout(master))
            done.touch()
    mine = tmp_path_factory.mktemp(name) / "folder"
    return shutil.copytree(master, mine, symlinks=True)


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory):
    """The folder of a checkout in which the demonstration has run once."""

    def run(folder):
        snakemake(folder, ALPHAGENOME_API_KEY="")

    return made_once(tmp_path_factory, "demonstration", run)


@pytest.fixture
def copied(demonstration, tmp_path):
    """The demonstration copied, results and all, where a detour spoils nothing."""
    return shutil.copytree(demonstration, tmp_path / "copied", symlinks=True)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    """The folder of a checkout that has the demonstration's inputs alone."""
    return made_once(
        tmp_path_factory, "simulated", lambda folder: snakemake(folder, "simulate")
    )
