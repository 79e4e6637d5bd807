"""The first section of a report: each explanation of a null result, with its answer."""

from typing import NamedTuple

import pandas as pd

from endobench.design.explanations import (
    CONTRADICTED,
    EXPLANATIONS,
    NOT_TESTED,
    SEPARATOR,
    SUPPORTED,
    UNDECIDED,
)
from endobench.figures.captions import decimals, p_value, signed, with_minus_signs
from endobench.report import html_tables

# What one or several tests with a verdict do.
_OUTCOMES = {
    SUPPORTED: ("supports it", "support it"),
    CONTRADICTED: ("contradicts it", "contradict it"),
    UNDECIDED: ("cannot tell", "cannot tell"),
    NOT_TESTED: ("was not made", "were not made"),
}


class Answer(NamedTuple):
    """What a run says about one explanation.

    Attributes
    ----------
    name, statement, verdict : str
        `verdict` is that of the primary test or, if the run did not make it, of the test
        with the most pairs.
    is_by_primary : bool
        Whether the primary test gave the verdict, or no test was made.
    sentences : list of str
        The primary test with its numbers, and how the other tests came out.
    config : list of str
        Lines of config that would make the primary test.
    """

    name: str
    statement: str
    verdict: str
    is_by_primary: bool
    sentences: list
    config: list


class Explained(NamedTuple):
    """The explanations for one dataset.

    Attributes
    ----------
    dataset : str
    answers : list of Answer
    table : html_tables.Table
        All tests.
    """

    dataset: str
    answers: list
    table: html_tables.Table


def explained(rows, dataset, room):
    """Return the explanations of a dataset, ready for a template.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.EXPLANATIONS`, of the dataset.
    dataset : str
    room : html_tables.Room

    Returns
    -------
    Explained or None
        None without rows.
    """
    if rows.empty:
        return None
    answers = []
    for each in EXPLANATIONS:
        of_one = rows[rows["explanation"] == each.name]
        is_primary = of_one["is_primary"].astype(bool)
        for primary in of_one[is_primary].head(1).itertuples(index=False):
            others = of_one[~is_primary]
            sentences, verdict = [_primary_sentence(primary)], primary.verdict
            if (deputy := _deputy(primary, others)) is not None:
                verdict = deputy.verdict
                sentences.append(
                    f"In its place: {_lowered(deputy.words)}, {_judged(deputy)}."
                )
                others = others.drop(index=deputy.Index)
            sentences += _other_sentences(others)
            config = [] if pd.isna(primary.config) else primary.config.split(SEPARATOR)
            by_primary = deputy is None
            answers.append(
                Answer(
                    each.name, each.statement, verdict, by_primary, sentences, config
                )
            )
    caption = "All tests of the explanations"
    name = f"{dataset}.explanations"
    table = html_tables.table(rows, name, caption, "explanations", room)
    return Explained(dataset, answers, table)


def _primary_sentence(row):
    """Return the primary test of an explanation with its numbers."""
    if row.verdict == NOT_TESTED:
        return f"Primary test, not made in this run: {_lowered(row.words)}{_why(row)}."
    return f"Primary test: {_lowered(row.words)}, {_judged(row)}."


def _deputy(primary, others):
    """Return the test with the most pairs if the primary one was not made, or None."""
    made = others[others["verdict"] != NOT_TESTED].dropna(subset=["n", "value"])
    if primary.verdict != NOT_TESTED or made.empty:
        return None
    most = made.sort_values("n", ascending=False, kind="stable").head(1)
    return next(most.itertuples())


def _judged(row):
    """Return the numbers of a test, and why they decide nothing if they do not."""
    return f"{_numbers(row)}{_why(row) if row.verdict == UNDECIDED else ''}"


def _why(row):
    """Return the evidence of a test in brackets, if it has any."""
    return f" ({with_minus_signs(row.evidence)})" if pd.notna(row.evidence) else ""


def _numbers(row):
    """Return an estimate with its interval, p value and number of pairs."""
    if pd.isna(row.value):
        return "no value"
    interval = "(no interval)"
    digits = 3
    if pd.notna(row.ci_low):
        digits = decimals(row.ci_high - row.ci_low)
        low, high = (signed(each, f".{digits}f") for each in (row.ci_low, row.ci_high))
        interval = f"[{low}, {high}]"
    p = f", {p_value(row.p)}" if pd.notna(row.p) else ""
    n = f", n = {row.n:,}" if pd.notna(row.n) else ""
    return f"{signed(row.value, f'.{digits}f')} {interval}{p}{n}"


def _other_sentences(rows):
    """Return how the tests that are not primary came out, by verdict."""
    counts = rows["verdict"].value_counts()
    words = [
        f"{counts[verdict]} {one if counts[verdict] == 1 else several}"
        for verdict, (one, several) in _OUTCOMES.items()
        if verdict in counts
    ]
    return [f"Other tests: {', '.join(words)}."] if words else []


def _lowered(words):
    """Return words that begin a sentence as they are within one."""
    first, _, rest = words.partition(" ")
    # Not the name of a scorer, nor an abbreviation.
    return words if first[1:] != first[1:].lower() else f"{first.lower()} {rest}"
