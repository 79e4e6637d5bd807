"""A report's sections in their order, and its figures in words."""

from typing import NamedTuple

from endobench.design.gates import GATES
from endobench.design.metrics import PRIMARY
from endobench.design.models import MODEL
from endobench.design.tasks import MAGNITUDE, UNSIGNED, task_in

# What a figure shows, for who does not see it.
FIGURES = {
    "gates": "Every gate with its thresholds, its value and its verdict",
    "waterfall": "Rows of the source, those dropped for each reason, and those kept",
    "ladder": "Agreement in steps from the published protocol to the corrected one",
    "scatter": "Measured effects against predicted ones, with the numbers beside them",
    "sign_agreement": "Share of pairs with the same sign, by the size of the effect",
    "calibration": "Measured effects by quantile of the predicted ones",
    "strata": "Agreement in every stratum, as a forest",
    "sweep": "Agreement of every window, scorer and set of tracks, as a forest",
    "tracks": "Agreement of every single track, by rank",
    "baselines": "The model beside baselines, nulls, controls and the noise ceiling",
    "precision_recall": "Precision against recall of positives among negatives",
    "runs": "Every benchmark of this run and of others, as a forest",
    "cost": "Time and memory of the jobs, and what was asked",
}
# Of a whole dataset the strata are those by size, of every benchmark.
STRATA_BY_SIZE = "Agreement by the size of the effect, of every benchmark"


def _all(frame, protocol):
    return frame


def _measured(frame, protocol):
    """Say of every gate what its number is."""
    summaries = {name: gate.summary for name, gate in GATES.items()}
    return frame.assign(measure=frame["gate"].map(summaries))


def _answer_rows(frame, protocol):
    """Return the model's numbers of the task that a benchmark's answer is of."""
    here = frame[frame["protocol"] == protocol]
    task = task_in(here)
    strata = PRIMARY[task].strata
    is_asked = here["task"].isin([task, MAGNITUDE]) & (here["predictor"] == MODEL)
    rows = here[is_asked & here["stratum"].isin(strata)]
    # What was named beforehand comes first.
    return rows.sort_values(
        "stratum", key=lambda names: names != strata[0], kind="stable"
    )


def _strata_rows(frame, protocol):
    here = frame[frame["protocol"] == protocol]
    is_asked = (here["task"] == task_in(here)) & (here["predictor"] == MODEL)
    return here[is_asked]


def _beside(frame, protocol):
    """Return what a benchmark's model is held against."""
    here = frame[frame["protocol"] == protocol]
    tasks = {task_in(here), "null", "control", "ceiling", "power", "published", "count"}
    return here[
        here["task"].isin(tasks)
        & (
            here["stratum"].isin(PRIMARY[task_in(here)].strata)
            | (here["task"] == "control")
        )
    ]


def _classes_rows(frame, protocol):
    here = frame[frame["protocol"] == protocol]
    counts = here["metric"].isin(["positives", "negatives", "prevalence"])
    return here[(here["task"] == UNSIGNED) | counts]


def _curve(name):
    def chosen(frame, protocol):
        return frame[(frame["protocol"] == protocol) & (frame["curve"] == name)]

    return chosen


class Asked(NamedTuple):
    """What a section shows.

    Attributes
    ----------
    key, title : str
    is_each : bool
        Whether each benchmark has its own figures, or the dataset has.
    figures : tuple of str
    tables : tuple of (str, str, callable)
        Name in `inputs.Inputs`, caption, and which of its rows, of a dataset and
        the protocol of its first benchmark.
    """

    key: str
    title: str
    is_each: bool
    figures: tuple
    tables: tuple


SECTIONS = (
    Asked(
        "gates", "The gates", False, ("gates",), (("gates", "Every gate", _measured),)
    ),
    Asked(
        "waterfall",
        "What became of every row",
        True,
        ("waterfall",),
        (("waterfall", "Rows by stage and reason", _all),),
    ),
    Asked(
        "ladder",
        "From the published protocol to the corrected one",
        False,
        ("ladder",),
        (("ladder", "Every step", _all),),
    ),
    Asked(
        "agreement",
        "The primary correlation",
        True,
        ("scatter",),
        (("metrics", "The model's numbers", _answer_rows),),
    ),
    Asked(
        "sign",
        "Same sign, by the size of the effect",
        True,
        ("sign_agreement",),
        (("curves", "Bins of the size of the effect", _curve("sign_agreement")),),
    ),
    Asked(
        "strata",
        "Strata",
        True,
        ("strata",),
        (("metrics", "The model in every stratum", _strata_rows),),
    ),
    Asked(
        "settings",
        "Windows, scorers and sets of tracks",
        False,
        ("sweep", "strata"),
        (("sweep", "Every benchmark, and its difference from the first", _all),),
    ),
    Asked(
        "tracks",
        "Every single track",
        False,
        ("tracks",),
        (("ranking", "Every track, exploratory", _all),),
    ),
    Asked(
        "baselines",
        "Baselines, nulls, controls and the noise ceiling",
        True,
        ("baselines",),
        (
            ("metrics", "What the model is held against", _beside),
            ("differences", "Paired differences", _all),
        ),
    ),
    Asked(
        "calibration",
        "Calibration by quantile",
        True,
        ("calibration",),
        (("curves", "Bins of the score", _curve("calibration")),),
    ),
    Asked(
        "classes",
        "Positives and negatives",
        True,
        ("precision_recall",),
        (("metrics", "Telling them apart", _classes_rows),),
    ),
)
