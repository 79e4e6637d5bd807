import numpy as np
import pytest
from endobench.evaluate.conditions.negative import (
    by_chance,
    mismatched_tracks,
    mismatched_variant,
    sham,
)
from endobench.evaluate.conditions.outcome import FAILS, NOT_JUDGED, PASSES

NAN = np.nan
MODEL = ("signed", "model", "spearman", 0.3, 0.1)


@pytest.mark.parametrize(
    ("share", "half", "state"),
    [
        (0.05, 0.02, PASSES),
        (0.12, 0.02, PASSES),
        (0.13, 0.02, FAILS),
        (0.13, NAN, FAILS),
        (NAN, NAN, NOT_JUDGED),
    ],
)
def test_the_sham_fails_if_surely_too_many_trials_detect_it(
    rows_of, share, half, state
):
    [found] = sham(rows_of(("control", "sham", "detection_rate", share, half)))
    assert found.state == state


@pytest.mark.parametrize(
    ("finding", "p", "state"),
    [
        ("agreement", 0.001, PASSES),
        ("agreement", 0.05, FAILS),
        ("disagreement", 0.05, FAILS),
        ("no_agreement", 0.05, PASSES),
        ("no_agreement", 0.049, FAILS),
        ("no_agreement", NAN, NOT_JUDGED),
    ],
)
@pytest.mark.parametrize("name", ["permuted_in_strata", "sign_flip_by_block"])
def test_a_randomisation_test_must_not_contradict_the_finding(
    rows_of, finding, p, state, name
):
    rows = rows_of(("chance", name, "spearman", 0.0, 0.1, {"p": p}))
    [found] = by_chance(rows, name, finding)
    assert found.state == state


def test_few_blocks_have_too_few_flips(rows_of):
    further = {"p": 0.001, "n_blocks": 5}
    for name, state in (
        ("permuted_in_strata", PASSES),
        ("sign_flip_by_block", NOT_JUDGED),
    ):
        rows = rows_of(("chance", name, "spearman", 0.0, 0.1, further))
        [found] = by_chance(rows, name, "agreement")
        assert found.state == state


@pytest.mark.parametrize(
    ("value", "half", "state"),
    [
        (0.3, 0.1, FAILS),
        (0.0, 0.1, PASSES),
        (-0.3, 0.1, PASSES),
        # Significant by itself, though less than the model.
        (0.12, 0.05, NOT_JUDGED),
    ],
)
def test_other_variants_must_agree_less(rows_of, value, half, state):
    rows = rows_of(MODEL, ("chance", "mismatched_variant", "spearman", value, half))
    [found] = mismatched_variant(rows, "agreement")
    assert found.state == state


@pytest.mark.parametrize(
    ("value", "state", "words"),
    [
        (0.0, PASSES, "another tissue agree less: Spearman 0.000"),
        (0.3, NOT_JUDGED, "not specific to the tissue"),
        (0.6, FAILS, "another tissue agree better"),
    ],
)
def test_other_tissues_must_not_agree_better(rows_of, value, state, words):
    rows = rows_of(MODEL, ("signed", "mismatched_tracks", "spearman", value, 0.1))
    [found] = mismatched_tracks(rows, "agreement")
    assert found.state == state and words in found.evidence
    assert list(mismatched_tracks(rows, None)) == []
