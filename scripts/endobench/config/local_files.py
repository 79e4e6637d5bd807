"""Local files: which inputs of the sheet are read from a folder, and which are missing."""

import os
import re
from pathlib import Path
from typing import NamedTuple

from endobench.core.files import NO_FILE, why_not_readable

# Start of a note with the steps to get a file; they end with the first semicolon.
STEPS = "to get it: "


class LocalFile(NamedTuple):
    """An input that is read from a folder.

    Attributes
    ----------
    path : str
    is_whole : bool
        Whether it is the input itself, and not an archive that holds it.
    """

    path: str
    is_whole: bool


def why_not_literal(path):
    """Return why a path is not the one that was meant, or "" if nothing tells.

    A shell would replace ``~`` and ``$HOME``, and Windows has other separators.
    """
    if path.startswith("~") or "$" in path:
        return "'~' and '$' are not replaced here; write the path in full"
    if re.match(r"[A-Za-z]:[\\/]", path):
        return "a path of Windows; write that of this machine, with /"
    if re.match(r"(https?:/*|www[.].*)$", path) or re.match("https?:/[^/]", path):
        return "an address without its start or its host; write https://host/path"
    return ""


def is_url(location):
    """Return whether a location of the sheet is an address to download."""
    return location.startswith(("http://", "https://"))


def find_local(name, sheet, config):
    """Return the local file of an input, or None if it is downloaded.

    A file that `local` of the config names comes first. Next is a copy under the ``path``
    of the row, if one of the folders of `data_dir` has it. A location that is neither an
    address nor an archive must be in one of them.

    Parameters
    ----------
    name : str
        A row of the sheet.
    sheet : dict of str to dict
        See `sheet.read_sheet`.
    config : dict
        A checked config, with ``data_dir`` and ``local``.

    Returns
    -------
    LocalFile or None
        If no folder has a file that must be there, that of the first folder.
    """
    row, folders = sheet[name], config["data_dir"]
    location = row["location"]
    if name in config["local"]:
        own = config["local"][name]
        return LocalFile(_first(own, folders) or str(Path(folders[0], own)), True)
    if "path" in row and (copy := _first(row["path"], folders)):
        return LocalFile(copy, True)
    if is_url(location) or location in sheet:
        return None
    path = _first(location, folders) or str(Path(folders[0], location))
    return LocalFile(path, "member" not in row)


def why_missing(name, sheet, config):
    """Return what is missing if a local file does not exist, and how to get it.

    Parameters are those of `find_local`.

    Returns
    -------
    str
        The key of the config and the reason; empty if the file exists or is downloaded.
    """
    found = find_local(name, sheet, config)
    why = why_not_readable(found.path) if found else ""
    if not why:
        return ""
    is_own, row = name in config["local"], sheet[name]
    relative = config["local"][name] if is_own else row["location"]
    where = found.path
    if len(config["data_dir"]) > 1 and not Path(relative).is_absolute():
        where = f"{relative} in any of {', '.join(config['data_dir'])}"
    key = f"local.{name}" if is_own else "data_dir"
    if os.path.lexists(found.path) or why != NO_FILE:
        return f"key '{key}': {found.path}, for input {name}, {why}"
    steps = "" if is_own else _steps(row)
    origin = "" if is_own else " (its location in the sheet)"
    if set(relative) & set("*?[{"):
        steps += "; an input is a single file: join its parts, with one header"
    return f"key '{key}': no file {where} for input {name}{origin}{steps}"


def _steps(row):
    """Return the start of a note that says how to get a file, or nothing."""
    steps = row.get("note", "").partition(";")[0]
    return f"; {steps}" if steps.startswith(STEPS) else ""


def _first(relative, folders):
    """Return the path of a file in the first folder that has it, or None.

    A path that cannot be read is taken if no folder has one that can.
    """
    paths = [str(Path(folder, relative)) for folder in folders]
    readable = (path for path in paths if not why_not_readable(path))
    there = (path for path in paths if os.path.lexists(path))
    return next(readable, None) or next(there, None)
