"""Gates on variants: do their REF alleles match the genome, and on this build?"""

import numpy as np

from endobench.design.gates import gates_of
from endobench.gates.verdicts import Measured, not_checked
from endobench.genome.fasta import open_genome, read_chromosome
from endobench.genome.liftover import lift_variants
from endobench.genome.reference import matches_reference

_COMPLEMENT = str.maketrans("ACGT", "TGCA")
# Most variants that are lifted over, since this is slow.
_LIFTED = 2_000


def measure(variants, genome_path, chains):
    """Measure every gate of the stage "sequences".

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.VARIANTS`, on the genome's build as declared.
    genome_path : str or path-like, or None
        Indexed FASTA of the genome.
    chains : dict of str to path-like
        Chain files from other builds to the genome's, by build.

    Returns
    -------
    dict of str to Measured

    Raises
    ------
    InputError
        If the genome lacks a chromosome of the variants.
    """
    n = len(variants)
    if n == 0 or genome_path is None:
        why = not_checked(n, "no variants" if n == 0 else "no genome is declared")
        return dict.fromkeys([gate.name for gate in gates_of("sequences")], why)
    genome = open_genome(genome_path)
    variants = variants[["variant_id", "chrom", "pos", "ref", "alt"]]
    return {
        "ref_match": ref_match(variants, genome),
        "ref_match_build": ref_match_build(variants, genome, chains),
    }


def ref_match(variants, genome):
    """Measure the share of variants whose whole REF matches the genome.

    Parameters
    ----------
    variants : pandas.DataFrame
        Columns ``chrom, pos, ref, alt``.
    genome : pysam.FastaFile

    Returns
    -------
    Measured
        The evidence lists what else would match: the position before or after, ALT, or
        the other strand.
    """
    ref = variants["ref"].astype(str)
    readings = {
        "REF": variants,
        "REF at pos-1": variants.assign(pos=variants["pos"] - 1),
        "REF at pos+1": variants.assign(pos=variants["pos"] + 1),
        "ALT": variants.assign(ref=variants["alt"]),
        "the reverse complement": variants.assign(
            ref=[allele.translate(_COMPLEMENT)[::-1] for allele in ref]
        ),
    }
    shares = _match_shares(readings, genome)
    n = len(variants)
    listed = ", ".join(f"{name} {share:z.3f}" for name, share in shares.items())
    return Measured(
        shares["REF"], n, f"shares of {n:,} variants that match the genome: {listed}"
    )


def ref_match_build(variants, genome, chains):
    """Measure the gain in matching REFs if positions are read as another build.

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.VARIANTS`.
    genome : pysam.FastaFile
    chains : dict of str to path-like
        See `measure`.

    Returns
    -------
    Measured
        Share of matching REFs after lifting over from the best build, minus the share
        as declared. At most 2,000 variants are lifted over.
    """
    n = len(variants)
    if not chains:
        return not_checked(n, "no chain of another build is declared")
    ordered = variants.sort_values(["chrom", "pos", "ref", "alt"], ignore_index=True)
    rows = np.unique(np.linspace(0, n - 1, min(n, _LIFTED)).astype(int))
    sample = ordered.iloc[rows].reset_index(drop=True)
    declared = _matches(sample, genome).mean()
    shares = {}
    for build, path in sorted(chains.items()):
        lifted, _ = lift_variants(sample, path)
        shares[build] = _matches(lifted, genome).sum() / len(sample)
    best = max(shares, key=shares.get)
    listed = ", ".join(f"{build} {share:z.3f}" for build, share in shares.items())
    return Measured(
        shares[best] - declared,
        len(sample),
        f"share of matching REFs {declared:z.3f} as declared, read as {listed} (best"
        f" {best})",
    )


def _match_shares(readings, genome):
    n = len(readings["REF"])
    counts = dict.fromkeys(readings, 0)
    for chrom, rows in readings["REF"].groupby("chrom", observed=True):
        sequence = read_chromosome(genome, chrom)
        for name, reading in readings.items():
            counts[name] += _is_match(reading.loc[rows.index], sequence).sum()
    return {name: count / n for name, count in counts.items()}


def _matches(variants, genome):
    """Return which REFs match; none does on a chromosome that the genome lacks."""
    result = np.zeros(len(variants), dtype=bool)
    variants = variants.reset_index(drop=True)
    for chrom, rows in variants.groupby("chrom", observed=True):
        if chrom in genome.references:
            result[rows.index] = _is_match(rows, read_chromosome(genome, chrom))
    return result


def _is_match(rows, sequence):
    # A position below 1 would index from the end of the chromosome.
    is_inside = rows["pos"].to_numpy() >= 1
    return matches_reference(rows.assign(pos=rows["pos"].clip(1)), sequence) & is_inside
