"""The card of a run: its models, data and answers in one small file to hand on."""

import datetime
import functools
import json
import math
import pathlib

import jsonschema

from endobench.core.errors import InputError
from endobench.design.metrics import PRIMARY
from endobench.design.terms import notice

_SCHEMA = pathlib.Path(__file__).parents[3] / "resources/schemas/card.schema.json"
_NAME = "AlphaGenome endogenous variant benchmark"
_OF_INPUT = ("location", "member", "sha256", "build", "licence")


def card(manifest, summary, date=None):
    """Return the card of a run.

    Parameters
    ----------
    manifest : dict
        See `manifest.manifest`.
    summary : pandas.DataFrame
        In the columns of ``summary.tsv``.
    date : datetime.date, optional
        By default today.

    Returns
    -------
    dict
        As ``resources/schemas/card.schema.json`` describes it.
    """
    day = date or datetime.datetime.now(datetime.UTC).date()
    found = {
        "card_version": 1,
        "workflow": {
            "name": _NAME,
            "revision": manifest["git_revision"],
            "versions": manifest["versions"],
        },
        "date": f"{day:%Y-%m-%d}",
        "models": manifest["models"],
        "terms": notice(manifest["models"], day) or None,
        "data": [
            {"name": name} | {key: record[key] for key in _OF_INPUT if key in record}
            for name, record in sorted(manifest["inputs"].items())
        ],
        "benchmarks": [_benchmark(row) for row in summary.to_dict("records")],
    }
    jsonschema.validate(found, _schema())
    return found


def read_card(path):
    """Read the card of another run.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If the file cannot be read or is no card of this version.
    """
    try:
        found = json.loads(pathlib.Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as a card: {error}") from None
    error = jsonschema.exceptions.best_match(
        jsonschema.Draft202012Validator(_schema()).iter_errors(found)
    )
    if error is not None:
        place = ".".join(map(str, error.absolute_path))
        where = f"key '{place}': " if place else ""
        raise InputError(f"{path}: not the card of a run: {where}{error.message}")
    return found


@functools.cache
def _schema():
    return json.loads(_SCHEMA.read_text("utf-8"))


def _benchmark(row):
    """Return a row of the summary with its primary metric alone."""
    metric = PRIMARY[row["task"]].metric
    row = row | {"metric": metric, "value": row[metric]}
    row |= {name: row[f"{metric}_{name}"] for name in ("ci_low", "ci_high", "p")}
    names = _schema()["properties"]["benchmarks"]["items"]["properties"]
    return {name: _plain(row[name]) for name in names}


def _plain(value):
    """Return a value as JSON has it: numbers of Python, None if missing."""
    value = getattr(value, "item", lambda: value)()
    is_missing = isinstance(value, float) and math.isnan(value)
    return None if is_missing else value
