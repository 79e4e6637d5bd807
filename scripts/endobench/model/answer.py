"""The answer of a model for one variant."""

from typing import NamedTuple

import numpy as np

ARRAYS = ("raw", "quantile", "ref_value", "alt_value")


class Answer(NamedTuple):
    """A model's answer for one variant.

    Attributes
    ----------
    variant_id : str
    window_start : int
        0-based start of the sequence that the model was given.
    raw, quantile, ref_value, alt_value : numpy.ndarray of float32 or None
        Shape (n_tracks,); the first two are ALT minus REF. An answer without tracks
        means that the Atlas does not hold the variant.
    """

    variant_id: str
    window_start: int
    raw: np.ndarray
    quantile: np.ndarray | None = None
    ref_value: np.ndarray | None = None
    alt_value: np.ndarray | None = None
