"""Every single track of a model against the measured: an atlas, to explore with.

None of it was named beforehand, and the best of some hundred tracks is the best by chance,
too: read it with the adjusted p values, and test what it suggests on other data.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.matching import classify, positives_of
from endobench.benchmark.strata import is_lead
from endobench.core.columns import TRACK_METRICS
from endobench.design.tasks import (
    ALL_PAIRS,
    LEADS,
    MAGNITUDE,
    SIGNED,
    UNSIGNED,
    task_of,
)
from endobench.stats.agreement import dot
from endobench.stats.analytic import MIN_PAIRS
from endobench.stats.bootstrap import Interval, bootstrap, interval
from endobench.stats.estimates import adjust_p_values, block_sizes
from endobench.stats.ld_blocks import blocks_of_pairs


class SpearmanOfTracks:
    """Spearman of many scores with one effect, and the same of a resample.

    What the scores share is computed once for all of them: the ranks of the effects, and
    sums over the pairs of each variant, which have one score. So a resample of 305
    tracks takes a quarter of the time that 305 of `agreement.Signed` take, whose numbers
    these are: a thousand resamples of 10,000 pairs take 20 seconds.

    Calling the object with `counts`, how often each block was drawn, shape
    (n_blocks,), returns the statistics of that resample, shape (n_tracks,). One thread
    may call it at a time.

    Parameters
    ----------
    effect : numpy.ndarray of float, shape (n_pairs,)
    variant : numpy.ndarray of int, shape (n_pairs,)
        Rows of `scores`.
    scores : numpy.ndarray of float, shape (n_variants, n_tracks)
        ALT minus REF.
    block : numpy.ndarray of int, shape (n_variants,)
        From 0 to `n_blocks` - 1.
    n_blocks : int
    """

    def __init__(self, effect, variant, scores, block, n_blocks):
        order = np.argsort(effect, kind="stable")
        self._variant = variant[order]
        self._pair_block = block[self._variant]
        self._ends = _ends(effect[order])
        self._code = np.repeat(
            np.arange(len(self._ends)), np.diff(self._ends, prepend=-1)
        )
        self._block = block
        # To ask for it anew for every track takes longer than to compute.
        self._room = np.empty((3, len(scores)))
        self._n_pairs = np.bincount(variant, minlength=len(scores))
        self.block, self.n_blocks = block[variant], n_blocks
        self._orders = [np.argsort(each, kind="stable") for each in scores.T]
        self._ties = [
            _ties(each[order])
            for each, order in zip(scores.T, self._orders, strict=True)
        ]

    def __call__(self, counts):
        """Return the statistics of a resample, given how often it holds each block."""
        counts = np.asarray(counts, dtype=float)
        weight = counts.take(self._pair_block)
        n = weight.sum()
        high = weight.cumsum().take(self._ends)
        size = np.diff(high, prepend=0.0)
        effect_ss = n**3 - dot(size * size, size)
        if n < MIN_PAIRS or effect_ss <= 0:
            return np.full(len(self._orders), np.nan)
        weight *= (high - size / 2 - n / 2).take(self._code)
        # Of each variant: its weight, and its share of the effects' ranks.
        shares = np.bincount(self._variant, weight, len(self._block))
        sizes = self._n_pairs * counts.take(self._block)
        score_ss = n**3 - dot(sizes * sizes, sizes)
        return np.array(
            [
                self._of_track(place, sizes, shares, effect_ss, score_ss, n)
                for place in range(len(self._orders))
            ]
        )

    def _of_track(self, place, sizes, shares, effect_ss, score_ss, n):
        order, ties = self._orders[place], self._ties[place]
        size, share, total = self._room
        # Any mode but "raise" writes without a copy.
        sizes.take(order, out=size, mode="clip")
        shares.take(order, out=share, mode="clip")
        np.cumsum(size, out=total)
        if len(ties.members):
            low, high = total[ties.starts] - size[ties.starts], total[ties.ends]
            score_ss += (size[ties.members] ** 3).sum() - ((high - low) ** 3).sum()
        size *= -0.5
        size += total
        if len(ties.members):
            size[ties.members] = np.repeat((low + high) / 2, ties.lengths)
        if score_ss <= 0:
            return np.nan
        return 12 * dot(size, share) / np.sqrt(effect_ss * score_ss)


class _Ties(NamedTuple):
    """Where equal values stand among sorted ones: of each group, and of all members."""

    starts: np.ndarray
    ends: np.ndarray
    lengths: np.ndarray
    members: np.ndarray


def _ties(values):
    ends = _ends(values)
    lengths = np.diff(ends, prepend=-1)
    is_tied = lengths > 1
    return _Ties(
        (ends - lengths + 1)[is_tied],
        ends[is_tied],
        lengths[is_tied],
        np.flatnonzero(np.repeat(is_tied, lengths)),
    )


def _ends(values):
    """Return the place of the last of each distinct value of sorted ones."""
    return np.flatnonzero(np.diff(values, append=np.nan) != 0)


def rank_tracks(
    pairs,
    answers,
    tracks,
    blocks,
    *,
    positions,
    null,
    classes,
    is_signed,
    n_resamples,
    seed,
    dataset,
    protocol,
):
    """Measure the agreement of every single track of the model with the effects.

    Pairs, blocks and draws are those of the benchmark's own answer, so that a set of one
    track finds its number here. Where effects have no known sign, sizes are compared; of
    labels, the size of a score with the label, which orders tracks as the auROC does.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    answers : pandas.DataFrame
        In the columns of `columns.ANSWERS`, of the pairs' scorer, with all tracks.
    tracks : pandas.DataFrame
        All tracks of the scorer's output (`columns.TRACKS`).
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    positions : array-like of int
        Tracks of the benchmark's own set.
    null : float
        The effect of an allele that does nothing.
    classes : list
        Nothing, or the column and the limits of positives and negatives; see
        `matching.classify`.
    is_signed : bool
        Whether the source says which allele its effects are of.
    n_resamples, seed : int
    dataset, protocol : str

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.TRACK_METRICS`, the highest value of each stratum
        first. A track with a score that is no number has no value.
    """
    task = task_of(pairs, is_signed)
    if task == UNSIGNED:
        label = classify(pairs, *classes)
        pairs = pairs[~np.isnan(label)].assign(effect=label[~np.isnan(label)])
    else:
        pairs = positives_of(pairs, classes)
        pairs = pairs.assign(effect=pairs["effect"] - null)
    if task == MAGNITUDE:
        pairs = pairs.assign(effect=pairs["effect"].abs())
    masks = {LEADS: is_lead(pairs), ALL_PAIRS: np.ones(len(pairs), dtype=bool)}
    if task == UNSIGNED:
        del masks[LEADS]
    block = blocks_of_pairs(pairs, blocks)
    raw_of = dict(zip(answers["variant_id"], answers["raw"], strict=True))
    found = []
    for stratum, mask in masks.items():
        rows = pairs[mask]
        ids, first, variant = np.unique(
            rows["variant_id"].astype(str), return_index=True, return_inverse=True
        )
        names, code = np.unique(block[mask], return_inverse=True)
        scores = _scores(ids, raw_of, tracks["position"].to_numpy())
        frame = _measured(
            rows["effect"].to_numpy(dtype=float),
            variant,
            scores if task == SIGNED else np.abs(scores),
            code[first],
            n_resamples,
            seed,
        )
        frame = pd.concat([tracks.reset_index(drop=True), frame], axis=1)
        frame = frame.sort_values("value", ascending=False, kind="stable")
        frame = frame.assign(p_adjusted=adjust_p_values(frame["p"]))
        counts = {"n_variants": len(ids), "n_blocks": len(names)}
        found.append(frame.assign(stratum=stratum, n=len(rows), **counts))
    frame = pd.concat(found, ignore_index=True)
    head = {name: answers[name].iloc[0] for name in ("model", "scorer", "window_bp")}
    return frame.assign(
        dataset=dataset,
        protocol=protocol,
        task=task,
        metric="spearman",
        is_in_set=frame["position"].isin(positions),
        is_exploratory=True,
        **head,
    ).reindex(columns=TRACK_METRICS.names)


def _scores(ids, raw_of, positions):
    """Return the raw scores of variants, shape (n_variants, n_tracks), by columns."""
    scores = np.empty((len(ids), len(positions)), dtype=np.float32, order="F")
    for place, each in enumerate(ids):
        scores[place] = raw_of[each][positions]
    return scores


def _measured(effect, variant, scores, block, n_resamples, seed):
    """Return value, interval and p of each track; missing where a score is no number."""
    is_known = np.isfinite(scores).all(axis=0)
    n_blocks = len(np.unique(block))
    statistic = SpearmanOfTracks(effect, variant, scores[:, is_known], block, n_blocks)
    found = bootstrap([statistic], n_blocks, n_resamples=n_resamples, seed=seed)
    sizes = block_sizes(statistic)
    [values], [replicates] = found
    rows = [
        (value, *interval(value, each, sizes, "spearman"))
        for value, each in zip(values, replicates.T, strict=True)
    ]
    frame = pd.DataFrame(
        rows, np.flatnonzero(is_known), ["value", *Interval._fields], dtype=float
    )
    return frame.drop(columns="se").reindex(range(len(is_known)))
