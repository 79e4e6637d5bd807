"""Tables of scores: one score per variant."""

import pandas as pd

from endobench.core.tables import dropped


def score_table(parsed):
    """Return the scores of a parsed table, one per variant.

    Parameters
    ----------
    parsed : qtl.Parsed
        On GRCh38.

    Returns
    -------
    table : pandas.DataFrame
        In the columns of `columns.SCORE_TABLE`.
    dropped : pandas.DataFrame
        In the columns of `columns.DROPPED`: what parsing dropped; a variant with REF and
        ALT exchanged that the table also has as it is; and variants with several
        scores, which could only be chosen from with a rule of our own.
    """
    effects = parsed.effects
    if "source_id" not in effects:
        effects = effects.assign(source_id=effects["variant_id"])
    is_exchanged = effects["source_id"].isna()
    as_it_is = effects.loc[~is_exchanged, "variant_id"]
    reason = pd.Series(pd.NA, index=effects.index, dtype="string")
    reason[is_exchanged & effects["variant_id"].isin(as_it_is)] = "exchanged_duplicate"
    rest = effects.loc[reason.isna(), "variant_id"]
    reason[rest.index[rest.duplicated(keep=False)]] = "several_scores"
    is_lost = reason.notna()
    lost = dropped(effects[is_lost], "scores", reason, effects["effect"])
    table = parsed.variants.merge(
        effects[~is_lost].rename(columns={"effect": "score"}), on="variant_id"
    )
    return table, pd.concat([parsed.dropped, lost], ignore_index=True)
