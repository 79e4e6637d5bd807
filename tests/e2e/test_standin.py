import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import grpc
import pytest
from alphagenome.models.v1 import dna_client
from endobench.core.errors import InputError
from endobench.model.standin import motif_model
from endobench.model.standin import server as standin
from servers import write_genome

SCRIPTS = pathlib.Path(standin.__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def genome_path(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"))[0]


def listens(address):
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def stops_listening(address, within_s=60):
    deadline = time.monotonic() + within_s
    while listens(address):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def environment():
    return {**os.environ, "PYTHONPATH": str(SCRIPTS)}


def test_a_server_lives_as_long_as_its_context(genome_path):
    with standin.running(genome_path) as address:
        with grpc.insecure_channel(address) as channel:
            tracks = dna_client.DnaClient(channel=channel).output_metadata().dnase
        assert len(tracks) == len(motif_model.TRACKS)
    assert not listens(address)


def test_a_server_that_cannot_start_is_an_error(tmp_path):
    with (
        pytest.raises(InputError, match="none.fa did not start"),
        standin.running(tmp_path / "none.fa"),
    ):
        pass


def test_a_server_dies_with_a_parent_that_is_killed(genome_path, environment):
    program = (
        "import sys, time\n"
        "from endobench.model.standin import server as standin\n"
        "with standin.running(sys.argv[1]) as address:\n"
        "    print(address, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(genome_path)],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    ) as parent:
        try:
            address = parent.stdout.readline().strip()
            assert listens(address)
        finally:
            parent.kill()
    assert stops_listening(address)


@pytest.mark.parametrize("how", ["stdin", "SIGTERM"])
def test_a_server_stops_when_told(genome_path, environment, how):
    command = [
        sys.executable,
        "-m",
        "endobench.model.standin",
        "--genome",
        str(genome_path),
    ]
    if how == "stdin":
        command.append("--until-stdin-closes")
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    ) as process:
        try:
            line = process.stdout.readline()
            assert line.startswith('{"address": "127.0.0.1:')
            if how == "stdin":
                process.stdin.close()
            else:
                process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
            assert process.stdout.read() == ""
        finally:
            process.kill()
