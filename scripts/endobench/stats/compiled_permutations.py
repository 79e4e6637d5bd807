"""The statistics of `nulls.permutation_test` over many pairs, compiled by numba.

A permutation takes two passes over the variants, in place of twenty over new vectors.
"""

import numpy as np

from endobench.stats.compiled import jit


@jit
def studentised(target, score, variants, runs, scratch):
    """Return what `nulls.Studentised` sums, after a permutation of the scores.

    Parameters
    ----------
    target : numpy.ndarray of int, shape (n_variants,)
        Variant `target[i]` receives the score of variant i.
    score : tuple of numpy.ndarray of int
        The variants in ascending order of their scores, and the end of each value in
        that order.
    variants : tuple of numpy.ndarray, shape (n_variants,) each
        Number of pairs, sum of the effects' ranks, that sum within strata, and block.
    runs : tuple of numpy.ndarray, shape (n_strata,) each
        First variant and number of pairs of each stratum.
    scratch : tuple of numpy.ndarray of float
        Overwritten: one number for each variant, and one for each block.

    Returns
    -------
    cross, cubes, total, squares : float
        Sum of the products of centred mid-ranks; that of the cubes of the pairs of equal
        scores; and sum and sum of squares of the blocks' sums.
    """
    order, ends = score
    size, effect, within, block = variants
    ranks, sums = scratch
    n_pairs = runs[1].sum()
    first, low, cubes = 0, 0, 0.0
    for end in ends:
        variant = target[order[first]]
        high = low + size[variant]
        for place in range(first + 1, end):
            high += size[target[order[place]]]
        rank = (low + high - n_pairs) / 2
        ranks[variant] = rank
        for place in range(first + 1, end):
            ranks[target[order[place]]] = rank
        weight = float(high - low)
        cubes += weight * weight * weight
        first, low = end, high
    sums[:] = 0.0
    cross = 0.0
    for run in range(len(runs[0])):
        begin = runs[0][run]
        end = runs[0][run + 1] if run + 1 < len(runs[0]) else len(ranks)
        mean = 0.0
        for place in range(begin, end):
            mean += size[place] * ranks[place]
        mean /= runs[1][run]
        for place in range(begin, end):
            cross += effect[place] * ranks[place]
            sums[block[place]] += within[place] * (ranks[place] - mean)
    total, squares = 0.0, 0.0
    for each in sums:
        total += each
        squares += each * each
    return cross, cubes, total, squares


def scratch_of(n_variants, n_blocks):
    """Return the memory that `studentised` writes to."""
    return np.empty(n_variants), np.empty(n_blocks)
