"""Reading the sheets of inputs."""

import csv

from endobench.config.schema import near, read_yaml, row_check
from endobench.config.sheet_row import check_row
from endobench.core.errors import InputError
from endobench.core.files import (
    DAMAGED,
    NO_FILE,
    open_text,
    why_damaged,
    why_not_readable,
)
from endobench.core.nearest import nearest
from endobench.core.quotes import unquoted
from endobench.design.assemblies import ORGANISMS
from endobench.design.units import UNITS
from endobench.sources.formats import EFFECT_ALLELES, Source
from endobench.sources.published_formats import FORMATS

# Valid values that the library defines, by column of the sheet.
_VALUES = {
    "format": list(FORMATS),
    "build": [build for builds in ORGANISMS.values() for build in builds],
    "organism": list(ORGANISMS),
    "effect_allele": list(EFFECT_ALLELES),
    "unit": list(UNITS),
}


def read_sheet_schema(path):
    """Read the schema of a sheet's row, and add the values that the library defines.

    Parameters
    ----------
    path : path-like
        JSON schema in YAML.

    Returns
    -------
    dict
    """
    schema = read_yaml(path)
    for column, values in _VALUES.items():
        schema["properties"][column]["enum"] = values
    return schema


def read_sheet(paths, schema_path):
    """Read the sheets of inputs.

    Parameters
    ----------
    paths : path-like or list of path-like
    schema_path : path-like
        JSON schema of a row; see `read_sheet_schema`.

    Returns
    -------
    dict of str to dict
        The rows of all sheets by name, without empty cells.

    Raises
    ------
    InputError
        If a sheet cannot be read or a row is not valid. The message gives the line.
    """
    schema = read_sheet_schema(schema_path)
    check_cells = row_check(schema, "kind")
    rows, places = {}, {}
    for path in paths if isinstance(paths, list | tuple) else [paths]:
        for where, row in _rows(path, schema["required"]):
            check_cells(row, where)
            check_row(row, where)
            if row["name"] in rows:
                raise InputError(
                    f"{where}: name {row['name']!r} appears twice, first in"
                    f" {places[row['name']]}"
                )
            rows[row["name"]] = row
            places[row["name"]] = where
    for name, row in rows.items():
        _check_partners(row, rows, places[name])
    return rows


def _rows(path, required):
    if why := why_not_readable(path):
        what = "no such sheet" if why == NO_FILE else why
        raise InputError(f"{path}: {what} (key 'sheet' of the config)")
    try:
        with open_text(path) as file:
            # Quotes have a meaning only around a whole cell.
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if not reader.fieldnames:
                what = "is empty; expected a header and rows"
                if reader.fieldnames is not None:
                    what = "line 1: is empty; expected the names of columns"
                raise InputError(f"{path}: {what}")
            reader.fieldnames = [unquoted(name).strip() for name in reader.fieldnames]
            _check_header(path, reader.fieldnames, required)
            for row in _rows_of(reader, path):
                where = f"{path}: line {reader.line_num}"
                n_columns = len(reader.fieldnames)
                n_fields = sum(value is not None for value in row.values())
                n_fields += len(row.get(None, [])) - (None in row)
                if n_fields != n_columns:
                    hint = ""
                    if row[reader.fieldnames[0]].startswith("#"):
                        hint = "; a sheet has no comments"
                    elif n_fields == n_columns + 1:
                        hint = "; write it without row names (R: row.names = FALSE)"
                    elif 1 < n_fields < n_columns:
                        hint = "; empty cells at its end need their tabs, too"
                    raise InputError(
                        f"{where}: {n_fields} fields, but the header has {n_columns}"
                        f"{hint}"
                    )
                cells = {key: unquoted(value).strip() for key, value in row.items()}
                if any(cells.values()):
                    yield where, {key: value for key, value in cells.items() if value}
    except DAMAGED as error:
        raise InputError(
            f"{path}: not a text file in UTF-8 ({why_damaged(error, path)})"
        ) from None


def _rows_of(reader, path):
    """Yield the rows of a reader; a cell that is too long is most likely not one."""
    try:
        yield from reader
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num + 1}: {error}") from None


def _check_header(path, names, required):
    where = f"{path}: line 1"
    if len(names) == 1:
        text = names[0]
        others = {",": "commas", ";": "semicolons", "  ": "blanks"}
        found = next((word for other, word in others.items() if other in text), "")
        if text.startswith("#"):
            raise InputError(f"{where}: a sheet has no comments; remove this line")
        raise InputError(
            f"{where}: columns must be separated by tabs"
            + (f", not by {found}; save it as tab-separated text" if found else "")
        )
    for name in names:
        if name and names.count(name) > 1:
            raise InputError(f"{where}: column {name!r} appears twice")
    for name in required:
        if name not in names:
            closest = nearest(name, names)
            hint = f"; the closest is {closest[0]!r}" if closest else ""
            raise InputError(f"{where}: column {name!r} is missing{hint}")


def _check_partners(row, rows, where):
    """Check the rows that a row refers to: effects to join, and alleles."""
    for key, kind in (("effects_from", "effects"), ("alleles", "alleles")):
        name = row.get(key)
        if not name:
            continue
        other = rows.get(name)
        if other is None:
            raise InputError(
                f"{where}: key '{key}': {name!r} is not a row" + near(name, rows)
            )
        if other["kind"] != kind:
            raise InputError(
                f"{where}: key '{key}': {name!r} is of kind {other['kind']!r};"
                f" expected {kind}"
            )
        names = dict(Source.of_row(row).layout.columns)
        by_rsid = key == "alleles" and {"rsid", "locus"} & set(names)
        builds = {row["build"], "GRCh38"} if by_rsid else {row["build"]}
        if other["build"] not in builds:
            raise InputError(
                f"{where}: key '{key}': {name!r} is on {other['build']}; expected"
                f" {' or '.join(sorted(builds))}"
            )
        if key == "effects_from":
            _check_joined(row, other, where)


def _check_joined(row, other, where):
    if Source.of_row(other).needs_genome or "alleles" in other:
        raise InputError(
            f"{where}: key 'effects_from': {other['name']!r} needs the genome or a VCF to"
            " determine its alleles; name effects with known alleles"
        )
    if Source.of_row(other).layout.is_joined:
        raise InputError(
            f"{where}: key 'effects_from': {other['name']!r} has no effects of its own"
        )
    if other["effect_allele"] == "unknown":
        raise InputError(
            f"{where}: key 'effects_from': {other['name']!r} has effects of unknown sign"
            " (effect_allele unknown)"
        )
    if other.get("unit") != row.get("unit"):
        raise InputError(
            f"{where}: key 'unit': {row.get('unit')!r}, but the effects of"
            f" {other['name']!r} are in {other.get('unit')!r}"
        )
