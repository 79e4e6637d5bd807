"""The client's aggregations: from the predictions of both alleles to a score per track."""

import numpy as np


def aggregate(ref, alt, name):
    """Reduce two predictions to one score per track.

    Parameters
    ----------
    ref, alt : numpy.ndarray, shape (n_positions, n_tracks)
    name : str
        Name of a ``variant_scorers.AggregationType``, such as DIFF_LOG2_SUM.

    Returns
    -------
    numpy.ndarray, shape (n_tracks,)

    Raises
    ------
    ValueError
        If the name is none of these.
    """
    match name:
        case "DIFF_MEAN":
            return alt.mean(axis=0) - ref.mean(axis=0)
        case "DIFF_SUM":
            return alt.sum(axis=0) - ref.sum(axis=0)
        case "DIFF_SUM_LOG2":
            return (np.log2(1 + alt) - np.log2(1 + ref)).sum(axis=0)
        case "DIFF_LOG2_SUM":
            return np.log2(1 + alt.sum(axis=0)) - np.log2(1 + ref.sum(axis=0))
        case "L2_DIFF":
            return np.linalg.norm(alt - ref, axis=0)
        case "L2_DIFF_LOG1P":
            return np.linalg.norm(np.log1p(alt) - np.log1p(ref), axis=0)
        case "ACTIVE_MEAN":
            return np.maximum(alt.mean(axis=0), ref.mean(axis=0))
        case "ACTIVE_SUM":
            return np.maximum(alt.sum(axis=0), ref.sum(axis=0))
    raise ValueError(f"unknown aggregation {name}")
