"""The conclusion of a benchmark, and whether it may be reported."""

from typing import NamedTuple

import pandas as pd

from endobench.benchmark.controls import CONTROL, SEQUENCE
from endobench.core.columns import CONCLUSIONS, CONTROLS
from endobench.design.conclusions import (
    AGREEMENT,
    DISAGREEMENT,
    EXCEPTION,
    EXCEPTIONS,
    NO,
    NO_AGREEMENT,
    UNDEFINED,
    YES,
)
from endobench.design.gates import FAILING, GATES
from endobench.design.metrics import PRIMARY, words_of
from endobench.design.models import MODEL, is_assay, is_standin, is_table
from endobench.design.tasks import ALL_PAIRS, UNSIGNED, notes_on, task_in
from endobench.evaluate.conditions.judge import outcomes
from endobench.evaluate.conditions.outcome import (
    FAILS,
    NOT_JUDGED,
    PASSES,
    POSITIVE,
    SPIKE_IN,
    DeclaredControl,
)
from endobench.stats.analytic import MIN_PAIRS
from endobench.stats.bootstrap import MIN_BLOCKS

NOT_DECLARED = DeclaredControl()
NOT_ASKED = (
    "scores of a table: no model was asked again, so that scores of the wrong variants"
    " are not excluded"
)
# Without these, no agreement may mean that none could have been found.
_NEEDED_FOR_NONE = (POSITIVE, SEQUENCE, SPIKE_IN)
_ROW = ("value", "ci_low", "ci_high", "p", "n")
_NUMBERS = (*_ROW, "n_eff")


class Concluded(NamedTuple):
    """The conclusions of a benchmark, and the controls on which they rest.

    Attributes
    ----------
    conclusions : pandas.DataFrame
        In the columns of `columns.CONCLUSIONS`.
    controls : pandas.DataFrame
        In the columns of `columns.CONTROLS`.
    """

    conclusions: pd.DataFrame
    controls: pd.DataFrame


def conclusions_of(metrics, gates, differences=None, declared=NOT_DECLARED):
    """Return the conclusions of `conclude`, in the columns of `columns.CONCLUSIONS`."""
    return conclude(metrics, gates, differences, declared).conclusions


def conclude(metrics, gates, differences=None, declared=NOT_DECLARED):
    """Draw the conclusion of a benchmark in each main stratum of its task.

    The finding follows from the interval of the primary metric: agreement above its null,
    disagreement below it, no agreement around it. The task is signed; magnitude if the
    effect allele is not known; unsigned if effects are labels. `why` names what was left
    out.

    ``is_reportable`` is "no" if a gate fails that is not accepted, or a control fails. It
    is "with exceptions", which `why` names, if a gate fails that is accepted, a gate warns
    (`Gate.is_exception`), scores are those of a table, no external control is named, or a
    control cannot be judged. No agreement further needs a positive control, scores that
    follow the sequence, and a spike-in that is detected: without them it is not reportable.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark.
    gates : pandas.DataFrame
        In the columns of `columns.GATES`, of the same benchmark.
    differences : pandas.DataFrame, optional
        In the columns of `columns.DIFFERENCES`, of the same benchmark.
    declared : outcome.DeclaredControl
        The positive control that the config names.

    Returns
    -------
    Concluded
    """
    task = task_in(metrics)
    primary = PRIMARY[task]
    found = metrics[
        (metrics["task"] == task)
        & (metrics["predictor"] == MODEL)
        & (metrics["metric"] == primary.metric)
    ].set_index("stratum")
    gate_names = _failing_gates(gates)
    of_doubt = [name for name, gate in GATES.items() if gate.is_exception]
    doubted = gates[gates["gate"].isin(of_doubt) & (gates["verdict"] == "warn")]
    doubted = doubted.drop_duplicates("gate")
    rows, controls = [], []
    for stratum in primary.strata:
        row = found.loc[stratum]
        finding = _finding(row, primary.null)
        judged = outcomes(metrics, differences, declared, stratum, task, finding)
        lacking = _lacking_class(metrics) if task == UNSIGNED else None
        is_reportable, reasons = _verdict(
            row, task, finding, judged, gate_names, doubted, lacking
        )
        notes = notes_on(task, row["scorer"], metrics["stratum"])
        notes += _notes(row["model"], gates, judged, declared)
        benchmark = {name: row[name] for name in ("dataset", "protocol", "model")}
        rows.append(
            {
                **benchmark,
                **{name: row[name] for name in _NUMBERS},
                "stratum": stratum,
                "task": task,
                "metric": primary.metric,
                "finding": finding or UNDEFINED,
                "is_reportable": is_reportable,
                "why": "; ".join(reasons + notes),
            }
        )
        controls += [
            {**benchmark, "stratum": stratum, **_described(each)} for each in judged
        ]
    return Concluded(
        pd.DataFrame(rows, columns=CONCLUSIONS.names),
        pd.DataFrame(controls, columns=CONTROLS.names).astype({"n": "Int64"}),
    )


def _described(outcome):
    """Return a control's columns of `columns.CONTROLS`."""
    row = outcome.row
    numbers = {} if row is None else {name: getattr(row, name) for name in _ROW}
    return {
        "control": outcome.control,
        "state": outcome.state,
        "evidence": outcome.evidence,
        **numbers,
    }


def _verdict(row, task, finding, judged, gate_names, doubted, lacking):
    """Return whether a conclusion is reportable, and why, as a list of reasons."""
    refused, accepted = gate_names
    against = [f"{FAILING}: {', '.join(refused)}"] if len(refused) else []
    exceptions = []
    if finding is None:
        against.append(lacking or _reason_without_interval(row, task))
    for each in judged:
        is_needed = finding == NO_AGREEMENT and each.control in _NEEDED_FOR_NONE
        if each.state == FAILS or (each.state == NOT_JUDGED and is_needed):
            against.append(each.evidence)
        elif each.state == NOT_JUDGED:
            exceptions.append(each.evidence)
    if finding == NO_AGREEMENT and task == UNSIGNED:
        against.append("no agreement with labels, which have no spike-in control")
    exceptions += [_doubt(each) for each in doubted.itertuples()]
    if is_table(row["model"]) and not is_assay(row["model"]):
        exceptions.append(NOT_ASKED)
    if len(accepted):
        exceptions.append(f"{FAILING} that are accepted: {', '.join(accepted)}")
    named = [f"{EXCEPTION}{each}" for each in exceptions]
    if against:
        return NO, against + named
    reason = _reason_for(finding, PRIMARY[task].null, len(accepted) > 0)
    return (EXCEPTIONS if named else YES), [reason, *named]


def _doubt(row):
    """Return in words what a gate's warning leaves open."""
    if GATES[row.gate].stage == CONTROL:
        return f"the control may not be independent: {row.evidence}"
    return f"gate {row.gate} warns: {row.evidence}"


def _failing_gates(gates):
    """Return the failing gates that are not accepted, and those that are, by name."""
    failing = gates[gates["verdict"] == "fail"]
    is_accepted = failing["is_accepted"].astype("boolean").fillna(False).astype(bool)
    names = failing["gate"]
    return names[~is_accepted].drop_duplicates(), names[is_accepted].drop_duplicates()


def _finding(row, null):
    """Return the finding of an interval, or None without one."""
    if pd.isna(row["ci_low"]):
        return None
    if row["ci_low"] > null:
        return AGREEMENT
    return DISAGREEMENT if row["ci_high"] < null else NO_AGREEMENT


def _reason_for(finding, null, has_accepted):
    """Return why a conclusion is reportable."""
    gates = "no other gate fails" if has_accepted else "no gate fails"
    if finding == NO_AGREEMENT:
        return f"{gates}, no control fails, and the spike-in is detected"
    excluded = f"{null:g}" if null else "zero"
    return f"{gates}, no control fails, and the interval excludes {excluded}"


def _reason_without_interval(row, task):
    """Return why the primary metric has no interval."""
    n, n_blocks = (f"{row[name]:,.0f}" for name in ("n", "n_blocks"))
    if row["n"] < MIN_PAIRS or row["n_blocks"] < MIN_BLOCKS:
        return (
            f"no interval: at least {MIN_PAIRS} pairs in {MIN_BLOCKS} blocks needed,"
            f" {n} in {n_blocks} found (key 'ld_blocks')"
        )
    name = words_of(task)[row["metric"]]
    if pd.isna(row["value"]):
        cause = f"{name} is undefined, effects or scores are constant"
    elif row["value"] == PRIMARY[task].null and row["value"]:
        cause = (
            f"{name} is {row['value']:g}, as of constant scores, or undefined in many"
            " resamples"
        )
    else:
        cause = f"{name} is at the limit of its range, or undefined in many resamples"
    return f"no interval: {cause} ({n} pairs in {n_blocks} blocks)"


def _lacking_class(metrics):
    """Return in words that positives or negatives are missing, or None."""
    counts = metrics[(metrics["task"] == "count") & (metrics["stratum"] == ALL_PAIRS)]
    counts = counts.drop_duplicates("metric").set_index("metric")["value"]
    numbers = [counts.get(name) for name in ("positives", "negatives")]
    if None in numbers or all(numbers):
        return None
    found = " and ".join(
        f"{number:,.0f} {name}"
        for number, name in zip(numbers, ("positives", "negatives"), strict=True)
    )
    return f"no interval: {found} have a score, and both are needed (key 'classes')"


def _notes(model, gates, judged, declared):
    """Return notes that apply to any finding."""
    notes = []
    if is_standin(model):
        notes.append("stand-in model: no evidence about AlphaGenome")
    if is_assay(model):
        notes.append("a control between assays, not an answer of a model")
    n_unchecked = gates.loc[gates["verdict"] == "not_checked", "gate"].nunique()
    if n_unchecked:
        noun = "gate" if n_unchecked == 1 else "gates"
        notes.append(f"{n_unchecked} {noun} had nothing to check")
    for each in judged:
        if each.control == POSITIVE and each.state == PASSES:
            notes.append(_with_shared(each, gates, declared))
    return notes


def _with_shared(outcome, gates, declared):
    """Return what a positive control found, and what it shares with the effects."""
    n = outcome.row.n_variants
    shared = [] if pd.isna(n) else [f"{n:,.0f} variants"]
    of_features = gates[gates["gate"] == "control_features"]
    if len(of_features) and pd.notna(of_features["value"].iloc[0]):
        share = of_features["value"].iloc[0]
        shared.append(
            f"the features of {100 * share:.1f} % of them" if share else "no feature"
        )
    shared += [declared.shared] if declared.shared else []
    if not shared:
        return outcome.evidence
    return f"{outcome.evidence}, which shares {', '.join(shared)} with the effects"
