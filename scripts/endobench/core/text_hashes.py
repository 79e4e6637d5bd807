"""Hashes of texts."""

import numpy as np
import pandas as pd


def hashes_of(texts):
    """Return a hash of 64 bits for each text, which does not depend on the others.

    Parameters
    ----------
    texts : pyarrow.StringArray
        A missing text has hash 0.

    Returns
    -------
    numpy.ndarray of uint64
    """
    values = texts.to_numpy(zero_copy_only=False)
    hashes = pd.util.hash_array(values, categorize=False)
    if texts.null_count:
        hashes[texts.is_null().to_numpy(zero_copy_only=False)] = np.uint64(0)
    return hashes
