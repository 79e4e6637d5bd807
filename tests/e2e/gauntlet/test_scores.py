"""Every defect is caught, dropped or harmless: those of the group "scores"."""

from gauntlet.checks import GROUPS, Checks


class TestScores(Checks):
    stages = GROUPS["scores"]
