"""The smallest config of a model, and how it is checked."""

import pytest
from endobench.config.settings import check_config
from endobench.core.errors import InputError
from workflow import ROOT

SCHEMA = ROOT / "config" / "schemas" / "config.schema.yaml"
BOTH = ["published", "corrected"]
CLASSES = {"by": "pip", "positive": 0.9, "negative": 0.01}
DNASE, ATAC = "DNASE-501-DIFF_LOG2_SUM", "ATAC-501-DIFF_LOG2_SUM"
RNA = "RNA_SEQ"


def config_of(**changes):
    """Return the smallest config of a model, with changes; None removes a key."""
    config = {
        "datasets": [{"name": "demo", "effects": "demo_pairs", "peaks": "demo_peaks"}],
        "genome": "demo_genome",
        "chains": {"hg19": "demo_chain"},
        "chromosomes": ["chr1"],
        "service": "standin",
        "genes": "demo_genes",
    }
    config |= changes
    return {key: value for key, value in config.items() if value is not None}


def checked(config):
    """Return a config after its check, with all defaults."""
    check_config(config, SCHEMA, "my.yaml")
    return config


def complaint(**changes):
    """Return the line with which a changed config is refused."""
    with pytest.raises(InputError) as caught:
        checked(config_of(**changes))
    message = str(caught.value)
    assert "\n" not in message
    return message


def dataset(**changes):
    """Return the only dataset of the small config, with changes, as a list."""
    return [{**config_of()["datasets"][0], **changes}]
