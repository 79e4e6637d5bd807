import pytest
from endobench.core.columns import SHARDS, WINDOWS
from endobench.core.tables import as_table
from endobench.design.routes import MODEL_ITSELF
from endobench.predict.spot_checks.windows import at_window, compare_windows
from frames import fasta, rows_of, variants_of
from remembered import IDS, Remembered


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


def test_without_answers_the_table_is_empty():
    here = there = Remembered(IDS, 16, {MODEL_ITSELF: {"s": [None] * 3}})
    found = compare_windows(here, there)
    assert found.empty and list(found) == WINDOWS.names
