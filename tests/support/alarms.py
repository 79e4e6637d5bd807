"""Verdicts of gates under their default thresholds."""

from endobench.config.settings import check_config
from endobench.gates.verdicts import verdicts
from workflow import ROOT

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
