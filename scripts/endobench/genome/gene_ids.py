"""Gene ids of Ensembl and GENCODE, compared without version.

Releases differ in the version alone, and services differ in whether they give it. Names of
genes are not unique, so nothing is joined on them.
"""

import pandas as pd

# `ENSG00000182378.15_PAR_Y` keeps what tells it from its namesake on chromosome X.
_VERSION = r"\.\d+(?=$|_PAR_Y$)"


def without_version(ids):
    """Return gene ids without version, as in ``ENSG00000182378_PAR_Y``.

    Parameters
    ----------
    ids : array-like of str
        Missing ids stay missing.

    Returns
    -------
    numpy.ndarray of object
    """
    texts = pd.Series(ids, dtype="string")
    return texts.str.replace(_VERSION, "", regex=True).to_numpy(object, na_value=None)
