"""Sums over ranks equal those of scipy's ranks of the repeated pairs."""

import numpy as np
import pytest
import scipy.stats
from endobench.stats import ranks

N_BLOCKS = 5


def draw(seed, n=60):
    """Return targets and scores with ties and zeros, their blocks, and resamples."""
    rng = np.random.default_rng(seed)
    target, score = rng.integers(-3, 4, (2, n)) / 2
    block = rng.integers(0, N_BLOCKS, n)
    counts = rng.multinomial(N_BLOCKS, [1 / N_BLOCKS] * N_BLOCKS, size=7)
    return target, score, block, counts


def wins_twice(winners, losers):
    """Compare each winner with each loser; ties count one half."""
    return np.sum(1 + np.sign(winners[:, None] - losers[None, :]))


def cubes(values):
    return (np.unique(values, return_counts=True)[1] ** 3).sum()


def centred_ranks(values):
    return scipy.stats.rankdata(values) - (len(values) + 1) / 2


@pytest.mark.parametrize("seed", range(4))
def test_the_cells_hold_every_pair_once_by_value_and_block(seed):
    _, score, block, _ = draw(seed)
    cells, cell = ranks.cells_of(score, block)
    keys = np.unique(np.stack([score, block], axis=1), axis=0)
    assert len(cells.block) == len(keys)
    assert (keys[cell] == np.stack([score, block], axis=1)).all()
    assert (np.bincount(cell) == cells.size).all()
    values = np.split(keys[:, 0], cells.ends[:-1])
    assert [set(each) for each in values] == [{each} for each in np.unique(score)]
    tied = [(first, end) for first, end in cells.tied]
    starts = np.append(0, cells.ends[:-1])
    every = zip(starts, cells.ends, strict=True)
    assert tied == [(first, end) for first, end in every if end - first > 1]


@pytest.mark.parametrize("patience", [0, np.inf], ids=["compiled", "numpy"])
@pytest.mark.parametrize("values", ["any", "off the null", "above", "all apart"])
@pytest.mark.parametrize("seed", range(4))
def test_signed_sums_are_those_of_the_repeated_pairs(
    seed, values, patience, monkeypatch
):
    monkeypatch.setattr(ranks, "PATIENCE", patience)
    target, score, block, counts = draw(seed)
    if values == "off the null":
        target[target == 0] = 1
    if values == "above":
        target = np.abs(target) + 1
    if values == "all apart":
        rng = np.random.default_rng(seed)
        target, score = rng.normal(size=(2, len(target)))
    found = ranks.SignedRanks(target, score, block, N_BLOCKS)(counts)
    for row, drawn in enumerate(counts):
        x, y = (each.repeat(drawn[block]) for each in (target, score))
        assert found.target_ties[row] == cubes(x)
        assert found.score_ties[row] == cubes(y)
        assert found.cross[row] == 4 * centred_ranks(x) @ centred_ranks(y)
        assert found.wins[row] == wins_twice(y[x > 0], y[x < 0])


@pytest.mark.parametrize("patience", [0, np.inf], ids=["compiled", "numpy"])
@pytest.mark.parametrize("seed", range(4))
def test_class_sums_are_those_of_the_repeated_pairs(seed, patience, monkeypatch):
    monkeypatch.setattr(ranks, "PATIENCE", patience)
    target, score, block, counts = draw(seed)
    found = ranks.ClassRanks(target > 0, score, block)(counts)
    for row, drawn in enumerate(counts):
        x, y = (each.repeat(drawn[block]) for each in (target > 0, score))
        assert found.wins[row] == wins_twice(y[x], y[~x])
        among_positives = scipy.stats.rankdata(-y[x], "max")
        among_all = scipy.stats.rankdata(-y, "max")[x]
        # The shares are summed in another order.
        expected = (among_positives / among_all).sum()
        assert found.precision[row] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("work", "is_compiled"), [(10, True), (9, False)])
def test_compiled_sums_are_used_from_the_beginning_of_much_work(
    work, is_compiled, monkeypatch
):
    monkeypatch.setattr(ranks, "PATIENCE", 10)
    monkeypatch.setattr(ranks, "_done", 0)
    ranks.expect(work)
    assert (ranks._compiled(1) is not None) == is_compiled
