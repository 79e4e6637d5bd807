"""The sums of `ranks` over large data, compiled by numba, four resamples at a time.

Importing this module takes half a second, and the first call in a new installation some
more, so that `ranks` imports it only for work that takes longer without it. A processor
adds and multiplies the four numbers of a row at once if numba permits, which it does not
by default. Rows do not mix, and every sum is computed in the order of the data, so that
values do not depend on the processor.
"""

import threading

import numba
import numpy as np

LANES = 4
numba.config.SLP_VECTORIZE = 1
_ZERO = (0.0, 0.0, 0.0, 0.0)
_buffers = threading.local()


def _jit(function):
    """Compile a function, and keep it for later processes if a folder can be written."""
    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)


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


@_jit
def _ranks(cells, counts, out):
    """Write the rank of each cell, as if no other had its value; return sums of them.

    Returns
    -------
    ties, wins : tuple of float
        As in `ranks.SignedSums`.
    """
    low, low_loser, ties, wins = _ZERO, _ZERO, _ZERO, _ZERO
    for cell in range(len(cells.block)):
        weight = _row(counts, cells.block[cell])
        size = _scaled(weight, cells.size[cell])
        winner = _scaled(weight, cells.winners[cell])
        loser = _scaled(weight, cells.losers[cell])
        high, high_loser = _plus(low, size), _plus(low_loser, loser)
        _set_row(out, cell, _plus(low, high))
        ties = _plus(ties, _cube(size))
        wins = _plus(wins, _times(winner, _plus(low_loser, high_loser)))
        low, low_loser = high, high_loser
    return ties, wins


@_jit
def _tie(cells, counts, out):
    """Give the cells of each value one rank; return by how much the sums change."""
    ties, wins = _ZERO, _ZERO
    for value in range(len(cells.tied)):
        first, end = cells.tied[value, 0], cells.tied[value, 1]
        size, winner, loser = _ZERO, _ZERO, _ZERO
        for cell in range(first, end):
            weight = _row(counts, cells.block[cell])
            own = _scaled(weight, cells.size[cell])
            won = _scaled(weight, cells.winners[cell])
            lost = _scaled(weight, cells.losers[cell])
            ties = _minus(ties, _cube(own))
            wins = _minus(wins, _times(won, _plus(_plus(loser, loser), lost)))
            size, winner, loser = (
                _plus(size, own),
                _plus(winner, won),
                _plus(loser, lost),
            )
        ties = _plus(ties, _cube(size))
        wins = _plus(wins, _times(winner, loser))
        weight = _row(counts, cells.block[first])
        below = _minus(_row(out, first), _scaled(weight, cells.size[first]))
        for cell in range(first, end):
            _set_row(out, cell, _plus(below, size))
    return ties, wins


def signed_sums(target, score, pairs, block_sizes, batches):
    """Return the sums of `ranks.SignedSums` for each resample.

    Parameters
    ----------
    target, score : ranks.Cells
    pairs : tuple of numpy.ndarray of int, shape (n_pairs,) each
        Block, cell of the target, and cell of the score.
    block_sizes : numpy.ndarray of int, shape (n_blocks,)
        Pairs of each block.
    batches : numpy.ndarray of float, shape (n_batches, n_blocks, LANES)

    Returns
    -------
    numpy.ndarray of float, shape (4, n_batches, LANES)
    """
    buffers = _buffer("target", len(target.block)), _buffer("score", len(score.block))
    return _signed_sums(target, score, pairs, block_sizes, batches, buffers)


def _buffer(name, n_rows):
    """Return memory for rows, which the thread uses again: new memory is slow."""
    buffer = getattr(_buffers, name, None)
    if buffer is None or len(buffer) < n_rows:
        buffer = np.empty((n_rows, LANES))
        setattr(_buffers, name, buffer)
    return buffer


@_jit
def _signed_sums(target, score, pairs, block_sizes, batches, buffers):
    out = np.empty((4, len(batches), LANES))
    by_target, by_score = buffers
    for batch in range(len(batches)):
        counts = batches[batch]
        n = _ZERO
        for block in range(len(counts)):
            n = _plus(n, _scaled(_row(counts, block), block_sizes[block]))
        ties, wins = _ranks(target, counts, by_target)
        more_ties, _ = _tie(target, counts, by_target)
        _set_row(out[0], batch, _plus(ties, more_ties))
        ties, wins = _ranks(score, counts, by_score)
        more_ties, more_wins = _tie(score, counts, by_score)
        _set_row(out[1], batch, _plus(ties, more_ties))
        _set_row(out[3], batch, _plus(wins, more_wins))
        cross = _ZERO
        for pair in range(len(pairs[0])):
            weight = _row(counts, pairs[0][pair])
            centred = _minus(_row(by_target, pairs[1][pair]), n)
            product = _times(centred, _row(by_score, pairs[2][pair]))
            cross = _plus(cross, _times(weight, product))
        _set_row(out[2], batch, cross)
    return out


@_jit
def class_sums(score, batches):
    """Return the sums of `ranks.ClassSums` for each resample.

    Parameters
    ----------
    score : ranks.Cells
        The highest value first; positives are the losers.
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
                high = _plus(high, _scaled(weight, score.losers[cell]))
                high_other = _plus(high_other, _scaled(weight, score.winners[cell]))
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
