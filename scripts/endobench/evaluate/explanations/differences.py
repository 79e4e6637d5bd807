"""What differences between benchmarks say about explanations of a null result."""

import numpy as np

from endobench.benchmark.controls import MISMATCHED
from endobench.core.number_text import decimals
from endobench.design.benchmark_names import base_of
from endobench.design.explanations import (
    EQUAL_WINDOWS,
    MASK,
    SCORER,
    WINDOW,
    named_test,
)
from endobench.design.metrics import PRIMARY
from endobench.design.models import MODEL
from endobench.design.scorers import is_by_gene, is_whole_window, output_of
from endobench.design.tasks import (
    ALL_PAIRS,
    LEADS,
    MAGNITUDE,
    SIGNED,
    UNSIGNED,
    task_in,
)
from endobench.evaluate.contrasts import WINDOW as OF_WINDOWS
from endobench.evaluate.model_pairs import LEAST_SHARED

# Labels are compared over all pairs alone; see `contrasts.contrast`.
_STRATA = {SIGNED: LEADS, MAGNITUDE: LEADS, UNSIGNED: ALL_PAIRS}


def of_benchmarks(metrics, differences, main):
    """Return the tests that two benchmarks make which differ in one respect.

    Parameters
    ----------
    metrics, differences : pandas.DataFrame
        Of one dataset, in the columns of `columns.METRICS` and `columns.DIFFERENCES`.
    main : str
        Benchmark whose result is explained.

    Returns
    -------
    list of (explanations.Test, dict)
        The numbers of each test; ``is_primary`` marks the decisive one of a kind, and
        ``rests_on`` names its two benchmarks.
    """
    kinds = metrics.drop_duplicates("protocol").set_index("protocol")
    kinds = kinds[["scorer", "window_bp", "track_set"]]
    compared = differences[differences["comparison"] == "protocol"]
    compared = compared[
        compared["a"].isin(kinds.index)
        & compared["b"].isin(kinds.index)
        & (compared["stratum"] == compared["task"].map(_STRATA))
    ]
    found = []
    for row in compared.itertuples(index=False):
        if row.metric != PRIMARY[row.task].metric or base_of(row.a) != base_of(row.b):
            continue
        a, b = kinds.loc[row.a], kinds.loc[row.b]
        name, swap = _kind_of_change(a, b)
        if name is None:
            continue
        first, second = (a, b) if not swap else (b, a)
        column = {WINDOW: "window_bp"}.get(name, "scorer")
        values = [decimals(each) for each in (row.value_a, row.value_b)]
        values = values[::-1] if swap else values
        evidence = (
            f"{second[column]} {values[1]}, {first[column]} {values[0]}"
            f" ({_setting(a, name)})"
        )
        if name == WINDOW and _is_none(row):
            evidence += EQUAL_WINDOWS
        evidence += _coverage(metrics, row)
        numbers = _difference(row, swap)
        numbers |= {"evidence": evidence, "rests_on": (row.a, row.b)}
        found.append((_importance(name, a, b, row, main), named_test(name), numbers))
    return _with_one_primary([*found, *_of_windows(differences, main)])


def of_another_tissue(metrics, differences, main):
    """Return the tests of the model's own tracks against those of another tissue.

    Parameters
    ----------
    metrics, differences, main
        As for `of_benchmarks`.

    Returns
    -------
    list of (explanations.Test, dict)
    """
    task = task_in(metrics[metrics["protocol"] == main])
    primary = PRIMARY[task]
    rows = differences[
        (differences["protocol"] == main)
        & (differences["comparison"] == "baseline")
        & (differences["a"] == MISMATCHED)
        & (differences["task"] == task)
        & (differences["stratum"] == primary.strata[0])
        & (differences["metric"] == primary.metric)
    ]
    found = []
    for row in rows.itertuples(index=False):
        matched, other = decimals(row.value_b), decimals(row.value_a)
        evidence = f"matched {matched}, mismatched {other}"
        found.append((named_test("tissue"), _difference(row) | {"evidence": evidence}))
    return found


def _of_windows(differences, main):
    """Yield the comparisons of a table's scores with those at its other windows."""
    rows = differences[
        (differences["comparison"] == OF_WINDOWS)
        & (differences["protocol"] == main)
        & (differences["stratum"] == differences["task"].map(_STRATA))
    ]
    for row in rows.itertuples(index=False):
        if row.metric != PRIMARY[row.task].metric:
            continue
        sizes = {"a": _bp(row.a), "b": _bp(row.b)}
        is_swapped = sizes["a"] > sizes["b"]
        evidence = f"{row.a} {decimals(row.value_a)}, {row.b} {decimals(row.value_b)}"
        if _is_none(row):
            evidence += EQUAL_WINDOWS
        numbers = _difference(row, is_swapped) | {"evidence": evidence}
        importance = (False, -abs(sizes["a"] - sizes["b"]))
        yield importance, named_test(WINDOW), numbers


def _bp(name):
    """Return the length of a window from its name, such as ``16384bp``."""
    return int(str(name).removesuffix("bp"))


def _with_one_primary(found):
    """Mark the first test of each primary kind, by its importance, as primary."""
    rows, seen = [], set()
    for _, test, numbers in sorted(found, key=lambda each: each[0]):
        is_primary = test.is_primary and test.name not in seen
        rows.append((test, numbers | {"is_primary": is_primary}))
        seen.add(test.name)
    return rows


def _importance(name, a, b, row, main):
    """Return a key that orders tests of a kind: lower is more decisive."""
    if name == WINDOW:
        return (main not in (row.a, row.b), -abs(a["window_bp"] - b["window_bp"]))
    by_gene = [is_by_gene(each["scorer"]) for each in (a, b)]
    # The expression of the gene is the matched readout; its activity has no sign.
    return (sum(by_gene) != 1, row.task != SIGNED)


def _kind_of_change(a, b):
    """Return the test that a difference between two benchmarks makes, and its direction.

    Returns
    -------
    name : str or None
        None if they differ in more or less than one respect.
    swap : bool
        Whether the test asks for ``a - b`` instead of ``b - a``.
    """
    differs = {name for name in a.index if a[name] != b[name]}
    if differs == {"window_bp"}:
        return WINDOW, a["window_bp"] > b["window_bp"]
    if differs != {"scorer"}:
        return None, False
    scorers = a["scorer"], b["scorer"]
    if len({output_of(each) for each in scorers}) > 1:
        by_gene = [is_by_gene(each) for each in scorers]
        # Without a readout of genes, the second minus the first of the config.
        return SCORER, by_gene[0] or not by_gene[1]
    whole = [is_whole_window(each) for each in scorers]
    # The centre mask minus the mean of the whole window.
    return (MASK, whole[1]) if whole[0] != whole[1] else (None, False)


def _coverage(metrics, row):
    """Return in words that two benchmarks share few pairs, or nothing.

    Those that both have need not be like the others.
    """
    here = metrics[metrics["protocol"].isin([row.a, row.b])]
    for name in ("task", "stratum", "metric"):
        here = here[here[name] == getattr(row, name)]
    counts = here[here["predictor"] == MODEL].set_index("protocol")["n"]
    if counts.empty or not row.n_shared < LEAST_SHARED * counts.max():
        return ""
    return f"; on {row.n_shared:,.0f} of the {counts.max():,.0f} pairs of {counts.idxmax()}"


def _setting(kind, name):
    """Return what two benchmarks have in common, in words."""
    window = "" if name == WINDOW else f"{kind['window_bp']:,} bp, "
    scorer = f"{kind['scorer']}, " if name == WINDOW else ""
    return f"{window}{scorer}{kind['track_set']}"


def _is_none(row):
    """Return whether there is no difference, in no resample either."""
    return row.difference == row.ci_low == row.ci_high == 0


def _difference(row, swap=False):
    """Return the numbers of a row of differences, `b` minus `a` unless swapped."""
    sign = -1 if swap else 1
    ends = [0 + sign * row.ci_low, 0 + sign * row.ci_high]
    return {
        "value": 0 + sign * row.difference,
        # What the better side has, if there is anything to the explanation.
        "reached": (row.value_a if swap else row.value_b) - PRIMARY[row.task].null,
        "ci_low": min(ends) if not np.isnan(ends).any() else np.nan,
        "ci_high": max(ends) if not np.isnan(ends).any() else np.nan,
        "p": row.p,
        "n": row.n_shared,
        "protocol": row.protocol,
        "stratum": row.stratum,
        "metric": row.metric,
    }
