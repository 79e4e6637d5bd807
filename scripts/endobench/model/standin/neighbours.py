"""Accessibility of sequences that differ little from earlier ones, as ALT does from REF.

Only what a difference can reach is predicted again. The values are the same to the last
bit, since a position depends on the bases near it alone (`motifs.accessibility`).
"""

import threading

import numpy as np

from endobench.genome import motifs

# REF and ALT come one after the other, but between those of other calls in flight.
_N_KEPT = 32
_MOST_BYTES = 1 << 20
# Sequences with the same bases in a stretch before their middle are compared.
_STRETCH_BP, _BEFORE_MIDDLE_BP = 64, 192


class Neighbours:
    """Predicts accessibility, and remembers the last sequences."""

    def __init__(self):
        self._kept = {}
        self._lock = threading.Lock()

    def accessibility(self, sequence, weights):
        """Return `motifs.accessibility`, in a read-only array."""
        start = max(len(sequence) // 2 - _BEFORE_MIDDLE_BP, 0)
        stretch = sequence[start : start + _STRETCH_BP]
        key = len(sequence), stretch, weights.shape, weights.tobytes()
        bases = np.frombuffer(sequence.encode("ascii"), dtype=np.uint8)
        with self._lock:
            before, values = self._kept.pop(key, (None, None))
        if before is None:
            values = motifs.accessibility(sequence, weights)
        else:
            places = np.flatnonzero(bases != before)
            values = _with_changes(values, sequence, places, weights)
        values.flags.writeable = False
        if values.nbytes <= _MOST_BYTES:
            with self._lock:
                self._kept[key] = bases, values
                if len(self._kept) > _N_KEPT:
                    del self._kept[next(iter(self._kept))]
        return values


def _with_changes(values, sequence, places, weights):
    """Return the values of a sequence from those of one that differs in some places."""
    values = values.copy()
    if len(places):
        reach = motifs.reach_bp()
        low = max(int(places[0]) - reach, 0)
        high = min(int(places[-1]) + 1 + reach, len(sequence))
        # Bases around what is predicted again matter, too.
        first = max(low - reach, 0)
        again = motifs.accessibility(sequence[first : high + reach], weights)
        values[low:high] = again[low - first : high - first]
    return values
