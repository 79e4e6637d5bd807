"""Hashes of texts, computed from the bytes of all texts at once."""

import numpy as np
import pyarrow as pa

_WORD = 8
# The constants of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)


def hashes_of(texts):
    """Return a hash of 64 bits for each text, which does not depend on the others.

    Parameters
    ----------
    texts : pyarrow.StringArray
        A missing text has hash 0.

    Returns
    -------
    numpy.ndarray of uint64
    """
    texts = texts.cast(pa.string())
    _, offsets, data = texts.buffers()
    if not len(texts):
        return np.zeros(0, dtype=np.uint64)
    offsets = np.frombuffer(offsets, np.int32)
    offsets = offsets[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(data or b"", np.uint8)[offsets[0] : offsets[-1]]
    begin, left = offsets[:-1] - offsets[0], np.diff(offsets)
    # The eight bytes from each place on, the first as the lowest.
    padded = np.concatenate([data, np.zeros(_WORD, dtype=np.uint8)])
    words = np.ndarray(len(data) + 1, dtype="<u8", buffer=padded, strides=(1,))
    hashes = _mixed(left.astype(np.uint64))
    rows = slice(None)
    while len(begin):
        word = words[begin]
        n_beyond = 8 * np.maximum(_WORD - left, 0).astype(np.uint64)
        # A shift by all 64 bits would leave the word as it is.
        word = np.where(left > 0, word << n_beyond, np.uint64(0))
        hashes[rows] = _mixed(hashes[rows] ^ word)
        is_longer = np.flatnonzero(left > _WORD)
        rows = is_longer if isinstance(rows, slice) else rows[is_longer]
        begin, left = begin[is_longer] + _WORD, left[is_longer] - _WORD
    if texts.null_count:
        hashes[texts.is_null().to_numpy(zero_copy_only=False)] = 0
    return hashes


def _mixed(state):
    """Return numbers of which each bit depends on all bits of the given ones."""
    state = state + _STEP
    for factor, shift in zip(_FACTORS, _SHIFTS, strict=False):
        state = (state ^ (state >> shift)) * factor
    return state ^ (state >> _SHIFTS[-1])
