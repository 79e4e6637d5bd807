import types

import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import SHARDS, WINDOWS
from endobench.core.tables import as_table
from endobench.design.routes import ATLAS
from endobench.design.routes import MODEL_ITSELF as ITSELF
from endobench.predict.spot_checks import at_window, compare_windows
from frames import fasta, rows_of, variants_of

IDS = ["chr1_50_A_G_b38", "chr1_500_AC_A_b38", "chr1_990_A_G_b38"]


@pytest.fixture
def genome(tmp_path):
    return fasta(tmp_path, chr1="ACGT" * 250)


def placed():
    return variants_of(*IDS).reindex(columns=SHARDS.names)


@pytest.mark.parametrize("window_bp", [16, 128, 1000])
def test_a_window_has_its_size_lies_in_the_chromosome_and_holds_the_variant(
    genome, window_bp
):
    found = at_window(placed(), window_bp, genome)
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


def test_a_window_larger_than_the_chromosome_is_none(genome):
    assert at_window(placed(), 1001, genome).empty


def test_no_variants_have_no_windows(genome):
    assert at_window(placed().iloc[:0], 16, genome).empty


class Remembered:
    """What a shard remembers: by route and scorer, tracks or None of each variant."""

    def __init__(self, ids, window_bp, answers):
        self.rows = pd.DataFrame({"variant_id": ids})
        scorers = list(next(iter(answers.values())))
        self.request = types.SimpleNamespace(scorers=scorers, window_bp=window_bp)
        self._answers = answers
        self.places = {
            route: {
                scorer: [{"n_tracks": len(each or ())} for each in values]
                for scorer, values in scorers.items()
            }
            for route, scorers in answers.items()
        }

    def model_of(self, scorer):
        return f"model of {scorer}"

    def answer(self, route, scorer, position):
        return types.SimpleNamespace(
            raw=np.array(self._answers[route][scorer][position])
        )


def test_windows_are_laid_side_by_side_by_variant_whatever_the_order():
    here = Remembered(IDS, 16, {ITSELF: {"s": [[1, 3], [5, 7], [9, 9]]}})
    there = Remembered(IDS[::-1][:2], 128, {ITSELF: {"s": [[1, 1], [4, 4]]}})
    found = compare_windows(here, there)
    assert rows_of(found, "variant_id", "raw", "other_raw") == [
        (IDS[2], 9, 1),
        (IDS[1], 6, 4),
    ]
    assert set(found["window_bp"]) == {16} and set(found["other_window_bp"]) == {128}
    assert set(found["model"]) == {"model of s"}
    assert as_table(found, WINDOWS).num_rows == 2


def test_a_variant_without_an_answer_at_either_window_is_left_out():
    here = Remembered(IDS, 16, {ITSELF: {"s": [[1], None, [2]], "r": [[1], [2], [3]]}})
    there = Remembered(IDS, 128, {ITSELF: {"s": [[3], [4], None], "r": [None] * 3}})
    found = compare_windows(here, there)
    assert rows_of(found, "variant_id", "scorer") == [(IDS[0], "s")]


def test_the_atlas_answer_is_taken_where_there_is_one():
    answers = {ATLAS: {"s": [[1], None]}, ITSELF: {"s": [[5], [6]]}}
    here = Remembered(IDS[:2], 16, answers)
    there = Remembered(IDS[:2], 128, {ITSELF: {"s": [[0], [0]]}})
    assert compare_windows(here, there)["raw"].tolist() == [1, 6]


def test_nothing_remembered_is_an_empty_table():
    here = there = Remembered(IDS, 16, {ITSELF: {"s": [None] * 3}})
    found = compare_windows(here, there)
    assert found.empty and list(found) == WINDOWS.names
