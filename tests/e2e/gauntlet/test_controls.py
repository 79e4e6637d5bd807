"""Every defect is caught, dropped or harmless: those of the group "controls"."""

from gauntlet.checks import GROUPS, Checks


class TestControls(Checks):
    stages = GROUPS["controls"]
