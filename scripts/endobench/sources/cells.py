"""Parsing cells of the sheet: columns, rows to keep, published values."""

import operator
import re

from endobench.core.errors import InputError
from endobench.design.metrics import AUPRC_OF_SETS, NAMES, OF_TISSUES

# Metrics that the authors of a dataset may report, by their names in this workflow.
PUBLISHED = (*NAMES, *OF_TISSUES, AUPRC_OF_SETS)
CHOICE = "="
COMPARISONS = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_TERM = re.compile(
    r"(?P<name>[^=<>!]*[^=<>!\s])\s*(?P<operator>>=|<=|!=|[=<>])(?P<value>.*)"
)


def parse_columns(text):
    """Parse a map of columns, ``effect=obs.beta; p_value=obs.pval``.

    Returns
    -------
    list of [str, str]
        Name in this workflow, and column of the file.

    Raises
    ------
    InputError
        If a term does not have the form ``name=column``.
    """
    terms = _terms(text, "columns", "effect=obs.beta; p_value=obs.pval")
    return [[name, value] for name, _, value in terms]


def parse_keep(text):
    """Parse conditions on rows, ``Element=PKLR; Barcodes>=10``.

    ``=`` selects the rows of the dataset by their text; other rows belong to other
    datasets. A numeric comparison drops rows of the dataset.

    Returns
    -------
    list of [str, str, str]
        Column, operator and value.

    Raises
    ------
    InputError
        If a term is malformed, or compares with something other than a number.
    """
    terms = _terms(text, "keep", "Element=PKLR; Barcodes>=10", COMPARISONS)
    for name, sign, value in terms:
        if sign != CHOICE:
            _number(value, f"'keep': {name}{sign}{value}")
    return terms


def published_of(row):
    """Return the values that the authors of a dataset report, by metric.

    Parameters
    ----------
    row : dict
        A row of the sheet, with ``published`` such as ``pearson=0.74; auprc=0.56``.

    Returns
    -------
    dict of str to float

    Raises
    ------
    InputError
        If a metric is unknown or its value is not a number.
    """
    terms = _terms(row.get("published", ""), "published", "pearson=0.74; auprc=0.56")
    for name, _, _ in terms:
        if name not in PUBLISHED:
            raise InputError(
                f"'published': {name!r} is not one of {', '.join(PUBLISHED)}"
            )
    return {name: _number(value, f"'published': {name}") for name, _, value in terms}


def _terms(text, key, example, others=()):
    """Parse terms separated by semicolons into name, operator and value."""
    found = []
    for part in filter(None, (each.strip() for each in text.split(";"))):
        term = _TERM.fullmatch(part)
        value = term and term["value"].strip()
        if value and "," in value and "=" in value:
            raise InputError(
                f"'{key}': {part!r}: terms are separated by ';', not by ','"
            )
        if not value or term["operator"] not in (CHOICE, *others):
            raise InputError(
                f"'{key}': {part!r} is malformed; expected the form {example!r}"
            )
        if not others and term["name"] in [name for name, *_ in found]:
            raise InputError(f"'{key}': {term['name']!r} appears twice")
        found.append([term["name"], term["operator"], value])
    return found


def _number(text, where):
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{where}: {text!r} is not a number") from None
