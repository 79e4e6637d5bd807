"""Rows of a table that belong to a dataset, by the conditions of the sheet."""

import difflib
import heapq
import logging

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.errors import InputError
from endobench.sources.cells import CHOICE, COMPARISONS

log = logging.getLogger(__name__)

N_NEAREST = 5


def keep_rows(path, table, lines, keep):
    """Return the rows of a dataset, their lines, and why some are filtered out.

    Parameters
    ----------
    path : str or path-like
        For messages.
    table : pyarrow.Table
    lines : numpy.ndarray of int
        The line of each row.
    keep : sequence of (str, str, str)
        Conditions; see `cells.parse_keep`.

    Returns
    -------
    table : pyarrow.Table
        The rows with the values that must occur.
    lines : numpy.ndarray of int
    filtered : pandas.DataFrame
        For each of them ``reason`` ("filtered") and ``value``, missing if the row meets
        the numeric conditions.

    Raises
    ------
    InputError
        If a value occurs in no row. The message gives the nearest ones.
    """
    n_rows = table.num_rows
    for name, _, value in (term for term in keep if term[1] == CHOICE):
        texts = table[name]
        # A column that is also read as a number is compared numerically.
        try:
            wanted = pa.scalar(value).cast(texts.type)
        except pa.ArrowInvalid:
            raise InputError(
                f"{path}: keep: {value!r} is not a number, but column {name!r} is numeric"
            ) from None
        is_chosen = pc.fill_null(pc.equal(texts, wanted), False)
        if not pc.any(is_chosen).as_py():
            found = ", ".join(_nearest(value, pc.unique(texts).to_pylist()))
            raise InputError(
                f"{path}: keep: no row has {value!r} in column {name!r}; the nearest"
                f" values are {found}"
            )
        table = table.filter(is_chosen)
        lines = lines[is_chosen.to_numpy()]
    if table.num_rows < n_rows:
        log.info("%s: %d of %d rows belong to the dataset", path, len(lines), n_rows)
    filtered = pd.DataFrame(
        pd.NA, index=range(len(lines)), columns=["reason", "value"], dtype="string"
    )
    for name, sign, value in (term for term in keep if term[1] != CHOICE):
        numbers = pd.to_numeric(table[name].to_pandas(), errors="coerce")
        is_out = ~(COMPARISONS[sign](numbers, float(value)) & numbers.notna())
        is_out &= filtered["reason"].isna()
        filtered.loc[is_out, "reason"] = "filtered"
        filtered.loc[is_out, "value"] = f"{name} " + numbers[is_out].astype(str)
    return table, lines, filtered


def _nearest(value, found):
    """Return the values that resemble one: that begin with it, contain it, or are close."""
    texts = [str(each) for each in found if each not in (None, "")]
    wanted = value.casefold()

    def rank(text):
        other = text.casefold()
        likeness = difflib.SequenceMatcher(None, wanted, other).ratio()
        is_part = wanted in other or other in wanted
        return not other.startswith(wanted), not is_part, -likeness

    return [repr(each) for each in heapq.nsmallest(N_NEAREST, texts, key=rank)]
