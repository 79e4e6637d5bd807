"""Every defect is caught, dropped or harmless: those of the group "effects"."""

from gauntlet.checks import GROUPS, Checks


class TestEffects(Checks):
    stages = GROUPS["effects"]
