import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.scores import TrackSet, positions_of, reduce_tracks
from endobench.core.columns import ANSWERS, SCORES, TRACKS
from endobench.core.tables import as_table, write_tsv
from frames import ALIGNED_IDS as ALIGNED
from frames import VARIANT_IDS as VARIANTS
from frames import answers_of, rows_of, shards_of
from hypothesis import given, settings
from hypothesis import strategies as st


def test_a_score_is_the_mean_over_the_set():
    raw = np.float32([[1, 2, 30], [-4, 0, 50], [0.5, 0.25, 7]])
    answers = answers_of(raw, ref_value=raw + 1, alt_value=raw * 2)
    scores = reduce_tracks(shards_of(), answers, TrackSet("set", [0, 1]))
    assert list(scores) == SCORES.names
    names = ["source_id", "variant_id", "raw", "ref_value", "alt_value", "n_tracks"]
    assert rows_of(scores, *names, "shift_bp") == [
        (VARIANTS[0], ALIGNED[0], 1.5, 2.5, 3.0, 2, 0),
        (VARIANTS[1], ALIGNED[1], -2.0, -1.0, -4.0, 2, 1),
        (VARIANTS[2], ALIGNED[2], 0.375, 1.375, 0.75, 2, 2),
    ]
    assert scores["track_set"].unique().tolist() == ["set"]


def test_the_mean_is_taken_in_double_precision():
    raw = np.full((1, 100_000), 0.1, dtype=np.float32)
    scores = reduce_tracks(
        shards_of(), answers_of(raw), TrackSet("all", np.arange(100_000))
    )
    assert scores["raw"].iloc[0] == pytest.approx(
        np.float64(np.float32(0.1)), rel=1e-12
    )


def test_a_quantile_is_of_one_track_alone():
    answers = answers_of(np.float32([[1, 2]] * 3), quantile=[[0.25, 0.75]] * 3)
    one = reduce_tracks(shards_of(), answers, TrackSet("one", [1]))
    both = reduce_tracks(shards_of(), answers, TrackSet("both", [0, 1]))
    assert one["quantile"].tolist() == [0.75] * 3
    assert both["quantile"].isna().all()


def test_values_that_a_model_does_not_give_stay_missing():
    scores = reduce_tracks(
        shards_of(), answers_of(np.ones((3, 1))), TrackSet("one", [0])
    )
    assert scores[["quantile", "ref_value", "alt_value"]].isna().all(axis=None)
    assert scores["raw"].tolist() == [1, 1, 1]


def test_another_tissues_score_is_the_mean_over_its_own_tracks():
    raw = np.float32([[1, 2, 30], [-4, 0, 50], [0.5, 0.25, 7]])
    answers = answers_of(raw)
    scores = reduce_tracks(shards_of(), answers, TrackSet("set", [0], [1, 2]))
    assert scores["raw"].tolist() == [1, -4, 0.5]
    assert scores["raw_mismatched"].tolist() == [16, 25, 3.625]
    assert scores["n_tracks"].unique() == [1]
    # Without such a set there is no such score.
    alone = reduce_tracks(shards_of(), answers, TrackSet("set", [0]))
    assert alone["raw_mismatched"].isna().all()
    pd.testing.assert_frame_equal(
        alone.drop(columns="raw_mismatched"), scores.drop(columns="raw_mismatched")
    )
    # Nor if the set is of no tissue, so that every other one has its tracks.
    same = reduce_tracks(shards_of(), answers, TrackSet("set", [1, 2], [2, 1]))
    assert same["raw_mismatched"].isna().all()


REDUCED = {"mean": [1.5, -2.0, 0.25], "max_abs": [2.0, -4.0, 0.5]}


@pytest.mark.parametrize("reduction", ["mean", "pc1", "max_abs"])
def test_a_set_and_another_tissues_are_reduced_in_the_same_way(reduction):
    raw = np.float32([[1, 2, 30, 9], [-4, 0, 50, 9], [0.5, 0, 7, 9]])
    answers = answers_of(raw, ref_value=raw + 1, alt_value=raw * 2)
    scores, exchanged = (
        reduce_tracks(shards_of(), answers, TrackSet("set", *positions, reduction))
        for positions in (([0, 1], [2, 3]), ([2, 3], [0, 1]))
    )
    assert scores["raw"].tolist() == exchanged["raw_mismatched"].tolist()
    assert scores["raw_mismatched"].tolist() == exchanged["raw"].tolist()
    assert scores["reduction"].unique() == [reduction]
    if reduction in REDUCED:
        assert scores["raw"].tolist() == REDUCED[reduction]
    is_mean = reduction == "mean"
    assert scores[["ref_value", "alt_value"]].notna().all(axis=None) == is_mean
    assert as_table(scores, SCORES)["reduction"].to_pylist() == [reduction] * 3


@given(order=st.permutations(range(6)), n_twice=st.integers(0, 6))
@settings(max_examples=20)
def test_neither_order_nor_sources_of_a_variant_change_a_component(order, n_twice):
    rng = np.random.default_rng(2)
    ids = [f"chr1_{at}_A_G_b38" for at in range(6)]
    answers = pd.DataFrame({"variant_id": ids, "raw": [*rng.normal(size=(6, 4))]})
    answers = answers.reindex(columns=ANSWERS.names)
    tracks = TrackSet("set", range(4), reduction="pc1")
    once = reduce_tracks(shards_of(ids, ids), answers, tracks)
    shards = shards_of(
        [*ids, *(f"{each}x" for each in ids[:n_twice])], ids + ids[:n_twice]
    )
    shards = pd.concat([shards.iloc[order], shards.iloc[6:]])
    found = reduce_tracks(shards, answers.iloc[order], tracks)
    expected = dict(zip(ids, once["raw"], strict=True))
    assert found["raw"].tolist() == [expected[each] for each in found["variant_id"]]
    assert len(found) == 6 + n_twice


def test_a_component_is_of_the_benchmarks_own_variants():
    raw = np.float32([[1, 2], [2, 1], [300, -300]])
    shards = shards_of(VARIANTS[:2], ALIGNED[:2])
    found = reduce_tracks(
        shards, answers_of(raw), TrackSet("set", [0, 1], reduction="pc1")
    )
    assert np.allclose(found["raw"], 3 / np.sqrt(2))


@pytest.mark.parametrize("reduction", ["mean", "pc1", "max_abs"])
def test_one_track_is_its_own_score_whatever_the_reduction(reduction):
    answers = answers_of(np.float32([[1, -0.1], [2, 0.3], [3, -7]]))
    found = reduce_tracks(
        shards_of(), answers, TrackSet("one", [1], reduction=reduction)
    )
    assert np.float32(found["raw"]).tolist() == np.float32([-0.1, 0.3, -7]).tolist()


@pytest.mark.parametrize("in_peak", [[True, False, True], [pd.NA] * 3])
def test_a_score_knows_whether_its_variant_lies_in_a_peak(in_peak):
    shards = shards_of().assign(in_peak=pd.array(in_peak, dtype="boolean"))
    scores = reduce_tracks(shards, answers_of(np.ones((3, 1))), TrackSet("one", [0]))
    assert as_table(scores, SCORES)["in_peak"].to_pylist() == [
        None if each is pd.NA else each for each in in_peak
    ]


def test_a_score_says_whose_it_is():
    answers = answers_of(np.ones((3, 1))).assign(route=["atlas", "model", "atlas"])
    scores = reduce_tracks(shards_of(), answers, TrackSet("one", [0]))
    assert scores["route"].tolist() == ["atlas", "model", "atlas"]
    for name, value in (("model", "m"), ("scorer", "s"), ("window_bp", 2048)):
        assert scores[name].unique() == [value]


def test_two_sources_of_one_variant_get_its_one_answer():
    shards = shards_of(["a", "b"], [ALIGNED[0]] * 2)
    scores = reduce_tracks(shards, answers_of(np.float32([[3]])), TrackSet("one", [0]))
    assert rows_of(scores, "source_id", "raw") == [("a", 3), ("b", 3)]


def test_answers_of_other_variants_are_left_out():
    shards = shards_of(VARIANTS[:1], ALIGNED[:1])
    scores = reduce_tracks(shards, answers_of(np.ones((3, 1))), TrackSet("one", [0]))
    assert scores["source_id"].tolist() == VARIANTS[:1]


def test_no_answer_is_no_score():
    answers = as_table(pd.DataFrame(), ANSWERS).to_pandas()
    scores = reduce_tracks(shards_of(), answers, TrackSet("one", [0]))
    assert as_table(scores, SCORES).num_rows == 0


def test_each_gene_of_a_variant_keeps_its_score():
    raw = np.float32([[1, 2, 30], [-4, 0, 50], [0.5, 0.25, 7]])
    answers = answers_of(raw, quantile=raw / 100).assign(
        variant_id=[ALIGNED[1], ALIGNED[1], ALIGNED[0]], feature_id=["E2", "E1", "E2"]
    )
    scores = reduce_tracks(shards_of(), answers, TrackSet("one", [2], [0]))
    names = ["source_id", "feature_id", "raw", "raw_mismatched"]
    assert rows_of(scores, *names) == [
        (VARIANTS[0], "E2", 7, 0.5),
        (VARIANTS[1], "E1", 50, -4),
        (VARIANTS[1], "E2", 30, 1),
    ]
    assert np.allclose(scores["quantile"] * 100, scores["raw"])
    assert as_table(scores, SCORES).num_rows == 3


def test_a_set_has_its_own_tracks_in_each_list(tmp_path):
    tracks = pd.DataFrame(
        {"output": ["DNASE", "RNA_SEQ.genes", "RNA_SEQ"], "position": [3, 365, 661]}
    )
    write_tsv(tracks, tmp_path / "set.tsv", TRACKS)
    names = ["RNA_SEQ", "RNA_SEQ-501-DIFF_LOG2_SUM", "DNASE-501-DIFF_LOG2_SUM"]
    found = [positions_of(tmp_path / "set.tsv", name, []) for name in names]
    assert found == [[365], [661], [3]]
    assert positions_of([], "table", [0]) == [0]
