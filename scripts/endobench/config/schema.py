"""Checking against a JSON schema, with one-line errors."""

import functools
import math
import pathlib

import jsonschema
import yaml

from endobench.core.errors import InputError
from endobench.core.nearest import nearest
from endobench.design.gates import GATES, threshold_schemas

# Stands in a config for what a run does without.
NONE = "none"
# Every Snakemake process reads the schemas, which takes ten times as long in Python.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path):
    """Return the content of a YAML file."""
    return yaml.load(pathlib.Path(path).read_text(), Loader=_LOADER)


def check_keys(path):
    """Raise an error if a mapping of a YAML file has a key twice.

    Readers of YAML take the last value without a word.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    InputError
        With the lines of both.
    """
    try:
        root = yaml.compose(pathlib.Path(path).read_text("utf-8-sig"), Loader=_LOADER)
    except yaml.YAMLError:
        # Snakemake also reads JSON, which may be indented with tabs.
        return
    nodes = [root] if root else []
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            lines = {}
            for key, value in node.value:
                name, line = str(key.value), key.start_mark.line + 1
                if first := lines.get(name):
                    raise InputError(
                        f"{path}: line {line}: key {key.value!r} appears twice, first in"
                        f" line {first}; keep one of them"
                    )
                lines[name] = line
                nodes.append(value)


def read_config_schema(path):
    """Read the schema of the config, and fill in the gates from their registry.

    Parameters
    ----------
    path : path-like
        JSON schema written as YAML.

    Returns
    -------
    dict
    """
    schema = read_yaml(path)
    keys = schema["properties"]
    keys["gates"]["properties"] = threshold_schemas()
    keys["accept"]["items"] = {"enum": list(GATES)}
    return schema


# In a longer list of valid values, the closest ones come first.
_SHORT_LIST = 10


def check(instance, schema, where):
    """Raise an error if an instance violates a schema.

    Parameters
    ----------
    instance, schema : dict
    where : str
        Start of the message: a file, or a file and a line.

    Raises
    ------
    InputError
        With the key, the value found, and what would be right. A number that is not
        finite is an error, too: as a threshold, it would pass everything.
    """
    errors = jsonschema.Draft202012Validator(schema).iter_errors(instance)
    error = jsonschema.exceptions.best_match(errors)
    if error is None:
        _check_finite(instance, where)
        return
    path = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = next(key for key in error.instance if key not in known)
        key = f"{path}.{unknown}" if path else unknown
        if new := error.schema.get("renamed", {}).get(unknown):
            raise InputError(f"{where}: key '{key}' was renamed to '{new}'")
        raise InputError(
            f"{where}: key '{key}' is unknown"
            + (
                near(unknown, known)
                or _near_elsewhere(unknown, schema, path)
                or f"; known: {', '.join(known)}"
            )
        )
    key = f"key '{path}': " if path else ""
    what = _description(schema, error.absolute_schema_path)
    if error.validator == "required":
        missing = next(
            key for key in error.validator_value if key not in error.instance
        )
        key = f"key '{path}.{missing}' " if path else f"key '{missing}' "
        message = "is missing"
        parts = error.schema.get("properties") or schema["properties"]
        what = parts[missing].get("description")
    elif error.validator == "enum":
        allowed = _closest_first(error.instance, error.validator_value)
        message = f"{error.instance!r} is not one of {', '.join(allowed)}"
    elif error.validator == "pattern":
        message = f"{error.instance!r} is malformed"
    elif error.validator == "not":
        message = f"{error.instance!r} is reserved"
    else:
        message = error.message
    raise InputError(f"{where}: {key}{message}" + (f". {what}" if what else ""))


def _check_finite(value, where, path=()):
    """Raise an error for a number that nothing is beyond, whichever way it is compared."""
    parts = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    elif isinstance(value, float) and not math.isfinite(value):
        key = ".".join(map(str, path))
        raise InputError(f"{where}: key '{key}': {value} is not a finite number")
    for name, part in parts:
        _check_finite(part, where, (*path, name))


def row_check(schema, key):
    """Return a function that checks rows of text as `check` does, but each cell once.

    Every Snakemake process reads the sheets, whose rows repeat each other's cells.

    Parameters
    ----------
    schema : dict
        Its conditions may depend on the keys of a row and on the value of `key`.
    key : str

    Returns
    -------
    function of dict of str to str and str
        The row, and the start of the message; see `check`.
    """
    parts = schema["properties"]
    of_cells = {name: jsonschema.Draft202012Validator(parts[name]) for name in parts}
    of_keys = jsonschema.Draft202012Validator(
        schema | {"properties": dict.fromkeys(parts, True)}
    )

    @functools.cache
    def is_cell(name, text):
        return of_cells[name].is_valid(text)

    @functools.cache
    def are_keys(value, *names):
        return of_keys.is_valid(dict.fromkeys(names) | ({key: value} if value else {}))

    def check_row(row, where):
        if not are_keys(row.get(key), *row) or not all(map(is_cell, row, row.values())):
            check(row, schema, where)

    return check_row


def _closest_first(value, allowed):
    """Return allowed values as strings; in a long list, the closest ones come first."""
    names = list(map(str, allowed))
    if len(names) <= _SHORT_LIST:
        return names
    closest = nearest(value, names, n=3, cutoff=0.4)
    return [*closest, *(name for name in names if name not in closest)]


def _description(schema, path):
    """Return the innermost description along a path in a schema, if any."""
    found = None
    for part in path:
        schema = schema[part]
        if isinstance(schema, dict) and isinstance(schema.get("description"), str):
            found = schema["description"]
    return found


def _near_elsewhere(word, schema, path):
    """Return a hint at the most similar key of any section, or an empty string."""
    places = {}
    for place in _places(schema):
        places.setdefault(place.rpartition(".")[2], []).append(place)
    found = nearest(word, places)
    if not found:
        return ""
    where = " or ".join(repr(place) for place in places[found[0]])
    return f" {'there' if path else 'at the top'}; did you mean {where}?"


def _places(schema, path=""):
    """Yield the path of every key of a schema, such as ``statistics.seed``."""
    for name, part in schema.get("properties", {}).items():
        yield path + name
        yield from _places(part, f"{path}{name}.")
        yield from _places(part.get("items", {}), f"{path}{name}.")


def near(word, known):
    """Return a hint at the most similar known word, or an empty string."""
    found = nearest(word, known)
    return f"; did you mean {found[0]!r}?" if found else ""
