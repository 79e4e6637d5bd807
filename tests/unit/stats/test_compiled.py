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
    block = rng.integers(0, N_BLOCKS, N_PAIRS)
    sides = target > 0, target < 0
    by_target, cell = ranks.cells_of(target, block, *sides)
    by_score, score_cell = ranks.cells_of(score, block, *sides)
    pairs = block.astype(np.int32), cell, score_cell
    return by_target, by_score, pairs, np.bincount(block, minlength=N_BLOCKS)


@pytest.fixture(scope="module")
def batches():
    """Return three batches of resamples."""
    rng = np.random.default_rng(4)
    shape = 3, N_BLOCKS, compiled.LANES
    return rng.integers(0, 4, shape).astype(float)


def test_a_resample_has_its_sums_wherever_it_is(signed, batches):
    together = compiled.signed_sums(*signed, batches)
    assert together.shape == (4, 3, compiled.LANES)
    for place in range(3):
        alone = compiled.signed_sums(*signed, batches[place : place + 1])
        assert (alone[:, 0] == together[:, place]).all()
    turned = compiled.signed_sums(*signed, np.ascontiguousarray(batches[:, :, ::-1]))
    assert (turned[:, :, ::-1] == together).all()


def test_an_empty_resample_has_no_sums(signed, batches):
    batches = batches.copy()
    batches[1, :, 2] = 0
    assert (compiled.signed_sums(*signed, batches)[:, 1, 2] == 0).all()
    assert (compiled.class_sums(signed[1], batches)[:, 1, 2] == 0).all()


def test_the_order_of_the_pairs_does_not_matter(signed, batches):
    target, score, pairs, sizes = signed
    order = np.random.default_rng(5).permutation(N_PAIRS)
    shuffled = tuple(each[order] for each in pairs)
    expected = compiled.signed_sums(*signed, batches)
    # Sums of whole numbers are exact.
    found = compiled.signed_sums(target, score, shuffled, sizes, batches)
    assert (found == expected).all()


def test_every_block_once_gives_the_sums_of_the_pairs(signed):
    target, score, pairs, _ = signed
    once = np.ones((1, N_BLOCKS, compiled.LANES))
    ties, _, cross, _ = compiled.signed_sums(*signed, once)[:, 0, 0]
    ends = np.append(0, target.ends)
    sizes = [target.size[a:b].sum() for a, b in zip(ends, ends[1:], strict=False)]
    assert ties == (np.array(sizes) ** 3).sum()
    values = [
        np.searchsorted(cells.ends, cell, "right")
        for cells, cell in ((target, pairs[1]), (score, pairs[2]))
    ]
    below = [
        (x[:, None] > x).sum(axis=1) - (x[:, None] < x).sum(axis=1) for x in values
    ]
    assert cross == below[0] @ below[1]
