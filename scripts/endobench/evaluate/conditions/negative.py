"""Negative controls: where nothing must be found, or less than in the benchmark.

Each function yields the outcomes of a control, given a benchmark's `rows.ControlRows` and
its finding. It yields none where the control does not apply.
"""

import pandas as pd

from endobench.benchmark.controls import CONTROL, MISMATCHED
from endobench.design.conclusions import (
    AGREEMENT,
    DISAGREEMENT,
    NO_AGREEMENT,
    SIGNIFICANT,
)
from endobench.design.tasks import CHANCE, SIGNED
from endobench.evaluate.conditions.outcome import (
    FAILS,
    FLIPPED,
    MISMATCHED_VARIANT,
    NOT_JUDGED,
    PASSES,
    PERMUTED,
    SHAM,
    Outcome,
)
from endobench.evaluate.conditions.rows import difference_of, estimate, p_of_difference

# A mismatched variant is one draw, tested in every stratum. It is as good as the right one
# from this share of its agreement on.
CERTAIN, AS_GOOD = 0.001, 0.9
# The test's level is 5 %; with few blocks it rejects somewhat more often.
MOST_OF_SHAM = 0.1
# Fewer blocks have too few sign flips for a p value below `SIGNIFICANT`.
MIN_FLIPPED = 6
_NULL_WORDS = {
    PERMUTED: "the permutation of scores within strata",
    FLIPPED: "the sign flips of LD blocks",
}


def sham(found):
    """Judge how often a correlation is detected where none was planted."""
    row = found.one(CONTROL, SHAM, "detection_rate")
    if row is None or pd.isna(row.value):
        text = "no trials without a planted correlation: too few pairs or blocks"
        yield Outcome(SHAM, NOT_JUDGED, text, row)
        return
    text = f"nothing is planted, and {_share(row)} of the trials detect a correlation"
    low = row.value if pd.isna(row.ci_low) else row.ci_low
    yield Outcome(SHAM, FAILS if low > MOST_OF_SHAM else PASSES, text, row)


def by_chance(found, name, finding):
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


def mismatched_variant(found, finding):
    """Judge the scores of other variants, which should not agree with the effects."""
    row = found.one(CHANCE, MISMATCHED_VARIANT, "spearman")
    if row is None or pd.isna(row.ci_low):
        text = (
            "scores of mismatched variants could not be tested: too few pairs or blocks"
        )
        yield Outcome(MISMATCHED_VARIANT, NOT_JUDGED, text, row)
        return
    text = f"Spearman {estimate(row)}"
    p = row.p if pd.notna(row.p) else p_of_difference(row, None)
    if finding == NO_AGREEMENT:
        if p < CERTAIN:
            text = f"scores of mismatched variants agree, the right ones do not: {text}"
            yield Outcome(MISMATCHED_VARIANT, FAILS, text, row)
            return
    elif finding is not None:
        side = 1 if finding == AGREEMENT else -1
        low = side * (row.ci_low if finding == AGREEMENT else row.ci_high)
        is_worse = side * (found.model.value - row.value) > 0
        is_worse &= p_of_difference(found.model, row) < SIGNIFICANT
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


def mismatched_tracks(found, finding):
    """Judge the tracks of another tissue, which should agree less."""
    row = found.one(found.task, MISMATCHED, found.metric)
    if row is None or finding is None or found.model is None:
        return
    change = found.change_of_tissue()
    low, high = difference_of(found.model, row)
    if change is not None and pd.notna(change.ci_low):
        low, high = change.ci_low, change.ci_high
    text = f"{found.words} {estimate(row)}"
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
        how = {AGREEMENT: "agree less", DISAGREEMENT: "disagree less"}
        text = f"tracks of another tissue {how.get(finding, 'are no better')}: {text}"
        yield Outcome(MISMATCHED, PASSES, text, row)
    else:
        text = f"not specific to the tissue, tracks of another one do as well: {text}"
        yield Outcome(MISMATCHED, NOT_JUDGED, text, row)


def _share(row):
    if pd.isna(row.ci_low):
        return f"{100 * row.value:.0f} %"
    return (
        f"{100 * row.value:.0f} % [{100 * row.ci_low:.0f} %, {100 * row.ci_high:.0f} %]"
    )
