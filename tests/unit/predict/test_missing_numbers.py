import numpy as np
from endobench.model.answer import Answer
from endobench.predict.missing_numbers import MissingNumbers


def answers(*raw):
    return {"s": Answer("v", 0, np.float32(raw))}


def test_a_track_that_stays_without_a_number_is_hoped_for_three_times():
    numbers = MissingNumbers()
    for _ in range(3):
        assert numbers.n_hoped(answers(1, np.nan, 2)) == 1
        numbers.give_up(answers(1, np.nan, 2))
    assert numbers.n_hoped(answers(1, np.nan, 2)) == 0
    # Others are still asked for again, and so is the same track of another scorer.
    assert numbers.n_hoped(answers(np.inf, np.nan, 2)) == 1
    assert numbers.n_hoped({"t": answers(1, np.nan, 2)["s"]}) == 1


def test_nothing_is_hoped_for_of_an_answer_without_tracks():
    assert MissingNumbers().n_hoped(answers()) == 0
