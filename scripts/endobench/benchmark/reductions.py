"""Reductions of the raw scores of several tracks to one score.

Each row of values is that of a variant or, if the scorer is by gene, of a variant and a
gene. A track without a value in a row (NaN) does not count there; a row without a value in
any track has no score.
"""

import warnings

import numpy as np

MEAN, FIRST_COMPONENT = "mean", "pc1"


def mean(values):
    """Return the mean of each row, shape (n_rows,), in double precision."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
        return np.nanmean(values, axis=1, dtype=np.float64)


def first_component(values):
    """Project each row on the first principal component about 0.

    The data are not centred, since a score of 0 means no effect. The component has unit
    length and the sign that agrees with the mean. It is computed exactly and depends on
    no seed. A row that occurs twice has twice the weight.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (n_rows, n_tracks)

    Returns
    -------
    numpy.ndarray of float, shape (n_rows,)
        Missing for rows without a value in any track; such rows have no weight. A track
        that lacks the value of another row is left out for all rows.
    """
    values = values.astype(np.float64)
    has_value = np.isfinite(values).any(axis=1)
    values = values[:, np.isfinite(values[has_value]).all(axis=0)]
    is_finite = has_value & (values.shape[1] > 0)
    known = values[is_finite]
    direction = np.linalg.eigh(known.T @ known).eigenvectors[:, -1]
    # The sum over variants of projection times mean has the sign of this sum.
    direction *= -1 if direction.sum() < 0 else 1
    result = np.full(len(values), np.nan)
    result[is_finite] = known @ direction
    return result


def largest(values):
    """Return the value of largest absolute size in each row, with its sign."""
    size = np.where(np.isnan(values), -1, np.abs(values))
    return values[np.arange(len(values)), size.argmax(axis=1)].astype(np.float64)


REDUCTIONS = {MEAN: mean, FIRST_COMPONENT: first_component, "max_abs": largest}
