"""Scorers by gene, asked of a server: what is called for, refused, noticed and kept."""

import contextlib
import functools
import types

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import ANSWERS
from endobench.core.errors import InputError
from endobench.core.tables import read_frame
from endobench.model.service import list_tracks
from endobench.predict.answers import read_answers, write_answers
from endobench.predict.call_budget import CallBudget
from endobench.predict.calls import Calls
from endobench.predict.canaries import ModelChanged
from endobench.predict.chromosome import Access, predict
from endobench.predict.shard import Request, Shard
from gene_liars import ABOUT_GENES, LiarByGene, of_genes
from servers import client_of, service_at, serving, substitutions, write_genome

pytestmark = pytest.mark.services

DNASE = "DNASE-501-DIFF_LOG2_SUM"
WINDOW_BP = 131_072
# Of the model of each server.
NAME = "by_gene"
# In windows with no, one, three and 55 genes.
PLACES = [100_000, 310_000, 470_000, 810_000]
# In windows with three genes.
NEAR = [470_000, 470_010, 470_020, 470_030, 470_040]


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"), length=1_100_000)


def rows_at(genome, places):
    rows = substitutions(genome[1], places)
    start = rows["pos"] - WINDOW_BP // 2
    return rows.assign(window_start=start, window_end=start + WINDOW_BP)


@functools.cache
def tracks_of(path):
    """Return the tracks of outputs and of scorers by gene, the same of each server."""
    lists = ["RNA_SEQ.genes", "SPLICE_JUNCTIONS.genes", "DNASE"]
    with serving(path, LiarByGene) as (_, address), client_of(address) as made:
        return pd.concat(
            list_tracks(made.client, each, service_at(address, NAME)) for each in lists
        )


class Server:
    """A server, and jobs that ask it."""

    def __init__(self, service, address, genome, scorers):
        self.service, self._address, self._genome = service, address, genome
        self._scorers = scorers
        self.tracks = tracks_of(genome[0])
        # The track of a tissue in each list that has it.
        of_gtex = self.tracks.dropna(subset="gtex_tissue")
        self.lone = {
            tissue: {row.output: [row.position] for row in part.itertuples()}
            for tissue, part in of_gtex.groupby("gtex_tissue")
        }

    @property
    def calls(self):
        """Position and number of scorers of each call."""
        return [
            (request.variant.position, len(request.variant_scorers))
            for _, request in self.service.journal
        ]

    def predict(self, rows, folder, tissue="Whole_Blood", **calls):
        """Predict what the journals in a folder lack; return the file of answers."""
        access = Access(
            service_at(self._address, NAME),
            self._genome[0],
            Calls(2, 3, 30, 10, journal=str(folder), **calls),
            CallBudget(folder / "requests", None),
        )
        path = folder / "answers.parquet"
        with Shard(
            rows,
            self.tracks,
            Request(self._scorers, WINDOW_BP, "model"),
            journal=folder,
            name="chr1",
            genome_digest="0" * 64,
            lone=self.lone[tissue],
        ) as shard:
            failures = predict(shard, access, max_failed_fraction=0, label="chr1")
            assert failures.empty
            write_answers(shard, path, self.lone[tissue])
        return path


@contextlib.contextmanager
def server_of(genome, scorers=("RNA_SEQ",), **options):
    with serving(genome[0], LiarByGene, **options) as (service, address):
        yield Server(service, address, genome, list(scorers))


def test_one_call_serves_every_gene_tissue_and_dataset(genome, tmp_path):
    rows = rows_at(genome, PLACES)
    scorers = ["RNA_SEQ", DNASE, "RNA_SEQ_ACTIVE", "SPLICE_JUNCTIONS"]
    with server_of(genome, scorers) as server:
        # Datasets with other variants, genes and tissues.
        server.predict(rows.iloc[:3], tmp_path, "Liver")
        path = server.predict(rows, tmp_path, "Whole_Blood")
        assert sorted(server.calls) == [(pos, len(scorers)) for pos in PLACES]
        [place] = server.lone["Whole_Blood"]["RNA_SEQ.genes"]
        answers, _ = read_answers([path], "RNA_SEQ", [place])
        _check_values(answers, rows, server.service.by_gene, place)
    counts = answers.groupby("variant_id").size()
    assert counts.reindex(rows["variant_id"]).fillna(0).tolist() == [0, 1, 3, 55]


def _check_values(answers, rows, model, place):
    """Each row has the score of its own variant and gene in the tissue's track."""
    found = answers.set_index(["variant_id", "feature_id"])
    for row in rows.itertuples():
        interval = types.SimpleNamespace(start=row.window_start, end=row.window_end)
        variant = types.SimpleNamespace(
            position=row.pos, reference_bases=row.ref, alternate_bases=row.alt
        )
        (raw, quantile), genes, shown = model.answer("RNA_SEQ", interval, variant)
        assert [each.gtex_tissue for each in shown][place] == "Whole_Blood"
        for gene, *expected in zip(
            genes, raw[:, place], quantile[:, place], strict=True
        ):
            own = found.loc[(row.variant_id, gene.gene_id.split(".")[0])]
            assert [own["raw"].item(), own["quantile"].item()] == expected


@pytest.fixture(scope="module")
def honest(genome, tmp_path_factory):
    """The answers of an honest server."""
    folder = tmp_path_factory.mktemp("honest")
    with server_of(genome) as server:
        return read_frame(server.predict(rows_at(genome, NEAR), folder), ANSWERS)


@pytest.mark.parametrize("lie", ABOUT_GENES)
def test_a_wrong_answer_is_asked_for_again_and_not_kept(genome, honest, tmp_path, lie):
    lies = {"lie": ABOUT_GENES[lie], "is_lying": {1}.__contains__}
    with server_of(genome, **lies) as server:
        found = read_frame(server.predict(rows_at(genome, NEAR), tmp_path), ANSWERS)
        assert len(server.calls) == len(NEAR) + 1
    assert found["feature_id"].tolist() == honest["feature_id"].tolist()
    for one, other in zip(found["raw"], honest["raw"], strict=True):
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda values: values * 0 + np.arange(1, values.shape[-1] + 1), "the"),
        (lambda values: values * 0 + values.mean(-1, keepdims=True), "one"),
    ],
    ids=["stuck", "averaged"],
)
def test_a_server_that_gives_genes_or_tracks_one_score_is_not_paid_on(
    genome, tmp_path, change, words
):
    def lie(values, rows, tracks):
        raw = change(values[0])
        return np.stack([raw, np.tanh(raw)]), rows, tracks

    rows = rows_at(genome, range(470_000, 470_090))
    with server_of(genome, lie=of_genes(lie)) as server:
        with pytest.raises(InputError, match=f"50 variants in a row {words}"):
            server.predict(rows, tmp_path)
        assert 50 <= len(server.calls) < len(rows)
        with pytest.raises(InputError, match="changed.txt"):
            server.predict(rows, tmp_path)


EXCHANGED = of_genes(lambda values, rows, tracks: (values, rows[::-1], tracks))


@pytest.mark.parametrize("first", [2, len(NEAR), 2 * len(NEAR)])
def test_genes_that_are_exchanged_are_noticed_by_a_repeated_question(
    genome, tmp_path, first
):
    """Within a job, which asks about its own answers again; or in the next one."""
    lies = {"lie": EXCHANGED, "is_lying": lambda number: number >= first}
    rows = rows_at(genome, [*NEAR, 470_050])
    with server_of(genome, **lies) as server, pytest.raises(ModelChanged, match="ENSG"):
        server.predict(rows.iloc[: len(NEAR)], tmp_path, canary_fraction=1)
        server.predict(rows, tmp_path, canary_fraction=1)


def test_genes_in_another_order_are_the_same_answer(genome, honest, tmp_path):
    def turned(values, rows, tracks):
        return values[:, ::-1], rows[::-1], tracks

    lies = {"lie": of_genes(turned), "is_lying": lambda number: number % 2}
    with server_of(genome, **lies) as server:
        path = server.predict(rows_at(genome, NEAR), tmp_path, canary_fraction=1)
        assert len(server.calls) == 2 * len(NEAR)
    found = read_frame(path, ANSWERS)
    assert found["feature_id"].tolist() == honest["feature_id"].tolist()
    for one, other in zip(found["raw"], honest["raw"], strict=True):
        assert one.tobytes() == other.tobytes()
