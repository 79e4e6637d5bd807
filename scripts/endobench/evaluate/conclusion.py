"""The conclusion of a benchmark, and whether it may be reported."""

import pandas as pd

from endobench.benchmark.controls import CONTROL, SEQUENCE
from endobench.core.columns import CONCLUSIONS
from endobench.design.gates import FAILING
from endobench.design.metrics import PRIMARY, words_of
from endobench.design.models import MODEL, is_standin
from endobench.design.tasks import UNSIGNED, notes_on, task_in
from endobench.stats.analytic import MIN_PAIRS
from endobench.stats.bootstrap import MIN_BLOCKS

AGREEMENT, DISAGREEMENT, NULL = "agreement", "disagreement", "null"
SPIKE_IN, SHAM = "spike_in", "sham"
# A null is reportable only if the spike-in is detected in this share of trials.
LEAST_DETECTED = 0.8
# Controls that every benchmark has; any other one is a positive control.
BUILT_IN = (SPIKE_IN, SHAM, SEQUENCE)


def conclusions_of(metrics, gates):
    """Draw the conclusion of a benchmark in each main stratum of its task.

    The finding follows from the interval of the primary metric: agreement above its null,
    disagreement below it, null around it. The task is signed; magnitude if the effect
    allele is not known; unsigned if effects are labels. `why` names what was left out.

    A conclusion is not reportable if a gate fails that is not accepted. A null further
    requires that the positive control passes (effects agree with those of another
    assay), that scores follow the sequence (they correlate with motif changes), and that
    the spike-in is detected.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark.
    gates : pandas.DataFrame
        In the columns of `columns.GATES`, of the same benchmark.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.CONCLUSIONS`.
    """
    task = task_in(metrics)
    primary = PRIMARY[task]
    found = metrics[
        (metrics["task"] == task)
        & (metrics["predictor"] == MODEL)
        & (metrics["metric"] == primary.metric)
    ].set_index("stratum")
    refused, accepted = _failing_gates(gates)
    rows = []
    for stratum in primary.strata:
        row = found.loc[stratum]
        finding = _finding(row, primary.null)
        against = [f"{FAILING}: {', '.join(refused)}"] if len(refused) else []
        if finding == NULL:
            against += _reasons_against_null(metrics, stratum, task)
        elif finding is None:
            against.append(_reason_without_interval(row, task))
        reasons = against or [_reason_for(finding, primary.null, len(accepted) > 0)]
        notes = notes_on(task, row["scorer"], metrics["stratum"])
        notes += _notes(row["model"], gates, accepted)
        rows.append(
            {
                **row[["dataset", "protocol", "model", "ci_low", "ci_high", "p"]],
                **row[["n", "n_eff"]],
                "stratum": stratum,
                "task": task,
                "metric": primary.metric,
                "value": row["value"],
                "finding": finding or "undefined",
                "is_reportable": not against,
                "why": "; ".join(reasons + notes),
            }
        )
    return pd.DataFrame(rows, columns=CONCLUSIONS.names)


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
    return DISAGREEMENT if row["ci_high"] < null else NULL


def _reason_for(finding, null, has_accepted):
    """Return why a conclusion is reportable."""
    gates = "no other gate fails" if has_accepted else "no gate fails"
    if finding == NULL:
        return f"{gates}, the positive control passes, and the spike-in is detected"
    return f"{gates}, and the interval excludes {f'{null:g}' if null else 'zero'}"


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
    else:
        cause = f"{name} is at the limit of its range, or undefined in many resamples"
    return f"no interval: {cause} ({n} pairs in {n_blocks} blocks)"


def _notes(model, gates, accepted):
    """Return notes that apply to any finding."""
    notes = []
    if is_standin(model):
        notes.append("stand-in model: no evidence about AlphaGenome")
    n_unchecked = gates.loc[gates["verdict"] == "not_checked", "gate"].nunique()
    if n_unchecked:
        noun = "gate" if n_unchecked == 1 else "gates"
        notes.append(f"{n_unchecked} {noun} had nothing to check")
    if len(accepted):
        notes.append(f"{FAILING} that are accepted: {', '.join(accepted)}")
    return notes


def _reasons_against_null(metrics, stratum, task):
    """Return why a null may not be reported."""
    controls = metrics[metrics["task"] == CONTROL]
    reasons = [
        *_reasons_of_positive_control(controls, task),
        *_reasons_of_sequence(controls),
    ]
    if task == UNSIGNED:
        return [*reasons, "a null result for labels, which have no spike-in control"]
    return [*reasons, *_reasons_of_spike_in(controls, stratum)]


def _reasons_of_positive_control(controls, task):
    metric, null = PRIMARY[task].metric, PRIMARY[task].null
    positive = controls[
        ~controls["predictor"].isin(BUILT_IN) & (controls["metric"] == metric)
    ]
    if positive.empty:
        yield "a null result without a positive control (key 'control')"
    for row in positive.itertuples():
        if pd.isna(row.ci_low):
            yield (
                f"a null result with an undefined positive control: {row.predictor} has"
                f" no interval from {row.n:,.0f} pairs"
            )
        elif row.ci_low <= null:
            yield (
                f"a null result with a failing positive control: {row.predictor} has"
                f" {words_of(task)[metric]} {_with_interval(row)}"
            )


def _reasons_of_sequence(controls):
    follows = controls[controls["predictor"] == SEQUENCE]
    if follows.empty:
        yield "scores were not compared with motif changes: no genome"
    elif not (follows["ci_low"] > 0).any():
        row = next(follows.itertuples())
        yield (
            "scores do not follow the sequence: Spearman with motif change"
            f" {_with_interval(row)}"
        )


def _reasons_of_spike_in(controls, stratum):
    is_here = (controls["predictor"] == SPIKE_IN) & (controls["stratum"] == stratum)
    detected = controls.loc[is_here, "value"]
    if not (detected >= LEAST_DETECTED).any():
        share = f"{detected.iloc[0]:.0%}" if detected.notna().any() else "none"
        yield (
            "too few pairs or blocks: the spike-in is detected in"
            f" {share} of the trials"
        )


def _with_interval(row):
    return f"{row.value:.3f} [{row.ci_low:.3f}, {row.ci_high:.3f}]"
