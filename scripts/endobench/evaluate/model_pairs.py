"""The pairs that several models have, on which they are compared."""

import logging

import numpy as np

from endobench.benchmark.matching import classify, positives_of
from endobench.core.logs import tell
from endobench.design.tasks import UNSIGNED

log = logging.getLogger(__name__)

_KEYS = ["source_id", "feature_id"]
# Below this share of a model's pairs, the others may decide what is found.
LEAST_SHARED = 0.5


def of_task(pairs, task, classes):
    """Return the pairs of a benchmark that a task covers.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    task : str
        The unsigned task keeps all pairs that belong to a class; the others keep
        positives.
    classes : list
        See `matching.positives_of`.
    """
    if task == UNSIGNED:
        return pairs[~np.isnan(classify(pairs, *classes))]
    return positives_of(pairs, classes)


def shared_by_all(frames, task, classes):
    """Return the pairs that several benchmarks share, in the same order.

    Parameters
    ----------
    frames : list of pandas.DataFrame
        In the columns of `columns.PAIRS`, with the same effects.
    task, classes
        See `of_task`.

    Returns
    -------
    list of pandas.DataFrame
        Of one length.
    """
    kept = [of_task(each, task, classes) for each in frames]
    kept = [each.astype(dict.fromkeys(_KEYS, str)).set_index(_KEYS) for each in kept]
    shared = kept[0].index
    for each in kept:
        shared = shared.intersection(each.index, sort=True)
    return [each.loc[shared].reset_index() for each in kept]


def few_of(n_shared, counts, name):
    """Return in words that a model is compared on few of its pairs, or None.

    One model with few scores leaves few pairs for the comparison of all.

    Parameters
    ----------
    n_shared : int
        Pairs that all models have.
    counts : dict of str to int
        Pairs of each model, by its name.
    name : str
        Of the model.
    """
    if n_shared >= LEAST_SHARED * counts[name]:
        return None
    fewest = min(counts, key=counts.get)
    return (
        f"only {n_shared:,} of its {counts[name]:,} pairs are among those that all models"
        f" have; {fewest} has the fewest, {counts[fewest]:,}"
    )


def tell_of_none(benchmark, task, n_shared, counts):
    """Warn that the models of a benchmark are not compared, and why.

    Parameters
    ----------
    benchmark : str
        Its place, such as ``demo/corrected``.
    task : str
    n_shared, counts
        See `few_of`.
    """
    fewest = min(counts, key=counts.get)
    tell(
        log,
        "models of %s are not compared (%s task): no interval from the %d pairs that have a"
        " score of each of %s; %s has the fewest pairs, %d",
        *(benchmark, task, n_shared, ", ".join(counts), fewest, counts[fewest]),
    )
