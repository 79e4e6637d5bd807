"""The demonstration as SLURM jobs that ask a local server."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

import grpc
import pandas as pd
import servers
from endobench.core.columns import ANSWERS, SHARDS
from endobench.core.tables import read_frame
from endobench.model import client
from workflow import SMALL, snakemake, with_simulated, write_config

KEY = "a-key-that-must-not-be-seen"
CONCURRENCY = 8
# A cluster of one node can be queried often.
ON_CLUSTER = ["--profile", "profiles/slurm", "--latency-wait", "20"]
ON_CLUSTER += ["--slurm-init-seconds-before-status-checks", "1"]
ON_CLUSTER += ["--max-status-checks-per-second", "2"]
# One job per chromosome.
ALONE = ["--group-components", "chromosomes=1"]
BUDGET = "results/budget/16384bp.tsv"
CHROMOSOMES = ["chr1", "chr2", "chr3"]
SCORES = [f"results/scores/16384bp/{chrom}.parquet" for chrom in CHROMOSOMES]
PATIENCE_S = 300
WATCHFUL = pathlib.Path(__file__).with_name("watchful.py")


class CountingService(servers.FaultyService):
    """Require the key, answer after a moment, and count the calls in flight.

    Variants at positions in `refused_once` are refused the first time.
    """

    def __init__(self, model):
        super().__init__(model, keys={KEY})
        self.refused_once = set()
        self.most_in_flight = 0
        self._in_flight = 0
        self._counting = threading.Lock()

    def ScoreVariant(self, requests, context):
        requests = list(requests)
        position = requests[0].variant.position
        with self._counting:
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            is_refused = position in self.refused_once
            self.refused_once.discard(position)
        try:
            time.sleep(0.05)
            if is_refused:
                self.calls.append(position)
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "not this time")
            yield from super().ScoreVariant(iter(requests), context)
        finally:
            with self._counting:
                self._in_flight -= 1


class Submissions:
    """The demonstration in a folder, prepared up to the predictions, and its server."""

    def __init__(self, folder, service, address):
        self.folder = folder
        self.service = service
        changes = {"service": "address", "address": address, "tls": False}
        # These tests treat the stand-in like a real model.
        changes["accept"] = ["score_model", "standin_scores"]
        changes["prediction"] = {"concurrency": CONCURRENCY, "canary_fraction": 0}
        write_config(folder, "mine.yaml", SMALL, **changes)
        snakemake(folder, BUDGET, "--configfile", "mine.yaml", ALPHAGENOME_API_KEY=KEY)

    @property
    def variants(self):
        """The variants to predict, on all chromosomes."""
        paths = (self.folder / "results/demo/corrected/shards").glob("*/*.parquet")
        return pd.concat(read_frame(path, SHARDS) for path in sorted(paths))

    @property
    def answers(self):
        """The answers of all chromosomes."""
        return pd.concat(read_frame(self.folder / path, ANSWERS) for path in SCORES)

    def forget(self):
        """Remove all answers."""
        for name in ("results/scores", "resources/journal"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self.service.calls.clear()

    @contextlib.contextmanager
    def started(self, *arguments, key=None):
        """Start a run on the cluster; it is killed at the end of the context.

        The key is in the environment, or in a file that the environment names.
        """
        command = [sys.executable, WATCHFUL, *arguments, *ON_CLUSTER]
        with subprocess.Popen(
            [*command, "--configfile", "mine.yaml"],
            cwd=self.folder,
            env={**os.environ, **(key or {client.KEY_VARIABLE: KEY})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Like Ctrl-C, a signal can then be sent to the whole process group.
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, *arguments):
        """Run on the cluster to the end; return what it printed."""
        with self.started(*arguments) as process:
            return ended(process)

    def wait_for_calls(self, number, process):
        """Wait until the server has received so many calls."""
        limit = time.monotonic() + PATIENCE_S
        while len(self.service.calls) < number:
            assert process.poll() is None and time.monotonic() < limit
            time.sleep(0.02)


def ended(process, status=0):
    """Wait for the end of a run; return what it printed."""
    words, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == status, words
    return words


@contextlib.contextmanager
def submissions(simulated, folder):
    """Provide `Submissions` in a folder while their server runs."""
    genome = simulated / "resources/simulated/genome.fa"
    with servers.serving(genome, CountingService) as (service, address):
        yield Submissions(with_simulated(simulated, folder), service, address)
