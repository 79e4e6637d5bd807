"""From the published protocol to the corrected one in steps: which fault cost how much."""

import itertools
from typing import NamedTuple

import numpy as np
import pandas as pd

from endobench.benchmark.strata import is_lead, is_substitution
from endobench.core.columns import LADDER
from endobench.design.metrics import names_of
from endobench.design.protocol import TABLE_SCORER
from endobench.design.tasks import SIGNED
from endobench.stats.agreement import Signed
from endobench.stats.estimates import Estimates
from endobench.stats.ld_blocks import blocks_of_pairs

_KEYS = ["source_id", "feature_id"]
METRICS = names_of(SIGNED)


class Step(NamedTuple):
    """One step: a name, the one change that it makes, and the pairs that it leaves."""

    name: str
    change: str
    pairs: pd.DataFrame


def steps(pairs, null=0.0):
    """Return the steps from the published protocol to the corrected one.

    Parameters
    ----------
    pairs : dict of str to pandas.DataFrame
        The pairs (`columns.PAIRS`) of ``published``, of the protocols that
        `protocol.protocols_of` puts between, and of ``corrected``.
    null : float
        The effect of an allele that does nothing.

    Returns
    -------
    list of Step
        Those that choose among the pairs follow those that change effects, peaks or
        scores; the last leaves the leads of the corrected protocol. A table of scores
        has no steps for tracks, mask and flanks.
    """
    published, corrected = pairs["published"], pairs["corrected"]
    last = pairs["ladder.build"]
    found = [
        Step("published", "as the study did it", published),
        Step("column", "the effect is read, not its p value", pairs["ladder.column"]),
        Step("build", "peaks are lifted to the variants' build", last),
    ]
    if (corrected["scorer"] != TABLE_SCORER).any():
        last = pairs["ladder.mask"]
        found += [
            Step(
                "tracks", "declared tracks, not the mean of all", pairs["ladder.tracks"]
            ),
            Step("mask", f"{_scorer(corrected)}, not whole means", last),
        ]
    last = last[last["source_id"].isin(corrected["source_id"])]
    change = "without wrong REFs and blacklisted regions"
    found.append(Step("checks", change, last))
    last = _with_flanks(last, corrected)
    found.append(Step("flanks", "the genome around, not N", last))
    # Where nothing else decides, the smaller feature id does.
    unique = last.sort_values("feature_id", kind="stable")
    unique = unique[is_lead(unique.assign(feature_id=unique["source_id"]), null)]
    end = corrected[is_lead(corrected, null)]
    found += [
        Step("unique", "one pair for each variant", unique),
        Step(
            "lead", "instead, one variant for each feature", last[is_lead(last, null)]
        ),
        Step("indels", "left-aligned, both alleles keep their flanks", end),
    ]
    # What does not apply changes nothing: peaks on the right build, a table's scores.
    return [
        step
        for place, step in enumerate(found)
        if place == 0 or not _is_same(step.pairs, found[place - 1].pairs)
    ]


def _is_same(a, b):
    columns = [*_KEYS, "effect", "raw"]
    a, b = (each[columns].sort_values(_KEYS, ignore_index=True) for each in (a, b))
    return len(a) == len(b) and bool(
        (a.astype(object) == b.astype(object)).all(axis=None)
    )


def _scorer(pairs):
    return str(pairs["scorer"].iloc[0])


def _with_flanks(masked, corrected):
    """Take substitutions' scores from the corrected protocol, the others' as they are."""
    ours = corrected[is_substitution(corrected["variant_id"])]
    theirs = masked[~is_substitution(masked["variant_id"])]
    return pd.concat([ours, theirs], ignore_index=True)


def climb(pairs, blocks, conclusions, *, dataset, null, n_resamples, seed):
    """Measure every step, and its difference from the step before, paired by LD block.

    Where a step changes which variants are there (the build, one pair a variant, one
    variant a feature), both steps still resample the same blocks; ``n_shared`` counts the
    pairs that both hold, and ``shared_difference`` is the difference on these alone.

    Parameters
    ----------
    pairs : dict of str to pandas.DataFrame
        See `steps`.
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    conclusions : pandas.DataFrame
        Of both protocols, in the columns of `columns.CONCLUSIONS`.
    dataset : str
    null : float
    n_resamples, seed : int

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.LADDER`.
    """
    if not all(map(len, pairs.values())):
        return LADDER.empty_table().to_pandas()
    climbed = steps(pairs, null)
    model = str(pairs["corrected"]["model"].iloc[0])
    names = [blocks_of_pairs(step.pairs, blocks) for step in climbed]
    known = np.unique(np.concatenate(names))
    codes = [np.searchsorted(known, name) for name in names]
    # The study's p values have no null of their own.
    statistics = {
        step.name: Signed(
            step.pairs["effect"], step.pairs["raw"], code, len(known), null
        )
        for step, code in zip(climbed, codes, strict=True)
    }
    n_shared = {}
    for place, (before, step) in enumerate(itertools.pairwise(climbed)):
        mine, theirs = (
            pd.MultiIndex.from_frame(each.pairs[_KEYS].astype(str))
            for each in (before, step)
        )
        keys = mine.intersection(theirs).sort_values()
        n_shared[step.name] = len(keys)
        # Where rows come or go, their numbers on the rows that stay are told, too.
        if len(keys) < max(len(mine), len(theirs)):
            for side, each, code in zip(
                "ab", (before, step), codes[place : place + 2], strict=True
            ):
                statistics[f"{step.name}/{side}"] = Signed(
                    *_of_shared(each.pairs, keys, code), len(known), null
                )
    estimates = Estimates(statistics, n_resamples=n_resamples, seed=seed)
    found = estimates.rows().set_index(["predictor", "metric"])
    rows = []
    for place, step in enumerate(climbed):
        before = climbed[place - 1] if place else None
        for metric in METRICS:
            each = found.loc[(step.name, metric)]
            row = {
                "dataset": dataset,
                "step": place,
                "name": step.name,
                "change": step.change,
                "metric": metric,
                **each[["value", "ci_low", "ci_high", "n", "n_blocks"]],
                "n_variants": step.pairs["variant_id"].nunique(),
                "model": model,
            }
            if before is not None:
                difference = estimates.difference(before.name, step.name, metric)
                shared = difference
                if f"{step.name}/a" in statistics:
                    sides = f"{step.name}/a", f"{step.name}/b"
                    shared = estimates.difference(*sides, metric)
                row |= {
                    "difference": difference["difference"],
                    "difference_low": difference["ci_low"],
                    "difference_high": difference["ci_high"],
                    "difference_p": difference["p"],
                    "n_shared": n_shared[step.name],
                    "shared_difference": shared["difference"],
                    "shared_low": shared["ci_low"],
                    "shared_high": shared["ci_high"],
                }
            rows.append(row)
    frame = pd.DataFrame(rows, columns=LADDER.names)
    told = conclusions.set_index(["protocol", "stratum"])["is_reportable"]
    frame["is_reportable"] = (
        frame["step"]
        .map(
            {
                0: told.get(("published", "all_pairs")),
                len(climbed) - 1: told.get(("corrected", "lead_per_feature")),
            }
        )
        .astype("boolean")
    )
    counts = ["n", "n_variants", "n_blocks", "n_shared"]
    return frame.astype(dict.fromkeys(counts, "Int64"))


def _of_shared(pairs, keys, code):
    """Return the effects, scores and blocks of the pairs of some keys, in their order."""
    where = pd.MultiIndex.from_frame(pairs[_KEYS].astype(str)).get_indexer(keys)
    rows = pairs.iloc[where]
    return rows["effect"].to_numpy(), rows["raw"].to_numpy(), code[where]
