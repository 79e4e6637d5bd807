"""Put the same questions to the prediction engine and to the client's own batch call."""

import contextlib
import pathlib
import subprocess
import sys
import time
from typing import NamedTuple

import numpy as np
import pandas as pd
from alphagenome.data import genome
from endobench.design.scorers import tracks_of
from endobench.model.client import Endpoint, connected
from endobench.model.scorer_names import parse_scorer
from endobench.model.service import Service, list_tracks
from endobench.model.tracks import lone_positions, select
from endobench.predict.answers import read_answers, write_answers
from endobench.predict.call_budget import CallBudget
from endobench.predict.calls import Calls
from endobench.predict.chromosome import Access, predict
from endobench.predict.shard import Request, Shard
from server import TISSUE

HERE = pathlib.Path(__file__).parent


class Question(NamedTuple):
    """A scorer, the window it is asked about, and the track that is read."""

    scorer: str
    window_bp: int
    member: str

    @property
    def tracks(self):
        """Name of the list of tracks of an answer."""
        return tracks_of(self.scorer)


MASK = Question("DNASE-501-DIFF_LOG2_SUM", 16_384, "EFO:0002067")
GENES = Question("RNA_SEQ", 1_048_576, f"gtex:{TISSUE}")
QUESTIONS = {each.scorer: each for each in (MASK, GENES)}


@contextlib.contextmanager
def serving(latency_s=0.0, **options):
    """Run the benchmark's server in its own process; yield its address."""
    command = [sys.executable, str(HERE / "server.py"), "--latency-s", str(latency_s)]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def variants(number, window_bp=MASK.window_bp):
    """Return substitutions in the columns of a shard."""
    pos = np.arange(1_000_000, 1_000_000 + 3 * number, 3)
    frame = pd.DataFrame({"chrom": "chr1", "pos": pos, "ref": "A", "alt": "C"})
    start = pos - 1 - window_bp // 2
    frame["variant_id"] = [f"chr1_{each}_A_C_b38" for each in pos]
    frame = frame.assign(window_start=start, window_end=start + window_bp, shift_bp=0)
    return frame.assign(source_id=frame["variant_id"])


@contextlib.contextmanager
def client_of(address):
    """Connect the client; yield it."""
    with connected(Endpoint(address, False, "", None, 60, 20)) as made:
        yield made.client


class Predicted(NamedTuple):
    """What the engine made of a number of variants.

    Attributes
    ----------
    seconds : float
        Without the time to write the file.
    path : pathlib.Path
        The file of answers.
    position : int
        The track that is read.
    journal_bytes : int
    """

    seconds: float
    path: pathlib.Path
    position: int
    journal_bytes: int


def ask_engine(address, n_variants, folder, concurrency, question=MASK, canaries=0):
    """Predict with the engine, from a shard to its file; return a `Predicted`."""
    service = Service("address", address, tls=False)
    with client_of(address) as client:
        tracks = list_tracks(client, question.tracks, service)
    chosen = select(tracks, [question.member], "set")
    begun = time.perf_counter()
    calls = Calls(concurrency, 5, 60, 20, str(folder), canary_fraction=canaries)
    with Shard(
        variants(n_variants, question.window_bp),
        tracks,
        Request([question.scorer], question.window_bp, "model"),
        journal=folder,
        name="chr1",
        genome_digest="",
    ) as shard:
        access = Access(service, None, calls, CallBudget(folder, None))
        predict(shard, access, max_failed_fraction=0, label="chr1")
        asked_s = time.perf_counter() - begun
        path = pathlib.Path(folder) / "chr1.parquet"
        write_answers(shard, path, lone_positions([chosen]))
    files = pathlib.Path(folder).rglob("*.journal")
    size = sum(each.stat().st_size for each in files)
    return Predicted(asked_s, path, int(chosen["position"].iloc[0]), size)


def scores_of(path, position, question, pairs=None):
    """Return the raw scores and quantiles of a track, shape (n_rows, 2)."""
    answers, [place] = read_answers([path], question.scorer, [position], pairs=pairs)
    values = [np.stack(answers[name])[:, place] for name in ("raw", "quantile")]
    return np.stack(values, axis=1)


def ask_client(address, n_variants, max_workers, question=MASK):
    """Predict with the client's own batch call; return seconds and the track's scores."""
    rows = variants(n_variants, question.window_bp)
    scorer = parse_scorer(question.scorer)
    with client_of(address) as client:
        begun = time.perf_counter()
        found = client.score_variants(
            [
                genome.Interval(row.chrom, row.window_start, row.window_end)
                for row in rows.itertuples()
            ],
            [
                genome.Variant(row.chrom, row.pos, row.ref, row.alt)
                for row in rows.itertuples()
            ],
            [scorer],
            progress_bar=False,
            max_workers=max_workers,
        )
        seconds = time.perf_counter() - begun
    tracks = found[0][0].var
    is_chosen = (tracks["ontology_curie"] == question.member).to_numpy()
    if question == GENES:
        is_chosen = (tracks["gtex_tissue"] == TISSUE).to_numpy()
    # The files have the genes of a variant by their ids.
    return seconds, np.concatenate(
        [
            np.stack([scores.X, scores.layers["quantiles"]], axis=1)[
                _order(scores.obs), :, is_chosen
            ]
            for (scores,) in found
        ]
    )


def _order(genes):
    """Return the order of an answer's rows in the files: by gene."""
    if "gene_id" not in genes:
        return np.arange(len(genes))
    return np.argsort(genes["gene_id"].to_numpy(str), kind="stable")
