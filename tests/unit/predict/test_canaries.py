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
def test_a_fraction_of_known_answers_is_chosen_rounded_up(fraction, expected):
    places = {"a": places_of(*[0] * 100, *[-1] * 20)}
    chosen = sample_canaries(places, fraction)
    assert len(chosen) == len(set(chosen)) == expected
    assert all(position < 100 for position in chosen)


def test_an_answer_for_one_of_two_scorers_is_not_chosen():
    places = {"a": places_of(0, 0, -1), "b": places_of(0, -1, 0)}
    assert sample_canaries(places, 1) == [0]


def test_without_answers_none_is_chosen():
    assert sample_canaries({"a": places_of(-1, -1)}, 1) == []


def test_rounding_is_not_a_change():
    check_canary(answer(0.5, -0.001), answer(0.501, 0.001), "s", "here")
    check_canary(answer(), answer(), "s", "here")


@pytest.mark.parametrize("now", [(0.55, 0), (-0.5, 0), (0.5,), ()])
def test_a_changed_answer_is_reported_with_the_variant_and_both_values(now):
    with pytest.raises(
        InputError, match="here now scores v1 differently.*(0.5|2 tracks).*journal"
    ):
        check_canary(answer(0.5, 0), answer(*now), "s", "here")
