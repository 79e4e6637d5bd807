"""With as many tissues as GTEx, a variant that 30 of them hold is asked once."""

from tissues import check_calls, write_tissues

N_TISSUES = 49


def test_calls_for_all_gtex_tissues_equal_their_unique_variants(simulated, tmp_path):
    check_calls(simulated, *write_tissues(simulated, tmp_path, N_TISSUES))
