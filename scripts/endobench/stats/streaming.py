"""Summaries of numbers that come in parts and need not fit into memory."""

import functools

import numpy as np

# Numbers are sorted into cells by their leading bits, which keep their order: a cell is a
# 64th of its numbers wide.
_TRAILING_BITS = 46
N_CELLS = 1 << (63 - _TRAILING_BITS)


def cells_of(values):
    """Return the cell of each number.

    Parameters
    ----------
    values : numpy.ndarray of float64
        Finite, and none below zero.

    Returns
    -------
    numpy.ndarray of int64
        From 0 to `N_CELLS` - 1, growing with the numbers.
    """
    return values.view(np.int64) >> _TRAILING_BITS


def edges_of(cells):
    """Return the smallest number of each cell, and the one that is beyond all of them."""
    cells = cells.astype(np.int64)
    return [(each << _TRAILING_BITS).view(np.float64) for each in (cells, cells + 1)]


class Median:
    """The exact median of numbers that are looked at twice, part by part.

    Memory grows with the different numbers in the median's cell, not with all of them.

    Attributes
    ----------
    counts : numpy.ndarray of int64
        How many numbers there are in each cell.
    """

    def __init__(self):
        self.counts = np.zeros(N_CELLS, dtype=np.int64)
        self._near = []

    @property
    def n(self):
        """How many numbers were counted."""
        return int(self.counts.sum())

    def count(self, values):
        """Look at a part for the first time; see `cells_of` for what it may hold."""
        self.counts += np.bincount(cells_of(values), minlength=N_CELLS)

    def gather(self, values):
        """Look at a part for the second time, after all were counted."""
        cells = cells_of(values)
        first, last = self._middle_cells
        near = values[(cells == first) | (cells == last)]
        self._near.append(np.unique(near, return_counts=True))

    def middle(self):
        """Return the two numbers in the middle, smaller first; of odd numbers, one twice.

        All numbers must have been counted and gathered.
        """
        values, counts = (
            np.concatenate(each) for each in zip(*self._near, strict=True)
        )
        order = np.argsort(values)
        first, _ = self._middle_cells
        n_below = self.counts[:first].sum()
        ends = n_below + np.cumsum(counts[order])
        return values[order][np.searchsorted(ends, self._ranks(), "right")]

    def _ranks(self):
        return np.array([(self.n - 1) // 2, self.n // 2])

    @functools.cached_property
    def _middle_cells(self):
        return np.searchsorted(np.cumsum(self.counts), self._ranks(), "right")


class Bounds:
    """How many numbers are beyond two bounds, and the smallest and largest of all.

    Parameters
    ----------
    low, high : float

    Attributes
    ----------
    n, n_beyond : int
        How many there are, and how many of them are below `low` or above `high`.
    smallest, largest : float
    """

    def __init__(self, low, high):
        self._bounds = low, high
        self.n = self.n_beyond = 0
        self.smallest, self.largest = np.inf, -np.inf

    def add(self, values):
        """Look at a part."""
        low, high = self._bounds
        self.n += len(values)
        self.n_beyond += int(((values < low) | (values > high)).sum())
        self.smallest = values.min(initial=self.smallest)
        self.largest = values.max(initial=self.largest)

    def __str__(self):
        """Say how far they reach."""
        return f"smallest {self.smallest:.4g}, largest {self.largest:.4g}"
