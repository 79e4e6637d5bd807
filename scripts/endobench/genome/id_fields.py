"""Fields of ids, read from the bytes of all ids at once.

A number or a short name is part of a word, which is the eight bytes before some place.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

_WORD = 8
_ZEROS = np.uint64(0x3030303030303030)
_HIGH_BITS = np.uint64(0xF0F0F0F0F0F0F0F0)
_SIX = np.uint64(0x0606060606060606)
# Bits that neighbouring numbers take, and those of every second number.
_STEPS = ((8, 0x0F0F0F0F0F0F0F0F), (16, 0x00FF00FF00FF00FF), (32, 0x0000FFFF0000FFFF))


class Fields(NamedTuple):
    """Fields of ids, all of which have the same number of them.

    Attributes
    ----------
    data : numpy.ndarray of uint8
        The bytes of all ids.
    words : numpy.ndarray of uint64
        The eight bytes before each place in `data`, the first as the lowest.
    begin, end : list of numpy.ndarray of int, shape (n_ids,) each
        Where each field begins and ends in `data`.
    """

    data: np.ndarray
    words: np.ndarray
    begin: list
    end: list

    @property
    def number(self):
        """The number of fields of an id."""
        return len(self.begin)

    def texts(self, field):
        """Return a field of all ids as a `pyarrow.StringArray`."""
        begin, length = self.begin[field], self.end[field] - self.begin[field]
        offsets = np.zeros(len(length) + 1, dtype=np.int32)
        np.cumsum(length, out=offsets[1:])
        place = np.repeat(begin - offsets[:-1], length)
        place += np.arange(offsets[-1], dtype=np.int32)
        buffers = pa.py_buffer(offsets), pa.py_buffer(self.data[place])
        return pa.StringArray.from_buffers(len(length), *buffers)

    def names(self, field):
        """Return a field, which rarely differs from that of the id before, as a dictionary.

        Returns
        -------
        pyarrow.DictionaryArray
        """
        end, length = self.end[field], self.end[field] - self.begin[field]
        if length.min() < 1 or length.max() > _WORD:
            return self.texts(field).dictionary_encode()
        codes = _last_bytes(self.words[end], length)
        is_new = np.flatnonzero(np.diff(codes, prepend=~codes[:1]))
        found, code = np.unique(codes[is_new], return_inverse=True)
        names = [each.tobytes().strip(b"\0").decode() for each in found.astype("<u8")]
        indices = code.astype(np.int32).repeat(np.diff(is_new, append=len(codes)))
        return pa.DictionaryArray.from_arrays(indices, names)

    def whole_numbers(self, field):
        """Return a field as numbers without leading zeros, of up to nine digits, or None.

        Returns
        -------
        numpy.ndarray of int64 or None
            None if an id has anything else there.
        """
        begin, end = self.begin[field], self.end[field]
        length = end - begin
        if length.min() < 1 or length.max() > _WORD + 1:
            return None
        known = np.minimum(length, _WORD)
        digits = _last_bytes(self.words[end], known) | (
            _ZEROS ^ _last_bytes(_ZEROS, known)
        )
        is_digit = (digits & _HIGH_BITS) == _ZEROS
        is_digit &= (digits + _SIX & _HIGH_BITS) == _ZEROS
        first = self.data[begin] - np.uint8(ord("0"))
        if not (is_digit & (first >= 1) & (first <= 9)).all():
            return None
        # Neighbouring numbers of 1, 2 and 4 digits become one of twice as many.
        for bits, mask in _STEPS:
            factor = (10 ** (bits // 8) << bits) + 1
            digits = (digits & np.uint64(mask)) * np.uint64(factor) >> np.uint64(bits)
        first = np.where(length > _WORD, first, 0).astype(np.int64)
        return digits.astype(np.int64) + first * 10**_WORD


def fields_of(ids, separator, numbers):
    """Return the `Fields` of ids, or None if not all have the same number of them.

    Parameters
    ----------
    ids : pyarrow.StringArray
    separator : str
        Of one byte.
    numbers : sequence of int
        Numbers of fields that are possible.
    """
    ids = ids.cast(pa.string())
    _, offsets, data = ids.buffers()
    if not len(ids) or ids.null_count or data is None:
        return None
    offsets = np.frombuffer(offsets, np.int32)[ids.offset : ids.offset + len(ids) + 1]
    data = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]
    offsets = offsets - offsets[0]
    place = np.flatnonzero(data == ord(separator))
    if len(place) not in [(number - 1) * len(ids) for number in numbers]:
        return None
    place = list(place.reshape(len(ids), -1).T.astype(np.int32))
    # Their number is right in every id if none reaches into the next one.
    if (place[0] < offsets[:-1]).any() or (place[-1] >= offsets[1:]).any():
        return None
    begin = [offsets[:-1], *(each + np.int32(1) for each in place)]
    padded = np.concatenate([np.zeros(_WORD, dtype=np.uint8), data])
    words = np.ndarray(len(data) + 1, dtype="<u8", buffer=padded, strides=(1,))
    return Fields(data, words, begin, [*place, offsets[1:]])


def _last_bytes(words, length):
    """Set all bytes of each word to 0 but a number of the last ones."""
    shift = (8 * (_WORD - length)).astype(np.uint64)
    return words >> shift << shift
