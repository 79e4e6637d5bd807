"""Gates on the parts of a benchmark: does each of them agree with the rest?

Pairs are divided by chromosome, kind of variant, alleles and more (`DIVISIONS`), and the
agreement in each part is compared with that in all other pairs. A fault in a part, such
as flipped signs, lowers the agreement as a whole but does not hide it.
"""

import re

import numpy as np
import pandas as pd

from endobench.benchmark.divisions import DIVISIONS, Labels
from endobench.benchmark.strata import features_of
from endobench.core.columns import PARTS
from endobench.gates.verdicts import Measured, not_checked
from endobench.stats.clustered_ranks import (
    MIN_PAIRS,
    Ranks,
    agreement,
    interval_of,
    p_value,
)
from endobench.stats.ld_blocks import codes_of_pairs

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
# Fewest independent clusters of a part, and of its rest.
MIN_CLUSTERS = 8
# The family-wise error at which a part is named. Over ten seeds of the demonstration and
# all pairings of the public tables the smallest adjusted p value is 0.2; faults in a
# whole part have 1e-9 or less.
DISAGREES = 0.001
# Of correlations this high, the strongest effects of a few features have nearly 1.
_BOTH_HIGH = 0.9
_NAMED = 3
_NO_PARTS = pd.DataFrame()


def clusters_of(pairs, blocks=None):
    """Return the independent clusters of pairs, as codes from 0, shape (n_pairs,).

    A cluster is an LD block, or all pairs that are connected by variants and features
    they share if no blocks are given.
    """
    if blocks is not None and len(blocks):
        return codes_of_pairs(pairs, blocks)
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
    pairs,
    *,
    blocks=None,
    strands=None,
    is_signed=True,
    null=0.0,
    divisions=None,
    labels=None,
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
    labels : divisions.Labels, optional
        Of the pairs, if they are known; not used if some pairs have no score.

    Returns
    -------
    pandas.DataFrame
        ``division, part, n, n_rest, n_clusters, value, ci_low, ci_high, rest, least, p,
        p_adjusted, is_disagreeing`` of `columns.PARTS`. `value` is the correlation of
        ranks within the part. `p` tests that the lower of `value` and `rest` is at least
        `least` times the other on Fisher's z scale, with variances that are robust to
        correlation within clusters; it is 1 if both are 0.9 or more. `p_adjusted` is
        adjusted by Bonferroni. A part disagrees if `p_adjusted` is below `DISAGREES` and
        it agrees less than the rest with the benchmark as a whole.
    """
    is_scored = np.isfinite(pairs["raw"].to_numpy(dtype=float))
    scored = pairs if is_scored.all() else pairs[is_scored]
    rows = []
    if len(scored) >= 2 * MIN_PAIRS:
        cluster = clusters_of(scored, blocks)
        ranks = Ranks(*_vectors(scored, is_signed, null), cluster)
        if labels is None or not is_scored.all():
            labels = Labels(scored, strands, null)
        for division in _chosen(divisions):
            rows += _of_division(division, *labels[division], ranks)
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


def _of_division(division, codes, names, ranks):
    if len(names) < 2:
        return
    everything = ranks.sums(codes >= 0)
    whole = getattr(agreement(everything), "rho", 0.0)
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes + 1))
    names = [str(each) for each in names]
    for code in sorted(range(len(names)), key=lambda each: _by_number(names[each])):
        name = names[code]
        sums = ranks.sums(order[ends[code] : ends[code + 1]])
        part, rest = agreement(sums), agreement(everything - sums)
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
            *interval_of(part),
            rest.rho,
            division.least,
            _p_value(part, rest, division.least),
            bool((part.rho - rest.rho) * whole < 0),
        )


def _p_value(part, rest, least):
    """Return the p value of `compare_parts`: 1 if both parts agree nearly perfectly."""
    is_high = min(part.rho, rest.rho) >= _BOTH_HIGH
    return 1.0 if is_high else p_value(part, rest, least)


def measure(parts):
    """Measure the gates on the parts of a benchmark.

    Parameters
    ----------
    parts : pandas.DataFrame
        From `parts_of_benchmark`.

    Returns
    -------
    dict of str to Measured
    """
    return {
        "part_agreement": part_agreement(parts),
        "control_parts": control_parts(parts),
        "sequence_parts": sequence_parts(parts),
    }


def control_parts(parts):
    """Measure `part_agreement` of effects with the positive control."""
    return part_agreement(parts, CONTROL)


def sequence_parts(parts):
    """Measure `part_agreement` of scores with motif changes, one pair per variant."""
    return part_agreement(parts, SEQUENCE)


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
        f"{row.division} {row.part}: {row.value:z.3f} in {row.n:,} pairs, {row.rest:z.3f}"
        f" in {row.n_rest:,} others, adjusted p {row.p_adjusted:.2g}"
        for row in shown.itertuples()
    ]
    extreme = "" if len(named) else "the most extreme is "
    return Measured(
        float(ordered["p_adjusted"].iloc[0]),
        len(rows),
        f"rank correlation of {words}: {word}; {extreme}{'; '.join(texts)}",
    )


def parts_of_benchmark(pairs, control=None, motif_change=None, labels=None, **options):
    """Return the parts of a benchmark, with scores, the positive control and the sequence.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`.
    control : pandas.DataFrame, optional
        Effects joined with the positive control, in the same columns.
    motif_change : pandas.Series of float, optional
        Change of motif sites, by variant.
    labels : divisions.Labels, optional
        Of the pairs, if they are known.
    **options
        Of `compare_parts`.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.PARTS` except ``dataset, protocol, model``.
    """
    return stacked(
        parts_with_scores(pairs, labels, **options),
        parts_with_control(control, **options),
        parts_with_sequence(pairs, motif_change, **options),
    )


def parts_with_scores(pairs, labels=None, **options):
    """Return the parts of `parts_of_benchmark` in which effects meet scores."""
    return compare_parts(pairs, labels=labels, **options).assign(against=SCORES)


def parts_with_control(control, **options):
    """Return the parts of `parts_of_benchmark` in which effects meet the control."""
    if control is None or control.empty:
        return _NO_PARTS
    return compare_parts(control, **options).assign(against=CONTROL)


def parts_with_sequence(pairs, motif_change, **options):
    """Return the parts of `parts_of_benchmark` in which scores meet motif changes."""
    if motif_change is None:
        return _NO_PARTS
    unique = with_motif_changes(pairs, motif_change)
    chosen = options | {"divisions": OF_SEQUENCE, "null": 0.0}
    return compare_parts(unique, **chosen).assign(against=SEQUENCE)


def stacked(*tables):
    """Return the tables of several comparisons as one."""
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
    is_lead = pairs["is_source_lead"].astype("boolean").fillna(False).to_numpy(bool)
    code, ids = pd.factorize(pairs["variant_id"].astype(object))
    ordered = np.argsort(~is_lead, kind="stable")
    first = ordered[np.unique(code[ordered], return_index=True)[1]]
    change = pd.Series(ids, dtype=object).map(motif_change).to_numpy(dtype=float)
    score = pairs["raw"].to_numpy(dtype=float)[first]
    rows = np.sort(first[np.isfinite(change) & np.isfinite(score)])
    return pairs.iloc[rows].assign(effect=change[code[rows]])
