"""Positive controls: what must be found where it is known to be.

Each function yields the outcomes of a control, given a benchmark's `rows.ControlRows`. It
yields none where the control does not apply.
"""

import numpy as np
import pandas as pd

from endobench.benchmark.controls import CONTROL, CONTROL_SEQUENCE, SEQUENCE
from endobench.design.conclusions import NO_AGREEMENT
from endobench.design.models import is_assay
from endobench.evaluate.conditions.outcome import (
    BUILT_IN,
    FAILS,
    NOT_JUDGED,
    PASSES,
    POSITIVE,
    SPIKE_IN,
    Outcome,
)
from endobench.evaluate.conditions.rows import estimate

# The spike-in must be detected in this share of its trials.
LEAST_DETECTED = 0.8
# A control that could not follow the sequence less than this is known not to follow it.
LEAST_FOLLOWED = 0.2


def positive_control(found, declared):
    """Judge the agreement of the effects with those of another assay."""
    rows = [
        row for row in found.all(CONTROL, found.metric) if row.predictor not in BUILT_IN
    ]
    if not rows and declared.control:
        yield Outcome(
            POSITIVE,
            NOT_JUDGED,
            f"the positive control {declared.control} shares no variant with the effects",
        )
    elif not rows:
        why = f": {declared.why_none}" if declared.why_none else " (key 'control')"
        yield Outcome(POSITIVE, NOT_JUDGED, f"no external positive control{why}")
    for row in rows:
        if pd.isna(row.ci_low):
            state = NOT_JUDGED
            text = f"undefined positive control: {row.predictor} has no interval from"
            text += f" {row.n:,.0f} pairs"
        elif row.ci_low > found.null:
            state = PASSES
            text = f"positive control {row.predictor}: {found.words} {estimate(row)}"
        else:
            state = FAILS
            text = f"failing positive control: {row.predictor} has {found.words}"
            text += f" {estimate(row)}"
        yield Outcome(POSITIVE, state, text, row)


def sequence(found):
    """Judge whether the scores correlate with the motif changes of their variants."""
    row = found.one(CONTROL, SEQUENCE, "spearman", is_here=False)
    if row is None:
        text = "scores were not compared with motif changes: no genome"
        yield Outcome(SEQUENCE, NOT_JUDGED, text)
    elif pd.isna(row.ci_low):
        text = "scores were not compared with motif changes: no interval from"
        yield Outcome(SEQUENCE, NOT_JUDGED, f"{text} {row.n:,.0f} variants", row)
    elif row.ci_low > 0:
        text = f"scores follow the sequence: Spearman with motif change {estimate(row)}"
        yield Outcome(SEQUENCE, PASSES, text, row)
    elif row.ci_high > 0 and is_assay(row.model):
        text = "an assay need not follow motif changes: Spearman with motif change"
        yield Outcome(SEQUENCE, NOT_JUDGED, f"{text} {estimate(row)}", row)
    else:
        text = "scores do not follow the sequence: Spearman with motif change"
        yield Outcome(SEQUENCE, FAILS, f"{text} {estimate(row)}", row)


def control_sequence(found):
    """Judge whether the positive control itself follows the sequence.

    Effects and a control whose variants were exchanged in the same way still agree.
    """
    row = found.one(CONTROL, CONTROL_SEQUENCE, "spearman", is_here=False)
    if row is None:
        return
    what = "the positive control {} the sequence: Spearman with motif change"
    if pd.isna(row.ci_low):
        text = "the positive control was not compared with motif changes: no interval"
        yield Outcome(CONTROL_SEQUENCE, NOT_JUDGED, text, row)
    elif row.ci_low > 0:
        text = f"{what.format('follows')} {estimate(row)}"
        yield Outcome(CONTROL_SEQUENCE, PASSES, text, row)
    elif row.ci_high < LEAST_FOLLOWED:
        text = f"{what.format('does not follow')} {estimate(row)}"
        yield Outcome(CONTROL_SEQUENCE, FAILS, text, row)
    else:
        text = f"{what.format('may or may not follow')} {estimate(row)}"
        yield Outcome(CONTROL_SEQUENCE, NOT_JUDGED, text, row)


def spike_in(found, finding):
    """Judge how often a planted correlation is detected, if none was found."""
    if finding != NO_AGREEMENT:
        return
    row = found.one(CONTROL, SPIKE_IN, "detection_rate")
    value = np.nan if row is None else row.value
    share = "none" if pd.isna(value) else f"{100 * value:.0f} %"
    if value >= LEAST_DETECTED:
        text = f"the spike-in is detected in {share} of the trials"
        yield Outcome(SPIKE_IN, PASSES, text, row)
    else:
        text = "too few pairs or blocks: the spike-in is detected in"
        state = NOT_JUDGED if pd.isna(value) else FAILS
        yield Outcome(SPIKE_IN, state, f"{text} {share} of the trials", row)
