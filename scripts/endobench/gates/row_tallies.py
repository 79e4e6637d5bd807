"""Rows of a table of effects, part by part: keys, numbers, tallies and examples."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.columns import EFFECTS

_N_NAMED = 3
_MANY = 1 << 20


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
    """

    def __init__(self):
        empty = np.zeros(0, dtype=np.float32)
        self._parts = [_extremes(np.zeros(0, dtype=np.int64), empty, empty, empty)]

    def add(self, key, value):
        """Add rows."""
        value, n = value.astype(np.float32), np.ones(len(key), dtype=np.int32)
        self._parts.append(_extremes(key.view(np.int64), value, value, n))

    def merge(self):
        """Return the distinct keys in ascending order, their extremes, and their rows.

        Returns
        -------
        key, low, high, n : numpy.ndarray, shape (n_keys,) each
        """
        key, low, high, n = _extremes(
            *map(np.concatenate, zip(*self._parts, strict=True))
        )
        return key, low.astype(float), high.astype(float), n


def _extremes(key, low, high, n):
    order = np.argsort(key)
    key = key[order]
    first = _starts(key)
    if not len(first):
        return key, low, high, n
    return (
        key[first],
        np.minimum.reduceat(low[order], first),
        np.maximum.reduceat(high[order], first),
        np.add.reduceat(n[order], first),
    )


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
    if not isinstance(texts, pa.DictionaryArray):
        texts = pc.dictionary_encode(texts.cast(pa.string()))
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    names = texts.dictionary.cast(pa.string()).to_numpy(zero_copy_only=False)
    if as_key:
        names = np.array([each and as_key(each) for each in names], dtype=object)
    hashes = np.zeros(1, dtype=np.uint64)
    if len(names):
        hashes = pd.util.hash_array(names, categorize=False)
    key = hashes[texts.indices.fill_null(0).to_numpy(zero_copy_only=False)]
    return key, *(numbers_of(part, each) for each in columns)


def numbers_of(part, name):
    """Return a column as floats; missing values are NaN."""
    column = part[name].cast(EFFECTS.field(name).type)
    return column.to_numpy().astype(float)
