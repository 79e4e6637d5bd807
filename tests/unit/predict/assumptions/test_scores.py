import numpy as np
import pytest
from endobench.predict.assumptions.scores import (
    ASSUMPTIONS,
    is_same,
    most_different,
)
from endobench.predict.plan import HOSTED_CALL_S

SECONDS = {each.name: each for each in ASSUMPTIONS}["seconds"]


def test_scores_are_the_same_within_what_canaries_tolerate():
    one = np.float32([1, -1, 0])
    assert is_same(one, one * 1.001)
    assert not is_same(one, one * 1.1)
    assert not is_same(one, one[:2])
    # Whether all tracks have a score is another assumption.
    assert is_same(one, np.float32([1, -1, np.nan]))


def test_a_difference_is_told_beside_the_size_of_scores():
    one, other = np.float32([2, -4]), np.float32([2, -3])
    assert most_different(one, other) == "they differ by at most 1, the largest being 4"
    assert most_different(one, other[:1]) == "2 and 1 tracks"


class Timed:
    """Stands for a probe whose calls took some seconds; nothing is asked."""

    def __init__(self, *seconds):
        self.seconds = {f"scores {n}": each for n, each in enumerate(seconds)}
        self.seconds["tracks"] = 1_000

    def scores(self, *_):
        return []


@pytest.mark.parametrize(
    ("factor", "is_as_assumed"), [(0.1, True), (2, True), (4, False)]
)
def test_a_pace_far_from_the_plans_is_a_difference(factor, is_as_assumed):
    # One slow call is no pace.
    seconds = [factor * HOSTED_CALL_S] * 3 + [100 * HOSTED_CALL_S]
    assert SECONDS.check(Timed(*seconds)).is_as_assumed is is_as_assumed
