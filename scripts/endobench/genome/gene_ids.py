"""Gene ids of Ensembl and GENCODE, compared without version.

Releases differ in the version alone, and services differ in whether they give it. Names of
genes are not unique, so nothing is joined on them.
"""

import pandas as pd

# `ENSG00000182378.15_PAR_Y` keeps what tells it from its namesake on chromosome X.
# Stands between a gene and the tissue of its row, in tables of several tissues.
IN_TISSUE = "@"
_VERSION = r"\.\d+(?=(?:_PAR_Y)?(?:@|$))"


# A phenotype of LeafCutter is an intron of a gene, such as
# `chr1:497299:498399:clu_51878:ENSG00000237094.11`, or with the gene first.
_INTRON_OF = r"(?:^|:)(ENS[A-Z]*G\d+(?:\.\d+)?(?:_PAR_Y)?)(?=:|$)"


def genes_of(features):
    """Return the gene of each feature, without version.

    Parameters
    ----------
    features : array-like of str
        Ids of genes, or of introns as LeafCutter names them, which contain that of their
        gene. Other ids are returned as they are.

    Returns
    -------
    numpy.ndarray of object
    """
    texts = pd.Series(features, dtype="string").reset_index(drop=True)
    is_intron = texts.str.contains(":", regex=False).fillna(False)
    if is_intron.any():
        of_introns = texts[is_intron].str.extract(_INTRON_OF, expand=False)
        texts = texts.where(~is_intron, of_introns.reindex(texts.index)).fillna(texts)
    return without_version(texts)


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


def without_tissue(features):
    """Return features without the tissue of their row, as in tables of one tissue.

    Parameters
    ----------
    features : array-like of str

    Returns
    -------
    numpy.ndarray of object
    """
    texts = pd.Series(features, dtype="string")
    if texts.str.contains(IN_TISSUE, regex=False).fillna(False).any():
        texts = texts.str.partition(IN_TISSUE)[0]
    return texts.to_numpy(object, na_value=None)
