import pytest
from endobench.design.units import UNITS


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_no_effect_is_possible_and_what_is_usual_too(unit):
    assert unit.low <= unit.null <= unit.high
    assert unit.usual_low <= unit.usual_high
    assert unit.null + unit.usual_low <= unit.high
