"""Gates on variants against the genome: are they on its build, strand and place?"""

import numpy as np

from endobench.gates.verdicts import Measured, not_checked
from endobench.genome.fasta import open_genome, read_chromosome
from endobench.genome.liftover import lift_variants
from endobench.genome.reference import matches_reference

_COMPLEMENT = str.maketrans("ACGT", "TGCA")
# Lifting is slow.
_LIFTED = 2_000


def measure(variants, genome_path, chains):
    """Measure every gate of the stage "sequences".

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.VARIANTS`, on GRCh38 as far as is known.
    genome_path : str or path-like, or None
        Indexed FASTA of GRCh38.
    chains : dict of str to path-like
        For other builds, the chain to GRCh38.

    Returns
    -------
    dict of str to gates.Measured

    Raises
    ------
    InputError
        If the genome lacks a chromosome of the variants.
    """
    n = len(variants)
    if n == 0 or genome_path is None:
        why = not_checked(n, "no variants" if n == 0 else "no genome is declared")
        return {"ref_match": why, "ref_match_build": why}
    genome = open_genome(genome_path)
    variants = variants[["variant_id", "chrom", "pos", "ref", "alt"]]
    return {
        "ref_match": ref_match(variants, genome),
        "ref_match_build": ref_match_build(variants, genome, chains),
    }


def ref_match(variants, genome):
    """Measure the share of variants whose whole REF agrees with the genome.

    Parameters
    ----------
    variants : pandas.DataFrame
        Columns ``chrom, pos, ref, alt``.
    genome : pysam.FastaFile

    Returns
    -------
    gates.Measured
        The evidence says what else would agree: the position before or after, ALT, or
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
    told = ", ".join(f"{name} {share:.3f}" for name, share in shares.items())
    return Measured(shares["REF"], len(variants), f"agree with the genome: {told}")


def ref_match_build(variants, genome, chains):
    """Measure by how much more REFs agree if the positions are of another build.

    Parameters
    ----------
    variants : pandas.DataFrame
        In the columns of `columns.VARIANTS`.
    genome : pysam.FastaFile
    chains : dict of str to path-like

    Returns
    -------
    gates.Measured
        The share after lifting, of the best build, minus that as declared; of variants
        whose place the lifting changes, at most 2,000 being lifted.
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
    told = ", ".join(f"{build} {share:.3f}" for build, share in shares.items())
    return Measured(
        shares[best] - declared,
        len(sample),
        f"REF agrees as declared {declared:.3f}, read as {told}; best of these {best}",
    )


def _match_shares(readings, genome):
    n = len(readings["REF"])
    counts = dict.fromkeys(readings, 0)
    for chrom, rows in readings["REF"].groupby("chrom", observed=True):
        sequence = read_chromosome(genome, chrom)
        for name, reading in readings.items():
            counts[name] += _agree(reading.loc[rows.index], sequence).sum()
    return {name: count / n for name, count in counts.items()}


def _matches(variants, genome):
    """Return which REFs agree; none does on a chromosome that the genome lacks."""
    result = np.zeros(len(variants), dtype=bool)
    variants = variants.reset_index(drop=True)
    for chrom, rows in variants.groupby("chrom", observed=True):
        if chrom in genome.references:
            result[rows.index] = _agree(rows, read_chromosome(genome, chrom))
    return result


def _agree(rows, sequence):
    # A position before the chromosome would be counted from its end.
    is_inside = rows["pos"].to_numpy() >= 1
    return matches_reference(rows.assign(pos=rows["pos"].clip(1)), sequence) & is_inside
