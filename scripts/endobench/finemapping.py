"""The demonstration's fine-mapping: posterior inclusion probabilities of its eQTLs."""

import numpy as np
import pandas as pd
import scipy

# Of a causal effect, in standard deviations of expression, as coloc takes it by default
# (Giambartolomei 2014, doi:10.1371/journal.pgen.1004383).
PRIOR_SD = 0.15


def finemap(pairs):
    """Fine-map each gene as if one of its variants were causal.

    The inclusion probability of a variant is its share of the gene's approximate Bayes
    factors (Wakefield 2009, doi:10.1002/gepi.20359), every variant being as likely
    beforehand.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In GTEx's columns ``variant_id, gene_id, slope, slope_se``.

    Returns
    -------
    pandas.DataFrame
        Rows and columns of GTEx's table of DAP-G, which has no header: ``tissue, gene,
        cluster_id, cluster_pip, variant_id, variant_pip``.
    """
    variance, prior = pairs["slope_se"] ** 2, PRIOR_SD**2
    shrinkage = prior / (variance + prior)
    z = pairs["slope"] / pairs["slope_se"]
    log_factor = 0.5 * (np.log1p(-shrinkage) + z**2 * shrinkage)
    share = log_factor.groupby(pairs["gene_id"]).transform(scipy.special.softmax)
    return pd.DataFrame(
        {
            "tissue": "Simulated",
            "gene": pairs["gene_id"],
            "cluster_id": 1,
            "cluster_pip": 1.0,
            "variant_id": pairs["variant_id"],
            "variant_pip": share,
        }
    )
