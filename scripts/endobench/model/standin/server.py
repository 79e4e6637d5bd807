"""The stand-in server: AlphaGenome's protocol in front of a small motif model.

It serves demonstrations and tests without a key or a network, and exercises the real
client. It runs in its own process, on a free port of this machine, and ends with the
process that started it.
"""

import argparse
import concurrent.futures
import contextlib
import gc
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import threading

import grpc

from endobench.core.errors import InputError

START_TIMEOUT_S = 60


def start_server(
    model,
    address="127.0.0.1:0",
    max_workers=8,
    services=None,
    credentials=None,
    genes=None,
):
    """Start serving.

    Parameters
    ----------
    model : MotifModel
    address : str
        ``host:port``; port 0 selects a free one.
    max_workers : int
    services : tuple, optional
        A model service and an Atlas service to use in place of the default ones.
    credentials : grpc.ServerCredentials, optional
        To serve over TLS.
    genes : gene_model.GeneModel, optional
        For the default services; without it there are no genes.

    Returns
    -------
    server : grpc.Server
    port : int
    """
    # A job that starts a server in another process needs none of these.
    from endobench.model.alphagenome_client import (
        atlas_service_pb2_grpc,
        dna_model_service_pb2_grpc,
    )
    from endobench.model.standin.atlas_service import AtlasService
    from endobench.model.standin.model_service import ModelService

    server = grpc.server(
        concurrent.futures.ThreadPoolExecutor(max_workers),
        options=[
            ("grpc.max_send_message_length", -1),
            ("grpc.max_receive_message_length", -1),
        ],
    )
    service, atlas = services or (
        ModelService(model, genes),
        AtlasService(model, genes),
    )
    dna_model_service_pb2_grpc.add_DnaModelServiceServicer_to_server(service, server)
    atlas_service_pb2_grpc.add_AtlasServiceServicer_to_server(atlas, server)
    if credentials is None:
        port = server.add_insecure_port(address)
    else:
        port = server.add_secure_port(address, credentials)
    server.start()
    return server, port


@contextlib.contextmanager
def running(genome_path, genes_path=None, version=None):
    """Run a server in its own process, which always ends with this one.

    Parameters
    ----------
    genome_path : path-like
        Indexed FASTA.
    genes_path : path-like, optional
        GTF; without it, scorers by gene answer without genes.
    version : str, optional
        See `folds.model_of`.

    Yields
    ------
    str
        Its address, ``127.0.0.1:port``.

    Raises
    ------
    InputError
        If it does not start.
    """
    scripts = pathlib.Path(__file__).resolve().parents[3]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "endobench.model.standin",
            "--until-stdin-closes",
            "--genome",
            str(genome_path),
            *(["--genes", str(genes_path)] if genes_path else []),
            *(["--model-version", version] if version else []),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(scripts)},
        text=True,
        # Ctrl-C is left to the parent, which closes the pipe when it is done.
        start_new_session=True,
    )
    try:
        ready, _, _ = select.select([process.stdout], [], [], START_TIMEOUT_S)
        line = process.stdout.readline() if ready else ""
        if not line:
            process.kill()
            raise InputError(
                f"the stand-in server for {genome_path} did not start (exit status"
                f" {process.wait()}); see this job's log"
            )
        yield json.loads(line)["address"]
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def main(arguments=None):
    """Print the address as one line of JSON, then serve until a signal to stop."""
    parser = argparse.ArgumentParser(
        prog="endobench.model.standin", description=__doc__
    )
    parser.add_argument("--genome", required=True, help="indexed FASTA")
    parser.add_argument("--genes", help="GTF; without it there are no genes")
    parser.add_argument(
        "--bare-gene-ids", action="store_true", help="give gene ids without version"
    )
    parser.add_argument(
        "--null-expression",
        action="store_true",
        help="score the expression of genes by other bases than the genome's",
    )
    parser.add_argument("--model-version", help="such as FOLD_0, with other weights")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 selects a free one")
    # Threads beyond the cores would only wait for each other: the model computes.
    cores = max(2, min(os.cpu_count() or 2, 8))
    parser.add_argument("--max-workers", type=int, default=cores)
    parser.add_argument("--until-stdin-closes", action="store_true")
    options = parser.parse_args(arguments)
    from endobench.model.standin.folds import model_of
    from endobench.model.standin.gene_model import GeneModel

    # Messages and arrays are freed without a search for garbage among all modules.
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)
    model = model_of(options.genome, options.model_version)
    genes = GeneModel(
        model, options.genes, options.bare_gene_ids, options.null_expression
    )
    server, port = start_server(
        model, f"{options.host}:{options.port}", options.max_workers, genes=genes
    )
    # A signal that arrives just before a thread waits for a lock leaves it waiting; the
    # byte that it writes into a pipe waits for the reader.
    wakes, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    print(json.dumps({"address": f"{options.host}:{port}"}), flush=True)
    if options.until_stdin_closes:
        watch = threading.Thread(
            target=lambda: (sys.stdin.read(), os.write(told, b"\0")), daemon=True
        )
        watch.start()
    os.read(wakes, 1)
    server.stop(grace=0)
