"""Canaries: known answers, requested again to test whether the model has changed."""

import math
import random

import numpy as np

from endobench.core.errors import InputError

# Tolerance for a repeated answer, in the unit of the score: models compute in bfloat16,
# and their hardware changes.
_SAME = {"rtol": 0.01, "atol": 0.005}
_SAME_MEAN = 0.001


def sample_canaries(places, fraction):
    """Choose known answers at random, to be requested again.

    Parameters
    ----------
    places : dict of str to numpy.ndarray of journal.PLACE
        By scorer, where the journal holds the answer for each row.
    fraction : float
        Fraction of the variants that have answers for every scorer; rounded up.

    Returns
    -------
    list of int
        Positions of rows, different each time.
    """
    is_known = np.all([each["file"] >= 0 for each in places.values()], axis=0)
    known = np.flatnonzero(is_known)
    return sorted(random.sample(known.tolist(), math.ceil(fraction * len(known))))


def check_canary(then, now, scorer, address):
    """Raise `InputError` unless an answer is the same as before.

    Parameters
    ----------
    then, now : journal.Answer
        Answers for the same variant.
    scorer, address : str

    Raises
    ------
    InputError
        If they differ by more than rounding.
    """
    is_same = then.raw.shape == now.raw.shape and np.allclose(
        now.raw, then.raw, **_SAME
    )
    # The study's differences are too small for this test, but its means are not.
    for name in ("ref_value", "alt_value"):
        means = [getattr(each, name) for each in (now, then)]
        if is_same and means[1] is not None:
            is_same = np.allclose(*means, rtol=_SAME_MEAN, atol=0)
    if not is_same:
        raise InputError(
            f"{address} now scores {now.variant_id} differently: {scorer}"
            f" {_most_different(then.raw, now.raw)}; its model has changed, so set"
            " another prediction.journal for its answers"
        )


def _most_different(then, now):
    if then.shape != now.shape:
        return f"had {then.size} tracks, now {now.size}"
    track = int(np.abs(now - then).argmax())
    return f"was {then[track]:.4g}, now {now[track]:.4g} (track {track})"
