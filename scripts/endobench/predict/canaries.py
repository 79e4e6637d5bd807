"""Remembered answers that are asked for again, to see whether the model is the same."""

import math
import random

import numpy as np

from endobench.core.errors import InputError

# What a remembered answer may differ from the same question asked again, in the
# score's unit: models compute in bfloat16, and their hardware changes.
_SAME = {"rtol": 0.01, "atol": 0.005}
_SAME_MEAN = 0.001


def sample_canaries(places, fraction):
    """Choose remembered answers to be asked for again.

    Parameters
    ----------
    places : dict of str to numpy.ndarray of journal.PLACE
        By scorer, what is remembered of each row.
    fraction : float
        Of the variants that are remembered for every scorer, rounded up.

    Returns
    -------
    list of int
        Positions of rows, other ones each time.
    """
    is_known = np.all([each["file"] >= 0 for each in places.values()], axis=0)
    known = np.flatnonzero(is_known)
    return sorted(random.sample(known.tolist(), math.ceil(fraction * len(known))))


def check_canary(then, now, scorer, address):
    """Raise where an answer is not what it was.

    Parameters
    ----------
    then, now : journal.Answer
        Of the same variant.
    scorer, address : str

    Raises
    ------
    InputError
        If they differ by more than rounding.
    """
    is_same = then.raw.shape == now.raw.shape and np.allclose(
        now.raw, then.raw, **_SAME
    )
    # The study's differences are too small for that; its means are not.
    for name in ("ref_value", "alt_value"):
        means = [getattr(each, name) for each in (now, then)]
        if is_same and means[1] is not None:
            is_same = np.allclose(*means, rtol=_SAME_MEAN, atol=0)
    if not is_same:
        raise InputError(
            f"{address} answers {now.variant_id} otherwise than before: {scorer}"
            f" {_most_different(then.raw, now.raw)}; its model has changed, so give its"
            " answers another prediction.journal"
        )


def _most_different(then, now):
    if then.shape != now.shape:
        return f"had {then.size} tracks and has {now.size}"
    track = int(np.abs(now - then).argmax())
    return f"was {then[track]:.4g} and is {now[track]:.4g} (track {track})"
