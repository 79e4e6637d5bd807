"""Predictors of a benchmark: the model, and model-free baselines.

A baseline is one entry of `BASELINES`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.design.models import MODEL


class Baseline(NamedTuple):
    """A predictor that uses no model.

    Attributes
    ----------
    name : str
    is_signed : bool
        Whether its sign predicts that of the effect; otherwise larger scores mean larger
        effects.
    score : callable
        Takes pairs (`columns.PAIRS`) and the annotations of their variants
        (`columns.ANNOTATIONS`), row by row, and returns a float array of shape
        (n_pairs,).
    """

    name: str
    is_signed: bool
    score: Callable


def _numbers(frame, name):
    return frame[name].to_numpy(dtype=float)


BASELINES = (
    Baseline("motif_change", True, lambda _, known: _numbers(known, "motif_change")),
    Baseline("gc_change", True, lambda _, known: _numbers(known, "gc_change")),
    Baseline("gc_content", False, lambda _, known: _numbers(known, "gc_content")),
    # Negative, since near and rare variants tend to have larger effects.
    Baseline("distance", False, lambda pairs, _: -np.abs(_numbers(pairs, "distance"))),
    Baseline("maf", False, lambda pairs, _: -_numbers(pairs, "maf")),
)


def predictors(pairs, annotations):
    """Return the scores of the model and of every baseline.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    annotations : pandas.DataFrame
        In the columns of `columns.ANNOTATIONS`.

    Returns
    -------
    pandas.DataFrame, shape (n_pairs, n_predictors)
        ``model``, then `BASELINES` by name. Scores are missing for variants that lack
        the annotation. Baselines without any score are left out.
    """
    return predictors_of(pairs, annotations_of(pairs, annotations))


def annotations_of(pairs, annotations):
    """Return the annotations of the variant of each pair; parameters as `predictors`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.ANNOTATIONS` without ``variant_id``, row by row.
    """
    known = annotations.set_index("variant_id").reindex(pairs["variant_id"].astype(str))
    return known.reset_index(drop=True)


def predictors_of(pairs, known):
    """Return the scores of `predictors`, given the annotations of each pair.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    known : pandas.DataFrame
        Rows of `annotations_of`.
    """
    scores = {each.name: each.score(pairs, known) for each in BASELINES}
    frame = pd.DataFrame({MODEL: _numbers(pairs, "raw"), **scores})
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
    names = [MODEL, *(each.name for each in BASELINES if each.is_signed)]
    return frame[[name for name in names if name in frame]]


def magnitudes(frame):
    """Return all predictors, with the absolute values of those that have a sign.

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
