import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import CONTROLS, PAIRS
from endobench.design.conclusions import EXCEPTION, EXCEPTIONS, NO, YES
from endobench.design.tasks import MAGNITUDE, SIGNED
from endobench.evaluate.doubts import failing_of, gap_of, restrained

N = 400


def judged(state, why="fine"):
    return {"is_reportable": state, "why": why}


def row(name="b", gap=None, few=None):
    return {"name": name, "reference": "a", "gap": gap, "few": few}


def pairs():
    rng = np.random.default_rng(1)
    effect = rng.normal(size=N)
    frame = pd.DataFrame({"effect": effect, "raw": effect + rng.normal(size=N)})
    frame["source_id"] = [f"v{n}" for n in range(N)]
    return frame.assign(feature_id="g").reindex(columns=PAIRS.names)


@pytest.mark.parametrize("state", [YES, EXCEPTIONS, NO])
def test_a_model_is_no_better_founded_than_its_reference(state):
    found = restrained(judged(state), judged(NO), row())
    assert found["is_reportable"] == NO
    if state != NO:
        assert "compared with a, which is not reportable" in found["why"]
    # The reference itself has its own verdict, and a sound one changes nothing.
    assert restrained(judged(state), judged(state), row("a")) == judged(state)
    assert restrained(judged(state), judged(EXCEPTIONS), row()) == judged(state)


def test_pairs_that_others_lack_are_an_exception_if_scores_agree_less_there():
    frame = pairs()
    by_chance = frame.sample(frac=0.8, random_state=1)
    gap = gap_of(frame, by_chance, SIGNED)
    assert restrained(judged(YES), judged(YES), row(gap=gap)) == judged(YES)
    ranks = [frame[name].rank() for name in ("effect", "raw")]
    distance = (ranks[0] - ranks[1]).abs()
    chosen = frame[distance < distance.quantile(0.9)]
    gap = gap_of(frame, chosen, SIGNED)
    found = restrained(judged(YES), judged(YES), row(gap=gap))
    assert found["is_reportable"] == EXCEPTIONS
    assert EXCEPTION in found["why"] and "on the others" in found["why"]
    assert restrained(judged(NO), judged(YES), row(gap=gap))["is_reportable"] == NO
    assert gap_of(frame, chosen, MAGNITUDE) is None


def test_few_pairs_that_all_models_have_are_an_exception():
    found = restrained(judged(YES), judged(YES), row(few="only 12 of its 600 pairs"))
    assert found["is_reportable"] == EXCEPTIONS
    assert found["why"] == f"fine; {EXCEPTION}only 12 of its 600 pairs"


def test_without_pairs_that_others_lack_there_is_no_doubt():
    assert gap_of(pairs(), pairs(), SIGNED) is None


@pytest.mark.parametrize(
    ("protocol", "why", "is_refused"),
    [
        ("corrected", "failing gates: orientation; exception: x", True),
        ("corrected", "no positive control", False),
        ("published", "failing gates: orientation", True),
    ],
)
def test_benchmarks_with_failing_gates_are_refused(protocol, why, is_refused):
    row = {"dataset": "d", "protocol": protocol, "is_reportable": NO, "why": why}
    found = failing_of(pd.DataFrame([row]), "d")
    against = {protocol: "has failing gates: orientation"}
    assert found == (against if is_refused else {})
    assert failing_of(pd.DataFrame([row]), "other") == {}


@pytest.mark.parametrize(
    ("change", "is_refused"),
    [
        ({}, True),
        ({"control": "sham"}, True),
        # These are tests of an explanation.
        ({"control": "spike_in"}, False),
        ({"control": "mismatched_tracks"}, False),
        ({"state": "not_judged"}, False),
        ({"stratum": "all_pairs"}, False),
        ({"protocol": "other"}, False),
        ({"dataset": "other"}, False),
    ],
)
def test_a_benchmark_is_refused_for_a_failing_control(change, is_refused):
    where = {"dataset": "d", "protocol": "corrected", "stratum": "lead_per_feature"}
    conclusion = {**where, "is_reportable": NO, "why": "scores do not follow"}
    control = {
        "control": "sequence",
        "state": "fail",
        "evidence": "scores do not follow",
    }
    controls = pd.DataFrame([{**where, **control, **change}])
    controls = controls.reindex(columns=CONTROLS.names)
    found = failing_of(pd.DataFrame([conclusion]), "d", controls)
    against = "has a failing control (scores do not follow)"
    assert found == ({"corrected": against} if is_refused else {})
    if change == {}:
        # Over a whole window, context may drown the change.
        conclusions = pd.DataFrame([conclusion])
        assert failing_of(conclusions, "d", controls, ["corrected"]) == {}
