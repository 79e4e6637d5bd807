import contextlib

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import ROUTES
from endobench.design.routes import ATLAS, ATLAS_WINDOW_BP, MODEL_ITSELF
from endobench.genome.reference import centred_windows
from endobench.model.answer import Answer
from endobench.model.service import Service, list_tracks
from endobench.model.standin import server as standin
from endobench.model.standin.motif_model import MotifModel
from endobench.model.standin.services import AtlasService, ModelService
from endobench.predict.call_budget import CallBudget
from endobench.predict.chromosome import Calls, predict
from endobench.predict.shard import Request, Shard
from endobench.predict.spot_checks import differences, log_differences, sample_of
from servers import client_of, substitutions, write_genome

SCORER = "DNASE-501-DIFF_LOG2_SUM"
TRACKS = pd.DataFrame({"track": ["K562", "HepG2"], "output": "DNASE", "model": "toy"})


def rows_at(positions, sequence=None):
    """Return substitutions in unmoved windows of the Atlas."""
    rows = substitutions(sequence or "A" * 1_200_000, positions)
    start, _ = centred_windows(rows["pos"], 1, ATLAS_WINDOW_BP, 1_200_000)
    return rows.assign(
        window_start=start, window_end=start + ATLAS_WINDOW_BP, shift_bp=0
    )


def shard_of(rows, tracks, folder, name="chr1"):
    return Shard(
        rows,
        tracks,
        Request([SCORER], ATLAS_WINDOW_BP, "auto"),
        journal=folder,
        name=name,
        genome_digest="0" * 64,
    )


@pytest.fixture
def shards(tmp_path):
    """Two shards whose Atlas has answered all but each fourth variant."""
    with contextlib.ExitStack() as stack:
        found = {}
        for name, first in [("chr1", 600_000), ("chr2", 610_000)]:
            rows = rows_at(range(first, first + 40))
            shard = stack.enter_context(shard_of(rows, TRACKS, tmp_path, name))
            for number, row in enumerate(rows.itertuples()):
                # Of those that are not answered, half are known not to be held.
                if number % 8:
                    raw = np.ones(2 if number % 4 else 0, np.float32)
                    shard.journals[ATLAS][SCORER].append(
                        Answer(row.variant_id, row.window_start, raw)
                    )
            shard.look()
            found[name] = shard
        yield found


def test_a_sample_is_the_same_each_time_in_whatever_order(shards, tmp_path):
    sample = sample_of(shards, 20)
    assert sum(map(len, sample.values())) == 20
    assert sample_of(shards, 20) == sample
    assert sample_of(dict(reversed(shards.items())), 20) == sample
    with contextlib.ExitStack() as stack:
        permuted = {
            name: stack.enter_context(
                shard_of(shard.rows.sample(frac=1), TRACKS, tmp_path, name)
            )
            for name, shard in shards.items()
        }
        assert sample_of(permuted, 20) == sample


def test_a_sample_is_the_same_on_every_machine(shards):
    assert sample_of(shards, 3) == {
        "chr1": ["chr1_600013_A_T_b38", "chr1_600031_A_T_b38"],
        "chr2": ["chr1_610014_A_T_b38"],
    }


def test_a_larger_sample_holds_the_smaller_one(shards):
    small, large = sample_of(shards, 5), sample_of(shards, 30)
    for name, ids in small.items():
        assert large[name][: len(ids)] == ids


def test_only_what_the_atlas_has_answered_is_sampled(shards):
    sample = sample_of(shards, 1_000)
    for name, shard in shards.items():
        answered = shard.rows["variant_id"][np.arange(40) % 4 > 0]
        assert sorted(sample[name]) == sorted(answered)
    assert sample_of(shards, 0) == {}


class ShiftedAtlas(AtlasService):
    """An Atlas whose scores lie a quarter above the model's in its first track."""

    def GetDenseVariantScores(self, request, context):
        response = super().GetDenseVariantScores(request, context)
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
    """Ask a server's Atlas and then its model; give the shard that holds both."""
    model = MotifModel(genome[0])
    server, port = standin.start_server(
        model, services=(ModelService(model), kind(model))
    )
    address = f"127.0.0.1:{port}"
    service = Service("address", address, tls=False)
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
                failures = predict(
                    each,
                    service=service,
                    genome_path=None,
                    calls=Calls(4, 2, 30, 10, journal=str(folder)),
                    call_budget=CallBudget(folder, None),
                    max_failed_fraction=0,
                    label="chr1",
                )
                assert failures.empty
            shard.look()
            yield shard
    finally:
        server.stop(grace=0).wait()


def test_the_stand_ins_atlas_and_model_say_the_same(genome, tmp_path):
    with answered(genome, AtlasService, tmp_path) as shard:
        table = differences(shard)
    assert list(table.columns) == ROUTES.names
    assert table["variant_id"].tolist() == shard.rows["variant_id"].tolist()[:-1]
    assert (table["n_tracks"] == 8).all()
    for name in ("mean_abs_difference", "max_abs_difference"):
        assert (table[name] == 0).all()
    assert (table["atlas_raw"] == table["model_raw"]).all()
    assert table["atlas_raw"].abs().max() > 1e-3
    assert table["model"].str.startswith("standin/").all()
    assert np.allclose(table["pearson"].dropna(), 1)


def test_a_shift_of_one_track_is_reported(genome, tmp_path):
    with answered(genome, ShiftedAtlas, tmp_path) as shard:
        table = differences(shard)
    assert len(table) == 11
    assert np.allclose(table["max_abs_difference"], 0.25, atol=1e-6)
    assert np.allclose(table["mean_abs_difference"], 0.25 / 8, atol=1e-6)
    shift = table["atlas_raw"] - table["model_raw"]
    assert np.allclose(shift, 0.25 / 8, atol=1e-6)
    assert (table["pearson"].dropna() < 1).all()


def test_a_score_that_is_flat_has_no_correlation(shards):
    shard = shards["chr1"]
    row = list(shard.rows.itertuples())[1]
    shard.journals[MODEL_ITSELF][SCORER].append(
        Answer(row.variant_id, row.window_start, np.array([1, 3], np.float32))
    )
    shard.look()
    [found] = differences(shard).itertuples()
    assert (found.atlas_raw, found.model_raw) == (1, 2)
    assert (found.mean_abs_difference, found.max_abs_difference) == (1, 2)
    assert np.isnan(found.pearson)


def test_the_log_says_how_far_they_are_apart(shards, caplog):
    caplog.set_level("INFO")
    empty = differences(shards["chr1"])
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
        "2 scores of both: mean difference 0.25, largest 2, median r 0.7500"
    )
