"""Introduce every defect into the demonstration, one at a time, and write the outcomes.

As a program it writes the page: ``python -m gauntlet.page resources/docs/gauntlet.md``.
"""

import argparse
import logging
import pathlib
import tempfile
from typing import NamedTuple

import numpy as np
from endobench.core.files import atomic_path
from endobench.design.conclusions import EXCEPTIONS, NO, YES
from endobench.design.gates import GATES
from endobench.gates.verdicts import FAIL, WARN
from gauntlet.alter_table import TABLE
from gauntlet.batch_defects import OF_BATCHES
from gauntlet.chosen_defects import OF_CHOICE
from gauntlet.control_defects import OF_CONTROLS
from gauntlet.defect import (
    CRASHES,
    EXCEPTED,
    FAILS,
    LIMIT,
    MISSED,
    REFUSED,
    ROWS,
    SAME,
    STUDY,
    UNCLAIMED,
    UNREPORTABLE,
    WARNS,
    Defect,
)
from gauntlet.effect_defects import DEFECTS
from gauntlet.further_defects import FURTHER
from gauntlet.input_defects import MORE
from gauntlet.leak_defects import LEAKS
from gauntlet.part_defects import PART
from gauntlet.pipeline import Result, World, clean, run
from gauntlet.statistics_defects import OF_NUMBERS, OF_STATISTICS
from workflow import checkout, snakemake

ALL_DEFECTS = [
    *DEFECTS,
    *TABLE,
    *OF_CONTROLS,
    *MORE,
    *PART,
    *LEAKS,
    *OF_STATISTICS,
    *FURTHER,
    *OF_BATCHES,
    *OF_CHOICE,
    *OF_NUMBERS,
]
STAGES = sorted(
    dict.fromkeys(each.stage for each in ALL_DEFECTS), key=lambda each: each == LIMIT
)
# Faults that no input can cause: the study's fault, what it is, the test that shows it.
BARRED = (
    (
        "1",
        "a column taken by its position",
        "tests/unit/sources/test_read.py::test_column_order_decides_nothing",
    ),
    (
        "3",
        "tracks taken by their position in an answer of another order",
        "tests/unit/model/test_scorers.py::test_tracks_in_another_order_are_refused",
    ),
    (
        "5",
        "a variant asked for once per pair",
        "tests/unit/benchmark/test_scores.py::test_two_sources_of_one_variant_get_its_one_answer",
    ),
    (
        "6",
        "an invented number in place of a failed call",
        "tests/e2e/test_faults.py::test_ten_poisoned_variants_are_ten_failures",
    ),
    (
        "8",
        "bases padded or lost next to an indel",
        "tests/unit/genome/test_alleles.py::test_alt_is_a_window_of_the_edited_chromosome",
    ),
    (
        "10",
        "a row that disappears",
        "tests/unit/benchmark/test_account.py::test_kept_and_dropped_add_up_to_the_input",
    ),
    (
        "11",
        "an API key in a file that a run wrote",
        "tests/e2e/test_demonstration.py::"
        "test_no_file_that_a_run_wrote_and_no_command_line_holds_the_key",
    ),
    (
        "12",
        "an interval and a p value that contradict each other",
        "tests/unit/stats/test_bootstrap.py::"
        "test_interval_and_p_value_never_contradict_each_other",
    ),
    (
        "14",
        "a quantile averaged over tracks",
        "tests/unit/benchmark/test_scores.py::test_a_quantile_is_of_one_track_alone",
    ),
)
_CONCLUDED = {YES: SAME, EXCEPTIONS: EXCEPTED, NO: UNREPORTABLE}
_HEAD = "| defect | study | outcome | caught by | measured | limit |"
_INTRODUCTION = """\
# The gauntlet

What does this workflow do with bad data? The demonstration's data, which raise no alarm,
receive one defect at a time and go through the stages of the workflow. The tables show
what caught each defect, or that the result stands: Spearman's correlation of one variant
per feature is {spearman} [{low}, {high}] without a defect, and stays within this 95 %
interval. The column "study" gives the fault of the published study that a defect is or
resembles, as numbered at the end; "-" means none.

- **{fails}**: the run ends at the gate or, for gates of parts, the number is not
  reportable, unless the config accepts it.
- **{refused}**: the run ends with an error message, without a gate.
- **{crashes}**: the rows do not add up, which the program itself must prevent.
- **{rows}**: they are counted with their reason; kept and dropped add up to the input.
- **{same}**: the correlation stays within the interval.
- **{unreportable}**: the summary and the figures say so, and why.
- **{unclaimed}**: the number that it could mislead has the right interval or chance.

Each of {n} defects has one of these outcomes. The last table of defects has what cannot
be caught, because nothing in the data reveals it.
"""
_END = """\
`make gauntlet` writes this page, and the tests in `tests/e2e/gauntlet` compare it with what
they find. **Next:** [every gate and its thresholds](../../config/README.md#gates),
[when a number is reportable](numbers/reportable.md)."""


class Found(NamedTuple):
    """A defect, and how far the altered data came."""

    defect: Defect
    result: Result


def found_in(world, defect):
    """Introduce a defect, and return what was found."""
    return Found(defect, run(clean(world), defect.change))


def outcome_of(found, unharmed, world):
    """Return the outcome of a defect, a constant of `defect`, and what caught it.

    Parameters
    ----------
    found : Found
    unharmed : Result
        Of the data without a defect.
    world : World
    """
    result, expected = found.result, found.defect.by
    if failed := result.failed:
        # In the order in which the gates are declared.
        return FAILS, " ".join(name for name in GATES if name in failed)
    if result.error is not None:
        is_expected = expected in result.error and "\n" not in result.error
        outcome = REFUSED if result.is_refused else CRASHES
        return outcome, expected if is_expected else result.error
    assert result.n_kept + result.reasons.sum() == result.n_rows
    if found.defect.is_right:
        return (UNCLAIMED, expected) if found.defect.is_right(result) else (MISSED, "")
    if result.conclusion is not None:
        why = result.conclusion["why"]
        outcome = _CONCLUDED[result.conclusion["is_reportable"]]
        if outcome != SAME:
            return outcome, expected if expected in why else why
    more = result.reasons.sub(unharmed.reasons, fill_value=0)
    is_dropped = more.get(expected, 0) > 0 and result.n_changed_kept == 0
    is_same = world.interval[0] <= result.spearman <= world.interval[1]
    if is_dropped and is_same:
        return ROWS, expected
    if is_same:
        return SAME, ""
    return (WARNS, " ".join(sorted(result.warned))) if result.warned else (MISSED, "")


def render(world):
    """Introduce every defect, one at a time, and return the page as text."""
    unharmed = run(clean(world))
    sections = [
        section([found_in(world, each) for each in defects_of(stage)], unharmed, world)
        for stage in STAGES
    ]
    return "\n".join([introduction(world), *sections, conclusion()])


def defects_of(*stages):
    """Return the defects of some stages, in the order of the page."""
    return [each for each in ALL_DEFECTS if each.stage in stages]


def introduction(world, is_exact=False):
    """Return the first part of the page.

    Parameters
    ----------
    world : World
    is_exact : bool
        Whether measured numbers have all their digits, for a comparison.
    """
    low, high = world.interval
    return _INTRODUCTION.format(
        spearman=_correlation(world.spearman, is_exact),
        low=_correlation(low, is_exact),
        high=_correlation(high, is_exact),
        fails=FAILS,
        refused=REFUSED,
        rows=ROWS,
        same=SAME,
        unreportable=UNREPORTABLE,
        unclaimed=UNCLAIMED,
        excepted=EXCEPTED,
        crashes=CRASHES,
        n=sum(each.outcome != MISSED for each in ALL_DEFECTS),
    )


def section(found, unharmed, world, is_exact=False):
    """Return the part of the page on a stage.

    Parameters
    ----------
    found : list of Found
        Of all defects of the stage.
    unharmed : Result
    world : World
    is_exact : bool
        See `introduction`.
    """
    rows = [_row(each, unharmed, world, is_exact) for each in found]
    head = [f"## {found[0].defect.stage}", "", _HEAD, "|---|---|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def conclusion():
    """Return the last part of the page: what cannot happen, and the study's faults."""
    lines = [
        "## What cannot happen",
        "",
        "| fault that no input can cause | study | test |",
        "|---|---|---|",
    ]
    lines += [f"| {what} | {study} | `{test}` |" for study, what, test in BARRED]
    lines += ["", "## The faults of the study", ""]
    lines += [f"{number}. {fault}" for number, fault in enumerate(STUDY, start=1)]
    lines += ["", _END]
    return "\n".join(lines) + "\n"


def _row(found, unharmed, world, is_exact):
    defect, result = found
    outcome, by = outcome_of(found, unharmed, world)
    # A defect that is missed has no gate to name, but a reason.
    by = defect.by if outcome == MISSED else by
    gates = result.named(FAIL if outcome == FAILS else WARN)
    if outcome in (FAILS, WARNS):
        names = by.split()
        by = "<br>".join(f"`{name}`" for name in names)
        measured = "<br>".join(_value(gates.loc[name], is_exact) for name in names)
        limit = "<br>".join(_limit(gates.loc[name]) for name in names)
    else:
        measured, limit = _numbers(found, outcome, unharmed, is_exact)
        if outcome in (REFUSED, CRASHES):
            by = f'"… {by} …"'
        if result.warned and outcome in (ROWS, SAME):
            warned = f"warns: `{'`, `'.join(sorted(result.warned))}`"
            by = f"{by}; {warned}" if by else warned
    cells = (defect.name, defect.study, outcome, by, measured, limit)
    return f"| {' | '.join(cells)} |"


def _numbers(found, outcome, unharmed, is_exact):
    defect, result = found
    if result.error:
        return "", ""
    rho = ""
    if not np.isnan(result.spearman):
        rho = f"Spearman {_correlation(result.spearman, is_exact)}"
    if outcome == ROWS:
        more = result.reasons[defect.by] - unharmed.reasons.get(defect.by, 0)
        return f"{more:.0f} rows dropped; {rho}", ""
    return rho, ""


def _correlation(value, is_exact):
    if is_exact:
        return repr(float(value))
    # Two digits at least, as `rounded.is_rounded` expects.
    return f"{value:.3f}" if abs(value) >= 0.01 else f"{value:.2g}"


def _limit(row):
    sign = "at least" if GATES[row.name].is_low_bad else "at most"
    return f"{sign} {row['fail']:g}"


def _value(row, is_exact):
    """Return a gate's number, with enough digits to differ from the limit."""
    if is_exact:
        return repr(float(row["value"]))
    if abs(row["value"]) >= 1e4:
        return f"{row['value']:.1e}"
    texts = (f"{row['value']:.{digits}g}" for digits in range(2, 17))
    # A value equal to the limit passes it, and can warn.
    digits = (text for text in texts if float(text) != row["fail"])
    return next(digits, f"{row['value']:g}")


def demonstrated(folder):
    """Run the demonstration in a folder, and return the folder."""
    checkout(pathlib.Path(folder))
    snakemake(pathlib.Path(folder), ALPHAGENOME_API_KEY="")
    return folder


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="gauntlet.page", description=__doc__)
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("--folder", help="where the demonstration has already run")
    options = parser.parse_args(arguments)
    # The page lists the gates that warn.
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        page = render(World(options.folder or demonstrated(folder)))
    with atomic_path(options.page) as temporary:
        temporary.write_text(page)


if __name__ == "__main__":
    main()
