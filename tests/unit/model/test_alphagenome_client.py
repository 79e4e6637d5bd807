import ast
import os
import subprocess
import sys

import alphagenome
import pytest
from endobench.core.errors import InputError
from endobench.model import alphagenome_client
from endobench.model.alphagenome_client import USED, missing
from workflow import ROOT

LIBRARY = ROOT / "scripts/endobench"
TABLE = LIBRARY / "model/alphagenome_client.py"
MODULE = "endobench.model.alphagenome_client"
MODULES = {path.rpartition(".")[2]: path for path in USED}
# With all their attributes, as code writes them.
DOTTED = {
    f"{path}.{'.'.join(each)}"
    for path, names in USED.items()
    for name, members in names.items()
    for each in [(name,), *((name, member) for member in members)]
}


def imported(tree):
    """Yield the local name and the dotted name of all that is imported from the client."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "alphagenome":
                    yield alias.asname or alias.name, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if node.module == MODULE and alias.name in MODULES:
                    name = MODULES[alias.name]
                if name.split(".")[0] == "alphagenome":
                    yield alias.asname or alias.name, name


def chains(tree):
    """Yield every attribute access that starts at a name, as (name, dotted rest)."""
    inner = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or id(node) in inner:
            continue
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            yield node.id, ".".join(reversed(parts))


def parsed(path):
    """Return the syntax of a module; most do not have the client's name, and no syntax."""
    text = path.read_text()
    return ast.parse(text if "alphagenome" in text else "")


def used_by(path):
    """Return the dotted names of the client that a module of the library uses."""
    tree = parsed(path)
    modules = dict(imported(tree))
    attributes = set()
    for name, rest in chains(tree):
        if name in modules:
            # `Organism.HUMAN.to_proto` is a member of an enum and a method of the enum.
            first, *others = rest.split(".")
            whole = f"{modules[name]}.{first}"
            attributes |= {f"{whole}.{each}" for each in others} or {whole}
    return set(modules.values()), attributes


def imports_directly(path):
    """Return whether a module imports the client without the table."""
    return any(
        name.split(".")[0] == "alphagenome"
        for node in ast.walk(parsed(path))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    )


def test_the_installed_client_has_every_name_of_the_table():
    assert missing(USED) == []
    assert len(DOTTED) > 100


def test_the_library_uses_no_name_of_the_client_that_is_not_in_the_table():
    n_files, n_users, n_attributes = 0, 0, 0
    for path in LIBRARY.rglob("*.py"):
        n_files += 1
        if path == TABLE:
            continue
        modules, attributes = used_by(path)
        assert modules <= set(USED), path
        assert attributes <= DOTTED, path
        n_users += bool(modules)
        n_attributes += len(attributes)
    assert n_files >= 160, n_files
    assert n_users >= 10, n_users
    assert n_attributes >= 60, n_attributes


def test_only_the_table_imports_the_client_directly():
    direct = [path for path in LIBRARY.rglob("*.py") if imports_directly(path)]
    assert direct == [TABLE]


def test_the_table_names_the_modules_that_linters_see():
    tree = ast.parse(TABLE.read_text())
    assert sorted(name for _, name in imported(tree)) == sorted(USED)
    assert len(MODULES) == len(USED)


@pytest.mark.parametrize(
    "line",
    [
        "from alphagenome.models import dna_client",
        "import alphagenome.interpretation.ism",
        f"from {MODULE} import genome\ngenome.Strand.POSITIVE",
        f"from {MODULE} import dna_client as c\nc.OutputType.CAGE.to_proto()",
    ],
)
def test_a_use_outside_of_the_table_is_found(tmp_path, line):
    path = tmp_path / "module.py"
    path.write_text(f"{line}\n")
    modules, attributes = used_by(path)
    assert not (modules <= set(USED) and attributes <= DOTTED)


@pytest.mark.services
def test_modules_are_loaded_on_demand():
    program = (
        "import sys\n"
        f"from {MODULE} import dna_model_pb2\n"
        "assert 'alphagenome.protos.v1.dna_model_pb2' in sys.modules\n"
        "assert 'alphagenome.models.v1.dna_client' not in sys.modules\n"
        "assert 'alphagenome.visualization' not in sys.modules\n"
    )
    result = run(program)
    assert result.returncode == 0, result.stderr


def test_other_names_are_not_attributes():
    with pytest.raises(AttributeError, match="'nonsense'"):
        alphagenome_client.__getattr__("nonsense")
    with pytest.raises(ImportError, match="nonsense"):
        from endobench.model.alphagenome_client import nonsense  # noqa: F401


@pytest.fixture
def made_up(monkeypatch):
    """Take some names away from the client: a module, a class, a member and a field."""
    from alphagenome.data import genome
    from alphagenome.models.v1 import dna_client, variant_scorers
    from alphagenome.protos.v1 import dna_model_pb2

    class Fewer:
        fields_by_name = {"values": None}

    class VariantData:
        DESCRIPTOR = Fewer

    monkeypatch.setattr(alphagenome, "__version__", "2.0.0")
    monkeypatch.setitem(sys.modules, "alphagenome.atlas.atlas_utils", None)
    monkeypatch.delattr(dna_client, "DnaClient")
    monkeypatch.delattr(variant_scorers.CenterMaskScorer, "is_signed")
    monkeypatch.delattr(genome.Interval, "to_proto")
    monkeypatch.setattr(dna_model_pb2, "VariantData", VariantData)
    return [
        "alphagenome.atlas.atlas_utils",
        "alphagenome.data.genome.Interval.to_proto",
        "alphagenome.models.v1.dna_client.DnaClient",
        "alphagenome.models.v1.variant_scorers.CenterMaskScorer.is_signed",
        "alphagenome.protos.v1.dna_model_pb2.VariantData.metadata",
    ]


def test_every_missing_name_is_in_one_line_with_the_clients_version(made_up):
    assert missing(USED) == made_up
    for name in ("dna_client", "genome", "atlas_utils"):
        with pytest.raises(InputError) as raised:
            alphagenome_client.__getattr__(name)
        message = str(raised.value)
        assert message == (
            "alphagenome 2.0.0 lacks 5 of the names that this workflow uses:"
            f" {', '.join(made_up)}; install the version that envs/requirements.txt pins"
        )
        assert raised.value.code == message
    # Of a module that has all of its names nothing is said.
    assert alphagenome_client.__getattr__("tensor_utils").pack_tensor


def test_a_package_that_the_client_lacks_is_not_a_missing_name(monkeypatch):
    monkeypatch.delitem(sys.modules, "alphagenome.data.ontology")
    monkeypatch.setitem(sys.modules, "immutabledict", None)
    monkeypatch.delitem(sys.modules, "alphagenome.visualization.plot_components", False)
    with pytest.raises(ImportError, match="immutabledict"):
        missing({"alphagenome.visualization.plot_components": {}})


def run(program, *paths):
    """Run a program, with some folders before the installed packages."""
    paths = [*map(str, paths), str(ROOT / "scripts")]
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def only_a_version(tmp_path):
    """Give a folder with a made-up client that has nothing but its version."""
    folder = tmp_path / "packages/alphagenome"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("__version__ = '2.0.0'\n")
    return folder.parent


@pytest.mark.services
@pytest.mark.parametrize("module", ["client", "service", "standin.model_service"])
def test_an_import_before_any_door_ends_in_one_line_without_a_traceback(
    only_a_version, module
):
    result = run(f"import endobench.model.{module}", only_a_version)
    assert result.returncode == 1
    assert result.stderr.startswith(f"alphagenome 2.0.0 lacks {len(USED)} of the names")
    assert result.stderr.count("\n") == 1
    assert all(name in result.stderr for name in USED)


@pytest.mark.services
def test_a_door_logs_one_line_without_a_traceback(only_a_version, tmp_path):
    program = (
        "from endobench.core.logs import door\n"
        f"with door({str(tmp_path / 'log')!r}):\n"
        "    import endobench.model.client\n"
    )
    result = run(program, only_a_version)
    assert result.returncode == 1
    assert result.stderr.startswith("ERROR: alphagenome 2.0.0 lacks")
    assert result.stderr.count("\n") == 1
    assert (tmp_path / "log").read_text().count("\n") == 1


@pytest.mark.services
def test_a_missing_client_is_reported_in_one_line():
    result = run(
        "import sys; sys.modules['alphagenome'] = None\nimport endobench.model.client"
    )
    assert result.returncode == 1
    assert result.stderr.startswith("alphagenome (version unknown) lacks")
    assert result.stderr.count("\n") == 1


@pytest.mark.services
def test_packages_of_unused_results_are_loaded_when_these_are_made():
    program = (
        "import sys\n"
        "from endobench.model.alphagenome_client import dna_client, plot_components\n"
        "assert not {'anndata', 'seaborn'} & set(sys.modules)\n"
        "made = dna_client.anndata.AnnData()\n"
        "import anndata\n"
        "assert type(made) is anndata.AnnData\n"
    )
    done = run(program)
    assert done.returncode == 0, done.stderr


def test_a_deferred_package_serves_annotations_and_then_is_the_package(monkeypatch):
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    with alphagenome_client._deferring(["wave"]):
        import wave as deferred

        union = deferred.Wave_read | None
        assert not hasattr(deferred, "__path__")
    assert "wave" not in sys.modules
    assert "wave.Wave_read" in str(union)
    import wave

    assert deferred is not wave
    assert deferred.Wave_read is wave.Wave_read
    assert deferred.__all__ == wave.__all__
