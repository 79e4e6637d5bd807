import numpy as np
import pytest
from endobench.core.errors import InputError
from endobench.model.answer import Answer
from endobench.predict.canaries import check_canary, sample_canaries
from endobench.predict.journal import PLACE


def places_of(*files):
    places = np.full(len(files), -1, dtype=PLACE)
    places["file"] = files
    return places


def answer(*values):
    return Answer("v1", 1, np.float32(values))


@pytest.mark.parametrize(
    ("fraction", "expected"), [(0, 0), (0.01, 1), (0.5, 50), (1, 100)]
)
def test_a_fraction_of_what_is_remembered_is_chosen_rounded_up(fraction, expected):
    places = {"a": places_of(*[0] * 100, *[-1] * 20)}
    chosen = sample_canaries(places, fraction)
    assert len(chosen) == len(set(chosen)) == expected
    assert all(position < 100 for position in chosen)


def test_what_is_remembered_for_one_scorer_of_two_is_not_chosen():
    places = {"a": places_of(0, 0, -1), "b": places_of(0, -1, 0)}
    assert sample_canaries(places, 1) == [0]


def test_nothing_remembered_is_nothing_to_choose():
    assert sample_canaries({"a": places_of(-1, -1)}, 1) == []


def test_rounding_is_no_difference():
    check_canary(answer(0.5, -0.001), answer(0.501, 0.001), "s", "here")
    check_canary(answer(), answer(), "s", "here")


@pytest.mark.parametrize("now", [(0.55, 0), (-0.5, 0), (0.5,), ()])
def test_another_answer_names_the_variant_and_both_values(now):
    with pytest.raises(
        InputError, match="here answers v1 otherwise.*(0.5|2 tracks).*journal"
    ):
        check_canary(answer(0.5, 0), answer(*now), "s", "here")
