import contextlib
import types

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import ANSWERS, EXCHANGED, ROUTES, SHARDS, WINDOWS
from endobench.core.tables import as_table
from endobench.design.routes import ATLAS, ATLAS_WINDOW_BP, MODEL_ITSELF
from endobench.genome.reference import centred_windows
from endobench.model.answer import Answer
from endobench.model.service import Service, list_tracks
from endobench.model.standin import server as standin
from endobench.model.standin.motif_model import MotifModel
from endobench.model.standin.services import AtlasService, ModelService
from endobench.predict.call_budget import CallBudget
from endobench.predict.calls import Calls
from endobench.predict.chromosome import Access, predict
from endobench.predict.shard import Request, Shard
from endobench.predict.spot_checks import (
    answers_again,
    at_window,
    compare_alleles,
    compare_routes,
    compare_windows,
    exchange_alleles,
    log_differences,
    n_to_exchange,
    sample_of,
    sample_of_alleles,
    sample_to_exchange,
)
from frames import fasta, rows_of, variants_of
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
    """Two shards for which the Atlas has answered all but every fourth variant."""
    with contextlib.ExitStack() as stack:
        found = {}
        for name, first in [("chr1", 600_000), ("chr2", 610_000)]:
            rows = rows_at(range(first, first + 40))
            shard = stack.enter_context(shard_of(rows, TRACKS, tmp_path, name))
            for number, row in enumerate(rows.itertuples()):
                # Half of the others are known to be missing from the Atlas.
                if number % 8:
                    raw = np.ones(2 if number % 4 else 0, np.float32)
                    shard.journals[ATLAS][SCORER].append(
                        Answer(row.variant_id, row.window_start, raw)
                    )
            shard.look()
            found[name] = shard
        yield found


def test_a_sample_is_the_same_each_time_in_any_order(shards, tmp_path):
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


def test_only_answers_of_the_atlas_are_sampled(shards):
    sample = sample_of(shards, 1_000)
    for name, shard in shards.items():
        answered = shard.rows["variant_id"][np.arange(40) % 4 > 0]
        assert sorted(sample[name]) == sorted(answered)
    assert sample_of(shards, 0) == {}


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


def test_a_shift_of_one_track_is_reported(genome, tmp_path):
    with answered(genome, ShiftedAtlas, tmp_path) as shard:
        table = compare_routes(shard)
    assert len(table) == 11
    assert np.allclose(table["max_abs_difference"], 0.25, atol=1e-6)
    assert np.allclose(table["mean_abs_difference"], 0.25 / 8, atol=1e-6)
    shift = table["atlas_raw"] - table["model_raw"]
    assert np.allclose(shift, 0.25 / 8, atol=1e-6)
    assert (table["pearson"].dropna() < 1).all()


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


IDS = ["chr1_50_A_G_b38", "chr1_500_AC_A_b38", "chr1_990_A_G_b38"]


@pytest.fixture
def short_genome(tmp_path):
    return fasta(tmp_path, chr1="ACGT" * 250)


def placed():
    return variants_of(*IDS).reindex(columns=SHARDS.names)


@pytest.mark.parametrize("window_bp", [16, 128, 1000])
def test_a_window_has_its_size_lies_in_the_chromosome_and_holds_the_variant(
    short_genome, window_bp
):
    found = at_window(placed(), window_bp, short_genome)
    assert found["variant_id"].tolist() == IDS
    assert (found["window_end"] - found["window_start"] == window_bp).all()
    assert (found["window_start"] >= 0).all() and (found["window_end"] <= 1000).all()
    assert (found["window_start"] < found["pos"]).all()
    assert (found["pos"] - 1 + found["ref"].str.len() <= found["window_end"]).all()
    is_moved = found["shift_bp"] != 0
    assert (
        is_moved.tolist()
        == {
            16: [False] * 3,
            128: [True, False, True],
            1000: [True, is_moved.iloc[1], True],
        }[window_bp]
    )


def test_a_window_larger_than_the_chromosome_is_dropped(short_genome):
    assert at_window(placed(), 1001, short_genome).empty


def test_no_variants_have_no_windows(short_genome):
    assert at_window(placed().iloc[:0], 16, short_genome).empty


class Remembered:
    """The answers of a shard: by route and scorer, each variant's tracks or None."""

    def __init__(self, ids, window_bp, answers):
        self.rows = pd.DataFrame({"variant_id": ids})
        scorers = list(next(iter(answers.values())))
        self.request = types.SimpleNamespace(scorers=scorers, window_bp=window_bp)
        self._answers = answers
        self.places = {
            route: {
                scorer: [{"n_tracks": 0 if each is None else 1} for each in values]
                for scorer, values in scorers.items()
            }
            for route, scorers in answers.items()
        }

    def model_of(self, scorer):
        return f"model of {scorer}"

    def answer(self, route, scorer, position):
        answer = self._answers[route][scorer][position]
        if isinstance(answer, Answer):
            return answer
        return Answer(self.rows["variant_id"].iloc[position], 0, np.float32(answer))


def test_windows_are_paired_by_variant_whatever_the_order():
    here = Remembered(IDS, 16, {MODEL_ITSELF: {"s": [[1, 3], [5, 7], [9, 9]]}})
    there = Remembered(IDS[::-1][:2], 128, {MODEL_ITSELF: {"s": [[1, 1], [4, 4]]}})
    found = compare_windows(here, there)
    assert rows_of(found, "variant_id", "raw", "other_raw") == [
        (IDS[2], 9, 1),
        (IDS[1], 6, 4),
    ]
    assert set(found["window_bp"]) == {16} and set(found["other_window_bp"]) == {128}
    assert set(found["model"]) == {"model of s"}
    assert as_table(found, WINDOWS).num_rows == 2


def test_a_variant_without_an_answer_at_either_window_is_left_out():
    here = Remembered(
        IDS, 16, {MODEL_ITSELF: {"s": [[1], None, [2]], "r": [[1], [2], [3]]}}
    )
    there = Remembered(
        IDS, 128, {MODEL_ITSELF: {"s": [[3], [4], None], "r": [None] * 3}}
    )
    found = compare_windows(here, there)
    assert rows_of(found, "variant_id", "scorer") == [(IDS[0], "s")]


def test_the_atlas_answer_takes_precedence():
    answers = {ATLAS: {"s": [[1], None]}, MODEL_ITSELF: {"s": [[5], [6]]}}
    here = Remembered(IDS[:2], 16, answers)
    there = Remembered(IDS[:2], 128, {MODEL_ITSELF: {"s": [[0], [0]]}})
    assert compare_windows(here, there)["raw"].tolist() == [1, 6]


def test_without_answers_the_table_is_empty():
    here = there = Remembered(IDS, 16, {MODEL_ITSELF: {"s": [None] * 3}})
    found = compare_windows(here, there)
    assert found.empty and list(found) == WINDOWS.names


def test_substitutions_of_the_model_are_chosen_for_exchange(shards):
    sample = sample_to_exchange(shards, 20)
    assert sample == sample_to_exchange(dict(reversed(shards.items())), 20)
    for name, ids in sample.items():
        shard = shards[name]
        of_model = shard.rows.iloc[shard.positions(MODEL_ITSELF)]
        assert set(ids) <= set(of_model["variant_id"])
    assert sum(map(len, sample_to_exchange(shards, 5).values())) == 5
    assert sample_to_exchange(shards, 0) == {}


def test_no_indel_and_at_most_fifty_variants_are_exchanged(tmp_path):
    rows = rows_at(range(600_000, 600_090))
    rows["ref"] = rows["ref"].where(rows.index % 3 > 0, rows["ref"] + "A")
    shard = Shard(
        rows,
        TRACKS,
        Request([SCORER], ATLAS_WINDOW_BP, MODEL_ITSELF),
        journal=tmp_path,
        name="chr1",
        genome_digest="0" * 64,
    )
    [ids] = sample_to_exchange({"chr1": shard}, 1_000).values()
    assert len(ids) == 50
    chosen = rows[rows["variant_id"].isin(ids)]
    assert (chosen["ref"].str.len() == 1).all()


def test_the_studys_sequences_have_the_genomes_ref_and_are_not_exchanged(tmp_path):
    rows = rows_at(range(600_000, 600_010))
    shard = Shard(
        rows,
        TRACKS,
        Request(["study-mean"], 2_048, MODEL_ITSELF),
        journal=tmp_path,
        name="chr1",
        genome_digest="0" * 64,
    )
    assert sample_to_exchange({"chr1": shard}, 20) == {}


def test_exchanging_twice_changes_nothing():
    rows = placed()
    rows = rows[rows["ref"].str.len() == rows["alt"].str.len()]
    exchanged = exchange_alleles(rows)
    assert exchanged["variant_id"].tolist() == ["chr1_50_G_A_b38", "chr1_990_G_A_b38"]
    pd.testing.assert_frame_equal(exchange_alleles(exchanged), rows)


def test_answers_of_exchanged_alleles_are_asked_once_and_paired(shards):
    asked = []

    def ask(shard, label):
        asked.append(shard.n_missing(MODEL_ITSELF))
        for row in shard.rows.itertuples():
            raw = np.array([1, 3], np.float32) * (1 if row.ref > row.alt else -1)
            shard.journals[MODEL_ITSELF][SCORER].append(
                Answer(row.variant_id, row.window_start, raw)
            )
        shard.look()

    for shard in shards.values():
        ask(shard, "")
    sample = sample_to_exchange(shards, 8)
    n_missing = sum(n_to_exchange(shards[name], ids) for name, ids in sample.items())
    assert n_missing == 8
    asked.clear()
    found, again = sample_of_alleles(shards, 8, ask)
    assert sum(asked) == 8
    assert len(as_table(found, EXCHANGED)) == 8
    assert (found["raw"] == -found["exchanged_raw"]).all()
    # The same answers, with all tracks, as those of the variants themselves.
    assert len(as_table(again, ANSWERS)) == 8
    assert again["variant_id"].tolist() == found["variant_id"].tolist()
    np.testing.assert_array_equal(again["raw"].map(np.mean), found["raw"])
    assert sum(n_to_exchange(shards[name], ids) for name, ids in sample.items()) == 0
    assert n_to_exchange(shards["chr1"], []) == 0


def test_exchanged_alleles_without_an_answer_are_left_out():
    here = Remembered(IDS[:2], 16, {MODEL_ITSELF: {"s": [[1, 3], [2, 2]]}})
    there = Remembered(IDS[:2], 16, {MODEL_ITSELF: {"s": [[-1, -2], None]}})
    found = compare_alleles(here, there)
    assert rows_of(found, "variant_id", "raw", "exchanged_raw") == [(IDS[0], 2, -1.5)]
    again = answers_again(here, there)
    assert again["variant_id"].tolist() == [IDS[0]]
    np.testing.assert_array_equal(again["raw"].iloc[0], [1, 2])
    empty, none = sample_of_alleles({}, 8, None)
    assert empty.empty and list(empty) == EXCHANGED.names
    assert none.empty and list(none) == ANSWERS.names


def test_scores_of_genes_have_no_second_answer():
    one = {MODEL_ITSELF: {"RNA_SEQ": [of_genes(["E1"], [1, 2])]}}
    here, there = Remembered(IDS[:1], 16, one), Remembered(IDS[:1], 16, one)
    assert answers_again(here, there).empty


def of_genes(ids, *raw):
    return Answer(
        "v", 0, np.float32(raw).reshape(len(ids), 2), feature_ids=np.array(ids)
    )


def test_genes_are_compared_by_id_and_those_of_one_window_are_told(caplog):
    caplog.set_level("INFO")
    scorer = "RNA_SEQ"
    short = of_genes(["E3", "E1"], [3, 5], [1, np.nan])
    long = of_genes(["E1", "E2", "E3"], [10, 20], [7, 7], [-1, -3])
    none = of_genes([])
    here = Remembered(IDS, 16, {MODEL_ITSELF: {scorer: [short, none, none]}})
    there = Remembered(IDS, 128, {MODEL_ITSELF: {scorer: [long, short, none]}})
    found = compare_windows(here, there)
    table = as_table(found, WINDOWS).to_pandas().fillna(-99)
    assert rows_of(table, "variant_id", "feature_id", "raw", "other_raw") == [
        (IDS[0], "E1", 1, 15),
        (IDS[0], "E2", -99, 7),
        (IDS[0], "E3", 4, -2),
        (IDS[1], "E1", -99, 1),
        (IDS[1], "E3", -99, 4),
    ]
    assert "2 scores of genes from both; 0 from 16 bp alone, 3 from 128 bp alone" in (
        caplog.text
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
