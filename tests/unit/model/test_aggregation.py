import numpy as np
import pytest
from endobench.model.aggregation import aggregate

DIFFERENCES = ("DIFF_MEAN", "DIFF_SUM", "DIFF_SUM_LOG2", "DIFF_LOG2_SUM")
SIZES = ("L2_DIFF", "L2_DIFF_LOG1P")
ACTIVE = ("ACTIVE_MEAN", "ACTIVE_SUM")
REF, ALT = np.random.default_rng(1).exponential(size=(2, 20, 3))


@pytest.mark.parametrize("name", DIFFERENCES)
def test_swapping_ref_and_alt_negates_a_difference(name):
    np.testing.assert_allclose(aggregate(ALT, REF, name), -aggregate(REF, ALT, name))


@pytest.mark.parametrize("name", SIZES + ACTIVE)
def test_swapping_ref_and_alt_leaves_a_magnitude_alone(name):
    found = aggregate(REF, ALT, name)
    np.testing.assert_allclose(aggregate(ALT, REF, name), found)
    assert (found > 0).all()


@pytest.mark.parametrize("name", DIFFERENCES + SIZES)
def test_identical_alleles_do_not_differ(name):
    np.testing.assert_array_equal(aggregate(REF, REF, name), [0, 0, 0])


@pytest.mark.parametrize("name", DIFFERENCES + SIZES + ACTIVE)
def test_each_track_has_its_score_whatever_the_order_of_positions(name):
    found = aggregate(REF, ALT, name)
    assert found.shape == (3,)
    np.testing.assert_allclose(aggregate(REF[::-1], ALT[::-1], name), found)
    for track in range(3):
        alone = aggregate(REF[:, [track]], ALT[:, [track]], name)
        np.testing.assert_allclose(alone, found[[track]])


def test_known_values():
    ref, alt = np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]])
    expected = {
        "DIFF_MEAN": 2,
        "DIFF_SUM": 4,
        "DIFF_SUM_LOG2": np.log2(4 * 5) - np.log2(2 * 3),
        "DIFF_LOG2_SUM": np.log2(8) - np.log2(4),
        "L2_DIFF": np.sqrt(8),
        "L2_DIFF_LOG1P": np.hypot(np.log(4 / 2), np.log(5 / 3)),
        "ACTIVE_MEAN": 3.5,
        "ACTIVE_SUM": 7,
    }
    for name, value in expected.items():
        assert aggregate(ref, alt, name) == pytest.approx(value)


def test_another_name_is_an_error():
    with pytest.raises(ValueError, match="unknown aggregation MEAN"):
        aggregate(REF, ALT, "MEAN")
