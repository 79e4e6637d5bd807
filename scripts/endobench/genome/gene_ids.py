"""Gene ids of Ensembl and GENCODE, compared without version.

Releases differ in the version alone, and services differ in whether they give it. Names of
genes are not unique, so nothing is joined on them.
"""

from functools import partial

import numpy as np
import pandas as pd

from endobench.genome.gtf_lines import without_version

# Stands between a gene and the tissue of its row, in tables of several tissues.
IN_TISSUE = "@"
# A phenotype of LeafCutter is an intron of a gene, such as
# `chr1:497299:498399:clu_51878:ENSG00000237094.11`, or with the gene first.
_INTRON_OF = r"(?:^|:)(ENS[A-Z]*G\d+(?:\.\d+)?(?:_PAR_Y)?)(?=:|$)"


def genes_of(features):
    """Return the gene of each feature, without version.

    Parameters
    ----------
    features : array-like of str
        Ids of genes, or of introns as LeafCutter names them, which contain that of their
        gene. Other ids are returned as they are, and a tissue (`IN_TISSUE`) is kept.

    Returns
    -------
    numpy.ndarray of object
    """
    return _by_unique(_genes_of, features)


def _genes_of(unique):
    texts = pd.Series(unique, dtype="string")
    is_intron = texts.str.contains(":", regex=False).fillna(False)
    if is_intron.any():
        parts = texts[is_intron].str.partition(IN_TISSUE)
        of_introns = parts[0].str.extract(_INTRON_OF, expand=False)
        of_introns += parts[1] + parts[2]
        texts = texts.where(~is_intron, of_introns.reindex(texts.index)).fillna(texts)
    return map(without_version, texts)


def without_versions(ids):
    """Return ids of genes without version; see `gtf_lines.without_version`.

    Parameters
    ----------
    ids : array-like of str
        Missing ids stay missing.

    Returns
    -------
    numpy.ndarray of object
    """
    return _by_unique(partial(map, without_version), ids)


def without_tissue(features):
    """Return features without the tissue of their row, as in tables of one tissue.

    Parameters
    ----------
    features : array-like of str

    Returns
    -------
    numpy.ndarray of object
    """
    return _by_unique(
        lambda unique: (each.partition(IN_TISSUE)[0] for each in unique), features
    )


def tissues_of(features):
    """Return the tissue of each feature, None where it names none.

    Parameters
    ----------
    features : array-like of str

    Returns
    -------
    numpy.ndarray of object
    """
    return _by_unique(
        lambda unique: (each.partition(IN_TISSUE)[2] or None for each in unique),
        features,
    )


def _by_unique(change, texts):
    """Apply a function of many texts to each text once; missing ones become None."""
    codes, unique = pd.factorize(pd.Series(texts, dtype=object))
    # The code of a missing text is -1, which selects the last element.
    return np.array([*change(unique), None], dtype=object)[codes]
