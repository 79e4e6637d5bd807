"""Checking against a JSON schema, with one-line errors."""

import functools
import math
import pathlib

import jsonschema
import yaml

from endobench.config.violations import describe
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
                _near_elsewhere(unknown, schema, path, cutoff=1)
                or near(unknown, known)
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
        parts = error.schema.get("properties") or schema["properties"]
        what = parts[missing].get("description")
        raise InputError(f"{where}: {key}is missing" + (f". {what}" if what else ""))
    if not path and error.validator == "type":
        raise InputError(f"{where}: expected keys and values, such as 'service: table'")
    raise InputError(f"{where}: {key}{describe(error, what)}")


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


def _description(schema, path):
    """Return the innermost description along a path in a schema, if any."""
    found = None
    for part in path:
        schema = schema[part]
        if isinstance(schema, dict) and isinstance(schema.get("description"), str):
            found = schema["description"]
    return found


def _near_elsewhere(word, schema, path, cutoff=0.6):
    """Return a hint at the most similar key of any section, or an empty string."""
    places = {}
    for place in _places(schema):
        # Keys of the whole config are those of models, too.
        if (
            place.startswith("models.")
            and place.removeprefix("models.") in schema["properties"]
        ):
            continue
        places.setdefault(place.rpartition(".")[2], []).append(place)
    found = nearest(word, places, cutoff=cutoff)
    if not found:
        return ""
    # Each gate has the same keys.
    most = 3
    where = " or ".join(repr(place) for place in places[found[0]][:most])
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
