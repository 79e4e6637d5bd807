import functools
import pickle

import pytest
from endobench.config import schema, sheet

parsed = functools.cache(lambda path: pickle.dumps(read_yaml(path)))
read_yaml = schema.read_yaml


@pytest.fixture(scope="module", autouse=True)
def schemas_are_parsed_once():
    """Give each check a copy of the parsed schema, which is made much faster."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (schema, sheet):
            patch.setattr(module, "read_yaml", lambda path: pickle.loads(parsed(path)))
        yield
