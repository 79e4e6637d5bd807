"""Checking against a JSON schema, and saying in one line what is wrong."""

import difflib
import pathlib

import jsonschema
import yaml

from endobench.core.errors import InputError
from endobench.design.gates import GATES, threshold_schemas


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
    schema = yaml.safe_load(pathlib.Path(path).read_text())
    keys = schema["properties"]
    keys["gates"]["properties"] = threshold_schemas()
    keys["accept"]["items"] = {"enum": list(GATES)}
    return schema


def check(instance, schema, where):
    """Raise `InputError` with the key, the value and what would be right.

    Parameters
    ----------
    instance, schema : dict
    where : str
        Begins the message: a file, or a file and a line.
    """
    errors = jsonschema.Draft202012Validator(schema).iter_errors(instance)
    error = jsonschema.exceptions.best_match(errors)
    if error is None:
        return
    path = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = next(key for key in error.instance if key not in known)
        key = f"{path}.{unknown}" if path else unknown
        raise InputError(
            f"{where}: key '{key}' is unknown"
            + (near(unknown, known) or f"; known: {', '.join(known)}")
        )
    what = _description(schema, error.absolute_schema_path)
    if error.validator == "required":
        missing = next(
            key for key in error.validator_value if key not in error.instance
        )
        path = f"{path}.{missing}" if path else missing
        message = "is missing"
        parts = error.schema.get("properties") or schema["properties"]
        what = parts[missing].get("description")
    elif error.validator == "enum":
        allowed = ", ".join(str(value) for value in error.validator_value)
        message = f"{error.instance!r} is not one of {allowed}"
    elif error.validator == "pattern":
        message = f"{error.instance!r} is malformed"
    elif error.validator == "not":
        message = f"{error.instance!r} cannot stand here"
    else:
        message = error.message
    key = f"key '{path}': " if path else ""
    raise InputError(f"{where}: {key}{message}" + (f"; {what}" if what else ""))


def _description(schema, path):
    """Return the innermost description on the way to a part of a schema, if any."""
    found = None
    for part in path:
        schema = schema[part]
        if isinstance(schema, dict) and isinstance(schema.get("description"), str):
            found = schema["description"]
    return found


def near(word, known):
    """Say which known word another may have meant, or nothing."""
    found = difflib.get_close_matches(str(word), map(str, known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
