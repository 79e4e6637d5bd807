"""Sums over the mid-ranks of resampled pairs, from a single sort of the data.

Pairs with equal values in one block are drawn together: they are one cell, which has
a weight in each resample. Ranks are counted in halves and doubled, so that sums of
them are exact.
"""

from typing import NamedTuple

import numpy as np

from endobench.stats.metrics import dot

# Pairs times resamples that NumPy handles while numba would be imported.
PATIENCE = 5e7
# Pairs times resamples that NumPy handles at a time: new arrays of more are slow.
_BATCH = 2**13
_done = 0


class Cells(NamedTuple):
    """The distinct values of a vector, in ascending order, and their pairs by block.

    Attributes
    ----------
    block : numpy.ndarray of int, shape (n_cells,)
        Block of each cell. The cells of a value follow each other.
    size : numpy.ndarray of int, shape (n_cells,)
        Number of pairs.
    ends : numpy.ndarray of int, shape (n_values,)
        End of the cells of each value.
    tied : numpy.ndarray of int, shape (n_tied, 2)
        First cell and end of each value that has several.
    """

    block: np.ndarray
    size: np.ndarray
    ends: np.ndarray
    tied: np.ndarray


def cells_of(values, block):
    """Return the `Cells` of a vector, and the cell of each pair.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (n_pairs,)
    block : numpy.ndarray of int, shape (n_pairs,)

    Returns
    -------
    cells : Cells
    cell : numpy.ndarray of int, shape (n_pairs,)
    """
    order = np.lexsort([block, values])
    values, sorted_block = values[order], block[order]
    is_new_value = _differs(values)
    is_new = is_new_value | _differs(sorted_block)
    cell = np.empty(len(values), dtype=np.intp)
    cell[order] = np.cumsum(is_new) - 1
    first = np.flatnonzero(is_new)
    bounds = np.append(np.flatnonzero(is_new_value[first]), len(first))
    size = np.bincount(cell, minlength=len(first))
    return Cells(sorted_block[first], size, bounds[1:], _tied(bounds)), cell


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


class Sorted(NamedTuple):
    """Pairs in ascending order of their targets.

    Attributes
    ----------
    block, cell : numpy.ndarray of int, shape (n_pairs,)
        Block of each pair, and the cell of its score.
    tied : numpy.ndarray of int, shape (n_tied, 2)
        First pair and end of each target that several pairs have.
    n_below : int
        Number of targets that are not above the null.
    """

    block: np.ndarray
    cell: np.ndarray
    tied: np.ndarray
    n_below: int


class SignedRanks:
    """Sums over the ranks of two vectors in any resample.

    Parameters
    ----------
    target, score : numpy.ndarray of float, shape (n_pairs,)
        Targets are relative to their null.
    block : numpy.ndarray of int, shape (n_pairs,)
    n_blocks : int
    """

    def __init__(self, target, score, block, n_blocks):
        self._score, cell = cells_of(score, block)
        order = np.lexsort([cell, target])
        bounds = np.append(np.flatnonzero(_differs(target[order])), len(target))
        n_below = int((target <= 0).sum())
        self._pairs = Sorted(block[order], cell[order], _tied(bounds), n_below)
        self._ends = bounds[1:]
        # For each block: pairs, those above the null, and cubes of values that it alone
        # has. Their sums need no ranks.
        is_alone = (
            ~_is_in_runs(self._pairs.tied, len(target)),
            ~_is_in_runs(self._score.tied, len(self._score.block)),
        )
        cubes = self._score.size.astype(float) ** 3
        terms = (
            (block, None),
            (block, target > 0),
            (self._pairs.block, is_alone[0]),
            (self._score.block, is_alone[1] * cubes),
        )
        self._of_blocks = np.stack(
            [np.bincount(each, term, n_blocks).astype(float) for each, term in terms]
        )
        self._vectors = self._off_null = None
        if not target.all():
            # Targets at the null neither win nor lose.
            rest = target != 0
            vectors = target[rest], score[rest], block[rest]
            self._off_null = SignedRanks(*vectors, n_blocks)

    def __call__(self, counts):
        """Return the `SignedSums` of resamples.

        Parameters
        ----------
        counts : numpy.ndarray of int, shape (n_resamples, n_blocks)
        """
        drawn = counts.astype(float)
        n, n_above = np.einsum("ij,kj->ik", self._of_blocks[:2], drawn)
        alone = np.einsum("ij,kj->ik", self._of_blocks[2:], drawn * drawn * drawn)
        n_pairs = len(self._pairs.block)
        if compiled := _compiled(n_pairs * len(counts)):
            if self._vectors is None:
                self._vectors = compiled.vectors_of(self._score, self._pairs)
            lanes = _lanes(counts, compiled.LANES)
            found = compiled.signed_sums(self._vectors, self._of_blocks[0], lanes)
            found = found.reshape(4, -1)[:, : len(counts)]
        else:
            found = _in_batches(self._sums, counts, n_pairs)
        target_ties, score_ties, cross, below = found
        if self._off_null is None:
            # Centred ranks add up to zero.
            wins = n_above * (n - n_above) - below
        else:
            wins = self._off_null(counts).wins
        return SignedSums(target_ties + alone[0], score_ties + alone[1], cross, wins)

    def _sums(self, counts):
        """Return the sums of a batch of resamples, as `compiled.signed_sums` does.

        Weights are whole numbers, whose cumulative sum takes a fifth of the time of that
        of floats.
        """
        score, pairs = self._score, self._pairs
        weight = counts.take(score.block, axis=1)
        low, high = _bounds(weight * score.size, score.ends, score.tied)
        ranks = (low + high).astype(float)
        ranks -= dot(counts, self._of_blocks[0])[:, None]
        score_ties = _ties(high - low, score.ends, score.tied)
        if len(score.tied):
            ranks = ranks.repeat(np.diff(score.ends, prepend=0), axis=1)
        weight = counts.take(pairs.block, axis=1)
        weighted = ranks.take(pairs.cell, axis=1)
        weighted *= weight
        low, high = _bounds(weight, self._ends, pairs.tied)
        target_ties = _ties(high - low, self._ends, pairs.tied)
        below = weighted[:, : pairs.n_below].sum(axis=1)
        if len(pairs.tied):
            starts = np.append(0, self._ends[:-1])
            weighted = np.add.reduceat(weighted, starts, axis=1)
        cross = dot(weighted, (low + high).astype(float))
        return target_ties, score_ties, cross, below


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
        self._score, cell = cells_of(-score, block)
        self._classes = tuple(
            np.bincount(cell[each], minlength=len(self._score.block))
            for each in (is_positive, ~is_positive)
        )

    def __call__(self, counts):
        """Return the `ClassSums` of resamples; see `SignedRanks`."""
        n_cells = len(self._score.block)
        if compiled := _compiled(n_cells * len(counts)):
            lanes = _lanes(counts, compiled.LANES)
            found = compiled.class_sums(self._score, self._classes, lanes)
            return ClassSums(*found.reshape(2, -1)[:, : len(counts)])
        return ClassSums(*_in_batches(self._sums, counts, n_cells))

    def _sums(self, counts):
        """Return the sums of a batch of resamples."""
        weight = counts.take(self._score.block, axis=1)
        (low, high), (low_other, high_other) = (
            _bounds(weight * each, self._score.ends, self._score.tied)
            for each in self._classes
        )
        positives = (high - low).astype(float)
        precision = dot(positives, high / np.maximum(high + high_other, 1))
        wins = dot((high_other - low_other).astype(float), (low + high).astype(float))
        return wins, precision


def expect(n_pairs_of_resamples):
    """Use compiled sums from the beginning if a job will compute enough to save time.

    Parameters
    ----------
    n_pairs_of_resamples : float
        Pairs times resamples, roughly.
    """
    global _done
    if n_pairs_of_resamples >= PATIENCE:
        _done = PATIENCE


def _in_batches(sums, counts, n_pairs):
    """Compute sums in batches of resamples that stay in the cache of a processor."""
    size = max(1, _BATCH // max(n_pairs, 1))
    batches = [
        sums(counts[first : first + size]) for first in range(0, len(counts), size)
    ]
    return [np.concatenate(each) for each in zip(*batches, strict=True)]


def is_much(n_pairs_of_resamples):
    """Count work; return whether there is so much that compiled sums save time."""
    global _done
    _done += n_pairs_of_resamples
    return _done >= PATIENCE


def _compiled(n_pairs):
    """Return `compiled` once so much has been computed that it saves time, else None.

    Values are the same: sums of whole numbers are exact below 2**53, in any order.
    """
    if not is_much(n_pairs):
        return None
    from endobench.stats import compiled

    return compiled


def _lanes(counts, n_lanes):
    """Lay out resamples as `compiled` reads them; the last batch is padded with zeros."""
    n, n_blocks = counts.shape
    n_full, n_more = divmod(n, n_lanes)
    batches = np.zeros((-(-n // n_lanes), n_blocks, n_lanes))
    by_lane = batches.transpose(0, 2, 1)
    full = counts[: n - n_more]
    by_lane[:n_full] = full.reshape(n_full, n_lanes, n_blocks)
    by_lane[n_full:, :n_more] = counts[n - n_more :]
    return batches


def _bounds(weights, ends, tied):
    """Return the weight of all elements below each value, and that up to its end.

    Parameters
    ----------
    weights : numpy.ndarray of int, shape (n_resamples, n_elements)
    ends, tied : numpy.ndarray of int
        See `Cells`.

    Returns
    -------
    low, high : numpy.ndarray of int, shape (n_resamples, n_values)
    """
    up_to = np.zeros((len(weights), weights.shape[1] + 1), dtype=weights.dtype)
    np.cumsum(weights, axis=1, out=up_to[:, 1:])
    if len(tied):
        high = up_to.take(ends, axis=1)
        low = np.zeros_like(high)
        low[:, 1:] = high[:, :-1]
        return low, high
    return up_to[:, :-1], up_to[:, 1:]


def _ties(size, ends, tied):
    """Return the sum of cubes of the weights of the values that have several elements."""
    if not len(tied):
        return np.zeros(len(size))
    size = size[:, np.searchsorted(ends, tied[:, 1])].astype(float)
    return dot(size * size, size)


def _tied(bounds):
    """Return first and end of the runs of several elements, given where runs begin.

    The last of the bounds is the end.
    """
    several = np.flatnonzero(np.diff(bounds) > 1)
    return np.stack([bounds[several], bounds[several + 1]], axis=1)


def _is_in_runs(runs, n):
    """Return whether each of n elements is in a run, given first and end of each."""
    steps = np.zeros(n + 1, dtype=int)
    steps[runs[:, 0]] += 1
    # A run may begin where another ends.
    np.subtract.at(steps, runs[:, 1], 1)
    return np.cumsum(steps[:-1]) > 0


def _differs(values):
    """Return whether each value differs from the one before; the first one does."""
    is_new = np.ones(len(values), dtype=bool)
    is_new[1:] = values[1:] != values[:-1]
    return is_new
