"""What the tests of the gauntlet ask of every defect, and of the page of all of them."""

import re

import pytest
from gauntlet.defect import (
    BLOCKS,
    CONSISTENCY,
    CONTROLS,
    DECLARED,
    EFFECTS,
    FAILS,
    FILE,
    LIMIT,
    PARTS,
    PEAKS,
    STATISTICS,
    VARIANTS,
)
from gauntlet.page import STAGES, defects_of, outcome_of, section
from rounded import differing_lines
from workflow import ROOT

UPDATE = "run 'make gauntlet' to update the page"
_OF_EFFECTS = (FILE, EFFECTS, VARIANTS, PEAKS, DECLARED, BLOCKS, CONSISTENCY)
_OF_CONTROLS = (CONTROLS, STATISTICS, LIMIT)
# The stages of each file of tests, which take about as long.
GROUPS = {
    "effects": _OF_EFFECTS,
    "controls": _OF_CONTROLS,
    "parts": (PARTS,),
    "scores": tuple(
        each for each in STAGES if each not in (*_OF_EFFECTS, *_OF_CONTROLS, PARTS)
    ),
}


def page_text():
    """Return the page that the tests compare with what they find."""
    return (ROOT / "resources/docs/gauntlet.md").read_text()


class Checks:
    """The tests of a group of stages, for a file that names the group."""

    stages = ()

    @pytest.mark.numeric
    def test_a_defect_has_its_declared_outcome(self, defect, found_of, unharmed, world):
        outcome, by = outcome_of(found_of(defect), unharmed, world)
        assert outcome == defect.outcome
        if outcome == FAILS:
            # Further gates may see it, too.
            assert set(defect.by.split()) <= set(by.split())
        else:
            # A defect that is missed has no gate; its `by` is the reason.
            assert by in (defect.by, "")

    @pytest.mark.numeric
    def test_the_page_has_the_outcomes_of_a_stage(
        self, stage, found_of, unharmed, world
    ):
        found = [found_of(each) for each in defects_of(stage)]
        exact = section(found, unharmed, world, is_exact=True)
        head, *_ = exact.splitlines()
        parts = re.split("(?m)^(?=## )", page_text())
        (text,) = (each for each in parts if each.startswith(f"{head}\n"))
        differing = differing_lines(text.strip(), exact.strip())
        assert differing == [], f"{UPDATE}: {differing}"
