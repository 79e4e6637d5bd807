"""Differences between the benchmarks of a dataset, on the pairs that they share."""

import logging

import numpy as np
import pandas as pd

from endobench.benchmark.matching import classify, positives_of
from endobench.benchmark.strata import is_lead, strata_of_size
from endobench.core.columns import DIFFERENCES
from endobench.design.metrics import names_of
from endobench.design.scorers import is_by_gene, is_signed, is_whole_window
from endobench.design.tasks import (
    ALL_PAIRS,
    LEADS,
    MAGNITUDE,
    SIGNED,
    UNSIGNED,
    task_of,
)
from endobench.evaluate.options import estimate
from endobench.genome.gene_ids import without_versions
from endobench.stats.agreement import Signed, Unsigned
from endobench.stats.estimates import adjust_p_values
from endobench.stats.ld_blocks import blocks_of_pairs

log = logging.getLogger(__name__)

# Comparison of the scores of one model at two windows.
WINDOW = "window"

_KEYS = ["source_id", "feature_id"]
# The columns of pairs that a comparison reads.
COLUMNS = [
    "variant_id",
    "source_id",
    "feature_id",
    "effect",
    "effect_se",
    "raw",
    "p_value",
    "q_value",
    "pip",
    "label",
    "unit",
    "scorer",
    "window_bp",
    "model",
]


def shared_pairs(a, b, task, classes):
    """Return the pairs that two benchmarks share, in the same order.

    Parameters
    ----------
    a, b : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    task : str
        See `tasks.task_of`. The unsigned task keeps all pairs that belong to a class in
        `b`; the others keep those that are positives in both.
    classes : list
        See `matching.positives_of`.

    Returns
    -------
    a, b : pandas.DataFrame
        Of one length.
    """
    if task == UNSIGNED:
        b = b[~np.isnan(classify(b, *classes))]
    else:
        a, b = (positives_of(each, classes) for each in (a, b))
    a, b = (each.astype(dict.fromkeys(_KEYS, str)).set_index(_KEYS) for each in (a, b))
    shared = a.index.intersection(b.index, sort=True)
    return tuple(each.loc[shared].reset_index() for each in (a, b))


def contrast(a, b, blocks, options, *, task=SIGNED, cutoffs=()):
    """Compare two benchmarks of one dataset on the pairs that they share.

    Parameters
    ----------
    a, b : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    options : AgreementOptions
    task : str
        See `shared_pairs`.
    cutoffs : list of float
        See `strata.strata_of_size`; the effects of `b` decide.

    Returns
    -------
    list of dict
        In the columns of `columns.DIFFERENCES` from ``task`` to ``n_blocks``: `b` minus
        `a`. Empty if no pair is shared.
    """
    a, b = shared_pairs(a, b, task, options.classes)
    if b.empty:
        return []
    names = blocks_of_pairs(b, blocks)
    rows = []
    for stratum, mask in _strata(b, task, options.null, cutoffs).items():
        if not mask.any():
            continue
        known, code = np.unique(names[mask], return_inverse=True)
        blocks_here = code, len(known)
        statistics = {
            "a": statistic_of(a[mask], b[mask], blocks_here, task, options),
            "b": statistic_of(b[mask], b[mask], blocks_here, task, options),
        }
        estimates = estimate(statistics, options)
        # Strata by effect size have the primary metric only.
        n_metrics = None if stratum in (LEADS, ALL_PAIRS) else 1
        rows += [
            estimates.difference("a", "b", metric)
            | {"task": task, "stratum": stratum, "n_shared": int(mask.sum())}
            for metric in names_of(task)[:n_metrics]
        ]
    return rows


def _strata(b, task, null, cutoffs):
    """Return the masks of the strata that are compared, by name."""
    whole = {ALL_PAIRS: np.ones(len(b), dtype=bool)}
    if task == UNSIGNED:
        return whole
    by_size = strata_of_size((b["effect"] - null).abs(), cutoffs)
    return {LEADS: is_lead(b, null), **whole, **by_size}


def statistic_of(pairs, reference, blocks, task, options):
    """Return the agreement of some pairs; the classes are those of the reference.

    Parameters
    ----------
    pairs, reference : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one length and order.
    blocks : tuple
        Code of each pair's block, and the number of blocks.
    task : str
        See `tasks.task_of`.
    options : AgreementOptions

    Returns
    -------
    agreement.Signed or agreement.Unsigned
    """
    score = pairs["raw"].to_numpy(dtype=float)
    if task == UNSIGNED:
        is_positive = classify(reference, *options.classes) == 1
        return Unsigned(is_positive, np.abs(score), *blocks)
    effect = pairs["effect"].to_numpy(dtype=float) - options.null
    if task == MAGNITUDE:
        effect, score = np.abs(effect), np.abs(score)
    return Signed(effect, score, *blocks)


def contrasts(pairs, blocks, within, options, *, dataset, cutoffs=(), windows=None):
    """Compare the first benchmark of a dataset with each other one.

    Another readout, of genes instead of variants or of the whole window instead of its
    centre, or the reverse, is compared at its own window: with the first benchmark that
    has that window, else with its own scorer's.

    Parameters
    ----------
    pairs : dict of str to pandas.DataFrame
        By protocol, in the columns of `columns.PAIRS`.
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    within : pandas.DataFrame
        Differences within each protocol (`columns.DIFFERENCES`), which are kept.
    options : AgreementOptions
    dataset : str
    cutoffs : list of float
        As for `contrast`.
    windows : pandas.DataFrame, optional
        Scores of the first benchmark's model at other windows (`columns.WINDOWS`), which
        are compared with its own.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.DIFFERENCES`, with p values adjusted over all rows.
    """
    first, *others = pairs
    # Without pairs there is nothing to compare.
    model = str(pairs[first]["model"].iloc[0]) if len(pairs[first]) else None
    rows = []
    for name in others:
        if (reference := _reference_of(name, pairs)) is None:
            log.info("%s: %s shares its window with no other readout", dataset, name)
            continue
        names = {"comparison": "protocol", "protocol": reference, "a": name}
        task = _shared_task(pairs[name], pairs[reference], options)
        rows += [
            found | names | {"b": reference}
            for found in contrast(
                pairs[name],
                pairs[reference],
                blocks,
                options,
                task=task,
                cutoffs=cutoffs,
            )
        ]
    if windows is not None and len(pairs[first]):
        rows += _of_windows(first, pairs[first], windows, blocks, options, cutoffs)
    frame = pd.DataFrame(rows, columns=DIFFERENCES.names)
    frame = frame.assign(dataset=dataset, model=model)
    parts = [part for part in (within, frame) if len(part)]
    found = pd.concat(parts or [frame], ignore_index=True)
    return found.assign(p_adjusted=adjust_p_values(found["p"]))


def _of_windows(name, pairs, windows, blocks, options, cutoffs):
    """Compare the scores of a benchmark with those of its model at other windows."""
    task = _shared_task(pairs, pairs, options)
    rows = []
    for (here, there), scores in windows.groupby(["window_bp", "other_window_bp"]):
        names = {"comparison": WINDOW, "protocol": name}
        names |= {"a": f"{there}bp", "b": f"{here}bp"}
        other = with_other_scores(pairs, scores)
        rows += [
            found | names
            for found in contrast(
                other, pairs, blocks, options, task=task, cutoffs=cutoffs
            )
        ]
    return rows


def with_other_scores(pairs, scores):
    """Return the pairs that have a score at another window, with that score.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `COLUMNS`.
    scores : pandas.DataFrame
        Scores of variants, or of pairs, of a table at two windows (`columns.WINDOWS`). A
        substitution may have REF and ALT swapped in the table, and then has the opposite
        score.

    Returns
    -------
    pandas.DataFrame
    """
    keys = ["variant_id"]
    scores = scores.astype({"variant_id": str})
    pairs = pairs.astype({"variant_id": str}).drop(columns="raw")
    if scores["feature_id"].notna().any():
        keys.append("feature")
        scores, pairs = (
            each.assign(feature=without_versions(each["feature_id"].astype(str)))
            for each in (scores, pairs)
        )
    given = scores[[*keys, "other_raw"]]
    swapped = given.assign(
        variant_id=_swapped(given["variant_id"]), other_raw=-given["other_raw"]
    )
    given = pd.concat([given, swapped.dropna(subset="variant_id")])
    # A table that has both alleles' ids gives the score of the pair's own.
    given = given.drop_duplicates(keys).rename(columns={"other_raw": "raw"})
    return pairs.merge(given, on=keys).drop(columns=[*keys[1:]])


def _swapped(ids):
    """Return the ids of substitutions with REF and ALT swapped; others are missing."""
    parts = ids.str.extract(
        r"^(?P<start>.+_)(?P<ref>[A-Z]+)_(?P<alt>[A-Z]+)(?P<end>_.+)$"
    )
    swapped = parts["start"] + parts["alt"] + "_" + parts["ref"] + parts["end"]
    return swapped.where(parts["ref"].str.len() == parts["alt"].str.len())


def _reference_of(name, pairs):
    """Return the benchmark that another one is compared with, or None."""
    first, *_ = pairs
    kinds = {each: _readout(frame) for each, frame in pairs.items()}
    scorer, window_bp = kinds[name]
    is_other = kinds[first][0] != scorer and kinds[first][1] != window_bp
    both = scorer, kinds[first][0]
    is_kept = not any(map(is_by_gene, both)) and len({*map(is_whole_window, both)}) == 1
    if not is_other or is_kept:
        return first
    before = list(pairs)[: list(pairs).index(name)]
    same = [each for each in before if kinds[each][1] == window_bp]
    same += [each for each in before if kinds[each][0] == scorer]
    return next(iter(same), None)


def _readout(pairs):
    """Return the scorer and the window of a benchmark."""
    if pairs.empty:
        return "", None
    return str(pairs["scorer"].iloc[0]), pairs["window_bp"].iloc[0]


def _shared_task(a, b, options):
    """Return the task of a comparison: without signs if either score has none."""
    has_signs = all(is_signed(_readout(each)[0]) for each in (a, b))
    return task_of(b, options.is_signed and has_signs)
