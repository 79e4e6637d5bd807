"""The sums of `ranks` over large data, compiled by numba, four resamples at a time.

Importing this module takes half a second and the first call of each function another,
so that `ranks` imports it only for work that takes longer without it. A processor adds
and multiplies the four numbers of a row at once if numba permits, which it does not by
default. Rows do not mix, and every sum is computed in the order of the data, so that
values do not depend on the processor.
"""

import numba
import numpy as np

LANES = 4
numba.config.SLP_VECTORIZE = 1
_jit = numba.njit(nogil=True)
_ZERO = (0.0, 0.0, 0.0, 0.0)
_buffers = [np.empty((0, LANES)), np.empty((0, LANES))]


@_jit
def _row(values, place):
    return values[place, 0], values[place, 1], values[place, 2], values[place, 3]


@_jit
def _set_row(values, place, row):
    values[place, 0], values[place, 1] = row[0], row[1]
    values[place, 2], values[place, 3] = row[2], row[3]


@_jit
def _plus(a, b):
    return a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]


@_jit
def _minus(a, b):
    return a[0] - b[0], a[1] - b[1], a[2] - b[2], a[3] - b[3]


@_jit
def _times(a, b):
    return a[0] * b[0], a[1] * b[1], a[2] * b[2], a[3] * b[3]


@_jit
def _scaled(a, factor):
    return a[0] * factor, a[1] * factor, a[2] * factor, a[3] * factor


@_jit
def _cube(a):
    return _times(a, _times(a, a))


# In the loops below, the first cell of a value stands outside of the inner loop, since
# most values have no other.


@_jit
def _weighted_ranks(cells, counts, n, out):
    """Write the weight of a pair of each cell times its centred rank; return ties."""
    low, ties, first = _ZERO, _ZERO, 0
    for end in cells.ends:
        weight = _row(counts, cells.block[first])
        size = _scaled(weight, cells.size[first])
        for cell in range(first + 1, end):
            other = _row(counts, cells.block[cell])
            size = _plus(size, _scaled(other, cells.size[cell]))
        high = _plus(low, size)
        centred = _minus(_plus(low, high), n)
        _set_row(out, first, _times(weight, centred))
        for cell in range(first + 1, end):
            other = _row(counts, cells.block[cell])
            _set_row(out, cell, _times(other, centred))
        ties = _plus(ties, _cube(size))
        low, first = high, end
    return ties


@_jit
def _ranks(cells, counts, sides, out):
    """Write the rank of each value; return ties, and wins of the first over the second."""
    low, low_other, ties, wins, first = _ZERO, _ZERO, _ZERO, _ZERO, 0
    for value in range(len(cells.ends)):
        end = cells.ends[value]
        weight = _row(counts, cells.block[first])
        size = _scaled(weight, cells.size[first])
        own = _scaled(weight, sides[0][first])
        other = _scaled(weight, sides[1][first])
        for cell in range(first + 1, end):
            weight = _row(counts, cells.block[cell])
            size = _plus(size, _scaled(weight, cells.size[cell]))
            own = _plus(own, _scaled(weight, sides[0][cell]))
            other = _plus(other, _scaled(weight, sides[1][cell]))
        high, high_other = _plus(low, size), _plus(low_other, other)
        _set_row(out, value, _plus(low, high))
        ties = _plus(ties, _cube(size))
        wins = _plus(wins, _times(own, _plus(low_other, high_other)))
        low, low_other, first = high, high_other, end
    return ties, wins


def signed_sums(target, score, pairs, sides, batches, block_sizes):
    """Return the sums of `ranks.SignedSums` for each resample.

    Parameters
    ----------
    target, score : ranks.Cells
    pairs : tuple of numpy.ndarray of int, shape (n_pairs,) each
        Cell of the target, and value of the score.
    sides : tuple of numpy.ndarray of int, shape (n_cells,) each
        Pairs of each cell of the score above and below the null.
    batches : numpy.ndarray of float, shape (n_batches, n_blocks, LANES)
    block_sizes : numpy.ndarray of int, shape (n_blocks,)
        Pairs of each block.

    Returns
    -------
    numpy.ndarray of float, shape (4, n_batches, LANES)
    """
    buffers = _buffer(0, len(target.block)), _buffer(1, len(score.ends))
    return _signed_sums(target, score, pairs, sides, batches, block_sizes, buffers)


def _buffer(number, n_rows):
    """Return memory for rows, which the next call uses again: new memory is slow."""
    if len(_buffers[number]) < n_rows:
        _buffers[number] = np.empty((n_rows, LANES))
    return _buffers[number]


@_jit
def _signed_sums(target, score, pairs, sides, batches, block_sizes, buffers):
    out = np.empty((4, len(batches), LANES))
    weighted, ranks = buffers
    for batch in range(len(batches)):
        counts = batches[batch]
        n = _ZERO
        for block in range(len(counts)):
            n = _plus(n, _scaled(_row(counts, block), block_sizes[block]))
        ties = _weighted_ranks(target, counts, n, weighted)
        _set_row(out[0], batch, ties)
        ties, wins = _ranks(score, counts, sides, ranks)
        _set_row(out[1], batch, ties)
        _set_row(out[3], batch, wins)
        cross = _ZERO
        for pair in range(len(pairs[0])):
            product = _times(
                _row(weighted, pairs[0][pair]), _row(ranks, pairs[1][pair])
            )
            cross = _plus(cross, product)
        _set_row(out[2], batch, cross)
    return out


@_jit
def class_sums(score, sides, batches):
    """Return the sums of `ranks.ClassSums` for each resample.

    Parameters
    ----------
    score : ranks.Cells
        The highest value first.
    sides : tuple of numpy.ndarray of int, shape (n_cells,) each
        Positives and negatives of each cell.
    batches : numpy.ndarray of float, shape (n_batches, n_blocks, LANES)

    Returns
    -------
    numpy.ndarray of float, shape (2, n_batches, LANES)
    """
    out = np.empty((2, len(batches), LANES))
    for batch in range(len(batches)):
        counts = batches[batch]
        low, low_other, wins, precision, first = _ZERO, _ZERO, _ZERO, _ZERO, 0
        for end in score.ends:
            high, high_other = low, low_other
            for cell in range(first, end):
                weight = _row(counts, score.block[cell])
                high = _plus(high, _scaled(weight, sides[0][cell]))
                high_other = _plus(high_other, _scaled(weight, sides[1][cell]))
            share = _ratio(high, _plus(high, high_other))
            precision = _plus(precision, _times(_minus(high, low), share))
            wins = _plus(wins, _times(_minus(high_other, low_other), _plus(low, high)))
            low, low_other, first = high, high_other, end
        _set_row(out[0], batch, wins)
        _set_row(out[1], batch, precision)
    return out


@_jit
def _ratio(a, b):
    return (
        a[0] / max(b[0], 1.0),
        a[1] / max(b[1], 1.0),
        a[2] / max(b[2], 1.0),
        a[3] / max(b[3], 1.0),
    )
