import pytest
from workflow import checkout


@pytest.fixture
def folder(tmp_path):
    return checkout(tmp_path)
