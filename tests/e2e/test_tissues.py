"""Tissues share their predictions: a variant is asked once, however many hold it."""

from tissues import check_calls, write_tissues


def test_calls_for_all_tissues_equal_their_unique_variants(simulated, tmp_path):
    check_calls(simulated, *write_tissues(simulated, tmp_path, 4, ["chr3"]))
