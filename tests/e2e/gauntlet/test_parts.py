"""Every defect is caught, dropped or harmless: those of the group "parts"."""

import pytest
from gauntlet.checks import GROUPS, check_outcome, check_section
from gauntlet.page import defects_of

STAGES = GROUPS["parts"]


@pytest.mark.numeric
def test_a_defect_has_its_declared_outcome(defect, found_of, unharmed, world):
    check_outcome(found_of(defect), unharmed, world)


@pytest.mark.numeric
def test_the_page_has_the_outcomes_of_a_stage(stage, found_of, unharmed, world):
    check_section([found_of(each) for each in defects_of(stage)], unharmed, world)
