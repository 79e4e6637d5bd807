"""The sheets of inputs that come with the workflow, read once; no test may change them."""

import functools

from endobench.config.sheet import read_sheet
from workflow import ROOT


@functools.cache
def shipped_sheet(*names):
    """Return the rows of some sheets, by default of both."""
    names = names or ("datasets.tsv", "gtex.tsv")
    paths = [ROOT / "config" / name for name in names]
    return read_sheet(paths, ROOT / "config/schemas/sheet.schema.yaml")
