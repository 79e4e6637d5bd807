import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import EXPLANATIONS
from endobench.design.explanations import Rule, named_test
from endobench.evaluate.explanations.verdicts import with_verdicts

SUPPORTS = {"ci_low": 0.1, "ci_high": 0.3}
SMALL = {"ci_low": -0.1, "ci_high": 0.02}


def judged(*rows, failing=()):
    made = {"test": "window", "evidence": "e", "judged_by": Rule()}
    frame = pd.DataFrame([made | row for row in rows])
    added = ["judged_by", "rests_on", "reached"]
    frame = frame.reindex(columns=[*EXPLANATIONS.names, *added])
    found = with_verdicts(frame, dict(failing), "corrected")
    return found["verdict"].tolist(), found["evidence"].tolist()


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ({}, "supported"),
        ({"p_adjusted": 0.01, "reached": 0.2}, "supported"),
        ({"p_adjusted": 0.06}, "cannot be told apart"),
        ({"reached": 0.04}, "cannot be told apart"),
        ({"reached": -0.2}, "cannot be told apart"),
    ],
)
def test_a_difference_explains_nothing_if_its_better_side_is_null_too(numbers, verdict):
    found, evidence = judged(SUPPORTS | numbers)
    assert found == [verdict]
    is_null = numbers.get("reached", 1) < 0.05
    assert ("neither side agrees" in evidence[0]) == is_null
    # It may still be contradicted.
    assert judged(SMALL | numbers)[0] == ["contradicted"]


@pytest.mark.parametrize(
    ("ceiling", "verdict"),
    [("contradicted", "cannot be told apart"), ("supported", "supported")],
)
def test_a_second_cohort_with_more_noise_limits_nothing(ceiling, verdict):
    replicate = {"test": "replicate", "judged_by": named_test("replicate").rule}
    others = {"test": "ceiling", "verdict": ceiling}
    found, evidence = judged(replicate | SMALL, others)
    assert found == [verdict, ceiling]
    assert ("may be the noisier" in evidence[0]) == (ceiling == "contradicted")
    assert evidence[1] == "e"


def test_a_refused_benchmark_decides_nothing_but_what_was_not_tested_stays_so():
    rows = [
        SUPPORTS | {"rests_on": ("corrected", "long")},
        SUPPORTS | {"evidence": np.nan},
        {"verdict": "contradicted"},
        {"verdict": "not tested"},
    ]
    found, evidence = judged(*rows, failing={"long": "has a fault"})
    assert found == ["cannot be told apart", "supported", "contradicted", "not tested"]
    assert evidence[:2] == ["long has a fault; e", None]
    found, evidence = judged(*rows, failing={"corrected": "has a fault"})
    assert found == ["cannot be told apart"] * 3 + ["not tested"]
    assert evidence[1] == "corrected has a fault"
