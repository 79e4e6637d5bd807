"""Replicates: the same effects measured in a second cohort, as an empirical ceiling."""

import logging

import numpy as np
import pandas as pd

from endobench.benchmark.strata import is_unnamed
from endobench.core.columns import REPLICATES
from endobench.core.errors import InputError
from endobench.core.logs import tell
from endobench.genome.gene_ids import without_versions

log = logging.getLogger(__name__)

_ALLELES = ["chrom", "pos", "ref", "alt"]
# Of the shared pairs, those with the same effect in both tables: a cohort of its own has
# hardly any, except where both are rounded.
MOST_EQUAL = 0.5
# No two cohorts agree so well.
_MOST_ALIKE = 0.9999
_LEAST_PAIRS = 10


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
        same effect, or the ranks of both are the same.
    """
    ours = effects[["variant_id", "feature_id", "effect"]].astype(
        {"variant_id": str, "feature_id": str}
    )
    theirs = table.astype({"chrom": str, "feature_id": str}).rename(
        columns={"variant_id": "their_id"}
    )
    matches = _matching_variants(variants, theirs)
    theirs = theirs[["their_id", "feature_id", "score"]]
    keys = ["their_id"]
    is_named = not (is_unnamed(ours["feature_id"]) | is_unnamed(theirs["feature_id"]))
    if is_named:
        keys.append("feature")
        ours, theirs = (
            each.assign(feature=without_versions(each["feature_id"]))
            for each in (ours, theirs)
        )
    # Of two versions of a gene, neither is chosen.
    theirs = theirs.drop(columns="feature_id").drop_duplicates(keys, keep=False)
    found = ours.merge(matches, on="variant_id").merge(theirs, on=keys)
    found = found.assign(replicate_effect=found["sign"] * found["score"])
    n_swapped = int((found["sign"] < 0).sum())
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
    ranks = [pd.Series(each).rank() for each in (ours, theirs)]
    rho = 0.0
    if all(np.ptp(each) > 0 for each in ranks):
        rho = np.corrcoef(*ranks)[0, 1]
    if n_equal > MOST_EQUAL * n or abs(rho) > _MOST_ALIKE:
        raise InputError(
            f"key 'datasets.replicate': {name!r} repeats the effects of the dataset:"
            f" {n_equal:,} of {n:,} shared pairs have the same effect, and their Spearman"
            f" correlation is {rho:.4f}; name a table of another cohort"
        )


def _matching_variants(variants, theirs):
    """Return ``variant_id, their_id, sign`` of the variants that a table also has."""
    ours = variants[["variant_id", *_ALLELES]].astype({"chrom": str, "variant_id": str})
    theirs = theirs[["their_id", *_ALLELES, "source_id"]].drop_duplicates("their_id")
    is_substitution = theirs["ref"].str.len() == theirs["alt"].str.len()
    swapped = theirs[is_substitution].rename(columns={"ref": "alt", "alt": "ref"})
    by_id = theirs.dropna(subset="source_id").rename(
        columns={"source_id": "variant_id"}
    )
    parts = [
        ours.merge(theirs[["their_id", *_ALLELES]], on=_ALLELES).assign(sign=1.0),
        ours.merge(swapped[["their_id", *_ALLELES]], on=_ALLELES).assign(sign=-1.0),
        ours.merge(by_id[["their_id", "variant_id"]], on="variant_id").assign(sign=1.0),
    ]
    found = pd.concat(parts)[["variant_id", "their_id", "sign"]]
    return found.drop_duplicates("variant_id")
