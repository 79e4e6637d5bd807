"""Gates on the parts of a benchmark: does each of them agree with the rest?

Pairs are divided by chromosome, kind of variant, alleles and more (`DIVISIONS`), and the
agreement in each part is compared with that in all other pairs. A fault in a part, such
as flipped signs, lowers the agreement as a whole but does not hide it.
"""

import re
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import betaincinv, stdtr, stdtrit

from endobench.benchmark.divisions import DIVISIONS, described
from endobench.benchmark.repeated import ALIGNED, ALIGNED_CONFLICT, ALIGNED_OPPOSITE
from endobench.benchmark.strata import features_of
from endobench.core.columns import PARTS
from endobench.gates.verdicts import (
    MIN_ROWS,
    Measured,
    not_checked,
    share_of,
    too_few,
)
from endobench.stats.ld_blocks import blocks_of_pairs
from endobench.stats.mixture import FEWEST, LARGE, opposite_share

SCORES, CONTROL, SEQUENCE = "scores", "control", "sequence"
# Divisions by place and source, which leave alone how well motifs describe a model: those
# by alleles and kinds of variant do not.
OF_SEQUENCE = {
    "chromosome": 0.75,
    "region": 0.5,
    "lines of the table": 0.5,
    "order of the alleles": 0.75,
    "strand of the gene": 0.75,
    "lead variant of the source": 0.75,
    "route": 0.75,
    "window": 0.5,
}
_COMPARED = {
    SCORES: "effects with scores",
    CONTROL: "effects with control",
    SEQUENCE: "scores with motif changes",
}
# A part needs as many pairs, in as many independent clusters, and so does the rest.
MIN_PAIRS, MIN_CLUSTERS = 10, 8
# The family-wise error at which a part is named. Over ten seeds of the demonstration and
# all pairings of the public tables the smallest adjusted p value is 0.2; faults in a
# whole part have 1e-9 or less.
DISAGREES = 0.001
# Correlations are compared as Fisher's z, which is infinite at 1.
_LIMIT = 0.999
_CONSTANT = 1e-12
_NAMED = 3
# Of a one-sided bound.
_LEVEL = 0.005


class _Agreement(NamedTuple):
    """Correlation of the ranks of effects and scores in some pairs.

    Attributes
    ----------
    rho : float
    influence : numpy.ndarray of float, shape (n_clusters,)
        Change of `rho` that each cluster causes; their squares sum to its variance.
    n, n_clusters : int
    """

    rho: float
    influence: np.ndarray
    n: int
    n_clusters: int


class _Ranks:
    """Ranks of effects and scores, with sums of their products by cluster."""

    def __init__(self, effect, score, cluster):
        self._cluster, self._n_clusters = cluster, cluster.max() + 1
        x, y = (
            pd.Series(each).rank().to_numpy() / len(each) for each in (effect, score)
        )
        x, y = x - x.mean(), y - y.mean()
        self.x, self.y = x, y
        self._terms = np.ones_like(x), x, y, x * x, y * y, x * y

    def sums(self, mask):
        """Return the sums of n, x, y, xx, yy, xy of some pairs, (6, n_clusters)."""
        cluster = self._cluster[mask]
        return np.stack(
            [np.bincount(cluster, each[mask], self._n_clusters) for each in self._terms]
        )


def _agreement(sums):
    """Return the `_Agreement` of some pairs from their sums, or None for too few."""
    n, *means = sums.sum(axis=1)
    if n < MIN_PAIRS:
        return None
    mean_x, mean_y, xx, yy, xy = (each / n for each in means)
    var_x, var_y = xx - mean_x**2, yy - mean_y**2
    if min(var_x, var_y) < _CONSTANT:
        return None
    count, x, y, xx, yy, xy_sum = sums
    scale = np.sqrt(var_x * var_y)
    rho = (xy - mean_x * mean_y) / scale
    cross = xy_sum - mean_x * y - mean_y * x + mean_x * mean_y * count
    square_x = (xx - 2 * mean_x * x + mean_x**2 * count) / var_x
    square_y = (yy - 2 * mean_y * y + mean_y**2 * count) / var_y
    influence = (cross / scale - rho / 2 * (square_x + square_y)) / n
    return _Agreement(rho, influence, int(n), int((count > 0).sum()))


def clusters_of(pairs, blocks=None):
    """Return the independent clusters of pairs, as codes from 0, shape (n_pairs,).

    A cluster is an LD block, or all pairs that are connected by variants and features
    they share if no blocks are given.
    """
    if blocks is not None and len(blocks):
        return pd.factorize(blocks_of_pairs(pairs, blocks))[0]
    # With blocks, to load `scipy.sparse` would take as long as the comparison does.
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    variant = pd.factorize(pairs["variant_id"].astype(object))[0]
    feature = pd.factorize(features_of(pairs))[0] + variant.max() + 1
    shape = (feature.max() + 1,) * 2
    links = coo_matrix((np.ones(len(pairs), dtype=np.int8), (variant, feature)), shape)
    _, component = connected_components(links, directed=False)
    return pd.factorize(component[variant])[0]


def compare_parts(
    pairs, *, blocks=None, strands=None, is_signed=True, null=0.0, divisions=None
):
    """Compare the agreement in every part of a benchmark with that in the rest.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    blocks : pandas.DataFrame, optional
        LD blocks; see `clusters_of`.
    strands : pandas.Series of str, optional
        See `divisions.described`.
    is_signed : bool
        Whether effects and scores have signs; otherwise their sizes are compared.
    null : float
        Value of no effect.
    divisions : dict of str to float, optional
        Names of divisions with their shares `least`, instead of all of them.

    Returns
    -------
    pandas.DataFrame
        ``division, part, n, n_rest, n_clusters, value, ci_low, ci_high, rest, least, p,
        p_adjusted, is_disagreeing`` of `columns.PARTS`. `value` is the correlation of
        ranks within the part. `p` tests that the lower of `value` and `rest` is at least
        `least` times the other on Fisher's z scale, with variances that are robust to
        correlation within clusters. `p_adjusted` is adjusted by Bonferroni. A part
        disagrees if `p_adjusted` is below `DISAGREES` and it agrees less than the rest
        with the benchmark as a whole.
    """
    scored = pairs[np.isfinite(pairs["raw"].to_numpy(dtype=float))]
    scored = scored.reset_index(drop=True)
    rows = []
    if len(scored) >= 2 * MIN_PAIRS:
        cluster = clusters_of(scored, blocks)
        ranks = _Ranks(*_vectors(scored, is_signed, null), cluster)
        frame = described(scored, strands, null)
        for division in _chosen(divisions):
            rows += _of_division(division, division.labels_of(frame), ranks)
    names = ["division", "part", "n", "n_rest", "n_clusters", "value", "ci_low"]
    names += ["ci_high", "rest", "least", "p", "is_lower"]
    table = pd.DataFrame(rows, columns=names)
    adjusted = (table["p"].astype(float) * len(table)).clip(upper=1)
    # If a part disagrees, so do all others with a rest that holds it.
    is_disagreeing = (adjusted < DISAGREES) & table["is_lower"].astype(bool)
    return table.assign(p_adjusted=adjusted, is_disagreeing=is_disagreeing)


def _chosen(divisions):
    """Return all divisions, or those that are named, with their shares `least`."""
    if divisions is None:
        return DIVISIONS
    return [
        each._replace(least=divisions[each.name])
        for each in DIVISIONS
        if each.name in divisions
    ]


def _vectors(scored, is_signed, null):
    effect = scored["effect"].to_numpy(dtype=float) - null
    score = scored["raw"].to_numpy(dtype=float)
    return (effect, score) if is_signed else (np.abs(effect), np.abs(score))


def _by_number(name):
    """Sort names by the numbers in them, as in chr2 before chr10."""
    parts = re.split(r"(\d+)", name)
    return [(int(each), "") if each.isdigit() else (-1, each) for each in parts]


def _of_division(division, labels, ranks):
    is_known = labels.notna().to_numpy()
    names = sorted(labels[is_known].astype(str).unique(), key=_by_number)
    codes = pd.Categorical(labels[is_known], names).codes
    if len(names) < 2:
        return
    everything = ranks.sums(is_known)
    whole = getattr(_agreement(everything), "rho", 0.0)
    for code, name in enumerate(names):
        mask = is_known.copy()
        mask[is_known] = codes == code
        sums = ranks.sums(mask)
        part, rest = _agreement(sums), _agreement(everything - sums)
        if part is None or rest is None:
            continue
        if min(part.n_clusters, rest.n_clusters) < MIN_CLUSTERS:
            continue
        yield (
            division.name,
            name,
            part.n,
            rest.n,
            part.n_clusters,
            part.rho,
            *_interval(part),
            rest.rho,
            division.least,
            _p_value(part, rest, division.least),
            bool((part.rho - rest.rho) * whole < 0),
        )


def _interval(part):
    """Return the 95 % confidence interval of the agreement in a part."""
    rho = np.clip(part.rho, -_LIMIT, _LIMIT)
    df = part.n_clusters - 1
    variance = (part.influence**2).sum() * part.n_clusters / df / (1 - rho**2) ** 2
    half = stdtrit(df, 0.975) * np.sqrt(max(variance, _analytic(rho, part.n)))
    return np.tanh(np.arctanh(rho) - half), np.tanh(np.arctanh(rho) + half)


def _p_value(part, rest, least):
    """Test that the lower agreement is at least a share of the higher one."""
    larger = part if abs(part.rho) > abs(rest.rho) else rest
    sign = -1 if larger.rho < 0 else 1
    high, low = (part, rest) if part.rho * sign > rest.rho * sign else (rest, part)
    rho_high, rho_low = (
        np.clip(each.rho * sign, -_LIMIT, _LIMIT) for each in (high, low)
    )
    gap = least * np.arctanh(rho_high) - np.arctanh(rho_low)
    influence = least * high.influence / (1 - rho_high**2)
    influence = influence - low.influence / (1 - rho_low**2)
    df = min(high.n_clusters, low.n_clusters) - 1
    variance = (influence**2).sum() * (df + 1) / df
    analytic = least**2 * _analytic(rho_high, high.n) + _analytic(rho_low, low.n)
    # Either part may be the lower one.
    return min(2 * float(stdtr(df, -gap / np.sqrt(max(variance, analytic)))), 1.0)


def _analytic(rho, n):
    """Return the variance of Fisher's z of independent pairs (Bonett and Wright 2000)."""
    return (1 + rho**2 / 2) / (n - 3)


def measure(
    pairs, control, parts, waterfall, replicates=None, *, is_signed=True, null=0.0
):
    """Measure the gates on parts of a benchmark, which belong to the stage "scores".

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one benchmark.
    control : pandas.DataFrame or None
        Effects joined with the positive control, in the same columns.
    parts : pandas.DataFrame
        From `parts_of_benchmark`.
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL`.
    replicates : pandas.DataFrame, optional
        In the columns of `columns.REPLICATES`.
    is_signed, null
        See `compare_parts`.

    Returns
    -------
    dict of str to Measured
    """
    unsigned = not_checked(len(pairs), "effects or scores have no signs")
    return {
        "part_agreement": part_agreement(parts),
        "control_parts": control_parts(parts),
        "sequence_parts": sequence_parts(parts),
        "opposite_signs": opposite_signs(pairs, null) if is_signed else unsigned,
        "control_signs": control_signs(control, null) if is_signed else unsigned,
        "replicate_signs": replicate_signs(replicates, null) if is_signed else unsigned,
        "aligned_duplicates": aligned_duplicates(waterfall),
    }


def control_parts(parts):
    """Measure `part_agreement` of effects with the positive control."""
    return part_agreement(parts, CONTROL)


def sequence_parts(parts):
    """Measure `part_agreement` of scores with motif changes, one pair per variant."""
    return part_agreement(parts, SEQUENCE)


def control_scores(pairs, control):
    """Measure the agreement of the positive control with the scores themselves.

    Parameters
    ----------
    pairs, control : pandas.DataFrame
        See `measure`.

    Returns
    -------
    Measured
        Absolute Spearman correlation over the variants of both.
    """
    if control is None:
        return not_checked(0, "no positive control is declared")
    scores, values = (
        frame.dropna(subset="raw").drop_duplicates("variant_id").set_index("variant_id")
        for frame in (pairs, control)
    )
    both = scores[["raw"]].join(values["raw"], rsuffix="_control", how="inner")
    n = len(both)
    if n < MIN_ROWS:
        return too_few(n, "variants with a score and a value of the control")
    ranks = [each.rank().to_numpy() for _, each in both.items()]
    if min(map(np.ptp, ranks)) == 0:
        return not_checked(n, "scores or values of the control do not vary")
    rho = np.corrcoef(*ranks)[0, 1]
    return Measured(
        abs(rho),
        n,
        f"Spearman {rho:.3f} of scores with the positive control at {n:,} variants",
    )


def aligned_duplicates(waterfall):
    """Measure the share of pairs that conflict with another after left-alignment.

    Parameters
    ----------
    waterfall : pandas.DataFrame
        In the columns of `columns.WATERFALL`.
    """
    counts = waterfall.groupby("reason")["n_pairs"].sum()
    same, conflict, opposite = (
        int(counts.get(each, 0))
        for each in (ALIGNED, ALIGNED_CONFLICT, ALIGNED_OPPOSITE)
    )
    n = int(waterfall["n_pairs"].iloc[-1]) + same + conflict + opposite
    return share_of(
        conflict + opposite,
        n,
        f"pairs conflict with another pair of the same variant and feature once indels are"
        f" left-aligned, {opposite:,} of them with effects of the opposite sign ({same:,}"
        " others repeat a pair)",
    )


def part_agreement(parts, against=SCORES):
    """Measure the smallest adjusted p value of a part that disagrees with the rest.

    Parameters
    ----------
    parts : pandas.DataFrame
        In the columns of `columns.PARTS`.
    against : {"scores", "control", "sequence"}
        What effects, or scores, are compared with.
    """
    rows = parts[parts["against"] == against]
    words = _COMPARED[against]
    if rows.empty:
        least = f"{MIN_PAIRS} pairs in {MIN_CLUSTERS} clusters"
        return not_checked(0, f"no part and its rest have {least} for {words}")
    ordered = rows.sort_values("p_adjusted", kind="stable")
    named = ordered[ordered["is_disagreeing"].astype(bool)].head(_NAMED)
    n_bad = int(rows["is_disagreeing"].astype(bool).sum())
    word = f"{n_bad} of {len(rows)} parts disagree with the rest"
    shown = ordered.head(1) if named.empty else named
    texts = [
        f"{row.division} {row.part}: {row.value:.3f} in {row.n:,} pairs, {row.rest:.3f}"
        f" in {row.n_rest:,} others, adjusted p {row.p_adjusted:.2g}"
        for row in shown.itertuples()
    ]
    extreme = "" if len(named) else "the most extreme is "
    return Measured(
        float(ordered["p_adjusted"].iloc[0]),
        len(rows),
        f"rank correlation of {words}: {word}; {extreme}{'; '.join(texts)}",
    )


def opposite_signs(pairs, null=0.0, against=SCORES):
    """Measure the share of signs that are opposite, at least.

    See `endobench.stats.mixture`.

    Parameters
    ----------
    pairs : pandas.DataFrame or None
        In the columns of `columns.PAIRS`.
    null : float
        Value of no effect.
    against : {"scores", "control"}
        What effects are compared with.

    Returns
    -------
    Measured
        The lower one-sided 99.5 % bound of the share.
    """
    if pairs is None:
        return not_checked(0, "no positive control is declared")
    scored = pairs[np.isfinite(pairs["raw"].to_numpy(dtype=float))]
    found = opposite_share(*_vectors(scored, True, null))
    if found is None:
        what = f"pairs in which effects and {against} are large"
        return not_checked(len(scored), f"fewer than {FEWEST} {what}")
    return Measured(
        found.low,
        found.n,
        f"{found.n_opposite:,} of {found.n:,} pairs with large effects and {against} have"
        f" opposite signs; an estimated {found.share:.0%} of all signs are opposite, at"
        f" least {found.low:.1%}",
    )


def control_signs(control, null=0.0):
    """Measure `opposite_signs` of effects and the positive control."""
    return opposite_signs(control, null, CONTROL)


def replicate_signs(replicates, null=0.0):
    """Measure the share of large effects whose sign is opposite in the replicate.

    Both cohorts measure the same effect, so that those that are large in both have one
    sign, except where alleles or rows were mixed up.

    Parameters
    ----------
    replicates : pandas.DataFrame or None
        In the columns of `columns.REPLICATES`.
    null : float
        Value of no effect.

    Returns
    -------
    Measured
        Lower one-sided 99.5 % bound (Clopper-Pearson) among the pairs with the largest
        40 % of the effects of both.
    """
    if replicates is None:
        return not_checked(0, "no replicate is declared")
    both = replicates[["effect", "replicate_effect"]].dropna().to_numpy(float) - null
    ranks = pd.DataFrame(np.abs(both)).rank(pct=True).to_numpy()
    large = both[(ranks > LARGE).all(axis=1)]
    n = len(large)
    if n < FEWEST:
        return too_few(n, "pairs with large effects in both cohorts", FEWEST)
    n_opposite = int((np.sign(large).prod(axis=1) < 0).sum())
    low = betaincinv(n_opposite, n - n_opposite + 1, _LEVEL) if n_opposite else 0.0
    return Measured(
        float(low),
        n,
        f"{n_opposite:,} of {n:,} pairs with large effects in both cohorts have opposite"
        f" signs, at least {low:.1%}",
    )


def parts_of_benchmark(pairs, control=None, motif_change=None, **options):
    """Return the parts of a benchmark, with scores, the positive control and the sequence.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    control : pandas.DataFrame, optional
        Effects joined with the positive control, in the same columns.
    motif_change : pandas.Series of float, optional
        Change of motif sites, by variant.
    **options
        Of `compare_parts`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.PARTS` except ``dataset, protocol, model``.
    """
    tables = [compare_parts(pairs, **options).assign(against=SCORES)]
    if control is not None and len(control):
        tables.append(compare_parts(control, **options).assign(against=CONTROL))
    if motif_change is not None:
        unique = with_motif_changes(pairs, motif_change)
        chosen = options | {"divisions": OF_SEQUENCE, "null": 0.0}
        tables.append(compare_parts(unique, **chosen).assign(against=SEQUENCE))
    tables = [each for each in tables if len(each)] or tables[:1]
    return pd.concat(tables, ignore_index=True).reindex(columns=PARTS.names)


def with_motif_changes(pairs, motif_change):
    """Return one pair per variant, with the change of its motif sites as the effect.

    A variant that leads any feature stands for its lead.

    Parameters
    ----------
    pairs, motif_change
        See `parts_of_benchmark`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.PAIRS`, without variants that have no score or no known
        change.
    """
    leads = pairs["is_source_lead"].astype("boolean").fillna(False)
    first = pairs.assign(is_first=leads.to_numpy(bool))
    first = first.sort_values("is_first", ascending=False, kind="stable")
    unique = first.drop(columns="is_first").drop_duplicates("variant_id").sort_index()
    change = unique["variant_id"].astype(object).map(motif_change).astype(float)
    is_known = np.isfinite(change) & np.isfinite(unique["raw"].to_numpy(dtype=float))
    return unique.assign(effect=change)[is_known.to_numpy()]
