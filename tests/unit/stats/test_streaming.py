import numpy as np
import pytest
from endobench.stats.streaming import N_CELLS, Bounds, Median, cells_of, edges_of

RNG = np.random.default_rng(1)
NUMBERS = {
    "even": RNG.exponential(size=1_000),
    "odd": RNG.exponential(size=1_001),
    "many sizes": 10.0 ** RNG.uniform(-320, 300, 1_000),
    "ties": RNG.integers(0, 3, 1_000).astype(float),
    "all equal": np.full(10, 0.25),
    "two cells far apart": np.array([1e-9, 1e-9, 5.0, 6.0]),
    "zeros": np.zeros(5),
    "one": np.array([3.5]),
}


@pytest.mark.parametrize("n_rows", [1, 7, 10_000])
@pytest.mark.parametrize("values", NUMBERS.values(), ids=NUMBERS)
def test_the_median_of_parts_is_that_of_the_whole(values, n_rows):
    median = Median()
    parts = np.split(values, range(n_rows, len(values), n_rows))
    for part in parts:
        median.count(part)
    assert median.n == len(values)
    for part in parts[::-1]:
        median.gather(part)
    middle = np.sort(values)[[(len(values) - 1) // 2, len(values) // 2]]
    assert median.middle().tolist() == middle.tolist()
    assert median.middle().mean() == np.median(values)


def test_cells_are_in_the_order_of_their_numbers_and_contain_them():
    values = np.sort(NUMBERS["many sizes"])
    cells = cells_of(values)
    assert (np.diff(cells) >= 0).all()
    assert cells[0] >= 0 and cells_of(np.array([np.finfo(float).max])) < N_CELLS
    first, beyond = edges_of(cells)
    assert ((first <= values) & (values < beyond)).all()
    is_normal = values > 1e-300
    assert (beyond <= first * (1 + 1 / 64))[is_normal].all()


def test_bounds_of_parts_are_those_of_the_whole():
    values = RNG.normal(size=100)
    whole, parts = Bounds(-1, 1), Bounds(-1, 1)
    whole.add(values)
    for part in (values[:3], values[:0], values[3:]):
        parts.add(part)
    assert vars(whole) == vars(parts)
    assert whole.n_beyond == (np.abs(values) > 1).sum()
    assert str(whole) == f"smallest {values.min():.4g}, largest {values.max():.4g}"


def test_a_value_equal_to_a_bound_is_within():
    bounds = Bounds(0, 0.5)
    bounds.add(np.array([0, 0.5]))
    assert bounds.n_beyond == 0
