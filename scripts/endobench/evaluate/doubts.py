"""What comparisons of benchmarks leave open, because of one that they rest on.

A leaderboard's value on the pairs of all models rests on the reference, which it is
compared with, and on the pairs that other models lack. A test of an explanation rests on
the benchmarks that it compares.
"""

import pandas as pd

from endobench.benchmark.controls import MISMATCHED, SEQUENCE
from endobench.design.conclusions import EXCEPTION, EXCEPTIONS, NO, YES
from endobench.design.gates import FAILING, GATES
from endobench.design.tasks import SIGNED
from endobench.evaluate.conditions.outcome import FAILS, SPIKE_IN
from endobench.stats.gaps import gap_between

_KEYS = ["source_id", "feature_id"]
_GATE = GATES["model_gaps"]


def gap_of(pairs, shared, task, null=0.0):
    """Return how much better a model agrees on the shared pairs than on its others.

    Pairs that another model lacks may be those that scores disagree on.

    Parameters
    ----------
    pairs, shared : pandas.DataFrame
        In the columns of `columns.PAIRS`: all pairs of the model, and those of all models.
    task : str
    null : float
        Value of no effect.

    Returns
    -------
    tuple of float or None
        See `gaps.gap_between`; None for tasks without signs.
    """
    if task != SIGNED:
        return None
    known = pairs.dropna(subset="raw")
    keys, kept = (
        pd.MultiIndex.from_frame(each[_KEYS].astype(str)) for each in (known, shared)
    )
    return gap_between(known["effect"] - null, known["raw"], keys.isin(kept))


def restrained(judged, reference, row):
    """Return whether a value on shared pairs is reportable, given those it rests on.

    Parameters
    ----------
    judged, reference : dict
        ``is_reportable`` and ``why`` of the model's own benchmark, and of the reference's.
    row : dict
        Of the leaderboard: ``name``, ``reference``, ``gap`` from `gap_of`, and ``few``
        from `model_pairs.few_of`.

    Returns
    -------
    dict
        `judged`, perhaps with another ``is_reportable`` and ``why``.
    """
    against, exceptions = [], [row["few"]] if row["few"] else []
    is_other = row["name"] != row["reference"]
    if is_other and reference["is_reportable"] == NO and judged["is_reportable"] != NO:
        against.append(
            f"it is compared with {row['reference']}, which is not reportable"
        )
    if row["gap"] is not None and row["gap"][0] > _GATE.warn:
        _, kept, others = row["gap"]
        words = (
            f"its pairs are those that all models have, on which Spearman is {kept:z.3f};"
            f" on the others it is {others:z.3f}"
        )
        exceptions.append(words)
    state = judged["is_reportable"]
    if against:
        state = NO
    elif exceptions and state == YES:
        state = EXCEPTIONS
    named = [f"{EXCEPTION}{each}" for each in exceptions]
    return judged | {
        "is_reportable": state,
        "why": "; ".join([*against, judged["why"], *named]),
    }


def failing_of(conclusions, dataset, controls=None, diluted=()):
    """Return the benchmarks of a dataset whose numbers are refused, and why.

    The published protocol, which has faults on purpose, is no exception: a test that rests
    on it alone explains the result of other numbers than effects. Benchmarks that are not
    reportable for another reason are not among them, such as a null result without a
    positive control.

    Parameters
    ----------
    conclusions : pandas.DataFrame
        In the columns of `columns.CONCLUSIONS`.
    dataset : str
    controls : pandas.DataFrame, optional
        In the columns of `columns.CONTROLS`. One that fails shows scores, effects or tests
        that are not what they seem, except those that are tests of an explanation
        themselves: of the number of pairs, and of the tissue.
    diluted : iterable of str, optional
        Benchmarks whose scores may lose the sequence of their variants in a whole window,
        which is an explanation, too.

    Returns
    -------
    dict of str to str
        What each protocol has against it.
    """
    rows = conclusions[conclusions["dataset"] == dataset].drop_duplicates("protocol")
    found = {}
    for row in rows.itertuples():
        if row.is_reportable != NO:
            continue
        against = []
        if str(row.why).startswith(FAILING):
            against.append(f"has {row.why.partition('; ')[0]}")
        if controls is not None:
            against += _failing_controls(controls, row, row.protocol in diluted)
        if against:
            found[row.protocol] = ", ".join(against)
    return found


def _failing_controls(controls, conclusion, is_diluted):
    """Return what the failing controls of a conclusion say of its numbers."""
    ignored = [SPIKE_IN, MISMATCHED, *([SEQUENCE] if is_diluted else [])]
    is_asked = (controls["state"] == FAILS) & ~controls["control"].isin(ignored)
    for name in ("dataset", "protocol", "stratum"):
        is_asked &= controls[name] == getattr(conclusion, name)
    evidence = controls.loc[is_asked, "evidence"]
    return [f"has a failing control ({each})" for each in evidence]
