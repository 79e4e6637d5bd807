"""Prediction jobs in processes of their own, for tests that interrupt them."""

import contextlib
import multiprocessing
import os
import resource
import signal
import sys
from unittest import mock

from endobench.core.logs import door
from endobench.model.service import Service
from endobench.predict.answers import write_answers
from endobench.predict.call_budget import CallBudget
from endobench.predict.calls import Calls
from endobench.predict.chromosome import Access, predict
from endobench.predict.shard import Request, Shard

SCORER = "DNASE-501-DIFF_LOG2_SUM"
WINDOW_BP = 16_384


def shard_of(rows, tracks, folder):
    """Return the shard of some variants, with its journal in the folder."""
    return Shard(
        rows,
        tracks,
        Request([SCORER], WINDOW_BP, "model"),
        journal=folder / "journal",
        name="chr1",
        genome_digest="0" * 64,
    )


def run_job(rows, tracks, address, folder, file_bytes=None, concurrency=8):
    """Run the job of a chromosome in this process."""
    # Children of a fork server ignore SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if file_bytes is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    with (
        door(folder / f"{os.getpid()}.log"),
        shard_of(rows, tracks, folder) as shard,
    ):
        access = Access(
            Service("address", address, tls=False),
            None,
            Calls(concurrency, 12, 60, 10, journal=str(folder / "journal")),
            CallBudget(folder, None),
        )
        predict(shard, access, max_failed_fraction=0.01, label="chr1")
        write_answers(shard, folder / "chr1.parquet")


@contextlib.contextmanager
def started(*arguments, **options):
    """Start a job in its own process; kill it at the end."""
    context = multiprocessing.get_context("forkserver")
    # Modules are imported once, so that a job starts within milliseconds.
    context.set_forkserver_preload(["children"])
    process = context.Process(target=run_job, args=arguments, kwargs=options)
    # Of the fork server alone: jobs of another test may have other code.
    path = os.pathsep.join(filter(None, sys.path))
    with mock.patch.dict(os.environ, PYTHONPATH=path):
        process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
