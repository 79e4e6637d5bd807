"""Variants, and pairs of a variant and a feature, that two tables of effects share."""

import pandas as pd

from endobench.benchmark.strata import is_unnamed
from endobench.genome.gene_ids import without_versions

PLACE = ["chrom", "pos", "ref", "alt"]


def shared_variants(ours, theirs):
    """Match variants by position and alleles; a substitution may have REF and ALT swapped.

    Parameters
    ----------
    ours : pandas.DataFrame
        ``variant_id, chrom, pos, ref, alt``.
    theirs : pandas.DataFrame
        ``their_id, chrom, pos, ref, alt``; with ``source_id``, a variant also matches by
        that id.

    Returns
    -------
    pandas.DataFrame
        ``variant_id, their_id, is_swapped``, each of our variants at most once.
    """
    is_substitution = theirs["ref"].str.len() == theirs["alt"].str.len()
    swapped = theirs[is_substitution].rename(columns={"ref": "alt", "alt": "ref"})
    parts = [
        ours.merge(theirs[["their_id", *PLACE]], on=PLACE).assign(is_swapped=False),
        ours.merge(swapped[["their_id", *PLACE]], on=PLACE).assign(is_swapped=True),
    ]
    if "source_id" in theirs:
        by_id = theirs[["their_id", "source_id"]].dropna(subset="source_id")
        by_id = by_id.rename(columns={"source_id": "variant_id"})
        parts.append(ours.merge(by_id, on="variant_id").assign(is_swapped=False))
    found = pd.concat(parts)[["variant_id", "their_id", "is_swapped"]]
    return found.drop_duplicates("variant_id")


def shared_pairs(ours, theirs, matches):
    """Join the pairs of two tables whose variants match.

    Genes match without their version. If either table has no features, variants alone are
    matched.

    Parameters
    ----------
    ours, theirs : pandas.DataFrame
        ``variant_id`` and ``their_id``, ``feature_id``, and columns of other names.
    matches : pandas.DataFrame
        From `shared_variants`.

    Returns
    -------
    pandas.DataFrame
        The columns of both, with our ``feature_id``, and of `matches`.
    """
    keys = ["their_id"]
    is_named = not (is_unnamed(ours["feature_id"]) | is_unnamed(theirs["feature_id"]))
    # One table may be far larger than the other.
    theirs = theirs[theirs["their_id"].isin(matches["their_id"])]
    if is_named:
        keys.append("feature")
        ours, theirs = (
            each.assign(feature=without_versions(each["feature_id"]))
            for each in (ours, theirs)
        )
    # Of two versions of a gene, neither is chosen.
    theirs = theirs.drop(columns="feature_id").drop_duplicates(keys, keep=False)
    return ours.merge(matches, on="variant_id").merge(theirs, on=keys)
