import types

import numpy as np
import pandas as pd
import pytest
from endobench.core.errors import InputError
from endobench.model.answer import Answer
from endobench.predict.canaries import (
    ModelChanged,
    OwnCanaries,
    check_canary,
    kinds_of,
    sample_canaries,
)
from endobench.predict.journal import PLACE


def places_of(*files):
    places = np.full(len(files), -1, dtype=PLACE)
    places["file"] = files
    return places


def answer(*values, quantile=None):
    quantile = None if quantile is None else np.float32(quantile)
    return Answer("v1", 1, np.float32(values), quantile)


# Insertions and deletions among substitutions.
KINDS = {"substitution": ("A", "C"), "insertion": ("A", "AC"), "deletion": ("AC", "A")}


def rows_of(*kinds):
    return pd.DataFrame([KINDS[kind] for kind in kinds], columns=["ref", "alt"])


def substitutions(number):
    return np.zeros(number, dtype=int)


@pytest.mark.parametrize(
    ("fraction", "expected"), [(0, 0), (0.01, 20), (0.5, 50), (1, 100)]
)
def test_a_fraction_of_known_answers_is_chosen_but_at_least_twenty(fraction, expected):
    places = {"a": places_of(*[0] * 100, *[-1] * 20)}
    chosen = sample_canaries(places, fraction, substitutions(120))
    assert len(chosen) == len(set(chosen)) == expected
    assert all(position < 100 for position in chosen)


def test_an_answer_for_one_of_two_scorers_is_not_chosen():
    places = {"a": places_of(0, 0, -1), "b": places_of(0, -1, 0)}
    assert sample_canaries(places, 1, substitutions(3)) == [0]


def test_without_answers_none_is_chosen():
    assert sample_canaries({"a": places_of(-1, -1)}, 1, substitutions(2)) == []


def test_rounding_is_not_a_change():
    check_canary(answer(0.5, -0.001), answer(0.501, 0.001), "s", "here")
    check_canary(answer(), answer(), "s", "here")


@pytest.mark.parametrize("now", [(0.55, 0), (-0.5, 0), (0.5,), ()])
def test_a_changed_answer_is_reported_with_the_variant_and_both_values(now):
    with pytest.raises(
        InputError, match="here now scores v1 differently.*(0.5|2 tracks).*journal"
    ):
        check_canary(answer(0.5, 0), answer(*now), "s", "here")


def question(position, kind="substitution"):
    ref, alt = KINDS[kind]
    row = types.SimpleNamespace(ref=ref, alt=alt)
    return types.SimpleNamespace(position=position, row=row)


@pytest.mark.parametrize("number", [1, 3, 5, 8, 60])
def test_insertions_and_deletions_are_asked_again_however_few_they_are(number):
    kinds = ["substitution"] * 1_000 + ["insertion"] * number + ["deletion"] * number
    rows = rows_of(*kinds)
    places = {"a": places_of(*[0] * len(rows))}
    chosen = sample_canaries(places, 0.01, kinds_of(rows))
    own = OwnCanaries(kinds_of(rows), 0.01)
    for position, kind in enumerate(kinds):
        own.add(question(position, kind), {})
    for positions in (chosen, [asked.position for asked, _ in own]):
        assert len(set(positions)) == len(positions) == 20
        found = [kinds[position] for position in positions]
        for kind in ("insertion", "deletion"):
            assert found.count(kind) == min(number, 5)


def test_of_few_variants_all_are_asked_again():
    kinds = ["substitution"] * 9 + ["insertion"] * 6 + ["deletion"] * 5
    places = {"a": places_of(*[0] * 20)}
    assert sample_canaries(places, 0.01, kinds_of(rows_of(*kinds))) == [*range(20)]


@pytest.mark.parametrize(
    ("then", "now"), [([0.1, 0.9], None), (None, [0.1, 0.9]), ([0.1, 0.9], [0.1, 0.5])]
)
def test_other_quantiles_of_the_same_scores_are_a_change(then, now):
    pair = [answer(0.5, 1, quantile=quantile) for quantile in (then, now)]
    with pytest.raises(ModelChanged, match="quantile"):
        check_canary(*pair, "s", "here")


def test_other_quantiles_of_nearly_the_same_scores_are_rounding():
    then, now = answer(0, 1, quantile=[0.1, 0.9]), answer(1e-3, 1, quantile=[0.6, 0.9])
    check_canary(then, now, "s", "here")


@pytest.mark.parametrize(
    ("n_answers", "fraction", "expected"),
    [(7, 0.01, 7), (50, 0.01, 20), (3_000, 0.01, 30), (50, 0, 0)],
)
def test_own_canaries_are_at_least_twenty_and_hold_the_first(
    n_answers, fraction, expected
):
    own = OwnCanaries(substitutions(n_answers), fraction)
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
        own = OwnCanaries(substitutions(100), 0.3)
        for position in range(100):
            own.add(question(position), {})
        for asked, _ in own:
            drawn[asked.position] += 1
    assert drawn[:5] == [400] * 5
    # 25 of the 95 that are not first are drawn each time: 105 of 400, sd 9.
    assert all(50 < count < 160 for count in drawn[5:])
    # Those that fill the sample at first, 25 of 95: 2632 of 10,000 draws, sd 38.
    assert 2_400 < sum(drawn[5:30]) < 2_860


def test_a_track_without_a_value_is_not_compared():
    check_canary(answer(0.5, np.nan), answer(0.5, 1), "s", "here")
    check_canary(answer(0.5, 1), answer(0.5, np.nan), "s", "here")
    with pytest.raises(ModelChanged, match=r"was 0.5, now 0.7 \(track 0\)"):
        check_canary(answer(0.5, np.nan), answer(0.7, 1), "s", "here")
