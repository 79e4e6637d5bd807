"""Whether each control of a benchmark passes, which is a condition of every conclusion.

A control passes, fails, or cannot be judged. What follows from it depends on the finding;
see `conclusion.conclusions_of`.
"""

import collections
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy

from endobench.benchmark.controls import (
    CONTROL,
    CONTROL_SEQUENCE,
    MISMATCHED,
    SEQUENCE,
)
from endobench.core.number_text import decimals
from endobench.design.conclusions import (
    AGREEMENT,
    DISAGREEMENT,
    NO_AGREEMENT,
    SIGNIFICANT,
)
from endobench.design.metrics import PRIMARY, words_of
from endobench.design.models import MODEL, is_assay
from endobench.design.tasks import CHANCE, SIGNED, UNSIGNED

PASSES, FAILS, NOT_JUDGED = "pass", "fail", "not_judged"
SPIKE_IN, SHAM, POSITIVE = "spike_in", "sham", "positive_control"
PERMUTED, FLIPPED = "permuted_in_strata", "sign_flip_by_block"
MISMATCHED_VARIANT = "mismatched_variant"
# Controls that every benchmark has; any other one is a positive control.
BUILT_IN = (SPIKE_IN, SHAM, SEQUENCE, CONTROL_SEQUENCE)
# Without these, no agreement may mean that none could have been found.
NEEDED_FOR_NONE = (POSITIVE, SEQUENCE, SPIKE_IN)

# A mismatched variant is one draw, tested in every stratum. It is as good as the right one
# from this share of its agreement on.
CERTAIN, AS_GOOD = 0.001, 0.9
# The spike-in must be detected in this share of its trials.
LEAST_DETECTED = 0.8
# The test's level is 5 %; with few blocks it rejects somewhat more often.
MOST_OF_SHAM = 0.1
# Fewer blocks have too few sign flips for a p value below `SIGNIFICANT`.
MIN_FLIPPED = 6
# A control that could not follow the sequence less than this is known not to follow it.
LEAST_FOLLOWED = 0.2
_Z = 1.959964
# What is read of a row of `columns.METRICS`.
_COLUMNS = ["task", "stratum", "predictor", "metric", "model"]
_COLUMNS += ["value", "ci_low", "ci_high", "p", "n", "n_variants", "n_blocks"]
_Row = collections.namedtuple("_Row", _COLUMNS)
_NULL_WORDS = {
    PERMUTED: "the permutation of scores within strata",
    FLIPPED: "the sign flips of LD blocks",
}


class Named(NamedTuple):
    """What a config says about the positive control of a dataset.

    Attributes
    ----------
    control : str or None
        The row of the sheet.
    why_none : str or None
        Why there is none (`no_control`).
    shared : str
        What the sheet says that the control shares with the effects; may be empty.
    """

    control: str | None = None
    why_none: str | None = None
    shared: str = ""


class Outcome(NamedTuple):
    """What a control found.

    Attributes
    ----------
    control : str
        `POSITIVE`, or the predictor of its row in `columns.METRICS`.
    state : {"pass", "fail", "not_judged"}
    evidence : str
        One line, which begins with a lower-case letter and has no full stop.
    row : named tuple or None
        Its row in `columns.METRICS`, in the columns that controls read.
    """

    control: str
    state: str
    evidence: str
    row: object = None


def outcomes(metrics, differences, named, stratum, task, finding):
    """Judge every control that applies to a finding.

    Parameters
    ----------
    metrics : pandas.DataFrame
        In the columns of `columns.METRICS`, of one benchmark.
    differences : pandas.DataFrame or None
        In the columns of `columns.DIFFERENCES`, of the same benchmark.
    named : Named
    stratum, task : str
        Of the conclusion.
    finding : str or None
        One of `conclusions.FINDINGS`; None without an interval.

    Returns
    -------
    list of Outcome
    """
    found = _Rows(metrics, differences, stratum, task)
    judged = [*_positive(found, named), *_sequence(found), *_control_sequence(found)]
    if task != UNSIGNED:
        judged += [*_sham(found), *_spike_in(found, finding)]
        for name in (PERMUTED, FLIPPED):
            judged += _by_chance(found, name, finding)
        judged += _mismatched_variant(found, finding)
    return [*judged, *_mismatched_tracks(found, finding)]


class _Rows:
    """The rows of a benchmark's metrics that its controls need."""

    def __init__(self, metrics, differences, stratum, task):
        self._differences = differences
        self._rows = collections.defaultdict(list)
        # Pandas takes as long for a few rows as for all, and most of it for other columns.
        columns = (metrics[name] for name in _COLUMNS)
        for row in map(_Row._make, zip(*columns, strict=True)):
            self._rows[row.task, row.metric].append(row)
        self.stratum, self.task = stratum, task
        self.metric, self.null = PRIMARY[task].metric, PRIMARY[task].null
        self.words = words_of(task)[self.metric]
        self.model = self.one(task, MODEL, self.metric)

    def all(self, task, metric):
        """Return the rows of a task and a metric in any stratum, as named tuples."""
        return self._rows[task, metric]

    def one(self, task, predictor, metric, is_here=True):
        """Return a predictor's row, in the stratum of the conclusion or any, or None."""
        rows = self.all(task, metric)
        rows = [row for row in rows if row.predictor == predictor]
        if is_here:
            rows = [row for row in rows if row.stratum == self.stratum]
        return next(iter(rows), None)

    def change_of_tissue(self):
        """Return the model minus the tracks of another tissue, with its interval."""
        frame = self._differences
        if frame is None or frame.empty:
            return None
        is_asked = (frame["a"] == MISMATCHED) & (frame["b"] == MODEL)
        is_asked &= (frame["task"] == self.task) & (frame["metric"] == self.metric)
        rows = frame[is_asked & (frame["stratum"] == self.stratum)]
        return next(rows.itertuples(index=False), None)


def _positive(found, named):
    """Judge the agreement of the effects with those of another assay."""
    rows = [
        row for row in found.all(CONTROL, found.metric) if row.predictor not in BUILT_IN
    ]
    if not rows and named.control:
        yield Outcome(
            POSITIVE,
            NOT_JUDGED,
            f"the positive control {named.control} shares no variant with the effects",
        )
    elif not rows:
        why = f": {named.why_none}" if named.why_none else " (key 'control')"
        yield Outcome(POSITIVE, NOT_JUDGED, f"no external positive control{why}")
    for row in rows:
        if pd.isna(row.ci_low):
            state = NOT_JUDGED
            text = f"undefined positive control: {row.predictor} has no interval from"
            text += f" {row.n:,.0f} pairs"
        elif row.ci_low > found.null:
            state = PASSES
            text = f"positive control {row.predictor}: {found.words} {_estimate(row)}"
        else:
            state = FAILS
            text = f"failing positive control: {row.predictor} has {found.words}"
            text += f" {_estimate(row)}"
        yield Outcome(POSITIVE, state, text, row)


def _sequence(found):
    """Judge whether the scores correlate with the motif changes of their variants."""
    row = found.one(CONTROL, SEQUENCE, "spearman", is_here=False)
    if row is None:
        text = "scores were not compared with motif changes: no genome"
        yield Outcome(SEQUENCE, NOT_JUDGED, text)
    elif pd.isna(row.ci_low):
        text = "scores were not compared with motif changes: no interval from"
        yield Outcome(SEQUENCE, NOT_JUDGED, f"{text} {row.n:,.0f} variants", row)
    elif row.ci_low > 0:
        text = (
            f"scores follow the sequence: Spearman with motif change {_estimate(row)}"
        )
        yield Outcome(SEQUENCE, PASSES, text, row)
    elif row.ci_high > 0 and is_assay(row.model):
        text = "an assay need not follow motif changes: Spearman with motif change"
        yield Outcome(SEQUENCE, NOT_JUDGED, f"{text} {_estimate(row)}", row)
    else:
        text = "scores do not follow the sequence: Spearman with motif change"
        yield Outcome(SEQUENCE, FAILS, f"{text} {_estimate(row)}", row)


def _control_sequence(found):
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
        text = f"{what.format('follows')} {_estimate(row)}"
        yield Outcome(CONTROL_SEQUENCE, PASSES, text, row)
    elif row.ci_high < LEAST_FOLLOWED:
        text = f"{what.format('does not follow')} {_estimate(row)}"
        yield Outcome(CONTROL_SEQUENCE, FAILS, text, row)
    else:
        text = f"{what.format('may or may not follow')} {_estimate(row)}"
        yield Outcome(CONTROL_SEQUENCE, NOT_JUDGED, text, row)


def _sham(found):
    """Judge how often a correlation is detected where none was planted."""
    row = found.one(CONTROL, SHAM, "detection_rate")
    if row is None or pd.isna(row.value):
        text = "no trials without a planted correlation: too few pairs or blocks"
        yield Outcome(SHAM, NOT_JUDGED, text, row)
        return
    text = f"nothing is planted, and {_share(row)} of the trials detect a correlation"
    low = row.value if pd.isna(row.ci_low) else row.ci_low
    yield Outcome(SHAM, FAILS if low > MOST_OF_SHAM else PASSES, text, row)


def _spike_in(found, finding):
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


def _by_chance(found, name, finding):
    """Judge a randomisation test, which must contradict neither finding."""
    if name == FLIPPED and found.task != SIGNED:
        return
    row, words = found.one(CHANCE, name, "spearman"), _NULL_WORDS[name]
    is_few = row is not None and name == FLIPPED and row.n_blocks < MIN_FLIPPED
    if row is None or pd.isna(row.p) or is_few:
        text = f"{words} could not be tested: too few pairs or blocks"
        yield Outcome(name, NOT_JUDGED, text, row)
    elif finding in (AGREEMENT, DISAGREEMENT) and row.p >= SIGNIFICANT:
        text = f"{words} finds as much by chance (p = {row.p:.2g})"
        yield Outcome(name, FAILS, _plural(text, name), row)
    elif finding == NO_AGREEMENT and row.p < SIGNIFICANT:
        text = f"{words} rejects chance (p = {row.p:.2g}), but the interval does not"
        yield Outcome(name, FAILS, _plural(text, name), row)
    elif finding is not None:
        text = f"{words} agrees with the interval (p = {row.p:.2g})"
        yield Outcome(name, PASSES, _plural(text, name), row)


def _plural(text, name):
    """Put the verb after "sign flips" into the plural."""
    if name == PERMUTED:
        return text
    for one, many in (("finds", "find"), ("rejects", "reject"), ("agrees", "agree")):
        text = text.replace(f"blocks {one}", f"blocks {many}")
    return text


def _mismatched_variant(found, finding):
    """Judge the scores of other variants, which should not agree with the effects."""
    row = found.one(CHANCE, MISMATCHED_VARIANT, "spearman")
    if row is None or pd.isna(row.ci_low):
        text = (
            "scores of mismatched variants could not be tested: too few pairs or blocks"
        )
        yield Outcome(MISMATCHED_VARIANT, NOT_JUDGED, text, row)
        return
    text = f"Spearman {_estimate(row)}"
    p = row.p if pd.notna(row.p) else _p_of_difference(row, None)
    if finding == NO_AGREEMENT:
        if p < CERTAIN:
            text = f"scores of mismatched variants agree, the right ones do not: {text}"
            yield Outcome(MISMATCHED_VARIANT, FAILS, text, row)
            return
    elif finding is not None:
        side = 1 if finding == AGREEMENT else -1
        low = side * (row.ci_low if finding == AGREEMENT else row.ci_high)
        is_worse = side * (found.model.value - row.value) > 0
        is_worse &= _p_of_difference(found.model, row) < SIGNIFICANT
        # One draw in forty agrees by chance, but few as well as the right variants.
        is_as_good = side * row.value >= AS_GOOD * side * found.model.value
        if low > 0 and not is_worse and (is_as_good or p < CERTAIN):
            text = (
                f"scores of mismatched variants agree as well as the right ones: {text}"
            )
            yield Outcome(MISMATCHED_VARIANT, FAILS, text, row)
            return
        if low > 0 and p < CERTAIN:
            text = f"scores of mismatched variants agree too, though less: {text}"
            yield Outcome(MISMATCHED_VARIANT, NOT_JUDGED, text, row)
            return
    text = f"scores of mismatched variants are worse or find nothing: {text}"
    yield Outcome(MISMATCHED_VARIANT, PASSES, text, row)


def _mismatched_tracks(found, finding):
    """Judge the tracks of another tissue, which should agree less."""
    row = found.one(found.task, MISMATCHED, found.metric)
    if row is None or finding is None or found.model is None:
        return
    change = found.change_of_tissue()
    low, high = _difference(found.model, row)
    if change is not None and pd.notna(change.ci_low):
        low, high = change.ci_low, change.ci_high
    text = f"{found.words} {_estimate(row)}"
    if pd.isna(low):
        text = "tracks of another tissue could not be compared: no interval"
        yield Outcome(MISMATCHED, NOT_JUDGED, text, row)
        return
    # A disagreement should be weaker in another tissue.
    is_worse, is_better = low > 0, high < 0
    if finding == DISAGREEMENT:
        is_worse, is_better = high < 0, low > 0 or row.ci_low > found.null
    agrees = pd.notna(row.ci_low) and row.ci_low > found.null
    if finding == NO_AGREEMENT:
        is_worse, is_better = not (is_better and agrees), is_better and agrees
    if is_better:
        text = f"tracks of another tissue agree better: {text}"
        if finding == DISAGREEMENT and not agrees:
            text = text.replace("agree better", "disagree more")
        yield Outcome(MISMATCHED, FAILS, text, row)
    elif is_worse:
        text = f"tracks of another tissue are no better: {text}"
        yield Outcome(MISMATCHED, PASSES, text, row)
    else:
        text = f"not specific to the tissue, tracks of another one do as well: {text}"
        yield Outcome(MISMATCHED, NOT_JUDGED, text, row)


def _p_of_difference(row, other):
    """Return the p value of a correlation against another one, or against zero.

    From their intervals on Fisher's scale, as if the two were independent.
    """
    rows = [each for each in (row, other) if each is not None]
    values = [_fisher(each.value) for each in rows]
    errors = [(_fisher(each.ci_high) - _fisher(each.ci_low)) / 2 / _Z for each in rows]
    difference = values[0] - (values[1] if len(values) > 1 else 0)
    spread = np.hypot(*errors) if len(errors) > 1 else errors[0]
    if not spread > 0:
        return np.nan
    return 2 * scipy.special.ndtr(-abs(difference) / spread)


def _fisher(value):
    return np.arctanh(np.clip(float(value), -0.999999, 0.999999))


def _difference(row, other):
    """Return an interval of a difference, as if the two were independent."""
    halves = [(each.ci_high - each.ci_low) / 2 for each in (row, other)]
    half = np.hypot(*halves)
    return row.value - other.value - half, row.value - other.value + half


def _estimate(row):
    if pd.isna(row.ci_low):
        return f"{decimals(row.value)} (no interval)"
    low, high = decimals(row.ci_low), decimals(row.ci_high)
    return f"{decimals(row.value)} [{low}, {high}]"


def _share(row):
    if pd.isna(row.ci_low):
        return f"{100 * row.value:.0f} %"
    return (
        f"{100 * row.value:.0f} % [{100 * row.ci_low:.0f} %, {100 * row.ci_high:.0f} %]"
    )
