"""The check of all assumptions, its table and its record."""

import collections
import datetime
import json
from typing import NamedTuple

from endobench.core.files import atomic_path
from endobench.core.logs import redacted
from endobench.model.client import refusal
from endobench.model.faults import fault_of
from endobench.model.retries import is_refusal
from endobench.predict.assumptions import access, atlas, genes, scores, tracks
from endobench.predict.assumptions.probe import CallLimit

# An assumption is added by an entry in one of these.
ASSUMPTIONS = (
    *tracks.ASSUMPTIONS,
    *scores.ASSUMPTIONS,
    *genes.ASSUMPTIONS,
    *atlas.ASSUMPTIONS,
    *access.ASSUMPTIONS,
)
AS_ASSUMED, DIFFERS = "as assumed", "differs"
NO_ANSWER, NOT_ASKED = "no answer", "not asked"
FAULTS = (DIFFERS, NO_ANSWER)
HEADER = "| assumption | taken for granted | found | |\n|---|---|---|---|"


class Result(NamedTuple):
    """What came of one assumption.

    Attributes
    ----------
    name, assumed : str
        Of the `entry.Assumption`.
    outcome : str
        One of the constants of this module.
    found : str
        What the service does.
    """

    name: str
    assumed: str
    outcome: str
    found: str


def check_all(probe, name, assumptions=ASSUMPTIONS):
    """Check assumptions one after the other.

    Parameters
    ----------
    probe : probe.Probe
    name : str
        The service in error messages.
    assumptions : iterable of entry.Assumption

    Yields
    ------
    Result

    Raises
    ------
    InputError
        If the service refuses the user's key; no further call is made.
    """
    for each in assumptions:
        yield _result(each, probe, name)


def _result(assumption, probe, name):
    try:
        found = assumption.check(probe)
    except CallLimit as error:
        outcome, words = NO_ANSWER, str(error)
    except Exception as error:
        if is_refusal(error):
            raise refusal(error, name) from None
        # A form of answers that nobody foresaw must not cost what the others found.
        outcome, words = NO_ANSWER, str(fault_of(error))
    else:
        outcomes = {True: AS_ASSUMED, False: DIFFERS, None: NOT_ASKED}
        outcome, words = outcomes[found.is_as_assumed], found.words
    return Result(assumption.name, assumption.assumed, outcome, redacted(words))


def row_of(result):
    """Return a row of the table of results, whose header is `HEADER`."""
    found = result.found.replace("|", "/")
    return f"| {result.name} | {result.assumed} | {found} | {result.outcome} |"


def total_of(results, probe):
    """Return the line below the table: calls, and how many assumptions hold."""
    counts = collections.Counter(each.outcome for each in results)
    total = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    return f"{probe.n_calls} calls; {total}"


def write_record(results, probe, about, path):
    """Write results as JSON, without a key, to attach to a report.

    Parameters
    ----------
    results : list of Result
    probe : probe.Probe
    about : dict of str to str
        The service and the versions.
    path : path-like
        Its folder is created if it does not exist.
    """
    record = {
        **about,
        "checked": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "n_calls": probe.n_calls,
        "seconds": {name: round(s, 3) for name, s in probe.seconds.items()},
        "assumptions": [each._asdict() for each in results],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        temporary.write_text(redacted(json.dumps(record, indent=2)) + "\n")
