"""Replicates: the same effects measured in a second cohort, as an empirical ceiling."""

import logging

import numpy as np

from endobench.benchmark.shared_pairs import PLACE, shared_pairs, shared_variants
from endobench.core.columns import REPLICATES
from endobench.core.errors import InputError
from endobench.core.logs import tell
from endobench.stats.rank_correlation import spearman

log = logging.getLogger(__name__)

# Of the shared pairs, those with the same effect in both tables: a cohort of its own has
# hardly any, except where both are rounded.
MOST_EQUAL = 0.5
# No two cohorts agree so well.
_MOST_ALIKE = 0.9999
_LEAST_PAIRS = 10
# Nor do most effects of two cohorts have one ratio, up to 2 %: those of ten standard errors
# differ by 14 %.
_NEAR_RATIO = 0.02


def join_replicate(effects, variants, table, name):
    """Join effects with those that a second cohort has for the same pairs.

    A variant matches by position and alleles. A substitution may have REF and ALT
    swapped, and then has the opposite effect. Genes match without their version.
    If either table has no features, variants alone are matched.

    Parameters
    ----------
    effects : pandas.DataFrame
        In the columns of `columns.EFFECTS`.
    variants : pandas.DataFrame
        All variants of the effects (`columns.VARIANTS`).
    table : pandas.DataFrame
        In the columns of `columns.REPLICATE_TABLE`.
    name : str
        Name of the replicate.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.REPLICATES`; empty if no pair is shared.

    Raises
    ------
    InputError
        If the replicate repeats the effects: `MOST_EQUAL` of the shared pairs have the
        same effect, or nearly one ratio of both, or the ranks of both are the same.
    """
    ours = effects[["variant_id", "feature_id", "effect"]].astype(
        {"variant_id": str, "feature_id": str}
    )
    theirs = table.astype({"chrom": str, "feature_id": str}).rename(
        columns={"variant_id": "their_id"}
    )
    known = variants[["variant_id", *PLACE]].astype({"chrom": str, "variant_id": str})
    matches = shared_variants(
        known, theirs[["their_id", *PLACE, "source_id"]].drop_duplicates("their_id")
    )
    found = shared_pairs(ours, theirs[["their_id", "feature_id", "score"]], matches)
    sign = np.where(found["is_swapped"], -1.0, 1.0)
    found = found.assign(replicate_effect=sign * found["score"])
    n_swapped = int((sign < 0).sum())
    log.info("%d pairs are in %s, %d swapped", len(found), name, n_swapped)
    if found.empty:
        tell(
            log,
            "replicate %s shares none of the %s pairs of variant and feature (such as %s"
            " with %s)",
            name,
            f"{len(ours):,}",
            *(ours[key].iloc[0] for key in ("variant_id", "feature_id")),
        )
    return found.assign(replicate=name).reindex(columns=REPLICATES.names)


def check_replicate(pairs, null, name):
    """Raise an `InputError` if a replicate repeats the effects; see `join_replicate`.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.REPLICATES`.
    null : float
        Value of no effect of the dataset; a replicate's effects are relative to theirs.
    name : str
    """
    n = len(pairs)
    if n < _LEAST_PAIRS:
        return
    ours = pairs["effect"].to_numpy(dtype=float) - null
    theirs = pairs["replicate_effect"].to_numpy(dtype=float)
    n_equal = int(np.isclose(np.abs(ours), np.abs(theirs), rtol=1e-5, atol=0).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(theirs / ours)
        near = np.isclose(ratio, np.nanmedian(ratio), rtol=_NEAR_RATIO, atol=0)
    rho = np.nan_to_num(spearman(ours, theirs))
    is_copy = max(n_equal, int(near.sum())) > MOST_EQUAL * n
    if is_copy or abs(rho) > _MOST_ALIKE:
        raise InputError(
            f"key 'datasets.replicate': {name!r} repeats the effects of the dataset:"
            f" {n_equal:,} of {n:,} shared pairs have the same effect, {near.sum():,} have"
            f" nearly the same ratio of both, and their Spearman correlation is {rho:.4f};"
            " name a table of another cohort"
        )
