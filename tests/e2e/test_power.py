"""The page of power has the numbers of its trials, and none has an alarm by itself."""

import functools

import pytest
from gauntlet import power, power_curves
from gauntlet.power_world import Inputs
from workflow import ROOT


@pytest.fixture(scope="module")
def inputs(world):
    return Inputs.of_world(world)


@pytest.fixture(scope="module")
def without_defect(inputs):
    """From a family of gates, which many curves share, to what it finds in good data."""
    return functools.cache(
        lambda family: power.power_of(inputs, family, lambda same, _: same, 1)
    )


@pytest.mark.parametrize(
    "curve", power_curves.CURVES, ids=lambda curve: f"{curve.stage}: {curve.name}"
)
def test_no_gate_of_a_power_curve_warns_without_a_defect(without_defect, curve):
    found = without_defect(curve.family)
    assert (found.failed, found.alarmed) == (0, 0)
    page = (ROOT / "resources/docs/power.md").read_text()
    for strength in curve.strengths:
        assert f"| {curve.name} | {curve.unit} {strength:g} |" in page


@pytest.mark.numeric
def test_the_page_of_power_has_the_numbers_of_its_trials(inputs, world):
    curves = [each for each in power_curves.CURVES if each.name == "ids shuffled"]
    table = power.measure_all(inputs, curves=curves)
    lines = power.render(table, inputs, world.spearman).splitlines()
    rows = [line for line in lines if line.startswith("| ids shuffled |")]
    assert len(rows) == len(curves[0].strengths)
    page = (ROOT / "resources/docs/power.md").read_text().splitlines()
    assert set(rows) <= set(page), "run 'make gauntlet' to update the page"
    assert table["failed"].is_monotonic_increasing
    assert (table["low"] <= table["failed"]).all()
    assert (table["failed"] <= table["high"]).all()
