"""As many tissues as GTEx has: a variant of 30 of them is asked once."""

from tissues import check_calls, write_tissues

N_TISSUES = 49


def test_calls_of_all_of_gtexs_tissues_equal_their_unique_variants(simulated, tmp_path):
    check_calls(simulated, *write_tissues(simulated, tmp_path, N_TISSUES))
