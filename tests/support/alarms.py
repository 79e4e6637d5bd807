"""Verdicts of gates under their default thresholds."""

import pytest
from endobench.config.settings import check_config
from endobench.gates.verdicts import verdicts
from workflow import ROOT

# Of clean data: all but the first are a study of how rare false alarms are.
SEEDS = [0, *(pytest.param(each, marks=pytest.mark.studies) for each in range(1, 10))]
SCHEMA = ROOT / "config" / "schemas" / "config.schema.yaml"


def config_of(**changes):
    """Return the smallest valid config, with changes and all defaults."""
    config = {
        "datasets": [{"name": "demo", "effects": "pairs", "peaks": "peaks"}],
        "genome": "genome",
        "chromosomes": ["chr1"],
        "service": "standin",
    } | changes
    check_config(config, SCHEMA, "my.yaml")
    return config


THRESHOLDS = config_of()["gates"]


def alarms_of(measured):
    """Return the verdicts of the gates that warn or fail, by gate."""
    frame = verdicts(measured, THRESHOLDS).set_index("gate")["verdict"]
    return frame[frame.isin(["warn", "fail"])].to_dict()
