import numpy as np
import pytest
from asking import SCORER, remembered, run
from endobench.core.errors import InputError
from endobench.model.answer import Answer
from endobench.predict.sameness import Sameness
from liars import Liar, counts, of_values
from servers import serving, substitutions

N = 90


@pytest.fixture(scope="module")
def rows(genome):
    return substitutions(genome[1], range(9_000, 9_000 + N))


def first_complaint(values, **more):
    """Return the number of the answer that is complained about, and the words."""
    sameness = Sameness()
    for number, raw in enumerate(values):
        if words := sameness.add(SCORER, Answer("v", 0, np.float32(raw), **more)):
            return number, words
    return None


def test_fifty_answers_that_are_equal_cannot_be_a_models():
    number, words = first_complaint([[1, 2]] + [[3, 4]] * N)
    assert number == 51
    assert words == (
        f"gave 50 variants in a row the same scores of {SCORER}, such as 3 in track 0"
    )
    missing = [[np.nan, 1]] * N
    assert first_complaint(missing)[0] == 50


def test_fifty_answers_of_equal_tracks_cannot_be_a_models():
    number, words = first_complaint([[each, each] for each in range(N)])
    assert number == 49
    assert "one score of DNASE-501-DIFF_LOG2_SUM for all 2 tracks" in words


def test_zeros_may_agree_for_longer():
    number, words = first_complaint([[0, 0]] * 2_000)
    assert number == 999
    assert words.startswith("gave 1,000 variants in a row one score")


@pytest.mark.parametrize(
    "values",
    [
        [[number % 45 == 0, 1] for number in range(9 * N)],
        [[number] for number in range(N)],
        [[]] * N,
    ],
    ids=["a change now and then", "one track", "not held"],
)
def test_answers_that_may_be_a_models_are_not_complained_about(values):
    assert first_complaint(values) is None


def test_variants_without_a_gene_may_have_equal_answers():
    ids = np.array([], dtype=str)
    assert first_complaint([np.empty((0, 3))] * N, feature_ids=ids) is None


def stuck(values, first=[]):  # noqa: B006
    first.append(values)
    return first[0]


@pytest.mark.services
@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (of_values(stuck), "the same scores"),
        # By layer, of which the second holds quantiles.
        (of_values(lambda v: v * 0 + np.float32([[[0.5]], [[0.1]]])), "one score"),
        (
            of_values(lambda v: np.repeat(v.mean(-1, keepdims=True), 8, -1)),
            "one score of .* for all 8 tracks",
        ),
    ],
    ids=["stuck", "constant", "averaged"],
)
def test_a_server_that_gives_all_variants_or_tracks_one_score_is_not_paid_on(
    genome, rows, tmp_path, lie, words
):
    with serving(genome[0], Liar, lie=lie) as (service, address):
        with pytest.raises(InputError, match=f"here gave 50 variants in a row {words}"):
            run(rows, address, tmp_path)
        n_calls = len(service.journal)
        assert 50 <= n_calls < N
        # What was paid for is kept, and is neither used nor paid for again.
        with pytest.raises(InputError, match="changed.txt: here gave 50 variants"):
            run(rows, address, tmp_path)
        assert len(service.journal) == n_calls
        assert set(counts(service).values()) == {1}
    assert len(remembered(rows, tmp_path)) >= 50
