import dataclasses

import numpy as np
import pandas as pd
import pytest
from endobench.benchmark.strata import is_lead
from endobench.core.columns import (
    CONTROL_PAIRS,
    EXPLANATION_TESTS,
    REPLICATES,
    WINDOWS,
)
from endobench.core.tables import as_table
from endobench.evaluate.explanations.pair_tests import explanation_tests
from endobench.evaluate.options import AgreementOptions
from frames import benchmark, blocks_of, exchanged
from scipy.stats import spearmanr

OPTIONS = AgreementOptions(null=0.0, n_resamples=100, seed=1)


def results_of(pairs, options=OPTIONS, **given):
    names = {"dataset": "d", "protocol": "corrected"}
    found = explanation_tests(pairs, blocks_of(), options, **names, **given)
    assert as_table(found, EXPLANATION_TESTS).num_rows == len(found)
    return found.set_index("test")


def world(n_features=150, **choices):
    return benchmark(n_features=n_features, **choices)[0]


def control_of(pairs, measured, error=0.0001):
    frame = pairs.assign(raw=measured, control_se=error, model="control/dsqtls")
    return frame.reindex(columns=CONTROL_PAIRS.names)


def replicates_of(pairs, effects):
    frame = pairs[["source_id", "feature_id", "effect"]]
    frame = frame.rename(columns={"source_id": "variant_id"})
    frame = frame.assign(replicate_effect=effects, replicate="other")
    return frame.reindex(columns=REPLICATES.names)


def windows_of(pairs, other, factor=8):
    frame = pairs[["variant_id", "scorer", "model", "window_bp", "raw"]].assign(
        other_raw=other, other_window_bp=pairs["window_bp"] * factor
    )
    return frame.reindex(columns=WINDOWS.names)


def test_only_pairs_are_needed_for_sizes_and_direction():
    found = results_of(world())
    assert list(found.index) == ["sign_by_size", "rank_by_size", "direction"]
    assert set(found["stratum"]) == {"lead_per_feature"}
    assert (found["n"] == 150).all() and set(found["model"]) == {"m"}
    assert (found["ci_low"] <= found["value"]).all()


def test_larger_effects_agree_more_where_the_rest_is_noise():
    pairs = world(n_features=500, rho=0.8)
    flat = pairs.assign(raw=np.sign(pairs["effect"]) * np.abs(pairs["raw"]))
    assert (results_of(pairs).loc[["sign_by_size", "rank_by_size"], "ci_low"] > 0).all()
    found = results_of(flat).loc[["sign_by_size", "rank_by_size"]]
    assert found["value"].abs().max() < 0.05
    assert results_of(flat).loc["direction", "value"] == 1


def test_swapped_alleles_change_nothing():
    pairs, annotations = benchmark(n_features=150)
    flipped, _ = exchanged(pairs, annotations)
    numbers = ["value", "ci_low", "ci_high", "p"]
    for name in numbers:
        np.testing.assert_allclose(
            results_of(flipped)[name].astype(float),
            results_of(pairs)[name].astype(float),
        )


def test_another_null_is_subtracted():
    pairs = world()
    shifted = results_of(
        pairs.assign(effect=pairs["effect"] + 0.5),
        dataclasses.replace(OPTIONS, null=0.5),
    )
    expected = results_of(pairs)
    np.testing.assert_allclose(shifted["value"], expected["value"])


def test_the_control_and_the_effects_are_compared_on_the_same_variants():
    pairs = world()
    leads = pairs[is_lead(pairs)]
    half = leads.iloc[::2]
    row = results_of(pairs, control=control_of(half, half["raw"])).loc["accessibility"]
    rho = spearmanr(half["raw"], half["effect"]).statistic
    assert row["value"] == pytest.approx(1 - rho)
    assert row["n"] == len(half)
    assert "dsqtls 1.000" in row["evidence"]


def test_a_replicate_is_compared_with_the_model_on_the_shared_pairs():
    pairs = world()
    leads = pairs[is_lead(pairs)]
    shared = leads.iloc[:90]
    row = results_of(pairs, replicates=replicates_of(shared, shared["effect"]))
    row = row.loc["replicate"]
    rho = spearmanr(shared["raw"], shared["effect"]).statistic
    assert row["value"] == pytest.approx(1 - rho) and row["n"] == 90
    assert row["ci_low"] > 0
    # A test against 0 must not decide whether the difference is small.
    assert np.isnan(row["p"])


@pytest.mark.parametrize(
    ("error", "null", "words"),
    [(0.05, 0.05, "takes away 0.0"), (0.7, 2, "or more"), (np.nan, 2, "not known")],
)
def test_noise_in_the_effects_does_not_speak_against_accessibility(error, null, words):
    """A control that was measured more precisely agrees better with the same readout."""
    pairs = world().assign(effect_se=error)
    row = results_of(pairs, control=control_of(pairs, pairs["raw"]))
    row = row.loc["accessibility"]
    assert row["ci_low"] > 0.05
    assert row["null"] == pytest.approx(null, abs=0.01)
    assert row["null"] + row["least"] == pytest.approx(0.05, abs=1e-4)
    assert words in row["evidence"]


@pytest.mark.parametrize(
    ("error", "bound", "words"),
    [
        (0.0001, 0.05, "noise in dsqtls takes away 0.000"),
        (0.1, 0.04, "noise in dsqtls takes away 0.0"),
        (0.9, -2, "or more"),
        (np.nan, -2, "the noise in dsqtls is not known"),
    ],
)
def test_noise_in_the_control_does_not_speak_for_expression(error, bound, words):
    """A control of the same readout agrees less if it was measured less precisely."""
    pairs = world().assign(effect_se=0.01)
    noise = np.random.default_rng(4).normal(size=len(pairs))
    measured = pairs["effect"] + 0.001 * noise
    row = results_of(pairs, control=control_of(pairs, measured, error))
    row = row.loc["accessibility"]
    assert row["null"] + row["least"] == pytest.approx(bound, abs=0.01)
    assert words in row["evidence"]


@pytest.mark.parametrize("is_longer", [True, False])
def test_a_sample_compares_the_longer_window_with_the_shorter(is_longer):
    pairs = world()
    factor = 8 if is_longer else 0.25
    better = pairs["effect"] + pairs["raw"]
    row = results_of(pairs, windows=windows_of(pairs, better, factor)).loc[
        "window_sample"
    ]
    rho = [
        spearmanr(each, pairs["effect"]).statistic for each in (pairs["raw"], better)
    ]
    expected = rho[1] - rho[0] if is_longer else rho[0] - rho[1]
    assert row["value"] == pytest.approx(expected)
    assert (row["value"] > 0) == is_longer


def test_both_windows_are_means_over_the_same_tracks():
    """A sample has the means over all tracks, and a benchmark those of its own ones."""
    pairs = world()
    same = windows_of(pairs, pairs["raw"])
    tracks = pairs.assign(raw=pairs["raw"] + 3 * np.sign(pairs["effect"]))
    row = results_of(tracks, windows=same).loc["window_sample"]
    assert row["value"] == 0
    rho = spearmanr(pairs["raw"], pairs["effect"]).statistic
    assert f"Spearman {rho:.3f} at" in row["evidence"]
    assert "means over all tracks" in row["evidence"]
    assert "ignores the window" in row["evidence"]
    other = windows_of(pairs, 2 * pairs["raw"])
    row = results_of(tracks, windows=other).loc["window_sample"]
    assert "ignores the window" not in row["evidence"]


@pytest.mark.parametrize("other", [{"model": "b"}, {"window_bp": 999}])
def test_a_sample_of_another_benchmark_is_none_of_this(other):
    pairs = world()
    sample = windows_of(pairs, pairs["effect"]).assign(**other)
    assert "window_sample" not in results_of(pairs, windows=sample).index


def test_a_sample_of_few_pairs_says_nothing():
    pairs = world()
    few = windows_of(pairs.iloc[:12], pairs["raw"].iloc[:12])
    assert "window_sample" not in results_of(pairs, windows=few).index
    another = windows_of(pairs, pairs["raw"]).assign(scorer="another")
    assert "window_sample" not in results_of(pairs, windows=another).index


def test_without_signs_nothing_is_tested():
    unsigned = dataclasses.replace(OPTIONS, is_signed=False)
    assert results_of(world(), unsigned).empty
    labels = world().assign(unit="label", label=1.0, effect=1.0)
    assert results_of(labels).empty
    assert results_of(world().iloc[:0]).empty


def test_classes_leave_positives():
    options = dataclasses.replace(OPTIONS, classes=["p_value", 0.05, 0.5])
    pairs = world()
    n = pairs[pairs["p_value"] <= 0.05]["feature_id"].nunique()
    assert (results_of(pairs, options)["n"] == n).all()


def test_few_pairs_have_no_trend():
    assert results_of(world(n_features=15)).empty
    assert isinstance(results_of(world(n_features=15)), pd.DataFrame)


def test_all_signs_right_is_certain_for_many_blocks_only():
    found = {}
    for n in (24, 150):
        pairs = world(n_features=n)
        found[n] = results_of(pairs.assign(raw=pairs["effect"]))
    for each in found.values():
        assert each.loc["direction", "value"] == 1
        # Every resample ranks them all correctly, whatever the size.
        if "rank_by_size" in each.index:
            assert each.loc["rank_by_size", ["ci_low", "ci_high", "p"]].isna().all()
    assert found[150].loc["direction", "ci_low"] == 1
    assert np.isnan(found[24].loc["direction", "ci_low"])


def test_a_share_answered_has_no_interval_in_two_blocks():
    pairs = world()
    pairs = pairs[pairs["variant_id"].str.startswith(("chr1_", "chr2_"))]
    names = {"dataset": "d", "protocol": "corrected"}
    found = explanation_tests(pairs, None, OPTIONS, **names).set_index("test")
    row = found.loc["direction"]
    assert row["n_blocks"] < 3 and row["value"] >= 0
    assert np.isnan(row["ci_low"])
