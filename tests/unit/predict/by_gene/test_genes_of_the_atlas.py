"""Scorers by gene under each route, where the Atlas lacks them."""

import pandas as pd
import pytest
from endobench.core.columns import ANSWERS
from endobench.core.errors import InputError
from endobench.core.tables import read_frame
from endobench.model.service import list_tracks
from endobench.model.standin import server as standin
from endobench.model.standin.motif_model import MotifModel
from endobench.predict.answers import write_answers
from endobench.predict.call_budget import CallBudget
from endobench.predict.calls import Calls
from endobench.predict.chromosome import Access, predict
from endobench.predict.shard import Request, Shard
from gene_answers import GeneAtlas, GeneService
from servers import client_of, service_at, substitutions, write_genome

pytestmark = pytest.mark.services

DNASE = "DNASE-501-DIFF_LOG2_SUM"
WINDOW_BP = 1_048_576


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"), length=1_100_000)


@pytest.fixture(scope="module")
def served(genome):
    """An Atlas without scores of expression, its model, and their address."""
    model = MotifModel(genome[0])
    atlas, by_gene = GeneAtlas(model), GeneService(model)
    atlas.names.remove("RNA_SEQ")
    server, port = standin.start_server(model, services=(by_gene, atlas))
    yield atlas, f"127.0.0.1:{port}"
    server.stop(grace=0).wait()


def routes_of(genome, address, folder, policy, scorers=(DNASE, "RNA_SEQ")):
    """Predict three substitutions; return the routes of their answers, by scorer."""
    rows = substitutions(genome[1], [560_000, 550_000, 545_000])
    start = rows["pos"] - WINDOW_BP // 2
    rows = rows.assign(window_start=start, window_end=start + WINDOW_BP)
    service = service_at(address)
    with client_of(address) as made:
        tracks = pd.concat(
            list_tracks(made.client, each, service)
            for each in ("RNA_SEQ.genes", "DNASE")
        )
    access = Access(
        service,
        genome[0],
        Calls(2, 3, 30, 10, journal=str(folder)),
        CallBudget(folder / "requests", None),
    )
    request = Request(list(scorers), WINDOW_BP, policy)
    options = {"journal": folder, "name": "chr1", "genome_digest": "0" * 64}
    with Shard(rows, tracks, request, **options) as shard:
        assert predict(shard, access, max_failed_fraction=0, label="chr1").empty
        write_answers(shard, folder / "answers.parquet")
    answers = read_frame(folder / "answers.parquet", ANSWERS)
    answers = answers.astype({"scorer": object, "route": object})
    return answers.groupby("scorer")["route"].unique().map(list).to_dict()


def test_the_model_answers_what_the_atlas_lacks(genome, served, tmp_path):
    atlas, address = served
    found = routes_of(genome, address, tmp_path, "auto")
    # One call of the model gives all scores of a variant.
    assert found == {DNASE: ["model"], "RNA_SEQ": ["model"]}
    # What the Atlas does hold stays known as such.
    assert routes_of(genome, address, tmp_path, "auto", [DNASE]) == {DNASE: ["atlas"]}


def test_a_run_of_the_atlas_alone_ends_in_one_line(genome, served, tmp_path):
    atlas, address = served
    with pytest.raises(InputError, match="does not list RNA_SEQ; set route: model"):
        routes_of(genome, address, tmp_path, "atlas")
