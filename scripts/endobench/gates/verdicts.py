"""Verdicts: what gates measured, compared with their thresholds, and what follows.

`design.gates` registers the gates. Each is measured by the function of its name in a
module of `gates`, which returns a `Measured`. The config sets its two thresholds.
"""

import logging
import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.core.columns import GATES as GATES_SCHEMA
from endobench.core.errors import InputError
from endobench.core.tables import read_tsv
from endobench.design.gates import GATES

log = logging.getLogger(__name__)

PASS, WARN, FAIL, NOT_CHECKED = "pass", "warn", "fail", "not_checked"
# A share of fewer rows is too uncertain to be judged.
MIN_ROWS = 30


class Measured(NamedTuple):
    """What a gate measured.

    Attributes
    ----------
    value : float
        Missing if it cannot be determined.
    n : int
        Number of rows, variants, features or tracks that it was measured on.
    evidence : str
        One line with the counts behind the value, or why there is none.
    """

    value: float
    n: int
    evidence: str


def share_of(n_found, n, what):
    """Return the `Measured` of a share.

    Parameters
    ----------
    n_found, n : int
    what : str
        Names the rows and their property, as in "effects outside 0 to 1".
    """
    return Measured(n_found / n, n, f"{n_found:,} of {n:,} {what}")


def not_checked(n, why):
    """Return the `Measured` of a gate whose value cannot be determined."""
    return Measured(np.nan, int(n), why)


def too_few(n, what, needed=MIN_ROWS):
    """Return the `Measured` of a gate that has too few rows."""
    return not_checked(n, f"{n:,} {what}; at least {needed} needed")


def rarer_sign(n_positive, n_negative, what):
    """Return the `Measured` share of the rarer sign.

    Parameters
    ----------
    n_positive, n_negative : int
        Values above and below the null.
    what : str
        Name of the values in the evidence.
    """
    n = n_positive + n_negative
    if n < MIN_ROWS:
        return too_few(n, f"{what} with a sign")
    return Measured(
        min(n_positive, n_negative) / n,
        n,
        f"{n_positive:,} {what} above and {n_negative:,} below the null",
    )


def judge(gate, measured, thresholds):
    """Compare what a gate measured with its thresholds.

    Parameters
    ----------
    gate : Gate
    measured : Measured
    thresholds : dict
        ``warn`` and ``fail``; a value equal to a threshold passes it.

    Returns
    -------
    dict
        ``stage, gate, verdict, value, warn, fail, n, evidence``.
    """
    sign = -1 if gate.is_low_bad else 1
    if math.isnan(measured.value):
        verdict = NOT_CHECKED
    elif sign * measured.value > sign * thresholds["fail"]:
        verdict = FAIL
    elif sign * measured.value > sign * thresholds["warn"]:
        verdict = WARN
    else:
        verdict = PASS
    return {
        "stage": gate.stage,
        "gate": gate.name,
        "verdict": verdict,
        "value": float(measured.value),
        "warn": float(thresholds["warn"]),
        "fail": float(thresholds["fail"]),
        "n": int(measured.n),
        "evidence": measured.evidence,
    }


def verdicts(measured, thresholds, accept=()):
    """Judge all gates of a stage.

    Parameters
    ----------
    measured : dict of str to Measured
        By gate.
    thresholds : dict of str to dict
        ``gates`` of the config.
    accept : list of str
        Gates whose failure does not end the run.

    Returns
    -------
    pandas.DataFrame
        One row per gate, in the order of the registry and in the columns of
        `columns.GATES` from ``stage`` to ``is_accepted``, which is true for a failure
        that `accept` names.
    """
    rows = [
        judge(gate, measured[name], thresholds[name])
        for name, gate in GATES.items()
        if name in measured
    ]
    first = GATES_SCHEMA.names.index("stage")
    last = GATES_SCHEMA.names.index("is_accepted")
    frame = pd.DataFrame(rows, columns=GATES_SCHEMA.names[first:last])
    is_accepted = (frame["verdict"] == FAIL) & frame["gate"].isin(list(accept))
    return frame.assign(is_accepted=is_accepted.astype(bool))


def judged(measured, benchmark, params):
    """Judge all gates of a stage on one benchmark, with the parameters of its job.

    Parameters
    ----------
    measured : dict of str to Measured
        By gate.
    benchmark : object
        With ``dataset`` and ``protocol``.
    params : object
        With ``thresholds``, each as [gate, warn, fail], ``accept`` and ``is_enforced``.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.GATES`.
    """
    thresholds = {
        gate: {"warn": warn, "fail": fail} for gate, warn, fail in params.thresholds
    }
    return verdicts(measured, thresholds, params.accept).assign(
        dataset=benchmark.dataset,
        protocol=benchmark.protocol,
        is_enforced=bool(params.is_enforced),
    )


def enforce_files(paths):
    """Apply `enforce` to each of some files of verdicts."""
    for path in paths:
        enforce(read_tsv(path, GATES_SCHEMA), path)


def enforce(verdicts, path=None):
    """Raise an error if a gate that ends the run failed; log all other alarms.

    An accepted failure ends no run.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        See `verdicts`.
    path : path-like, optional
        File of the verdicts, for the message.

    Raises
    ------
    InputError
        One line with the diagnosis, the evidence, the value, the threshold and the
        remedy of every such gate.
    """
    failures = []
    for row in verdicts[verdicts["verdict"].isin([WARN, FAIL])].itertuples():
        if row.verdict == WARN:
            log.warning("%s", _alarm(row, "warns", row.warn))
        elif row.is_accepted or not GATES[row.gate].ends_run:
            state = "fails and is accepted" if row.is_accepted else "fails"
            log.warning("%s", _alarm(row, state, row.fail))
        else:
            failures.append(row)
    if not failures:
        return
    alarms = " | ".join(_alarm(row, "fails", row.fail) for row in failures)
    where = f" (all verdicts: {path})" if path else ""
    names = ", ".join(row.gate for row in failures)
    raise InputError(
        f"{alarms}; or continue anyway with 'accept: [{names}]' in the config{where}"
    )


def _alarm(row, state, threshold):
    """Return a gate's message: diagnosis, evidence, value with its threshold, remedy."""
    gate = GATES[row.gate]
    bound = "at least {:.4g} required" if gate.is_low_bad else "at most {:.4g} allowed"
    return (
        f"{gate.diagnosis}: {row.evidence}; gate {gate.name} {state}: {gate.summary} is"
        f" {row.value:.4g}, {bound.format(threshold)}; {gate.remedy}"
    )
