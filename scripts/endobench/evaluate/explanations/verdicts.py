"""From the numbers of each test of an explanation to its verdict."""

import pandas as pd

from endobench.design.explanations import (
    CONTRADICTED,
    LEAST,
    LEVEL,
    NOT_TESTED,
    SUPPORTED,
    UNDECIDED,
)

_NEITHER = f"neither side agrees with the effects by {LEAST:g} or more"
_NOISY = (
    "the standard errors of these effects allow more: the second cohort may be the noisier"
    " one"
)


def with_verdicts(rows, failing, main):
    """Return the tests of a dataset with their verdicts.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.EXPLANATIONS`, and ``judged_by``, the `Rule` of a test,
        ``rests_on``, a tuple of the benchmarks that it compares besides the main one, and
        ``reached``, how far the agreement that an explanation promises exceeds chance;
        each may be missing. A verdict that is there already stays, unless it is refused.
    failing : dict of str to str
        What benchmarks have against them; see `doubts.failing_of`.
    main : str
        Benchmark whose result is explained.

    Returns
    -------
    pandas.DataFrame
        ``evidence`` says why an interval decides less than it seems to.
    """
    found = [
        (row.verdict, None) if isinstance(row.verdict, str) else _judged(row)
        for row in rows.itertuples(index=False)
    ]
    rows = rows.assign(verdict=[verdict for verdict, _ in found])
    notes = [note for _, note in found]
    verdict_of = dict(zip(rows["test"], rows["verdict"], strict=True))
    before = [None] * len(rows)
    for place, row in enumerate(rows.itertuples(index=False)):
        is_noisy = verdict_of.get("ceiling") == CONTRADICTED
        if row.test == "replicate" and row.verdict == SUPPORTED and is_noisy:
            notes[place] = _NOISY
        others = row.rests_on if isinstance(row.rests_on, tuple) else ()
        refused = {main, *others} & set(failing)
        if refused and row.verdict != NOT_TESTED:
            before[place] = "; ".join(
                f"{each} {failing[each]}" for each in sorted(refused)
            )
    is_doubted = [any(pair) for pair in zip(before, notes, strict=True)]
    parts = zip(before, rows["evidence"], notes, strict=True)
    return rows.assign(
        verdict=rows["verdict"].mask(
            pd.Series(is_doubted, index=rows.index), UNDECIDED
        ),
        evidence=["; ".join(filter(pd.notna, each)) or None for each in parts],
    )


def _judged(row):
    """Return the verdict of an interval, and why it is none although it looks like one.

    A test that is not primary must pass adjusted. A difference explains no null result if
    the better side of it is null, too.
    """
    verdict = row.judged_by.judge(row.ci_low, row.ci_high)
    if verdict == SUPPORTED and row.p_adjusted >= LEVEL:
        return UNDECIDED, None
    if verdict == SUPPORTED and row.reached < LEAST:
        return UNDECIDED, _NEITHER
    return verdict, None
