"""Rows of a table of effects, part by part: keys, numbers, tallies and examples."""

import numpy as np
import pandas as pd
import pyarrow as pa

from endobench.core.columns import EFFECTS
from endobench.core.text_hashes import hashes_of

_N_NAMED = 3
_MANY = 1 << 20
# Keys are merged in the order of their first bits.
_N_BUCKETS = 1 << 8
_BUCKET_SHIFT = np.uint64(56)


class Tally:
    """Counts of pairs of a key and a value, both of 64 bits, added part by part."""

    def __init__(self):
        self._parts, self._size = [np.zeros((0, 3), dtype=np.int64)], 0

    def add(self, key, value):
        """Add rows; `value` is compared by its bits."""
        if not len(key):
            return
        # Rows of one feature often follow each other.
        first = _starts(key.view(np.int64), value.view(np.int64))
        rows = pd.DataFrame(
            {
                "key": key[first].view(np.int64),
                "value": value[first].view(np.int64),
                "n": np.diff(first, append=len(key)),
            }
        )
        counts = rows.groupby(["key", "value"], sort=False)["n"].sum()
        found = np.column_stack(
            [
                counts.index.get_level_values(0),
                counts.index.get_level_values(1),
                counts.to_numpy(),
            ]
        )
        self._parts.append(found)
        self._size += len(found)
        if self._size > 2 * len(self._parts[0]) + _MANY:
            self.merge()

    def merge(self):
        """Return the distinct pairs of key and value with their counts, (n, 3) int64."""
        rows = pd.DataFrame(np.concatenate(self._parts), columns=["key", "value", "n"])
        counts = rows.groupby(["key", "value"], sort=True)["n"].sum().reset_index()
        self._parts, self._size = [counts.to_numpy()], 0
        return counts


class Extremes:
    """The least and the largest number of each key of 64 bits, added part by part.

    Numbers are kept with the six digits that a number in text has.

    Parameters
    ----------
    n_columns : int
        Numbers of a row, any of which may be missing.
    """

    def __init__(self, n_columns):
        self._parts, self._n_columns = [], n_columns

    def add(self, key, columns):
        """Add rows, given their keys and a list of columns."""
        key = key.view(np.uint64)
        columns = [np.where(np.isfinite(each), each, np.nan) for each in columns]
        columns = [each.astype(np.float32) for each in columns]
        is_known = [~np.isnan(each) for each in columns]
        # A third row that equals the two before it changes nothing.
        is_used = np.any(is_known, axis=0)
        bits = [key, *(each.view(np.int32) for each in columns)]
        is_same = np.all([each[1:] == each[:-1] for each in bits], axis=0)
        is_used[2:] &= ~(is_same[1:] & is_same[:-1])
        bucket = (key >> _BUCKET_SHIFT).astype(np.uint8)
        rows = np.argsort(bucket, kind="stable")
        rows = rows[is_used[rows]]
        ends = np.searchsorted(bucket[rows], np.arange(_N_BUCKETS + 1)).tolist()
        # A column that no table fills takes no memory.
        columns = [
            each[rows] if some.any() else None
            for each, some in zip(columns, is_known, strict=True)
        ]
        self._parts.append((ends, key[rows], columns))

    def merged(self):
        """Yield the distinct keys with their extremes, some of the keys at a time.

        Yields
        ------
        key : numpy.ndarray of uint64, shape (n_keys,)
        low, high : list of numpy.ndarray of float, shape (n_keys,) each
            By column; missing if a key has no number.
        is_several : list of numpy.ndarray of bool
            Whether a key has several numbers.
        """
        n_rows = sum(len(key) for _, key, _ in self._parts)
        # Few rows are merged at once.
        step = 1 if n_rows > _MANY else _N_BUCKETS
        for bucket in range(0, _N_BUCKETS, step):
            found = self._of_buckets(bucket, bucket + step)
            key = found.pop("key")
            order = np.argsort(key, kind="stable")
            key = key[order]
            first = _starts(key)
            if not len(first):
                continue
            columns = [each[order] for each in found.values()]
            yield (
                key[first],
                [np.fmin.reduceat(each, first).astype(float) for each in columns],
                [np.fmax.reduceat(each, first).astype(float) for each in columns],
                [
                    np.add.reduceat(~np.isnan(each), first, dtype=int) > 1
                    for each in columns
                ],
            )

    def _of_buckets(self, first, end):
        """Return the keys and columns of some buckets, in the order of the parts."""
        found = {"key": [np.zeros(0, dtype=np.uint64)]}
        found |= {
            number: [np.zeros(0, np.float32)] for number in range(self._n_columns)
        }
        for ends, key, columns in self._parts:
            rows = slice(ends[first], ends[end])
            found["key"].append(key[rows])
            for number, column in enumerate(columns):
                if column is None:
                    column = np.broadcast_to(np.float32(np.nan), len(key))
                found[number].append(column[rows])
        return {name: np.concatenate(each) for name, each in found.items()}


def _starts(*vectors):
    """Return the rows that differ from the one before in any vector."""
    is_new = np.zeros(len(vectors[0]), dtype=bool)
    is_new[:1] = True
    for each in vectors:
        is_new[1:] |= each[1:] != each[:-1]
    return np.flatnonzero(is_new)


def name_examples(effects, columns, is_bad):
    """Name the first rows of which a function of a part is true."""
    named = []
    wanted = ["source_line", "variant_id", "feature_id", *columns]
    for part in effects(list(dict.fromkeys(wanted))):
        for row in np.flatnonzero(is_bad(part))[: _N_NAMED - len(named)]:
            line, variant, feature = (
                part[each][int(row)].as_py() for each in wanted[:3]
            )
            named.append(f"line {line} ({variant}, {feature})")
        if len(named) == _N_NAMED:
            break
    return "; ".join(named)


def keyed(part, name, columns, as_key=None):
    """Return the hashes of a text column, and some numbers, of a part of a table.

    Parameters
    ----------
    part : pyarrow.Table
    name : str
        The text column.
    columns : list of str
    as_key : callable, optional
        From a text to what is hashed of it; by default the text itself.

    Returns
    -------
    tuple of numpy.ndarray
    """
    texts = part[name]
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.unify_dictionaries().combine_chunks()
    numbers = (numbers_of(part, each) for each in columns)
    if as_key and not isinstance(texts, pa.DictionaryArray):
        texts = texts.cast(pa.string()).dictionary_encode()
    if not isinstance(texts, pa.DictionaryArray):
        return hashes_of(texts), *numbers
    names = texts.dictionary
    if as_key:
        names = [each and as_key(each) for each in names.to_pylist()]
    hashes = np.append(hashes_of(pa.array(names, pa.string())), np.uint64(0))
    return hashes[texts.indices.fill_null(-1).to_numpy(zero_copy_only=False)], *numbers


def numbers_of(part, name):
    """Return a column as floats; missing values are NaN."""
    column = part[name].cast(EFFECTS.field(name).type)
    return column.to_numpy().astype(float)
