"""Canaries: known answers, requested again to test whether the model has changed.

Some are remembered from earlier runs; others are answers of the run itself, which are
requested again at its end.
"""

import math
import random

import numpy as np

from endobench.core.errors import InputError

# Tolerance for a repeated answer, in the unit of the score: models compute in bfloat16,
# and their hardware changes.
_SAME = {"rtol": 0.01, "atol": 0.005}
_SAME_MEAN = 0.001
# Fewer could all have been answered after a change.
_AT_LEAST = 20
# Of a run's own canaries so many are its first answers: one change in the course of the
# run changes them for certain.
_N_FIRST = 5


class ModelChanged(InputError):
    """A model answers a question otherwise than before."""


def n_canaries(n_known, fraction):
    """Return how many of a number of known answers are requested again.

    A fraction, rounded up, but at least 20 where there are as many; none for 0.
    """
    if not fraction:
        return 0
    return min(n_known, max(math.ceil(fraction * n_known), _AT_LEAST))


def sample_canaries(places, fraction):
    """Choose known answers at random, to be requested again.

    Parameters
    ----------
    places : dict of str to numpy.ndarray of journal.PLACE
        By scorer, where the journal holds the answer for each row.
    fraction : float
        Fraction of the variants that have answers for every scorer; see `n_canaries`.

    Returns
    -------
    list of int
        Positions of rows, different each time.
    """
    is_known = np.all([each["file"] >= 0 for each in places.values()], axis=0)
    known = np.flatnonzero(is_known)
    return sorted(random.sample(known.tolist(), n_canaries(len(known), fraction)))


def sample_unchecked(places, number):
    """Choose answers at random that an earlier version did not check.

    Parameters
    ----------
    places : dict of str to numpy.ndarray of journal.PLACE
        By scorer.
    number : int
        At most as many are chosen.

    Returns
    -------
    list of int
        Positions of rows that have answers for every scorer.
    """
    unchecked = np.flatnonzero(is_unchecked(places))
    return sorted(random.sample(unchecked.tolist(), min(number, len(unchecked))))


def is_unchecked(places):
    """Return for each row whether an earlier version did not check its answers."""
    is_known = np.all([each["file"] >= 0 for each in places.values()], axis=0)
    is_old = [(each["n_tracks"] > 0) & ~each["is_checked"] for each in places.values()]
    return is_known & np.any(is_old, axis=0)


class OwnCanaries:
    """A sample of a run's own answers: its first ones, and others at random.

    Parameters
    ----------
    n_questions : int
        Number of answers that are expected.
    fraction : float
        See `n_canaries`.
    """

    def __init__(self, n_questions, fraction):
        self._size = n_canaries(n_questions, fraction)
        self._n_seen = 0
        self._held = []

    def add(self, question, answers):
        """Offer an answered question (`workers.Question`) and its answers by scorer."""
        self._n_seen += 1
        if len(self._held) < self._size:
            self._held.append((question, answers))
            return
        # Each later answer takes a place with the same chance (reservoir sampling).
        place = random.randrange(self._n_seen)
        if min(_N_FIRST, self._size - 1) <= place < self._size:
            self._held[place] = (question, answers)

    def __iter__(self):
        """Yield the questions and answers of the sample, in random order."""
        return iter(random.sample(self._held, len(self._held)))


def check_canary(then, now, scorer, address):
    """Raise `ModelChanged` unless an answer is the same as before.

    Parameters
    ----------
    then, now : journal.Answer
        Answers for the same variant.
    scorer, address : str

    Raises
    ------
    ModelChanged
        If they differ by more than rounding. A track that has no value in one of them
        is not compared.
    """
    is_same = then.raw.shape == now.raw.shape and _are_close(now.raw, then.raw, _SAME)
    # The study's differences are too small for this test, but its means are not.
    for name in ("ref_value", "alt_value"):
        means = [getattr(each, name) for each in (now, then)]
        if is_same and means[1] is not None:
            is_same = _are_close(*means, {"rtol": _SAME_MEAN, "atol": 0})
    if not is_same:
        raise ModelChanged(
            f"{address} now scores {now.variant_id} differently: {scorer}"
            f" {_most_different(then.raw, now.raw)}; its model has changed, so set"
            " another prediction.journal for its answers"
        )


def _are_close(now, then, tolerance):
    is_known = np.isfinite(now) & np.isfinite(then)
    return np.allclose(now[is_known], then[is_known], **tolerance)


def _most_different(then, now):
    if then.shape != now.shape:
        return f"had {then.size} tracks, now {now.size}"
    track = int(np.nanargmax(np.abs(now - then)))
    return f"was {then[track]:.4g}, now {now[track]:.4g} (track {track})"
