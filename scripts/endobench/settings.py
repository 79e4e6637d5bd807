"""The configuration and the sheet of inputs: reading, checking, and what they mean."""

import contextlib
import csv
import difflib
import pathlib

import jsonschema
import yaml

from endobench.errors import InputError
from endobench.formats import FORMATS
from endobench.gate_list import GATES
from endobench.protocol import CORRECTED, PUBLISHED, output_of
from endobench.routes import ATLAS, why_not_atlas
from endobench.tracks import ALL

NONE = "none"
# Keys whose single value needs no brackets.
_LISTS = ("protocol", "scorer", "track_set", "accept")


def check_config(config, schema_path, name):
    """Check a config against its schema and fill in its defaults, in place.

    Parameters
    ----------
    config : dict
    schema_path : path-like
        JSON schema written as YAML.
    name : str
        What an error message calls the config.

    Raises
    ------
    InputError
        One line: the file, the key, the value, and what would be right.
    """
    schema = yaml.safe_load(pathlib.Path(schema_path).read_text())
    if isinstance(config, dict):
        single = {
            key: [config[key]] for key in _LISTS if isinstance(config.get(key), str)
        }
        config.update(_with_types(config | single, schema))
    _check(config, schema, name)
    _fill_defaults(config, schema)
    _check_choices(config, name)


def read_sheet(path, schema_path):
    """Read the sheet of inputs.

    Returns
    -------
    dict of str to dict
        The rows by name; empty cells are left out.

    Raises
    ------
    InputError
        With the file and the line.
    """
    schema = yaml.safe_load(pathlib.Path(schema_path).read_text())
    rows = {}
    try:
        with open(path, newline="") as file:
            reader = csv.DictReader(file, delimiter="\t")
            if len(reader.fieldnames or []) == 1:
                raise InputError(f"{path}: line 1: columns are separated by tabs")
            for row in reader:
                where = f"{path}: line {reader.line_num}"
                if None in row or None in row.values():
                    raise InputError(f"{where}: not as many fields as the header has")
                row = {key: value for key, value in row.items() if value}
                _check(row, schema, where)
                if row["name"] in rows:
                    raise InputError(
                        f"{where}: name {row['name']!r} stands there twice"
                    )
                rows[row["name"]] = row
    except FileNotFoundError:
        raise InputError(f"{path}: no such sheet (key 'sheet' of the config)") from None
    return rows


def check_names(config, sheet, name):
    """Check that every row that a config names is in the sheet and of the right kind.

    Raises
    ------
    InputError
    """

    def check(key, row, kinds):
        if row not in sheet:
            raise InputError(
                f"{name}: key '{key}': {row!r} is no row of {config['sheet']}"
                + _near(row, sheet)
            )
        if sheet[row]["kind"] not in kinds:
            raise InputError(
                f"{name}: key '{key}': {row!r} is of kind {sheet[row]['kind']!r},"
                f" {' or '.join(kinds)} is expected"
            )
        return sheet[row]

    def check_build(key, row):
        build = sheet[row]["build"]
        if build != "GRCh38" and build not in config["chains"]:
            raise InputError(
                f"{name}: key '{key}': {row!r} is on {build}; name its chain to GRCh38"
                f" under 'chains: {{{build}: ...}}'"
            )

    names = [dataset["name"] for dataset in config["datasets"]]
    if repeated := {each for each in names if names.count(each) > 1}:
        raise InputError(f"{name}: key 'datasets': name {repeated.pop()!r} twice")
    for dataset in config["datasets"]:
        for key in ("effects", "peaks", "blacklist"):
            if key != "effects" and dataset[key] == NONE:
                continue
            check(f"datasets.{key}", dataset[key], (key,))
            check_build(f"datasets.{key}", dataset[key])
        if dataset["control"] != NONE:
            check("datasets.control", dataset["control"], ("effects", "scores"))
            check_build("datasets.control", dataset["control"])
            _check_control(dataset, config, sheet, name)
        _check_classes(dataset, sheet, name)
    for key in ("ld_blocks", "folds"):
        if config[key] != NONE:
            check(key, config[key], (key,))
            check_build(key, config[key])
    for build, row in config["chains"].items():
        found = check(f"chains.{build}", row, ("chain",))["build"]
        if found != build:
            raise InputError(
                f"{name}: key 'chains.{build}': {row!r} starts from {found}, not {build}"
            )
    if config["genome"] != NONE:
        build = check("genome", config["genome"], ("genome",))["build"]
        if build != "GRCh38":
            raise InputError(
                f"{name}: key 'genome': {config['genome']!r} is {build}, not GRCh38"
            )
    if config["service"] == "table":
        check("scores", config["scores"], ("scores", "effects"))
        check_build("scores", config["scores"])
    for row in config["local"]:
        if row not in sheet:
            raise InputError(
                f"{name}: key 'local.{row}': no such row in {config['sheet']}"
                + _near(row, sheet)
            )


def _check(instance, schema, where):
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
            + (_near(unknown, known) or f"; known: {', '.join(known)}")
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


def _with_types(instance, schema):
    """Read texts where no text is expected: ``--config 'a={b: 1}'`` gives ``b: "1"``."""
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
        with contextlib.suppress(yaml.YAMLError, ValueError):
            return yaml.safe_load(instance)
    return instance


def _fill_defaults(instance, schema):
    for key, part in schema.get("properties", {}).items():
        if "default" in part:
            default = part["default"]
            is_container = isinstance(default, dict | list)
            instance.setdefault(key, default.copy() if is_container else default)
        if part.get("type") == "object" and isinstance(instance.get(key), dict):
            _fill_defaults(instance[key], part)
        if part.get("type") == "array" and part.get("items", {}).get("properties"):
            for item in instance.get(key, []):
                _fill_defaults(item, part["items"])


def _check_choices(config, name):
    service = config["service"]
    if service == "address" and not config["address"]:
        raise InputError(
            f"{name}: key 'address' is missing; service address needs host:port"
        )
    if service == "table" and not config["scores"]:
        raise InputError(
            f"{name}: key 'scores' is missing; service table needs a row of the sheet"
        )
    if service != "table" and config["genome"] == NONE:
        raise InputError(
            f"{name}: key 'genome': none is for service table only; a model needs the"
            " genome that REF is checked against"
        )
    if (
        "published" in config["protocol"]
        and service != "table"
        and "DNASE" not in map(output_of, config["scorer"])
    ):
        raise InputError(
            f"{name}: key 'protocol': published asks for DNASE, as the study did; with"
            f" the scorer {config['scorer'][0]!r} run corrected alone"
        )
    track_sets = [("track_set", each) for each in config["track_set"]]
    if config["mismatched_track_set"] != NONE:
        track_sets.append(("mismatched_track_set", config["mismatched_track_set"]))
    for key, track_set in track_sets:
        if track_set not in {*config["track_sets"], ALL}:
            raise InputError(
                f"{name}: key '{key}': {track_set!r} is not in 'track_sets'"
                + _near(track_set, config["track_sets"])
            )
    if config["mismatched_track_set"] in config["track_set"]:
        raise InputError(
            f"{name}: key 'mismatched_track_set': {config['mismatched_track_set']!r} is a"
            " track_set of this run; name the tracks of another tissue"
        )
    _check_gates(config, name)
    for dataset in config["datasets"]:
        if dataset["ladder"] and set(config["protocol"]) != {CORRECTED, PUBLISHED}:
            raise InputError(
                f"{name}: key 'datasets.ladder' of {dataset['name']!r}: its steps lead"
                " from protocol published to corrected; name both under 'protocol'"
            )
    if config["route"] == ATLAS:
        reason = why_not_atlas(
            config["scorer"], config["window_bp"], config["model_version"]
        )
        if service not in ("alphagenome", "address", "standin"):
            reason = f"service {service} has no Atlas"
        if reason:
            raise InputError(f"{name}: key 'route': {reason}")


def _check_control(dataset, config, sheet, name):
    """Refuse a control that is what it is to be a control of."""
    where = ("location", "member", "sha256")
    mine = [sheet[dataset["control"]].get(key) for key in where]
    for key in ("effects", "scores"):
        other = dataset["effects"] if key == "effects" else config["scores"]
        is_read = key == "effects" or config["service"] == "table"
        theirs = [sheet[other].get(each) for each in where] if other in sheet else None
        if is_read and mine == theirs:
            raise InputError(
                f"{name}: key 'datasets.control': {dataset['control']!r} is the {key} of"
                f" dataset {dataset['name']!r}; a control is what another assay measured"
            )


def _check_classes(dataset, sheet, name):
    classes = dataset["classes"]
    if classes is None:
        return
    key = f"{name}: key 'datasets.classes' of {dataset['name']!r}"
    sure, unsure = classes["positive"], classes["negative"]
    if (sure <= unsure) if classes["by"] == "pip" else (sure >= unsure):
        raise InputError(
            f"{key}: positive {sure} and negative {unsure} of {classes['by']} leave"
            " nothing between; a high pip and a low p are positive"
        )
    format_name = sheet[dataset["effects"]]["format"]
    if classes["by"] not in FORMATS[format_name].columns:
        raise InputError(
            f"{key}: a table of format {format_name} has no {classes['by']}"
        )


def _check_gates(config, name):
    """Refuse thresholds of which fail comes before warn."""
    for gate, limits in config["gates"].items():
        low, high = limits["warn"], limits["fail"]
        if GATES[gate].is_low_bad:
            low, high = high, low
        if low > high:
            raise InputError(
                f"{name}: key 'gates.{gate}': fail {limits['fail']} comes before warn"
                f" {limits['warn']}; of this gate"
                f" {'low' if GATES[gate].is_low_bad else 'high'} values are bad"
            )


def _near(word, known):
    near = difflib.get_close_matches(str(word), map(str, known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
