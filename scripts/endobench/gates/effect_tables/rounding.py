"""The rounding of a column, which leaves its values open by half of the last digit."""

import numpy as np

# A column with more digits is taken for exact. A single digit is too coarse for effects.
_DIGITS = range(2, 5)


class Rounding:
    """How many decimal places, or digits, suffice for all values of a column.

    The column is read part by part.
    """

    def __init__(self):
        self._steps = [(kind, n) for kind in (_places, _digits) for n in _DIGITS]

    def look(self, values):
        """Read a part of the column.

        Parameters
        ----------
        values : numpy.ndarray of float
            Those that are missing say nothing.
        """
        values = values[np.isfinite(values)]
        self._steps = [
            (kind, n) for kind, n in self._steps if _suffices(values, kind(values, n))
        ]

    def halves(self, values):
        """Return half of the last digit of each value, 0 if the column has many digits."""
        if not self._steps:
            return np.zeros(len(values))
        return np.max([kind(values, n) for kind, n in self._steps], axis=0) / 2


def _suffices(values, steps):
    return np.allclose(np.round(values / steps) * steps, values, rtol=1e-9, atol=0)


def _places(values, n):
    return np.full(len(values), 10.0**-n)


def _digits(values, n):
    size = np.abs(values)
    power = np.floor(np.log10(np.where(size > 0, size, 1)))
    return 10.0 ** (power - n + 1)
