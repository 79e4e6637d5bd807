"""The columns that a table is read by, and whether they hold texts or numbers."""

import pyarrow as pa

from endobench.core.errors import InputError
from endobench.sources.cells import CHOICE
from endobench.sources.published_formats import EQUIVALENTS, NUMBERS


def types_of(path, layout, keep=()):
    """Return the columns of a file that are to be read, with their types.

    Parameters
    ----------
    path : str or path-like
        For messages.
    layout : published_formats.Format
    keep : sequence of (str, str, str)
        Conditions on rows; see `cells.parse_keep`. A column that is also read as a number
        is compared numerically.

    Returns
    -------
    dict of str to pyarrow.DataType

    Raises
    ------
    InputError
        If one column is declared as a text and as a number.
    """
    types, first = {}, {}
    for name, column in layout.columns.items():
        is_number = name in NUMBERS or name in EQUIVALENTS
        type_ = pa.float64() if is_number else pa.string()
        type_ = pa.int64() if name == "pos" else type_
        other = first.setdefault(column, name)
        if pa.types.is_string(type_) != pa.types.is_string(types.get(column, type_)):
            raise InputError(
                f"{path}: column {column!r} is declared as {other} and as {name}, of which"
                " one is a text and one a number; correct 'columns' of the sheet"
            )
        types.setdefault(column, type_)
    for column, sign, _ in keep:
        types.setdefault(column, pa.string() if sign == CHOICE else pa.float64())
    return types
