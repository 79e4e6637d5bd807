"""The layers of the library: which package may import which, and its docstring."""

import importlib
import os
import re
import shutil
import subprocess
import sys

import grimp
import pytest
from workflow import ROOT

LIBRARY = ROOT / "scripts/endobench"
STAGES = {path.stem for path in (ROOT / "rules").glob("*.smk")}
INITS = sorted(LIBRARY.rglob("__init__.py"))
PACKAGES = sorted(path.parent.name for path in LIBRARY.glob("*/__init__.py"))
# A folder should hold about 20 entries.
MOST_ENTRIES = 24


def lint_imports(scripts):
    program = (
        "from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    contract = ROOT / ".importlinter"
    return subprocess.run(
        [sys.executable, "-c", program, str(contract), "--no-cache"],
        env={**os.environ, "PYTHONPATH": str(scripts)},
        capture_output=True,
        text=True,
        check=False,
    )


def docstring(package):
    return importlib.import_module(f"endobench.{package}").__doc__.strip()


@pytest.fixture(scope="module")
def imported():
    """The packages that the modules of each package import."""
    graph = grimp.build_graph("endobench", cache_dir=None)
    found = {name: set() for name in PACKAGES}
    for module in graph.modules:
        for other in graph.find_modules_directly_imported_by(module):
            mine, others = module.split(".")[1], other.split(".")[1]
            if mine != others:
                found[mine].add(others)
    assert sum(map(len, found.values())) > 50
    return found


def test_no_import_breaks_the_layers_or_closes_a_circle():
    result = lint_imports(ROOT / "scripts")
    assert result.returncode == 0, result.stdout
    assert "2 kept, 0 broken" in result.stdout
    analysed = int(re.search(r"Analyzed (\d+) files", result.stdout).group(1))
    assert analysed == len(list(LIBRARY.rglob("*.py")))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("core/files.py", "from endobench.design import units"),
        ("stats/nulls.py", "from endobench.genome import motifs"),
        ("stats/analytic.py", "from endobench.stats import nulls"),
        ("model/wire.py", "def late():\n    import endobench.predict.journal"),
    ],
    ids=["up", "beside", "circle", "within a function"],
)
def test_a_forbidden_import_is_reported(tmp_path, path, line):
    copy = tmp_path / "endobench"
    shutil.copytree(LIBRARY, copy, ignore=shutil.ignore_patterns("__pycache__"))
    with open(copy / path, "a") as file:
        file.write(f"\n{line}\n")
    result = lint_imports(tmp_path)
    assert result.returncode != 0
    assert not result.stdout.rstrip().endswith("0 broken.")
    assert path.removesuffix(".py").split("/")[1] in result.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_describes_itself_and_imports_no_more_than_declared(
    package, imported
):
    holds, _, may = docstring(package).partition("\n\nMay import: ")
    assert "\n" not in holds and holds.endswith(".")
    declared = set(re.findall(r"\w+", may.split(".")[0])) & set(PACKAGES)
    assert imported[package] <= declared


def test_an_init_file_holds_only_a_docstring(checked):
    assert len(INITS) >= 17
    # That of the library also tunes the collector of garbage, before anything is imported.
    packages = [path for path in INITS if path.parent != LIBRARY]
    for path in checked("packages", packages):
        assert re.fullmatch(r'"""[^"]+"""\n', path.read_text()), path


def test_a_stage_has_one_name_from_its_rules_to_its_tests(checked, imported):
    assert len(STAGES) >= 11
    for stage in checked("stages", STAGES):
        rules = (ROOT / f"rules/{stage}.smk").read_text()
        scripts = set(re.findall(r'"\.\./scripts/(\w+)/\w+\.py"', rules))
        assert scripts == {stage}
        for folder in (f"scripts/{stage}", f"scripts/endobench/{stage}"):
            assert list((ROOT / folder).glob("*.py")), folder
        assert list((ROOT / f"tests/unit/{stage}").glob("test_*.py")), stage
    readme = (LIBRARY / "README.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \|.*\|(.*)\|$", readme, re.MULTILINE)
    assert {stage for stage, _ in rows} == STAGES
    for stage, imports in rows:
        assert set(re.findall(r"\w+", imports)) == imported[stage] - {"core"}, stage
    for package in PACKAGES:
        assert f"`{package}`" in readme


def test_no_folder_is_crowded(checked):
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    paths = listed.stdout.split() or [
        str(path.relative_to(ROOT))
        for part in ("scripts", "rules", "tests", "config", "resources", "envs")
        for path in (ROOT / part).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert len(paths) > 300
    entries = {}
    for path in checked("files", paths):
        parts = path.split("/")
        for depth in range(1, len(parts)):
            entries.setdefault("/".join(parts[:depth]), set()).add(parts[depth])
    crowded = {folder: len(names) for folder, names in entries.items()}
    assert {each: n for each, n in crowded.items() if n > MOST_ENTRIES} == {}
