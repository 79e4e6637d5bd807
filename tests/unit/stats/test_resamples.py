"""Resamples say how often each pair was drawn, and where metrics are defined."""

import numpy as np
import pytest
from endobench.stats.agreement import Signed, Unsigned

EFFECT = np.array([3.0, -1.0, 2.0, 2.0, -2.0, 1.0])
SCORE = np.array([1.0, 0.0, 2.0, 2.0, 2.0, 2.0])
BLOCK = np.array([0, 0, 1, 2, 2, 1])
COUNTS = np.array([[1, 1, 1], [0, 2, 1], [0, 2, 0], [1, 0, 0]])


def test_a_pair_is_drawn_as_often_as_its_block():
    resamples = Signed(EFFECT, SCORE, BLOCK, 3).resamples(COUNTS)
    pairs = resamples.pairs
    assert (resamples.weight == COUNTS[:, pairs.block]).all()
    assert (resamples.n == resamples.weight.sum(axis=1)).all()
    classes = Unsigned(EFFECT > 0, SCORE, BLOCK, 3).resamples(COUNTS)
    assert (classes.weight == COUNTS[:, BLOCK]).all()
    assert (classes.n == classes.weight.sum(axis=1)).all()


def test_sums_over_the_pairs_are_those_of_the_repeated_pairs():
    resamples = Signed(EFFECT, SCORE, BLOCK, 3).resamples(COUNTS)
    weight, effect = resamples.weight, resamples.pairs.effect
    assert (resamples.sums.above == weight @ (effect > 0)).all()
    assert (resamples.sums.below == weight @ (effect < 0)).all()
    assert resamples.sums.x[0] == pytest.approx(0, abs=1e-12)
    assert resamples.sums.xx[0] == pytest.approx(len(EFFECT))


def test_a_correlation_needs_pairs_and_two_values_of_either_vector():
    resamples = Signed(EFFECT, SCORE, BLOCK, 3).resamples(COUNTS)
    # All, constant scores, constant scores, too few pairs.
    assert resamples.varies.tolist() == [True, False, False, False]


def test_areas_need_pairs_of_both_classes():
    resamples = Unsigned(EFFECT > 0, SCORE, BLOCK, 3).resamples(COUNTS)
    # All, one negative, no negative, too few pairs.
    assert resamples.is_defined.tolist() == [True, True, False, False]
