import numpy as np
import pytest
from endobench.evaluate.conditions.outcome import (
    FAILS,
    NOT_JUDGED,
    PASSES,
    DeclaredControl,
)
from endobench.evaluate.conditions.positive import (
    control_sequence,
    positive_control,
    sequence,
    spike_in,
)

NAN = np.nan


@pytest.mark.parametrize(
    ("value", "half", "state"),
    [(0.3, 0.1, PASSES), (0.1, 0.1, FAILS), (-0.3, 0.1, FAILS), (0.3, NAN, NOT_JUDGED)],
)
def test_a_positive_control_must_agree_beyond_chance(rows_of, value, half, state):
    rows = rows_of(("control", "other", "spearman", value, half))
    [found] = positive_control(rows, DeclaredControl("other"))
    assert (found.control, found.state) == ("positive_control", state)
    assert "other" in found.evidence


def test_every_positive_control_is_judged(rows_of):
    rows = [("control", name, "spearman", 0.3, 0.1) for name in ("a", "b")]
    assert len(list(positive_control(rows_of(*rows), DeclaredControl("a")))) == 2


def test_why_there_is_no_positive_control_is_said(rows_of):
    for declared, words in (
        (DeclaredControl("x"), "x shares no variant"),
        (DeclaredControl(None, "none exists"), "none exists"),
        (DeclaredControl(), "key 'control'"),
    ):
        [found] = positive_control(rows_of(), declared)
        assert found.state == NOT_JUDGED and words in found.evidence


@pytest.mark.parametrize(
    ("value", "model", "state"),
    [
        (0.2, "m", PASSES),
        (0.05, "m", FAILS),
        (-0.2, "m", FAILS),
        (0.05, "assay/dnase", NOT_JUDGED),
        (-0.2, "assay/dnase", FAILS),
    ],
)
def test_scores_follow_the_sequence(rows_of, value, model, state):
    row = ("control", "sequence", "spearman", value, 0.1, {"model": model})
    [found] = sequence(rows_of(row))
    assert found.state == state


@pytest.mark.parametrize(
    ("value", "half", "state"),
    [(0.3, 0.1, PASSES), (0.15, 0.2, NOT_JUDGED), (0.05, 0.1, FAILS)],
)
def test_a_control_fails_only_where_it_is_known_not_to_follow(
    rows_of, value, half, state
):
    row = ("control", "control_sequence", "spearman", value, half)
    [found] = control_sequence(rows_of(row))
    assert found.state == state
    assert list(control_sequence(rows_of())) == []


@pytest.mark.parametrize(
    ("share", "state"), [(0.8, PASSES), (0.79, FAILS), (NAN, NOT_JUDGED)]
)
def test_only_without_agreement_must_the_spike_in_be_detected(rows_of, share, state):
    rows = rows_of(("control", "spike_in", "detection_rate", share, 0.05))
    [found] = spike_in(rows, "no_agreement")
    assert found.state == state
    assert list(spike_in(rows, "agreement")) == []
