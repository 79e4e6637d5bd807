"""Canaries: known answers, requested again to test whether the model has changed.

Some are remembered from earlier runs; others are answers of the run itself, which are
requested again at its end.
"""

import collections
import math
import random

import numpy as np

from endobench.core.errors import InputError
from endobench.model.answer import ARRAYS

# Tolerance for a repeated answer, in the unit of the score: models compute in bfloat16,
# and their hardware changes.
_SAME = {"rtol": 0.01, "atol": 0.005}
_SAME_MEAN = 0.001
# Fewer could all have been answered after a change.
_AT_LEAST = 20
# Of a run's own canaries of each kind so many are its first answers: one change in the
# course of the run changes them for certain.
_N_FIRST = 5
# Of each kind of variant at least so many are asked again, where there are as many.
_OF_A_KIND = 5
# For equal scores. Quantiles of nearly equal ones may differ by far.
_SAME_QUANTILE = 0.01


class ModelChanged(InputError):
    """A model answers a question otherwise than before."""


def n_canaries(n_known, fraction):
    """Return how many of a number of known answers are requested again.

    A fraction, rounded up, but at least 20 where there are as many; none for 0.
    """
    if not fraction:
        return 0
    return min(n_known, max(math.ceil(fraction * n_known), _AT_LEAST))


def kinds_of(rows):
    """Return the kind of each variant: 1 insertion, -1 deletion, 0 substitution.

    Models treat them differently, so that a change may concern one kind alone.

    Parameters
    ----------
    rows : pandas.DataFrame
        With ``ref`` and ``alt``.

    Returns
    -------
    numpy.ndarray of int
    """
    lengths = (rows[name].str.len().to_numpy(dtype=int) for name in ("alt", "ref"))
    return np.sign(np.subtract(*lengths))


def n_by_kind(kinds, fraction):
    """Return how many answers of each kind are requested again.

    Together they are `n_canaries`: at least five of each kind where there are as many,
    and otherwise shares as among all answers.

    Parameters
    ----------
    kinds : sequence of int
        See `kinds_of`; one for each known answer.
    fraction : float

    Returns
    -------
    dict of int to int
    """
    n_of = collections.Counter(np.asarray(kinds, dtype=int).tolist())
    n_all = n_canaries(n_of.total(), fraction)
    chosen = {kind: min(n, _OF_A_KIND) if n_all else 0 for kind, n in n_of.items()}
    # D'Hondt's method, which never gives a kind more than it has.
    while sum(chosen.values()) < n_all:
        chosen[max(chosen, key=lambda kind: n_of[kind] / (chosen[kind] + 1))] += 1
    return chosen


def sample_canaries(places, fraction, kinds):
    """Choose known answers at random, to be requested again.

    Parameters
    ----------
    places : dict of str to numpy.ndarray of journal.PLACE
        By scorer, where the journal holds the answer for each row.
    fraction : float
        Fraction of the variants that have answers for every scorer; see `n_by_kind`.
    kinds : numpy.ndarray of int
        See `kinds_of`; one for each row.

    Returns
    -------
    list of int
        Positions of rows, different each time.
    """
    is_known = np.all([each["file"] >= 0 for each in places.values()], axis=0)
    chosen = []
    for kind, number in n_by_kind(kinds[is_known], fraction).items():
        of_kind = np.flatnonzero(is_known & (kinds == kind)).tolist()
        chosen += random.sample(of_kind, number)
    return sorted(chosen)


def sample_unchecked(places, number):
    """Choose answers at random that an earlier version did not check.

    Parameters
    ----------
    places : dict of str to numpy.ndarray of journal.PLACE
        By scorer.
    number : int
        At most as many are chosen.

    Returns
    -------
    list of int
        Positions of rows that have answers for every scorer.
    """
    unchecked = np.flatnonzero(is_unchecked(places))
    return sorted(random.sample(unchecked.tolist(), min(number, len(unchecked))))


def is_unchecked(places):
    """Return for each row whether an earlier version did not check its answers."""
    is_known = np.all([each["file"] >= 0 for each in places.values()], axis=0)
    is_old = [(each["n_tracks"] > 0) & ~each["is_checked"] for each in places.values()]
    return is_known & np.any(is_old, axis=0)


class OwnCanaries:
    """A sample of a run's own answers: the first of each kind, and others at random.

    Only where the journals hold them is remembered, since many genes take much memory.

    Parameters
    ----------
    kinds : sequence of int
        See `kinds_of`; one for each answer that is expected.
    fraction : float
        See `n_by_kind`.
    """

    def __init__(self, kinds, fraction):
        self._sizes = n_by_kind(kinds, fraction)
        self._n_seen = collections.Counter()
        self._held = {kind: [] for kind in self._sizes}

    def add(self, question, places):
        """Offer an answered question (`workers.Question`) and, by scorer, its places."""
        row = question.row
        kind = (len(row.alt) > len(row.ref)) - (len(row.alt) < len(row.ref))
        held, size = self._held[kind], self._sizes[kind]
        self._n_seen[kind] += 1
        if len(held) < size:
            held.append((question, places))
            return
        # Reservoir sampling: each answer but the first ones has the same chance.
        n_first = max(min(_N_FIRST, size - 1), 0)
        at = random.randrange(n_first, self._n_seen[kind])
        if at < size:
            held[at] = (question, places)

    def __iter__(self):
        """Yield the questions and places of the sample, in random order."""
        held = [pair for of_kind in self._held.values() for pair in of_kind]
        return iter(random.sample(held, len(held)))


def check_canary(then, now, scorer, address):
    """Raise `ModelChanged` unless an answer is the same as before.

    Parameters
    ----------
    then, now : journal.Answer
        Answers for the same variant.
    scorer, address : str

    Raises
    ------
    ModelChanged
        See `difference_of`.
    """
    if difference := difference_of(then, now):
        raise ModelChanged(
            f"{address} now scores {now.variant_id} differently: {scorer} {difference};"
            " its model has changed, or it mixes up answers. Set another"
            " prediction.journal for its answers"
        )


def check_repeated(then, now, before, path):
    """Raise `ModelChanged` unless two files of a journal hold the same answer.

    Parameters
    ----------
    then, now : journal.Answer
        Answers for the same variant.
    before, path : pathlib.Path
        Their files, which may be one.
    """
    if difference := difference_of(then, now):
        raise ModelChanged(
            f"{path}: {now.variant_id} has other values here than in {before.name}: it"
            f" {difference}. Two versions of a model may have answered; move away the file"
            " whose answers should not count"
        )


def difference_of(then, now):
    """Return how two answers for one variant differ, in words, or None.

    They may differ by rounding, but not in the genes of a window. Values are compared by
    gene, in whatever order these came. A track that has no value in one of them is not
    compared, nor is a gene whose values one of them did not keep.
    """
    if difference := _difference_of_genes(then, now):
        return difference
    return _difference_of_values(*_of_same_genes(then, now))


def _difference_of_genes(then, now):
    """Return how the genes of two answers differ, whether kept or not, or None."""
    before, later = (_all_genes(each) for each in (then, now))
    if before == later:
        return None
    if before is None or later is None:
        came = ["with" if each is not None else "without" for each in (before, later)]
        return f"came {came[0]} genes, now {came[1]}"
    words = [
        f"{len(genes)} {'is' if len(genes) == 1 else 'are'} {what}, such as {min(genes)}"
        for genes, what in ((before - later, "gone"), (later - before, "new"))
        if genes
    ]
    return f"had {len(before)} genes, now {len(later)}: {' and '.join(words)}"


def _all_genes(answer):
    if answer.feature_ids is None:
        return None
    left_out = [] if answer.left_out is None else answer.left_out.tolist()
    return {*answer.feature_ids.tolist(), *left_out}


def _of_same_genes(then, now):
    """Return both answers with the genes whose values both have, in the same order."""
    if then.feature_ids is None:
        return then, now
    _, *places = np.intersect1d(then.feature_ids, now.feature_ids, return_indices=True)
    return tuple(
        answer._replace(
            feature_ids=answer.feature_ids[rows],
            **{
                name: values[rows]
                for name in ARRAYS
                if (values := getattr(answer, name)) is not None
            },
        )
        for answer, rows in zip((then, now), places, strict=True)
    )


def _difference_of_values(then, now):
    """Return how the values of two answers for the same genes differ, or None."""
    is_same = then.raw.shape == now.raw.shape and _are_close(now.raw, then.raw, _SAME)
    # The study's differences are too small for this test, but its means are not.
    for name in ("ref_value", "alt_value"):
        means = [getattr(each, name) for each in (now, then)]
        if is_same and means[1] is not None:
            is_same = _are_close(*means, {"rtol": _SAME_MEAN, "atol": 0})
    if not is_same:
        return _most_different(then, now)
    return _difference_of_quantiles(then, now)


def _are_close(now, then, tolerance):
    is_known = np.isfinite(now) & np.isfinite(then)
    return np.allclose(now[is_known], then[is_known], **tolerance)


def _difference_of_quantiles(then, now):
    """Return how the quantiles of equal scores differ, or None."""
    if (then.quantile is None) != (now.quantile is None):
        before, later = (
            ("without", "with") if then.quantile is None else ("with", "without")
        )
        return f"came {before} quantiles, now {later}"
    if then.quantile is None:
        return None
    # Quantiles that were not kept are missing, and not compared.
    is_far = np.abs(now.quantile - then.quantile) > _SAME_QUANTILE
    if not (is_far & (now.raw == then.raw)).any():
        return None
    place = np.unravel_index((is_far & (now.raw == then.raw)).argmax(), is_far.shape)
    return (
        f"had quantile {then.quantile[place]:.4g}, now {now.quantile[place]:.4g}"
        f" ({_named(place, now)})"
    )


def _most_different(then, now):
    if then.raw.shape != now.raw.shape:
        return f"had {then.n_tracks} tracks, now {now.n_tracks}"
    difference = np.abs(now.raw - then.raw)
    place = np.unravel_index(np.nanargmax(difference), difference.shape)
    return f"was {then.raw[place]:.4g}, now {now.raw[place]:.4g} ({_named(place, now)})"


def _named(place, answer):
    """Return the track at a place of an answer's values and, if it has genes, the gene."""
    track = f"track {place[-1]}"
    return track if len(place) == 1 else f"{answer.feature_ids[place[0]]}, {track}"
