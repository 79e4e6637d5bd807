"""What a benchmark amounts to, and whether it may be reported."""

import pandas as pd

from endobench.benchmark.controls import CONTROL, SEQUENCE
from endobench.core.columns import CONCLUSIONS
from endobench.design.gates import FAILING
from endobench.design.metrics import PRIMARY, words_of
from endobench.design.models import MODEL, is_standin
from endobench.design.tasks import LEFT_OUT, UNSIGNED, task_in

AGREEMENT, DISAGREEMENT, NULL = "agreement", "disagreement", "null"
# A spike must be found in this share of the trials, or no null means anything.
LEAST_DETECTED = 0.8
BUILT_IN = ("spike_in", "sham", SEQUENCE)


def conclusions_of(metrics, gates):
    """Say what a benchmark amounts to, over one variant a feature and over all pairs.

    An finding is its interval's: agreement above what a score that knows nothing has,
    disagreement below it, null around it. It is of the signed task; where the effects
    have no known sign of the magnitude, and where they are labels of the unsigned task,
    and `why` says so. It is not reportable where a gate fails that is not accepted; a
    null is not, either, unless the positive control passes (what another assay measured
    of the same variants agrees with these effects), the scores follow the sequence (they
    agree with the change of motifs), and what is planted among the pairs is found.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark.
    gates : pandas.DataFrame
        In the columns of `columns.GATES`, of the same.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.CONCLUSIONS`.
    """
    failed = gates[gates["verdict"] == "fail"]
    is_accepted = failed["is_accepted"].astype("boolean").fillna(False).astype(bool)
    refused = failed.loc[~is_accepted, "gate"].drop_duplicates()
    accepted = failed.loc[is_accepted, "gate"].drop_duplicates()
    task = task_in(metrics)
    asked = PRIMARY[task]
    found = metrics[
        (metrics["task"] == task)
        & (metrics["predictor"] == MODEL)
        & (metrics["metric"] == asked.metric)
    ].set_index("stratum")
    rows = []
    for stratum in asked.strata:
        row = found.loc[stratum]
        finding = _finding(row, asked.null)
        against = []
        if len(refused):
            against.append(f"{FAILING}: {', '.join(refused)}")
        if finding == NULL:
            against += _against_null(metrics, stratum, task)
        elif finding is None:
            against.append(
                f"no interval from {row['n']:,.0f} pairs in {row['n_blocks']:,.0f} blocks;"
                " at least 4 pairs in 3 blocks (key 'ld_blocks') are needed"
            )
        notes = [LEFT_OUT[task]] if task in LEFT_OUT else []
        if is_standin(row["model"]):
            notes.append("of a stand-in model, which says nothing about AlphaGenome")
        n_unknown = gates.loc[gates["verdict"] == "not_checked", "gate"].nunique()
        if n_unknown:
            noun = "gate" if n_unknown == 1 else "gates"
            notes.append(f"{n_unknown} {noun} had nothing to check")
        if len(accepted):
            notes.append(f"{FAILING} that are accepted: {', '.join(accepted)}")
        why = against or [_in_favour(finding, len(accepted), asked.null)]
        rows.append(
            {
                **row[["dataset", "protocol", "model", "ci_low", "ci_high", "p"]],
                **row[["n", "n_eff"]],
                "stratum": stratum,
                "task": task,
                "metric": asked.metric,
                "value": row["value"],
                "finding": finding or "undefined",
                "is_reportable": not against,
                "why": "; ".join(why + notes),
            }
        )
    return pd.DataFrame(rows, columns=CONCLUSIONS.names)


def _finding(row, null):
    if pd.isna(row["ci_low"]):
        return None
    if row["ci_low"] > null:
        return AGREEMENT
    return DISAGREEMENT if row["ci_high"] < null else NULL


def _in_favour(finding, n_accepted, null):
    gates = "no other gate fails" if n_accepted else "no gate fails"
    if finding == NULL:
        return f"{gates}, the positive control passes, and a spike-in is found"
    return f"{gates}, and the interval excludes {f'{null:g}' if null else 'zero'}"


def _against_null(metrics, stratum, task):
    """Return why a null may not be reported."""
    metric, null = PRIMARY[task].metric, PRIMARY[task].null
    control = metrics[
        (metrics["task"] == CONTROL)
        & ~metrics["predictor"].isin(BUILT_IN)
        & (metrics["metric"] == metric)
    ]
    reasons = []
    if control.empty:
        reasons.append("a null result without a positive control (key 'control')")
    for row in control.itertuples():
        if pd.isna(row.ci_low):
            reasons.append(
                "a null result whose positive control says nothing: no interval of"
                f" {row.predictor} from {row.n:,.0f} pairs"
            )
        elif row.ci_low <= null:
            name = words_of(task)[metric]
            reasons.append(
                "a null result whose positive control fails, too:"
                f" {row.predictor} has {name} {row.value:.3f}"
                f" [{row.ci_low:.3f}, {row.ci_high:.3f}]"
            )
    follows = metrics[(metrics["task"] == CONTROL) & (metrics["predictor"] == SEQUENCE)]
    if follows.empty:
        reasons.append("scores that no genome was there to be held against")
    elif not (follows["ci_low"] > 0).any():
        row = follows.iloc[0]
        reasons.append(
            "scores that do not follow the sequence: with the change of motifs Spearman"
            f" is {row['value']:.3f} [{row['ci_low']:.3f}, {row['ci_high']:.3f}]"
        )
    if task == UNSIGNED:
        return [*reasons, "a null of labels, among which nothing is planted"]
    spike = metrics[
        (metrics["task"] == CONTROL)
        & (metrics["predictor"] == "spike_in")
        & (metrics["stratum"] == stratum)
    ]["value"]
    if not (spike >= LEAST_DETECTED).any():
        share = f"{spike.iloc[0]:.0%}" if spike.notna().any() else "none"
        reasons.append(
            "too few pairs or LD blocks: a planted correlation is found in"
            f" {share} of the trials"
        )
    return reasons
