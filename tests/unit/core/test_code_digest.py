import os

import pytest
from endobench.core.code_digest import digest_of_code


@pytest.fixture
def script(tmp_path):
    """A script that imports a module, which imports another; and an unused module."""
    library = tmp_path / "endobench"
    (tmp_path / "stage").mkdir()
    for package in ("core", "model/standin"):
        (library / package).mkdir(parents=True)
    door = tmp_path / "stage/door.py"
    door.write_text("import json\nfrom endobench.core.one import x\n")
    (library / "core/one.py").write_text(
        "def late():\n    from endobench.model.standin import two\nx = 1\n"
    )
    (library / "model/standin/two.py").write_text("import endobench.core.one\n")
    (library / "core/other.py").write_text("y = 1\n")
    return door


def digest(script):
    return digest_of_code(script, script.parents[1])


@pytest.mark.parametrize(
    "name",
    ["stage/door.py", "endobench/core/one.py", "endobench/model/standin/two.py"],
)
def test_a_change_of_what_is_imported_changes_the_digest(script, name):
    before = digest(script)
    path = script.parents[1] / name
    path.write_text(path.read_text() + "# more\n")
    assert digest(script) != before


def test_a_module_that_is_not_imported_does_not_count(script):
    before = digest(script)
    (script.parents[1] / "endobench/core/other.py").write_text("y = 2\n")
    assert digest(script) == before


def test_dates_do_not_count(script):
    before = digest(script)
    os.utime(script, (1, 1))
    assert digest(script) == before


def test_the_place_of_the_folder_does_not_count(script, tmp_path):
    before = digest(script)
    moved = script.parents[1].rename(tmp_path.with_name("moved"))
    assert digest(moved / "stage/door.py") == before


def test_a_module_of_the_same_name_in_another_package_counts(script):
    before = digest(script)
    library = script.parents[1] / "endobench"
    (library / "core/one.py").rename(library / "model/one.py")
    script.write_text(script.read_text().replace("core.one", "model.one"))
    changed = library / "model/standin/two.py"
    changed.write_text(changed.read_text().replace("core.one", "model.one"))
    assert digest(script) != before


@pytest.mark.parametrize(
    "statement",
    [
        "from endobench.model.standin import (\n    two,\n)\n",
        "from endobench.model.standin import (  # (why\n    # not)\n    two,\n)\n",
        "from endobench.model \\\n    import standin\nimport endobench.model.standin.two\n",
        "def late():\n    import endobench.model.standin.two as other\n",
        '"""Prose:\nfrom endobench one."""\nimport endobench.model.standin.two\n',
        "if True:\n\tfrom endobench.model.standin import two; print(two)\n",
    ],
)
def test_an_import_counts_however_it_is_written(script, statement):
    script.write_text(statement)
    before = digest(script)
    path = script.parents[1] / "endobench/model/standin/two.py"
    path.write_text(path.read_text() + "# more\n")
    assert digest(script) != before
