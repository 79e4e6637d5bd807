"""An outage of two minutes, in real time."""

import contextlib
import pathlib
import socket
import subprocess
import sys
import time

import endobench
import pytest
from children import started
from endobench.core.columns import ANSWERS
from endobench.core.tables import read_frame
from endobench.model.service import Service, list_tracks
from servers import client_of, substitutions, write_genome

OUTAGE_S = 120


@contextlib.contextmanager
def standin_at(port, genome):
    """Serve the stand-in at a port; kill it at the end."""
    command = [sys.executable, "-m", "endobench.model.standin", "--port", str(port)]
    scripts = pathlib.Path(endobench.__file__).parent.parent
    with subprocess.Popen(
        [*command, "--genome", str(genome)],
        env={"PYTHONPATH": str(scripts)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


@pytest.fixture
def stack():
    with contextlib.ExitStack() as each:
        yield each


def test_a_job_survives_an_outage_of_two_minutes(tmp_path, stack):
    genome, sequence = write_genome(tmp_path)
    rows = substitutions(sequence, range(9_000, 11_000))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    with standin_at(port, genome):
        with client_of(address) as made:
            service = Service("address", address, tls=False)
            tracks = list_tracks(made.client, "DNASE", service)
        job = stack.enter_context(started(rows, tracks, address, tmp_path))
        while not list((tmp_path / "journal").rglob("*.journal")):
            time.sleep(0.1)
        time.sleep(1)
    time.sleep(OUTAGE_S)
    assert job.is_alive()
    with standin_at(port, genome):
        job.join()
    assert job.exitcode == 0
    assert len(read_frame(tmp_path / "chr1.parquet", ANSWERS)) == len(rows)
    assert "failed 0" in "".join(path.read_text() for path in tmp_path.glob("*.log"))
