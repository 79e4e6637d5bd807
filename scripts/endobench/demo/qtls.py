"""Further QTL tables of the demonstration: dsQTLs, fine-mapped and replicated eQTLs."""

import numpy as np
import pandas as pd
import scipy

# Donors of the dsQTLs. Their p values follow a t distribution with 68 degrees of freedom.
N_DONORS = 70
DEGREES = N_DONORS - 2
# Standard deviation of the true effects, in residual standard deviations of the assay.
EFFECT_SD = 0.5
# Donors of the replicate, their covariates, and the share of genes that they express.
N_REPLICATE_DONORS, N_COVARIATES = 250, 30
SHARE_EXPRESSED = 0.9
# Prior standard deviation of a causal effect, in standard deviations of expression; the
# default of coloc (Giambartolomei 2014, doi:10.1371/journal.pgen.1004383).
PRIOR_SD = 0.15


def draw_dsqtls(rng, variants):
    """Simulate what an assay of chromatin accessibility measures for each variant.

    The accessibility in a donor is the true effect times the number of alternate
    alleles, plus noise, standardised over donors as in Degner 2012
    (doi:10.1038/nature10808). The donors differ from those of the eQTLs, and so do
    allele frequencies.

    Parameters
    ----------
    rng : numpy.random.Generator
    variants : pandas.DataFrame
        ``chrom, pos`` (1-based), ``ref, alt`` and ``delta``, the true log2 ratio.

    Returns
    -------
    pandas.DataFrame
        The columns of Degner's table, one row per variant in the order of `variants`:
        ``Chr, Pos, ID, Ref, Alt, Beta, Std. Error, t value, Pr(>|t|)``. `ID` is the
        site, ``chrom.pos``; `Beta` is ALT minus REF in standard deviations. Numbers are
        rounded to four digits, each computed from the rounded ones before it.
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
            "Pr(>|t|)": _four_digits(2 * scipy.special.stdtr(DEGREES, -np.abs(t))),
        }
    )


def finemap(pairs):
    """Fine-map each gene, assuming exactly one causal variant.

    The posterior inclusion probability of a variant is its share of the approximate
    Bayes factors of the gene (Wakefield 2009, doi:10.1002/gepi.20359), with equal prior
    probabilities.

    Parameters
    ----------
    pairs : pandas.DataFrame
        In the columns of GTEx, ``variant_id, gene_id, slope, slope_se``.

    Returns
    -------
    pandas.DataFrame
        Columns of the DAP-G table of GTEx, which has no header: ``tissue, gene,
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


def draw_replicate(rng, variants, slopes):
    """Simulate what a second cohort measures for the pairs of the eQTL study.

    The true effects are the same; donors, allele frequencies and errors are others. Genes
    have the ids of another annotation, with other versions, and some are not expressed.

    Parameters
    ----------
    rng : numpy.random.Generator
    variants : pandas.DataFrame
        ``variant_id``, indexed by row.
    slopes : pandas.DataFrame
        The tested pairs: ``row`` of the variant, ``gene_id, tss_distance`` and the true
        ``slope``.

    Returns
    -------
    pandas.DataFrame
        In the columns of GTEx, one row per pair.
    """
    genes = slopes["gene_id"].unique()
    is_expressed = pd.Series(rng.random(len(genes)) < SHARE_EXPRESSED, index=genes)
    slopes = slopes[slopes["gene_id"].map(is_expressed).to_numpy()]
    count = rng.integers(15, N_REPLICATE_DONORS + 1, len(variants))[slopes["row"]]
    maf = count / (2 * N_REPLICATE_DONORS)
    degrees = N_REPLICATE_DONORS - N_COVARIATES - 2
    se = rng.normal(1, 0.04, len(slopes)) / np.sqrt(2 * maf * (1 - maf) * degrees)
    slope = slopes["slope"].to_numpy() + se * rng.normal(size=len(slopes))
    return pd.DataFrame(
        {
            "variant_id": variants["variant_id"].to_numpy()[slopes["row"]],
            "gene_id": slopes["gene_id"].str.replace(".1", ".4", regex=False),
            "tss_distance": slopes["tss_distance"],
            "ma_samples": np.minimum(count, N_REPLICATE_DONORS),
            "ma_count": count,
            "maf": maf,
            "pval_nominal": 2 * scipy.special.stdtr(degrees, -np.abs(slope / se)),
            "slope": slope,
            "slope_se": se,
        }
    )


def _four_digits(values):
    return np.array([float(f"{value:.4g}") for value in values])
