"""The ladder: from the published protocol to the corrected one, one change at a time."""

import itertools
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.matching import positives_of
from endobench.benchmark.strata import is_lead, is_substitution
from endobench.core.columns import EXPLANATION_TESTS, LADDER
from endobench.core.number_text import decimals
from endobench.design.explanations import DATA_HANDLING, STEPS
from endobench.design.metrics import names_of
from endobench.design.scorers import TABLE_SCORER
from endobench.design.tasks import ALL_PAIRS, LEADS, MAGNITUDE, SIGNED, UNSIGNED
from endobench.evaluate.options import estimate
from endobench.stats.agreement import Signed
from endobench.stats.ld_blocks import blocks_of_pairs

_KEYS = ["source_id", "feature_id"]
METRICS = names_of(SIGNED)
# Tests of the steps that change data handling: their sum, and that minus all others.
SUMS = ("handling", "handling_against_rest")


class Step(NamedTuple):
    """One step of the ladder.

    Attributes
    ----------
    name : str
    change : str
        The one change that it makes.
    pairs : pandas.DataFrame
        The pairs after the change, in the columns of `columns.PAIRS`.
    """

    name: str
    change: str
    pairs: pd.DataFrame


def steps(pairs, null=0.0):
    """Return the steps from the published protocol to the corrected one.

    Parameters
    ----------
    pairs : dict of str to pandas.DataFrame
        The pairs (`columns.PAIRS`) of ``published``, of the intermediate protocols of
        `protocol.protocols_of`, and of ``corrected``.
    null : float
        Value of no effect: 0 for a slope, 0.5 for a Pi.

    Returns
    -------
    list of Step
        Steps that change effects, peaks or scores come first, then those that select
        pairs; the last one has the leads of the corrected protocol. A step that changes
        nothing is left out, and a table of scores has no steps for tracks and mask.
    """
    found = _steps_of_scores(pairs)
    found += _steps_of_pairs(found[-1].pairs, pairs["corrected"], null)
    return [
        step
        for place, step in enumerate(found)
        if place == 0 or not _is_same(step.pairs, found[place - 1].pairs)
    ]


def _steps_of_scores(pairs):
    """Return the steps that change effects, peaks or scores."""
    found = [
        Step("published", "as in the study", pairs["published"]),
        Step("column", "effects instead of p values", pairs["ladder.column"]),
        Step(
            "build", "peaks lifted over to the variants' build", pairs["ladder.build"]
        ),
    ]
    scorer = pairs["corrected"]["scorer"]
    if (scorer != TABLE_SCORER).any():
        found += [
            Step(
                "tracks",
                "declared tracks instead of the mean of all",
                pairs["ladder.tracks"],
            ),
            Step(
                "mask",
                f"{scorer.iloc[0]} instead of the whole-window mean",
                pairs["ladder.mask"],
            ),
        ]
    return found


def _steps_of_pairs(before, corrected, null):
    """Return the steps that select pairs, up to the corrected protocol."""
    checked = before[before["source_id"].isin(corrected["source_id"])]
    flanked = _with_flanks(checked, corrected)
    # The smaller feature id breaks remaining ties.
    unique = flanked.sort_values("feature_id", kind="stable")
    unique = unique[is_lead(unique.assign(feature_id=unique["source_id"]), null)]
    leads = flanked[is_lead(flanked, null)]
    last = corrected[is_lead(corrected, null)]
    return [
        Step("checks", "REF mismatches and blacklisted regions removed", checked),
        Step("flanks", "genomic flanks instead of N", flanked),
        Step("unique", "one pair per variant", unique),
        Step("lead", "one variant per feature, instead of one pair per variant", leads),
        Step("indels", "indels left-aligned, with flanks on both alleles", last),
    ]


def _is_same(a, b):
    """Return whether two steps hold the same pairs, effects and scores."""
    columns = [*_KEYS, "effect", "raw"]
    a, b = (each[columns].sort_values(_KEYS, ignore_index=True) for each in (a, b))
    return len(a) == len(b) and bool(
        (a.astype(object) == b.astype(object)).all(axis=None)
    )


def _with_flanks(masked, corrected):
    """Take the scores of substitutions from the corrected protocol."""
    substitutions = corrected[is_substitution(corrected["variant_id"])]
    others = masked[~is_substitution(masked["variant_id"])]
    return pd.concat([substitutions, others], ignore_index=True)


def climb(pairs, blocks, conclusions, options, *, dataset):
    """Measure every step, and its difference from the previous one, paired by LD block.

    Where a step changes the set of variants, both steps still resample the same blocks.
    ``n_shared`` counts the pairs that both steps hold, and ``shared_difference`` is the
    difference on these pairs only.

    Parameters
    ----------
    pairs : dict of str to pandas.DataFrame
        See `steps`; with classes, the positives are used.
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    conclusions : pandas.DataFrame
        Of both protocols, in the columns of `columns.CONCLUSIONS`.
    options : AgreementOptions
    dataset : str

    Returns
    -------
    ladder : pandas.DataFrame
        In the columns of `columns.LADDER`; empty if a protocol has no pairs, or the
        corrected one no task with signs.
    sums : pandas.DataFrame
        In the columns of `columns.EXPLANATION_TESTS`: the sum of the steps that change
        data handling, and that minus the sum of the others. Without a ladder they have no
        value, and the evidence says why.
    """
    pairs = {
        protocol: positives_of(each, options.classes)
        for protocol, each in pairs.items()
    }
    if why := _why_none(pairs, conclusions):
        return _no_ladder(why, dataset)
    climbed = steps(pairs, options.null)
    statistics, n_shared = _statistics(climbed, blocks, options.null)
    estimates = estimate(statistics, options)
    found = estimates.rows().set_index(["predictor", "metric"])
    rows = []
    for place, step in enumerate(climbed):
        for metric in METRICS:
            row = {"step": place, "name": step.name, "change": step.change}
            row |= {"metric": metric, "n_variants": step.pairs["variant_id"].nunique()}
            here = found.loc[(step.name, metric)]
            row |= here[["value", "ci_low", "ci_high", "n", "n_blocks"]].to_dict()
            if place:
                before = climbed[place - 1].name
                row |= _differences(estimates, before, step.name, metric)
                row["n_shared"] = n_shared[step.name]
            rows.append(row)
    frame = pd.DataFrame(rows, columns=LADDER.names)
    model = str(pairs["corrected"]["model"].iloc[0])
    frame = frame.assign(dataset=dataset, model=model)
    frame["is_reportable"] = _is_reportable(frame["step"], conclusions)
    counts = ["n", "n_variants", "n_blocks", "n_shared"]
    sums = _sums(climbed, estimates).assign(dataset=dataset, model=model)
    return frame.astype(dict.fromkeys(counts, "Int64")), sums


def _why_none(pairs, conclusions):
    """Return why there is no ladder, or None."""
    corrected = conclusions[conclusions["protocol"] == "corrected"]
    if corrected["task"].isin([MAGNITUDE, UNSIGNED]).any():
        return "no ladder, its steps need effects and scores with a sign"
    empty = [protocol for protocol, each in pairs.items() if each.empty]
    return f"no ladder, without pairs of protocol {', '.join(empty)}" if empty else None


def _no_ladder(why, dataset):
    """Return a ladder without steps, and sums without a value."""
    sums = pd.DataFrame({"test": [*SUMS], "evidence": why, "metric": METRICS[0]})
    sums = sums.assign(dataset=dataset, protocol="corrected", stratum=LEADS)
    sums = sums.reindex(columns=EXPLANATION_TESTS.names)
    counts = {"n": "Int64", "n_blocks": "Int64"}
    return LADDER.empty_table().to_pandas(), sums.astype(counts)


def _sums(climbed, estimates):
    """Return the steps of data handling added up, and against the others."""
    names = [step.name for step in climbed]
    of_kinds = []
    for is_handling in (True, False):
        weights = dict.fromkeys(names, 0.0)
        for before, name in itertools.pairwise(names):
            if (STEPS[name] == DATA_HANDLING) == is_handling:
                weights[name] += 1.0
                weights[before] -= 1.0
        of_kinds.append(weights)
    handling, rest = of_kinds
    against = {name: handling[name] - rest[name] for name in names}
    asked = dict(zip(SUMS, (handling, against), strict=True))
    values = {
        kind: estimates.combination(weights, METRICS[0])["value"]
        for kind, weights in (("handling", handling), ("rest", rest))
    }
    steps_of = [name for name in names[1:] if STEPS[name] == DATA_HANDLING]
    evidence = (
        f"steps {', '.join(steps_of) or 'none'} add up to"
        f" {decimals(values['handling'])},"
        f" all others to {decimals(values['rest'])}"
    )
    frame = pd.DataFrame(
        {
            "test": test,
            **estimates.combination(weights, METRICS[0]),
            "n": len(climbed[-1].pairs),
        }
        for test, weights in asked.items()
    )
    frame = frame.assign(protocol="corrected", stratum=LEADS, evidence=evidence)
    return frame.reindex(columns=EXPLANATION_TESTS.names)


def _statistics(climbed, blocks, null):
    """Return the statistics of all steps, and the pairs shared with the step before.

    Returns
    -------
    statistics : dict of str to Signed
        By step, with the same codes of blocks. A step ``x`` that adds or removes pairs
        also has ``x/before`` and ``x/after``: both steps on their shared pairs.
    n_shared : dict of str to int
        By step, from the second one on.
    """
    names = [blocks_of_pairs(step.pairs, blocks) for step in climbed]
    known = np.unique(np.concatenate(names))
    codes = [np.searchsorted(known, name) for name in names]
    # The published protocol's p values have no null of their own.
    statistics = {
        step.name: Signed(
            step.pairs["effect"], step.pairs["raw"], code, len(known), null
        )
        for step, code in zip(climbed, codes, strict=True)
    }
    n_shared = {}
    coded = zip(climbed, codes, strict=True)
    for (before, code_before), (step, code) in itertools.pairwise(coded):
        theirs, ours = _keys(before.pairs), _keys(step.pairs)
        shared = theirs.intersection(ours, sort=True)
        n_shared[step.name] = len(shared)
        if len(shared) == max(len(theirs), len(ours)):
            continue
        for side, pairs, keys, code_of_side in (
            ("before", before.pairs, theirs, code_before),
            ("after", step.pairs, ours, code),
        ):
            places = keys.get_indexer(shared)
            rows = pairs.iloc[places]
            statistics[f"{step.name}/{side}"] = Signed(
                rows["effect"], rows["raw"], code_of_side[places], len(known), null
            )
    return statistics, n_shared


def _keys(pairs):
    return pd.MultiIndex.from_frame(pairs[_KEYS].astype(str))


def _differences(estimates, before, name, metric):
    """Return the difference of a step from the one before, and that on shared pairs."""
    whole = shared = estimates.difference(before, name, metric)
    if f"{name}/before" in estimates.statistics:
        shared = estimates.difference(f"{name}/before", f"{name}/after", metric)
    return {
        "difference": whole["difference"],
        "difference_low": whole["ci_low"],
        "difference_high": whole["ci_high"],
        "difference_p": whole["p"],
        "shared_difference": shared["difference"],
        "shared_low": shared["ci_low"],
        "shared_high": shared["ci_high"],
    }


def _is_reportable(step, conclusions):
    """Return `is_reportable` of the first and the last step; missing between."""
    known = conclusions.set_index(["protocol", "stratum"])["is_reportable"]
    ends = {
        step.min(): known.get(("published", ALL_PAIRS)),
        step.max(): known.get(("corrected", LEADS)),
    }
    return step.map(ends).astype(object)
