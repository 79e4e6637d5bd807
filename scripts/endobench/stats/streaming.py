"""Exact summaries of numbers that arrive in parts and need not fit into memory."""

import functools

import numpy as np

# Numbers are binned into cells by their leading bits, which preserve the order. The width
# of a cell is 1/64 of its numbers.
_TRAILING_BITS = 46
N_CELLS = 1 << (63 - _TRAILING_BITS)


def cells_of(values):
    """Return the cell of each number.

    Parameters
    ----------
    values : numpy.ndarray of float64
        Finite and not negative.

    Returns
    -------
    numpy.ndarray of int64
        From 0 to `N_CELLS` - 1, in the order of the numbers.
    """
    return values.view(np.int64) >> _TRAILING_BITS


def edges_of(cells):
    """Return the smallest number of each cell, and the smallest one above the cell."""
    cells = cells.astype(np.int64)
    return [(each << _TRAILING_BITS).view(np.float64) for each in (cells, cells + 1)]


class Median:
    """The exact median of numbers that are read twice, part by part.

    Memory grows with the number of distinct values in the median's cell only.

    Attributes
    ----------
    counts : numpy.ndarray of int64, shape (N_CELLS,)
        Number of values in each cell.
    """

    def __init__(self):
        self.counts = np.zeros(N_CELLS, dtype=np.int64)
        self._near = []

    @property
    def n(self):
        """The number of values counted."""
        return int(self.counts.sum())

    def count(self, values):
        """Read a part for the first time; see `cells_of` for valid values."""
        self.counts += np.bincount(cells_of(values), minlength=N_CELLS)

    def gather(self, values):
        """Read a part for the second time, after all parts have been counted."""
        cells = cells_of(values)
        first, last = self._middle_cells
        near = values[(cells == first) | (cells == last)]
        self._near.append(np.unique(near, return_counts=True))

    def middle(self):
        """Return the two middle values, the smaller first; an odd number has one twice.

        All parts must have been counted and gathered.
        """
        values, counts = (
            np.concatenate(each) for each in zip(*self._near, strict=True)
        )
        order = np.argsort(values, kind="stable")
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
    """The number of values outside two bounds, and the smallest and largest value.

    Parameters
    ----------
    low, high : float

    Attributes
    ----------
    n, n_beyond : int
        All values, and those below `low` or above `high`.
    smallest, largest : float
    """

    def __init__(self, low, high):
        self._bounds = low, high
        self.n = self.n_beyond = 0
        self.smallest, self.largest = np.inf, -np.inf

    def add(self, values):
        """Read a part."""
        low, high = self._bounds
        self.n += len(values)
        self.n_beyond += int(((values < low) | (values > high)).sum())
        self.smallest = values.min(initial=self.smallest)
        self.largest = values.max(initial=self.largest)

    def __str__(self):
        """Return the range of the values in words."""
        return f"smallest {self.smallest:.4g}, largest {self.largest:.4g}"
