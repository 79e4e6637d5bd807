import functools
import pickle

import pytest
from endobench.config import schema, sheet
from sheet_rows import HEADER
from workflow import ROOT

parsed = functools.cache(lambda path: pickle.dumps(read_yaml(path)))
read_yaml = schema.read_yaml


@pytest.fixture(scope="module", autouse=True)
def schemas_are_parsed_once():
    """Give each check a copy of the parsed schema, which is made much faster."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (schema, sheet):
            patch.setattr(module, "read_yaml", lambda path: pickle.loads(parsed(path)))
        yield


@pytest.fixture
def sheet_of(tmp_path):
    """Return a function that writes lines of a sheet to a file and reads it."""

    def read(*rows, header=HEADER):
        path = tmp_path / "datasets.tsv"
        path.write_text("".join("\t".join(row) + "\n" for row in [header, *rows]))
        return sheet.read_sheet(path, ROOT / "config/schemas/sheet.schema.yaml")

    return read
