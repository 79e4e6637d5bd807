import logging

import numpy as np
import pandas as pd
import pytest
from endobench.columns import (
    ANSWERS,
    DROPPED,
    FAILURES,
    SCORE_TABLE,
    SCORES,
)
from endobench.errors import InputError
from endobench.journal import Answer
from endobench.qtl import Parsed
from endobench.routes import ATLAS_WINDOW_BP
from endobench.scores import (
    answers_frame,
    answers_from_table,
    read_answers,
    reduce_tracks,
    score_table,
    write_answers,
)
from endobench.shard import Request, Shard
from endobench.tables import as_table, read_frame, write_table
from frames import ALIGNED_IDS as ALIGNED
from frames import VARIANT_IDS as VARIANTS
from frames import effects_of, rows_of, shards_of, variants_of
from hypothesis import given, settings
from hypothesis import strategies as st


def table_of(**scores):
    ids = [f"chr{name}_b38" for name in scores]
    return variants_of(*ids).assign(source_id=ids, score=list(scores.values()))


def test_answers_keep_their_values_and_their_routes():
    answers = [
        Answer("v1", 7, np.float32([2, 3])),
        Answer("v2", 5, np.float32([0.5, 1]), np.float32([0, 1])),
    ]
    frame = answers_frame(answers, ["model", "atlas"], "m", "s")
    table = as_table(frame.assign(window_bp=2048), ANSWERS)
    assert table["variant_id"].to_pylist() == ["v1", "v2"]
    assert table["route"].to_pylist() == ["model", "atlas"]
    assert table["raw"].to_pylist() == [[2, 3], [0.5, 1]]
    assert table["quantile"].to_pylist() == [None, [0, 1]]
    assert table["window_bp"].to_pylist() == [2048, 2048]


def test_no_answer_is_a_table_without_rows():
    assert as_table(answers_frame([], [], "m", "s"), ANSWERS).num_rows == 0


SCORERS = ["DNASE-501-DIFF_LOG2_SUM", "ATAC-501-DIFF_LOG2_SUM"]
TRACKS = pd.DataFrame({"track": ["a", "b"], "output": ["DNASE", "ATAC"]})


def shard_of(folder, ids, policy="model", window_bp=16_384, scorers=SCORERS):
    """Return a shard of variants, whose windows all start at 0."""
    rows = variants_of(*ids).assign(source_id=ids, window_start=0, shift_bp=0)
    return Shard(
        rows,
        TRACKS.assign(model="m/" + TRACKS["output"]),
        Request(scorers, window_bp, policy),
        journal=folder,
        name="chr1",
        genome_digest="0" * 64,
    )


def remember(shard, route, scorer, **values):
    """Write answers of one track down, or none where the value is None."""
    for name, value in values.items():
        raw = np.float32([] if value is None else [value])
        shard.journals[route][scorer].append(Answer(f"chr{name}_b38", 0, raw))
    shard.look()


def written(shard, folder, *quantile_positions):
    write_answers(shard, folder / "answers.parquet", *quantile_positions)
    return read_frame(folder / "answers.parquet", ANSWERS)


@given(order=st.permutations(range(3)))
@settings(max_examples=6)
def test_answers_are_written_by_scorer_and_variant_whatever_their_order(
    tmp_path_factory, order
):
    folder = tmp_path_factory.mktemp("shard")
    values = {"1_10_A_G": 0.5, "1_20_AC_A": -1.0, "2_30_C_T": 2.0}
    names = [list(values)[place] for place in order]
    with shard_of(folder, [VARIANTS[place] for place in order]) as shard:
        remember(shard, "model", SCORERS[1], **dict.fromkeys(names, 7.0))
        remember(shard, "model", SCORERS[0], **{name: values[name] for name in names})
        frame = written(shard, folder)
    assert rows_of(frame, "variant_id", "scorer", "model", "raw") == [
        (VARIANTS[0], SCORERS[0], "m/DNASE", [0.5]),
        (VARIANTS[1], SCORERS[0], "m/DNASE", [-1]),
        (VARIANTS[2], SCORERS[0], "m/DNASE", [2]),
        *((name, SCORERS[1], "m/ATAC", [7]) for name in VARIANTS),
    ]
    assert frame["window_bp"].tolist() == [16_384] * 6


def test_only_what_was_answered_is_written(tmp_path):
    with shard_of(tmp_path, VARIANTS) as shard:
        assert written(shard, tmp_path).empty
        remember(shard, "model", SCORERS[1], **{"2_30_C_T": 1.0, "9_9_A_G": 3.0})
        frame = written(shard, tmp_path)
    assert rows_of(frame, "variant_id", "scorer") == [(VARIANTS[2], SCORERS[1])]


def test_a_shard_without_variants_has_no_answers(tmp_path):
    with shard_of(tmp_path, []) as shard:
        assert written(shard, tmp_path).empty


def test_what_the_atlas_lacks_is_the_models_answer(tmp_path):
    ids = ["chr1_10_A_G_b38", "chr1_11_A_G_b38", "chr1_20_AC_A_b38"]
    for policy, expected in (
        (
            "auto",
            [(ids[0], "atlas", [1]), (ids[1], "model", [2]), (ids[2], "model", [3])],
        ),
        ("atlas", [(ids[0], "atlas", [1])]),
    ):
        with shard_of(
            tmp_path / policy, ids, policy, ATLAS_WINDOW_BP, SCORERS[:1]
        ) as one:
            remember(one, "atlas", SCORERS[0], **{"1_10_A_G": 1.0, "1_11_A_G": None})
            remember(one, "model", SCORERS[0], **{"1_11_A_G": 2.0, "1_20_AC_A": 3.0})
            frame = written(one, tmp_path)
        assert rows_of(frame, "variant_id", "route", "raw") == expected


def test_many_answers_are_all_written(tmp_path):
    numbers = range(1_000, 3_500)
    ids = [f"chr1_{number}_A_G_b38" for number in numbers]
    with shard_of(tmp_path, ids, scorers=SCORERS[:1]) as shard:
        remember(shard, "model", SCORERS[0], **{f"1_{n}_A_G": n for n in numbers})
        frame = written(shard, tmp_path)
    assert frame["variant_id"].tolist() == ids
    assert np.concatenate(frame["raw"]).tolist() == list(numbers)


N_TRACKS = 305
DNASE_TRACKS = pd.DataFrame({"track": np.arange(N_TRACKS).astype(str)})
DNASE_TRACKS = DNASE_TRACKS.assign(output="DNASE", model="m/DNASE")


def shard_of_many_tracks(folder, answers):
    """Return a shard of one scorer that remembers answers of 305 tracks."""
    ids = [answer.variant_id for answer in answers]
    shard = Shard(
        variants_of(*ids).assign(source_id=ids, window_start=0, shift_bp=0),
        DNASE_TRACKS,
        Request(SCORERS[:1], 16_384, "model"),
        journal=folder,
        name="chr1",
        genome_digest="0" * 64,
    )
    for answer in answers:
        shard.journals["model"][SCORERS[0]].append(answer)
    shard.look()
    return shard


def answers_of_many_tracks(n):
    """Return answers whose scores spread as a model's do: some large, most small."""
    rng = np.random.default_rng(1)
    size = np.exp(rng.normal(-3, 1, (n, 1)))
    raw = size * (0.8 * rng.normal(size=(n, 1)) + 0.6 * rng.normal(size=(n, N_TRACKS)))
    raw, quantile = np.float32(raw), np.float32(np.tanh(4 * raw))
    return [
        Answer(f"chr1_{1_000_000 + 37 * at}_A_G_b38", 0, raw[at], quantile[at])
        for at in range(n)
    ]


def test_all_tracks_of_a_variant_take_no_more_than_they_must(tmp_path):
    answers = answers_of_many_tracks(600)
    with shard_of_many_tracks(tmp_path, answers) as shard:
        frame = written(shard, tmp_path, {"DNASE": [7]})
    assert (
        np.stack(frame["raw"]).tobytes()
        == np.stack([answer.raw for answer in answers]).tobytes()
    )
    size = (tmp_path / "answers.parquet").stat().st_size
    assert size <= 1_500 * len(answers)
    # Nearer to what four bytes a track are than to what quantiles would add.
    assert size <= 4 * N_TRACKS * len(answers)


def test_quantiles_are_kept_of_the_tracks_that_are_asked_for(tmp_path):
    answers = answers_of_many_tracks(3)
    with shard_of_many_tracks(tmp_path, answers) as shard:
        frame = written(shard, tmp_path, {"DNASE": [7, 300], "ATAC": [1]})
        none = written(shard, tmp_path, {"ATAC": [1]})
        assert written(shard, tmp_path)["quantile"].isna().all()
    kept = np.stack(frame["quantile"])
    expected = np.stack([answer.quantile for answer in answers])
    assert (kept[:, [7, 300]] == expected[:, [7, 300]]).all()
    assert np.isnan(np.delete(kept, [7, 300], axis=1)).all()
    assert none["quantile"].isna().all()
    # The answers themselves are as they were.
    assert np.isfinite(expected).all()


def test_a_model_without_quantiles_has_none_to_keep(tmp_path):
    answers = [answer._replace(quantile=None) for answer in answers_of_many_tracks(2)]
    with shard_of_many_tracks(tmp_path, answers) as shard:
        assert written(shard, tmp_path, {"DNASE": [7]})["quantile"].isna().all()


def test_only_what_sets_need_is_read(tmp_path):
    raw = np.float32([[1, 2, 3, 4, 5], [10, 20, 30, 40, 50]])
    frame = answers_of(raw, quantile=raw / 100)
    paths = [tmp_path / f"{name}.parquet" for name in ("a", "b", "none")]
    write_table(frame.iloc[:1], paths[0], ANSWERS)
    others = frame.assign(scorer="other")
    write_table(pd.concat([others, frame.iloc[1:]]), paths[1], ANSWERS)
    write_table(frame.iloc[:0], paths[2], ANSWERS)
    answers, one, two, none = read_answers(paths, "s", [3], pd.Series([4, 1]), [])
    assert answers["variant_id"].tolist() == ALIGNED[:2]
    assert np.stack(answers["raw"]).tolist() == [[2, 4, 5], [20, 40, 50]]
    assert np.allclose(np.stack(answers["quantile"]) * 100, np.stack(answers["raw"]))
    assert answers[["ref_value", "alt_value"]].isna().all(axis=None)
    assert (one.tolist(), two.tolist(), none.tolist()) == ([1], [2, 0], [])
    assert as_table(answers, ANSWERS).num_rows == 2
    nothing, _ = read_answers(paths, "unknown", [0])
    assert nothing.empty


@pytest.mark.parametrize("raw", [[[1.0, 2.0], [3.0, 4.0, 5.0, 6.0]], [[1.0], []]])
def test_answers_of_different_numbers_of_tracks_are_refused(tmp_path, raw):
    answers = pd.DataFrame({"variant_id": ["a", "b"], "scorer": "s", "raw": raw})
    write_table(answers, tmp_path / "answers", ANSWERS)
    with pytest.raises(InputError, match="answers: column 'raw': answers of"):
        read_answers([tmp_path / "answers"], "s", [0])


def test_answers_that_cannot_be_read_leave_no_file(tmp_path):
    with shard_of(tmp_path / "journal", VARIANTS) as shard:
        remember(shard, "model", SCORERS[0], **{"1_10_A_G": 1.0})
        for path in tmp_path.rglob("*.journal"):
            path.unlink()
        with pytest.raises(OSError):
            write_answers(shard, tmp_path / "answers.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["journal"]


def test_exchanged_alleles_negate_the_score(caplog):
    table = table_of(**{"1_10_G_A": 0.5, "1_20_AC_A": -2.0, "2_30_C_G": 9.0})
    with caplog.at_level(logging.INFO):
        answers, missing = answers_from_table(variants_of(*VARIANTS), table, "m")
    assert list(answers) == ANSWERS.names and list(missing) == FAILURES.names
    found = dict(rows_of(answers, "variant_id", "raw"))
    assert {key: value.tolist() for key, value in found.items()} == {
        VARIANTS[0]: [-0.5],
        VARIANTS[1]: [-2.0],
    }
    assert rows_of(missing, "variant_id", "grpc_status", "attempts") == [
        (VARIANTS[2], "NOT_IN_TABLE", 0)
    ]
    for frame in (answers, missing):
        assert frame["route"].unique() == frame["scorer"].unique() == ["table"]
    assert "2 of 3 variants have a score, 1 of them with REF and ALT" in caplog.text


def test_the_alleles_as_given_come_before_the_exchanged_ones():
    table = table_of(**{"1_10_G_A": 0.5, "1_10_A_G": 0.25})
    answers, _ = answers_from_table(variants_of(VARIANTS[0]), table, "m")
    assert answers["raw"].iloc[0].tolist() == [0.25]


def test_an_exchanged_indel_is_another_variant():
    table = table_of(**{"1_20_A_AC": 0.5})
    answers, missing = answers_from_table(variants_of(VARIANTS[1]), table, "m")
    assert answers.empty and len(missing) == 1


def test_a_variant_is_found_by_the_id_that_the_table_gave_it():
    table = table_of(**{"1_17_GA_G": 0.5}).assign(source_id=VARIANTS[1])
    answers, missing = answers_from_table(variants_of(*VARIANTS[1:]), table, "m")
    assert rows_of(answers, "variant_id") == [(VARIANTS[1],)]
    assert answers["raw"].iloc[0].tolist() == [0.5]
    assert missing["variant_id"].tolist() == [VARIANTS[2]]


def test_another_position_or_chromosome_is_another_variant():
    table = table_of(**{"1_11_A_G": 1.0, "2_10_A_G": 1.0, "1_10_A_C": 1.0})
    answers, missing = answers_from_table(variants_of(VARIANTS[0]), table, "m")
    assert answers.empty and len(missing) == 1


@given(
    score=st.floats(-5, 5, width=32),
    rows=st.permutations(VARIANTS),
    is_swapped=st.booleans(),
)
@settings(max_examples=20)
def test_every_variant_has_an_answer_or_is_missing(score, rows, is_swapped):
    key = "1_10_G_A" if is_swapped else "1_10_A_G"
    answers, missing = answers_from_table(
        variants_of(*rows), table_of(**{key: score}), "m"
    )
    assert answers["raw"].iloc[0].tolist() == [-score if is_swapped else score]
    assert sorted([*answers["variant_id"], *missing["variant_id"]]) == sorted(rows)


def answers_of(raw, **others):
    columns = {name: list(np.float32(value)) for name, value in others.items()}
    frame = pd.DataFrame(
        {"variant_id": ALIGNED[: len(raw)], "raw": list(raw), **columns}
    )
    frame = frame.assign(model="m", route="model", scorer="s", window_bp=2048)
    return frame.reindex(columns=ANSWERS.names)


def test_a_variant_as_it_is_comes_before_the_exchanged_one():
    effects = effects_of(*((VARIANTS[0], "f", score) for score in (1.0, -2.0)))
    effects = effects.assign(source_id=[VARIANTS[0], None])
    parsed = Parsed(variants_of(VARIANTS[0]), effects, effects_of()[:0], 2)
    table, lost = score_table(parsed)
    assert table["score"].tolist() == [1.0]
    assert lost["reason"].tolist() == ["exchanged_duplicate"]


def test_a_score_is_the_mean_over_the_set():
    raw = np.float32([[1, 2, 30], [-4, 0, 50], [0.5, 0.25, 7]])
    answers = answers_of(raw, ref_value=raw + 1, alt_value=raw * 2)
    scores = reduce_tracks(shards_of(), answers, np.array([0, 1]), "set")
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
    scores = reduce_tracks(shards_of(), answers_of(raw), np.arange(100_000), "all")
    assert scores["raw"].iloc[0] == pytest.approx(
        np.float64(np.float32(0.1)), rel=1e-12
    )


def test_a_quantile_is_of_one_track_alone():
    answers = answers_of(np.float32([[1, 2]] * 3), quantile=[[0.25, 0.75]] * 3)
    one = reduce_tracks(shards_of(), answers, np.array([1]), "one")
    both = reduce_tracks(shards_of(), answers, np.array([0, 1]), "both")
    assert one["quantile"].tolist() == [0.75] * 3
    assert both["quantile"].isna().all()


def test_values_that_a_model_does_not_give_stay_missing():
    scores = reduce_tracks(shards_of(), answers_of(np.ones((3, 1))), [0], "one")
    assert scores[["quantile", "ref_value", "alt_value"]].isna().all(axis=None)
    assert scores["raw"].tolist() == [1, 1, 1]


def test_another_tissues_score_is_the_mean_over_its_own_tracks():
    raw = np.float32([[1, 2, 30], [-4, 0, 50], [0.5, 0.25, 7]])
    answers = answers_of(raw)
    scores = reduce_tracks(shards_of(), answers, [0], "set", mismatched=[1, 2])
    assert scores["raw"].tolist() == [1, -4, 0.5]
    assert scores["raw_mismatched"].tolist() == [16, 25, 3.625]
    assert scores["n_tracks"].unique() == [1]
    # Without such a set there is no such score.
    alone = reduce_tracks(shards_of(), answers, [0], "set")
    assert alone["raw_mismatched"].isna().all()
    pd.testing.assert_frame_equal(
        alone.drop(columns="raw_mismatched"), scores.drop(columns="raw_mismatched")
    )


REDUCED = {"mean": [1.5, -2.0, 0.25], "max_abs": [2.0, -4.0, 0.5]}


@pytest.mark.parametrize("reduction", ["mean", "pc1", "max_abs"])
def test_a_set_and_another_tissues_are_reduced_in_the_same_way(reduction):
    raw = np.float32([[1, 2, 30, 9], [-4, 0, 50, 9], [0.5, 0, 7, 9]])
    answers = answers_of(raw, ref_value=raw + 1, alt_value=raw * 2)
    scores = reduce_tracks(
        shards_of(), answers, [0, 1], "set", mismatched=[2, 3], reduction=reduction
    )
    exchanged = reduce_tracks(
        shards_of(), answers, [2, 3], "set", mismatched=[0, 1], reduction=reduction
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
    options = {"track_set": "set", "reduction": "pc1"}
    once = reduce_tracks(shards_of(ids, ids), answers, range(4), **options)
    shards = shards_of(
        [*ids, *(f"{each}x" for each in ids[:n_twice])], ids + ids[:n_twice]
    )
    shards = pd.concat([shards.iloc[order], shards.iloc[6:]])
    found = reduce_tracks(shards, answers.iloc[order], range(4), **options)
    expected = dict(zip(ids, once["raw"], strict=True))
    assert found["raw"].tolist() == [expected[each] for each in found["variant_id"]]
    assert len(found) == 6 + n_twice


def test_a_component_is_of_the_benchmarks_own_variants():
    raw = np.float32([[1, 2], [2, 1], [300, -300]])
    shards = shards_of(VARIANTS[:2], ALIGNED[:2])
    found = reduce_tracks(shards, answers_of(raw), [0, 1], "set", reduction="pc1")
    assert np.allclose(found["raw"], 3 / np.sqrt(2))


@pytest.mark.parametrize("reduction", ["mean", "pc1", "max_abs"])
def test_one_track_is_its_own_score_whatever_the_reduction(reduction):
    answers = answers_of(np.float32([[1, -0.1], [2, 0.3], [3, -7]]))
    found = reduce_tracks(shards_of(), answers, [1], "one", reduction=reduction)
    assert np.float32(found["raw"]).tolist() == np.float32([-0.1, 0.3, -7]).tolist()


@pytest.mark.parametrize("in_peak", [[True, False, True], [pd.NA] * 3])
def test_a_score_knows_whether_its_variant_lies_in_a_peak(in_peak):
    shards = shards_of().assign(in_peak=pd.array(in_peak, dtype="boolean"))
    scores = reduce_tracks(shards, answers_of(np.ones((3, 1))), [0], "one")
    assert as_table(scores, SCORES)["in_peak"].to_pylist() == [
        None if each is pd.NA else each for each in in_peak
    ]


def test_a_score_says_whose_it_is():
    answers = answers_of(np.ones((3, 1))).assign(route=["atlas", "model", "atlas"])
    scores = reduce_tracks(shards_of(), answers, [0], "one")
    assert scores["route"].tolist() == ["atlas", "model", "atlas"]
    for name, value in (("model", "m"), ("scorer", "s"), ("window_bp", 2048)):
        assert scores[name].unique() == [value]


def test_two_sources_of_one_variant_get_its_one_answer():
    shards = shards_of(["a", "b"], [ALIGNED[0]] * 2)
    scores = reduce_tracks(shards, answers_of(np.float32([[3]])), [0], "one")
    assert rows_of(scores, "source_id", "raw") == [("a", 3), ("b", 3)]


def test_answers_of_other_variants_are_left_out():
    shards = shards_of(VARIANTS[:1], ALIGNED[:1])
    scores = reduce_tracks(shards, answers_of(np.ones((3, 1))), [0], "one")
    assert scores["source_id"].tolist() == VARIANTS[:1]


def test_no_answer_is_no_score():
    answers = as_table(pd.DataFrame(), ANSWERS).to_pandas()
    scores = reduce_tracks(shards_of(), answers, [0], "one")
    assert as_table(scores, SCORES).num_rows == 0


def test_a_variant_with_several_scores_has_none():
    effects = effects_of((VARIANTS[0], "f1", 1.0), (VARIANTS[2], "f1", 0.5))
    effects = pd.concat([effects, effects_of((VARIANTS[0], "f2", 2.0))])
    before = pd.DataFrame(
        [["variants", "duplicate", "v", 9, ""]], columns=DROPPED.names
    )
    parsed = Parsed(variants_of(*VARIANTS), effects.reset_index(drop=True), before, 4)
    table, lost = score_table(parsed)
    assert rows_of(table, *SCORE_TABLE.names) == [
        (VARIANTS[2], "chr2", 30, "C", "T", VARIANTS[2], 0.5)
    ]
    assert rows_of(lost, "reason", "variant_id", "value") == [
        ("duplicate", "v", ""),
        ("several_scores", VARIANTS[0], "1.0"),
        ("several_scores", VARIANTS[0], "2.0"),
    ]
