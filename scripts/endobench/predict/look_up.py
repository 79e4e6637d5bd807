"""Looking up variants in a table of scores, in place of a model."""

import logging

import numpy as np

from endobench.core.columns import ANSWERS, FAILURES
from endobench.core.losses import N_EXAMPLES, Losses
from endobench.design.routes import TABLE

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
        The variants that are not in the table, with ``variant_id``.
    table : pandas.DataFrame
        In the columns of `columns.SCORE_TABLE`.

    Raises
    ------
    InputError
        With examples of the variants, and of those in the table.
    """
    losses = Losses()
    losses.add(missing.assign(reason=NOT_IN_TABLE.lower()))
    theirs = ", ".join(map(repr, table["variant_id"].head(N_EXAMPLES)))
    advice = f"the table has variants such as {theirs}"
    losses.conclude(where, n_variants, "variants has a score", advice)


def answers_from_table(rows, table, model):
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

    Returns
    -------
    answers : pandas.DataFrame
        In the columns of `columns.ANSWERS`.
    missing : pandas.DataFrame
        In the columns of `columns.FAILURES`, for variants that are not in the table.
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
    missing = rows.loc[~is_found, ["variant_id"]].assign(
        model=model,
        route=TABLE,
        scorer="table",
        window_bp=0,
        attempts=0,
        grpc_status=NOT_IN_TABLE,
        message="the table of scores has no such variant",
    )
    return (
        found.reindex(columns=ANSWERS.names).reset_index(drop=True),
        missing.reindex(columns=FAILURES.names).reset_index(drop=True),
    )
