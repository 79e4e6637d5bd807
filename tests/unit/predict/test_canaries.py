import types

import numpy as np
import pytest
from endobench.core.errors import InputError
from endobench.model.answer import Answer
from endobench.predict.canaries import (
    ModelChanged,
    OwnCanaries,
    check_canary,
    sample_canaries,
)
from endobench.predict.journal import PLACE


def places_of(*files):
    places = np.full(len(files), -1, dtype=PLACE)
    places["file"] = files
    return places


def answer(*values):
    return Answer("v1", 1, np.float32(values))


@pytest.mark.parametrize(
    ("fraction", "expected"), [(0, 0), (0.01, 20), (0.5, 50), (1, 100)]
)
def test_a_fraction_of_known_answers_is_chosen_but_at_least_twenty(fraction, expected):
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


def question(position):
    return types.SimpleNamespace(position=position)


@pytest.mark.parametrize(
    ("n_answers", "fraction", "expected"),
    [(7, 0.01, 7), (50, 0.01, 20), (3_000, 0.01, 30), (50, 0, 0)],
)
def test_own_canaries_are_at_least_twenty_and_hold_the_first(
    n_answers, fraction, expected
):
    own = OwnCanaries(n_answers, fraction)
    for position in range(n_answers):
        own.add(question(position), {"s": answer(position)})
    positions = [asked.position for asked, _ in own]
    assert len(set(positions)) == expected
    # One change in the course of a run changes the first answers for certain.
    assert set(range(min(5, expected))) <= set(positions)
    for asked, answers in own:
        assert answers["s"].raw == [asked.position]


def test_later_answers_are_drawn_as_often_as_earlier_ones():
    drawn = [0] * 100
    for _ in range(400):
        own = OwnCanaries(100, 0.3)
        for position in range(100):
            own.add(question(position), {})
        for asked, _ in own:
            drawn[asked.position] += 1
    # 25 of the 95 that are not first are drawn each time: 105 of 400, sd 9.
    assert all(60 < count < 150 for count in drawn[5:])


def test_a_track_without_a_value_is_not_compared():
    check_canary(answer(0.5, np.nan), answer(0.5, 1), "s", "here")
    check_canary(answer(0.5, 1), answer(0.5, np.nan), "s", "here")
    with pytest.raises(ModelChanged, match=r"was 0.5, now 0.7 \(track 0\)"):
        check_canary(answer(0.5, np.nan), answer(0.7, 1), "s", "here")
