"""Tests that need the pairs of a benchmark, not only its metrics."""

import logging

import numpy as np
import pandas as pd

from endobench.benchmark.matching import positives_of
from endobench.benchmark.strata import is_lead
from endobench.core.columns import EXPLANATION_TESTS
from endobench.core.number_text import decimals
from endobench.design.explanations import ACCURACY, EQUAL_WINDOWS, LEAST
from endobench.design.tasks import LEADS, SIGNED, task_of
from endobench.evaluate.curves import bins_of
from endobench.evaluate.nulls_and_ceiling import replicate_effects
from endobench.evaluate.options import estimate
from endobench.stats.agreement import Signed
from endobench.stats.analytic import wilson
from endobench.stats.bootstrap import MIN_BLOCKS, bootstrap, difference
from endobench.stats.ld_blocks import blocks_of_pairs
from endobench.stats.reliability import reliability
from endobench.stats.trends import LEAST_ANSWERED, ShareAnswered, SizeTrends

log = logging.getLogger(__name__)

# Fewer bins than a curve has: each needs effects of both signs in every resample.
N_BINS = 5
_SIZES = ("sign_by_size", "rank_by_size")
# No difference of correlations exceeds it.
_NEVER = 2.0


def explanation_tests(
    pairs,
    blocks,
    options,
    *,
    dataset,
    protocol,
    control=None,
    replicates=None,
    windows=None,
):
    """Test what a benchmark's pairs say about explanations of a null result.

    The pairs are one lead variant per feature, as in the prespecified result; with
    classes, the positives. Without signs of effects and scores, no test is made.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    blocks : pandas.DataFrame or None
        LD blocks; see `ld_blocks.assign_blocks`.
    options : AgreementOptions
    dataset, protocol : str
    control : pandas.DataFrame, optional
        The effects joined with those of another assay, in the columns of
        `columns.CONTROL_PAIRS`. Its agreement with the scores is compared with that of the
        effects.
    replicates : pandas.DataFrame, optional
        The effects joined with those of another cohort; see `replicates.join_replicate`.
    windows : pandas.DataFrame, optional
        Scores of a sample at two windows, in the columns of `columns.WINDOWS`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.EXPLANATION_TESTS`.
    """
    pairs = positives_of(pairs, options.classes)
    if task_of(pairs, options.is_signed) != SIGNED or pairs.empty:
        log.info("%s, %s: no pairs with signs to test", dataset, protocol)
        return _table([], dataset, protocol, pairs)
    effect = pairs["effect"].to_numpy(dtype=float) - options.null
    pairs = pairs.assign(
        effect=effect,
        # The null of the effects is now zero.
        block=np.unique(blocks_of_pairs(pairs, blocks), return_inverse=True)[1],
    )
    leads = pairs[is_lead(pairs)]
    rows = [*_size_rows(leads, options), *_direction_rows(leads, options)]
    if control is not None and len(control):
        rows += _readout_rows(leads, control, options)
    if replicates is not None and len(replicates):
        rows += _replicate_rows(leads, replicates, options)
    if windows is not None and len(windows):
        rows += _window_rows(pairs, windows, options)
    return _table(rows, dataset, protocol, pairs)


def _table(rows, dataset, protocol, pairs):
    frame = pd.DataFrame(rows, columns=EXPLANATION_TESTS.names)
    frame["stratum"] = frame["stratum"].astype(object).fillna(LEADS)
    model = str(pairs["model"].iloc[0]) if len(pairs) else None
    frame = frame.assign(dataset=dataset, protocol=protocol, model=model)
    return frame.astype({"n": "Int64", "n_blocks": "Int64"})


def _size_rows(pairs, options):
    """Return the trends over sizes, if there are two bins of pairs with signs."""
    pairs = pairs[pairs["effect"] != 0]
    if pairs.empty:
        return []
    bins = bins_of(pairs["effect"].abs().to_numpy(), N_BINS)
    if bins.max() == 0:
        return []
    code, n_blocks, sizes = _coded(pairs)
    statistic = SizeTrends(pairs["effect"], pairs["raw"], bins, code, n_blocks)
    values, replicates = _resampled(statistic, n_blocks, options)
    evidence = f"slope over {bins.max() + 1} bins of equally many pairs"
    return [
        {
            "test": test,
            "metric": metric,
            **_from_zero(values[place], replicates[:, place], sizes),
            "n": len(pairs),
            "n_blocks": n_blocks,
            "evidence": evidence,
        }
        for place, (test, metric) in enumerate(
            zip(_SIZES, SizeTrends.NAMES, strict=True)
        )
    ]


def _direction_rows(pairs, options):
    """Return the share of variants that can be answered with few wrong signs."""
    pairs = pairs[(pairs["effect"] != 0) & (pairs["raw"] != 0)]
    if len(pairs) < LEAST_ANSWERED:
        return []
    size, is_right = pairs["raw"].abs(), (pairs["effect"] > 0) == (pairs["raw"] > 0)
    code, n_blocks, _ = _coded(pairs)
    statistic = ShareAnswered(size, is_right, code, ACCURACY)
    values, replicates = _resampled(statistic, n_blocks, options)
    low, high = _percentiles(replicates[:, 0], is_right, n_blocks)
    return [
        {
            "test": "direction",
            "metric": "share_answered",
            "value": values[0],
            "ci_low": low,
            "ci_high": high,
            "n": len(pairs),
            "n_blocks": n_blocks,
            "evidence": (
                f"all variants answered: {100 * is_right.mean():.1f} % of signs are right"
            ),
        }
    ]


def _percentiles(shares, is_right, n_blocks):
    """Return the interval of a share answered, which has no standard error to rely on.

    Missing with fewer than `MIN_BLOCKS` blocks. If all signs are right, or all wrong, so
    they are in every resample: then the accuracy of as many independent signs as there
    are blocks must be beyond doubt.
    """
    least, most = wilson(float(is_right.mean()), n_blocks)
    is_one_sided = is_right.all() or not is_right.any()
    is_doubtful = is_one_sided and least < ACCURACY < most
    if n_blocks < MIN_BLOCKS or is_doubtful:
        return np.nan, np.nan
    return np.quantile(shares, [0.025, 0.975])


def _readout_rows(pairs, control, options):
    """Compare the scores' agreement with another assay's effects and with these."""
    measured = control.drop_duplicates("source_id").astype({"source_id": str})
    measured = measured.set_index("source_id")
    ids = pairs["source_id"].astype(str)
    shared = pairs.assign(
        other=ids.map(measured["raw"]).astype(float),
        other_se=ids.map(measured["control_se"]).astype(float),
    )
    shared = shared[shared["other"].notna()]
    # The assay has one effect per variant, which counts once.
    shared = shared[is_lead(shared.assign(feature_id=shared["source_id"]))]
    if shared.empty:
        return []
    name = str(control["model"].iloc[0]).removeprefix("control/")
    row = _paired(shared, "effect", "raw", "other", "raw", options)
    own, other = row.pop("values")
    agreements = (
        f"Spearman with {name} {decimals(other)}, with these effects {decimals(own)}"
    )
    others = shared.assign(
        effect=shared["other"], effect_se=shared["other_se"], unit=name
    )
    from_own, of_own = _taken_by_noise(shared, own, "these effects")
    from_other, of_other = _taken_by_noise(others, other, name)
    null = min(LEAST + from_own, _NEVER)
    rule = {"null": null, "least": max(LEAST - from_other, -_NEVER) - null}
    evidence = "; ".join([agreements, of_own, of_other])
    return [{"test": "accessibility", **row, **rule, "evidence": evidence}]


def _taken_by_noise(pairs, rho, what):
    """Return how much noise in effects weakens their agreement, and that in words.

    The correction by reliability falls short if effects were selected for their size, so
    that it is trusted only where it is small. Otherwise the noise may do anything.
    """
    found, _ = reliability(pairs)
    if not found > 0:
        return np.inf, f"the noise in {what} is not known, and may do as much"
    taken = max(rho, 0) * (1 / np.sqrt(found) - 1)
    note = f"noise in {what} takes away {decimals(taken)}"
    if taken > LEAST:
        return np.inf, f"{note} or more, and may do as much"
    return taken, note


def _replicate_rows(pairs, replicates, options):
    """Compare the agreement of a second cohort with that of the model."""
    other = replicate_effects(pairs, replicates)
    shared = pairs.assign(other=other)[np.isfinite(other)]
    if shared.empty:
        return []
    name = str(replicates["replicate"].iloc[0])
    row = _paired(shared, "effect", "raw", "effect", "other", options)
    before, after = map(decimals, row.pop("values"))
    evidence = f"Spearman of {name} {after}, of the model {before}"
    # Its rule asks whether the difference is small, which a test against 0 cannot show.
    return [{"test": "replicate", **row, "p": np.nan, "evidence": evidence}]


def _window_rows(pairs, windows, options):
    """Compare the scores of a sample at two windows, both means over all tracks.

    Samples of another scorer, model or window are none of this benchmark.
    """
    first = pairs.iloc[0]
    is_own = windows["scorer"].astype(str) == str(first["scorer"])
    is_own &= windows["model"].astype(str) == str(first["model"])
    windows = windows[is_own & (windows["window_bp"] == first["window_bp"])]
    if windows.empty or windows["feature_id"].notna().any():
        return []
    known = windows.astype({"variant_id": str}).drop_duplicates("variant_id")
    known = known.set_index("variant_id")
    ids = pairs["variant_id"].astype(str)
    shared = pairs.assign(
        **{name: ids.map(known[name]).astype(float) for name in ("raw", "other_raw")}
    )
    shared = shared[np.isfinite(shared["raw"]) & np.isfinite(shared["other_raw"])]
    if len(shared) < LEAST_ANSWERED:
        return []
    sizes = [int(windows[name].iloc[0]) for name in ("window_bp", "other_window_bp")]
    # The longer window minus the shorter one.
    columns = ["raw", "other_raw"] if sizes[0] < sizes[1] else ["other_raw", "raw"]
    row = _paired(shared, "effect", columns[0], "effect", columns[1], options)
    before, after = map(decimals, row.pop("values"))
    evidence = (
        f"{shared['variant_id'].nunique()} variants, means over all tracks: Spearman"
        f" {before} at {min(sizes):,} bp, {after} at {max(sizes):,} bp"
    )
    if (shared["raw"] == shared["other_raw"]).all():
        evidence += EQUAL_WINDOWS
    return [
        {"test": "window_sample", "stratum": "all_pairs", **row}
        | {"evidence": evidence}
    ]


def _paired(pairs, effect_a, score_a, effect_b, score_b, options):
    """Return the difference in Spearman, `b` minus `a`, on the same pairs."""
    code, n_blocks, _ = _coded(pairs)
    statistics = {
        name: Signed(pairs[effect], pairs[score], code, n_blocks)
        for name, effect, score in (("a", effect_a, score_a), ("b", effect_b, score_b))
    }
    found = estimate(statistics, options).difference("a", "b", "spearman")
    return {
        "metric": "spearman",
        "value": found["difference"],
        **{name: found[name] for name in ("ci_low", "ci_high", "p", "n_blocks")},
        "n": len(pairs),
        "values": (found["value_a"], found["value_b"]),
    }


def _coded(pairs):
    """Return the block of each pair, the number of blocks, and their sizes."""
    names, code = np.unique(pairs["block"], return_inverse=True)
    return code, len(names), np.bincount(code)


def _resampled(statistic, n_blocks, options):
    """Return the values of one statistic, and those of its resamples."""
    [values], [replicates] = bootstrap(
        [statistic], n_blocks, n_resamples=options.n_resamples, seed=options.seed
    )
    return values, replicates


def _from_zero(value, replicates, block_sizes):
    """Return a value with its interval and its test against zero."""
    # Sums of equal shares differ in their last digits.
    value, replicates = (0 + np.round(each, 12) for each in (value, replicates))
    if np.ptp(replicates) == 0:
        # Bins that all have the limit of a measure, such as an area of 1.
        return {"value": value}
    found = difference(0.0, np.zeros(len(replicates)), value, replicates, block_sizes)
    return {
        "value": value,
        "ci_low": 0 + found.ci_low,
        "ci_high": 0 + found.ci_high,
        "p": found.p,
    }
