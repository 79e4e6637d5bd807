"""Whose score it is: the model's, or that of a baseline that knows no model."""

import numpy as np
import pandas as pd

from endobench.design.models import MODEL

SIGNED_BASELINES = ("motif_change", "gc_change")


def predictors(pairs, annotations):
    """Return every predictor's score of each pair.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    annotations : pandas.DataFrame
        In the columns of `columns.ANNOTATIONS`.

    Returns
    -------
    pandas.DataFrame, shape (n_pairs, n_predictors)
        ``model``; ``motif_change`` and ``gc_change``, with a sign; ``gc_content``,
        ``distance`` (of the variant to the feature, negative, since near is more) and
        ``maf`` (negative), without one. What is not known of a variant is missing, and
        predictors that are missing throughout are left out, but for the model.
    """
    known = annotations.set_index("variant_id").reindex(pairs["variant_id"].astype(str))
    frame = pd.DataFrame(
        {
            MODEL: pairs["raw"].to_numpy(dtype=float),
            **{name: known[name].to_numpy(dtype=float) for name in SIGNED_BASELINES},
            "gc_content": known["gc_content"].to_numpy(dtype=float),
            "distance": -np.abs(pairs["distance"].to_numpy(dtype=float)),
            "maf": -pairs["maf"].to_numpy(dtype=float),
        }
    )
    return frame.loc[:, frame.notna().any() | (frame.columns == MODEL)]


def signed(frame):
    """Return the predictors that have a sign.

    Parameters
    ----------
    frame : pandas.DataFrame
        See `predictors`.

    Returns
    -------
    pandas.DataFrame
    """
    return frame[[name for name in (MODEL, *SIGNED_BASELINES) if name in frame]]


def magnitudes(frame):
    """Return all predictors of a size: without their sign, where they have one.

    Parameters
    ----------
    frame : pandas.DataFrame
        See `predictors`.

    Returns
    -------
    pandas.DataFrame
        With the columns of `frame`, in their order.
    """
    sizes = signed(frame).abs()
    return frame.assign(**{name: sizes[name] for name in sizes})
