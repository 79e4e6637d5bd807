import contextlib

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import ROUTES
from endobench.core.tables import as_table
from endobench.design.routes import ATLAS, MODEL_ITSELF
from endobench.model.answer import Answer
from endobench.model.service import Service, list_tracks
from endobench.model.standin import server as standin
from endobench.model.standin.atlas_service import AtlasService
from endobench.model.standin.model_service import ModelService
from endobench.model.standin.motif_model import MotifModel
from endobench.predict.call_budget import CallBudget
from endobench.predict.calls import Calls
from endobench.predict.chromosome import Access, predict
from endobench.predict.spot_checks.routes import (
    compare_routes,
    log_differences,
    sample_by_routes,
)
from frames import rows_of
from remembered import IDS, SCORER, Remembered, of_genes, rows_at, shard_of
from servers import client_of, write_genome


class ShiftedAtlas(AtlasService):
    """An Atlas whose scores lie a quarter above the model's in its first track."""

    def scores_of(self, *arguments):
        response = super().scores_of(*arguments)
        for score in response.scores:
            values = np.frombuffer(score.scores, "<f4").copy()
            values[0] += 0.25
            score.scores = values.tobytes()
        return response


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return write_genome(tmp_path_factory.mktemp("genome"), length=1_200_000)


@contextlib.contextmanager
def answered(genome, kind, folder):
    """Request scores from a server's Atlas and its model; yield the shard with both."""
    model = MotifModel(genome[0])
    server, port = standin.start_server(
        model, services=(ModelService(model), kind(model))
    )
    address = f"127.0.0.1:{port}"
    service = Service("address", address, tls=False)
    calls = Calls(4, 2, 30, 10, journal=str(folder))
    access = Access(service, None, calls, CallBudget(folder, None))
    rows = rows_at(range(600_000, 600_012), genome[1])
    # The last is an insertion, which no Atlas holds.
    rows.loc[rows.index[-1], "alt"] = rows["ref"].iloc[-1] + "GATA"
    try:
        with client_of(address) as made:
            tracks = list_tracks(made.client, "DNASE", service)
        with (
            shard_of(rows, tracks, folder) as shard,
            shard.only(rows["variant_id"], "model") as again,
        ):
            for each in (shard, again):
                failures = predict(each, access, max_failed_fraction=0, label="chr1")
                assert failures.empty
            shard.look()
            yield shard
    finally:
        server.stop(grace=0).wait()


@pytest.mark.services
def test_the_stand_ins_atlas_and_model_agree(genome, tmp_path):
    with answered(genome, AtlasService, tmp_path) as shard:
        table = compare_routes(shard)
    assert list(table.columns) == ROUTES.names
    assert table["variant_id"].tolist() == shard.rows["variant_id"].tolist()[:-1]
    assert (table["n_tracks"] == 8).all()
    for name in ("mean_abs_difference", "max_abs_difference"):
        assert (table[name] == 0).all()
    assert (table["atlas_raw"] == table["model_raw"]).all()
    assert table["atlas_raw"].abs().max() > 1e-3
    assert table["model"].str.startswith("standin/").all()
    assert np.allclose(table["pearson"].dropna(), 1)


@pytest.mark.services
def test_a_shift_of_one_track_is_reported(genome, tmp_path):
    with answered(genome, ShiftedAtlas, tmp_path) as shard:
        table = compare_routes(shard)
    assert len(table) == 11
    assert np.allclose(table["max_abs_difference"], 0.25, atol=1e-6)
    assert np.allclose(table["mean_abs_difference"], 0.25 / 8, atol=1e-6)
    shift = table["atlas_raw"] - table["model_raw"]
    assert np.allclose(shift, 0.25 / 8, atol=1e-6)
    assert (table["pearson"].dropna() < 1).all()


def test_a_sample_of_the_atlas_answers_is_asked_of_the_model(shards):
    asked = []

    def ask(shard, label):
        asked.extend(shard.rows["variant_id"])
        for row in shard.rows.itertuples():
            shard.journals[MODEL_ITSELF][SCORER].append(
                Answer(row.variant_id, row.window_start, np.array([1, 3], np.float32))
            )

    table = sample_by_routes(shards, 6, ask)
    assert table["variant_id"].tolist() == asked and len(asked) == 6
    assert set(table["max_abs_difference"]) == {2}
    nothing = sample_by_routes(shards, 0, ask)
    assert nothing.empty and list(nothing) == ROUTES.names


def test_a_constant_score_has_no_correlation(shards):
    shard = shards["chr1"]
    row = list(shard.rows.itertuples())[1]
    shard.journals[MODEL_ITSELF][SCORER].append(
        Answer(row.variant_id, row.window_start, np.array([1, 3], np.float32))
    )
    shard.look()
    [found] = compare_routes(shard).itertuples()
    assert (found.atlas_raw, found.model_raw) == (1, 2)
    assert (found.mean_abs_difference, found.max_abs_difference) == (1, 2)
    assert np.isnan(found.pearson)


def test_the_differences_are_logged(shards, caplog):
    caplog.set_level("INFO")
    empty = compare_routes(shards["chr1"])
    assert list(empty.columns) == ROUTES.names
    log_differences(empty)
    log_differences(
        pd.DataFrame(
            {
                "mean_abs_difference": [0.0, 0.5],
                "max_abs_difference": [0.0, 2.0],
                "pearson": [np.nan, 0.75],
            }
        )
    )
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert caplog.messages[1] == (
        "2 scores from both: mean difference 0.25, largest 2, median r 0.7500"
    )


class Both(Remembered):
    """A shard whose variants all have answers from the Atlas and from the model."""

    def is_answered(self, route):
        return np.ones(len(self.rows), dtype=bool)


def test_the_atlas_and_the_model_are_compared_gene_by_gene():
    atlas = of_genes(["E2", "E1"], [2, 4], [1, 0])
    model = of_genes(["E1", "E2", "E3"], [1, 0], [2, 5], [8, 8])
    answers = {ATLAS: {"RNA_SEQ": [atlas]}, MODEL_ITSELF: {"RNA_SEQ": [model]}}
    found = as_table(compare_routes(Both(IDS[:1], 16, answers)), ROUTES).to_pandas()
    assert rows_of(
        found.fillna(-99), "feature_id", "n_tracks", "max_abs_difference"
    ) == [
        ("E1", 2, 0),
        ("E2", 2, 1),
        ("E3", 0, -99),
    ]
    assert found["model_raw"].tolist() == [0.5, 3.5, 8]
