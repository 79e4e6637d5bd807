import numpy as np
import pytest
from endobench.benchmark.repeated import (
    ALIGNED,
    ALIGNED_CONFLICT,
    ALIGNED_OPPOSITE,
    repeated_pairs,
)
from frames import benchmark


def repeated(**changes):
    """Return a benchmark in which row 1 is row 0 again, with changes."""
    pairs, _ = benchmark()
    for name in ("variant_id", "feature_id", "effect", "effect_se", "p_value"):
        pairs.loc[1, name] = pairs.loc[0, name]
    pairs["source_line"] = np.arange(len(pairs)) + 2
    for name, value in changes.items():
        pairs.loc[1, name] = value
    return pairs


def reasons(pairs, **options):
    return repeated_pairs(pairs, **options).dropna().to_dict()


def test_pairs_of_different_variants_or_features_stay():
    assert reasons(benchmark()[0]) == {}
    assert reasons(repeated(feature_id="another")) == {}


def test_of_equal_pairs_the_first_line_stays():
    assert reasons(repeated()) == {1: ALIGNED}
    pairs = repeated()
    pairs.loc[0, "source_line"] = 1_000
    assert reasons(pairs) == {0: ALIGNED}
    # Distances differ with the positions.
    assert reasons(repeated(distance=17.0)) == {1: ALIGNED}


@pytest.mark.parametrize("name", ["effect_se", "p_value"])
def test_of_pairs_that_differ_none_stays(name):
    pairs = repeated()
    value = pairs.loc[0, name] * 1.01
    expected = {0: ALIGNED_CONFLICT, 1: ALIGNED_CONFLICT}
    assert reasons(repeated(**{name: value})) == expected
    assert reasons(repeated(**{name: np.nan})) == expected


def test_opposite_effects_are_told_from_others():
    effect = benchmark()[0].loc[0, "effect"]
    opposite = {0: ALIGNED_OPPOSITE, 1: ALIGNED_OPPOSITE}
    assert reasons(repeated(effect=-effect)) == opposite
    conflict = {0: ALIGNED_CONFLICT, 1: ALIGNED_CONFLICT}
    assert reasons(repeated(effect=effect / 2)) == conflict
    # Both are above a null that is lower.
    assert reasons(repeated(effect=-effect), null=-9.0) == conflict


def test_numbers_may_differ_by_rounding():
    effect = benchmark()[0].loc[0, "effect"]
    assert reasons(repeated(effect=effect * (1 + 1e-9))) == {1: ALIGNED}


def test_replicates_of_a_reporter_assay_stay():
    pairs = repeated(effect=9.0)
    assert reasons(pairs) != {}
    assert reasons(pairs.assign(feature_id="reporter")) == {}
