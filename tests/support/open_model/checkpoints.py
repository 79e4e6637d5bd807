"""Packages that behave like those of the open model, and checkpoints for them."""

import json
import sys

from endobench.model.service import list_tracks, listing
from workflow import ROOT

PACKAGES = ROOT / "tests/support/open_model/packages"
# Where a log-in to a hub may be.
TOKENS = (
    "HF_TOKEN",
    "HF_HUB_OFFLINE",
    "KAGGLE_API_TOKEN",
    "KAGGLE_USERNAME",
    "KAGGLE_KEY",
)


def forget_packages():
    """Make the next import read the packages again."""
    for name, module in list(sys.modules.items()):
        if str(PACKAGES) in str(getattr(module, "__file__", None)):
            del sys.modules[name]


def write_checkpoint(folder, scale=1.0):
    """Write a checkpoint with files of the same names and sizes for any scale."""
    (folder / "d").mkdir(parents=True)
    (folder / "_METADATA").write_text("{}")
    (folder / "d/scale.json").write_text(json.dumps({"scale": scale}))
    return folder


def tracks_of(service, output="DNASE"):
    """Return the tracks that the open model lists."""
    with listing(service, None, deadline_s=1, connect_timeout_s=1) as client:
        return list_tracks(client, output, service)
