"""The signal of sequences that tests predict again and again, computed once."""

import functools

import numpy as np
from endobench.genome import motifs

# Longer ones would take much memory.
_MOST_BP = 20_000


def accessibility(sequence, weights):
    """Return `motifs.accessibility`, in a read-only array."""
    if len(sequence) > _MOST_BP:
        return motifs.accessibility(sequence, weights)
    return _known(sequence, weights.shape, weights.tobytes())


@functools.lru_cache(128)
def _known(sequence, shape, weights):
    weights = np.frombuffer(weights, np.float32).reshape(shape)
    values = motifs.accessibility(sequence, weights)
    values.flags.writeable = False
    return values
