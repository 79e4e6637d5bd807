"""The two sequences of a variant, with their flanks kept."""

import re

_UNKNOWN = re.compile("[^ACGT]")


def padded_fetch(fasta):
    """Return a function that reads a genome beyond its chromosomes' ends.

    Parameters
    ----------
    fasta : pysam.FastaFile

    Returns
    -------
    callable
        From ``(chrom, start, end)``, 0-based half-open and possibly negative, to upper
        case bases; outside of the chromosome, and for IUPAC codes, N.

    Raises
    ------
    KeyError
        By the function, for a chromosome that the genome lacks.
    """
    lengths = dict(zip(fasta.references, fasta.lengths, strict=True))

    def fetch(chrom, start, end):
        length = lengths[chrom]
        low, high = max(start, 0), min(end, length)
        if high <= low:
            return "N" * (end - start)
        bases = _UNKNOWN.sub("N", fasta.fetch(chrom, low, high).upper())
        return "N" * (low - start) + bases + "N" * (end - high)

    return fetch


def allele_sequences(fetch, chrom, start, end, position, ref, alt):
    """Return a window's sequence with REF and with ALT.

    Both keep the same left flank. ALT's right flank is read from the genome anew, so
    that it is the true one: an insertion pushes bases out at the right end, a deletion
    takes further bases in, and nothing is padded inside the chromosome.

    Parameters
    ----------
    fetch : callable
        See `padded_fetch`.
    chrom : str
    start, end : int
        Window, 0-based half-open.
    position : int
        1-based position of the variant; its first base must lie in the window.
    ref, alt : str

    Returns
    -------
    ref_sequence, alt_sequence : str
        Of length ``end - start``.

    Raises
    ------
    ValueError
        If the variant does not begin in the window.
    """
    first = position - 1
    if not start <= first < end:
        raise ValueError(f"{chrom}:{position} is not in {chrom}:{start}-{end}")
    left = fetch(chrom, start, first)
    after = first + len(ref)
    right = fetch(chrom, after, max(after, end + len(ref)))
    return tuple((left + allele + right)[: end - start] for allele in (ref, alt))
