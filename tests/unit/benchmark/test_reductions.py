import numpy as np
import pytest
from endobench.benchmark.reductions import REDUCTIONS, first_component, largest, mean
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.decomposition import TruncatedSVD

VALUES = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 12), st.integers(1, 6)),
    elements=st.floats(-8, 8, width=16),
)


def correlated(n=200, n_tracks=30, seed=1):
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n, 1))
    return np.float32(shared + 0.5 * rng.normal(size=(n, n_tracks)) + 0.2)


@pytest.mark.parametrize("name", REDUCTIONS)
@given(values=VALUES)
@settings(max_examples=30, deadline=None)
def test_exchanging_ref_and_alt_exchanges_the_sign(name, values):
    reduce = REDUCTIONS[name]
    found = reduce(values)
    assert found.shape == (len(values),) and found.dtype == np.float64
    if name == "max_abs":
        # Two of one size: the first counts, whose sign it is.
        assert np.array_equal(np.abs(reduce(-values)), np.abs(found))
    if name == "mean":
        assert np.array_equal(reduce(-values), -found)
    if name == "pc1":
        assert np.allclose(np.abs(reduce(-values)), np.abs(found), atol=1e-6)


def test_the_mean_is_taken_in_double_precision():
    values = np.full((1, 100_000), 0.1, dtype=np.float32)
    assert mean(values) == pytest.approx(np.float64(np.float32(0.1)), rel=1e-12)


def test_the_component_is_that_of_a_decomposition_about_zero():
    values = correlated()
    library = TruncatedSVD(1, random_state=0).fit_transform(values.astype(float))[:, 0]
    found = first_component(values)
    assert np.allclose(np.abs(found), np.abs(library), rtol=1e-4, atol=1e-4)
    # No effect is no score: nothing is centred.
    with_zero = np.vstack([values, np.zeros((1, values.shape[1]))])
    assert first_component(with_zero)[-1] == 0


def test_the_component_agrees_with_the_mean():
    for seed in range(5):
        values = correlated(seed=seed)
        assert first_component(values) @ mean(values) > 0
        assert first_component(-values) @ mean(-values) > 0
        assert np.allclose(first_component(-values), -first_component(values))


def test_an_unrelated_track_has_little_weight_in_the_component():
    values = correlated()
    alone = np.random.default_rng(3).normal(size=(len(values), 1)).astype(np.float32)
    found = first_component(np.hstack([values, alone]))
    assert np.corrcoef(found, first_component(values))[0, 1] > 0.999


def test_a_component_of_one_track_or_one_variant():
    values = correlated()
    assert np.array_equal(first_component(values[:, :1]), values[:, 0].astype(float))
    [found] = first_component(values[:1])
    assert found == pytest.approx(np.linalg.norm(values[0]) * np.sign(values[0].sum()))


def test_a_track_without_a_value_does_not_count_for_its_variant():
    values = correlated()
    broken = values.copy()
    broken[3, 2] = np.nan
    for name in ("mean", "max_abs"):
        expected = REDUCTIONS[name](values)
        [expected[3]] = REDUCTIONS[name](np.delete(values[3:4], 2, axis=1))
        assert np.allclose(REDUCTIONS[name](broken), expected, rtol=1e-6)
    # A component over fewer tracks is another component, for every variant.
    expected = first_component(np.delete(values, 2, axis=1))
    assert np.allclose(first_component(broken), expected, rtol=1e-6)


def test_a_variant_without_any_value_has_no_score_and_no_weight():
    values = correlated()
    broken = values.copy()
    broken[3] = np.nan
    for reduce in REDUCTIONS.values():
        found = reduce(broken)
        assert np.isnan(found[3]) and np.isfinite(np.delete(found, 3)).all()
    expected = first_component(np.delete(values, 3, axis=0))
    assert np.allclose(np.delete(first_component(broken), 3), expected, rtol=1e-6)


def test_the_largest_keeps_its_sign():
    values = np.float32([[1, -3, 2], [0.5, 0.25, -0.125], [0, 0, 0]])
    assert largest(values).tolist() == [-3, 0.5, 0]
