"""Average precision where each positive has one matched negative.

AlphaGenome's authors evaluate polyadenylation QTLs so: of every matched set, one positive
and one negative are drawn, and the average precision of the drawn rows is averaged over
many draws (google-deepmind/alphagenome_research, variant_eval_examples.ipynb, which draws
once, with seed 0).
"""

import numpy as np

from endobench.evaluate.by_tissue import auprc
from endobench.stats.bootstrap import bootstrap, interval, is_limiting

N_DRAWS = 100


def by_matched_set(pairs, null=0.0):
    """Return the average precision of pairs drawn from matched sets, averaged over draws.

    Draw `k` is that of `pandas.DataFrame.sample` with ``random_state=k``, for `k` from 0
    to `N_DRAWS` - 1, among the combinations of a positive and a negative of each set, in
    the order of the source. Absolute scores are taken, since labels have no sign.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``matched_set``, ``source_line``, ``effect`` (a label) and ``raw``.
    null : float
        Labels above it are positive.

    Returns
    -------
    value : float
        Missing if no set has both classes.
    n : int
        Rows of a draw: two for each set.
    """
    rows = _of_whole_sets(pairs, null)
    positive, negative = rows[rows["is_positive"]], rows[~rows["is_positive"]]
    names = ["matched_set", "raw"]
    combined = positive[names].merge(
        negative[names], on="matched_set", suffixes=("_positive", "_negative")
    )
    if combined.empty:
        return np.nan, 0
    combined = combined.sort_values("matched_set", kind="stable")
    sizes = combined.groupby("matched_set").size().tolist()
    starts = np.cumsum(sizes) - sizes
    scores = combined[["raw_positive", "raw_negative"]].to_numpy(dtype=float)
    label = np.repeat([1.0, 0.0], len(sizes))
    values = []
    for seed in range(N_DRAWS):
        # As pandas draws, whose own function takes fifty times as long.
        permuted = np.random.RandomState(seed).permutation
        drawn = starts + [permuted(size)[0] for size in sizes]
        values.append(auprc(label, scores[drawn].T.ravel()))
    return float(np.mean(values)), 2 * len(sizes)


def interval_by_matched_set(pairs, block, null=0.0, *, n_resamples, seed):
    """Return the interval of `by_matched_set`, from resampled blocks.

    A resample weights each positive by one over the positives of its set, and each
    negative likewise, which is what a draw does on average.

    Parameters
    ----------
    pairs, null
        See `by_matched_set`.
    block : numpy.ndarray of int, shape (n_pairs,)
        Code of each pair's block, from 0.
    n_resamples, seed : int

    Returns
    -------
    bootstrap.Interval
    n_blocks : int
    """
    value, _ = by_matched_set(pairs, null)
    rows = _of_whole_sets(pairs.assign(block=block), null)
    n_alike = rows.groupby(["matched_set", "is_positive"])["raw"].transform("size")
    weight = 1 / n_alike.to_numpy(dtype=float)
    label = rows["is_positive"].to_numpy(dtype=float)
    score, of_row = rows["raw"].to_numpy(dtype=float), rows["block"].to_numpy()

    def statistic(counts):
        found = [
            auprc(label, score, weight * drawn[of_row])
            for drawn in np.atleast_2d(counts)
        ]
        return np.reshape(found, (*np.shape(counts)[:-1], 1))

    n_blocks = int(block.max()) + 1 if len(block) else 0
    drawn = bootstrap([statistic], n_blocks, n_resamples=n_resamples, seed=seed)
    limiting = is_limiting(rows["is_positive"].to_numpy())
    sizes = np.bincount(of_row[limiting], minlength=n_blocks)
    found = interval(value, drawn.replicates[0][:, 0], sizes, "auprc")
    return found, len(np.unique(of_row))


def _of_whole_sets(pairs, null):
    """Return the rows of sets with both classes, in the order of the source."""
    rows = pairs[pairs["matched_set"].notna()].sort_values("source_line", kind="stable")
    rows = rows.assign(
        is_positive=rows["effect"].to_numpy(dtype=float) > null,
        matched_set=rows["matched_set"].astype(str),
        raw=rows["raw"].abs(),
    )
    n_classes = rows.groupby("matched_set")["is_positive"].transform("nunique")
    return rows[n_classes == 2]
