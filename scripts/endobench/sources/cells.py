"""Parsing cells of the sheet: columns, rows to keep, published values."""

import math
import operator
import re
from typing import NamedTuple

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

_VALUE = re.compile(
    r"((?P<model>[^:=]*[^:=\s])\s*:\s*)?(?P<metric>[^:=\s]+)\s*=\s*(?P<value>[^\s\[,]+)"
    r"(\s*\[\s*(?P<low>[^\s,\]]+)\s*,\s*(?P<high>[^\s\]]+)\s*\])?"
    r"(\s+n\s*=\s*(?P<n>[1-9][0-9]*))?"
)
_EXAMPLE = "pearson=0.74; Borzoi: spearman=0.54 [0.49, 0.59] n=1025"


class Published(NamedTuple):
    """A value that the authors of a dataset report, or others for the same pairs.

    Attributes
    ----------
    model : str
        The model that gave the scores; empty if the sheet names none.
    metric : str
        One of `PUBLISHED`.
    value : float
    ci_low, ci_high : float or None
    n : int or None
        Number of pairs.
    """

    model: str
    metric: str
    value: float
    ci_low: float | None = None
    ci_high: float | None = None
    n: int | None = None


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
    """Return the first published value of each metric of a dataset, by metric.

    The parameters and errors are those of `all_published`.

    Returns
    -------
    dict of str to float
    """
    found = {}
    for each in all_published(row):
        found.setdefault(each.metric, each.value)
    return found


def all_published(row):
    """Return the values that are published for a dataset.

    Parameters
    ----------
    row : dict
        A row of the sheet, with ``published`` such as ``pearson=0.74; auprc=0.56``. The
        name of a model may stand before a value, its interval and n after it.

    Returns
    -------
    list of Published

    Raises
    ------
    InputError
        If a term is malformed, a metric is unknown, or a value is no number or outside
        its interval.
    """
    found = []
    for part in _parts(row.get("published", "")):
        term = _VALUE.fullmatch(part)
        if term is None and part.count("=") > 1 and "," in part and "[" not in part:
            raise InputError(
                f"'published': {part!r}: terms are separated by ';', not by ','"
            )
        if term is None:
            raise InputError(
                f"'published': {part!r} is malformed; expected the form {_EXAMPLE!r}"
            )
        if term["metric"] not in PUBLISHED:
            raise InputError(
                f"'published': {term['metric']!r} is not one of {', '.join(PUBLISHED)}"
            )
        each = _published(term)
        if (each.model, each.metric) in [known[:2] for known in found]:
            raise InputError(f"'published': {part.partition('=')[0]!r} appears twice")
        found.append(each)
    return found


def _published(term):
    """Return a published value, given the match of its term."""
    where = f"'published': {term['metric']}"
    value, low, high = (
        None if term[name] is None else _number(term[name], where)
        for name in ("value", "low", "high")
    )
    if low is not None and not low <= value <= high:
        raise InputError(
            f"{where}: {value:g} is not in its interval, {low:g} to {high:g}"
        )
    n = None if term["n"] is None else int(term["n"])
    return Published(term["model"] or "", term["metric"], value, low, high, n)


def _parts(text):
    """Return the terms of a cell, which semicolons separate."""
    return [each.strip() for each in text.split(";") if each.strip()]


def _terms(text, key, example, others=()):
    """Parse terms separated by semicolons into name, operator and value."""
    found = []
    for part in _parts(text):
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
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{where}: {text!r} is not a number")
    return value
