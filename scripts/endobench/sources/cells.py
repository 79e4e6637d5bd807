"""What a cell of the sheet declares: columns, rows to keep, published numbers."""

import operator
import re

from endobench.core.errors import InputError
from endobench.design.metrics import NAMES

# What authors may report of a dataset: the names of our own metrics.
PUBLISHED = NAMES
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
    """Read a map of columns, ``effect=obs.beta; p_value=obs.pval``.

    Returns
    -------
    list of [str, str]
        Contract name and the file's column.

    Raises
    ------
    InputError
        If a term is no ``name=column``.
    """
    terms = _terms(text, "columns", "effect=obs.beta; p_value=obs.pval")
    return [[name, value] for name, _, value in terms]


def parse_keep(text):
    """Read which rows are a dataset's, ``Element=PKLR; Barcodes>=10``.

    ``=`` chooses rows by their text: others are another dataset's. A comparison of
    numbers leaves rows out.

    Returns
    -------
    list of [str, str, str]
        Column, operator and value.

    Raises
    ------
    InputError
        If a term is malformed, or compares with what is no number.
    """
    terms = _terms(text, "keep", "Element=PKLR; Barcodes>=10", COMPARISONS)
    for name, sign, value in terms:
        if sign != CHOICE:
            _number(value, f"'keep': {name}{sign}{value}")
    return terms


def published_of(row):
    """Return what the authors of a dataset report, by metric.

    Parameters
    ----------
    row : dict
        A row of the sheet; ``published`` is such as ``pearson=0.74; auprc=0.56``.

    Returns
    -------
    dict of str to float

    Raises
    ------
    InputError
        If a metric is unknown or its value no number.
    """
    terms = _terms(row.get("published", ""), "published", "pearson=0.74; auprc=0.56")
    for name, _, _ in terms:
        if name not in PUBLISHED:
            raise InputError(
                f"'published': {name!r} is no metric; known: {', '.join(PUBLISHED)}"
            )
    return {name: _number(value, f"'published': {name}") for name, _, value in terms}


def _terms(text, key, example, others=()):
    """Read terms parted by semicolons, as name, operator and value."""
    found = []
    for part in filter(None, (each.strip() for each in text.split(";"))):
        term = _TERM.fullmatch(part)
        value = term and term["value"].strip()
        if value and "," in value and "=" in value:
            raise InputError(f"'{key}': {part!r}: terms are parted by ';', not by ','")
        if not value or term["operator"] not in (CHOICE, *others):
            raise InputError(f"'{key}': {part!r} is malformed; the form is {example!r}")
        if not others and term["name"] in [name for name, *_ in found]:
            raise InputError(f"'{key}': {term['name']!r} stands there twice")
        found.append([term["name"], term["operator"], value])
    return found


def _number(text, where):
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{where}: {text!r} is not a number") from None
