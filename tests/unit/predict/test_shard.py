import json
import types

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import SHARDS, TRACKS
from endobench.core.tables import write_table
from endobench.design.routes import ATLAS, ATLAS_WINDOW_BP, MODEL_ITSELF
from endobench.design.scorers import STUDY_SCORER
from endobench.model.answer import Answer
from endobench.predict import plan
from endobench.predict.shard import Request, Shard
from frames import variants_of

DNASE = "DNASE-501-DIFF_LOG2_SUM"
ATAC = "ATAC-501-DIFF_LOG2_SUM"
MASKED = f"study-{DNASE}"
# The third is an insertion, the fourth is too close to an end.
IDS = ["chr1_30_A_G_b38", "chr1_20_C_T_b38", "chr1_40_A_AG_b38", "chr1_10_G_T_b38"]
TRACKS_OF_TWO = pd.DataFrame(
    {
        "track": ["a", "b", "c"],
        "output": ["DNASE", "DNASE", "ATAC"],
        "model": ["m/v/1", "m/v/1", "m/v/2"],
        "position": [0, 1, 0],
    }
)


@pytest.fixture
def rows():
    rows = variants_of(*IDS).assign(source_id=IDS, shift_bp=[0, 0, 0, 7])
    start = rows["pos"] - ATLAS_WINDOW_BP // 2
    return rows.assign(window_start=start, window_end=start + ATLAS_WINDOW_BP)


def shard_of(rows, folder, *, scorers=(DNASE,), policy="auto", **changes):
    request = Request(list(scorers), ATLAS_WINDOW_BP, policy)._replace(**changes)
    return Shard(
        rows,
        TRACKS_OF_TWO,
        request,
        journal=folder,
        name="chr1",
        genome_digest="f" * 64,
    )


def remember(shard, route, scorer, *positions, raw=(0.5, 1.0)):
    """Write answers to a journal of a shard, and find them."""
    with shard:
        for position in positions:
            row = shard.rows.iloc[position]
            answer = Answer(row.variant_id, row.window_start, np.float32(raw))
            shard.journals[route][scorer].append(answer)
        shard.look()
    return shard


def answers_of(shard):
    with shard:
        return [
            (scorer, route, answer.variant_id)
            for scorer, routes, answers in shard.answers()
            for route, answer in zip(routes, answers, strict=True)
        ]


def budget(shard, canary_fraction=0.0, **more):
    return {row["route"]: row for row in shard.budget(canary_fraction, **more)}


def test_the_atlas_answers_first_and_the_model_the_rest(rows, tmp_path):
    shard = shard_of(rows, tmp_path)
    assert shard.positions(ATLAS).tolist() == [0, 1]
    assert shard.positions(MODEL_ITSELF).tolist() == [2, 3]


def test_the_model_takes_over_what_the_atlas_is_known_to_lack(rows, tmp_path):
    remember(shard_of(rows, tmp_path), ATLAS, DNASE, 1, raw=())
    shard = shard_of(rows, tmp_path)
    assert shard.n_missing(ATLAS) == 1
    assert shard.positions(MODEL_ITSELF).tolist() == [1, 2, 3]
    assert budget(shard)[ATLAS]["n_variants"] == 1
    assert budget(shard)[MODEL_ITSELF]["n_variants"] == 3


def test_the_atlas_alone_reports_the_rest_as_failures(rows, tmp_path):
    remember(shard_of(rows, tmp_path), MODEL_ITSELF, DNASE, 2)
    shard = remember(shard_of(rows, tmp_path, policy="atlas"), ATLAS, DNASE, 0)
    assert shard.positions(MODEL_ITSELF).size == 0
    lost = shard.not_in_atlas()
    assert sorted(lost["variant_id"]) == sorted([IDS[2], IDS[3]])
    assert set(lost["grpc_status"]) == {"NOT_IN_ATLAS"}
    assert answers_of(shard) == [(DNASE, ATLAS, IDS[0])]


def test_answers_come_by_scorer_and_variant_with_their_route(rows, tmp_path):
    shard = shard_of(rows, tmp_path, scorers=[DNASE, ATAC])
    remember(shard, ATLAS, DNASE, 0, 1)
    remember(shard, MODEL_ITSELF, DNASE, 3)
    remember(shard, MODEL_ITSELF, ATAC, 2, raw=[0.5])
    # An answer from another route than the variant's own is not used.
    remember(shard, MODEL_ITSELF, ATAC, 0, raw=[0.5])
    assert answers_of(shard) == [
        (DNASE, MODEL_ITSELF, IDS[3]),
        (DNASE, ATLAS, IDS[1]),
        (DNASE, ATLAS, IDS[0]),
        (ATAC, MODEL_ITSELF, IDS[2]),
    ]
    assert shard.is_answered(ATLAS).tolist() == [False] * 4
    assert shard.model_of(ATAC) == "m/v/2"


def test_a_variant_is_missing_where_one_of_its_scores_is(rows, tmp_path):
    shard = shard_of(rows, tmp_path, scorers=[DNASE, ATAC], policy="model")
    remember(shard, MODEL_ITSELF, DNASE, 0, 1, 2)
    remember(shard, MODEL_ITSELF, ATAC, 0, 1, raw=[0.5])
    assert shard.n_missing(MODEL_ITSELF) == 2
    assert budget(shard)[MODEL_ITSELF]["n_remembered"] == 2


def test_the_budget_counts_calls_canaries_and_time(rows, tmp_path):
    shard = remember(
        shard_of(rows, tmp_path, policy="model"), MODEL_ITSELF, DNASE, 0, 1
    )
    assert budget(shard)[MODEL_ITSELF]["n_calls"] == 2
    assumed_s = plan.assumed_call_s("m")
    assert budget(shard)[MODEL_ITSELF]["expected_s"] == 2 * assumed_s
    plan.note(shard.timing(MODEL_ITSELF), 0.25)
    # Both known and both new answers are requested again.
    assert budget(shard, canary_fraction=0.5)[MODEL_ITSELF]["n_calls"] == 2 + 2 + 2
    assert budget(shard, canary_fraction=0.5)[MODEL_ITSELF]["expected_s"] == 1.5
    # Spot checks are questions to the model.
    assert budget(shard, n_exchanged=3)[MODEL_ITSELF]["n_calls"] == 2 + 3
    remember(shard, MODEL_ITSELF, DNASE, 2, 3)
    # Without new questions there are no canaries.
    assert budget(shard, canary_fraction=1)[MODEL_ITSELF]["n_calls"] == 0


@pytest.mark.parametrize("scorers", [[STUDY_SCORER], [STUDY_SCORER, MASKED], [MASKED]])
def test_the_study_needs_two_calls_for_any_number_of_scorers(rows, tmp_path, scorers):
    shard = shard_of(rows, tmp_path, scorers=scorers, policy="model", window_bp=2048)
    assert budget(shard)[MODEL_ITSELF]["n_calls"] == 2 * len(rows)
    # The pace of two calls differs from that of one.
    assert shard.timing(MODEL_ITSELF).name == f"{STUDY_SCORER}-2048bp.seconds"


@pytest.mark.parametrize("scorer", [DNASE, STUDY_SCORER])
def test_another_window_has_its_own_answers_from_the_model(rows, tmp_path, scorer):
    here = remember(shard_of(rows, tmp_path, scorers=[scorer]), MODEL_ITSELF, scorer, 0)
    moved = rows.iloc[:2].assign(window_start=rows["pos"], window_end=rows["pos"] + 64)
    there = here.at(moved, 64)
    assert there.rows["variant_id"].tolist() == IDS[:2]
    assert (there.request.window_bp, there.request.policy) == (64, MODEL_ITSELF)
    assert there.request.scorers == here.request.scorers
    # Answers for one window do not count for the other.
    assert here.is_answered(MODEL_ITSELF).tolist() == [True, False, False, False]
    assert there.is_answered(MODEL_ITSELF).tolist() == [False, False]


def test_a_part_of_a_shard_keeps_its_answers(rows, tmp_path):
    shard = remember(shard_of(rows, tmp_path), MODEL_ITSELF, DNASE, 0)
    some = shard.only([IDS[0], IDS[1]], "model")
    assert some.rows["variant_id"].tolist() == IDS[:2]
    assert some.is_answered(MODEL_ITSELF).tolist() == [True, False]
    assert some.positions(MODEL_ITSELF).tolist() == [0, 1]


def test_shards_of_all_chromosomes_have_each_variant_once(rows, tmp_path):
    paths = []
    for dataset, chrom in (("a", "chr1"), ("b", "chr1"), ("a", "chr2")):
        paths.append(tmp_path / dataset / f"{chrom}.parquet")
        write_table(rows, paths[-1], SHARDS)
    write_table(TRACKS_OF_TWO, tmp_path / "tracks.parquet", TRACKS)
    record = tmp_path / "record.json"
    record.write_text(json.dumps({"sha256": "0" * 64}))
    files = types.SimpleNamespace(
        shards=[str(path) for path in paths],
        tracks=tmp_path / "tracks.parquet",
        genome_record=record,
    )
    params = types.SimpleNamespace(
        chromosomes=["chr1", "chr2", "chr3"], request=[[DNASE], ATLAS_WINDOW_BP, "auto"]
    )
    shards = Shard.of_job(files, params, tmp_path / "journal")
    assert list(shards) == params.chromosomes
    assert [len(shard.rows) for shard in shards.values()] == [4, 4, 0]
