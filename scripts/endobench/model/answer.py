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
    left_out : numpy.ndarray of str or None
        Ids of further genes that the model answered for, whose values were not kept.
    """

    variant_id: str
    window_start: int
    raw: np.ndarray
    quantile: np.ndarray | None = None
    ref_value: np.ndarray | None = None
    alt_value: np.ndarray | None = None
    feature_ids: np.ndarray | None = None
    left_out: np.ndarray | None = None

    @property
    def n_tracks(self):
        """Number of tracks; 0 if the Atlas does not hold the variant."""
        return self.raw.shape[-1]

    @property
    def n_bytes(self):
        """Bytes that the values take in memory."""
        arrays = (getattr(self, name) for name in ARRAYS)
        return sum(each.nbytes for each in arrays if each is not None)

    def is_complete(self):
        """Return whether every value is a number."""
        # Asked several times of each answer, so written without a generator.
        for values in (self.raw, self.quantile, self.ref_value, self.alt_value):
            if values is not None and not np.isfinite(values).all():
                return False
        return True

    def is_lacking(self):
        """Return for each track whether it lacks a value, of any gene: (n_tracks,)."""
        arrays = [getattr(self, name) for name in ARRAYS]
        return np.any([lacks(each) for each in arrays if each is not None], axis=0)

    def has_no_score(self):
        """Return whether the answer has tracks, and a score in none of them."""
        return len(self.raw) > 0 and not np.isfinite(self.raw).any()

    def of_genes(self, genes):
        """Return the answer with the values of some genes alone.

        Parameters
        ----------
        genes : set of str or None
            Ids without version; None for all genes.
        """
        if genes is None or self.feature_ids is None:
            return self
        is_kept = np.array([each in genes for each in self.feature_ids.tolist()], bool)
        if is_kept.all():
            return self
        arrays = {name: getattr(self, name) for name in ARRAYS}
        kept = {
            name: values[is_kept]
            for name, values in arrays.items()
            if values is not None
        }
        left_out = self.feature_ids[~is_kept]
        if self.left_out is not None:
            left_out = np.concatenate([left_out, self.left_out])
        return self._replace(
            feature_ids=self.feature_ids[is_kept], left_out=left_out, **kept
        )

    def with_nan(self):
        """Return the answer with NaN for every value that is not a number."""
        changed = {}
        for name in ARRAYS:
            values = getattr(self, name)
            if values is not None and np.isinf(values).any():
                changed[name] = np.where(np.isfinite(values), values, np.nan)
        return self._replace(**changed)


def lacks(values):
    """Return for each track whether a value of an answer's array is no number."""
    is_lacking = ~np.isfinite(values)
    return is_lacking if is_lacking.ndim == 1 else is_lacking.any(axis=0)


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
