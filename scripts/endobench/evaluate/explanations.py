"""The table of explanations: each test of a null result, with its numbers and verdict."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.controls import MISMATCHED
from endobench.core.columns import EXPLANATIONS
from endobench.core.number_text import decimals
from endobench.design.benchmark_names import base_of
from endobench.design.explanations import (
    CONTRADICTED,
    LEAST_CORRELATION,
    LEVEL,
    MASK,
    NAMES,
    NOT_TESTED,
    READOUT,
    SCORER,
    SEPARATOR,
    STEPS,
    SUPPORTED,
    TESTS,
    UNDECIDED,
    WINDOW,
    Rule,
    Test,
    named_test,
)
from endobench.design.metrics import PRIMARY
from endobench.design.models import MODEL
from endobench.design.scorers import WINDOWS_BP, is_by_gene, is_whole_window, output_of
from endobench.design.tasks import (
    ALL_PAIRS,
    LEADS,
    MAGNITUDE,
    SIGNED,
    UNSIGNED,
    task_in,
)
from endobench.evaluate.contrasts import WINDOW as OF_WINDOWS
from endobench.evaluate.doubts import failing_of
from endobench.stats.estimates import adjust_p_values

_INTERVAL = ("value", "ci_low", "ci_high", "p")
# Labels are compared over all pairs alone; see `contrasts.contrast`.
_STRATA = {SIGNED: LEADS, MAGNITUDE: LEADS, UNSIGNED: ALL_PAIRS}


class Tables(NamedTuple):
    """The tables of one dataset that tests of explanations read.

    Attributes
    ----------
    metrics, differences, ladder, tests : pandas.DataFrame
        In the columns of `columns.METRICS`, `columns.DIFFERENCES`, `columns.LADDER` and
        `columns.EXPLANATION_TESTS`; the last two may be empty.
    """

    metrics: pd.DataFrame
    differences: pd.DataFrame
    ladder: pd.DataFrame
    tests: pd.DataFrame


def explain(
    tables, dataset, main, *, has_genes=True, long_bp=WINDOWS_BP[-1], conclusions=None
):
    """Return every test of every explanation for one dataset.

    Parameters
    ----------
    tables : Tables
    dataset : str
    main : str
        Benchmark whose result is explained.
    has_genes : bool, optional
        Whether the effects may be on genes; others have no readout of expression.
    long_bp : int, optional
        The long window of tests that the run did not make.
    conclusions : pandas.DataFrame, optional
        In the columns of `columns.CONCLUSIONS`. A test that rests on a benchmark with a
        failing gate decides nothing.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.EXPLANATIONS`, in the order of the explanations, the
        primary test of each first. A test that the run did not make has the verdict
        "not tested" and the lines of config that make it.
    """
    tables = Tables(
        *(each[each["dataset"] == dataset].reset_index(drop=True) for each in tables)
    )
    found = [
        *_from_tests(tables.tests),
        *_from_benchmarks(tables, main),
        *_from_mismatched(tables, main),
        *_from_limits(tables.metrics, main),
        *_from_ladder(tables.ladder),
    ]
    rows = pd.DataFrame(
        [*found, *_untested(found, dataset, has_genes, long_bp)],
        columns=[*EXPLANATIONS.names, "judged_by", "rests_on"],
    )
    rows = rows.assign(
        dataset=dataset,
        is_primary=rows["is_primary"].astype("boolean").fillna(False).astype(bool),
    )
    rows["p_adjusted"] = adjust_p_values(rows["p"].mask(rows["is_primary"]))
    rows["verdict"] = [
        row.verdict if isinstance(row.verdict, str) else _verdict(row)
        for row in rows.itertuples(index=False)
    ]
    if conclusions is not None:
        rows = _without_refused(rows, failing_of(conclusions, dataset), main)
    model = tables.metrics.loc[tables.metrics["protocol"] == main, "model"]
    rows["model"] = model.iloc[0] if len(model) else None
    rows["place"] = rows["explanation"].map(NAMES.index)
    rows = rows.sort_values(
        ["place", "is_primary"], ascending=[True, False], kind="stable"
    )
    rows = rows.reset_index(drop=True).astype({"n": "Int64"})
    return rows.reindex(columns=EXPLANATIONS.names)


def _without_refused(rows, failing, main):
    """Let tests that rest on a benchmark with failing gates decide nothing."""
    rows = rows.copy()
    for place, others, verdict in rows[["rests_on", "verdict"]].itertuples():
        found = {main, *(others if isinstance(others, tuple) else ())} & set(failing)
        if found and verdict != NOT_TESTED:
            why = "; ".join(f"{each} has {failing[each]}" for each in sorted(found))
            rows.loc[place, "verdict"] = UNDECIDED
            rows.loc[place, "evidence"] = f"{why}; {rows.loc[place, 'evidence']}"
    return rows


def _verdict(row):
    """Return the verdict of an interval; a test that is not primary must pass adjusted."""
    verdict = row.judged_by.judge(row.ci_low, row.ci_high)
    if verdict == SUPPORTED and row.p_adjusted >= LEVEL:
        return UNDECIDED
    return verdict


def _row(test, numbers, its_rule=None, **others):
    """Return a row of a test, given what its numbers are."""
    rule = test.rule if its_rule is None else its_rule
    judged = {} if rule is None else {"rule": rule.words, "judged_by": rule}
    return {
        "explanation": test.explanation,
        "test": test.name,
        "words": test.words,
        "is_primary": test.is_primary,
        **judged,
        **numbers,
        **others,
    }


def _from_tests(tests):
    """Return the tests that were made on pairs: those of the leads, and of samples."""
    for row in tests.to_dict("records"):
        if row["test"] == "tissue_rank" and row["stratum"] != LEADS:
            continue
        test = named_test(row["test"])
        names = (*_INTERVAL, "n", "protocol", "stratum", "metric", "evidence")
        rule = test.rule or Rule(row["null"], row["least"], is_above=False)
        yield _row(test, {name: row[name] for name in names}, rule)


def _from_benchmarks(tables, main):
    """Return what two benchmarks of the dataset differ in, if it is one thing."""
    kinds = tables.metrics.drop_duplicates("protocol").set_index("protocol")
    kinds = kinds[["scorer", "window_bp", "track_set"]]
    compared = tables.differences[tables.differences["comparison"] == "protocol"]
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
        numbers = _difference(row, swap)
        first, second = (a, b) if not swap else (b, a)
        columns = {WINDOW: "window_bp"}.get(name, "scorer")
        values = [decimals(each) for each in (row.value_a, row.value_b)]
        values = values[::-1] if swap else values
        numbers["evidence"] = (
            f"{second[columns]} {values[1]}, {first[columns]} {values[0]}"
            f" ({_setting(a, name)})"
        )
        found.append(_row(named_test(name), numbers))
        found[-1]["rank"] = _importance(name, a, b, row, main)
        found[-1]["rests_on"] = (row.a, row.b)
    return _with_one_primary([*found, *_from_windows(tables.differences, main)])


def _from_windows(differences, main):
    """Return the comparisons of a table's scores with those at its other windows."""
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
        found = _row(named_test(WINDOW), _difference(row, is_swapped))
        yield found | {
            "evidence": evidence,
            "rank": (False, -abs(sizes["a"] - sizes["b"])),
        }


def _bp(name):
    """Return the length of a window from its name, such as ``16384bp``."""
    return int(str(name).removesuffix("bp"))


def _with_one_primary(rows):
    """Mark the first test of each primary kind, by its importance, as primary."""
    rows = sorted(rows, key=lambda row: row["rank"])
    seen = set()
    for row in rows:
        test = named_test(row["test"])
        row["is_primary"] = test.is_primary and test.name not in seen
        seen.add(test.name)
        del row["rank"]
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


def _setting(kind, name):
    """Return what two benchmarks have in common, in words."""
    window = "" if name == WINDOW else f"{kind['window_bp']:,} bp, "
    scorer = f"{kind['scorer']}, " if name == WINDOW else ""
    return f"{window}{scorer}{kind['track_set']}"


def _difference(row, swap=False):
    """Return the numbers of a row of differences, `b` minus `a` unless swapped."""
    sign = -1 if swap else 1
    ends = [0 + sign * row.ci_low, 0 + sign * row.ci_high]
    return {
        "value": 0 + sign * row.difference,
        "ci_low": min(ends) if not np.isnan(ends).any() else np.nan,
        "ci_high": max(ends) if not np.isnan(ends).any() else np.nan,
        "p": row.p,
        "n": row.n_shared,
        "protocol": row.protocol,
        "stratum": row.stratum,
        "metric": row.metric,
    }


def _from_mismatched(tables, main):
    """Return the model's own tracks against those of another tissue."""
    task = task_in(tables.metrics[tables.metrics["protocol"] == main])
    primary = PRIMARY[task]
    rows = tables.differences[
        (tables.differences["protocol"] == main)
        & (tables.differences["comparison"] == "baseline")
        & (tables.differences["a"] == MISMATCHED)
        & (tables.differences["task"] == task)
        & (tables.differences["stratum"] == primary.strata[0])
        & (tables.differences["metric"] == primary.metric)
    ]
    return [
        _row(
            named_test("tissue"),
            _difference(row),
            evidence=(
                f"matched {decimals(row.value_b)}, mismatched {decimals(row.value_a)}"
            ),
        )
        for row in rows.itertuples(index=False)
    ]


def _from_limits(metrics, main):
    """Return what noise and the number of pairs allow."""
    here = metrics[(metrics["protocol"] == main) & (metrics["predictor"] == MODEL)]
    task = task_in(here)
    if task == UNSIGNED:
        return
    stratum = PRIMARY[task].strata[0]
    here = here[here["stratum"] == stratum].set_index(["task", "metric"])
    names = ("protocol", "stratum")
    if (task, "spearman") not in here.index:
        return
    rho = here.loc[(task, "spearman")]
    where = {name: main if name == "protocol" else stratum for name in names}
    where |= {"metric": "spearman", "n": rho["n"]}
    if ("ceiling", "reliability") in here.index:
        reliability = here.loc[("ceiling", "reliability"), "value"]
        if reliability > 0:
            ceiling = reliability**0.5
            numbers = {
                "value": ceiling - rho["value"],
                "ci_low": ceiling - rho["ci_high"],
                "ci_high": ceiling - rho["ci_low"],
            }
            reached = decimals(rho["value"])
            evidence = f"ceiling {decimals(ceiling)}, Spearman {reached}"
            yield _row(named_test("ceiling"), where | numbers, evidence=evidence)
    if ("power", "detectable_spearman") in here.index:
        least = here.loc[("power", "detectable_spearman"), "value"]
        yield _row(
            named_test("power"),
            where | {"value": least},
            verdict=_verdict_of_power(least, rho["ci_low"], rho["ci_high"]),
            rule=(
                f"{SUPPORTED}: above {LEAST_CORRELATION:g}, and the model's interval"
                f" includes 0; {CONTRADICTED}: at most {LEAST_CORRELATION:g}, or it"
                " excludes 0"
            ),
            evidence=(
                f"Spearman {decimals(rho['value'])} [{decimals(rho['ci_low'])},"
                f" {decimals(rho['ci_high'])}]"
            ),
        )


def _verdict_of_power(least, low, high):
    """Return whether too few pairs explain that no agreement was found."""
    if low > 0 or high < 0 or least <= LEAST_CORRELATION:
        return CONTRADICTED
    # Without an interval there is nothing that the number of pairs could explain.
    return SUPPORTED if pd.notna(low) else UNDECIDED


def _from_ladder(ladder):
    """Return each step of the ladder as a test of the explanation that it belongs to."""
    rows = ladder[(ladder["metric"] == "spearman") & (ladder["step"] > 0)]
    for row in rows.itertuples(index=False):
        if row.name not in STEPS:
            continue
        # A step that selects pairs asks another question; its difference has no n.
        numbers = {
            "value": row.difference,
            "ci_low": row.difference_low,
            "ci_high": row.difference_high,
            "p": row.difference_p,
            "n": row.n_shared,
            "metric": "spearman",
            "stratum": f"ladder step {row.step}",
            "evidence": (
                f"on the shared pairs alone {decimals(row.shared_difference)}"
            ),
        }
        step = Test(f"step_{row.name}", STEPS[row.name], f"Ladder: {row.change}", ())
        yield _row(step, numbers)


def _untested(found, dataset, has_genes, long_bp):
    """Return the tests that the run did not make, with the config that makes them."""
    made = {each["test"] for each in found}
    for test in TESTS:
        if test.name in made:
            continue
        named = {"dataset": dataset, "window_bp": long_bp}
        lines = [line.format(**named) for line in test.config]
        if test.explanation == READOUT and not has_genes:
            lines = []
        needs = f"needs {test.needs}" if test.needs and not lines else None
        yield _row(
            test,
            {},
            verdict=NOT_TESTED,
            config=SEPARATOR.join(lines) or None,
            evidence=needs,
        )
