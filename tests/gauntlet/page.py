"""Every defect put into the demonstration, one at a time, and what came of it.

As a script it writes the table: ``gauntlet.py resources/docs/gauntlet.md``.
"""

import argparse
import logging
import pathlib
import tempfile
from typing import NamedTuple

import numpy as np
from endobench.core.files import atomic_path
from endobench.design.gates import GATES
from endobench.gates.verdicts import FAIL, WARN
from gauntlet.defect import (
    CRASHES,
    FAILS,
    MISSED,
    REFUSED,
    ROWS,
    SAME,
    STUDY,
    UNTOLD,
    WARNS,
    Defect,
)
from gauntlet.effect_defects import DEFECTS
from gauntlet.input_defects import MORE
from gauntlet.pipeline import Result, World, clean, run
from workflow import checkout, snakemake

# What no input can bring about: the study's fault, what it is, the test that shows it.
BARRED = (
    (
        "1",
        "a column taken by its place",
        "tests/unit/sources/test_read.py::test_column_order_decides_nothing",
    ),
    (
        "3",
        "tracks taken by their place in an answer of another order",
        "tests/unit/model/test_scorers.py::test_tracks_in_another_order_are_refused",
    ),
    (
        "5",
        "a variant asked for once for each of its pairs",
        "tests/unit/benchmark/test_scores.py::test_two_sources_of_one_variant_get_its_one_answer",
    ),
    (
        "6",
        "a failed call answered with an invented number",
        "tests/e2e/test_faults.py::test_ten_poisoned_variants_are_ten_failures",
    ),
    (
        "8",
        "bases padded or lost beside an indel",
        "tests/unit/genome/test_alleles.py::test_alt_is_a_window_of_the_edited_chromosome",
    ),
    (
        "10",
        "a row that disappears",
        "tests/unit/benchmark/test_merge.py::test_kept_and_dropped_add_up_to_the_input",
    ),
    (
        "11",
        "an API key in a file that a run wrote",
        "tests/e2e/test_demonstration.py::"
        "test_no_file_that_a_run_wrote_and_no_command_line_holds_the_key",
    ),
    (
        "12",
        "an interval that says one thing, and a p value that says another",
        "tests/unit/stats/test_bootstrap.py::"
        "test_interval_and_p_value_never_contradict_each_other",
    ),
    (
        "14",
        "a quantile averaged over tracks",
        "tests/unit/benchmark/test_scores.py::test_a_quantile_is_of_one_track_alone",
    ),
)
_HEAD = "| what is put in | study | what comes of it | by | measured | limit |"
_INTRODUCTION = """\
# The gauntlet

A benchmark is worth what it does with bad data. Here the demonstration's data, which
raise no alarm, get one defect at a time and go through the stages of the workflow; the
tables say where each was stopped and by what, or that the answer stays within its own
95 % interval, Spearman's correlation of one variant per feature {spearman} with {low}
to {high}. The column "study" gives the fault that a
defect is or is like, as they are numbered at the end; "-" is none of these.

- **{fails}**: the run ends there, unless the config accepts that gate.
- **{refused}**: the run ends before that.
- **{crashes}**: rows that do not add up, which the program must not make.
- **{rows}**: they are counted with the reason; kept and left out add up to the input.
- **{same}**: the correlation is within the interval still.
- **{untold}**: the summary and the figures say so, and why.

These are {n} defects, and each ends in one of these ways. The last table has what
cannot be caught, since nothing in the data tells it.

`make gauntlet` writes this page, and a test compares it with what it finds.
"""


class Found(NamedTuple):
    """A defect, and what came of it."""

    defect: Defect
    result: Result


def go(world):
    """Put every defect in, one at a time; return a list of `Found`."""
    with tempfile.TemporaryDirectory() as folder:
        return [
            Found(defect, run(clean(world), folder, defect.change))
            for defect in DEFECTS + MORE
        ]


def outcome_of(found, unharmed, world):
    """Return what came of a defect, in the words of `gauntlet_list`, and by what.

    Parameters
    ----------
    found : Found
    unharmed : Result
        Of the data without a defect.
    world : World
    """
    result, expected = found.result, found.defect.by
    if result.failed:
        # The gates of a stage in their order.
        return FAILS, " ".join(name for name in GATES if name in result.failed)
    if result.error is not None:
        is_said = expected in result.error and "\n" not in result.error
        outcome = REFUSED if result.is_refused else CRASHES
        return outcome, expected if is_said else result.error
    assert result.n_kept + result.reasons.sum() == result.n_rows
    if result.told is not None:
        why = result.told["why"]
        if result.told["is_reportable"]:
            return MISSED, ""
        return UNTOLD, expected if expected in why else why
    more = result.reasons.sub(unharmed.reasons, fill_value=0)
    is_left_out = more.get(expected, 0) > 0 and result.n_put_in_kept == 0
    is_same = world.interval[0] <= result.spearman <= world.interval[1]
    if is_left_out and is_same:
        return ROWS, expected
    if is_same:
        return SAME, ""
    return (WARNS, " ".join(sorted(result.warned))) if result.warned else (MISSED, "")


def render(everything, unharmed, world):
    """Return the page as text.

    Parameters
    ----------
    everything : list of Found
    unharmed : Result
    world : World
    """
    low, high = world.interval
    text = _INTRODUCTION.format(
        spearman=f"{world.spearman:.3f}",
        low=f"{low:.3f}",
        high=f"{high:.3f}",
        fails=FAILS,
        refused=REFUSED,
        rows=ROWS,
        same=SAME,
        untold=UNTOLD,
        crashes=CRASHES,
        n=sum(each.defect.outcome != MISSED for each in everything),
    )
    lines = [text]
    for stage in dict.fromkeys(each.defect.stage for each in everything):
        lines += [f"## {stage}", "", _HEAD, "|---|---|---|---|---|---|"]
        lines += [
            _row(each, unharmed, world)
            for each in everything
            if each.defect.stage == stage
        ]
        lines.append("")
    lines += [
        "## What cannot be put in",
        "",
        "| what cannot happen | study | test |",
        "|---|---|---|",
    ]
    lines += [f"| {what} | {study} | `{test}` |" for study, what, test in BARRED]
    lines += ["", "## The faults", ""]
    lines += [f"{number}. {fault}" for number, fault in enumerate(STUDY, start=1)]
    return "\n".join(lines) + "\n"


def _row(found, unharmed, world):
    defect, result = found
    outcome, by = outcome_of(found, unharmed, world)
    # What is not caught is told with what helps, or why nothing can.
    by = defect.by if outcome == MISSED else by
    gates = result.named(FAIL if outcome == FAILS else WARN)
    if outcome in (FAILS, WARNS):
        names = by.split()
        by = "<br>".join(f"`{name}`" for name in names)
        measured = "<br>".join(_value(gates.loc[name]) for name in names)
        limit = "<br>".join(_limit(gates.loc[name]) for name in names)
    else:
        measured, limit = _numbers(outcome, result, defect, unharmed)
        if outcome in (REFUSED, CRASHES):
            by = f'"… {by} …"'
        if result.warned and outcome in (ROWS, SAME):
            warned = f"warns: `{'`, `'.join(sorted(result.warned))}`"
            by = f"{by}; {warned}" if by else warned
    cells = (defect.name, defect.study, outcome, by, measured, limit)
    return f"| {' | '.join(cells)} |"


def _numbers(outcome, result, defect, unharmed):
    if result.error:
        return "", ""
    rho = "" if np.isnan(result.spearman) else f"Spearman {result.spearman:.3f}"
    if outcome == ROWS:
        more = result.reasons[defect.by] - unharmed.reasons.get(defect.by, 0)
        return f"{more:.0f} rows left out; {rho}", ""
    return rho, ""


def _limit(row):
    sign = "at least" if GATES[row.name].is_low_bad else "at most"
    return f"{sign} {row['fail']:g}"


def _value(row):
    """Return a gate's number, with as many digits as tell it from the limit."""
    if abs(row["value"]) >= 1e4:
        return f"{row['value']:.0e}"
    texts = (f"{row['value']:.{digits}g}" for digits in range(2, 17))
    return next(text for text in texts if float(text) != row["fail"])


def demonstrated(folder):
    """Run the demonstration in a folder."""
    checkout(pathlib.Path(folder))
    snakemake(pathlib.Path(folder), ALPHAGENOME_API_KEY="")
    return folder


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="gauntlet.py", description=__doc__)
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--folder", help="where the demonstration has run already")
    options = parser.parse_args(arguments)
    # Gates that warn are in the page.
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        world = World(options.folder or demonstrated(folder))
        unharmed = run(clean(world), folder)
        page = render(go(world), unharmed, world)
    with atomic_path(options.page) as temporary:
        temporary.write_text(page)


if __name__ == "__main__":
    main()
