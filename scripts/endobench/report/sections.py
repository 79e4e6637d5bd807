"""The sections of a report in their order, and the alt texts of its figures."""

from typing import NamedTuple

import pandas as pd

from endobench.design.gates import GATES
from endobench.design.metrics import PRIMARY
from endobench.design.models import MODEL
from endobench.design.reasons import meaning_of
from endobench.design.tasks import CHANCE, MAGNITUDE, UNSIGNED, task_in

# Alternative texts of the figures, for screen readers.
FIGURES = {
    "waterfall": "Rows of the source, rows dropped for each reason, and rows kept",
    "ladder": "Agreement in steps from the published to the corrected protocol",
    "scatter": "Scatter plot of measured versus predicted effects, with statistics",
    "sign_agreement": "Share of pairs with equal signs by effect size",
    "abstention": "Share of right signs by the share of pairs that is answered",
    "calibration": "Measured effect by quantile of the predicted effect",
    "strata": "Forest plot of agreement in every stratum",
    "parts": "Forest plot of agreement in every part that should agree with the rest",
    "sweep": "Forest plot of agreement by window, scorer and track set",
    "tracks": "Agreement of each track, by rank",
    "baselines": "The model, baselines, nulls, controls and the noise ceiling",
    "precision_recall": "Precision-recall curves of positives against negatives",
    "leaderboard": "Forest plot of the models of every benchmark",
    "runs": "Forest plot of the primary result of every benchmark",
    "cost": "Time and memory of the jobs, and requests to the model",
}
# Those whose words differ if another assay measured the scores.
MEASURED = FIGURES | {
    "scatter": "Scatter plot of effects measured by two assays, with statistics",
    "calibration": "Measured effect by quantile of that of the other assay",
    "baselines": "The assay, baselines, nulls, controls and the noise ceiling",
}
# The figure "strata" of a whole dataset shows strata by effect size.
STRATA_BY_SIZE = "Agreement by effect size, of every benchmark"


def _every_row(frame, protocol):
    return frame


def _explained(frame, protocol):
    """Add what each reason means."""
    return frame.assign(meaning=frame["reason"].map(meaning_of))


# Verdicts of gates in the order of their table.
_VERDICTS = ("fail", "warn", "not_checked", "pass")


def _gates(frame, protocol):
    """Add what each gate measures; sort failures first, those of a protocol on top."""
    summaries = {name: gate.summary for name, gate in GATES.items()}
    order = pd.DataFrame(
        {
            "verdict": frame["verdict"].map(_VERDICTS.index),
            "other": frame["protocol"] != protocol,
        }
    )
    order = order.sort_values(["verdict", "other"], kind="stable").index
    return frame.assign(measure=frame["gate"].map(summaries)).loc[order]


def _not_passed(frame, protocol):
    return _gates(frame[frame["verdict"] != "pass"], protocol)


def _passed(frame, protocol):
    return _gates(frame[frame["verdict"] == "pass"], protocol)


def _primary_rows(frame, protocol):
    """Return the model's rows of the primary task, the prespecified stratum first."""
    here = frame[frame["protocol"] == protocol]
    task = task_in(here)
    strata = PRIMARY[task].strata
    is_asked = here["task"].isin([task, MAGNITUDE]) & (here["predictor"] == MODEL)
    rows = here[is_asked & here["stratum"].isin(strata)]
    return rows.sort_values(
        "stratum", key=lambda names: names != strata[0], kind="stable"
    )


def _strata_rows(frame, protocol):
    """Return the model's rows of the primary task in all strata."""
    here = frame[frame["protocol"] == protocol]
    is_asked = (here["task"] == task_in(here)) & (here["predictor"] == MODEL)
    return here[is_asked]


def _comparison_rows(frame, protocol):
    """Return the rows of the model and of what it is compared with."""
    here = frame[frame["protocol"] == protocol]
    tasks = {task_in(here), CHANCE, "control", "ceiling", "power", "published", "count"}
    return here[
        here["task"].isin(tasks)
        & (
            here["stratum"].isin(PRIMARY[task_in(here)].strata)
            | (here["task"] == "control")
        )
    ]


def _classes_rows(frame, protocol):
    """Return the rows of the unsigned task and the counts of both classes."""
    here = frame[frame["protocol"] == protocol]
    counts = here["metric"].isin(["positives", "negatives", "prevalence"])
    return here[(here["task"] == UNSIGNED) | counts]


def _curve_rows(name):
    """Return a function that returns the rows of a curve."""

    def chosen(frame, protocol):
        return frame[(frame["protocol"] == protocol) & (frame["curve"] == name)]

    return chosen


class TablePlan(NamedTuple):
    """A table of a section.

    Attributes
    ----------
    name : str
        Attribute of `inputs.Inputs`.
    caption : str
    choose : callable
        Returns the rows to show, given those of a dataset and the protocol of its first
        benchmark.
    folded_as : str
        Name of a table that is shown on request; empty for others.
    """

    name: str
    caption: str
    choose: callable
    folded_as: str = ""


class SectionPlan(NamedTuple):
    """The contents of a section.

    Attributes
    ----------
    key, title : str
    is_each : bool
        Whether each benchmark has its own figures; otherwise the dataset has one set.
    figures : tuple of str
        Keys of `FIGURES`.
    tables : tuple of TablePlan
    """

    key: str
    title: str
    is_each: bool
    figures: tuple
    tables: tuple


SECTIONS = (
    SectionPlan(
        key="gates",
        title="Quality gates",
        is_each=False,
        figures=(),
        tables=(
            TablePlan("gates", "Gates that did not pass, failures first", _not_passed),
            TablePlan("gates", "Gates that passed", _passed, "passed"),
        ),
    ),
    SectionPlan(
        key="waterfall",
        title="Rows kept and dropped",
        is_each=True,
        figures=("waterfall",),
        tables=(
            TablePlan("waterfall", "Rows by stage and reason", _explained),
            TablePlan(
                "losses",
                "Rows of the tables of scores and controls, by stage and reason",
                _explained,
            ),
        ),
    ),
    SectionPlan(
        key="ladder",
        title="From the published to the corrected protocol",
        is_each=False,
        figures=("ladder",),
        tables=(TablePlan("ladder", "All steps", _every_row),),
    ),
    SectionPlan(
        key="agreement",
        title="Primary result",
        is_each=True,
        figures=("scatter",),
        tables=(TablePlan("metrics", "Metrics of the scores", _primary_rows),),
    ),
    SectionPlan(
        key="sign",
        title="Sign agreement by effect size",
        is_each=True,
        figures=("sign_agreement",),
        tables=(
            TablePlan("curves", "Bins of effect size", _curve_rows("sign_agreement")),
        ),
    ),
    SectionPlan(
        key="abstention",
        title="Direction with abstention",
        is_each=True,
        figures=("abstention",),
        tables=(
            TablePlan(
                "curves", "Accuracy by share answered", _curve_rows("abstention")
            ),
        ),
    ),
    SectionPlan(
        key="strata",
        title="Strata",
        is_each=True,
        figures=("strata", "parts"),
        tables=(TablePlan("metrics", "The scores in every stratum", _strata_rows),),
    ),
    SectionPlan(
        key="settings",
        title="Windows, scorers and track sets",
        is_each=False,
        figures=("sweep", "strata"),
        tables=(
            TablePlan(
                "sweep",
                "All benchmarks, with their differences from the reference",
                _every_row,
            ),
        ),
    ),
    SectionPlan(
        key="tracks",
        title="Individual tracks",
        is_each=False,
        figures=("tracks",),
        tables=(TablePlan("ranking", "All tracks (exploratory)", _every_row),),
    ),
    SectionPlan(
        key="baselines",
        title="Baselines, nulls, controls and the noise ceiling",
        is_each=True,
        figures=("baselines",),
        tables=(
            TablePlan(
                "metrics",
                "The scores and what they are compared with",
                _comparison_rows,
            ),
            TablePlan("controls", "Verdicts of all controls", _every_row),
            TablePlan("differences", "Paired differences", _every_row),
        ),
    ),
    SectionPlan(
        key="calibration",
        title="Calibration by score quantile",
        is_each=True,
        figures=("calibration",),
        tables=(TablePlan("curves", "Bins of the score", _curve_rows("calibration")),),
    ),
    SectionPlan(
        key="classes",
        title="Positives and negatives",
        is_each=True,
        figures=("precision_recall",),
        tables=(TablePlan("metrics", "Classification of positives", _classes_rows),),
    ),
)
