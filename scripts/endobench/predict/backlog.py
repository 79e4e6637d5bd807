"""The pending questions of a job, in the order in which they are sent."""

import itertools
import time
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.predict.sharing import BLOCK, PATIENCE_S, Shared
from endobench.predict.workers import Question

_BATCH = 1000
_NOTHING = object()


class Backlog(NamedTuple):
    """The pending requests: everything that the journals do not hold, and canaries.

    Attributes
    ----------
    rows : pandas.DataFrame
        Unique variants in the columns of `columns.SHARDS`.
    places : dict of str to numpy.ndarray of journal.PLACE
        For each scorer, where its journal holds the answers for the rows.
    journals : dict of str to journal.Journal
        By scorer, in the order in which one request names them.
    canaries : sequence of int
        Positions of answered rows that are requested again if anything is missing.
    rechecked : sequence of int
        Positions of answered rows that are requested again in any case.
    """

    rows: pd.DataFrame
    places: dict
    journals: dict
    canaries: tuple = ()
    rechecked: tuple = ()

    def is_missing(self):
        """Return whether answers are missing, shape (n_rows, n_scorers)."""
        return np.stack([each["file"] < 0 for each in self.places.values()], axis=1)

    def questions(self):
        """Yield new questions and canaries in turn, and None while there is none yet.

        Canaries alone thus cannot use up a limit on calls.
        """
        pairs = itertools.zip_longest(self._new(), self._again(), fillvalue=_NOTHING)
        return (each for pair in pairs for each in pair if each is not _NOTHING)

    def _new(self):
        """Yield questions; those that another run has announced come last.

        A question without scorers has been answered by another run.
        """
        shared = Shared(self.rows, self.journals, self.is_missing())
        positions = np.flatnonzero(shared.is_missing.any(axis=1))
        put_off = []
        try:
            for first in range(0, len(positions), _BATCH):
                batch = positions[first : first + _BATCH]
                rows = dict(self._rows_at(batch))
                for begin in range(0, len(batch), BLOCK):
                    block = batch[begin : begin + BLOCK]
                    mine = set(shared.claim(block).tolist())
                    for position in block.tolist():
                        is_answered = not shared.is_missing[position].any()
                        if position in mine or is_answered:
                            names = self._names(shared, position)
                            yield Question(position, rows[position], names, False)
                        else:
                            put_off.append(position)
            yield from self._put_off(shared, put_off)
        finally:
            shared.close()

    def _put_off(self, shared, positions):
        """Yield the rows that another run has announced, once it has had time."""
        patient_until = time.monotonic() + PATIENCE_S
        while shared.is_missing[positions].any() and time.monotonic() < patient_until:
            if shared.look():
                patient_until = time.monotonic() + PATIENCE_S
            yield None
        # From the other end, should the other run be at work on them still.
        for position, row in self._rows_at(positions[::-1]):
            shared.look()
            yield Question(position, row, self._names(shared, position), False)

    def _names(self, shared, position):
        names = zip(self.journals, shared.is_missing[position], strict=True)
        return [name for name, is_missing in names if is_missing]

    def _again(self):
        canaries = self.canaries if self.is_missing().any() else []
        for position, row in self._rows_at([*canaries, *self.rechecked]):
            yield Question(position, row, list(self.journals), True)

    def _rows_at(self, positions):
        """Yield positions with their rows, which are looked up in batches."""
        positions = list(positions)
        for first in range(0, len(positions), _BATCH):
            batch = positions[first : first + _BATCH]
            rows = self.rows.iloc[batch].itertuples(index=False)
            yield from zip(batch, rows, strict=True)

    def held(self, scorer, position, place=None):
        """Return the answer that a journal holds for a row, or at a later place."""
        if place is None:
            place = self.places[scorer][position]
        return self.journals[scorer].read(place)
