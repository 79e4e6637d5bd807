"""Conventions that every rule, script and environment must follow."""

import ast
import functools
import re
import sys

import pytest
import yaml
from config_readme import render as render_config_readme
from endobench.sources.published_formats import FORMATS
from environments import (
    ENVIRONMENTS,
    LOCK,
    closure,
    needed_by,
    read_environment,
    render,
)
from reasons_page import render as render_reasons
from workflow import ROOT

RULES = sorted((ROOT / "rules").rglob("*.smk"))
STAGES = sorted(path.stem for path in (ROOT / "rules").glob("*.smk"))
SCRIPTS = [
    path for each in STAGES for path in sorted((ROOT / "scripts" / each).glob("*.py"))
]
LIBRARY = sorted(
    path
    for path in (ROOT / "scripts/endobench").rglob("*.py")
    if path.name != "__init__.py"
)
# Packages whose import name differs.
PACKAGES = {
    "PIL": "pillow",
    "google": "protobuf",
    "grpc": "grpcio",
    "pyBigWig": "pybigwig",
    "sklearn": "scikit-learn",
    "fontTools": "fonttools",
    "vl_convert": "vl-convert-python",
    "yaml": "pyyaml",
}


def rules():
    """Yield the name and the text of each rule that runs a script."""
    for path in RULES:
        parts = re.split(r"^rule (\w+):", path.read_text(), flags=re.MULTILINE)
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            if "script:" in text:
                yield name, text


@functools.cache
def imported_by(path):
    """Return what a file imports: modules, and each that may be a module of a package."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
    return found


def imports(path, seen=None):
    """Return the packages that a script imports, also through the library."""
    seen = set() if seen is None else seen
    if path in seen:
        return set()
    seen.add(path)
    found = set()
    for name in imported_by(path):
        top = name.split(".")[0]
        module = ROOT / "scripts" / (name.replace(".", "/") + ".py")
        if top == "endobench":
            if module.exists():
                found |= imports(module, seen)
        elif top not in sys.stdlib_module_names:
            found.add(PACKAGES.get(top, top))
    return found


@pytest.mark.parametrize(("name", "text"), list(rules()))
def test_every_script_rule_has_digest_log_and_environment(name, text):
    script = re.search(r'"\.\./scripts/(\w+/\w+\.py)"', text).group(1)
    assert f'code=code_digest("{script}")' in text
    assert "log:" in text
    assert "conda:" in text


@pytest.mark.parametrize(("name", "text"), list(rules()))
def test_every_script_rule_has_a_benchmark_named_like_its_log(name, text):
    path = re.search(r'"results/logs/(\S+)\.log"', text).group(1)
    assert re.split("[/.]", path)[0] == name
    assert f'    benchmark:\n        "results/benchmarks/{path}.tsv"\n' in text


def test_no_rule_runs_code_without_a_script(checked):
    for path in checked("rule files", RULES):
        assert not re.search(
            r"^    (run|shell|wrapper|notebook):", path.read_text(), re.M
        )


def test_the_checks_of_single_files_see_all_of_them(checked):
    assert len(checked("rule files", RULES)) >= 17
    assert len(checked("rules with a script", rules())) == len(SCRIPTS)
    assert len(checked("scripts", SCRIPTS)) >= 40
    assert len(checked("modules of the library", LIBRARY)) >= 140
    assert len(checked("environments", ENVIRONMENTS)) >= 8


def test_every_script_belongs_to_a_rule(checked):
    named = {re.search(r"scripts/(\w+/\w+\.py)", text).group(1) for _, text in rules()}
    scripts = checked("scripts", SCRIPTS)
    assert named == {f"{path.parent.name}/{path.name}" for path in scripts}
    # The other folders are the library and the maintainers' programs.
    folders = {path.name for path in (ROOT / "scripts").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == {*STAGES, "endobench", "maintenance", "bench"}
    assert not list((ROOT / "scripts").glob("*.py"))


@pytest.mark.parametrize(("name", "text"), list(rules()))
def test_a_rules_environment_holds_the_packages_of_its_script(name, text):
    script = ROOT / "scripts" / re.search(r"scripts/(\w+/\w+\.py)", text).group(1)
    path = ROOT / re.search(r"envs/\w+\.yaml", text).group()
    assert imports(script) <= set(read_environment(path)[1])


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_short_and_call_the_library(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 70
    # Snakemake puts only the script's own folder on the path.
    head, _, rest = text.partition("sys.path.append(str(Path(__file__).parents[1]))\n")
    assert rest and "endobench" not in head


@pytest.mark.parametrize(
    "path", LIBRARY, ids=lambda path: f"{path.parent.name}.{path.stem}"
)
def test_the_library_does_not_import_snakemake(path):
    names = {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not any(name.startswith("snakemake") for name in names)


def test_each_module_of_the_library_has_tests(checked):
    # Modules without logic of their own, or that run as a separate process.
    elsewhere = {"core/errors"}
    elsewhere |= {"model/standin/server", "model/standin/__main__"}
    library, unit = ROOT / "scripts/endobench", ROOT / "tests/unit"
    untested = {
        name
        for path in checked("modules", LIBRARY)
        if not (unit / (name := path.relative_to(library).with_suffix("")))
        .with_name(f"test_{path.stem}.py")
        .exists()
    }
    assert {name.as_posix() for name in untested} == elsewhere


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_an_environment_pins_the_locked_versions_with_their_dependencies(path):
    # `make lock` writes the environments.
    assert path.read_text() == render(path, LOCK.read_text())
    for each in read_environment(path)[0]:
        assert re.fullmatch(r"[a-z0-9-]+=\d+[.]\d+[.]\d+", each)


def test_dependencies_are_read_from_the_lock():
    lock = "a==1\n    # via -r x.in\nb==2\n    # via\n    #   a\n    #   d\n"
    lock += "c==3\n    # via b\n"
    assert closure({"a"}, needed_by(lock + "d==4\n")) == {"a", "b", "c"}
    assert closure({"c"}, needed_by(lock)) == {"c"}


def test_the_lock_pins_exact_versions(checked):
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / "envs" / name).read_text().splitlines()
        lines = [line for line in lines if line.strip()]
        lines = [line for line in lines if not line.lstrip().startswith(("#", "-c"))]
        for line in checked(f"pins of {name}", lines):
            assert re.match(r"[A-Za-z0-9_.-]+==\S+", line), line


def test_no_secret_and_no_machine_path_is_tracked(checked):
    paths = [ROOT / "Snakefile", *RULES, *SCRIPTS, *LIBRARY]
    for path in checked("files with code", paths):
        text = path.read_text()
        assert not re.search(r"AIza[0-9A-Za-z_-]{30}", text)
        assert not re.search(r"[\"'](/home|/root|/tmp|/Users)/", text)


def is_unstable_sort(node):
    """Return whether a call leaves the order of equal values to the processor.

    Vector instructions sort in another order than others do. `numpy.lexsort` and a sort of
    pandas by several columns keep equal values in place.
    """
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if any(each.arg == "kind" for each in node.keywords):
        return False
    by = [*node.args, *(each.value for each in node.keywords if each.arg == "by")]
    names = by[0].elts if by and isinstance(by[0], ast.List) else by[:1]
    is_of_one = len(names) < 2 and not any(isinstance(n, ast.Name) for n in names)
    name = node.func.attr
    return name == "argsort" or (name == "sort_values" and is_of_one)


def test_the_order_of_equal_values_does_not_depend_on_the_processor(checked):
    gauntlet = sorted((ROOT / "tests/gauntlet").glob("*.py"))
    for path in checked("files with code", [*SCRIPTS, *LIBRARY, *gauntlet]):
        for node in ast.walk(ast.parse(path.read_text())):
            assert not is_unstable_sort(node), (
                f"{path.name}:{node.lineno}: kind='stable'"
            )


def test_continuous_integration_asks_no_server_of_others():
    # `make check-service` and `make check-inputs` do.
    for path in (".ci/run", "tests/e2e", "tests/slow"):
        files = [ROOT / path] if (ROOT / path).is_file() else (ROOT / path).glob("*.py")
        for each in files:
            assert not re.search(r"make.*check-(service|inputs)", each.read_text())
    recipes = (ROOT / "Makefile").read_text()
    for target in ("demo", "test", "unit", "lint", "slow", "bench"):
        [recipe] = re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", recipes, re.MULTILINE)
        assert "check_service" not in recipe and "check_inputs" not in recipe


def test_every_format_and_column_of_a_sheet_is_described(checked):
    pages = [
        ROOT / f"resources/docs/inputs/{name}.md" for name in ("datasets", "formats")
    ]
    page = "".join(each.read_text() for each in pages)
    schema = yaml.safe_load((ROOT / "config/schemas/sheet.schema.yaml").read_text())
    obvious = {"name", "kind", "location", "member", "sha256", "md5"}
    columns = sorted(set(schema["properties"]) - obvious)
    for name in [*checked("formats", FORMATS), *checked("columns", columns)]:
        assert f"`{name}`" in page, name


def test_the_configs_manual_matches_its_schemas():
    # `make docs` writes the manual.
    assert (ROOT / "config/README.md").read_text() == render_config_readme()


def test_the_page_of_dropped_rows_matches_the_reasons():
    # `make docs` writes it too.
    page = ROOT / "resources/docs/numbers/dropped_rows.md"
    assert page.read_text() == render_reasons()


def test_every_key_and_every_column_is_described(checked):
    def undescribed(path, schema):
        inner = schema.get("items", schema)
        if isinstance(inner.get("additionalProperties"), dict):
            inner = inner["additionalProperties"]
        for name, each in inner.get("properties", {}).items():
            below = f"{path}.{name}"
            is_threshold = re.fullmatch(r"config[.]gates[.]\w+[.](warn|fail)", below)
            if "description" not in each and not is_threshold:
                yield below
            yield from undescribed(below, each)

    for name in ("config", "sheet"):
        text = (ROOT / f"config/schemas/{name}.schema.yaml").read_text()
        schema = yaml.safe_load(text)
        checked(f"keys of {name}", schema.get("items", schema)["properties"])
        assert not list(undescribed(name, schema))
