"""Tracks that come without a number: whether to ask for them again."""

import collections
import threading

import numpy as np

# After so many variants without a number, a track is no longer asked for again.
_MOST_VARIANTS = 3


class MissingNumbers:
    """Decides which tracks without a number are worth another call.

    A track that has stayed without a number for several variants is not asked for again.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._n_without = collections.Counter()

    def n_hoped(self, answers):
        """Return how many tracks lack a number that another call may bring."""
        with self._lock:
            return sum(
                self._n_without[scorer, track] < _MOST_VARIANTS
                for scorer, answer in answers.items()
                for track in np.flatnonzero(answer.is_lacking()).tolist()
            )

    def give_up(self, answers):
        """Note the tracks that have stayed without a number."""
        with self._lock:
            for scorer, answer in answers.items():
                for track in np.flatnonzero(answer.is_lacking()).tolist():
                    self._n_without[scorer, track] += 1
