"""Positive controls, and the power to detect a planted correlation."""

import json
import logging
import pathlib

import numpy as np
import pandas as pd
import scipy

from endobench.benchmark.merge import join
from endobench.benchmark.scores import TrackSet, reduce_tracks
from endobench.core.columns import CONTROL_PAIRS
from endobench.core.errors import InputError
from endobench.core.logs import tell
from endobench.core.losses import N_EXAMPLES
from endobench.predict.look_up import answers_from_table
from endobench.stats.analytic import normal_quantile, ranks_of, wilson

log = logging.getLogger(__name__)

CONTROL = "control"
# Whether scores, or the measurements of the control, follow the sequence.
SEQUENCE, CONTROL_SEQUENCE = "sequence", "control_sequence"
# The model with the tracks of another tissue.
MISMATCHED = "mismatched_tracks"
N_TRIALS = 200
# Pairs of the trials that are computed together: more would not fit into a cache.
_AT_ONCE = 1 << 13
# With fewer blocks the test cannot reject: its statistic is at most their square root.
MIN_BLOCKS = 4
_ROUNDING = 1e-9
# What a table of measurements says beside its values, and the columns of pairs.
_OF_ASSAY = {"effect_se": "control_se", "measured_feature": "control_feature"}


def check_other_file(effects, control, name):
    """Raise an error if a control is a copy of the effects' file under another name.

    Parameters
    ----------
    effects, control : path-like
        Records of the two inputs; see `sources.fetch`.
    name : str
        Name of the control.

    Raises
    ------
    InputError
    """
    digests = [
        json.loads(pathlib.Path(path).read_text()).get("sha256")
        for path in (effects, control)
    ]
    if digests[0] is not None and digests[0] == digests[1]:
        raise InputError(
            f"control {name}: its file is a copy of that of the effects (sha256"
            f" {digests[0]}); expected effects that another assay measured"
        )


def scores_of_control(variants, table, name):
    """Return another assay's measurements of the variants of some effects, as scores.

    The measurements are processed like a model's scores. A wrong column, build or allele
    of the effects thus shows in a comparison without any model.

    Parameters
    ----------
    variants : pandas.DataFrame
        All variants of the effects (`columns.VARIANTS`).
    table : pandas.DataFrame
        Measurements of the other assay, in the columns of `columns.SCORE_TABLE`.
    name : str
        Name of the control.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.SCORES`; empty if no variant is shared.
    """
    answers, _ = answers_from_table(variants, table, f"{CONTROL}/{name}")
    if answers.empty:
        ours, theirs = (
            ", ".join(map(repr, each["variant_id"].head(N_EXAMPLES).astype(str)))
            for each in (variants, table)
        )
        tell(
            log,
            "control %s has none of the %s variants with effects (such as %s), but others"
            " (such as %s)",
            name,
            f"{len(variants):,}",
            ours,
            theirs,
        )
    asked = variants.assign(source_id=variants["variant_id"], shift_bp=0, in_peak=None)
    return reduce_tracks(asked, answers, TrackSet(name, [0]))


def join_control(effects, scores):
    """Join effects with another assay's measurements of the same variants.

    Parameters
    ----------
    effects : pandas.DataFrame
        In the columns of `columns.EFFECTS`.
    scores : pandas.DataFrame
        From `scores_of_control`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.PAIRS`; empty if no variant is shared.
    """
    return join(effects, scores)


def measurements_of(variants, table):
    """Return the standard error and the feature of a control's measurements.

    Parameters
    ----------
    variants : pandas.DataFrame
        All variants of the effects (`columns.VARIANTS`).
    table : pandas.DataFrame
        Measurements of the other assay, in the columns of `columns.MEASURED_TABLE`.

    Returns
    -------
    pandas.DataFrame
        ``control_se, control_feature`` by the ``variant_id`` of the effects. A variant
        matches by position and alleles, or else by its id in the table.
    """
    keys = ["chrom", "pos", "alleles"]
    found = _with_alleles(variants)[["variant_id", *keys]].merge(
        _with_alleles(table).drop_duplicates(keys)[[*keys, *_OF_ASSAY]],
        on=keys,
        how="left",
    )
    found = found.drop_duplicates("variant_id")
    named = table.dropna(subset="source_id").drop_duplicates("source_id")
    named = named.set_index("source_id")
    ids = found["variant_id"]
    measured = {
        new: np.where(found[name].notna(), found[name], ids.map(named[name]))
        for name, new in _OF_ASSAY.items()
    }
    measured = pd.DataFrame(measured, index=pd.Index(ids, name="variant_id"))
    return measured.astype({"control_se": float})


def with_measurements(pairs, measured):
    """Add the standard error and the feature of each measurement of a control.

    Parameters
    ----------
    pairs : pandas.DataFrame
        See `join_control`.
    measured : pandas.DataFrame
        From `measurements_of`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.CONTROL_PAIRS`.
    """
    ids = pairs["source_id"]
    found = {name: ids.map(measured[name]).to_numpy() for name in measured}
    return pairs.assign(**found).reindex(columns=CONTROL_PAIRS.names)


def _with_alleles(variants):
    """Add both alleles in alphabetical order, since a table may have them swapped."""
    ref, alt = variants["ref"].astype(str), variants["alt"].astype(str)
    both = ref.where(ref < alt, alt) + ">" + alt.where(ref < alt, ref)
    return variants.assign(chrom=variants["chrom"].astype(str), alleles=both)


def detection_rate(effect, score, block, rho, *, n_trials=N_TRIALS, seed=0):
    """Plant a correlation among a benchmark's own pairs, and return how often it is found.

    Effects are first made uncorrelated with the scores. In each trial the effects of
    whole LD blocks change sign at random, which preserves their linkage, and a share of
    the score is added. A trial detects the correlation if a two-sided rank test,
    studentised by block, rejects at 5 %.

    Parameters
    ----------
    effect, score : array-like of float, shape (n_pairs,)
    block : array-like of int, shape (n_pairs,)
        LD block of each pair, from 0.
    rho : float
        Planted correlation of the normal scores. With 0 nothing is planted, and about
        5 % of the trials reject.
    n_trials, seed : int

    Returns
    -------
    value, ci_low, ci_high : float
        Share of the trials, with Wilson's 95 % interval. Missing if a vector is
        constant or there are fewer than `MIN_BLOCKS` blocks.
    """
    effect, score = _normal_scores(effect), _normal_scores(score)
    block = np.asarray(block)
    if len(np.unique(block)) < MIN_BLOCKS:
        return np.nan, np.nan, np.nan
    if len(effect) == 0 or np.ptp(effect) == 0 or np.ptp(score) == 0:
        return np.nan, np.nan, np.nan
    rest = effect - score * (effect @ score) / len(score)
    # Effects that equal the scores leave no remainder.
    spread = rest.std()
    effect = rest / spread if spread > _ROUNDING else np.zeros(len(rest))
    rng = np.random.default_rng(seed)
    n_blocks = block.max() + 1
    ranks = ranks_of(score)
    ranks -= ranks.mean()
    planted = rho * score, np.sqrt(1 - rho**2) * effect
    either = planted[0] + planted[1], planted[0] - planted[1]
    sums_of = _EitherSums(*either, block, ranks)
    limit = normal_quantile()
    n_found = 0
    n_at_once = max(_AT_ONCE // len(effect), 1)
    for first in range(0, n_trials, n_at_once):
        n_here = min(n_at_once, n_trials - first)
        sums = sums_of(rng.choice([-1.0, 1.0], (n_here, n_blocks)) > 0)
        reach = limit * np.sqrt((sums**2).sum(axis=1))
        n_found += np.count_nonzero(np.abs(sums.sum(axis=1)) > reach)
    return n_found / n_trials, *wilson(n_found / n_trials, n_trials)


def _normal_scores(values):
    """Return normal scores, standardised to mean 0 and variance 1 even with ties."""
    ranks = ranks_of(np.asarray(values, dtype=float))
    scores = scipy.special.ndtri((ranks - 0.5) / max(len(ranks), 1))
    if len(ranks) == 0 or np.ptp(ranks) == 0:
        return np.zeros(len(ranks))
    return (scores - scores.mean()) / scores.std()


class _EitherSums:
    """Sums over blocks of vectors that take each block from one of two, by one sort.

    Everything is in the order of both vectors together, which a processor reads fastest.

    Parameters
    ----------
    first, second : numpy.ndarray of float, shape (n,)
    block : numpy.ndarray of int, shape (n,)
    weight : numpy.ndarray of float, shape (n,)
    """

    def __init__(self, first, second, block, weight):
        self._n, self._n_blocks = len(first), block.max() + 1
        both = np.concatenate([first, second])
        order = np.argsort(both, kind="stable")
        self._is_first, place = order < self._n, order % self._n
        self._block, self._weight = block[place], weight[place]
        is_new = np.diff(both[order], prepend=-np.inf) != 0
        # Where the equal values of each element begin and end.
        begin = np.flatnonzero(is_new)
        run = np.cumsum(is_new) - 1
        self._begin, self._end = begin[run], np.append(begin[1:], len(both))[run]

    def __call__(self, is_first):
        """Return the sums of weights times centred mid-ranks, by block.

        Parameters
        ----------
        is_first : numpy.ndarray of bool, shape (n_trials, n_blocks)
            Which blocks are taken from the first vector.

        Returns
        -------
        numpy.ndarray of float, shape (n_trials, n_blocks)
        """
        n_trials = len(is_first)
        is_chosen = is_first.take(self._block, axis=1) == self._is_first
        n_up_to = np.zeros((n_trials, 2 * self._n + 1), dtype=np.int64)
        np.cumsum(is_chosen, axis=1, out=n_up_to[:, 1:])
        ranks = n_up_to.take(self._begin, axis=1) + n_up_to.take(self._end, axis=1)
        terms = (ranks - self._n) / 2 * self._weight * is_chosen
        place = self._block
        if n_trials > 1:
            place = place + self._n_blocks * np.arange(n_trials)[:, None]
        sums = np.bincount(place.ravel(), terms.ravel(), n_trials * self._n_blocks)
        return sums.reshape(n_trials, self._n_blocks)


def detections(effect, score, block, rho, seed=0):
    """Return the detection rates of a planted correlation and of none.

    Parameters
    ----------
    effect, score, block, rho, seed
        See `detection_rate`.

    Returns
    -------
    pandas.DataFrame
        ``predictor, metric, value, ci_low, ci_high`` of `columns.METRICS`: ``spike_in``
        with `rho`, and ``sham`` with nothing planted.
    """
    rows = [
        (name, "detection_rate", *detection_rate(effect, score, block, each, seed=seed))
        for name, each in (("spike_in", rho), ("sham", 0.0))
    ]
    names = ["predictor", "metric", "value", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=names)
