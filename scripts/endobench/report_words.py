"""A report's sections in their order, the heads of its tables, and its figures in words."""

from typing import NamedTuple

from endobench.predictors import MODEL
from endobench.tasks import ANSWERS, UNSIGNED, task_in

# What a figure shows, for who does not see it.
FIGURES = {
    "gates": "Every gate's verdict, with its value on the way from warn to fail",
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

_NUMBER = {
    "value": "value",
    "ci_low": "95 % from",
    "ci_high": "to",
    "p": "p",
    "n": "pairs",
    "n_variants": "variants",
}
_BENCHMARK = {
    "protocol": "protocol",
    "track_set": "tracks",
    "scorer": "scorer",
    "window_bp": "window, bp",
}
_DIFFERENCE = {
    "difference": "difference",
    "difference_low": "difference from",
    "difference_high": "difference to",
    "difference_p": "p of the difference",
    "n_shared": "shared pairs",
}
# Column of the contract, then its head.
HEADS = {
    "summary": {
        "protocol": "protocol",
        "stratum": "of",
        "answer": "answer",
        "is_reportable": "reportable",
        "n_pairs": "pairs",
        "n_variants": "variants",
        "n_eff": "effective n",
        "spearman": "Spearman",
        "spearman_ci_low": "95 % from",
        "spearman_ci_high": "to",
        "spearman_p": "p",
        "sign_agreement": "same sign",
        "auroc": "auROC",
        "auroc_ci_low": "auROC 95 % from",
        "auroc_ci_high": "auROC to",
        "auroc_p": "p of auROC",
        "auprc": "auPRC",
        "prevalence": "prevalence",
    },
    "gates": {
        "protocol": "protocol",
        "stage": "of",
        "gate": "gate",
        "verdict": "verdict",
        "value": "value",
        "warn": "warns at",
        "fail": "fails at",
        "n": "looked at",
        "evidence": "evidence",
        "is_accepted": "accepted",
        "is_enforced": "enforced",
    },
    "waterfall": {
        "protocol": "protocol",
        "stage": "stage",
        "reason": "reason",
        "n_pairs": "rows",
        "n_variants": "variants",
    },
    "ladder": {
        "step": "step",
        "name": "changed",
        "change": "how",
        "metric": "metric",
        "value": "value",
        "ci_low": "95 % from",
        "ci_high": "to",
        "n": "pairs",
        "difference": "change",
        "difference_low": "change from",
        "difference_high": "change to",
        "difference_p": "p of it",
        "n_shared": "shared pairs",
        "shared_difference": "change of these",
        "is_reportable": "reportable",
    },
    "metrics": {
        "task": "task",
        "stratum": "of",
        "predictor": "predictor",
        "metric": "metric",
        **_NUMBER,
        "p_adjusted": "p, adjusted",
        "n_blocks": "blocks",
        "n_eff": "effective n",
        "design_effect": "design effect",
        "is_primary": "named beforehand",
    },
    "curves": {
        "stratum": "of",
        "y": "what",
        "bin": "bin",
        "x_low": "bin from",
        "x_high": "bin to",
        "x": "median",
        "value": "value",
        "ci_low": "95 % from",
        "ci_high": "to",
        "n": "pairs",
        "n_variants": "variants",
        "n_blocks": "blocks",
    },
    "sweep": {
        **_BENCHMARK,
        "task": "task",
        "stratum": "of",
        "metric": "metric",
        **_NUMBER,
        "p_adjusted": "p, adjusted",
        "n_eff": "effective n",
        **_DIFFERENCE,
        "difference_p_adjusted": "adjusted p of it",
    },
    "ranking": {
        "track": "track",
        "ontology_curie": "CURIE",
        "biosample": "biosample",
        "target": "target",
        "stratum": "of",
        "metric": "metric",
        **_NUMBER,
        "p_adjusted": "p, adjusted",
        "n_blocks": "blocks",
        "is_in_set": "in the set",
    },
    "differences": {
        "protocol": "protocol",
        "comparison": "of",
        "task": "task",
        "stratum": "among",
        "a": "a",
        "b": "b",
        "metric": "metric",
        "value_a": "value of a",
        "value_b": "value of b",
        "difference": "b minus a",
        "ci_low": "95 % from",
        "ci_high": "to",
        "p": "p",
        "p_adjusted": "p, adjusted",
        "n_shared": "shared pairs",
    },
    "runs": {
        "run": "run",
        "dataset": "dataset",
        **_BENCHMARK,
        "model": "model",
        "stratum": "of",
        "metric": "metric",
        **_NUMBER,
        "n_eff": "effective n",
        "answer": "answer",
        "is_reportable": "reportable",
        **_DIFFERENCE,
        "n_other_effects": "other effects",
    },
    "scoring": {
        "name": "scoring",
        "n_variants": "variants",
        "n_remembered": "remembered",
        "n_asked": "asked",
        "n_calls": "calls",
        "n_from_atlas": "from the Atlas",
        "n_failed": "failed",
        "total_s": "seconds of jobs",
        "model": "model",
    },
    "rule": {
        "name": "rule",
        "n_jobs": "jobs",
        "total_s": "seconds in all",
        "longest_s": "longest, s",
        "cpu_s": "CPU, s",
        "peak_rss_mb": "peak memory, MB",
    },
    "loci": {
        "dataset": "dataset",
        "why": "why",
        "feature_id": "feature",
        "effect": "effect",
        "effect_se": "error",
        "p_value": "p",
        "score": "score",
        "quantile": "quantile",
        "track_set": "tracks",
        "scorer": "scorer",
        "window_bp": "window, bp",
        "model": "model",
    },
    "inputs": {
        "name": "input",
        "location": "from",
        "build": "build",
        "licence": "licence",
        "bytes": "bytes",
        "sha256": "SHA-256",
        "is_as_declared": "as declared",
        "retrieved": "retrieved",
    },
}


def _all(frame, protocol):
    return frame


def _answer_rows(frame, protocol):
    """Return the model's numbers of the task that a benchmark's answer is of."""
    here = frame[frame["protocol"] == protocol]
    task = task_in(here)
    is_asked = (here["task"] == task) & (here["predictor"] == MODEL)
    return here[is_asked & here["stratum"].isin(ANSWERS[task].strata)]


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
            here["stratum"].isin(ANSWERS[task_in(here)].strata)
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
        Name in `material.Material`, caption, and which of its rows, of a dataset and
        the protocol of its first benchmark.
    """

    key: str
    title: str
    is_each: bool
    figures: tuple
    tables: tuple


SECTIONS = (
    Asked("gates", "The gates", False, ("gates",), (("gates", "Every gate", _all),)),
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
