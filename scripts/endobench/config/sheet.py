"""The sheets of inputs: reading them, and checking what a config takes from them."""

import csv
import pathlib

import yaml

from endobench.config.datasets import check_dataset
from endobench.config.schema import check, near
from endobench.config.sheet_row import check_row
from endobench.core.errors import InputError
from endobench.design.assemblies import organism_of
from endobench.design.routes import ATLAS
from endobench.sources.formats import Source

NONE = "none"
# What the model knows, and what everything is therefore brought to.
ASSEMBLIES = ("GRCh38", "mm10")


def read_sheet(paths, schema_path):
    """Read the sheets of inputs.

    Parameters
    ----------
    paths : path-like or list of path-like
    schema_path : path-like
        JSON schema of a row, written as YAML.

    Returns
    -------
    dict of str to dict
        The rows of all sheets by name; empty cells are left out.

    Raises
    ------
    InputError
        With the file and the line.
    """
    schema = yaml.safe_load(pathlib.Path(schema_path).read_text())
    rows, places = {}, {}
    for path in paths if isinstance(paths, list | tuple) else [paths]:
        for where, row in _rows(path):
            check(row, schema, where)
            check_row(row, where)
            if row["name"] in rows:
                raise InputError(f"{where}: name {row['name']!r} stands there twice")
            rows[row["name"]] = row
            places[row["name"]] = where
    for name, row in rows.items():
        _check_partners(row, rows, places[name])
    return rows


def _rows(path):
    try:
        with open(path, newline="") as file:
            # A quote is a character like others.
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if not reader.fieldnames:
                raise InputError(f"{path}: is empty; a header and rows are expected")
            if len(reader.fieldnames) == 1:
                raise InputError(f"{path}: line 1: columns are separated by tabs")
            for row in reader:
                where = f"{path}: line {reader.line_num}"
                if None in row or None in row.values():
                    raise InputError(f"{where}: not as many fields as the header has")
                yield where, {key: value for key, value in row.items() if value}
    except FileNotFoundError:
        raise InputError(f"{path}: no such sheet (key 'sheet' of the config)") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not text in UTF-8 ({error})") from None


def _check_partners(row, rows, where):
    """Check the rows that a row names: effects to be joined, and alleles."""
    for key, kind in (("effects_from", "effects"), ("alleles", "alleles")):
        name = row.get(key)
        if not name:
            continue
        other = rows.get(name)
        if other is None:
            raise InputError(
                f"{where}: key '{key}': {name!r} is no row" + near(name, rows)
            )
        if other["kind"] != kind:
            raise InputError(
                f"{where}: key '{key}': {name!r} is of kind {other['kind']!r},"
                f" {kind} is expected"
            )
        names = dict(Source.of_row(row).layout.columns)
        by_rsid = key == "alleles" and {"rsid", "locus"} & set(names)
        builds = {row["build"], "GRCh38"} if by_rsid else {row["build"]}
        if other["build"] not in builds:
            raise InputError(
                f"{where}: key '{key}': {name!r} is on {other['build']}, not on"
                f" {' or '.join(sorted(builds))}"
            )
        if key == "effects_from":
            _check_joined(row, other, where)


def _check_joined(row, other, where):
    if Source.of_row(other).needs_genome or "alleles" in other:
        raise InputError(
            f"{where}: key 'effects_from': the variants of {other['name']!r} are known"
            " only with the genome or a VCF; name effects that say their alleles"
        )
    if Source.of_row(other).layout.is_joined:
        raise InputError(
            f"{where}: key 'effects_from': {other['name']!r} has no effects of its own"
        )
    if other["effect_allele"] == "unknown":
        raise InputError(
            f"{where}: key 'effects_from': {other['name']!r} does not say which allele"
            " its effects are of (effect_allele unknown)"
        )
    if other.get("unit") != row.get("unit"):
        raise InputError(
            f"{where}: key 'unit': {row.get('unit')!r}, but the effects of"
            f" {other['name']!r} are in {other.get('unit')!r}"
        )


def check_names(config, sheet, name):
    """Check that every row that a config names is in the sheet and of the right kind.

    Raises
    ------
    InputError
    """
    sheets = ", ".join(config["sheet"])

    def found(key, row, kinds):
        if row not in sheet:
            raise InputError(
                f"{name}: key '{key}': {row!r} is no row of {sheets}" + near(row, sheet)
            )
        if sheet[row]["kind"] not in kinds:
            raise InputError(
                f"{name}: key '{key}': {row!r} is of kind {sheet[row]['kind']!r},"
                f" {' or '.join(kinds)} is expected"
            )
        return sheet[row]

    assembly = ASSEMBLIES[0]
    if config["genome"] != NONE:
        assembly = found("genome", config["genome"], ("genome",))["build"]
        if assembly not in ASSEMBLIES:
            raise InputError(
                f"{name}: key 'genome': {config['genome']!r} is {assembly}, not"
                f" {' or '.join(ASSEMBLIES)}"
            )

    if config["route"] == ATLAS and organism_of(assembly) != "human":
        raise InputError(
            f"{name}: key 'route': the Atlas holds the human genome, not {assembly}"
        )

    def check_build(key, row):
        build = build_of(sheet[row], sheet)
        if organism_of(build) != organism_of(assembly):
            raise InputError(
                f"{name}: key '{key}': {row!r} is of the {organism_of(build)}, the"
                f" genome of the {organism_of(assembly)}"
            )
        if build != assembly and build not in config["chains"]:
            raise InputError(
                f"{name}: key '{key}': {row!r} is on {build}; name its chain to"
                f" {assembly} under 'chains: {{{build}: ...}}'"
            )

    def check_table(key, row, kinds=("effects", "scores")):
        source = Source.of_row(found(key, row, kinds))
        check_build(key, row)
        if source.needs_genome and config["genome"] == NONE:
            raise InputError(
                f"{name}: key '{key}': {row!r} needs the genome, which tells its REF;"
                " name the genome's row under 'genome'"
            )

    names = [dataset["name"] for dataset in config["datasets"]]
    if repeated := {each for each in names if names.count(each) > 1}:
        raise InputError(f"{name}: key 'datasets': name {repeated.pop()!r} twice")
    for dataset in config["datasets"]:
        check_table("datasets.effects", dataset["effects"], ("effects",))
        for key in ("peaks", "blacklist"):
            if dataset[key] != NONE:
                found(f"datasets.{key}", dataset[key], (key,))
                check_build(f"datasets.{key}", dataset[key])
        if dataset["control"] != NONE:
            check_table("datasets.control", dataset["control"])
        if config["service"] == "table" and dataset.get("scores"):
            check_table("datasets.scores", dataset["scores"], ("scores", "effects"))
        check_dataset(dataset, config, sheet, name)
    for key in ("ld_blocks", "folds"):
        if config[key] != NONE:
            found(key, config[key], (key,))
            check_build(key, config[key])
    if (genes := config["genes"]) != NONE:
        build = found("genes", genes, ("genes",))["build"]
        if build != assembly:
            raise InputError(
                f"{name}: key 'genes': {genes!r} is on {build}; genes of the genome's"
                f" build, {assembly}, are expected"
            )
    for build, row in config["chains"].items():
        start = found(f"chains.{build}", row, ("chain",))["build"]
        if start != build:
            raise InputError(
                f"{name}: key 'chains.{build}': {row!r} starts from {start}, not {build}"
            )
    if config["service"] == "table" and config["scores"]:
        check_table("scores", config["scores"], ("scores", "effects"))
    for row in config["local"]:
        if row not in sheet:
            raise InputError(
                f"{name}: key 'local.{row}': no such row in {sheets}" + near(row, sheet)
            )


def build_of(row, sheet):
    """Return the build that a row's variants are on, once their alleles are known.

    What is named by rsID is where the VCF that knows its alleles says.
    """
    is_placed = "alleles" in row and row["kind"] in ("effects", "scores")
    return sheet[row["alleles"]]["build"] if is_placed else row["build"]
