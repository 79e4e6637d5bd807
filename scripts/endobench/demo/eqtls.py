"""The eQTL study of the demonstration, in the columns of GTEx."""

import numpy as np
import pandas as pd
import scipy

PLANTED_CORRELATION = 0.6
LINKAGE = 0.4
N_DONORS = 400
N_COVARIATES = 60
SIGNIFICANT_P = 1e-3


def draw_eqtls(rng, variants):
    """Simulate an eQTL study: true slopes in blocks of linkage, and what it reports.

    Parameters
    ----------
    rng : numpy.random.Generator
    variants : pandas.DataFrame
        ``variant_id, chrom, pos`` (1-based) and ``delta``, the true log2 ratio of
        accessibility; sorted by position within a chromosome.

    Returns
    -------
    pairs : pandas.DataFrame
        The significant pairs, in the columns of GTEx.
    slopes : pandas.DataFrame
        The true ``slope`` of every pair, with ``row`` of the variant, ``gene_id`` and
        ``tss_distance``.
    ld_blocks : pandas.DataFrame
        ``chrom, start, end``.
    """
    slopes, ld_blocks = _draw_slopes(rng, variants)
    pairs = _measured(rng, variants, slopes)
    pairs = pairs[pairs["pval_nominal"] < SIGNIFICANT_P]
    smallest = pairs.groupby("gene_id")["pval_nominal"].transform("min")
    pairs = pairs.assign(min_pval_nominal=smallest, pval_beta=smallest)
    return pairs, slopes, ld_blocks


def _draw_slopes(rng, variants):
    """Draw the genes of each LD block, and the slopes of all variants of the block."""
    z = (variants["delta"] / variants["delta"].std()).to_numpy()
    blocks, genes, numbers = [], [], []
    gene_number = 0
    for chrom, rows in variants.groupby("chrom", sort=False):
        index = rows.index.to_numpy()
        for members in np.array_split(index, max(len(index) // 12, 1)):
            pos = variants.loc[members, "pos"].to_numpy()
            blocks.append((chrom, pos[0] - 1, pos[-1]))
            order = np.arange(len(members))
            sign = rng.choice([-1, 1], len(members))
            linkage = LINKAGE ** np.abs(order[:, None] - order)
            linkage = linkage * sign[:, None] * sign
            for _ in range(rng.integers(1, 4)):
                gene_number += 1
                own = PLANTED_CORRELATION * z[members] + np.sqrt(
                    1 - PLANTED_CORRELATION**2
                ) * rng.normal(size=len(members))
                gene_id = f"ENSG{90_000_000_000 + gene_number:011d}.1"
                distance = pos - int(rng.integers(pos[0], pos[-1] + 1))
                genes.append(np.full(len(members), gene_id, dtype=object))
                numbers.append((members, distance, 0.35 * linkage @ own))
    row, tss_distance, slope = map(np.concatenate, zip(*numbers, strict=True))
    slopes = pd.DataFrame(
        {
            "row": row,
            "gene_id": np.concatenate(genes),
            "tss_distance": tss_distance,
            "slope": slope,
        }
    )
    return slopes, pd.DataFrame(blocks, columns=["chrom", "start", "end"])


def _measured(rng, variants, slopes):
    """Return what a study of some donors would measure of each pair."""
    # One frequency per variant, whatever genes it is tested with.
    count = rng.integers(20, N_DONORS + 1, len(variants))[slopes["row"]]
    maf = count / (2 * N_DONORS)
    degrees = N_DONORS - N_COVARIATES - 2
    se = rng.normal(1, 0.04, len(slopes)) / np.sqrt(2 * maf * (1 - maf) * degrees)
    slope = slopes["slope"] + se * rng.normal(size=len(slopes))
    return pd.DataFrame(
        {
            "variant_id": variants["variant_id"].to_numpy()[slopes["row"]],
            "gene_id": slopes["gene_id"],
            "tss_distance": slopes["tss_distance"],
            "ma_samples": np.minimum(count, N_DONORS),
            "ma_count": count,
            "maf": maf,
            "pval_nominal": 2 * scipy.special.stdtr(degrees, -(slope / se).abs()),
            "slope": slope,
            "slope_se": se,
            "pval_nominal_threshold": SIGNIFICANT_P,
        }
    )


def with_faults(rng, pairs):
    """Add defects of real tables: wrong REF, missing values, another chromosome.

    Parameters
    ----------
    rng : numpy.random.Generator
    pairs : pandas.DataFrame
        See `draw_eqtls`; at least 16.

    Returns
    -------
    pandas.DataFrame
        The pairs and 16 faulty copies, in random order.
    """
    faulty = pairs.sample(16, random_state=rng)
    parts = faulty["variant_id"].str.split("_", expand=True)
    chrom, pos, ref = (parts[place] for place in range(3))
    other = ref.str[0].map({"A": "C", "C": "G", "G": "T", "T": "A"}) + ref.str[1:]
    ids = faulty["variant_id"].to_numpy().copy()
    ids[:6] = (chrom + "_" + pos + "_" + other + "_" + ref + "_b38")[:6]
    ids[6:11] = "chrX_" + pos[6:11] + "_A_G_b38"
    faulty = faulty.assign(variant_id=ids)
    faulty.iloc[11:, faulty.columns.get_loc("slope")] = np.nan
    return pd.concat([pairs, faulty]).sample(frac=1, random_state=rng)
