"""Reading a config: its short forms, types, defaults and order."""

import contextlib

import yaml

from endobench.config.choices import check_choices
from endobench.config.models import check_models, choose_primary, configs_of
from endobench.config.schema import check, read_config_schema

# Keys of lists, which may be given as a single value without brackets.
_LISTS = (
    "sheet",
    "data_dir",
    "protocol",
    "scorer",
    "track_set",
    "accept",
    "window_bp",
    "study_window_bp",
)
_LISTS_OF_DATASETS = ("protocol", "scorer", "window_bp")


def check_config(config, schema_path, name):
    """Check a config against its schema and fill in defaults, in place.

    Parameters
    ----------
    config : dict
    schema_path : path-like
        JSON schema in YAML.
    name : str
        Name of the config in error messages.

    Raises
    ------
    InputError
        With the key, the value found, and what would be right.
    """
    schema = read_config_schema(schema_path)
    if isinstance(config, dict):
        for each in (config, *_datasets_of(config)):
            if "window_bp" in each:
                each["window_bp"] = _read(each["window_bp"])
        for dataset in _datasets_of(config):
            dataset.update(_as_lists(dataset, _LISTS_OF_DATASETS))
        short = _as_lists(config, _LISTS)
        if isinstance(sets := config.get("track_sets"), dict):
            short["track_sets"] = {
                name: chosen if isinstance(chosen, dict) else {"tracks": chosen}
                for name, chosen in zip(sets, map(_read, sets.values()), strict=True)
            }
        config.update(_with_types(config | short, schema))
        _name_windows(config)
        _list_windows(config)
        choose_primary(config, name)
    check(config, schema, name)
    _fill_defaults(config, schema)
    whole = _ordered(config, schema)
    config.clear()
    config.update(whole)
    check_models(config, name)
    check_choices(config, name)
    for model, other in configs_of(config).items():
        check_choices(other, f"{name}: model {model!r}")


def _datasets_of(config):
    """Return the datasets of a config that has not been checked yet."""
    datasets = config.get("datasets")
    found = datasets if isinstance(datasets, list) else ()
    return [each for each in found if isinstance(each, dict)]


def _as_lists(instance, keys):
    """Return single values of some keys as lists, by key."""
    return {
        key: [instance[key]] for key in keys if isinstance(instance.get(key), str | int)
    }


def _name_windows(config):
    """Write lengths of windows, which YAML reads as numbers, as keys of text."""
    for each in (config, *_datasets_of(config)):
        if isinstance(each.get("score_windows"), dict):
            windows = each["score_windows"].items()
            each["score_windows"] = {str(bp): row for bp, row in windows}


def _list_windows(config):
    """Write the single window of a scorer as a list."""
    for each in (config, *_datasets_of(config)):
        if isinstance(windows := each.get("window_bp"), dict):
            each["window_bp"] = {
                scorer: [bp] if isinstance(bp, int) else bp
                for scorer, bp in windows.items()
            }


def _ordered(instance, schema):
    """Order keys as in the schema, so that reordering a config causes no reruns."""
    if isinstance(instance, list):
        return [_ordered(each, schema.get("items", {})) for each in instance]
    if not isinstance(instance, dict):
        return instance
    parts = schema.get("properties", {})
    other = schema.get("additionalProperties") or {}
    names = [name for name in parts if name in instance]
    names += [name for name in instance if name not in parts]
    return {name: _ordered(instance[name], parts.get(name, other)) for name in names}


def _with_types(instance, schema):
    """Parse strings where none is expected: ``--config 'a={b: 1}'`` gives ``b: "1"``."""
    if isinstance(instance, dict):
        parts = schema.get("properties", {})
        other = schema.get("additionalProperties") or {}
        return {
            key: _with_types(value, parts.get(key, other))
            for key, value in instance.items()
        }
    if isinstance(instance, list):
        return [_with_types(value, schema.get("items", {})) for value in instance]
    if (
        isinstance(instance, str)
        and "type" in schema
        and "string" not in schema["type"]
    ):
        return _read(instance)
    return instance


def _read(text):
    """Parse a string as YAML if possible; return anything else unchanged."""
    if isinstance(text, str):
        with contextlib.suppress(yaml.YAMLError, ValueError):
            return yaml.safe_load(text)
    return text


def _fill_defaults(instance, schema):
    for key, part in schema.get("properties", {}).items():
        if "default" in part:
            default = part["default"]
            is_container = isinstance(default, dict | list)
            instance.setdefault(key, default.copy() if is_container else default)
        if part.get("type") == "object" and isinstance(instance.get(key), dict):
            _fill_defaults(instance[key], part)
            for item in instance[key].values():
                if isinstance(item, dict):
                    _fill_defaults(item, part.get("additionalProperties") or {})
        if part.get("type") == "array" and part.get("items", {}).get("properties"):
            for item in instance.get(key, []):
                _fill_defaults(item, part["items"])
