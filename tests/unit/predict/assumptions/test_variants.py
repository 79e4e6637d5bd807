import gzip

import pytest
from endobench.predict.assumptions import variants


def test_the_variants_are_of_grch38(shared_data):
    with gzip.open(shared_data("hg38_chr1_1Mb/hg38_1m.fa.gz"), "rt") as file:
        sequence = "".join(line.strip() for line in file if line[0] != ">")
    for each in (
        variants.SUBSTITUTION,
        variants.INSERTION,
        variants.N_RICH,
        variants.AT_END,
    ):
        first = each.pos - 1
        assert sequence[first : first + len(each.ref)] == each.ref
    wrong = variants.WRONG_REF
    assert sequence[wrong.pos - 1] != wrong.ref
    window = sequence[variants.N_RICH.window_start : variants.N_RICH.window_end]
    assert window.count("N") / len(window) == pytest.approx(0.5, abs=0.01)


def test_windows_lie_inside_the_chromosome_and_hold_their_variant():
    for each in (
        variants.SUBSTITUTION,
        variants.WIDE,
        variants.N_RICH,
        variants.AT_END,
    ):
        assert 0 <= each.window_start < each.pos <= each.window_end
    assert variants.AT_END.window_start == 0
    # The window was moved: the variant is not at its centre.
    assert variants.AT_END.pos < variants.AT_END.window_end / 4
