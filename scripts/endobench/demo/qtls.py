"""The demonstration's assay of accessibility QTLs, a table in Degner's layout."""

import numpy as np
import pandas as pd
import scipy

N_DONORS = 70
# The published p values are those of a t distribution of 68 degrees.
DEGREES = N_DONORS - 2
# Of a standard deviation of the variants' true changes, in residual ones of the assay.
EFFECT_SD = 0.5


def draw_dsqtls(rng, variants):
    """Draw what an assay of each variant's accessibility would have measured.

    The accessibility of a donor is the true change times the alleles that the donor
    has, and noise, standardised over the donors as in Degner 2012
    (doi:10.1038/nature10808). Frequencies are those of other donors than the eQTLs'.

    Parameters
    ----------
    rng : numpy.random.Generator
    variants : pandas.DataFrame
        ``chrom, pos`` (1-based), ``ref, alt`` and ``delta``, the true log2 ratio.

    Returns
    -------
    pandas.DataFrame
        One row per variant, in its order: ``Chr, Pos, ID, Ref, Alt, Beta, Std. Error, t
        value, Pr(>|t|)``. `ID` is the site, ``chrom.pos``; `Beta` is ALT minus REF in
        standard deviations. Numbers have four digits, and each is that of the rounded
        numbers before it.
    """
    n = len(variants)
    maf = rng.integers(N_DONORS // 7, N_DONORS + 1, n) / (2 * N_DONORS)
    dosage_variance = 2 * maf * (1 - maf)
    change = EFFECT_SD * variants["delta"].to_numpy() / variants["delta"].std()
    beta = change / np.sqrt(1 + dosage_variance * change**2)
    residual = 1 - dosage_variance * beta**2
    se = np.sqrt(residual / (dosage_variance * DEGREES))
    beta = _four_digits(beta + se * rng.normal(size=n))
    se = _four_digits(se * np.sqrt(rng.chisquare(DEGREES, n) / DEGREES))
    t = _four_digits(beta / se)
    return pd.DataFrame(
        {
            "Chr": variants["chrom"],
            "Pos": variants["pos"],
            "ID": variants["chrom"] + "." + variants["pos"].astype(str),
            "Ref": variants["ref"],
            "Alt": variants["alt"],
            "Beta": beta,
            "Std. Error": se,
            "t value": t,
            "Pr(>|t|)": _four_digits(2 * scipy.stats.t.sf(np.abs(t), DEGREES)),
        }
    )


def _four_digits(values):
    return np.array([float(f"{value:.4g}") for value in values])


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
