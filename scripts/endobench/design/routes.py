"""Routes: whether a variant is sent to the Atlas of stored scores or to the model.

The choice depends only on the declared policy and on the request. A variant is sent to
the Atlas if the Atlas stores exactly the requested score: that of a single-base
substitution, by the recommended scorer of an output, in a window of 1,048,576 bp that
was not moved.
"""

import numpy as np

from endobench.design.scorers import GENE_SCORERS

ATLAS = "atlas"
MODEL_ITSELF = "model"
TABLE = "table"
NOT_IN_ATLAS = "NOT_IN_ATLAS"

ATLAS_WINDOW_BP = 1_048_576
_ATLAS_VERSION = "ALL_FOLDS"
# The client's recommended signed scorers and those by gene, and their names in the Atlas.
ATLAS_SCORERS = {
    "ATAC-501-DIFF_LOG2_SUM": "ATAC",
    "DNASE-501-DIFF_LOG2_SUM": "DNASE",
    "CHIP_TF-501-DIFF_LOG2_SUM": "CHIP_TF",
    "CHIP_HISTONE-2001-DIFF_LOG2_SUM": "CHIP_HISTONE",
    "CAGE-501-DIFF_LOG2_SUM": "CAGE",
    "PROCAP-501-DIFF_LOG2_SUM": "PROCAP",
} | {name: name for name in GENE_SCORERS}


def why_not_atlas(scorers, window_bp, model_version=None):
    """Return why the Atlas cannot answer a request, or None if it can.

    Parameters
    ----------
    scorers : list of str
    window_bp : int
    model_version : str, optional
        Name of a `dna_client.ModelVersion`.
    """
    if model_version not in (None, _ATLAS_VERSION):
        return f"the Atlas holds scores of {_ATLAS_VERSION}, not of {model_version}"
    if window_bp != ATLAS_WINDOW_BP:
        return (
            f"the Atlas holds only scores for windows of {ATLAS_WINDOW_BP} bp, not of"
            f" {window_bp} bp"
        )
    for scorer in scorers:
        if scorer not in ATLAS_SCORERS:
            return (
                "the Atlas holds only scores of the recommended scorers"
                f" ({', '.join(ATLAS_SCORERS)}), not of {scorer}"
            )
    return None


def choose_routes(rows, scorers, window_bp, policy):
    """Choose the variants that are sent to the Atlas first.

    Parameters
    ----------
    rows : pandas.DataFrame
        In the columns of `columns.SHARDS`.
    scorers : list of str
    window_bp : int
    policy : {"auto", "atlas", "model"}

    Returns
    -------
    numpy.ndarray of bool, shape (n_rows,)
        True for the Atlas, False for the model.
    """
    if policy == MODEL_ITSELF or why_not_atlas(scorers, window_bp):
        return np.zeros(len(rows), dtype=bool)
    is_substitution = rows["ref"].isin(list("ACGT")) & rows["alt"].isin(list("ACGT"))
    return (is_substitution & (rows["shift_bp"] == 0)).to_numpy(dtype=bool)
