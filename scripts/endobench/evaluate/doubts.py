"""What comparisons of benchmarks leave open, because of one that they rest on.

A leaderboard's value on the pairs of all models rests on the reference, which it is
compared with, and on the pairs that other models lack. A test of an explanation rests on
the benchmarks that it compares.
"""

import pandas as pd

from endobench.design.benchmark_names import base_of
from endobench.design.conclusions import EXCEPTION, EXCEPTIONS, NO, YES
from endobench.design.gates import FAILING, GATES
from endobench.design.protocol import PUBLISHED
from endobench.design.tasks import SIGNED
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
        Of the leaderboard: ``name``, ``reference``, and ``gap`` from `gap_of`.

    Returns
    -------
    dict
        `judged`, perhaps with another ``is_reportable`` and ``why``.
    """
    against, exceptions = [], []
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


def failing_of(conclusions, dataset):
    """Return the benchmarks of a dataset whose numbers are refused, and why.

    The published protocol has faults on purpose, and is not among them; nor are
    benchmarks that are not reportable for another reason, such as a null result without
    a positive control.

    Parameters
    ----------
    conclusions : pandas.DataFrame
        In the columns of `columns.CONCLUSIONS`.
    dataset : str

    Returns
    -------
    dict of str to str
        The failing gates, by protocol.
    """
    rows = conclusions[
        (conclusions["dataset"] == dataset)
        & (conclusions["is_reportable"] == NO)
        & conclusions["why"].astype(str).str.startswith(FAILING)
    ]
    return {
        row.protocol: str(row.why).partition("; ")[0]
        for row in rows.drop_duplicates("protocol").itertuples()
        if base_of(row.protocol) != PUBLISHED
    }
