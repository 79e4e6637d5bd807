"""The answers of a model: scores of a variant, or tracks of a sequence."""

from typing import NamedTuple

import numpy as np
import pandas as pd

ARRAYS = ("raw", "quantile", "ref_value", "alt_value")


class Answer(NamedTuple):
    """A model's answer for one variant.

    Attributes
    ----------
    variant_id : str
    window_start : int
        0-based start of the sequence that the model was given.
    raw, quantile, ref_value, alt_value : numpy.ndarray of float32 or None
        Shape (n_tracks,), or (n_genes, n_tracks) if the scorer is by gene; the first two
        are ALT minus REF. A track without a value is NaN. An answer without tracks means
        that the Atlas does not hold the variant; one with tracks and without genes, that
        no gene has a score.
    feature_ids : numpy.ndarray of str or None
        Shape (n_genes,), ids without version; None if the scorer is not by gene.
    """

    variant_id: str
    window_start: int
    raw: np.ndarray
    quantile: np.ndarray | None = None
    ref_value: np.ndarray | None = None
    alt_value: np.ndarray | None = None
    feature_ids: np.ndarray | None = None

    def is_complete(self):
        """Return whether every value is a number."""
        arrays = (getattr(self, name) for name in ARRAYS)
        return all(np.isfinite(each).all() for each in arrays if each is not None)

    def is_lacking(self):
        """Return for each track whether it lacks a value, shape (n_tracks,)."""
        arrays = [getattr(self, name) for name in ARRAYS]
        is_lacking = [~np.isfinite(each) for each in arrays if each is not None]
        return np.any(is_lacking, axis=0)

    def has_no_score(self):
        """Return whether the answer has tracks, and a score in none of them."""
        return len(self.raw) > 0 and not np.isfinite(self.raw).any()

    def with_nan(self):
        """Return the answer with NaN for every value that is not a number."""
        changed = {}
        for name in ARRAYS:
            values = getattr(self, name)
            if values is not None and np.isinf(values).any():
                changed[name] = np.where(np.isfinite(values), values, np.nan)
        return self._replace(**changed)


class Tracks(NamedTuple):
    """Predicted tracks of a sequence, under the names of the client's `TrackData`.

    Attributes
    ----------
    values : numpy.ndarray of float32, shape (length / resolution, n_tracks)
    metadata : pandas.DataFrame
        In the columns of the client.
    resolution : int
        Bases of a bin.
    """

    values: np.ndarray
    metadata: pd.DataFrame
    resolution: int
