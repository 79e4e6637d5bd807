"""The sheet of inputs: reading it, and checking what a config takes from it."""

import csv
import pathlib

import yaml

from endobench.errors import InputError
from endobench.formats import FORMATS
from endobench.schema import check, near

NONE = "none"


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
                check(row, schema, where)
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

    def found(key, row, kinds):
        if row not in sheet:
            raise InputError(
                f"{name}: key '{key}': {row!r} is no row of {config['sheet']}"
                + near(row, sheet)
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
            found(f"datasets.{key}", dataset[key], (key,))
            check_build(f"datasets.{key}", dataset[key])
        if dataset["control"] != NONE:
            found("datasets.control", dataset["control"], ("effects", "scores"))
            check_build("datasets.control", dataset["control"])
            _check_control(dataset, config, sheet, name)
        _check_classes(dataset, sheet, name)
    for key in ("ld_blocks", "folds"):
        if config[key] != NONE:
            found(key, config[key], (key,))
            check_build(key, config[key])
    for build, row in config["chains"].items():
        start = found(f"chains.{build}", row, ("chain",))["build"]
        if start != build:
            raise InputError(
                f"{name}: key 'chains.{build}': {row!r} starts from {start}, not {build}"
            )
    if config["genome"] != NONE:
        build = found("genome", config["genome"], ("genome",))["build"]
        if build != "GRCh38":
            raise InputError(
                f"{name}: key 'genome': {config['genome']!r} is {build}, not GRCh38"
            )
    if config["service"] == "table":
        found("scores", config["scores"], ("scores", "effects"))
        check_build("scores", config["scores"])
    for row in config["local"]:
        if row not in sheet:
            raise InputError(
                f"{name}: key 'local.{row}': no such row in {config['sheet']}"
                + near(row, sheet)
            )


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
