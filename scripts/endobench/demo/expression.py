"""Fine-mapped eQTLs of the demonstration, which follow the model of gene expression.

The planted truth is `genome.expression` with weights of its own: the true effect of a
variant on a gene is the change of the log of the gene's level, so that a variant raises
some genes and lowers others, and often leaves the nearest one alone. Slopes are correlated
with true effects by `PLANTED_CORRELATION`; linkage adds nothing to them. Neither the order
of rows nor accessibility tells a gene's slope.

The weights resemble those of the stand-in's track of whole blood, so that its scores,
joined by variant and gene, have a Spearman correlation with the slopes of about 0.7. The
score of the nearest gene, and accessibility in K562, reach about 0.3, since two thirds of
the genes rise where sites are gained; scores joined by the order of rows, and those of the
first gene of an answer, below 0.2; the track of liver about -0.6.
"""

import tempfile

import numpy as np
import pandas as pd
import scipy

from endobench.genome.expression import FAR_BP, STRENGTH, Regulation, traits
from endobench.genome.gtf_lines import without_version
from endobench.genome.motifs import MOTIFS
from endobench.genome.transcripts import read_genes

PLANTED_CORRELATION = 0.85
# Share of the variants that a study fine-mapped.
FINE_MAPPED = 0.3
# Standard deviation of slopes with a true effect.
SLOPE_SD = 0.25
SIGNIFICANT_P = 1e-3
N_DONORS = 400
DEGREES = N_DONORS - 62
# Effect of each motif on expression.
TRUE_WEIGHTS = {
    "GATA1": 1.25,
    "TAL1": 1.0,
    "NFE2": 1.0,
    "KLF1": 0.75,
    "CTCF": 0.5,
    "SPI1": 1.0,
    "RUNX1": 0.5,
}
# Pairs whose gene starts too far away for windows of 131,072 bp, and pairs of genes that
# the annotation lacks.
N_FAR, N_RETIRED = 40, 12
_FAR_BP = 80_000, 400_000
_N_TRIES = 2_000
_RETIRED = 91_000_000_000


def draw_expression(rng, genome, variants, gtf):
    """Simulate a table of eQTLs that were fine-mapped to their causal variants.

    Parameters
    ----------
    rng : numpy.random.Generator
    genome : dict of str to str
    variants : pandas.DataFrame
        ``chrom, pos, ref, alt, variant_id``.
    gtf : str
        The annotation.

    Returns
    -------
    pairs : pandas.DataFrame
        Significant pairs in the columns of GTEx, in random order. Gene ids have other
        versions than in the annotation, or are not in it.
    changes : pandas.DataFrame
        ``variant_id, gene_id, delta``: the change of the natural log of the level of
        each gene that a fine-mapped variant acts on, with ids as in the annotation.
    """
    genes = _genes_of(gtf)
    variants = variants[rng.random(len(variants)) < FINE_MAPPED]
    changes = _changes(genome, variants, genes)
    pairs = _with_slopes(rng, changes)
    others = [_far(rng, variants, genes), _retired(rng, pairs)]
    count = rng.integers(20, N_DONORS + 1, len(variants))
    count = pd.Series(count, index=variants["variant_id"])
    table = _measured(rng, pairs, count)
    table = table[table["pval_nominal"] < SIGNIFICANT_P]
    # What cannot be scored is in the table because it was significant.
    table = pd.concat([table, *(_significant(rng, each, count) for each in others)])
    smallest = table.groupby("gene_id")["pval_nominal"].transform("min")
    table = table.assign(min_pval_nominal=smallest, pval_beta=smallest)
    columns = ["variant_id", "gene_id", "delta"]
    return table.sample(frac=1, random_state=rng, ignore_index=True), changes[columns]


def _genes_of(gtf):
    with tempfile.NamedTemporaryFile("w", suffix=".gtf") as file:
        file.write(gtf)
        file.flush()
        return read_genes(file.name)


def _changes(genome, variants, genes):
    """Return the true effect on each gene that a variant acts on."""
    weights = np.array([TRUE_WEIGHTS.get(name, 0.0) for name in MOTIFS])

    def fetch(chrom, start, end):
        sequence = genome[chrom]
        bases = sequence[max(start, 0) : max(end, 0)]
        bases = "N" * min(max(-start, 0), end - start) + bases
        return bases.ljust(end - start, "N")

    lengths = {chrom: len(sequence) for chrom, sequence in genome.items()}
    regulation = Regulation(fetch, lengths)
    rows = []
    for chrom, mine in variants.groupby("chrom", sort=False):
        near = [gene for gene in genes if gene.chrom == chrom]
        tss = np.array([gene.first_base for gene in near], dtype=int)
        for row in mine.itertuples():
            sites = regulation.changes(chrom, row.pos, row.ref, row.alt)
            for place in np.flatnonzero(np.abs(tss - row.pos) <= FAR_BP + 100):
                gene = near[place]
                sums = regulation.change(gene, sites)
                delta = STRENGTH * traits(gene.gene_id).side * float(sums @ weights)
                if delta:
                    distance = row.pos - 1 - gene.first_base
                    rows.append((row.variant_id, gene.gene_id, distance, delta))
    return pd.DataFrame(
        rows, columns=["variant_id", "gene_id", "tss_distance", "delta"]
    )


def _with_slopes(rng, changes):
    z = changes["delta"] / np.sqrt((changes["delta"] ** 2).mean())
    # Other causes act where sequences do, and as strongly.
    other = rng.permutation(z) * rng.choice([-1, 1], len(z))
    rho = PLANTED_CORRELATION
    slope = SLOPE_SD * (rho * z + np.sqrt(1 - rho**2) * other)
    bare = changes["gene_id"].map(without_version)
    versions = bare.str[-2:].astype(int) % 7 + 2
    return changes.assign(gene_id=bare + "." + versions.astype(str), slope=slope)


def _far(rng, variants, genes):
    """Pair variants with genes that start far away, as far as there are any."""
    rows = rng.integers(len(variants), size=_N_TRIES)
    variants = variants.iloc[rows].reset_index(drop=True)
    chosen = [genes[place] for place in rng.integers(len(genes), size=_N_TRIES)]
    tss = np.array([gene.first_base for gene in chosen])
    distance = variants["pos"] - 1 - tss
    is_far = distance.abs().between(*_FAR_BP)
    is_far &= variants["chrom"].to_numpy() == [gene.chrom for gene in chosen]
    places = np.flatnonzero(is_far)[:N_FAR]
    ids = [f"{without_version(chosen[place].gene_id)}.2" for place in places]
    return pd.DataFrame(
        {
            "variant_id": variants["variant_id"].to_numpy()[places],
            "gene_id": ids,
            "tss_distance": distance.to_numpy()[places],
            "slope": 2 * SLOPE_SD * rng.normal(size=len(places)),
        }
    )


def _retired(rng, pairs):
    """Repeat some pairs with genes that no annotation has."""
    chosen = pairs.sample(N_RETIRED, random_state=rng)
    ids = [f"ENSG{_RETIRED + number:011d}.3" for number in range(N_RETIRED)]
    return chosen.assign(gene_id=ids, slope=2 * SLOPE_SD * rng.normal(size=N_RETIRED))


def _significant(rng, pairs, count):
    """Return the rows of pairs whose slopes are drawn anew until all are significant."""
    table = _measured(rng, pairs, count)
    while (is_weak := table["pval_nominal"] >= SIGNIFICANT_P).any():
        slope = 2 * SLOPE_SD * rng.normal(size=len(pairs))
        again = _measured(rng, pairs.assign(slope=slope), count)
        table = table.mask(is_weak, again)
    return table


def _measured(rng, pairs, count):
    """Return the rows that a study would report of true slopes."""
    count = count[pairs["variant_id"]].to_numpy()
    maf = count / (2 * N_DONORS)
    se = rng.normal(1, 0.04, len(pairs)) / np.sqrt(2 * maf * (1 - maf) * DEGREES)
    slope = pairs["slope"].to_numpy() + se * rng.normal(size=len(pairs))
    return pd.DataFrame(
        {
            "variant_id": pairs["variant_id"].to_numpy(),
            "gene_id": pairs["gene_id"].to_numpy(),
            "tss_distance": pairs["tss_distance"].to_numpy(),
            "ma_samples": np.minimum(count, N_DONORS),
            "ma_count": count,
            "maf": maf,
            "pval_nominal": 2 * scipy.special.stdtr(DEGREES, -np.abs(slope / se)),
            "slope": slope,
            "slope_se": se,
            "pval_nominal_threshold": SIGNIFICANT_P,
        }
    )
