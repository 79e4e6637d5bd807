"""Checking the positive control of a dataset, and what it shares with the effects."""

import os

from endobench.config.schema import NONE
from endobench.core.errors import InputError
from endobench.sources.cells import parse_columns
from endobench.sources.formats import SCORE

_IDENTITY = ("location", "member", "sha256", "keep")


def check_control(dataset, config, sheet, name):
    """Raise an error if a control is not one, or if there is a reason for none beside it.

    Parameters
    ----------
    dataset : dict
        A dataset of the config, with defaults filled in.
    config : dict
    sheet : dict of str to dict
    name : str
        Name of the config in error messages.

    Raises
    ------
    InputError
        If the control is the table of the effects or of the scores, or comes from their
        file: its agreement would show nothing.
    """
    control = dataset["control"]
    if control != NONE and dataset.get("no_control"):
        raise InputError(
            f"{name}: key 'datasets.no_control' of {dataset['name']!r}: the dataset has"
            f" the control {control!r}; give a control or the reason for none, not both"
        )
    if control not in sheet:
        return
    others = {"effects": dataset["effects"]}
    if config["service"] == "table":
        others["scores"] = dataset.get("scores") or config["scores"]
    for key, other in others.items():
        if other not in sheet:
            continue
        start = f"{name}: key 'datasets.control': {control!r}"
        if identity_of(sheet[control]) == identity_of(sheet[other]):
            raise InputError(
                f"{start} is also the table of {key} of dataset {dataset['name']!r};"
                " expected effects from another assay"
            )
        shared = files_of(control, sheet, config) & files_of(other, sheet, config)
        if shared:
            raise InputError(
                f"{start} comes from the same file as {other!r}, the {key} of dataset"
                f" {dataset['name']!r} ({min(shared)[1]}); expected effects that another"
                " assay measured independently"
            )


def files_of(name, sheet, config):
    """Return what identifies the files that the values of a row come from.

    Parameters
    ----------
    name : str
        A row of the sheet. The row whose effects it joins counts, too.
    sheet : dict of str to dict
    config : dict

    Returns
    -------
    set of tuple of str
        Kinds of identity (a place, a local path or a digest), each with its value.
    """
    found, row = set(), sheet[name]
    for key in ("sha256", "md5"):
        if key in row:
            found.add((key, row[key]))
    location, member = row.get("location", ""), row.get("member", "")
    if location:
        is_address = "://" in location or location in sheet
        place = location if is_address else os.path.normpath(location)
        found.add(("place", f"{place} {member}".strip()))
    if name in (local := config.get("local") or {}):
        found.add(("local", os.path.realpath(local[name])))
    if row.get("effects_from") in sheet:
        found |= files_of(row["effects_from"], sheet, config)
    return found


def identity_of(row):
    """Return what determines which values a row provides."""
    columns = parse_columns(row.get("columns", ""))
    # In a table of scores, effect is also called score.
    columns = sorted(("effect" if n == SCORE else n, column) for n, column in columns)
    return [columns, *(row.get(key) for key in _IDENTITY)]


def shared_in_sheet(control, effects):
    """Return what two rows of the sheet have in common, in words; may be empty.

    Parameters
    ----------
    control, effects : dict
        Rows of the sheet.
    """
    found = []
    if control.get("citation") and control.get("citation") == effects.get("citation"):
        found.append(f"the source cited ({control['citation'].replace('; ', ', ')})")
    tissues = [row.get("tissue", "").split() for row in (control, effects)]
    if same := [each for each in tissues[0] if each in tissues[1]]:
        found.append(f"the tissue ({', '.join(same)})")
    return " and ".join(found)
