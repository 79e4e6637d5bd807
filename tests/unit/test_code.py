import os

import pytest
from endobench.code import digest_of_code


@pytest.fixture
def script(tmp_path):
    """A script that imports a module that imports another, and one besides."""
    library = tmp_path / "endobench"
    library.mkdir()
    (tmp_path / "door.py").write_text("import json\nfrom endobench.one import x\n")
    (library / "one.py").write_text("from endobench import two\nx = 1\n")
    (library / "two.py").write_text("import endobench.one\n")
    (library / "other.py").write_text("y = 1\n")
    return tmp_path / "door.py"


def digest(script):
    return digest_of_code(script, script.parent)


@pytest.mark.parametrize("name", ["door.py", "endobench/one.py", "endobench/two.py"])
def test_a_change_of_what_is_imported_changes_the_digest(script, name):
    before = digest(script)
    path = script.parent / name
    path.write_text(path.read_text() + "# more\n")
    assert digest(script) != before


def test_a_module_that_is_not_imported_does_not_count(script):
    before = digest(script)
    (script.parent / "endobench/other.py").write_text("y = 2\n")
    assert digest(script) == before


def test_dates_do_not_count(script):
    before = digest(script)
    os.utime(script, (1, 1))
    assert digest(script) == before


def test_where_the_folder_lies_does_not_count(script, tmp_path):
    before = digest(script)
    moved = script.parent.rename(tmp_path.with_name("moved"))
    assert digest(moved / "door.py") == before
