"""The manual of the config and of the sheet of inputs, from their schemas.

As a script it writes the page: ``config_readme.py config/README.md``.
"""

import argparse
import itertools
import pathlib

import yaml
from endobench.config.schema import read_config_schema
from endobench.core.files import atomic_path
from endobench.design.gates import GATES

ROOT = pathlib.Path(__file__).resolve().parents[2]

_INTRODUCTION = """\
# Configuration

`make docs` writes this page from [schemas/](schemas), against which every config and
every sheet is checked before anything runs.

A config is a YAML file: `snakemake --cores 4 --configfile config/gtex_whole_blood.yaml`.
Several are laid over one another, in their order. [config.yaml](config.yaml), the
demonstration's, is read only where no other is given: a key that you forget is an error
or its default, never the demonstration's. A key that is not below is an error, too. A
single key is set with `--config`, such as `--config data_dir=FOLDER`.

The API key of the hosted service is no key of the config: it is read from
`ALPHAGENOME_API_KEY`, or from the file that `ALPHAGENOME_API_KEY_FILE` names. What gates
are for is in the [README](../README.md), how a table is read in
[datasets.md](../resources/docs/datasets.md), what is behind a number in
[statistics.md](../resources/docs/statistics.md).

Units are those of the names: `_bp` base pairs, `_s` seconds, `_fraction` parts of 1,
`n_` counts.
"""
_GATES = """\
A gate warns beyond `warn` and ends the run beyond `fail`, unless `accept` names it. Both
are set as `gates: {ref_match: {fail: 0.95}}`.
"""
_SHEET = """\
A sheet is a table with tabs and these columns, in any order; an empty cell counts as
absent. [datasets.tsv](datasets.tsv) and [gtex.tsv](gtex.tsv) are read unless the
config's `sheet` says otherwise.
"""
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "mapping",
    "null": "null",
}
_HEAD = "| key | type | range | default | what |\n|---|---|---|---|---|"


def code(value):
    """Return a value as code that stands in a table's cell."""
    text = yaml.safe_dump(value, default_flow_style=True, width=1000).strip()
    text = text.removesuffix("\n...").replace("|", r"\|")
    return f"`{text}`"


def one_line(text):
    """Return prose as it stands in a table's cell."""
    return " ".join(text.split()).replace("|", r"\|")


def type_of(schema):
    """Return in words what a value is."""
    kinds = schema.get("type", "string" if "enum" in schema else "object")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    items = type_of(schema["items"]) if "items" in schema else "text"
    names = [f"list of {items}s" if each == "array" else _TYPES[each] for each in kinds]
    return " or ".join(names).replace("texts", "text").replace("mappings", "mapping")


def range_of(schema):
    """Return in words which values of its type are allowed."""
    said = []
    if "enum" in schema:
        # Null is of the type already.
        said.append(
            ", ".join(code(each) for each in schema["enum"] if each is not None)
        )
    for least, most, what in (
        ("minimum", "maximum", ""),
        ("minItems", "maxItems", " entries"),
    ):
        if least in schema and most in schema:
            said.append(f"{schema[least]} to {schema[most]}{what}")
        elif least in schema:
            said.append(
                f"at least {schema[least]}{what}".replace("1 entries", "1 entry")
            )
        elif most in schema:
            said.append(f"at most {schema[most]}{what}")
    for each, word in (("exclusiveMinimum", "above"), ("exclusiveMaximum", "below")):
        if each in schema:
            said.append(f"{word} {schema[each]:g}")
    if "pattern" in schema:
        said.append(f"`{schema['pattern']}`".replace("|", r"\|"))
    if forbidden := schema.get("not", {}).get("enum"):
        said.append("none of " + ", ".join(map(code, forbidden)))
    if inner := range_of(schema["items"]) if "items" in schema else "":
        said.append(f"each {inner}")
    if schema.get("uniqueItems"):
        said.append("none twice")
    return "; ".join(said)


def row_of(path, schema, is_required):
    """Return the line of a key."""
    default = "**required**" if is_required else ""
    if "default" in schema and not (schema["default"] == {} and "properties" in schema):
        default = code(schema["default"])
    cells = (f"`{path}`", type_of(schema), range_of(schema), default)
    return f"| {' | '.join(cells)} | {one_line(schema.get('description', ''))} |"


def rows_of(path, schema):
    """Yield the lines of a key and of all below it."""
    inner = schema.get("items", schema)
    if "items" in schema:
        path += "[]"
    if isinstance(inner.get("additionalProperties"), dict):
        path, inner = f"{path}.{{name}}", inner["additionalProperties"]
    for name, each in inner.get("properties", {}).items():
        below = f"{path}.{name}"
        yield row_of(below, each, name in inner.get("required", []))
        yield from rows_of(below, each)


def gate_rows():
    """Yield the lines of the gates."""
    for gate in GATES.values():
        cells = (
            f"`{gate.name}`",
            one_line(gate.description),
            gate.scale.unit,
            "low" if gate.is_low_bad else "high",
            f"{gate.warn:g}",
            f"{gate.fail:g}",
        )
        yield f"| {' | '.join(cells)} |"


def config_rows():
    """Yield the lines of the configs that come with the workflow."""
    folder = ROOT / "config"
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("experiments/*.yaml")]):
        lines = path.read_text().splitlines()
        comment = itertools.takewhile(lambda line: line.startswith("#"), lines)
        said = one_line(" ".join(line.lstrip("# ") for line in comment))
        name = path.relative_to(folder).as_posix()
        yield f"| [{name}]({name}) | {said.split('. ')[0].rstrip('.')}. |"


def render():
    """Return the page as text."""
    schemas = ROOT / "config/schemas"
    config = read_config_schema(schemas / "config.schema.yaml")
    sheet = yaml.safe_load((schemas / "sheet.schema.yaml").read_text())
    keys = config["properties"]
    lines = [_INTRODUCTION, "## Configs", "", "| config | what |", "|---|---|"]
    lines += [*config_rows(), "", "## Keys", "", _HEAD]
    deep = [name for name, each in keys.items() if list(rows_of(name, each))]
    for name, schema in keys.items():
        row = row_of(name, schema, name in config["required"])
        # What is below it has a table of its own.
        link = f"[`{name}`](#{name})" if name in deep else f"`{name}`"
        lines.append(row.replace(f"`{name}`", link, 1))
    for name in deep:
        lines += ["", f"## {name}", ""]
        if name == "gates":
            lines += [_GATES, "| gate | measures | unit | bad is | `warn` | `fail` |"]
            lines += ["|---|---|---|---|---|---|", *gate_rows()]
        else:
            lines += [_HEAD, *rows_of(name, keys[name])]
    lines += ["", "## Sheet", "", _SHEET, _HEAD.replace("key", "column")]
    for name, schema in sheet["properties"].items():
        lines.append(row_of(name, schema, name in sheet["required"]))
    lines += ["", "Further required are:", ""]
    for each in sheet["allOf"]:
        given = each["if"]["properties"]["kind"]
        kinds = given.get("enum", [given.get("const")])
        names = ", ".join(f"`{name}`" for name in each["then"]["required"])
        lines.append(f"- of kind {' or '.join(map(code, kinds))}: {names}")
    return "\n".join(lines) + "\n"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="config_readme.py", description=__doc__)
    parser.add_argument("page", type=pathlib.Path)
    page = parser.parse_args(arguments).page
    with atomic_path(page) as temporary:
        temporary.write_text(render())


if __name__ == "__main__":
    main()
