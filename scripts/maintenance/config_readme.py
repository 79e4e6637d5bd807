"""Write the manual of the config and of the sheet of inputs from their schemas.

`make docs` runs it to write ``config/README.md``.
"""

import itertools
import pathlib

import yaml
from endobench.config.schema import read_config_schema
from endobench.config.sheet import read_sheet_schema
from endobench.design.gates import GATES
from written_page import write_page

ROOT = pathlib.Path(__file__).resolve().parents[2]

_INTRODUCTION = """\
# Configuration

This page lists all keys of a config and all columns of a sheet of inputs. `make docs`
writes it from [schemas/](schemas), against which both are checked before anything runs.

A config is a YAML file: `snakemake --cores 4 --configfile config/gtex_whole_blood.yaml`.
If several are given, later ones override earlier ones. A single key is set with
`--config`, such as `--config data_dir=FOLDER`. Unknown keys are errors, and so are missing
ones that are required; others take their defaults. [config.yaml](config.yaml), the
demonstration, is read only if no other config is given.
[configuration.md](../resources/docs/configuration.md) explains how configs combine.

The API key of the hosted service does not belong in a config. It is read from
`ALPHAGENOME_API_KEY`, or from the file named in `ALPHAGENOME_API_KEY_FILE`.

Names of keys give their units: `_bp` base pairs, `_s` seconds, `_fraction` fractions
of 1, `n_` counts.
"""
_GATES = """\
A gate warns beyond `warn`, and stops the run beyond `fail` unless `accept` lists it. A
value equal to a threshold passes. Set thresholds as `gates: {ref_match: {fail: 0.95}}`.
"""
_SHEET = """\
A sheet is a tab-separated table with these columns, in any order. Empty cells count as
absent. [datasets.tsv](datasets.tsv) and [gtex.tsv](gtex.tsv) are read unless the config
sets `sheet`.
"""
_NEXT = """\

Next: [datasets.md](../resources/docs/inputs/datasets.md) for how a table is read, the
[gates.md](../resources/docs/numbers/gates.md) for what the gates are for, and
[statistics.md](../resources/docs/numbers/statistics.md) for the methods behind the numbers.
"""
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "mapping",
    "null": "null",
}
_HEAD = "| key | type | range | default | description |\n|---|---|---|---|---|"


def code(value):
    """Format a value as code for a cell of a table."""
    text = yaml.safe_dump(value, default_flow_style=True, width=1000).strip()
    text = text.removesuffix("\n...").replace("|", r"\|")
    return f"`{text}`"


def one_line(text):
    """Format prose for a cell of a table."""
    return " ".join(text.split()).replace("|", r"\|")


def type_of(schema):
    """Return the type of a value in words."""
    kinds = schema.get("type", "string" if "enum" in schema else "object")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    items = type_of(schema["items"]) if "items" in schema else "text"
    names = [f"list of {items}s" if each == "array" else _TYPES[each] for each in kinds]
    return " or ".join(names).replace("texts", "text").replace("mappings", "mapping")


def range_of(schema):
    """Return the allowed values of a type in words."""
    parts = []
    if "enum" in schema:
        # The type already mentions null.
        parts.append(
            ", ".join(code(each) for each in schema["enum"] if each is not None)
        )
    for least, most, what in (
        ("minimum", "maximum", ""),
        ("minItems", "maxItems", " entries"),
    ):
        if least in schema and most in schema:
            parts.append(f"{schema[least]} to {schema[most]}{what}")
        elif least in schema:
            parts.append(
                f"at least {schema[least]}{what}".replace("1 entries", "1 entry")
            )
        elif most in schema:
            parts.append(f"at most {schema[most]}{what}")
    for each, word in (("exclusiveMinimum", "above"), ("exclusiveMaximum", "below")):
        if each in schema:
            parts.append(f"{word} {schema[each]:g}")
    if "pattern" in schema:
        parts.append(f"`{schema['pattern']}`".replace("|", r"\|"))
    if forbidden := schema.get("not", {}).get("enum"):
        parts.append("none of " + ", ".join(map(code, forbidden)))
    if inner := range_of(schema["items"]) if "items" in schema else "":
        parts.append(f"each {inner}")
    if schema.get("uniqueItems"):
        parts.append("unique")
    return "; ".join(parts)


def row_of(path, schema, is_required):
    """Return the row of a key in its table."""
    default = "**required**" if is_required else ""
    if "default" in schema and not (schema["default"] == {} and "properties" in schema):
        default = code(schema["default"])
    cells = (f"`{path}`", type_of(schema), range_of(schema), default)
    return f"| {' | '.join(cells)} | {one_line(schema.get('description', ''))} |"


def rows_of(path, schema):
    """Yield the rows of all keys below a key."""
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
    """Yield the rows of the configs that come with the workflow."""
    folder = ROOT / "config"
    patterns = ("*.yaml", "experiments/*.yaml")
    for path in sorted(path for each in patterns for path in folder.glob(each)):
        lines = path.read_text().splitlines()
        comment = itertools.takewhile(lambda line: line.startswith("#"), lines)
        text = one_line(" ".join(line.lstrip("# ") for line in comment))
        name = path.relative_to(folder).as_posix()
        yield f"| [{name}]({name}) | {text.split('. ')[0].rstrip('.')}. |"


def render():
    """Return the page as text."""
    schemas = ROOT / "config/schemas"
    config = read_config_schema(schemas / "config.schema.yaml")
    sheet = read_sheet_schema(schemas / "sheet.schema.yaml")
    keys = config["properties"]
    lines = [_INTRODUCTION, "## Configs", "", "| config | description |", "|---|---|"]
    lines += [*config_rows(), "", "## Keys", "", _HEAD]
    deep = [name for name, each in keys.items() if list(rows_of(name, each))]
    for name, schema in keys.items():
        row = row_of(name, schema, name in config["required"])
        # The keys below it have their own table.
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
    lines += ["", "Also required:", ""]
    for each in sheet["allOf"]:
        given = each["if"]["properties"]["kind"]
        kinds = given.get("enum", [given.get("const")])
        names = ", ".join(f"`{name}`" for name in each["then"]["required"])
        lines.append(f"- for kind {' or '.join(map(code, kinds))}: {names}")
    return "\n".join(lines) + "\n" + _NEXT


if __name__ == "__main__":
    write_page(render, __doc__)
