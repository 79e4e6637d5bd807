"""Controls: what must be found where it is, and must not where it is not."""

import numpy as np
import pandas as pd
import scipy

from endobench.benchmark.merge import join
from endobench.benchmark.scores import reduce_tracks
from endobench.predict.look_up import answers_from_table

CONTROL = "control"
SEQUENCE = "sequence"
CONFIDENCE = 0.95
N_TRIALS = 200
# The statistic is at most the root of their number.
MIN_BLOCKS = 4
_ROUNDING = 1e-9


def join_control(effects, variants, table, name):
    """Lay effects beside what another assay has measured of the same variants.

    It goes the way of a model's scores, so that a wrong column, build or orientation of
    the effects shows here, where no model can be blamed.

    Parameters
    ----------
    effects : pandas.DataFrame
        In the columns of `columns.EFFECTS`.
    variants : pandas.DataFrame
        All variants of the effects (`columns.VARIANTS`).
    table : pandas.DataFrame
        What the other assay measured, in the columns of `columns.SCORE_TABLE`.
    name : str
        What the control is called.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.PAIRS`; none where no variant is shared.
    """
    answers, _ = answers_from_table(variants, table, f"{CONTROL}/{name}")
    asked = variants.assign(source_id=variants["variant_id"], shift_bp=0, in_peak=None)
    return join(effects, reduce_tracks(asked, answers, np.array([0]), name))


def detection_rate(effect, score, block, rho, *, n_trials=N_TRIALS, seed=0):
    """Plant a correlation among a benchmark's own pairs, and count how often it is found.

    What agreement there is is taken out of the effects, and in each trial whole LD
    blocks change their sign by chance, which keeps their linkage; the score's share is
    then added. Found is what a block-studentised test of ranks rejects at 5 %,
    two-sided; that is nothing where there are three blocks or fewer.

    Parameters
    ----------
    effect, score : array-like of float, shape (n_pairs,)
    block : array-like of int, shape (n_pairs,)
        From 0.
    rho : float
        Of the normal scores; 0 plants nothing, and about 5 % is found then.
    n_trials, seed : int

    Returns
    -------
    value, ci_low, ci_high : float
        Share of the trials, with Wilson's 95 % interval; missing where a vector is
        constant, and with fewer than `MIN_BLOCKS` blocks, with which the test rejects
        nothing.
    """
    effect, score = _normal_scores(effect), _normal_scores(score)
    block = np.asarray(block)
    if len(np.unique(block)) < MIN_BLOCKS:
        return np.nan, np.nan, np.nan
    if len(effect) == 0 or np.ptp(effect) == 0 or np.ptp(score) == 0:
        return np.nan, np.nan, np.nan
    rest = effect - score * (effect @ score) / len(score)
    # Nothing is left of effects that are the scores.
    spread = rest.std()
    effect = rest / spread if spread > _ROUNDING else np.zeros(len(rest))
    rng = np.random.default_rng(seed)
    n_blocks = block.max() + 1
    ranks = _centred_ranks(score)
    limit = scipy.stats.norm.ppf(0.5 + CONFIDENCE / 2)
    n_found = 0
    for _ in range(n_trials):
        signs = rng.choice([-1.0, 1.0], n_blocks)[block]
        planted = rho * score + np.sqrt(1 - rho**2) * effect * signs
        sums = np.bincount(block, _centred_ranks(planted) * ranks, n_blocks)
        n_found += abs(sums.sum()) > limit * np.sqrt((sums**2).sum())
    test = scipy.stats.binomtest(int(n_found), n_trials)
    interval = test.proportion_ci(CONFIDENCE, method="wilson")
    return n_found / n_trials, interval.low, interval.high


def _normal_scores(values):
    """Return normal scores of mean 0 and variance 1, whatever the ties."""
    ranks = scipy.stats.rankdata(np.asarray(values, dtype=float))
    scores = scipy.special.ndtri((ranks - 0.5) / max(len(ranks), 1))
    if len(ranks) == 0 or np.ptp(ranks) == 0:
        return np.zeros(len(ranks))
    return (scores - scores.mean()) / scores.std()


def _centred_ranks(values):
    ranks = scipy.stats.rankdata(values)
    return ranks - ranks.mean()


def detections(effect, score, block, rho, seed=0):
    """Return the rows of `columns.METRICS` that say what planted agreement is found.

    Parameters
    ----------
    effect, score, block
        As for `detection_rate`.
    rho : float
    seed : int

    Returns
    -------
    pandas.DataFrame
        ``predictor, metric, value, ci_low, ci_high``: ``spike_in`` with `rho`, and
        ``sham`` with nothing planted.
    """
    rows = [
        (name, "detection_rate", *detection_rate(effect, score, block, each, seed=seed))
        for name, each in (("spike_in", rho), ("sham", 0.0))
    ]
    names = ["predictor", "metric", "value", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=names)
