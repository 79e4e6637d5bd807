"""An index of the variants of a table, which need not fit into memory.

Pairs are written to a temporary file block by block, and read back in the order of their
variants, one stretch of the genome at a time. Unique variants thus come out sorted, and
repeated pairs are found, in memory that does not depend on the number of rows.
"""

import os
import pathlib
import tempfile

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.columns import VARIANTS
from endobench.genome.variants import ID_SUFFIX

# A stretch is at least one bin long, and longer until it has this many pairs.
_BIN_BITS = 16
_STRETCH_PAIRS = 1 << 18
# With more, the key of a variant might exceed 64 bits.
_MAX_ALLELES = 1 << 31
_SCHEMA = pa.schema(
    [
        ("pos", pa.int32()),
        ("ref", pa.string()),
        ("alt", pa.string()),
        ("feature", pa.int32()),
        ("line", pa.int64()),
    ]
)


class VariantIndex:
    """Variants and pairs, collected block by block.

    Parameters
    ----------
    folder : path-like
        Folder of the temporary file, which needs about 30 bytes per pair.
    build : str
        A key of `variants.ID_SUFFIX`.
    """

    def __init__(self, folder, build="GRCh38"):
        self._suffix = ID_SUFFIX[build]
        handle, name = tempfile.mkstemp(dir=folder, prefix=".pairs-", suffix=".arrow")
        os.close(handle)
        self._path = pathlib.Path(name)
        self._writer = pa.ipc.new_file(self._path, _SCHEMA)
        self._chromosomes, self._features = {}, {}
        self._index, self._n_blocks = [], 0

    def __enter__(self):
        """Return the index, whose file is removed at the end."""
        return self

    def __exit__(self, *_):
        """Remove the file."""
        self._writer.close()
        self._path.unlink(missing_ok=True)

    def add(self, variants, pairs):
        """Add a block of pairs.

        Parameters
        ----------
        variants : pandas.DataFrame
            ``chrom, pos, ref, alt``.
        pairs : pandas.DataFrame
            ``code`` (the row in `variants`), ``feature_id`` (a category) and
            ``source_line``, which identifies a pair.
        """
        if pairs.empty:
            return
        codes = pairs["code"].to_numpy()
        chrom = _numbered(variants["chrom"].astype("category"), self._chromosomes)
        pos = variants["pos"].to_numpy(dtype=np.int32)
        pair_bin = (chrom.astype(np.int64) << 32 | pos >> _BIN_BITS)[codes]
        order = np.argsort(pair_bin, kind="stable")
        sorted_codes = codes[order]
        alleles = pa.table(
            {name: pa.array(variants[name], pa.string()) for name in ("ref", "alt")}
        ).take(pa.array(sorted_codes))
        table = pa.table(
            [
                pos[sorted_codes],
                *alleles.columns,
                _numbered(pairs["feature_id"], self._features)[order],
                pairs["source_line"].to_numpy()[order],
            ],
            schema=_SCHEMA,
        )
        bins, starts = np.unique(pair_bin[order], return_index=True)
        counts = np.diff(starts, append=len(order))
        block = np.full(len(bins), self._n_blocks)
        self._index.append(np.stack([bins, block, starts, counts]))
        self._writer.write_table(table.combine_chunks(), max_chunksize=len(table))
        self._n_blocks += 1

    def variants(self, without=()):
        """Yield the unique variants, in the order of `variants.sort_variants`.

        Parameters
        ----------
        without : array-like of int
            Lines of pairs to leave out. A variant without any other pair is omitted.

        Yields
        ------
        variants : pyarrow.Table
            In the columns of `columns.VARIANTS`.
        repeated : numpy.ndarray of int
            Lines of the pairs whose variant and feature occur more than once.
        """
        self._writer.close()
        names = np.array(list(self._chromosomes), dtype=object)
        index = np.concatenate([np.empty((4, 0), dtype=np.int64), *self._index], axis=1)
        chrom = index[0] >> 32
        rank = np.empty(len(names), dtype=np.int64)
        rank[np.argsort(names, kind="stable")] = np.arange(len(names))
        index = index[:, np.lexsort((index[1], index[0], rank[chrom]))]
        for first, last in _stretches(index[0] >> 32, index[0], index[3]):
            name = names[index[0, first] >> 32]
            yield self._stretch(name, index[1:, first:last], without)

    def _stretch(self, chrom, slices, without):
        # Closed after each stretch, since mapped pages that were read count as memory.
        with pa.memory_map(str(self._path)) as source:
            reader = pa.ipc.open_file(source)
            # Within a block, the bins of a stretch are adjacent.
            block, starts, counts = slices
            blocks, number = np.unique(block, return_inverse=True)
            first = np.full(len(blocks), np.iinfo(np.int64).max)
            np.minimum.at(first, number, starts)
            size = np.bincount(number, counts).astype(int)
            parts = [
                reader.get_batch(block).slice(start, count)
                for block, start, count in zip(
                    *(each.tolist() for each in (blocks, first, size)), strict=True
                )
            ]
            table = pa.concat_batches(parts)
            if len(without):
                table = table.filter(~np.isin(table["line"].to_numpy(), without))
            pos = table["pos"].to_numpy().copy()
            feature = table["feature"].to_numpy().astype(np.int64)
            line = table["line"].to_numpy().copy()
            ref, alt = (_ranked(table[name]) for name in ("ref", "alt"))
            del reader, parts, table
        key = _sort_key(pos, ref, alt)
        order = np.argsort(key, kind="stable")
        key = key[order]
        is_new = np.ones(len(order), dtype=bool)
        is_new[1:] = key[1:] != key[:-1]
        first = order[is_new]
        pair = (np.cumsum(is_new) << 32) | feature[order]
        by_pair = np.argsort(pair, kind="stable")
        is_again = np.diff(pair[by_pair]) == 0
        is_repeated = np.zeros(len(pair), dtype=bool)
        is_repeated[1:] = is_again
        is_repeated[:-1] |= is_again
        return (
            self._table(
                chrom,
                pos[first],
                *(words.take(pa.array(codes[first])) for codes, words in (ref, alt)),
            ),
            line[order[by_pair[is_repeated]]],
        )

    def _table(self, chrom, pos, ref, alt):
        names = pa.array([chrom]).take(pa.array(np.zeros(len(pos), dtype=np.int32)))
        ids = pc.binary_join_element_wise(
            names, pa.array(pos).cast(pa.string()), ref, alt, self._suffix, "_"
        )
        columns = {
            "variant_id": ids,
            "chrom": names.dictionary_encode(),
            "pos": pa.array(pos).cast(pa.int64()),
            "ref": ref,
            "alt": alt,
        }
        return pa.table(columns).cast(VARIANTS)


def _numbered(names, known):
    """Return the number of each name, assigning numbers to new ones."""
    categories = [
        known.setdefault(str(name), len(known)) for name in names.cat.categories
    ]
    return np.array([*categories, -1], dtype=np.int32)[names.cat.codes.to_numpy()]


def _ranked(texts):
    """Encode strings as codes and a dictionary, both in alphabetical order."""
    encoded = texts.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order.to_numpy()] = np.arange(len(order))
    return rank[encoded.indices.to_numpy()], encoded.dictionary.take(order)


def _sort_key(pos, ref, alt):
    """Return numbers that sort as position, REF and ALT do, and are equal if these are.

    `ref` and `alt` are from `_ranked`. To sort by one number takes a fifth of the time of
    sorting by three.
    """
    n_ref, n_alt = (len(words) for _, words in (ref, alt))
    alleles = ref[0].astype(np.int64) * n_alt + alt[0]
    size = n_ref * n_alt
    if size > _MAX_ALLELES:
        known, alleles = np.unique(alleles, return_inverse=True)
        size = len(known)
    return pos * np.int64(size) + alleles


def _stretches(chrom, place, counts):
    """Yield the range of slices of each stretch, whole bins of one chromosome."""
    first, n_pairs = 0, 0
    for at in range(1, len(place)):
        n_pairs += counts[at - 1]
        is_next = place[at] != place[at - 1]
        if chrom[at] != chrom[first] or (is_next and n_pairs >= _STRETCH_PAIRS):
            yield first, at
            first, n_pairs = at, 0
    if len(place):
        yield first, len(place)
