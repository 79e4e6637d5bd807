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


GENES = np.array(["ENSG1", "ENSG2"])


def by_gene(values, genes=lambda number: GENES, scorer="RNA_SEQ"):
    """Return the first complaint about answers by gene; see `first_complaint`."""
    sameness = Sameness()
    for number, raw in enumerate(values):
        ids = genes(number)
        answer = Answer("v", 0, np.float32(raw)[: len(ids)], feature_ids=ids)
        if words := sameness.add(scorer, answer):
            return number, words
    return None


def test_genes_have_other_scores_for_other_variants():
    number, words = by_gene([[[1, 2], [3, 4]]] * N)
    assert number == 50
    assert words == (
        "gave 50 variants in a row the same scores of RNA_SEQ, such as 1 for ENSG1 in"
        " track 0"
    )
    # Whichever of them lie in a window, and though some are silent, or are in none.
    assert by_gene([[[0, 0], [3, 4]]] * N)[1].endswith("3 for ENSG2 in track 0")
    assert by_gene([[[1, 2], [3, 4]]] * N, lambda n: GENES[: 1 + n % 2])[0] < N
    assert by_gene([[[1, 2]]] * N, lambda n: np.array([f"ENSG{n}"]))[0] == 50
    assert by_gene([[[1, 2], [3, 4]]] * N, lambda n: GENES[: n % 3])[0] < N


def test_a_gene_has_other_scores_in_other_tracks():
    number, words = by_gene([[[each, each], [-each, -each]] for each in range(1, N)])
    assert number == 49
    assert "one score of RNA_SEQ for all 2 tracks, such as 50 for ENSG1" in words


@pytest.mark.parametrize(
    ("values", "options"),
    [
        ([[[0, 0], [0, 0]]] * 2_000, {}),
        ([[[np.nan, np.nan], [number, 1]] for number in range(N)], {}),
        # Of one gene they are all alike, as far as they are known.
        ([[[1, 2], [number, 4]] for number in range(N)], {}),
        # No gene is in two of them.
        (
            [[[1, number]] for number in range(N)],
            {"genes": lambda number: np.array([f"ENSG{number}"])},
        ),
        # Variants that change nothing leave a gene at the level of its own.
        ([[[1, 2], [3, 4]]] * N, {"scorer": "RNA_SEQ_ACTIVE"}),
    ],
    ids=["silent", "without a number", "one gene", "other genes", "levels"],
)
def test_answers_by_gene_that_may_be_a_models_are_not_complained_about(values, options):
    assert by_gene(values, **options) is None


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
