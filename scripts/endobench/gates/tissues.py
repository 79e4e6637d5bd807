"""The gate on tables of several tissues: has each tissue effects of its own?"""

import numpy as np
import pandas as pd

from endobench.gates.verdicts import MIN_ROWS, not_checked, share_of, too_few
from endobench.genome.gene_ids import tissues_of, without_tissue

# Classes and signs agree between tissues.
_FEW_VALUES = 2
_STATISTICS = ["effect", "effect_se", "p_value"]


def tissue_copies(pairs):
    """Measure the share of pairs whose statistics are those of another tissue.

    A variant may act on a gene alike in two tissues, but other donors and other noise
    give it other numbers. Where they are the same, one table stands for two tissues.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of `columns.PAIRS`, of one benchmark.
    """
    tissues = pd.Series(
        tissues_of(pairs["feature_id"]), index=pairs.index, dtype=object
    )
    if tissues.nunique() < 2:
        return not_checked(len(pairs), "the effects are of one tissue")
    rows = pairs[_STATISTICS].assign(
        variant_id=pairs["variant_id"].astype(object),
        gene=without_tissue(pairs["feature_id"]),
    )
    rows = rows[rows.duplicated(["variant_id", "gene"], keep=False)]
    if len(rows) < MIN_ROWS:
        return too_few(len(rows), "pairs with effects in several tissues")
    n_values = rows["effect"].nunique()
    is_alone = rows[["effect_se", "p_value"]].isna().all(axis=None)
    # Rounded effects are equal by chance.
    n_pairs = len(rows.drop_duplicates(["variant_id", "gene"]))
    if n_values <= _FEW_VALUES or (is_alone and n_values < n_pairs / 2):
        return not_checked(len(rows), "the effects have too few different values")
    is_copy = rows.duplicated(
        ["variant_id", "gene", *_STATISTICS], keep=False
    ).to_numpy()
    found = share_of(
        int(np.count_nonzero(is_copy)),
        len(rows),
        "pairs have the statistics of the same pair in another tissue",
    )
    if is_copy.any():
        names = ", ".join(sorted(tissues[rows.index[is_copy]].dropna().unique())[:3])
        found = found._replace(evidence=f"{found.evidence} ({names})")
    return found
