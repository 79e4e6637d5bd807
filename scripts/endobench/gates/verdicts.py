"""Gates: one number each that tells whether data may be used, and what follows.

Gates are declared in `gate_list`. What each measures is a function of tables in
`gates_effects`, `gates_peaks`, `gates_sequences` or `gates_scores`; its two thresholds
are the config's.
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
# Below so many a share says little.
MIN_ROWS = 30


class Measured(NamedTuple):
    """What a gate measured.

    Attributes
    ----------
    value : float
        Missing where the number cannot be known.
    n : int
        How many rows, variants or tracks it was measured on.
    evidence : str
        One line that says it in words, or why nothing is known.
    """

    value: float
    n: int
    evidence: str


def not_checked(n, why):
    """Return the `Measured` of a gate whose number cannot be known."""
    return Measured(np.nan, int(n), why)


def too_few(n, what, needed=MIN_ROWS):
    """Return the `Measured` of a gate that has too few rows."""
    return not_checked(n, f"{n:,} {what}, at least {needed} are needed")


def rarer_sign(values, what):
    """Measure the share of the rarer sign among values that are not zero.

    Parameters
    ----------
    values : numpy.ndarray of float
    what : str
        What the evidence calls them.
    """
    return rarer_of(int((values > 0).sum()), int((values < 0).sum()), what)


def rarer_of(n_positive, n_negative, what):
    """Measure the share of the rarer sign as `rarer_sign`, of values counted by it."""
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
        ``warn`` and ``fail``; a value on a threshold is good still.

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
        One row per gate in the columns of `columns.GATES` from ``stage`` to
        ``is_accepted``, which is true for a failure that `accept` names.
    """
    rows = [
        judge(GATES[name], each, thresholds[name]) for name, each in measured.items()
    ]
    first = GATES_SCHEMA.names.index("stage")
    last = GATES_SCHEMA.names.index("is_accepted")
    frame = pd.DataFrame(rows, columns=GATES_SCHEMA.names[first:last])
    is_accepted = (frame["verdict"] == FAIL) & frame["gate"].isin(list(accept))
    return frame.assign(is_accepted=is_accepted.astype(bool))


def judged(measured, benchmark, params):
    """Judge all gates of a stage on one benchmark, as its job was told to.

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
    """End the run if a gate failed in any of some tables of verdicts; see `enforce`."""
    for path in paths:
        enforce(read_tsv(path, GATES_SCHEMA), path)


def enforce(verdicts, path=None):
    """End the run if a gate failed that is not accepted; log the other alarms.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        See `verdicts`.
    path : path-like, optional
        Where they stand, for the message.

    Raises
    ------
    InputError
        One line with every such gate, its value, its threshold and the evidence.
    """
    is_failure = verdicts["verdict"] == FAIL
    is_alarm = (verdicts["verdict"] == WARN) | (is_failure & verdicts["is_accepted"])
    for row in verdicts[is_alarm].itertuples():
        state = "fails and is accepted" if row.is_accepted else "warns"
        threshold = row.fail if row.is_accepted else row.warn
        log.warning("gate %s", _told(row, state, threshold))
    failures = verdicts[is_failure & ~verdicts["is_accepted"]]
    if failures.empty:
        return
    told = "; ".join(_told(row, "fails", row.fail) for row in failures.itertuples())
    names = ", ".join(failures["gate"])
    raise InputError(
        f"{f'{path}: ' if path else ''}{'gates' if len(failures) > 1 else 'gate'}"
        f" {told}; correct the input, or go"
        f" on anyway with 'accept: [{names}]' in the config"
    )


def _told(row, state, threshold):
    gate = GATES[row.gate]
    bound = "at least" if gate.is_low_bad else "at most"
    return (
        f"{row.gate} {state}: {gate.summary} {row.value:.4g}, {bound} {threshold:.4g} is"
        f" good ({row.evidence})"
    )
