"""Every defect is caught, dropped or harmless: those of the group "parts"."""

from gauntlet.checks import GROUPS, Checks


class TestParts(Checks):
    stages = GROUPS["parts"]
