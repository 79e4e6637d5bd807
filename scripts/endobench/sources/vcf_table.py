"""Reading fields of VCF files.

Values are taken from the text: htslib stores them as 32-bit floats, in which a p value
below 1e-45 is 0, and it cannot read fields that the header does not define.
"""

import itertools
import re
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.errors import InputError
from endobench.core.files import DAMAGED, open_text, why_damaged
from endobench.core.number_text import parse_numbers
from endobench.sources.text_table import TextLayout, read_text

FIRST_LINE = "##fileformat=VCF"
_FIXED = ["CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
_DEFINITION = re.compile(r"##INFO=<.*?ID=([^,>]+)(?:.*?Number=([^,>]+))?.*")
_KEY = re.compile(r"\s*([^=;]+)(?:=[^;]*)?(?:;|$)")
# Records in which fields are sought that the header does not define.
_N_SOUGHT = 1000


class VcfLayout(NamedTuple):
    """Columns of a VCF.

    Attributes
    ----------
    names : list of str
        Columns, and fields such as ``INFO/AF``.
    first_line : int
        Line of the first record.
    text : TextLayout
        Columns of a line.
    numbers : dict of str to str
        How many values a field has, as defined in the header.
    """

    names: list
    first_line: int
    text: TextLayout
    numbers: dict


def is_header(line):
    """Return whether a line names the columns of a VCF."""
    return line.removeprefix("#").split("\t")[: len(_FIXED)] == _FIXED


def open_vcf(path):
    """Return the `VcfLayout` of a VCF, plain or compressed.

    Raises
    ------
    InputError
        If the file has no header.
    """
    numbers, found, columns, line = {}, {}, None, 0
    try:
        with open_text(path) as file:
            for text in file:
                line += 1
                if match := _DEFINITION.match(text):
                    numbers[match[1]] = match[2]
                elif not text.startswith("##"):
                    columns = text.rstrip("\r\n").removeprefix("#").split("\t")
                    break
            if not columns or columns[: len(_FIXED)] != _FIXED:
                raise InputError(
                    f"{path}: not a complete VCF: line {line}: expected the columns"
                    f" #{', '.join(_FIXED)}, separated by tabs"
                )
            for text in itertools.islice(file, _N_SOUGHT):
                info = (text.rstrip("\r\n").split("\t", 8) + [""] * 8)[7]
                found |= dict.fromkeys(_KEY.findall(info))
    except DAMAGED as error:
        raise InputError(
            f"{path}: not a complete VCF ({why_damaged(error, path)})"
        ) from None
    fields = [f"INFO/{name}" for name in {**numbers, **found} if name != "."]
    text = TextLayout(columns, line + 1)
    return VcfLayout([*_FIXED[:-1], *fields], line + 1, text, numbers)


def read_vcf(path, layout, types):
    """Yield columns and fields of a VCF, one block of lines at a time.

    Parameters
    ----------
    path : str or path-like
    layout : VcfLayout
    types : dict of str to pyarrow.DataType
        The columns to read, and their types: float64, int64 or string.

    Raises
    ------
    InputError
        If a value is not a number, or the file is truncated.
    """
    fields = [name for name in types if name.startswith("INFO/")]
    wanted = {name: type_ for name, type_ in types.items() if name not in fields}
    line = layout.first_line
    for table in read_text(path, layout.text, wanted | _info(fields)):
        columns = {name: table[name] for name in wanted}
        for name in fields:
            field, is_text = name.removeprefix("INFO/"), pa.types.is_string(types[name])
            number = layout.numbers.get(field)
            _check_once(path, line, table["INFO"], field)
            columns[name] = values = _values(table["INFO"], field, number, is_text)
            if not is_text:
                columns[name], defect = parse_numbers(values, types[name])
                if defect:
                    row, what = defect
                    raise InputError(f"{path}: line {line + row}: {name}: {what}")
        for name, type_ in types.items():
            if pa.types.is_string(type_):
                values = columns[name]
                columns[name] = pc.if_else(pc.equal(values, "."), "", values)
        yield pa.table({name: columns[name].cast(types[name]) for name in types})
        line += table.num_rows


def _info(fields):
    return {"INFO": pa.string()} if fields else {}


def _start_of(name):
    # Some writers put a blank after each semicolon.
    return rf"(?:^|;)\s*{re.escape(name)}"


def _check_once(path, line, info, name):
    """Raise an error if a record has a field twice, since either value may be right."""
    n_times = pc.count_substring_regex(info, rf"{_start_of(name)}\b(?:=|;|$)")
    row = pc.index(pc.greater(n_times, 1), True).as_py()
    if row >= 0:
        raise InputError(f"{path}: line {line + row}: INFO/{name} appears twice")


def _values(info, name, number, is_text):
    """Return the value of a field in each record, "" if it has none or several."""
    form = rf"{_start_of(name)}(?:=(?P<value>[^;]*))?(?:;|$)"
    found = pc.extract_regex(info, form)
    if number == "0":
        return pc.if_else(pc.is_valid(found), "True", "False")
    value = pc.fill_null(pc.struct_field(found, "value"), "")
    if number == "1" or (number is None and is_text):
        return value
    # Values for several ALTs do not describe the record.
    return pc.if_else(pc.match_substring(value, ","), "", value)
