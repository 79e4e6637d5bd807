"""What a model answers about one variant."""

from typing import NamedTuple

import numpy as np

ARRAYS = ("raw", "quantile", "ref_value", "alt_value")


class Answer(NamedTuple):
    """One answer of a model.

    Attributes
    ----------
    variant_id : str
    window_start : int
        0-based start of the sequence that the model saw.
    raw, quantile, ref_value, alt_value : numpy.ndarray of float32 or None
        Shape (n_tracks,), ALT minus REF for the first two. Without tracks the answer is
        that the variant is not held there.
    """

    variant_id: str
    window_start: int
    raw: np.ndarray
    quantile: np.ndarray | None = None
    ref_value: np.ndarray | None = None
    alt_value: np.ndarray | None = None
