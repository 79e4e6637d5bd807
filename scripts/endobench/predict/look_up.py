"""Tables of scores, in place of a model: looking up variants, and comparing tables."""

import logging
from types import MappingProxyType

import numpy as np
import pandas as pd

from endobench.core.columns import ANSWERS, FAILURES, WINDOWS
from endobench.core.losses import N_EXAMPLES, Losses
from endobench.design.routes import TABLE
from endobench.genome.variants import make_variant_ids

log = logging.getLogger(__name__)

NOT_IN_TABLE = "NOT_IN_TABLE"


def check_missing(where, n_variants, missing, table):
    """Warn if most variants are not in a table of scores; raise if none is.

    Parameters
    ----------
    where : str or path-like
        The table, for the message.
    n_variants : int
    missing : pandas.DataFrame
        The variants without a score, in the columns of `columns.FAILURES`.
    table : pandas.DataFrame
        In the columns of `columns.SCORE_TABLE`.

    Raises
    ------
    InputError
        With examples of the variants, and of those in the table.
    """
    losses = Losses()
    losses.add(missing.assign(reason=missing["grpc_status"].str.lower()))
    theirs = ", ".join(map(repr, table["variant_id"].head(N_EXAMPLES)))
    advice = f"the table has variants such as {theirs}"
    losses.conclude(where, n_variants, "variants has a score", advice)


def reasons_of(dropped):
    """Return why variants of a table of scores have no score, by their id.

    Parameters
    ----------
    dropped : pandas.DataFrame
        Rows that were dropped when the table was read (`columns.DROPPED`). The last
        reason of a variant counts, since it came closest to a score.

    Returns
    -------
    dict of str to str
    """
    known = dropped.dropna(subset="variant_id")
    return dict(zip(known["variant_id"], known["reason"].astype(str), strict=True))


def answers_from_table(rows, table, model, reasons=MappingProxyType({})):
    """Return the scores of variants from a table.

    A substitution that the table holds with REF and ALT swapped gets the negative score,
    since every score is ALT minus REF. A swapped insertion reads like a neighbouring
    deletion, which is another variant, and does not match.

    Parameters
    ----------
    rows : pandas.DataFrame
        Unique variants with ``variant_id, chrom, pos, ref, alt``.
    table : pandas.DataFrame
        In the columns of `columns.SCORE_TABLE`, unique by variant. A variant matches by
        position and alleles, or else by its id in the table.
    model : str
        Name of the scores.
    reasons : mapping of str to str, optional
        See `reasons_of`.

    Returns
    -------
    answers : pandas.DataFrame
        In the columns of `columns.ANSWERS`.
    missing : pandas.DataFrame
        In the columns of `columns.FAILURES`, for variants without a score. The status
        is `NOT_IN_TABLE`, or the reason why the table's rows of a variant were dropped.
    """
    keys = ["chrom", "pos", "ref", "alt"]
    rows = rows[["variant_id", *keys]].astype({"chrom": str}).reset_index(drop=True)
    table = table.astype({"chrom": str})
    swapped = table[table["ref"].str.len() == table["alt"].str.len()]
    swapped = swapped.rename(columns={"ref": "alt", "alt": "ref"})
    swapped["score"] = -swapped["score"]
    direct = rows.merge(table[[*keys, "score"]], on=keys, how="left")["score"]
    inverse = rows.merge(swapped[[*keys, "score"]], on=keys, how="left")["score"]
    named = table.dropna(subset="source_id").set_index("source_id")["score"]
    as_named = rows["variant_id"].map(named)
    score = direct.fillna(inverse).fillna(as_named)
    is_found = score.notna().to_numpy()
    log.info(
        "%d of %d variants have a score, %d of them with REF and ALT swapped",
        is_found.sum(),
        len(rows),
        (direct.isna() & inverse.notna()).sum(),
    )
    found = rows.loc[is_found, ["variant_id"]].assign(
        model=model,
        route=TABLE,
        scorer="table",
        window_bp=0,
        raw=[np.array([value], dtype=np.float32) for value in score[is_found]],
    )
    lost = rows[~is_found]
    why, of_swapped = (
        ids.map(reasons).astype("string")
        for ids in (lost["variant_id"], _swapped_ids(lost))
    )
    why = why.fillna(of_swapped)
    missing = lost[["variant_id"]].assign(
        model=model,
        route=TABLE,
        scorer="table",
        window_bp=0,
        attempts=0,
        grpc_status=why.str.upper().fillna(NOT_IN_TABLE),
        message=(
            "the table of scores has this variant, but its rows were dropped: " + why
        ).fillna("the table of scores has no such variant"),
    )
    return (
        found.reindex(columns=ANSWERS.names).reset_index(drop=True),
        missing.reindex(columns=FAILURES.names).reset_index(drop=True),
    )


def compare_tables(table, window_bp, others, model):
    """Pair the scores of a table with those of the same model at other windows.

    Parameters
    ----------
    table : pandas.DataFrame
        In the columns of `columns.SCORE_TABLE`, unique by variant.
    window_bp : int
        Length of the sequence that its scores were predicted from.
    others : dict of int to pandas.DataFrame
        Such tables, by their lengths in bp.
    model : str
        Name of the scores.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.WINDOWS`: each variant once for each other table that
        has it.
    """
    here = table[["variant_id", "score"]].rename(columns={"score": "raw"})
    parts = [pd.DataFrame(columns=WINDOWS.names)]
    for other_bp, other in others.items():
        there = other[["variant_id", "score"]].rename(columns={"score": "other_raw"})
        pairs = here.merge(there, on="variant_id")
        log.info(
            "%d of %d variants have scores at %d and %d bp",
            *(len(pairs), len(here), window_bp, other_bp),
        )
        parts.append(
            pairs.assign(
                scorer=TABLE,
                window_bp=window_bp,
                other_window_bp=other_bp,
                model=model,
            )
        )
    return pd.concat([part for part in parts if len(part)] or parts)[WINDOWS.names]


def _swapped_ids(rows):
    """Return the ids of substitutions with REF and ALT swapped; others are missing."""
    is_same = rows["ref"].str.len() == rows["alt"].str.len()
    swapped = rows.rename(columns={"ref": "alt", "alt": "ref"})
    return make_variant_ids(swapped).where(is_same)
