import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import ANSWERS
from endobench.core.errors import InputError
from endobench.core.tables import as_table, read_frame, write_table
from endobench.design.routes import ATLAS_WINDOW_BP
from endobench.model.answer import Answer
from endobench.predict.answers import (
    answers_table,
    read_answers,
    write_answers,
)
from endobench.predict.shard import Request, Shard
from frames import ALIGNED_IDS as ALIGNED
from frames import VARIANT_IDS as VARIANTS
from frames import answers_of, rows_of, variants_of
from hypothesis import given, settings
from hypothesis import strategies as st


def test_answers_keep_their_values_and_their_routes():
    answers = [
        Answer("v1", 7, np.float32([2, 3])),
        Answer("v2", 5, np.float32([0.5, 1]), np.float32([0, 1])),
    ]
    table = answers_table(answers, ["model", "atlas"], "m", "s", 2048, [0, 1])
    assert table.schema == ANSWERS
    assert table["variant_id"].to_pylist() == ["v1", "v2"]
    assert table["route"].to_pylist() == ["model", "atlas"]
    assert table["raw"].to_pylist() == [[2, 3], [0.5, 1]]
    assert table["quantile"].to_pylist() == [None, [0, 1]]
    assert table["window_bp"].to_pylist() == [2048, 2048]


def test_no_answers_are_a_table_without_rows():
    assert answers_table([], [], "m", "s", 2048).num_rows == 0


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
    """Write answers of one track, or without tracks if the value is None."""
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


def test_the_model_answers_what_the_atlas_lacks(tmp_path):
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


def test_all_tracks_of_a_variant_take_little_space(tmp_path):
    answers = answers_of_many_tracks(600)
    with shard_of_many_tracks(tmp_path, answers) as shard:
        frame = written(shard, tmp_path, {"DNASE": [7]})
    assert (
        np.stack(frame["raw"]).tobytes()
        == np.stack([answer.raw for answer in answers]).tobytes()
    )
    size = (tmp_path / "answers.parquet").stat().st_size
    assert size <= 1_500 * len(answers)
    # Four bytes per track, without quantiles.
    assert size <= 4 * N_TRACKS * len(answers)


def test_quantiles_are_kept_for_the_requested_tracks(tmp_path):
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
    # The answers themselves are unchanged.
    assert np.isfinite(expected).all()


def test_a_model_without_quantiles_has_none_to_keep(tmp_path):
    answers = [answer._replace(quantile=None) for answer in answers_of_many_tracks(2)]
    with shard_of_many_tracks(tmp_path, answers) as shard:
        assert written(shard, tmp_path, {"DNASE": [7]})["quantile"].isna().all()


def test_only_the_tracks_of_the_sets_are_read(tmp_path):
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
    with (
        pytest.raises(InputError, match="was deleted while answers were written"),
        shard_of(tmp_path / "journal", VARIANTS) as shard,
    ):
        remember(shard, "model", SCORERS[0], **{"1_10_A_G": 1.0})
        for path in tmp_path.rglob("*.journal"):
            path.unlink()
        with pytest.raises(OSError):
            write_answers(shard, tmp_path / "answers.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["journal"]
