"""The table of explanations: each test of a null result, with its numbers and verdict."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.core.columns import EXPLANATIONS
from endobench.core.number_text import decimals
from endobench.design.explanations import (
    CONTRADICTED,
    DATA_HANDLING,
    LEAST,
    LEAST_CORRELATION,
    NAMES,
    NOT_TESTED,
    SEPARATOR,
    STEPS,
    SUPPORTED,
    TESTS,
    UNDECIDED,
    Rule,
    Test,
    named_test,
)
from endobench.design.metrics import PRIMARY
from endobench.design.models import MODEL
from endobench.design.scorers import TABLE_SCORER, WINDOWS_BP, is_whole_window
from endobench.design.tasks import LEADS, UNSIGNED, task_in
from endobench.evaluate.doubts import failing_of
from endobench.evaluate.explanations.differences import (
    of_another_tissue,
    of_benchmarks,
)
from endobench.evaluate.explanations.verdicts import with_verdicts
from endobench.stats.estimates import adjust_p_values

_INTERVAL = ("value", "ci_low", "ci_high", "p")


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
    tables,
    dataset,
    main,
    *,
    has_genes=True,
    long_bp=WINDOWS_BP[-1],
    conclusions=None,
    controls=None,
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
        failing gate or control decides nothing; see `doubts.failing_of`.
    controls : pandas.DataFrame, optional
        In the columns of `columns.CONTROLS`.

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
    here = tables.metrics[tables.metrics["protocol"] == main]
    here = here[here["predictor"] == MODEL]
    found = [
        *_from_tests(tables.tests, _reached(here)),
        *of_benchmarks(tables.metrics, tables.differences, main),
        *of_another_tissue(tables.metrics, tables.differences, main),
        *_from_limits(tables.metrics, main),
        *_from_ladder(tables.ladder),
    ]
    made = {test.name for test, _ in found}
    found += _untested(made, here, dataset, has_genes, long_bp)
    rows = pd.DataFrame(
        [_row(*each) for each in found],
        columns=[*EXPLANATIONS.names, "judged_by", "rests_on", "reached"],
    )
    rows = rows.assign(
        dataset=dataset,
        is_primary=rows["is_primary"].astype("boolean").fillna(False).astype(bool),
    )
    rows["p_adjusted"] = adjust_p_values(rows["p"].mask(rows["is_primary"]))
    failing = {}
    if conclusions is not None:
        diluted = _whole_windows(tables.metrics)
        failing = failing_of(conclusions, dataset, controls, diluted)
    rows = with_verdicts(rows, failing, main)
    model = tables.metrics.loc[tables.metrics["protocol"] == main, "model"]
    rows["model"] = model.iloc[0] if len(model) else None
    rows["place"] = rows["explanation"].map(NAMES.index)
    rows = rows.sort_values(
        ["place", "is_primary"], ascending=[True, False], kind="stable"
    )
    rows = rows.reset_index(drop=True).astype({"n": "Int64"})
    return rows.reindex(columns=EXPLANATIONS.names)


def _whole_windows(metrics):
    """Return the benchmarks whose scores are means of whole windows."""
    kinds = metrics.drop_duplicates("protocol")
    is_whole = [is_whole_window(str(each)) for each in kinds["scorer"]]
    return [*kinds.loc[is_whole, "protocol"]]


def _row(test, numbers):
    """Return a row of a test, given its numbers, which may bring a rule of their own."""
    rule = numbers.get("judged_by", test.rule)
    judged = {} if rule is None else {"rule": rule.words, "judged_by": rule}
    return {
        "explanation": test.explanation,
        "test": test.name,
        "words": test.words,
        "is_primary": test.is_primary,
        **judged,
        **numbers,
    }


def _reached(metrics):
    """Return how far the agreement of a benchmark exceeds chance, given its metrics."""
    primary = PRIMARY[task := task_in(metrics)]
    rows = metrics[(metrics["task"] == task) & (metrics["metric"] == primary.metric)]
    values = rows.loc[rows["stratum"] == primary.strata[0], "value"]
    return values.iloc[0] - primary.null if len(values) else np.nan


def _from_tests(tests, reached):
    """Yield the tests that were made on pairs: those of the leads, and of samples.

    Sums of the ladder end at the agreement that was `reached`.
    """
    for row in tests.to_dict("records"):
        if row["test"] == "tissue_rank" and row["stratum"] != LEADS:
            continue
        test = named_test(row["test"])
        names = (*_INTERVAL, "n", "protocol", "stratum", "metric", "evidence")
        rule = test.rule
        if pd.notna(row["null"]):
            is_above = rule is not None and rule.is_above
            rule = Rule(row["null"], row["least"], is_above=is_above)
        numbers = {name: row[name] for name in names} | {"judged_by": rule}
        is_sum = test.explanation == DATA_HANDLING
        yield test, numbers | ({"reached": reached} if is_sum else {})


def _from_limits(metrics, main):
    """Yield what noise and the number of pairs allow."""
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
            rule = named_test("ceiling").rule
            if 1 - ceiling < LEAST:
                numbers["verdict"] = CONTRADICTED
            numbers["rule"] = f"{rule.words}, or ceiling above {1 - LEAST:g}"
            reached = decimals(rho["value"])
            evidence = f"ceiling {decimals(ceiling)}, Spearman {reached}"
            yield named_test("ceiling"), where | numbers | {"evidence": evidence}
    if ("power", "detectable_spearman") in here.index:
        least = here.loc[("power", "detectable_spearman"), "value"]
        numbers = {
            "value": least,
            "verdict": _verdict_of_power(least, rho["ci_low"], rho["ci_high"]),
            "rule": (
                f"{SUPPORTED}: above {LEAST_CORRELATION:g}, and the model's interval"
                f" includes 0 and {LEAST_CORRELATION:g}; {CONTRADICTED}: at most"
                f" {LEAST_CORRELATION:g}, or it excludes either"
            ),
            "evidence": (
                f"Spearman {decimals(rho['value'])} [{decimals(rho['ci_low'])},"
                f" {decimals(rho['ci_high'])}]"
            ),
        }
        yield named_test("power"), where | numbers


def _verdict_of_power(least, low, high):
    """Return whether too few pairs explain that no agreement was found."""
    if low > 0 or high < LEAST_CORRELATION or least <= LEAST_CORRELATION:
        return CONTRADICTED
    # Without an interval there is nothing that the number of pairs could explain.
    return SUPPORTED if pd.notna(low) else UNDECIDED


def _from_ladder(ladder):
    """Yield each step of the ladder as a test of the explanation that it belongs to."""
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
            "reached": row.value,
            "evidence": (
                f"on the shared pairs alone {decimals(row.shared_difference)}"
            ),
        }
        step = Test(f"step_{row.name}", STEPS[row.name], f"Ladder: {row.change}", ())
        yield step, numbers


def _untested(made, metrics, dataset, has_genes, long_bp):
    """Yield the tests that the run did not make, with the config that makes them.

    Of the metrics, those of the model in the main benchmark.
    """
    task = task_in(metrics)
    is_table = (metrics["scorer"] == TABLE_SCORER).any()
    for test in TESTS:
        if test.name in made:
            continue
        numbers = {"verdict": NOT_TESTED}
        if lacking := test.lacks(task, is_table, has_genes):
            numbers["evidence"] = f"needs {lacking}"
        else:
            named = {"dataset": dataset, "window_bp": long_bp}
            lines = [line.format(**named) for line in test.config]
            numbers["config"] = SEPARATOR.join(lines)
        yield test, numbers
