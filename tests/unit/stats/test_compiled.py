"""The compiled sums are the same for every number, order and place of resamples."""

import numpy as np
import pytest
from endobench.stats import compiled, ranks

N_PAIRS, N_BLOCKS = 80, 6


@pytest.fixture(scope="module")
def signed():
    """Return what `signed_sums` reads of random pairs with ties."""
    rng = np.random.default_rng(3)
    target, score = rng.integers(-4, 5, (2, N_PAIRS))
    target = np.sort(target)
    block = rng.integers(0, N_BLOCKS, N_PAIRS)
    cells, cell = ranks.cells_of(score, block)
    ends = np.append(np.unique(target, return_index=True)[1], N_PAIRS)
    runs = np.stack([ends[:-1], ends[1:]], axis=1)
    n_below = int((target <= 0).sum())
    pairs = ranks.Sorted(block, cell, runs[np.diff(ends) > 1], n_below)
    return cells, pairs, np.bincount(block, minlength=N_BLOCKS).astype(float)


@pytest.fixture(scope="module")
def batches():
    """Return three batches of resamples."""
    rng = np.random.default_rng(4)
    shape = 3, N_BLOCKS, compiled.LANES
    return rng.integers(0, 4, shape).astype(float)


def sums(signed, batches):
    """Return the compiled sums of pairs."""
    score, pairs, sizes = signed
    return compiled.signed_sums(compiled.vectors_of(score, pairs), sizes, batches)


def test_a_resample_has_its_sums_wherever_it_is(signed, batches):
    together = sums(signed, batches)
    assert together.shape == (4, 3, compiled.LANES)
    for place in range(3):
        alone = sums(signed, batches[place : place + 1])
        assert (alone[:, 0] == together[:, place]).all()
    turned = sums(signed, np.ascontiguousarray(batches[:, :, ::-1]))
    assert (turned[:, :, ::-1] == together).all()


def test_an_empty_resample_has_no_sums(signed, batches):
    batches = batches.copy()
    batches[1, :, 2] = 0
    assert (sums(signed, batches)[:, 1, 2] == 0).all()
    score, *_ = signed
    classes = np.arange(len(score.block)) % 2, score.size
    assert (compiled.class_sums(score, classes, batches)[:, 1, 2] == 0).all()


def test_the_order_of_pairs_with_one_target_does_not_matter(signed, batches):
    score, pairs, sizes = signed
    order = np.arange(N_PAIRS)
    for first, end in pairs.tied:
        order[first:end] = order[first:end][::-1]
    turned = pairs._replace(block=pairs.block[order], cell=pairs.cell[order])
    expected = sums(signed, batches)
    # Sums of whole numbers are exact.
    assert (sums((score, turned, sizes), batches) == expected).all()


def test_every_block_once_gives_the_sums_of_the_pairs(signed):
    score, pairs, _ = signed
    once = np.ones((1, N_BLOCKS, compiled.LANES))
    ties, _, cross, below = sums(signed, once)[:, 0, 0]
    assert ties == (np.diff(pairs.tied, axis=1) ** 3).sum()
    place = np.arange(N_PAIRS)
    run = np.searchsorted(pairs.tied[:, 0], place, "right")
    value = np.searchsorted(score.ends, pairs.cell, "right")
    ranks_of = [
        (x[:, None] > x).sum(axis=1) - (x[:, None] < x).sum(axis=1)
        for x in (run, value)
    ]
    assert cross == ranks_of[0] @ ranks_of[1]
    assert below == ranks_of[1][: pairs.n_below].sum()
