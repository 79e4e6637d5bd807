"""Tables of scores, in place of a model: looking up variants, and comparing tables."""

import logging
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from endobench.core.columns import ANSWERS, FAILURES, WINDOWS
from endobench.core.losses import N_EXAMPLES, Losses
from endobench.design.routes import TABLE
from endobench.genome.variants import make_variant_ids

log = logging.getLogger(__name__)

NOT_IN_TABLE = "NOT_IN_TABLE"
_KEYS = ["chrom", "pos", "ref", "alt"]


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
    """Return the scores of variants, or of their genes, from a table.

    A substitution that the table holds with REF and ALT swapped gets the negative score,
    since every score is ALT minus REF. A swapped insertion reads like a neighbouring
    deletion, which is another variant, and does not match.

    Parameters
    ----------
    rows : pandas.DataFrame
        Unique variants with ``variant_id, chrom, pos, ref, alt``.
    table : pandas.DataFrame
        In the columns of `columns.SCORE_TABLE`, unique by variant and gene. A variant
        matches by position and alleles, or else by its id in the table.
    model : str
        Name of the scores.
    reasons : mapping of str to str, optional
        See `reasons_of`.

    Returns
    -------
    answers : pandas.DataFrame
        In the columns of `columns.ANSWERS`, one row for each score.
    missing : pandas.DataFrame
        In the columns of `columns.FAILURES`, for variants without a score. The status
        is `NOT_IN_TABLE`, or the reason why the table's rows of a variant were dropped.
    """
    rows = rows[["variant_id", *_KEYS]].astype({"chrom": str}).reset_index(drop=True)
    found = _matches(rows, table)
    is_found = np.isin(np.arange(len(rows)), found["place"])
    log.info(
        "%d of %d variants have a score, %d of them with REF and ALT swapped",
        is_found.sum(),
        len(rows),
        found.loc[found["is_swapped"], "place"].nunique(),
    )
    if found["feature_id"].notna().any():
        log.info("%d scores are of a variant and a gene", len(found))
    answers = pd.DataFrame(
        {
            "variant_id": rows["variant_id"].to_numpy()[found["place"]],
            "feature_id": found["feature_id"].to_numpy(),
        }
    ).assign(
        model=model,
        route=TABLE,
        scorer="table",
        window_bp=0,
        raw=[*found["score"].to_numpy(dtype=np.float32)[:, None]],
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
        answers.reindex(columns=ANSWERS.names),
        missing.reindex(columns=FAILURES.names).reset_index(drop=True),
    )


def compare_tables(table, window_bp, others, model):
    """Pair the scores of a table with those of the same model at other windows.

    Parameters
    ----------
    table : pandas.DataFrame
        In the columns of `columns.SCORE_TABLE`, unique by variant and gene.
    window_bp : int
        Length of the sequence that its scores were predicted from.
    others : dict of int to pandas.DataFrame
        Such tables, by their lengths in bp.
    model : str
        Name of the scores.

    Returns
    -------
    pandas.DataFrame
        In the columns of `columns.WINDOWS`: each score once for each other table that
        has it.
    """
    keys = ["variant_id", "feature_id"]
    here = table[[*keys, "score"]].rename(columns={"score": "raw"})
    parts = [pd.DataFrame(columns=WINDOWS.names)]
    for other_bp, other in others.items():
        there = other[[*keys, "score"]].rename(columns={"score": "other_raw"})
        # Scores of variants alone have no gene in either table.
        pairs = here.merge(there, on=keys)
        log.info(
            "%d of %d scores are known at %d and %d bp",
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
    is_same = _is_substitution(rows)
    swapped = rows.rename(columns={"ref": "alt", "alt": "ref"})
    return make_variant_ids(swapped).where(is_same)


def _matches(rows, table):
    """Find the scores of variants, at most one of a variant and gene.

    By precedence, a variant matches as the table has it, with the alleles swapped, or by
    its id in the table.

    Returns
    -------
    pandas.DataFrame
        ``place`` in the rows, ``feature_id, score`` and ``is_swapped``, by place and gene.
    """
    table = table.astype({"chrom": str, "feature_id": object})
    swapped = table[_is_substitution(table)].rename(
        columns={"ref": "alt", "alt": "ref"}
    )
    swapped["score"] = -swapped["score"]
    named = table.dropna(subset="source_id").drop(columns="variant_id")
    named = named.rename(columns={"source_id": "variant_id"})
    ways = [(table, _KEYS), (swapped, _KEYS), (named, ["variant_id"])]
    asked = rows.assign(place=np.arange(len(rows)))
    matches = [
        asked[["place", *on]].merge(each[[*on, "feature_id", "score"]], on=on)
        for each, on in ways
    ]
    found = pd.DataFrame(
        {
            name: np.concatenate([each[name] for each in matches])
            for name in ("place", "feature_id", "score")
        }
    )
    way = np.repeat(np.arange(len(ways)), [len(each) for each in matches])
    found["is_swapped"] = way == 1
    found = found.dropna(subset="score").drop_duplicates(["place", "feature_id"])
    return found.sort_values(["place", "feature_id"], kind="stable")


def _is_substitution(rows):
    """Return which variants have alleles of one length, a boolean vector."""
    ref_bp, alt_bp = (
        pc.utf8_length(pa.array(rows[name].astype(object), pa.string()))
        for name in ("ref", "alt")
    )
    return pc.fill_null(pc.equal(ref_bp, alt_bp), False).to_numpy(zero_copy_only=False)
