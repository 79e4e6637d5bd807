import pytest
from endobench.benchmark import gene_pairs, repeated
from endobench.design.reasons import REASONS, meaning_of, reason_words


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_has_words_and_a_meaning(reason):
    words, meaning = reason_words(reason), meaning_of(reason)
    assert words and "_" not in words
    assert meaning and not meaning.endswith(".") and "|" not in meaning


def test_reasons_of_single_pairs_are_explained():
    aligned = (repeated.ALIGNED, repeated.ALIGNED_CONFLICT, repeated.ALIGNED_OPPOSITE)
    assert {*gene_pairs.REASONS, gene_pairs.NOT_A_NUMBER, *aligned} <= set(REASONS)


def test_rows_that_are_kept_have_no_reason_to_explain():
    assert reason_words("scored pairs") == "scored pairs"
    assert meaning_of("scored pairs") == ""
