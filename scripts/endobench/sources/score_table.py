"""Tables of scores, with one score per variant."""

import pandas as pd

from endobench.core.tables import dropped


def score_table(parsed):
    """Reduce a parsed table to one score per variant.

    Parameters
    ----------
    parsed : read.Parsed
        On the build of the genome.

    Returns
    -------
    table : pandas.DataFrame
        In the columns of `columns.SCORE_TABLE`.
    dropped : pandas.DataFrame
        In the columns of `columns.DROPPED`: rows dropped on reading; variants with REF
        and ALT swapped that the table also has in the right order; and variants with
        several scores, since there is no rule to choose one.
    """
    effects = parsed.effects
    if "source_id" not in effects:
        effects = effects.assign(source_id=effects["variant_id"])
    is_swapped = effects["source_id"].isna()
    in_order = effects.loc[~is_swapped, "variant_id"]
    reason = pd.Series(pd.NA, index=effects.index, dtype="string")
    reason[is_swapped & effects["variant_id"].isin(in_order)] = "exchanged_duplicate"
    rest = effects.loc[reason.isna(), "variant_id"]
    reason[rest.index[rest.duplicated(keep=False)]] = "several_scores"
    is_lost = reason.notna()
    lost = dropped(effects[is_lost], "scores", reason, effects["effect"])
    table = parsed.variants.merge(
        effects[~is_lost].rename(columns={"effect": "score"}), on="variant_id"
    )
    return table, pd.concat([parsed.dropped, lost], ignore_index=True)
