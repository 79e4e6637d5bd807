"""Sums over the mid-ranks of resampled pairs, from a single sort of the data.

Pairs with equal values in one block are drawn together: they are one cell, which has
a weight in each resample. Ranks are counted in halves and doubled, so that sums of
them are exact.
"""

from typing import NamedTuple

import numpy as np

from endobench.stats.metrics import dot

# Elements times resamples that NumPy handles while numba would be imported and compile.
PATIENCE = 4e7
# Elements times resamples that NumPy handles at a time: new arrays of more are slow.
_BATCH = 2**14
_done = 0


class Cells(NamedTuple):
    """The distinct values of a vector, in ascending order, and their pairs by block.

    Attributes
    ----------
    block : numpy.ndarray of int, shape (n_cells,)
        Block of each cell. The cells of a value follow each other.
    size, winners, losers : numpy.ndarray of int, shape (n_cells,)
        Number of pairs, and of those whose values are compared with each other's.
    ends : numpy.ndarray of int, shape (n_values,)
        End of the cells of each value.
    tied : numpy.ndarray of int, shape (n_tied, 2)
        First cell and end of each value that has several.
    """

    block: np.ndarray
    size: np.ndarray
    winners: np.ndarray
    losers: np.ndarray
    ends: np.ndarray
    tied: np.ndarray


def cells_of(values, block, winners, losers):
    """Return the `Cells` of a vector, and the cell of each pair.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (n_pairs,)
    block : numpy.ndarray of int, shape (n_pairs,)
    winners, losers : numpy.ndarray of bool, shape (n_pairs,)

    Returns
    -------
    cells : Cells
    cell : numpy.ndarray of int, shape (n_pairs,)
    """
    order = np.lexsort([block, values])
    values, sorted_block = values[order], block[order]
    is_new_value = _differs(values)
    is_new = is_new_value | _differs(sorted_block)
    cell = np.empty(len(values), dtype=np.int32)
    cell[order] = np.cumsum(is_new) - 1
    first = np.flatnonzero(is_new)
    bounds = np.append(np.flatnonzero(is_new_value[first]), len(first))
    tied = np.flatnonzero(np.diff(bounds) > 1)
    counts = (
        np.bincount(cell[each], minlength=len(first))
        for each in (slice(None), winners, losers)
    )
    vectors = (
        sorted_block[first],
        *counts,
        bounds[1:],
        np.stack([bounds[tied], bounds[tied + 1]], axis=1),
    )
    return Cells(*(each.astype(np.int32) for each in vectors)), cell


class SignedSums(NamedTuple):
    """Sums over the ranks of targets and scores, shape (n_resamples,) each.

    Attributes
    ----------
    target_ties, score_ties : numpy.ndarray of float
        Sum of the cubes of the weights of equal values.
    cross : numpy.ndarray of float
        Sum of the products of centred mid-ranks, times four.
    wins : numpy.ndarray of float
        How often a score above the null exceeds one below it, times two; ties count one
        half.
    """

    target_ties: np.ndarray
    score_ties: np.ndarray
    cross: np.ndarray
    wins: np.ndarray


class SignedRanks:
    """Sums over the ranks of two vectors in any resample.

    Parameters
    ----------
    target, score : numpy.ndarray of float, shape (n_pairs,)
        Targets are relative to their null.
    block : numpy.ndarray of int, shape (n_pairs,)
    """

    def __init__(self, target, score, block, n_blocks):
        sides = target > 0, target < 0
        self._target, cell = cells_of(target, block, *sides)
        self._score, score_cell = cells_of(score, block, *sides)
        order = np.lexsort([score_cell, cell])
        vectors = block.astype(np.int32), cell, score_cell
        # In the order of their cells, these are read from memory in sequence.
        self._pairs = tuple(each[order] for each in vectors)
        self._block_sizes = np.bincount(block, minlength=n_blocks)
        self._n_elements = sum(len(each) for each in vectors)

    def __call__(self, counts):
        """Return the `SignedSums` of resamples.

        Parameters
        ----------
        counts : numpy.ndarray of int, shape (n_resamples, n_blocks)
        """
        if compiled := _compiled(self._n_elements * len(counts)):
            vectors = self._target, self._score, self._pairs, self._block_sizes
            found = compiled.signed_sums(*vectors, _lanes(counts, compiled.LANES))
            return SignedSums(*found.reshape(4, -1)[:, : len(counts)])
        return _in_batches(self._sums, counts, self._n_elements)

    def _sums(self, counts):
        """Return the sums of a batch of resamples."""
        weight = counts.take(self._target.block, axis=1)
        size = _of_values(self._target, weight * self._target.size)
        target_ties = _ties(size)
        ranks = _mid_ranks(size)
        ranks -= dot(counts, self._block_sizes)[:, None]
        weight *= _of_cells(self._target, ranks)
        weighted = weight.astype(float).take(self._pairs[1], axis=1)
        weight = counts.take(self._score.block, axis=1)
        size = _of_values(self._score, weight * self._score.size)
        ranks = _of_cells(self._score, _mid_ranks(size)).astype(float)
        cross = dot(weighted, ranks.take(self._pairs[2], axis=1))
        return SignedSums(target_ties, _ties(size), cross, _wins(self._score, weight))


class ClassSums(NamedTuple):
    """Sums over the ranks of the scores of two classes, shape (n_resamples,) each.

    Attributes
    ----------
    wins : numpy.ndarray of float
        How often a positive has a higher score than a negative, times two; ties count
        one half.
    precision : numpy.ndarray of float
        Sum over the positives of the share of positives among the pairs with at least
        their score.
    """

    wins: np.ndarray
    precision: np.ndarray


class ClassRanks:
    """Sums over the ranks of positives and negatives in any resample.

    Parameters
    ----------
    is_positive : numpy.ndarray of bool, shape (n_pairs,)
    score : numpy.ndarray of float, shape (n_pairs,)
    block : numpy.ndarray of int, shape (n_pairs,)
    """

    def __init__(self, is_positive, score, block):
        # From the highest score on, positives lose to the negatives that follow them.
        self._score, _ = cells_of(-score, block, ~is_positive, is_positive)
        self._n_elements = 2 * len(self._score.block)

    def __call__(self, counts):
        """Return the `ClassSums` of resamples; see `SignedRanks`."""
        if compiled := _compiled(self._n_elements * len(counts)):
            found = compiled.class_sums(self._score, _lanes(counts, compiled.LANES))
            return ClassSums(*found.reshape(2, -1)[:, : len(counts)])
        return _in_batches(self._sums, counts, self._n_elements)

    def _sums(self, counts):
        """Return the sums of a batch of resamples."""
        weight = counts.take(self._score.block, axis=1)
        positives = _of_values(self._score, weight * self._score.losers)
        n_positive = positives.cumsum(axis=1)
        n = _of_values(self._score, weight * self._score.size).cumsum(axis=1)
        precision = dot(positives.astype(float), n_positive / np.maximum(n, 1))
        return ClassSums(_wins(self._score, weight), precision)


def _in_batches(sums, counts, n_elements):
    """Compute sums in batches of resamples that stay in the cache of a processor."""
    size = max(1, _BATCH // max(n_elements, 1))
    batches = [
        sums(counts[first : first + size]) for first in range(0, len(counts), size)
    ]
    return batches[0]._make(np.concatenate(each) for each in zip(*batches, strict=True))


def _compiled(n_elements):
    """Return `compiled` once so much has been computed that it saves time, else None.

    Values are the same: sums of whole numbers are exact below 2**53, in any order.
    """
    global _done
    _done += n_elements
    if _done < PATIENCE:
        return None
    from endobench.stats import compiled

    return compiled


def _lanes(counts, n_lanes):
    """Lay out resamples as `compiled` reads them; the last batch is padded with zeros."""
    n, n_blocks = counts.shape
    n_batches = -(-n // n_lanes)
    padded = np.zeros((n_batches * n_lanes, n_blocks))
    padded[:n] = counts
    batches = padded.reshape(n_batches, n_lanes, n_blocks).transpose(0, 2, 1)
    return np.ascontiguousarray(batches)


def _of_values(cells, weights):
    """Return the sums of what the cells of each value have."""
    if len(cells.ends) == len(cells.block):
        return weights
    starts = np.append(0, cells.ends[:-1])
    return np.add.reduceat(weights, starts, axis=1)


def _of_cells(cells, of_values):
    """Return what each cell has by its value."""
    if len(cells.ends) == len(cells.block):
        return of_values
    return of_values.repeat(np.diff(cells.ends, prepend=0), axis=1)


def _mid_ranks(size):
    """Return the mid-ranks of values with given weights, times two.

    Weights are integers, whose cumulative sum takes a fifth of the time of that of floats.
    """
    ranks = size.cumsum(axis=1)
    ranks *= 2
    ranks -= size
    return ranks


def _wins(cells, weight):
    """Return how often a winner comes after a loser, times two; ties count one half."""
    winners = _of_values(cells, weight * cells.winners).astype(float)
    losers = _of_values(cells, weight * cells.losers)
    return dot(winners, _mid_ranks(losers).astype(float))


def _ties(size):
    """Return the sum of cubes."""
    size = size.astype(float)
    return dot(size * size, size)


def _differs(values):
    """Return whether each value differs from the one before; the first one does."""
    is_new = np.ones(len(values), dtype=bool)
    is_new[1:] = values[1:] != values[:-1]
    return is_new
