"""Rank individual tracks of a model by their agreement with the effects: exploratory.

Nothing here was prespecified, and the best of several hundred tracks is best partly
by chance: read the adjusted p values, and test a finding on other data.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.matching import classify, positives_of
from endobench.benchmark.strata import is_lead
from endobench.core.columns import EXPLANATION_TESTS, TRACK_METRICS
from endobench.design.explanations import LEAST
from endobench.design.tasks import (
    ALL_PAIRS,
    LEADS,
    MAGNITUDE,
    SIGNED,
    UNSIGNED,
    task_of,
)
from endobench.stats.analytic import MIN_PAIRS
from endobench.stats.bootstrap import Interval, bootstrap, interval
from endobench.stats.estimates import adjust_p_values
from endobench.stats.ld_blocks import blocks_of_pairs
from endobench.stats.metrics import dot
from endobench.stats.rank_interval import rank_interval


class SpearmanOfTracks:
    """Spearman's correlation of one effect with many scores, and that of a resample.

    The values are those of one `agreement.Signed` per track. What the tracks share is
    computed once: the ranks of the effects, and sums over the pairs that share a score.
    A resample of 305 tracks thus takes a quarter of the time; a thousand resamples of
    10,000 pairs take 20 seconds.

    Calling the object with `counts`, the number of times that each block was drawn,
    shape (..., n_blocks), returns the correlations of each resample, shape
    (..., n_tracks). Only one thread may call it at a time.

    Parameters
    ----------
    effect : numpy.ndarray of float, shape (n_pairs,)
    scored : numpy.ndarray of int, shape (n_pairs,)
        Row of each pair in `scores`. The pairs of a variant share a score unless the
        scorer is by gene.
    scores : numpy.ndarray of float, shape (n_scores, n_tracks)
        ALT minus REF.
    block : numpy.ndarray of int, shape (n_scores,)
        From 0 to `n_blocks` - 1.
    n_blocks : int
    """

    def __init__(self, effect, scored, scores, block, n_blocks):
        order = np.argsort(effect, kind="stable")
        self._scored = scored[order]
        self._pair_block = block[self._scored]
        self._ends = _ends(effect[order])
        self._code = np.repeat(
            np.arange(len(self._ends)), np.diff(self._ends, prepend=-1)
        )
        self._block = block
        # Allocating them for every track takes longer than the computation.
        self._buffers = np.empty((3, len(scores)))
        self._n_pairs = np.bincount(scored, minlength=len(scores))
        self.block, self.n_blocks = block[scored], n_blocks
        self._orders = [np.argsort(each, kind="stable") for each in scores.T]
        self._ties = [
            _ties(each[order])
            for each, order in zip(scores.T, self._orders, strict=True)
        ]

    def __call__(self, counts):
        """Return the correlations of resamples, given how often each holds each block."""
        return np.apply_along_axis(self._resample, -1, np.asarray(counts, dtype=float))

    def _resample(self, counts):
        """Return the correlations of one resample."""
        weight = counts.take(self._pair_block)
        n = weight.sum()
        high = weight.cumsum().take(self._ends)
        size = np.diff(high, prepend=0.0)
        effect_ss = n**3 - dot(size * size, size)
        if n < MIN_PAIRS or effect_ss <= 0:
            return np.full(len(self._orders), np.nan)
        weight *= (high - size / 2 - n / 2).take(self._code)
        # For each score: the sum of its pairs' centred effect ranks, and their number.
        shares = np.bincount(self._scored, weight, len(self._block))
        sizes = self._n_pairs * counts.take(self._block)
        score_ss = n**3 - dot(sizes * sizes, sizes)
        return np.array(
            [
                self._correlation(place, sizes, shares, effect_ss, score_ss)
                for place in range(len(self._orders))
            ]
        )

    def _correlation(self, place, sizes, shares, effect_ss, score_ss):
        """Return the correlation of one track.

        Parameters
        ----------
        place : int
            Of the track.
        sizes, shares : numpy.ndarray of float, shape (n_scores,)
            Number of pairs of each score, and the sum of their centred effect ranks.
        effect_ss, score_ss : float
            Twelve times the sums of squares of the ranks; that of the score without the
            ties of the track between scores.
        """
        order, ties = self._orders[place], self._ties[place]
        size, share, total = self._buffers
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
    """Groups of equal values in a sorted vector.

    Attributes
    ----------
    starts, ends, lengths : numpy.ndarray of int, shape (n_groups,)
        First and last position of each group, and its size.
    members : numpy.ndarray of int
        Positions of the members of all groups.
    """

    starts: np.ndarray
    ends: np.ndarray
    lengths: np.ndarray
    members: np.ndarray


def _ties(values):
    """Return the groups of equal values of a sorted vector."""
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
    """Return the last position of each distinct value of a sorted vector."""
    return np.flatnonzero(np.diff(values, append=np.nan) != 0)


class TrackAnswers(NamedTuple):
    """The model's answers for every track of a scorer's output.

    Attributes
    ----------
    answers : pandas.DataFrame
        In the columns of `columns.ANSWERS`, for the pairs' scorer, with all tracks.
    tracks : pandas.DataFrame
        All tracks of an answer (`columns.TRACKS`).
    in_set : array-like of int
        Positions of the tracks in the benchmark's own set.
    """

    answers: pd.DataFrame
    tracks: pd.DataFrame
    in_set: object


def rank_tracks(pairs, model, blocks, options, *, dataset, protocol):
    """Measure the agreement of each track of the model with the effects.

    Pairs, blocks and draws are those of the benchmark's conclusion, so that for a track
    set of one track the result equals that of the benchmark. Without a known effect allele,
    absolute effects and scores are compared; for labels, absolute scores with the label,
    which orders the tracks as the auROC does.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    model : TrackAnswers
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    options : AgreementOptions
    dataset, protocol : str

    Returns
    -------
    ranking : pandas.DataFrame
        In the columns of `columns.TRACK_METRICS`, the highest value of each stratum
        first. A track with a score that is not finite has no value.
    rank : pandas.DataFrame
        In the columns of `columns.EXPLANATION_TESTS`, a row per stratum: the rank of the
        benchmark's own tracks, by the mean of their values, among all others. Empty if
        there are no others.
    """
    task = task_of(pairs, options.is_signed)
    pairs = _with_targets(pairs, task, options)
    masks = {ALL_PAIRS: np.ones(len(pairs), dtype=bool)}
    if task != UNSIGNED:
        masks = {LEADS: is_lead(pairs), **masks}
    block = blocks_of_pairs(pairs, blocks)
    answers = model.answers
    is_by_gene = answers["feature_id"].notna().any()
    genes = answers["feature_id"] if is_by_gene else None
    raw_of = dict(zip(_keys(answers, genes), answers["raw"], strict=True))
    tracks = model.tracks.reset_index(drop=True)
    is_own = tracks["position"].isin(model.in_set).to_numpy()
    found, ranks = [], []
    for stratum, mask in masks.items():
        ranking, rank = _ranking(
            pairs[mask],
            block[mask],
            tracks,
            raw_of,
            is_own,
            is_by_gene=is_by_gene,
            is_signed=task == SIGNED,
            options=options,
        )
        found.append(ranking.assign(stratum=stratum))
        ranks += [each | {"stratum": stratum} for each in rank]
    frame = pd.concat(found, ignore_index=True)
    first = answers.iloc[0]
    names = ("model", "scorer", "window_bp")
    ranks = pd.DataFrame(ranks, columns=EXPLANATION_TESTS.names).assign(
        dataset=dataset,
        protocol=protocol,
        test="tissue_rank",
        metric="spearman",
        model=first["model"],
    )
    frame = frame.assign(
        dataset=dataset,
        protocol=protocol,
        task=task,
        metric="spearman",
        is_in_set=frame["position"].isin(model.in_set),
        is_exploratory=True,
        **{name: first[name] for name in names},
    ).reindex(columns=TRACK_METRICS.names)
    return frame, ranks.astype({"n": "Int64", "n_blocks": "Int64"})


def _with_targets(pairs, task, options):
    """Keep the pairs of a task, with what scores are compared with as the effect."""
    if task == UNSIGNED:
        label = classify(pairs, *options.classes)
        return pairs[~np.isnan(label)].assign(effect=label[~np.isnan(label)])
    pairs = positives_of(pairs, options.classes)
    effect = pairs["effect"] - options.null
    return pairs.assign(effect=effect.abs() if task == MAGNITUDE else effect)


def _keys(rows, genes=None):
    """Return what the score of each row belongs to: a variant, or a variant and a gene."""
    ids = rows["variant_id"].astype(str)
    if genes is not None:
        ids = ids + " " + genes.astype(str)
    return ids.to_numpy(object)


def _ranking(pairs, block, tracks, raw_of, is_own, *, is_by_gene, is_signed, options):
    """Return the tracks of one stratum, the highest value first, and the own rank."""
    keys, first, scored = np.unique(
        _keys(pairs, pairs["scored_gene"] if is_by_gene else None).astype(str),
        return_index=True,
        return_inverse=True,
    )
    names, code = np.unique(block, return_inverse=True)
    scores = _scores(keys, raw_of, tracks["position"].to_numpy())
    scores = scores if is_signed else np.abs(scores)
    is_known = np.isfinite(scores).all(axis=0)
    statistic = SpearmanOfTracks(
        pairs["effect"].to_numpy(dtype=float),
        scored,
        scores[:, is_known],
        code[first],
        len(names),
    )
    estimates, replicates = _estimates(statistic, options)
    n_lost = np.count_nonzero(is_own & ~is_known)
    values = estimates["value"].to_numpy()
    rank = _rank_of_own(values, replicates, is_own[is_known], n_lost)
    estimates = estimates.set_index(np.flatnonzero(is_known))
    frame = pd.concat([tracks, estimates.reindex(range(len(tracks)))], axis=1)
    frame = frame.sort_values("value", ascending=False, kind="stable")
    counts = {"n": len(pairs), "n_blocks": len(names)}
    frame = frame.assign(
        p_adjusted=adjust_p_values(frame["p"]),
        n_variants=pairs["variant_id"].nunique(),
        **counts,
    )
    return frame, [each | counts for each in rank]


def _rank_of_own(values, replicates, is_own, n_lost):
    """Return the rank of the benchmark's own tracks in a list, empty without others."""
    lost = f"{n_lost} of the own tracks lack a score of some variant" if n_lost else ""
    if n_lost and not is_own.any():
        return [{"null": (len(values) + 2) / 2, "least": 0.0, "evidence": lost}]
    if not is_own.any() or is_own.all():
        return []
    own, others = values[is_own].mean(), values[~is_own]
    of_own, of_others = replicates[:, is_own].mean(axis=1), replicates[:, ~is_own]
    found = rank_interval(own, of_own, others, of_others)
    evidence = f"rank {found.rank:.0f} of {found.n}, own tracks taken together"
    if lost:
        evidence += f"; {lost}"
    numbers = {"value": found.rank, "ci_low": found.low, "ci_high": found.high}
    # The middle rank, and what would be as far from it as a share of 0.05.
    rule = {"null": (found.n + 1) / 2, "least": LEAST * (found.n - 1)}
    return [{**numbers, **rule, "p": found.p, "evidence": evidence}]


def _scores(keys, raw_of, positions):
    """Return raw scores by their keys, shape (n_scores, n_tracks), in column order."""
    scores = np.empty((len(keys), len(positions)), dtype=np.float32, order="F")
    for place, each in enumerate(keys):
        scores[place] = raw_of[each][positions]
    return scores


def _estimates(statistic, options):
    """Return ``value, ci_low, ci_high, p`` of each track, and all resampled values."""
    found = bootstrap(
        [statistic],
        statistic.n_blocks,
        n_resamples=options.n_resamples,
        seed=options.seed,
    )
    [values], [replicates] = found
    sizes = np.bincount(statistic.block, minlength=statistic.n_blocks)
    rows = [
        (value, *interval(value, each, sizes, "spearman"))
        for value, each in zip(values, replicates.T, strict=True)
    ]
    columns = ["value", *Interval._fields]
    frame = pd.DataFrame(rows, columns=columns, dtype=float).drop(columns="se")
    return frame, replicates
