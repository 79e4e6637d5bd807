import numpy as np
import pandas as pd
import pytest
from endobench.core.columns import METRICS
from endobench.design.conclusions import FINDINGS
from endobench.evaluate.conditions.judge import outcomes
from endobench.evaluate.conditions.outcome import (
    BUILT_IN,
    FAILS,
    NOT_JUDGED,
    PASSES,
    DeclaredControl,
)
from endobench.evaluate.measure import measure
from frames import CHOICES, benchmark, blocks_of

PAIRS, ANNOTATIONS = benchmark()


def measured(rho=0.8, control=None):
    pairs, annotations = benchmark(rho=rho)
    names = {"dataset": "d", "protocol": "corrected"}
    options = pairs, annotations, blocks_of(), CHOICES
    return measure(*options, control=control, **names)


@pytest.fixture(scope="module")
def agreement():
    noise = np.random.default_rng(1).normal(size=len(PAIRS))
    raw = PAIRS["effect"] + noise * PAIRS["effect"].std()
    return measured(control=PAIRS.assign(raw=raw, model="control/x"))


def judged(metrics, differences=None, finding="agreement", task="signed", **named):
    stratum = "lead_per_feature"
    return outcomes(
        metrics, differences, DeclaredControl(**named), stratum, task, finding
    )


def test_every_control_of_a_benchmark_is_judged_once(agreement):
    names = [each.control for each in judged(*agreement)]
    assert len(set(names)) == len(names)
    expected = {"positive_control", "sequence", "sham", "permuted_in_strata"}
    assert {*expected, "sign_flip_by_block", "mismatched_variant"} <= set(names)
    assert "spike_in" not in names
    of_none = [each.control for each in judged(*agreement, finding="no_agreement")]
    assert set(of_none) >= {*names, "spike_in"}


@pytest.mark.parametrize("finding", [*FINDINGS, None])
def test_an_outcome_is_one_line_without_a_full_stop(agreement, finding):
    for each in judged(*agreement, finding=finding):
        assert each.state in (PASSES, FAILS, NOT_JUDGED)
        assert "\n" not in each.evidence and "; " not in each.evidence
        assert each.evidence[0].islower() and each.evidence[-1] not in ".:;"


def test_an_honest_agreement_passes_its_controls(agreement):
    states = {each.control: each.state for each in judged(*agreement)}
    assert states["positive_control"] == states["sham"] == PASSES
    assert states["permuted_in_strata"] == states["mismatched_variant"] == PASSES


def test_nothing_of_an_empty_table_passes():
    empty = pd.DataFrame(columns=METRICS.names)
    for finding in ("agreement", "no_agreement"):
        states = {each.state for each in judged(empty, finding=finding)}
        assert states == {NOT_JUDGED}


def test_labels_have_no_nulls_and_no_planted_effects(agreement):
    names = {each.control for each in judged(*agreement, task="unsigned")}
    assert names == {"positive_control", "sequence", "control_sequence"}


def test_magnitudes_have_no_sign_to_flip(agreement):
    names = {each.control for each in judged(*agreement, task="magnitude")}
    assert "sign_flip_by_block" not in names and "permuted_in_strata" in names


def test_a_control_of_the_control_is_no_positive_control(agreement):
    metrics, differences = agreement
    row = metrics[metrics["predictor"] == "x"].assign(predictor="control_sequence")
    alone = pd.concat([metrics[metrics["predictor"] != "x"], row])
    first = judged(alone, differences)[0]
    assert first.control == "positive_control" and first.state == NOT_JUDGED
    assert "control_sequence" in BUILT_IN


def test_a_single_failing_positive_control_is_not_hidden_by_others(agreement):
    metrics, differences = agreement
    row = metrics[metrics["predictor"] == "x"]
    bad = row.assign(predictor="y", value=-0.3, ci_low=-0.4, ci_high=-0.2)
    states = [each.state for each in judged(pd.concat([metrics, bad]), differences)]
    assert states[:2] == [PASSES, FAILS]


def test_an_interval_of_no_width_is_no_evidence():
    rows = pd.DataFrame(
        {
            "task": ["signed", "chance"],
            "stratum": "lead_per_feature",
            "predictor": ["model", "mismatched_variant"],
            "metric": "spearman",
            "value": 1.0,
            "ci_low": np.nan,
            "ci_high": np.nan,
        }
    ).reindex(columns=METRICS.names)
    found = {each.control: each.state for each in judged(rows)}
    assert found["mismatched_variant"] == NOT_JUDGED
