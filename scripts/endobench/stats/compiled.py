"""The sums of `ranks` over large data, compiled by numba, eight resamples at a time.

Importing this module takes half a second, and the first call in a new installation two
more, so that `ranks` imports it only for work that takes longer without it. A processor
adds and multiplies the eight numbers of a row at once if numba permits, which it does not
by default. Rows do not mix, and every sum is computed in the order of the data, so that
values do not depend on the processor.
"""

import threading

import numba
import numpy as np

LANES = 8
numba.config.SLP_VECTORIZE = 1
_ZERO = (0.0,) * LANES
_buffers = threading.local()


def jit(function):
    """Compile a function, and keep it for later processes if a folder can be written."""
    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)


@jit
def _row(rows, n):
    low = rows[n, 0], rows[n, 1], rows[n, 2], rows[n, 3]
    return (*low, rows[n, 4], rows[n, 5], rows[n, 6], rows[n, 7])


@jit
def _set_row(rows, n, row):
    rows[n, 0], rows[n, 1], rows[n, 2], rows[n, 3] = row[0], row[1], row[2], row[3]
    rows[n, 4], rows[n, 5], rows[n, 6], rows[n, 7] = row[4], row[5], row[6], row[7]


@jit
def _plus(a, b):
    low = a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]
    return (*low, a[4] + b[4], a[5] + b[5], a[6] + b[6], a[7] + b[7])


@jit
def _minus(a, b):
    low = a[0] - b[0], a[1] - b[1], a[2] - b[2], a[3] - b[3]
    return (*low, a[4] - b[4], a[5] - b[5], a[6] - b[6], a[7] - b[7])


@jit
def _times(a, b):
    low = a[0] * b[0], a[1] * b[1], a[2] * b[2], a[3] * b[3]
    return (*low, a[4] * b[4], a[5] * b[5], a[6] * b[6], a[7] * b[7])


@jit
def _scaled(a, n):
    return _times(a, (n, n, n, n, n, n, n, n))


@jit
def _cube(a):
    return _times(a, _times(a, a))


def vectors_of(score, pairs):
    """Return what `signed_sums` reads of pairs.

    Parameters
    ----------
    score : ranks.Cells
    pairs : ranks.Sorted

    Returns
    -------
    cells, pairs, runs : tuple of numpy.ndarray of int
        Block and size of the cells; block and cell of the pairs; and the runs of equal
        scores and of equal targets.
    """
    n_cells, n_pairs = len(score.block), len(pairs.block)
    runs = _runs(score.tied, n_cells), _runs(pairs.tied, pairs.n_below, n_pairs)
    # Of unsigned places, numba knows that they do not count from the end.
    return tuple(
        tuple(each.astype(np.uint32) for each in vectors)
        for vectors in ((score.block, score.size), (pairs.block, pairs.cell), runs)
    )


def signed_sums(vectors, block_sizes, batches):
    """Return the sums of `ranks.SignedRanks` for each resample.

    Parameters
    ----------
    vectors : tuple
        From `vectors_of`.
    block_sizes : numpy.ndarray of float, shape (n_blocks,)
        Pairs of each block.
    batches : numpy.ndarray of float, shape (n_batches, n_blocks, LANES)

    Returns
    -------
    numpy.ndarray of float, shape (4, n_batches, LANES)
        Cubes of the weights of targets that several pairs have, and those of scores that
        several cells have; the sum of the products of centred mid-ranks, times four; and
        the sum of the doubled centred mid-ranks of scores over the targets that are not
        above the null.
    """
    cells, _, _ = vectors
    return _signed_sums(*vectors, block_sizes, batches, _buffer(len(cells[0])))


def _runs(tied, *ends):
    """Return first and end of the runs of equal values, and empty runs at the ends."""
    ends = np.stack([ends, ends], axis=1)
    return np.insert(tied, np.searchsorted(tied[:, 0], ends[:, 0]), ends, axis=0)


def _buffer(n_rows):
    """Return memory for rows, which the thread uses again: new memory is slow.

    Doubled ranks of less than a billion pairs fit into 32 bits.
    """
    buffer = getattr(_buffers, "ranks", None)
    if buffer is None or len(buffer) < n_rows:
        buffer = _buffers.ranks = np.empty((n_rows, LANES), dtype=np.int32)
    return buffer


@jit
def _signed_sums(cells, pairs, runs, block_sizes, batches, ranks):
    out = np.empty((4, len(batches), LANES))
    for batch in range(len(batches)):
        counts = batches[batch]
        n = _ZERO
        for block in range(len(counts)):
            n = _plus(n, _scaled(_row(counts, block), block_sizes[block]))
        _set_row(out[1], batch, _rank(cells, runs[0], counts, n, ranks))
        _add(pairs, runs[1], counts, ranks, out, batch)
    return out


@jit
def _rank(cells, runs, counts, n, ranks):
    """Write the doubled centred mid-rank of each cell; return the sum over ties."""
    block, size = cells
    low, ties, begun = _scaled(n, -0.5), _ZERO, runs[0, 0] * 0
    for run in range(len(runs)):
        first, end = runs[run, 0], runs[run, 1]
        for cell in range(begun, first):
            high = _plus(low, _scaled(_row(counts, block[cell]), size[cell]))
            _set_row(ranks, cell, _plus(low, high))
            low = high
        high = low
        for cell in range(first, end):
            high = _plus(high, _scaled(_row(counts, block[cell]), size[cell]))
        for cell in range(first, end):
            _set_row(ranks, cell, _plus(low, high))
        ties = _plus(ties, _cube(_minus(high, low)))
        low, begun = high, end
    return ties


@jit
def _add(pairs, runs, counts, ranks, out, batch):
    """Add up the pairs, in the order of their targets, given the ranks of the cells."""
    block, cell = pairs
    low, ties, cross, total = _ZERO, _ZERO, _ZERO, _ZERO
    begun = runs[0, 0] * 0
    for run in range(len(runs)):
        first, end = runs[run, 0], runs[run, 1]
        for pair in range(begun, first):
            weight = _row(counts, block[pair])
            weighted = _times(weight, _row(ranks, cell[pair]))
            high = _plus(low, weight)
            cross = _plus(cross, _times(weighted, _plus(low, high)))
            total = _plus(total, weighted)
            low = high
        high, of_run = low, _ZERO
        for pair in range(first, end):
            weight = _row(counts, block[pair])
            of_run = _plus(of_run, _times(weight, _row(ranks, cell[pair])))
            high = _plus(high, weight)
        cross = _plus(cross, _times(of_run, _plus(low, high)))
        total = _plus(total, of_run)
        ties = _plus(ties, _cube(_minus(high, low)))
        if end == first and run + 1 < len(runs):
            _set_row(out[3], batch, total)
        low, begun = high, end
    _set_row(out[0], batch, ties)
    _set_row(out[2], batch, cross)


@jit
def class_sums(score, classes, batches):
    """Return the sums of `ranks.ClassSums` for each resample.

    Parameters
    ----------
    score : ranks.Cells
        The highest value first.
    classes : tuple of numpy.ndarray of int, shape (n_cells,)
        Positives and negatives of each cell.
    batches : numpy.ndarray of float, shape (n_batches, n_blocks, LANES)

    Returns
    -------
    numpy.ndarray of float, shape (2, n_batches, LANES)
    """
    positives, negatives = classes
    out = np.empty((2, len(batches), LANES))
    for batch in range(len(batches)):
        counts = batches[batch]
        low, low_other, wins, precision, first = _ZERO, _ZERO, _ZERO, _ZERO, 0
        for end in score.ends:
            high, high_other = low, low_other
            for cell in range(first, end):
                weight = _row(counts, score.block[cell])
                high = _plus(high, _scaled(weight, positives[cell]))
                high_other = _plus(high_other, _scaled(weight, negatives[cell]))
            share = _ratio(high, _plus(high, high_other))
            precision = _plus(precision, _times(_minus(high, low), share))
            wins = _plus(wins, _times(_minus(high_other, low_other), _plus(low, high)))
            low, low_other, first = high, high_other, end
        _set_row(out[0], batch, wins)
        _set_row(out[1], batch, precision)
    return out


@jit
def _ratio(a, b):
    low = a[0] / max(b[0], 1.0), a[1] / max(b[1], 1.0), a[2] / max(b[2], 1.0)
    high = a[3] / max(b[3], 1.0), a[4] / max(b[4], 1.0), a[5] / max(b[5], 1.0)
    return (*low, *high, a[6] / max(b[6], 1.0), a[7] / max(b[7], 1.0))
